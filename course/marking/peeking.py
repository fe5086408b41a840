"""Does an answer's source name what looks at the code that runs it? Read, not run.

Some keys watch an answer at work, in its process: that it draws anew in each step, say. Code that
goes up the frames to there could tell the marking what it likes. No exercise needs these names.
Names that are put together at run time are not seen.
"""

import ast

from course.marking.answers import Answer

_NAMES = frozenset({
    "_getframe", "_current_frames", "f_back", "f_globals", "f_locals", "f_builtins", "tb_frame",
    "gi_frame", "cr_frame", "ag_frame", "__globals__", "__closure__", "__code__", "currentframe",
    "__subclasses__", "settrace", "setprofile", "_xxsubinterpreters",
})  # fmt: skip
_MODULES = ("course.coach.judging", "course.coach.sandbox", "course.marking")


def peeks(answer: Answer) -> str:
    """The first such name in an answer or in what it needs; "" if there is none."""
    nodes = [*(statement.node for statement in answer.needs), answer.value]
    for top in nodes:
        for node in ast.walk(top):
            for name in _names_of(node):
                if name in _NAMES or name.startswith(_MODULES):
                    return name
    return ""


def _names_of(node: ast.AST) -> list[str]:
    """The names that stand in one node, also as text: `getattr(frame, "f_back")`."""
    if isinstance(node, ast.Attribute):
        return [node.attr]
    if isinstance(node, ast.Name):
        return [node.id]
    if isinstance(node, ast.Constant) and isinstance(node.value, str):
        return [node.value]
    if isinstance(node, ast.Import):
        return [alias.name for alias in node.names]
    if isinstance(node, ast.ImportFrom):
        names = [alias.name for alias in node.names]
        return [*names, *(f"{node.module}.{name}" for name in names)]
    return []
