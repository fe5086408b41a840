"""A teacher's pages, made from masters and keys.

    python -m course.teaching.teach            all chapters (`make teach`)
    python -m course.teaching.teach 02 05      these only

In the folder `build/teach` (or `--out`) it writes

    wrong-ideas/NN      each exercise's wrong ideas: name, sentence, code, and which cost most
    minutes/NN          the chapter by the minute: sections, guesses, exercises
    board/NN            sketches to draw by hand, each of which dissolves some wrong ideas
    slides/NN.html      questions, guesses, figures, exercises and key ideas, a slide each
    syllabus/NAME       a term, half a term, a workshop of two days: one page each
    capstone            a project for the end of the course: brief, rubric, examples, judge

and `index`, which leads to all of them; as HTML, and but for the slides as Markdown too. Of each
sketch there is a picture as well, `board/NN-name.svg`.
"""

import argparse
import re
import sys
from pathlib import Path

from course.authoring.masters import ROOT
from course.coach.find import KeyNotFound, chapters, load_key
from course.teaching.board.every import dissolvers
from course.teaching.board.page import write_board
from course.teaching.ideas import sheet
from course.teaching.lesson import plan
from course.teaching.pages import write_both
from course.teaching.slides import slides_of
from course.teaching.stubs import title_of
from course.teaching.syllabus import STYLE, TIMETABLES, syllabus

OUT = ROOT / "build" / "teach"
_FIRST = (
    "To give a chapter tomorrow: run it once yourself (`make lab`), read it *by the minute*, "
    "draw each sketch *on the board* once by hand, and put its *slides* on the wall. The "
    "*wrong ideas* are for the questions that come: all tasks, hints and solutions are there "
    "too, and each idea has the name that the class view shows. On which machines the course "
    "runs, and how work is marked, is in `TEACHING.md`."
)


def main(arguments: list[str] | None = None) -> int:
    """The command line. Returns 0, or 1 if there is no such chapter."""
    parser = argparse.ArgumentParser(
        prog="python -m course.teaching.teach",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("chapters", nargs="*", metavar="NN", help="chapters; none means all")
    parser.add_argument("--out", type=Path, default=OUT, help="default: build/teach")
    options = parser.parse_args(arguments)
    try:
        numbers = [number.zfill(2) for number in options.chapters] or list(chapters())
        for number in numbers:
            load_key(number)
    except KeyNotFound as error:
        print(error, file=sys.stderr)
        return 1
    rows = [_written(number, options.out) for number in numbers]
    for number in _named(numbers):
        write_board(number, options.out / "board")
    rows += [_syllabuses(options.out / "syllabus"), _capstone(options.out / "capstone")]
    text = "\n\n".join(["# For teachers", _FIRST, "\n".join(rows)]) + "\n"
    write_both(options.out / "index", "For teachers", text)
    print(f"{len(numbers)} chapters: open {options.out / 'index.html'}")
    return 0


def _written(chapter: str, out: Path) -> str:
    """Write a chapter's pages; its row of the index."""
    title = title_of(chapter)
    write_both(out / "wrong-ideas" / chapter, f"Wrong ideas: {title}", sheet(chapter))
    write_both(out / "minutes" / chapter, f"By the minute: {title}", plan(chapter))
    drawn = write_board(chapter, out / "board")
    slides = out / "slides" / f"{chapter}.html"
    slides.parent.mkdir(parents=True, exist_ok=True)
    slides.write_text(slides_of(chapter), encoding="utf-8")
    return (
        f"- **{title}**: [wrong ideas](wrong-ideas/{chapter}.html), [by the minute](minutes/"
        f"{chapter}.html), [slides](slides/{chapter}.html)"
        + f", [on the board](board/{chapter}.html)"
        * drawn
    )


def _named(numbers: list[str]) -> set[str]:
    """Chapters that are not asked for, but whose sketches are named in those that are."""
    wanted = {exercise.id for number in numbers for exercise in load_key(number).EXERCISES}
    return {sketch.chapter for (id, _), sketch in dissolvers().items() if id in wanted} - {*numbers}


def _syllabuses(out: Path) -> str:
    """Write a page for each timetable; their row of the index."""
    links = []
    for table in TIMETABLES:
        write_both(out / table.name, table.title, syllabus(table), style=STYLE)
        links.append(f"[{table.title}](syllabus/{table.name}.html)")
    return f"- **Syllabus**: {', '.join(links)}"


def _capstone(out: Path) -> str:
    """Lay out what learners get for a project; its row of the index."""
    source = ROOT / "course" / "teaching" / "capstone"
    for name, title in (("brief", "The project"), ("rubric", "How the project is marked")):
        write_both(out / name, title, (source / f"{name}.md").read_text("utf-8"))
    for path in [*source.glob("[a-z]*.py"), *source.glob("*.toml")]:
        text = path.read_text("utf-8").replace("from course.teaching.capstone.", "from ")
        text = re.sub(r"-m course\.teaching\.capstone\.(\w+)", r"\1.py", text)
        (out / path.name).write_text(text, encoding="utf-8")
    return "- **A project**: [brief](capstone/brief.html), [rubric](capstone/rubric.html)"


if __name__ == "__main__":
    sys.exit(main())
