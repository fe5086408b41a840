"""Chapters answered in other ways than as shipped, to see that they run through.

    python -m course.authoring.variants            all chapters, in all ways
    python -m course.authoring.variants 02 05      these only

The ways are

    wrong     every exercise answered with a misconception of its key
    half      every other exercise solved, the rest left open
    doubled   nothing answered, every code cell run twice in a row

`strays` runs one and says what went astray: a cell that fails, or a compared output that is not the
stored one. Whatever a learner answers, the chapter goes on with the reference, so the outputs of
all other cells are the same. Nothing is written.
"""

import argparse
import ast
import builtins
import copy
import inspect
import sys
import textwrap
from collections.abc import Callable
from pathlib import Path

import nbformat
from nbformat import NotebookNode

from course.authoring.checks import is_compared, output_text
from course.authoring.execution import ChapterError, execute
from course.authoring.freshness import staleness
from course.authoring.masters import Course, MasterError, call_name, exercises, make_notebook
from course.coach.find import find_exercise

ANSWERS = ("wrong", "half", "doubled")
HANDED_ON = """\
from course.coach.find import find_exercise

@exercise("{id}")
def {name}(*args, **options):
    return find_exercise("{id}").misconceptions[{turn}].wrong(*args, **options)"""
# calls whose output depends on what the learner wrote
_TELLS_THE_ANSWER = ("exercise(", "scoreboard(")


def variant(master: Path, answers: str) -> NotebookNode:
    """The chapter of `master`, answered as said ("wrong", "half" or "doubled"), without outputs."""
    if answers not in ANSWERS:
        raise ValueError(f"answers is {answers!r}; choose from {', '.join(ANSWERS)}")
    chapter = make_notebook(master, solved=False)
    if answers == "doubled":
        chapter.cells = [run for cell in chapter.cells for run in _twice(cell)]
    elif answers == "wrong":
        for cell in chapter.cells:
            cell.source = _answered_wrongly(cell) if cell.cell_type == "code" else cell.source
    else:
        solved = make_notebook(master, solved=True)
        pairs = zip(chapter.cells, solved.cells, strict=True)
        stubs = [
            (cell, answered)
            for cell, answered in pairs
            if cell.cell_type == "code" and exercises(cell.source)
        ]
        for cell, answered in stubs[::2]:
            cell.source = answered.source
    return chapter


def strays(course: Course, master: Path, answers: str) -> list[str]:
    """Run a variant in the chapter's folder.

    What differs from the stored chapter, a sentence each.
    """
    path = course.notebook(master, solved=False)
    if why := staleness(course, master, solved=False):
        return [f"{path.name} {why}; run: python -m course.authoring.build {call_name(master)}"]
    stored = {cell.id: cell for cell in nbformat.read(path, as_version=4).cells}
    notebook = variant(master, answers)
    try:
        execute(notebook, path.parent)
    except ChapterError as error:
        return [f"{master.stem}, {answers}: {error}"]
    found = []
    for cell in notebook.cells:
        original = stored[cell.id.removesuffix("-again")]
        tells = any(call in cell.source for call in _TELLS_THE_ANSWER)
        if not is_compared(cell) or (answers != "doubled" and tells):
            continue
        if output_text(cell) != output_text(original):
            which = "second run of cell" if cell.id.endswith("-again") else "cell"
            shows = f"shows {output_text(cell)}, stored is {output_text(original)}"
            found.append(
                f"{master.stem}, {answers}: {which} {cell.source.splitlines()[0][:60]!r} {shows}"
            )
    return found


def _twice(cell: NotebookNode) -> list[NotebookNode]:
    if cell.cell_type != "code":
        return [cell]
    again = copy.deepcopy(cell)
    again.id = f"{cell.id}-again"
    return [cell, again]


def _answered_wrongly(cell: NotebookNode) -> str:
    """The cell's source with each exercise's definition replaced by a misconception of its key."""
    lines = cell.source.splitlines()
    for id, name, first, last in reversed(exercises(cell.source)):
        lines[first - 1 : last] = _misconception(id, name).splitlines()
    return "\n".join(lines)


def _misconception(id: str, name: str) -> str:
    """A wrong answer to exercise `id`, as a learner would type it, under `name`.

    Exercises take turns with the misconceptions of their key. Where none of these can stand alone,
    the answer calls one of them.
    """
    wrong = [each.wrong for each in find_exercise(id).misconceptions]
    typed = [each for each in wrong if _can_be_typed(each, name)]
    if not typed:
        turn = int(id.split(".")[1]) % len(wrong)
        return HANDED_ON.format(id=id, name=name, turn=turn)
    chosen = typed[int(id.split(".")[1]) % len(typed)]
    tree = ast.parse(textwrap.dedent(inspect.getsource(chosen)))
    borrowed = _names_from_the_key(tree, chosen)
    tree.body[0].name = name
    tree.body[0].decorator_list = [ast.parse(f'exercise("{id}")', mode="eval").body]
    imports = f"from {chosen.__module__} import {', '.join(borrowed)}\n\n" if borrowed else ""
    return imports + ast.unparse(tree)


def _can_be_typed(wrong: Callable, name: str) -> bool:
    """Whether its source means the same in a cell, under `name`.

    It may not use `name`, nor anything from an outer function.
    """
    if inspect.isfunction(wrong):
        code = wrong.__code__
        return wrong.__name__ != "<lambda>" and not code.co_freevars and name not in code.co_names
    return inspect.isclass(wrong)


def _names_from_the_key(tree: ast.Module, wrong: Callable) -> list[str]:
    """The global names of its own module that a misconception uses."""
    module = vars(sys.modules[wrong.__module__])
    used = {node.id for node in ast.walk(tree) if isinstance(node, ast.Name)}
    borrowed = {name for name in used if name in module and not hasattr(builtins, name)}
    return sorted(borrowed - {wrong.__name__})


def main(arguments: list[str] | None = None) -> int:
    """Run all variants of the named chapters, or of all.

    Returns 0, 1 if anything went astray, or 2 if a chapter has no master.
    """
    parser = argparse.ArgumentParser(
        prog="python -m course.authoring.variants",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("chapters", nargs="*", metavar="NN", help="chapter numbers; none means all")
    numbers = parser.parse_args(arguments).chapters
    course = Course()
    try:
        masters = [course.master(number) for number in numbers] or course.masters()
    except MasterError as error:
        print(error, file=sys.stderr)
        return 2
    found = []
    for master in masters:
        for answers in ANSWERS:
            astray = strays(course, master, answers)
            print(f"{master.stem}  {answers}: {len(astray) or 'nothing'} astray", flush=True)
            found += astray
    for sentence in found:
        print(sentence, file=sys.stderr)
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
