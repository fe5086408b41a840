"""What the text of an answer shows: an argument that is never read, a generator that is seeded."""

import ast
from collections.abc import Callable, Iterator

from course.coach.judging.source import definition
from course.coach.key import Exercise

_SEEDS = {"seed", "manual_seed"}
_GLOBAL = {"torch", "np.random", "numpy.random", "random"}
_DETACHES = {"detach", "item", "numpy", "tolist", "no_grad", "inference_mode", "data"}


def unread_arguments(exercise: Exercise, answer: Callable) -> list[str]:
    """Arguments that the reference reads and the answer never does, in order."""
    mine = _functions(definition(answer))
    reference = _functions(definition(exercise.reference))
    unread = []
    for name, function in mine.items():
        theirs = reference.get(name)
        if theirs is None:
            theirs = next(iter(reference.values()), None) if len(mine) == 1 else None
        if theirs is None:
            continue
        read = _names_read(function)
        due = _names_read(theirs)
        for parameter in _parameters(function):
            if parameter not in read and parameter in due and parameter in _parameters(theirs):
                unread.append(parameter)
    return unread


def says_unread(exercise: Exercise, answer: Callable) -> str | None:
    """A sentence on the arguments that are never read."""
    names = unread_arguments(exercise, answer)
    if not names:
        return None
    listed = ", ".join(f"`{name}`" for name in names)
    return f"Your code never reads {listed}: the result can't depend on it, and it should."


def says_seeded(answer: Callable) -> str | None:
    """A sentence on a call that seeds a generator for everybody, or always alike."""
    for node in _calls(answer):
        name = ast.unparse(node.func)
        if name.rpartition(".")[2] not in _SEEDS:
            continue
        is_global = name.rpartition(".")[0] in _GLOBAL
        is_fixed = bool(node.args) and isinstance(node.args[0], ast.Constant)
        if is_global or is_fixed:
            return (
                f"Line {node.lineno} seeds a generator (`{ast.unparse(node)[:60]}`): seeded anew, "
                "every call draws the same numbers, and the global generator belongs to everybody."
            )
    return None


def says_detached(answer: Callable) -> str | None:
    """A sentence on what cuts a gradient off: for answers whose gradient is missing."""
    node = definition(answer)
    for inner in ast.walk(node) if node is not None else ():
        if isinstance(inner, ast.Attribute) and inner.attr in _DETACHES:
            return (
                f"Line {inner.lineno} cuts the gradient off: `{ast.unparse(inner)[:60]}` leaves "
                "the graph of computations, so nothing before it learns."
            )
    return None


def _calls(answer: Callable) -> Iterator[ast.Call]:
    node = definition(answer)
    if node is not None:
        yield from (inner for inner in ast.walk(node) if isinstance(inner, ast.Call))


def _functions(node: ast.stmt | None) -> dict[str, ast.FunctionDef]:
    if isinstance(node, ast.FunctionDef):
        return {node.name: node}
    if isinstance(node, ast.ClassDef):
        return {inner.name: inner for inner in node.body if isinstance(inner, ast.FunctionDef)}
    return {}


def _parameters(function: ast.FunctionDef) -> list[str]:
    arguments = function.args
    listed = [*arguments.posonlyargs, *arguments.args, *arguments.kwonlyargs]
    return [argument.arg for argument in listed if argument.arg != "self"]


def _names_read(function: ast.FunctionDef) -> set[str]:
    read = set()
    for statement in function.body:
        for node in ast.walk(statement):
            if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Load):
                read.add(node.id)
            if isinstance(node, ast.Call) and ast.unparse(node.func) in ("locals", "vars"):
                read |= set(_parameters(function))
    return read
