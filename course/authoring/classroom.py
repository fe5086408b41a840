"""An nbgrader course from the masters.

    python -m course.authoring.classroom            all chapters with exercises (`make classroom`)
    python -m course.authoring.classroom 02 05      these only
    python -m course.authoring.classroom 02:2.3,2.4 chapter 02, of which these two are marked

In the folder `build/classroom` (or `--out`) it makes

    nbgrader_config.py, gradebook.db    an nbgrader course, to be used from inside the folder
    source/NN_topic/                    the teacher's version: solutions, and marking cells with
                                        their hidden seed
    release/NN_topic/                   what learners get: stubs, and marking cells without what
                                        marks
    student.zip                         a course to hand out: the released chapters and what they
                                        run on (`course.authoring.handout`)

An exercise is worth as many points as its key says that it takes minutes. A marking cell judges the
answer on the probes that learners meet and on those of a seed that only `source` knows, and gives
partial credit (`course.marking`, called by `course.authoring.marking_steps`: no notebook runs). An
assignment that is in `source` is left alone, with its seed and its marks: remove its folder to make
it anew. Exercises that are not chosen stay in the chapter as they are elsewhere, without a mark.
"""

import argparse
import os
import re
import secrets
import sys
from collections.abc import Iterable, Mapping
from pathlib import Path

import nbformat
from filelock import FileLock
from nbformat import NotebookNode
from nbgrader.apps import NbGraderAPI
from traitlets.config import Config, PyFileConfigLoader

from course.authoring.chosen import Chosen, chosen_of, told_of_the_old
from course.authoring.execution import serialise
from course.authoring.handout import has_git, student_package, write_whole
from course.authoring.masters import ROOT, Course, MasterError, exercises, make_notebook
from course.coach.find import find_exercise

OUT = ROOT / "build" / "classroom"
CONFIG = '''\
"""The course's settings for nbgrader: run it from inside this folder."""

from pathlib import Path

from course.authoring.marking_steps import first_steps, last_steps
from course.authoring.roster import HandedIn, OfTheRoster

c = get_config()  # noqa: F821
c.CourseDirectory.root = str(Path(__file__).resolve().parent)
c.CourseDirectory.course_id = "zooplus"
c.ClearSolutions.code_stub = {"python": "..."}
c.ExecutePreprocessor.timeout = 300
c.Autograde.sanitize_preprocessors = first_steps()
c.Autograde.autograde_preprocessors = last_steps()
c.GenerateFeedback.permissions = 664
c.ZipCollectApp.collector_plugin = OfTheRoster
c.ExportApp.plugin_class = HandedIn
'''
MARKING = """\
# {points} points for exercise {id}, also on inputs that you have not seen. Nothing to do here.
### BEGIN HIDDEN TESTS
from course.marking import points

points("{id}", most={points}, seed={seed})
### END HIDDEN TESTS"""
CALLS_SOLUTION = re.compile(r'^solution\("[\d.]+"\)\n?', re.MULTILINE)


def source_notebook(master: Path, seed: int, marked: Chosen = None) -> NotebookNode:
    """The teacher's version of a chapter, not executed.

    Its exercises are solved between marks, each with a marking cell.

    master: the chapter's master.
    seed:   of the probes that learners do not see.
    marked: the exercises that are marked; None for all. The others stay stubs.
    """
    notebook = make_notebook(master, solved=False)
    solved = make_notebook(master, solved=True)
    cells = []
    for cell, answered in zip(notebook.cells, solved.cells, strict=True):
        defined = exercises(cell.source) if cell.cell_type == "code" else []
        defined = [id for id, *_ in defined if marked is None or id in marked]
        if cell.cell_type == "code":
            cell.source = CALLS_SOLUTION.sub("", cell.source).rstrip("\n")
        if defined:
            cell.source = answered.source
            cell.metadata.nbgrader = _nbgrader(f"answer-{_dashed(defined[0])}", solution=True)
        if cell.source:
            cells.append(cell)
        cells += [_marking_cell(id, seed) for id in defined]
    notebook.cells = cells
    return notebook


def _marking_cell(id: str, seed: int) -> NotebookNode:
    worth = find_exercise(id).minutes
    name = f"points-{_dashed(id)}"
    cell = nbformat.v4.new_code_cell(MARKING.format(id=id, points=worth, seed=seed), id=name)
    cell.metadata.nbgrader = _nbgrader(name, grade=True, locked=True, points=worth)
    return cell


