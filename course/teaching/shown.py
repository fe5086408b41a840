"""A wrong idea's code as somebody might have handed it in: under the stub's name, on its own."""

import ast
import builtins
import inspect
import sys
from collections.abc import Callable
from functools import lru_cache
from types import ModuleType
from typing import Any

from course.coach.key import Exercise, Misconception

_Definition = ast.FunctionDef | ast.ClassDef


def code_of(exercise: Exercise, wrong: Misconception) -> str:
    """The code, and above it the helpers that it calls; "" if its text can't be had.

    Neither names, comments nor docstrings say what is wrong with it: the function is called as the
    stub is, and a helper `helper`.
    """
    module = sys.modules[wrong.wrong.__module__]
    own = _definitions(module)
    node = own.get(wrong.wrong.__name__)
    if node is None or getattr(module, node.name) is not wrong.wrong:
        return ""
    helpers = _helpers(node, own)
    names = {helper: f"helper_{number}" for number, helper in enumerate(helpers, 1)}
    if len(helpers) == 1:
        names = {helpers[0]: "helper"}
    names[node.name] = exercise.stub_name
    lines = _lines(module)
    return "\n\n\n".join(_told(own[name], lines, names) for name in [*helpers, node.name])


def stands_alone(exercise: Exercise, wrong: Misconception, code: str) -> bool:
    """Does the code define all that it names, and not lean on the library's own solution?"""
    tree = ast.parse(code)
    read, made = set(), set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Load):
            read.add(node.id)
        else:
            fields = (getattr(node, field, None) for field in ("id", "arg", "name"))
            made |= {name for name in fields if isinstance(name, str)}
    calls_itself = exercise.stub_name in read and not isinstance(exercise.reference, type)
    known = set(space_of(exercise, wrong)) | set(dir(builtins)) | made
    return not calls_itself and exercise.reference.__name__ not in read and read <= known


def space_of(exercise: Exercise, wrong: Misconception) -> dict[str, Any]:
    """What such code may name: what its key imports. Nothing of the key's own, not the stub."""
    key = vars(sys.modules[wrong.wrong.__module__])
    kept = {name: value for name, value in key.items() if not name.startswith("_")}
    kept.pop(exercise.stub_name, None)
    kept.pop(exercise.reference.__name__, None)
    return kept | {"__name__": "shown", "__builtins__": builtins}


def built(exercise: Exercise, wrong: Misconception, code: str) -> Callable:
    """The function or class that the shown text defines: what a judge is asked about."""
    space = space_of(exercise, wrong)
    exec(compile(code, f"<{exercise.id}, {wrong.name}>", "exec"), space)
    return space[exercise.stub_name]


@lru_cache(maxsize=32)
def _lines(module: ModuleType) -> tuple[str, ...]:
    return tuple(inspect.getsource(module).splitlines())


@lru_cache(maxsize=32)
def _definitions(module: ModuleType) -> dict[str, _Definition]:
    """The private functions and classes of a key, by name."""
    tree = ast.parse("\n".join(_lines(module)))
    nodes = (node for node in tree.body if isinstance(node, _Definition))
    return {node.name: node for node in nodes if node.name.startswith("_")}


def _helpers(node: _Definition, own: dict[str, _Definition]) -> list[str]:
    """The names of what it needs of the key's own, what is needed first coming first."""
    found: list[str] = []

    def visit(each: ast.AST) -> None:
        for inside in ast.walk(each):
            name = getattr(inside, "id", None)
            if name in own and name != node.name and name not in found:
                found.append(name)
                visit(own[name])
                found.remove(name)
                found.append(name)

    visit(node)
    return found


def _told(node: _Definition, lines: tuple[str, ...], names: dict[str, str]) -> str:
    """The text of a definition with other names, without comments and docstrings."""
    first = min([node.lineno, *(each.lineno for each in node.decorator_list)])
    text = list(lines[first - 1 : node.end_lineno])
    gone = set()
    for each in ast.walk(node):
        if isinstance(each, _Definition) and ast.get_docstring(each) and len(each.body) > 1:
            gone |= set(range(each.body[0].lineno, each.body[0].end_lineno + 1))
    places = [
        (each.lineno, each.col_offset, each.id)
        for each in ast.walk(node)
        if isinstance(each, ast.Name) and each.id in names
    ]
    heads = [(each.lineno, each) for each in ast.walk(node) if isinstance(each, _Definition)]
    for row, each in heads:
        if each.name in names:
            at = len(lines[row - 1].encode().partition(each.name.encode())[0])
            places.append((row, at, each.name))
    for row, column, name in sorted(places, reverse=True):
        line = text[row - first].encode()
        new = line[:column] + names[name].encode() + line[column + len(name.encode()) :]
        text[row - first] = new.decode()
    kept = (line for row, line in enumerate(text, first) if row not in gone)
    return "\n".join(line for line in map(_without_comment, kept) if line is not None)


def _without_comment(line: str) -> str | None:
    """A line without its comment; None if nothing else is in it."""
    if "#" not in line:
        return line
    if line.lstrip().startswith("#"):
        return None
    before, _, _ = line.partition("  # ")
    return before
