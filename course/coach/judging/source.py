"""What the source of an answer tells: where its holes (`...`) are, and the text of a line."""

import ast
import linecache
from collections.abc import Callable, Iterator
from functools import lru_cache
from traceback import walk_tb

from course.coach.sandbox.code import functions_of, is_class, name_of_code, unwrapped

# The class of an exception may have an attribute of that name.
_traceback_of = BaseException.__traceback__.__get__
_BLOCKS = ("body", "handlers", "cases", "orelse", "finalbody")


def file_of(answer: Callable) -> str:
    """The file (of a notebook: the cell) that holds the answer's code; "" if it has none."""
    functions = functions_of(unwrapped(answer))
    return next((function.__code__.co_filename for function in functions), "")


def holes(answer: Callable) -> tuple[bool, list[int]]:
    """Whether nothing is written yet, and the lines that still have a hole.

    A hole is a `...` or a `raise NotImplementedError`. A `...` inside an index, as in `x[..., 0]`,
    is code and no hole. Where the source is unknown (typed at a bare prompt), none are seen.
    """
    node = definition(answer)
    if node is None:
        return is_class(answer) and not file_of(answer), []
    try:
        return _holes_of(node)
    except RecursionError:  # an expression of a thousand parts is an attempt
        return False, []


def _holes_of(node: ast.stmt) -> tuple[bool, list[int]]:
    inner = node.body if isinstance(node, ast.ClassDef) else [node]
    functions = [statement for statement in inner if _is_function(statement)]
    found = {function: sorted(set(_holes_in(function))) for function in functions}
    lines = sorted({line for each in found.values() for line in each})
    empty = not functions or all(_is_empty(function) for function in functions)
    return empty, lines


def failing_line(error: BaseException, file: str) -> str:
    """The last line of `file` that an exception came through, as "line 7: `x = y[9]`".

    "" if it came through none.
    """
    trace = walk_tb(_traceback_of(error))
    numbers = [number for frame, number in trace if frame.f_code.co_filename == file]
    if not numbers:
        return ""
    text = linecache.getline(file, numbers[-1]).strip()
    return f"line {numbers[-1]}: `{text}`" if text else f"line {numbers[-1]}"


def definition(answer: Callable) -> ast.stmt | None:
    """The syntax tree of the answer's own `def` or `class`."""
    # Not by inspect.getsource: before 3.13 it can't find a class that a notebook cell defines.
    inner = unwrapped(answer)
    file = file_of(inner)
    if not file:
        return None
    kind = ast.ClassDef if is_class(inner) else ast.FunctionDef | ast.AsyncFunctionDef
    name = name_of_code(inner)
    statements = _statements("".join(linecache.getlines(file)))
    found = [node for node in statements if isinstance(node, kind) and node.name == name]
    if is_class(inner):
        # A file may define a class twice: the one that holds its methods' lines.
        codes = [function.__code__ for function in functions_of(inner)]
        lines = [code.co_firstlineno for code in codes if code.co_filename == file]
        found = [node for node in found if all(_holds(node, line) for line in lines)]
    else:
        first = inner.__code__.co_firstlineno
        found = [
            node
            for node in found
            if first in (node.lineno, *(d.lineno for d in node.decorator_list))
        ]
    return found[-1] if found else None


@lru_cache(maxsize=8)  # a file with a hundred answers is read once, not for each of them
def _statements(source: str) -> tuple[ast.stmt, ...]:
    """All statements of a source, also inside others; none if it can't be read."""
    try:
        todo = list(reversed(ast.parse(source).body))
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return ()
    found = []
    # not ast.walk: the expressions are most of a tree
    while todo:
        node = todo.pop()
        if isinstance(node, ast.stmt):
            found.append(node)
        for name in reversed(_BLOCKS):
            todo.extend(reversed(getattr(node, name, ())))
    return tuple(found)


def _holds(node: ast.ClassDef, line: int) -> bool:
    return node.lineno <= line <= (node.end_lineno or line)


def _is_function(node: ast.stmt) -> bool:
    return isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)


def _is_empty(function: ast.FunctionDef) -> bool:
    """Whether the body only holds its place.

    With a docstring, `...`, `pass`, `raise NotImplementedError` or `super().__init__()`.
    """
    return all(
        isinstance(statement, ast.Pass)
        or (isinstance(statement, ast.Expr) and isinstance(statement.value, ast.Constant))
        or _raises_not_implemented(statement)
        or ast.unparse(statement) == "super().__init__()"
        for statement in function.body
    )


def _raises_not_implemented(node: ast.AST) -> bool:
    return (
        isinstance(node, ast.Raise)
        and node.exc is not None
        and "NotImplementedError" in ast.unparse(node.exc)
    )


def _holes_in(function: ast.FunctionDef) -> Iterator[int]:
    for statement in function.body:
        if _raises_not_implemented(statement):
            yield statement.lineno
        else:
            yield from _ellipses(statement)


def _ellipses(node: ast.AST) -> Iterator[int]:
    if isinstance(node, ast.Constant) and node.value is Ellipsis:
        yield node.lineno
    for name, child in ast.iter_fields(node):
        if name in ("slice", "annotation", "returns"):
            continue
        for entry in child if isinstance(child, list) else [child]:
            if isinstance(entry, ast.AST) and not isinstance(entry, ast.List | ast.Tuple):
                yield from _ellipses(entry)
