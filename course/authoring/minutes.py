"""How many minutes a chapter takes, counted, and the same number wherever it is told.

    python -m course.authoring.minutes            a line for each chapter: what is told, what is due
    python -m course.authoring.minutes --write    write the due ones where they are told

Prose is read at 200 words a minute; of code twelve lines are, those that draw a figure or only
import left out. An exercise takes two minutes to be understood and one for each line of its
solution, half as much again if its heading says that it is *hard*. The sum is rounded to 5.

What is told may differ by TOLERANCE, so that an edit of some lines changes no table. Minutes are
told by each master, by the maps of `README.md` and chapter 00, and by the costs and the timetables
of `TEACHING.md`; the hours of all chapters by `README.md` and `CHANGELOG.md`.
"""

import argparse
import ast
import re
import sys
from pathlib import Path

from course.authoring.masters import BEGIN, END, Course, call_name, exercises, make_notebook
from course.coach.find import PAGES

WORDS, LINES = 200, 12  # a minute
TOLERANCE = 10  # minutes
#: The pages that tell minutes or hours of all chapters.
TELL = ("README.md", "TEACHING.md", "CHANGELOG.md", "solutions/00_start_here.py")
_TIME = re.compile(r"(\*\*Time:\*\* )(\d+)( minutes)")
_DRAWS = re.compile(r"\b(plt|axes|ax|fig|left|right|show|draw_\w+)\b\s*[.(=,]")
_NOT_READ = (ast.Import, ast.ImportFrom)


def counted(master: Path) -> float:
    """Minutes of a master, not rounded."""
    minutes = 0.0
    is_hard = False
    for cell in make_notebook(master, solved=True).cells:
        if cell.cell_type == "markdown":
            minutes += len(re.findall(r"\w[\w'’-]*", cell.source)) / WORDS
            if heading := re.search(r"^### Your turn .*$", cell.source, re.MULTILINE):
                is_hard = "hard" in heading[0]
        elif exercises(cell.source):
            minutes += (2 + _solution_lines(cell.source)) * (1.5 if is_hard else 1)
        else:
            minutes += _lines(cell.source) / LINES
    return minutes


def due(master: Path) -> int:
    """Minutes of a master, to 5."""
    return max(5, 5 * round(counted(master) / 5))


def told(master: Path) -> int | None:
    """The minutes that a master's opening promises; None of a page without a number."""
    found = _TIME.search(master.read_text("utf-8"))
    return int(found[2]) if found else None


def is_off(master: Path) -> bool:
    """Does a master promise other minutes than it takes, beyond the tolerance?"""
    says = told(master)
    return says is not None and abs(says - counted(master)) > TOLERANCE


def _solution_lines(source: str) -> int:
    inside = re.findall(f"{BEGIN}\n(.*?){END}", source, re.DOTALL)
    return sum(bool(line.strip(" #")) for part in inside for line in part.splitlines())


def _lines(source: str) -> int:
    """Lines of a cell that are read: statements, without those that import or draw."""
    try:
        nodes = ast.parse(source).body
    except SyntaxError:
        return len(source.splitlines())
    parts = (ast.unparse(node) for node in nodes if not isinstance(node, _NOT_READ))
    lines = (line for part in parts for line in part.splitlines())
    return sum(not _DRAWS.search(line) for line in lines)


def hours(minutes: dict[str, int]) -> int:
    """Of all chapters, pages left out: the whole number that the README gives."""
    return round(sum(each for name, each in minutes.items() if name not in PAGES) / 60)


def promised(course: Course) -> dict[str, int]:
    """What is told: by number of the chapters, by name of the pages that tell minutes."""
    every = {call_name(master): told(master) for master in course.masters()}
    return {name: minutes for name, minutes in every.items() if minutes is not None}


def rewritten(name: str, text: str, minutes: dict[str, int]) -> str:
    """The text of a page of the course with these minutes in it.

    name:    its file's, "TEACHING.md" for instance
    minutes: as of `promised`
    """
    if name == "TEACHING.md":
        costs, heading, timetables = text.partition("## Three timetables")
        costs = re.sub(
            r"^(\| (\w+) \| )\d+( \| \d+ \| \d+ \|)$",
            lambda row: f"{row[1]}{minutes[row[2]]}{row[3]}",
            costs,
            flags=re.MULTILINE,
        )
        timetables = re.sub(
            r"^(\| [^|]+ \| ((?:\d\d(?:, )?)+) \| )\d+( \|)",
            lambda row: f"{row[1]}{sum(minutes[n] for n in row[2].split(', '))}{row[3]}",
            timetables,
            flags=re.MULTILINE,
        )
        return costs + heading + timetables
    text = re.sub(
        r"^((?:# )?\| (\d\d) \|.*\| )\d+( \|)$",
        lambda row: f"{row[1]}{minutes[row[2]]}{row[3]}",
        text,
        flags=re.MULTILINE,
    )
    return re.sub(r"\b\d+ hours\b", f"{hours(minutes)} hours", text, count=1)


def write(course: Course) -> list[str]:
    """Put what is due into the masters and the tables. Returns the files that changed."""
    changed = []
    for master in course.masters():
        if is_off(master):
            text = _TIME.sub(rf"\g<1>{due(master)}\g<3>", master.read_text("utf-8"), count=1)
            master.write_text(text, encoding="utf-8")
            changed.append(master.name)
    minutes = promised(course)
    for page in TELL:
        path = course.root / page
        text = path.read_text("utf-8")
        if (new := rewritten(page, text, minutes)) != text:
            path.write_text(new, encoding="utf-8")
            changed.append(page)
    return changed


def main(arguments: list[str] | None = None) -> int:
    """The command line. Returns 0, or 1 if a chapter promises other minutes than it takes."""
    parser = argparse.ArgumentParser(
        prog="python -m course.authoring.minutes",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--write", action="store_true", help="write what is due where it is told")
    options = parser.parse_args(arguments)
    course = Course()
    if options.write:
        print("written:", ", ".join(write(course)) or "nothing, all is so")
        return 0
    wrong = False
    for master in course.masters():
        if (says := told(master)) is not None:
            off = is_off(master)
            wrong |= off
            print(f"{master.stem:22s} told {says:3d}, due {due(master):3d}{' !' * off}")
    print(f"{hours(promised(course))} hours in all, pages left out")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
