"""An nbgrader course from the masters.

    python -m course.authoring.classroom            all chapters with exercises (`make classroom`)
    python -m course.authoring.classroom 02 05      these only

In the folder `build/classroom` (or `--out`) it makes

    nbgrader_config.py, gradebook.db    an nbgrader course, to be used from inside the folder
    source/NN_topic/                    the teacher's version: solutions, and marking cells with
                                        their hidden seed
    release/NN_topic/                   what learners get: stubs, and marking cells without what
                                        marks
    student.zip                         a course to hand out: the released chapters and what they
                                        run on

An exercise is worth as many points as its key says that it takes minutes. A marking cell judges the
answer on the probes that learners meet and on those of a seed that only `source` knows
(`course.marking`), and gives partial credit. An assignment that is in `source` is left alone, with
its seed and its marks: remove its folder to make it anew.
"""

import argparse
import ast
import io
import os
import re
import secrets
import sys
import zipfile
from collections.abc import Iterator
from pathlib import Path

import nbformat
from nbformat import NotebookNode
from nbgrader.apps import NbGraderAPI
from traitlets.config import Config, PyFileConfigLoader

from course.authoring.execution import serialise
from course.authoring.masters import ROOT, Course, MasterError, exercises, make_notebook
from course.coach.find import find_exercise

OUT = ROOT / "build" / "classroom"
CONFIG = '''\
"""The course's settings for nbgrader: run it from inside this folder."""

from pathlib import Path

from course.authoring.marking_steps import first_steps, last_steps

c = get_config()  # noqa: F821
c.CourseDirectory.root = str(Path(__file__).resolve().parent)
c.CourseDirectory.course_id = "zooplus"
c.ClearSolutions.code_stub = {"python": "..."}
c.ExecutePreprocessor.timeout = 300
c.Autograde.sanitize_preprocessors = first_steps()
c.Autograde.autograde_preprocessors = last_steps()
c.GenerateFeedback.permissions = 664
'''
MARKING = """\
# {points} points for exercise {id}, also on inputs that you have not seen. Nothing to do here.
### BEGIN HIDDEN TESTS
from course.marking import points

points("{id}", most={points}, seed={seed})
### END HIDDEN TESTS"""
CALLS_SOLUTION = re.compile(r'^solution\("[\d.]+"\)\n?', re.MULTILINE)
WITHHELD = '''\
def solution(id: str) -> None:
    """Solutions are given out by the teacher."""
    show(message_card(f"The solution of {id} is your teacher's to give out. \
`hint(\\"{id}\\")` says more."))
'''
# A student's course: these, and the released chapters. Masters, solved notebooks and authors' tools
# stay here.
HANDED_OUT = ("seqrec", "zooplus_sim", "course", "tools", "chapters", "docs")
FILES = (
    "README.md",
    "LICENSE",
    "CITATION.cff",
    "Makefile",
    "pyproject.toml",
    "constraints.txt",
    "environment.yml",
    "postBuild",
    "start",
    ".gitattributes",
)
KEPT_BACK = re.compile(
    r"course/authoring/.*|course/marking\.py|tools/lock\.py|chapters/\d\d_.*"
    r"|.*__pycache__.*|.*\.ipynb_checkpoints.*"
)


def source_notebook(master: Path, seed: int) -> NotebookNode:
    """The teacher's version of a chapter, not executed.

    Its exercises are solved between marks, each with a marking cell.

    master: the chapter's master.
    seed:   of the probes that learners do not see.
    """
    notebook = make_notebook(master, solved=False)
    solved = make_notebook(master, solved=True)
    cells = []
    for cell, answered in zip(notebook.cells, solved.cells, strict=True):
        defined = exercises(cell.source) if cell.cell_type == "code" else []
        if cell.cell_type == "code":
            cell.source = CALLS_SOLUTION.sub("", cell.source).rstrip("\n")
        if defined:
            cell.source = answered.source
            cell.metadata.nbgrader = _nbgrader(f"answer-{_dashed(defined[0][0])}", solution=True)
        if cell.source:
            cells.append(cell)
        cells += [_marking_cell(id, seed) for id, *_ in defined]
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


