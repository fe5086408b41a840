"""A solved notebook as a page to read: what is asked stands open, what answers it is folded.

an exercise    its stub; hints one by one; the solution behind them
a guess        the question; the output of the cell that answers it, folded
a quiz         its choices, each opening its explanation
helper cells   imports and long code of figures, folded
"""

import html
import re
from pathlib import Path

import nbformat
from nbformat import NotebookNode
from nbformat.v4 import new_code_cell, new_output

from course.coach.cards.help_cards import hints_card, quiz_card
from course.coach.find import find_exercise, find_quiz

_CALL = re.compile(r"^(hint|quiz|guess|scoreboard|calibration)\(", re.MULTILINE)
_ID = re.compile(r'"(\d+\.\d+)"')
_SOLVED = re.compile(r"^\*[^*\n]+, solved\.\*\n+", re.MULTILINE)
_OF_THE_COACH = re.compile(r'<section class="coach\b')
# What only a running notebook can take.
_MORE_HELP = re.compile(r'<p class="coach-foot">.*?</p>', re.DOTALL)
_HOW_TO_ANSWER = re.compile(
    r'(<p class="coach-foot">[^;]*?); each opens its explanation\..*?</p>', re.DOTALL
)
_LAUNCH = (
    '<p class="launch"><a href="{binder}">Run it in the browser (Binder)</a>'
    '<a href="{notebook}" download>Download the notebook</a></p>'
)
_BINDER = (
    "https://mybinder.org/v2/gh/zooplus-course/zooplus-course/HEAD?urlpath=lab/tree/zooplus/{name}"
)


def page_of(chapter: Path, solved: Path) -> NotebookNode:
    """The page of a chapter.

    chapter: the learner's notebook, executed
    solved:  the same with its solutions; of a page without exercises, the same file

    Both have the same cells but for the solutions. Raises ValueError if they don't.
    """
    asked = nbformat.read(chapter, as_version=4)
    told = nbformat.read(solved, as_version=4)
    if len(asked.cells) != len(told.cells):
        raise ValueError(
            f"{chapter.name} has {len(asked.cells)} cells and its solved twin {len(told.cells)}. "
            "Cure: python -m course.authoring.build"
        )
    cells = []
    for stub, cell in zip(asked.cells, told.cells, strict=True):
        cells += _of_prose(cell) if cell.cell_type == "markdown" else _of_code(stub, cell)
    told.cells = [cells[0], _launch(chapter.name), *cells[1:]]
    return told


def _launch(name):
    links = _LAUNCH.format(binder=_BINDER.format(name=name), notebook=f"../_downloads/{name}")
    return _shown(links)


def _of_prose(cell):
    cell.source = _SOLVED.sub("", cell.source)
    return [cell]


def _of_code(stub, cell):
    """The cells that one cell of code becomes."""
    if stub.source != cell.source:
        return [_bare(stub), _folded(_without_cards(cell), "hide-cell", "the solution")]
    call = _CALL.search(cell.source)
    if call:
        return _OF_CALLS[call[1]](_ID.findall(cell.source))
    if "reveal(" in cell.source and cell.outputs:
        return [_folded(cell, "hide-output", "the answer")]
    if cell.metadata.get("jupyter", {}).get("source_hidden") or _only_imports(cell.source):
        return [_folded(cell, "hide-input", "the code")]
    return [cell]


def _hints(ids):
    cards = (hints_card(find_exercise(id)).html for id in ids)
    return [_shown(_MORE_HELP.sub("", card)) for card in cards]


def _quizzes(ids):
    cards = (quiz_card(find_quiz(id)).html for id in ids)
    return [_shown(_HOW_TO_ANSWER.sub(r"\1.</p>", card)) for card in cards]


def _nothing(ids):
    return []


_OF_CALLS = {
    "hint": _hints,
    "quiz": _quizzes,
    "guess": _nothing,
    "scoreboard": _nothing,
    "calibration": _nothing,
}


def _shown(text):
    """A cell that shows some HTML, and no code."""
    output = new_output("display_data", {"text/html": text, "text/plain": ""})
    return new_code_cell("#", outputs=[output], metadata={"tags": ["remove-input"]})


def _bare(cell):
    cell.outputs = []
    cell.id += "-asked"  # its solution has the same
    return cell


def _without_cards(cell):
    cell.outputs = [
        output
        for output in cell.outputs
        if not _OF_THE_COACH.search("".join(output.get("data", {}).get("text/html", "")))
    ]
    return cell


def _folded(cell, tag, what):
    cell.metadata["tags"] = [*cell.metadata.get("tags", []), tag]
    cell.metadata["mystnb"] = {
        "code_prompt_show": f"Show {html.escape(what)}",
        "code_prompt_hide": f"Hide {html.escape(what)}",
    }
    return cell


def _only_imports(source):
    lines = [line for line in source.splitlines() if line and not line.startswith((" ", ")", "#"))]
    return len(lines) > 3 and sum(line.startswith(("import ", "from ")) for line in lines) > 3
