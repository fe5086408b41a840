"""An answer as source: the statement under `@exercise`, and the statements that it needs.

Read from the cells' text; nothing runs here. What an answer needs are the imports, helpers and
constants that its code names, and what those name, from cells above it or from its own (`needs`).
So a model that the chapter trains is not trained to mark a function that never mentions it.
"""

import ast
import linecache
import zlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from course.coach.judging.source import holes
from course.marking.needs import is_exercise, needed


@dataclass(frozen=True)
class Statement:
    """One statement at the top of a cell.

    cell:   the cell's text, magics taken out.
    number: which of the cell's statements it is, from 0.
    node:   its syntax tree.
    """

    cell: str
    number: int
    node: ast.stmt


@dataclass(frozen=True)
class Answer:
    """What a learner handed in for one exercise.

    statement: the definition under `@exercise("2.3")`, or `name = exercise("2.3")(...)`.
    value:     that definition, or the expression that was given.
    needs:     the statements to run before it, in order.
    """

    statement: Statement
    value: ast.stmt | ast.expr
    needs: tuple[Statement, ...]

    @property
    def is_class(self) -> bool:
        """Whether it defines a class."""
        return isinstance(self.value, ast.ClassDef)

    @property
    def is_open(self) -> bool:
        """Whether nothing is written yet, or a `...` is left."""
        if isinstance(self.value, ast.expr):
            return False
        empty, lines = holes(_harmless(self.value))
        return empty or bool(lines)


def find_answer(cells: Sequence[str], id: str, given: frozenset[str]) -> Answer | None:
    """The last answer to an exercise, or None. A stub below an answer does not replace it.

    cells: the notebook's code, in order, up to where it is marked.
    id:    of the exercise, "2.3".
    given: names that are bound for the answer: those of the other exercises.
    """
    statements = [statement for cell in cells for statement in _statements(cell)]
    chosen = None
    for place, statement in enumerate(statements):
        value = _answers(statement.node, id)
        if value is None:
            continue
        cell = statement.cell
        last = max(n for n, other in enumerate(statements) if other.cell is cell)
        above = statements[: last + 1]
        numbers = needed([each.node for each in above], place, given)
        answer = Answer(statement, value, tuple(above[number] for number in numbers))
        if chosen is None or not answer.is_open:
            chosen = answer
    return chosen


def plain(cell: str) -> str:
    """Python without the notebook's own lines: `%matplotlib inline`, `!ls`."""
    lines = cell.splitlines()
    return "\n".join("" if line.lstrip().startswith(("%", "!")) else line for line in lines)


def _statements(cell: str) -> list[Statement]:
    """The statements of a cell; none of one that is not Python, which fails in a kernel too."""
    text = plain(cell)
    try:
        body = ast.parse(text).body
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return []
    return [Statement(text, number, node) for number, node in enumerate(body)]


def _answers(node: ast.stmt, id: str) -> ast.stmt | ast.expr | None:
    """What a statement hands to `exercise(id)`; None if it hands nothing."""
    decorators = getattr(node, "decorator_list", [])
    if any(is_exercise(decorator, id) for decorator in decorators):
        return node
    call = node.value if isinstance(node, ast.Assign | ast.Expr) else None
    if isinstance(call, ast.Call) and is_exercise(call.func, id) and len(call.args) == 1:
        return call.args[0]
    return None


def _harmless(node: ast.stmt) -> Callable:
    """A function or class with the same body, for reading only: making it runs nothing."""
    bare = ast.parse(ast.unparse(node)).body[0]
    for each in ast.walk(bare):
        if isinstance(each, ast.FunctionDef | ast.AsyncFunctionDef):
            each.decorator_list = []
            each.returns = None
            each.args = ast.parse("def f(*args, **kwargs): ...").body[0].args
    if isinstance(bare, ast.ClassDef):
        bare.decorator_list = []
        bare.bases = []
        bare.keywords = []
        kept = (each for each in bare.body if isinstance(each, ast.FunctionDef))
        bare.body = list(kept) or [ast.Pass()]
    text = ast.unparse(bare)
    file = f"<answer {zlib.crc32(text.encode())}>"
    linecache.cache[file] = (len(text), None, text.splitlines(keepends=True), file)
    names: dict[str, Any] = {"__name__": "__main__"}
    exec(compile(text, file, "exec"), names)
    return names[bare.name]