def make_course(folder: Path, masters: list[Path], seed: int) -> list[str]:
    """Make the course, or add to it.

    Returns the assignments that are new. Raises RuntimeError where nbgrader fails.
    """
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "nbgrader_config.py").write_text(CONFIG, encoding="utf-8")
    api = open_course(folder)
    new = []
    for master in masters:
        path = folder / "source" / master.stem / f"{master.stem}.ipynb"
        notebook = source_notebook(master, seed)
        if path.exists() or not any("nbgrader" in cell.metadata for cell in notebook.cells):
            continue
        path.parent.mkdir(parents=True)
        path.write_text(serialise(notebook), encoding="utf-8")
        done = api.generate_assignment(master.stem)
        if not done["success"]:
            raise RuntimeError(f"nbgrader could not make {master.stem}:\n{done['log']}")
        new.append(master.stem)
    return new


def student_package(folder: Path, root: Path = ROOT) -> Path:
    """Make `student.zip`, and give its path.

    It holds the released chapters of the course in `folder` and what they run on, without any
    solution.
    """
    path = folder / "student.zip"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for file in sorted(_handed_out(root)):
            name = file.relative_to(root).as_posix()
            data = file.read_bytes()
            if name == "course/coach/notebook.py":
                data = replace_function(data.decode(), "solution", WITHHELD).encode()
            _add(archive, name, data, executable=name in ("postBuild", "start"))
        for released in sorted((folder / "release").glob("*/*.ipynb")):
            _add(archive, f"chapters/{released.name}", released.read_bytes())
    return path


def _handed_out(root: Path) -> Iterator[Path]:
    yield from (root / name for name in FILES)
    for place in HANDED_OUT:
        for file in (root / place).rglob("*"):
            if file.is_file() and not KEPT_BACK.fullmatch(file.relative_to(root).as_posix()):
                yield file


def _add(archive: zipfile.ZipFile, name: str, data: bytes, executable: bool = False) -> None:
    # without a date: the same files make the same archive
    entry = zipfile.ZipInfo(f"course/{name}")
    entry.external_attr = (0o755 if executable else 0o644) << 16
    archive.writestr(entry, data, zipfile.ZIP_DEFLATED)


def replace_function(source: str, name: str, instead: str) -> str:
    """`source` with its top-level function `name` written anew."""
    functions = (node for node in ast.parse(source).body if isinstance(node, ast.FunctionDef))
    [node] = [node for node in functions if node.name == name]
    lines = source.splitlines(keepends=True)
    lines[node.lineno - 1 : node.end_lineno] = io.StringIO(instead).readlines()
    return "".join(lines)


def main(arguments: list[str] | None = None) -> int:
    """The command line. Returns 0, or 1 if the course can't be made."""
    parser = argparse.ArgumentParser(
        prog="python -m course.authoring.classroom",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument(
        "chapters", nargs="*", metavar="NN", help="chapter numbers; none means all with exercises"
    )
    parser.add_argument(
        "--out", type=Path, default=OUT, help="folder of the course (default: build/classroom)"
    )
    parser.add_argument(
        "--seed", type=int, help="of the hidden probes; none means a random one, kept in source/"
    )
    options = parser.parse_args(arguments)
    try:
        masters = [Course().master(number) for number in options.chapters] or Course().masters()
        seed = secrets.randbelow(10**9) if options.seed is None else options.seed
        new = make_course(options.out, masters, seed)
    except (MasterError, RuntimeError) as error:
        print(error, file=sys.stderr)
        return 1
    package = student_package(options.out)
    print(f"new: {', '.join(new) or 'nothing, all were there'}\nto hand out: {package}")
    print(
        f"to mark: put work into {options.out}/submitted/NAME/NN_topic/NN_topic.ipynb, then there"
    )
    print(
        "         nbgrader autograde NN_topic; nbgrader generate_feedback NN_topic; nbgrader export"
    )
    return 0


if __name__ == "__main__":
    sys.exit(main())
