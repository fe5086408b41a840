"""The solutions in the masters as functions and classes, without running the chapter."""

import ast
import linecache
import zlib
from functools import lru_cache
from typing import Any

from course.authoring.masters import Course, exercises, make_notebook, number_of
from course.coach import Exercise
from course.coach.find import chapter_of


def solutions_of(exercise: Exercise) -> tuple[tuple[str, dict[str, Any]], ...]:
    """The exercise's solution in its master, as ((source, names that it sees),).

    Returns () if there is no master, or if the exercise is not in it.
    """
    found = definitions(chapter_of(exercise.id), solved=True).get(exercise.id)
    return () if found is None else (found,)


@lru_cache(maxsize=16)
def definitions(chapter: str, solved: bool) -> dict[str, tuple[str, dict[str, Any]]]:
    """By exercise id: the source under `@exercise`, without it, and the names that it sees.

    Those are what the cells before it import, define and set to plain numbers and texts. Everything
    else, such as a trained model, is left out: it would take the chapter's time, and an exercise
    takes what it needs as arguments.

    chapter: its number, "02".
    solved:  with the solutions, or with the stubs that learners see.

    Raises MasterError for a broken master; gives {} if there is none.
    """
    course = Course()
    masters = {number_of(master): master for master in course.masters()}
    if chapter not in masters:
        return {}
    names: dict[str, Any] = {"__name__": f"chapter_{chapter}"}
    found = {}
    for cell in make_notebook(masters[chapter], solved=solved).cells:
        if cell.cell_type != "code":
            continue
        ids = {name: id for id, name, _, _ in exercises(_plain(cell.source))}
        for node in ast.parse(_plain(cell.source)).body:
            if not _is_light(node):
                continue
            if getattr(node, "name", None) in ids:
                kept = (each for each in node.decorator_list if not _is_exercise(each))
                node.decorator_list = list(kept)
                found[ids[node.name]] = (ast.unparse(node), names)
            define(ast.unparse(node), names)
    return found


def define(source: str, names: dict[str, Any]) -> Any:
    """Run a statement among `names`, as a cell of its own whose source can be looked up.

    Returns what it defines.
    """
    file = f"<cell {zlib.crc32(source.encode())}>"
    linecache.cache[file] = (len(source), None, source.splitlines(keepends=True), file)
    exec(compile(source, file, "exec"), names)
    return names.get(getattr(ast.parse(source).body[0], "name", ""))


def _plain(source: str) -> str:
    """Python without the notebook's own lines: `%matplotlib inline`, `!ls`."""
    lines = source.splitlines()
    return "\n".join("" if line.lstrip().startswith(("%", "!")) else line for line in lines)


def _is_exercise(decorator: ast.expr) -> bool:
    return ast.unparse(decorator).startswith("exercise(")


def _is_light(node: ast.stmt) -> bool:
    if isinstance(node, ast.Import | ast.ImportFrom | ast.FunctionDef | ast.ClassDef):
        return True
    if not isinstance(node, ast.Assign):
        return False
    # `table["column"] = 42` needs the table
    if not all(isinstance(target, ast.Name) for target in node.targets):
        return False
    try:
        ast.literal_eval(node.value)
    except ValueError:
        return False
    return True
