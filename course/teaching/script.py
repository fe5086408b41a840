"""A chapter section by section, in the order of its page: what is said, asked, drawn, run, seen."""

import re
from collections.abc import Mapping, Sequence
from functools import lru_cache

import nbformat

from course.authoring.masters import Course, exercises
from course.coach.cards.markup import to_text
from course.coach.find import find_exercise
from course.teaching import carried
from course.teaching.board.every import link_to
from course.teaching.board.sketch import Sketch
from course.teaching.carried import MOST_CODE
from course.teaching.live import answers, asks_for, made_in, seen, training

#: Lines of a cell that are shown with what it prints, and of a function that the prose names.
FEW, NAMED = 7, 24
_ASKED = "*"  # in the place of prose: a guess stands above
_ASIDE = re.compile(r"^(?:hint|quiz|scoreboard|calibration|solution)\(")
_HEADING = re.compile(r"^(?=###? )", re.MULTILINE)
_TASK = re.compile(r"^### Your turn \(([\d.]+)\)")
_ALONE = re.compile(r"^\*(?:.|\n)*?\*\n\n|^\*\*You need\*\*(?:.|\n)*?\n\n", re.MULTILINE)
_CAN = re.compile(r"^\*\*(?:After this|You need)", re.MULTILINE)


def sections(chapter: str, drawn: Mapping[str, Sequence[Sketch]], seconds: int = 0) -> list[str]:
    """A part for each section, as Markdown.

    drawn:   by the section's title, its sketches
    seconds: how long all cells take
    """
    cells = cells_of(chapter)
    slow = iter(training([cell.source for cell in cells if cell.cell_type == "code"]))
    left = {title.partition(" ")[0]: list(sketches) for title, sketches in drawn.items()}
    parts, number, silent = ["## Section by section", _legend(chapter, seconds)], 0, _Silent()
    section, before = "Opening", ""
    told = " ".join(cell.source for cell in cells if cell.cell_type == "markdown")
    for cell in cells:
        if cell.cell_type == "markdown":
            parts += silent.told()
            for piece in filter(str.strip, _HEADING.split(cell.source)):
                if piece.startswith("## Key ideas"):
                    return parts
                if piece.startswith("## "):
                    section = piece[3:].partition(" ")[0].strip()
                parts += _piece(piece, left.get(section, []))
            before = cell.source
            continue
        number += 1
        made = _run(cell, number, next(slow), before)
        is_asked = before == _ASKED
        before = _ASKED if asks_for(cell.source) else ""
        if made:
            parts += [*silent.told(), *made]
        elif not _is_aside(cell):
            silent.add(number, cell.source)
            most = NAMED if f"`{_function_in(cell)}`" in told else MOST_CODE * is_asked
            if _function_in(cell) and _is_short(cell, most):
                parts += [*silent.told(), f"```python\n{cell.source}\n```"]
    return [*parts, *silent.told()]


def _run(cell: nbformat.NotebookNode, number: int, trains: bool, before: str) -> list[str]:
    """What is told of a cell; nothing where it is neither asked nor shown anything.

    before: the prose that stands right above it
    """
    if asked := asks_for(cell.source):
        told = "; ".join(f"{id}, {kind}" for id, kind in asked)
        return [f"**Stop**, and let everybody write it down: guess {told}."]
    if _is_aside(cell):
        return []
    below = seen(cell)
    # What draws a picture is nothing to read.
    if not any(each.startswith("*Picture") for each in below):
        code = [f"```python\n{cell.source}\n```"] if below and _is_short(cell, FEW) else []
        below = [*(code or carried.announced(before, cell.source)), *below]
    below += answers(cell)
    if not below and not trains:
        return []
    return [f"*Cell [{number}]*" + " **trains.**" * trains, *below]


def _function_in(cell: nbformat.NotebookNode) -> str:
    """The name of the function that a cell begins with, if it does."""
    found = re.match(r"def (\w+)\(", cell.source)
    return found[1] if found else ""


def _is_short(cell: nbformat.NotebookNode, most: int) -> bool:
    return len(cell.source.splitlines()) <= most


def _is_aside(cell: nbformat.NotebookNode) -> bool:
    """Is it an exercise, or a call of the coach?"""
    return bool(_ASIDE.match(cell.source)) or bool(list(exercises(cell.source)))


@lru_cache(maxsize=2)
def cells_of(chapter: str) -> list[nbformat.NotebookNode]:
    """The cells of a solved chapter, with their outputs."""
    course = Course()
    return nbformat.read(course.notebook(course.master(chapter), solved=True), 4).cells


def _legend(chapter: str, seconds: int) -> str:
    long = (
        f" All of them take {seconds} seconds on one quiet core"
        if seconds
        else " Most are done at once"
    )
    return (
        "In the order of the page, in the chapter's own words. The numbers of the cells are those "
        f"that stand beside them after *Run All*.{long}; those that **train**, if there are any, "
        "take longest: start them, and talk meanwhile. What an exercise asks for, its hints and a "
        f"solution are on [the page of wrong ideas](../wrong-ideas/{chapter}.html)."
    )


class _Silent:
    """Cells in a row that show nothing: told in one line."""

    def __init__(self) -> None:
        self.numbers: list[int] = []
        self.names: dict[str, None] = {}

    def add(self, number: int, source: str) -> None:
        self.numbers.append(number)
        self.names |= dict.fromkeys(made_in(source))

    def told(self) -> list[str]:
        """The line, if there were any; then they are forgotten."""
        if not self.numbers:
            return []
        numbers = ", ".join(f"[{number}]" for number in self.numbers)
        what = f"{', '.join(f'`{name}`' for name in self.names)}; " if self.names else ""
        cells = f"*Cell{'s' * (len(self.numbers) > 1)} {numbers}:* {what}nothing to see."
        self.__init__()
        return [cells]


def _piece(text: str, sketches: list[Sketch]) -> list[str]:
    """What stands from one heading to the next, and the sketches that belong there.

    sketches: those of the section that are still to be drawn; what is drawn here is taken out
    """
    task = _TASK.match(text)
    if task:
        here = [each for each in sketches if not each.section and task[1] in each.dissolves]
        exercise = find_exercise(task[1])
        _, _, said = text.partition("\n")
        head = f"**Exercise {exercise.id} {exercise.title}** ({exercise.minutes} minutes)"
        made = [*map(_board, here), head, said.strip()]
    else:
        here = [each for each in sketches if each.section and text.startswith("## ")]
        made = [_headed(text), *map(_board, here)]
    sketches[:] = [each for each in sketches if each not in here]
    return [each for each in made if each]


def _headed(text: str) -> str:
    """Prose whose headings are two ranks lower; of the chapter's first cell its first words."""
    if text.startswith("# "):
        first = _CAN.split(text.partition("\n")[2])[0].strip()
        return "### Opening\n\n" + re.sub(r"^\*Chapter.*?solved\.\*\s*", "", first)
    text = re.sub(r"^## (?=\d)", "## §", text)
    return re.sub(r"^#", "##" if text.startswith("### ") else "##", text, count=1).strip()


def _board(sketch: Sketch) -> str:
    """What is drawn and said at the board."""
    lines = [f"*On the board:* {link_to(sketch)}", ""]
    lines += [f"1. {_line(step.say)}" for step in sketch.steps]
    lines += [f"1. **Ask:** {_line(sketch.question)}"]
    return "\n".join([*lines, f"1. **Last stroke:** {_line(sketch.last.say)}"])


def _line(text: str) -> str:
    return " ".join(to_text(text).split())
