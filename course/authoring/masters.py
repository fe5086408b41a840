"""Masters and the two notebooks that each of them makes.

A master, `solutions/NN_topic.py`, is a solved chapter in py:percent format. From it come
`chapters/NN_topic.ipynb` (solutions taken out) and `solutions/NN_topic.ipynb` (solutions kept).
Nothing is executed here: `make_notebook` gives the cells, without outputs, as they must stand in
the file.
"""

import ast
import hashlib
import re
from collections import Counter
from dataclasses import dataclass
from pathlib import Path

import jupytext
import nbformat
from nbformat import NotebookNode
from nbgrader.preprocessors import ClearSolutions

from course.coach.find import PAGES

ROOT = Path(__file__).resolve().parents[2]
BEGIN = "### BEGIN SOLUTION"
END = "### END SOLUTION"
TAGS = frozenset({"nbval-check-output", "timing", "raises-exception"})

_CHAPTER = re.compile(r"\d\d_[a-z0-9_]+")
_LOOKS_LIKE_A_MARKER = re.compile(r"#\s*(begin|end)\s+solution", re.IGNORECASE)
_NOTE = "Made from solutions/{name}.py by `make chapters`. Edit that file, not this notebook."
_SOLVED = "*{what}, solved.*"
_METADATA = {
    "kernelspec": {"display_name": "Python 3", "language": "python", "name": "python3"},
    "language_info": {
        "file_extension": ".py",
        "mimetype": "text/x-python",
        "name": "python",
        "pygments_lexer": "ipython3",
    },
}


class MasterError(ValueError):
    """A master can't be made into a chapter. Says which cell, why, and what to do."""


@dataclass(frozen=True)
class Course:
    """The folders of a course.

    Masters and solved notebooks are in `solutions`, learners' notebooks in `chapters`.

    root: the folder of both.
    """

    root: Path = ROOT

    def masters(self) -> list[Path]:
        """All masters, in chapter order, the pages beside them last."""
        files = sorted((self.root / "solutions").glob("*.py"))
        return [path for path in files if _CHAPTER.fullmatch(path.stem) or path.stem in PAGES]

    def master(self, number: str) -> Path:
        """The master of a number such as "02" or "2", or of how a page's name begins: "play".

        Raises MasterError if there is none.
        """
        start = str(number).zfill(2)
        found = [
            path
            for path in self.masters()
            if start == number_of(path) or (path.stem in PAGES and path.stem.startswith(start))
        ]
        if len(found) != 1:
            known = ", ".join(path.stem for path in self.masters()) or "none"
            raise MasterError(f"{len(found)} masters for chapter {number!r}; there are: {known}")
        return found[0]

    def versions(self, master: Path) -> tuple[bool, ...]:
        """Which notebooks a master makes, by `solved`.

        Two of a chapter, one of a page without exercises.
        """
        return (False, True) if number_of(master) else (False,)

    def notebook(self, master: Path, solved: bool) -> Path:
        """Where the notebook of a master is kept."""
        return self.root / ("solutions" if solved else "chapters") / f"{master.stem}.ipynb"


def number_of(master: Path) -> str | None:
    """The number of a master's key: "07" of `07_bst.py`; a page's by `PAGES`, None without."""
    return master.stem[:2] if _CHAPTER.fullmatch(master.stem) else PAGES[master.stem]


def call_name(master: Path) -> str:
    """What the build is called with to make it: "07", or a page's name."""
    return master.stem if master.stem in PAGES else master.stem[:2]


def fingerprint(text: str) -> str:
    """What is recorded in a notebook to tell which text of its master it was made from."""
    return hashlib.sha256(text.encode()).hexdigest()[:16]