def _nbgrader(grade_id: str, **what: bool | int) -> NotebookNode:
    plain = {"grade": False, "locked": False, "solution": False, "task": False, "schema_version": 3}
    return nbformat.from_dict(plain | {"grade_id": grade_id} | what)


def _dashed(id: str) -> str:
    return id.replace(".", "-")


def open_course(folder: Path) -> NbGraderAPI:
    """nbgrader's own interface to the course in `folder`."""
    # nbgrader calls `alembic`, which lies beside Python, by its name alone
    programs = str(Path(sys.executable).parent)
    if programs not in os.environ.get("PATH", "").split(os.pathsep):
        os.environ["PATH"] = os.pathsep.join(filter(None, [programs, os.environ.get("PATH", "")]))
    config = Config(PyFileConfigLoader("nbgrader_config.py", path=str(folder)).load_config())
    return NbGraderAPI(config=config)


def make_course(
    folder: Path, masters: Iterable[Path], seed: int, marked: Mapping[Path, Chosen] | None = None
) -> list[str]:
    """Make the course, or add to it.

    marked: of some masters, the exercises that are marked; of the others all are.

    An assignment that was written but not released whole, because the run was stopped, is released
    as it is, with its seed.

    Returns the assignments that are new. Raises RuntimeError where nbgrader fails.
    """
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "nbgrader_config.py").write_text(CONFIG, encoding="utf-8")
    api = open_course(folder)
    new = []
    for master in masters:
        path = folder / "source" / master.stem / f"{master.stem}.ipynb"
        notebook = source_notebook(master, seed, (marked or {}).get(master))
        released = folder / "release" / master.stem / path.name
        if _is_whole(released) or not any("nbgrader" in cell.metadata for cell in notebook.cells):
            continue
        if not path.exists():
            path.parent.mkdir(parents=True, exist_ok=True)
            write_whole(path, serialise(notebook).encode())
        done = api.generate_assignment(master.stem)
        if not done["success"]:
            raise RuntimeError(f"nbgrader could not make {master.stem}:\n{done['log']}")
        new.append(master.stem)
    return new


def _is_whole(notebook: Path) -> bool:
    """Whether a file is a notebook: nbgrader, stopped while it writes one, leaves half of it."""
    try:
        nbformat.read(notebook, as_version=4)
    except (OSError, ValueError, nbformat.reader.NotJSONError, nbformat.ValidationError):
        return False
    return True


def main(arguments: list[str] | None = None) -> int:
    """The command line. Returns 0, or 1 if the course can't be made."""
    parser = argparse.ArgumentParser(
        prog="python -m course.authoring.classroom",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument(
        "chapters",
        nargs="*",
        metavar="NN",
        help="chapter numbers, with the exercises to be marked if not all are: 02:2.3,2.4; none "
        "means all chapters with exercises",
    )
    parser.add_argument(
        "--out", type=Path, default=OUT, help="folder of the course (default: build/classroom)"
    )
    parser.add_argument(
        "--seed", type=int, help="of the hidden probes; none means a random one, kept in source/"
    )
    options = parser.parse_args(arguments)
    try:
        marked = dict(map(chosen_of, options.chapters)) or dict.fromkeys(Course().masters())
        seed = secrets.randbelow(10**9) if options.seed is None else options.seed
        options.out.mkdir(parents=True, exist_ok=True)
        with FileLock(options.out / ".lock"):
            old = told_of_the_old(options.out, marked)
            new = make_course(options.out, marked, seed, marked)
            package = student_package(options.out)
    except (MasterError, RuntimeError) as error:
        print(error, file=sys.stderr)
        return 1
    if not has_git():
        print("There is no git checkout here: look through student.zip before you hand it out.")
    print(f"new: {', '.join(new) or 'nothing, all were there'}\nto hand out: {package}")
    print(*old, sep="\n", end="\n" * bool(old))
    print(
        f"to mark: put work into {options.out}/submitted/NAME/NN_topic/NN_topic.ipynb, then there"
    )
    print(
        "         nbgrader autograde NN_topic; nbgrader generate_feedback NN_topic; nbgrader export"
    )
    return 0


if __name__ == "__main__":
    sys.exit(main())
