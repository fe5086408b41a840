"""What is said, drawn, run and seen in each section of a chapter, in its own words."""

import html
import re
from collections.abc import Mapping, Sequence

import nbformat

from course.authoring.masters import Course
from course.coach.cards.markup import to_text
from course.teaching import carried
from course.teaching.board.every import link_to
from course.teaching.board.sketch import Sketch

_ALT = re.compile(r'alt="([^"]+)"')
_TRAINS = re.compile(r"\btrain\(|\.fit\(|\bfit_", re.MULTILINE)
_FIGURE = ("<img", "<picture", "<figure")


def sections(chapter: str, drawn: Mapping[str, Sequence[Sketch]]) -> list[str]:
    """A part for each section, as Markdown.

    drawn: by the section's title, its sketches
    """
    parts, title = ["## Section by section"], "Opening"
    course = Course()
    cells = nbformat.read(course.notebook(course.master(chapter), solved=True), 4).cells
    found: dict[str, list[str]] = {title: []}
    live: dict[str, list[bool]] = {title: []}
    for cell, following in zip(cells, [*cells[1:], None], strict=True):
        if cell.cell_type == "markdown":
            # Before the first heading stands the rest of the section before.
            first, *others = re.split(r"^## ", cell.source, flags=re.MULTILINE)
            if first.startswith("# ") and not found["Opening"]:
                found["Opening"] += [
                    each for each in carried.blocks_of(first)[1:] if each[0] != "*"
                ][:1]
            for text in others:
                title, _, below = text.partition("\n")
                title = title.strip()
                found[title] = carried.opening(below, following if text is others[-1] else None)
                live[title] = []
            continue
        live[title].append(bool(_TRAINS.search(cell.source)))
        found[title] += [f"*Picture:* {alt}" for alt in _pictures(cell)]
    for title, told in found.items():
        if title == "Key ideas":
            continue
        head = f"### §{title}" if title[:1].isdigit() else f"### {title}"
        board = [_board(sketch) for sketch in drawn.get(title, ())]
        parts += [head, *told, *board, _run(live[title])]
    return [part for part in parts if part]


def _pictures(cell: nbformat.NotebookNode) -> list[str]:
    """What the figures of a cell show."""
    shown = ("".join(each.get("data", {}).get("text/html", "")) for each in cell.get("outputs", []))
    figures = (text for text in shown if text.lstrip().startswith(_FIGURE))
    return [html.unescape(found[1]) for text in figures if (found := _ALT.search(text))]


def _run(trains: Sequence[bool]) -> str:
    """How many cells are run, and whether one of them trains."""
    if not trains:
        return ""
    said = f"*Live:* {len(trains)} cell{'s' * (len(trains) > 1)}"
    often = "one of them trains" if sum(trains) == 1 else f"{sum(trains)} of them train"
    if any(trains):
        said += f"; {often}, some seconds: start it, and talk meanwhile"
    return f"{said}."


def _board(sketch: Sketch) -> str:
    """What is drawn and said at the board."""
    lines = [f"*On the board:* {link_to(sketch)}", ""]
    lines += [f"1. {_line(step.say)}" for step in sketch.steps]
    lines += [f"1. **Ask:** {_line(sketch.question)}"]
    return "\n".join([*lines, f"1. **Last stroke:** {_line(sketch.last.say)}"])


def _line(text: str) -> str:
    return " ".join(to_text(text).split())