def make_notebook(master: Path, solved: bool) -> NotebookNode:
    """The notebook that a master makes, without outputs.

    A cell has the same id in the chapter and in the solved notebook: a hash of what the learner
    sees of it. So an edit elsewhere, or of a solution, leaves it alone.

    Raises MasterError for a missing title, a bad or misspelt solution marker, an exercise without a
    region, an unknown tag.
    """
    text = master.read_text(encoding="utf-8")
    notebook = jupytext.reads(text, fmt="py:percent")
    for position, cell in enumerate(notebook.cells):
        cell.metadata.pop("lines_to_next_cell", None)  # jupytext's memory of blank lines
        _check_cell(master, position, cell)
    _check_title(master, notebook)
    if solved:
        _say_that_it_is_solved(master, notebook)

    stripped = _without_solutions(notebook)
    seen = Counter()
    for cell, shown in zip(notebook.cells, stripped.cells, strict=True):
        digest = hashlib.sha256(f"{shown.cell_type}\n{shown.source}".encode()).hexdigest()[:10]
        seen[digest] += 1
        cell.id = shown.id = digest if seen[digest] == 1 else f"{digest}-{seen[digest]}"

    made = notebook if solved else stripped
    made.nbformat = 4
    made.nbformat_minor = 5
    origin = {
        "master": f"solutions/{master.name}",
        "note": _NOTE.format(name=master.stem),
        "sha256": fingerprint(text),
    }
    made.metadata = nbformat.from_dict(_METADATA | {"course": origin})
    return made


def exercises(source: str) -> list[tuple[str, str, int, int]]:
    """The exercises that a cell defines, as (exercise id, name, first line, last line).

    Lines are counted from 1. A definition counts when it is decorated with `@exercise("7.1")`; the
    lines include the decorator. Raises SyntaxError if the cell is not Python.
    """
    if "@exercise(" not in source:
        return []
    found = []
    for node in ast.parse(source).body:
        for decorator in getattr(node, "decorator_list", []):
            if isinstance(decorator, ast.Call) and ast.unparse(decorator.func) == "exercise":
                id = ast.literal_eval(decorator.args[0])
                found.append((id, node.name, decorator.lineno, node.end_lineno))
    return found


def _without_solutions(notebook: NotebookNode) -> NotebookNode:
    stripped = NotebookNode(notebook, cells=[NotebookNode(cell) for cell in notebook.cells])
    clear = ClearSolutions(
        code_stub={"python": "..."},
        begin_solution_delimeter=BEGIN,
        end_solution_delimeter=END,
        enforce_metadata=False,
    )
    return clear.preprocess(stripped, {})[0]


def _check_title(master: Path, notebook: NotebookNode) -> None:
    first = notebook.cells[0] if notebook.cells else None
    if first is None or first.cell_type != "markdown" or not first.source.startswith("# "):
        raise MasterError(
            f"{master.name} has no title: its first cell must be markdown and begin with '# '"
        )


def _say_that_it_is_solved(master: Path, notebook: NotebookNode) -> None:
    """Under the title: page makers want the title first."""
    first = notebook.cells[0]
    title, _, rest = first.source.partition("\n")
    what = "This page" if master.stem in PAGES else f"Chapter {number_of(master)}"
    solved = _SOLVED.format(what=what)
    first.source = "\n\n".join(part for part in (title, solved, rest.strip("\n")) if part)


def _check_cell(master: Path, position: int, cell: NotebookNode) -> None:
    def refuse(what: str) -> None:
        raise MasterError(
            f"{master.name}, cell {position + 1} ({cell.source.splitlines()[0][:60]!r}): {what}"
        )

    if not cell.source.strip():
        raise MasterError(f"{master.name}, cell {position + 1} is empty; remove it")
    if unknown := sorted(set(cell.metadata.get("tags", [])) - TAGS):
        refuse(f"unknown tag {unknown[0]!r}; known are {', '.join(sorted(TAGS))}")
    if {"timing", "nbval-check-output"} <= set(cell.metadata.get("tags", [])):
        refuse("tagged both timing and nbval-check-output; a time can't be compared")

    open_since = None
    for number, line in enumerate(cell.source.splitlines(), 1):
        if line.strip() == BEGIN:
            if open_since:
                refuse(
                    f"line {number} begins a solution inside the one that line {open_since} began"
                )
            open_since = number
        elif line.strip() == END:
            if not open_since:
                refuse(f"line {number} ends a solution that never began")
            open_since = None
        elif _LOOKS_LIKE_A_MARKER.search(line):
            refuse(
                f"line {number} is {line.strip()!r}; write {BEGIN!r} or {END!r}, alone on its line"
            )
    if open_since:
        refuse(f"the solution that line {open_since} begins never ends; add {END!r}")
    try:
        defined = cell.cell_type == "code" and exercises(cell.source)
    except SyntaxError as error:
        refuse(f"line {error.lineno} is not Python: {error.msg}")
    if defined and BEGIN not in cell.source:
        refuse(f"an exercise without {BEGIN!r}: learners would see its solution")
