"""An exam from the keys: for Moodle, on paper, and an answer sheet.

    python -m course.teaching.exam --seed 7                     20 questions from all chapters
    python -m course.teaching.exam --seed 7 02 05               from two of them
    python -m course.teaching.exam --seed 7 --questions 10

In the folder `build/exam` (or `--out`) it writes `seed-7.xml` (Moodle's question bank: *Import*,
*Moodle XML format*), and for paper `seed-7.html` and `seed-7-answers.html`, both as Markdown
too. The same seed and the same keys make the same files. Most questions show code with one mistake
and four sentences about it, of which one is right. Before a question is written the judge has to
agree: the reference passes, and the shown code fails with just that sentence. The others are
quizzes of the chapters.
"""

import argparse
import sys
from pathlib import Path

from course.authoring.masters import ROOT
from course.coach.find import KeyNotFound
from course.teaching.bank import asked, cards, dealt, exams_in
from course.teaching.moodle import to_xml
from course.teaching.pages import write_both
from course.teaching.paper import PRINT, to_answers, to_markdown

OUT = ROOT / "build" / "exam"


def main(arguments: list[str] | None = None) -> int:
    """The command line. Returns 0, or 1 if there is no such chapter or too few questions."""
    parser = argparse.ArgumentParser(
        prog="python -m course.teaching.exam",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("chapters", nargs="*", metavar="NN", help="chapters; none means all")
    parser.add_argument("--seed", type=int, default=1, help="chooses the questions (default: 1)")
    parser.add_argument("--questions", type=int, default=20, metavar="N", help="default: 20")
    parser.add_argument("--out", type=Path, default=OUT, help="default: build/exam")
    options = parser.parse_args(arguments)
    try:
        bank = cards(options.chapters)
        chosen = dealt(bank, options.questions, options.seed)
    except (KeyNotFound, ValueError, ZeroDivisionError) as error:
        print(error, file=sys.stderr)
        return 1
    questions = [asked(card, options.seed) for card in chosen]
    title = f"Exam {options.seed}"
    options.out.mkdir(parents=True, exist_ok=True)
    name = options.out / f"seed-{options.seed}"
    name.with_suffix(".xml").write_bytes(to_xml(questions, f"Zooplus course, {title}"))
    write_both(name, title, to_markdown(questions, title), style=PRINT)
    answers = name.with_name(f"{name.name}-answers")
    write_both(answers, f"{title}: answers", to_answers(questions, title), style=PRINT)
    exams = exams_in(bank, options.questions)
    last = options.seed + exams - 1
    print(f"{len(questions)} questions of {len(bank)}: {name}.xml, .html, -answers.html")
    print(f"{exams} exams have no question in common: seeds {options.seed} to {last}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
