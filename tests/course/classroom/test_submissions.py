"""Answers of every kind, handed in as one notebook and marked by nbgrader: each gets its points."""

import copy
import importlib
import sys

import nbformat
import pytest

import course.keys
from course.authoring.masters import exercises
from course.coach.progress import forget

pytest.importorskip("nbgrader", reason="the extra `classroom` is not installed")
from nbgrader.preprocessors import Execute  # noqa: E402
from nbgrader.utils import determine_grade  # noqa: E402

from course.authoring.classroom import make_course, open_course  # noqa: E402
from course.authoring.marking_steps import (  # noqa: E402
    OURS,
    NumberAlone,
    RunTheRest,
    asked_for,
)

pytestmark = pytest.mark.filterwarnings("ignore:Object of type")  # nbgrader's own database code
NAME = "97_clicks"
WORTH = 4
# Half of the probes have visits, half have none; two of each seed are new.
KEY = f"""
from course.coach import Exercise, Misconception, Probe

def clicks_per_visit(clicks, visits):
    return clicks / visits if visits else 0.0

def probes(rng):
    yield from (Probe((6, 3)), Probe((rng.uniform(), 2)))
    yield from (Probe((4, 0)), Probe((rng.uniform(), 0)))

EXERCISES = tuple(
    Exercise(
        id=f"97.{{number}}", title="Clicks per visit", minutes={WORTH}, name=f"answer_{{number}}",
        reference=clicks_per_visit, probes=probes, hints=("", "", ""), misconceptions=(),
        time_limit=0.5 if number in %s else 60.0,
    )
    for number in range(1, 1 + %d)
)
QUIZZES = ()
"""
RIGHT = "return clicks / visits if visits else 0.0"
BEFORE = """
import io, logging, os, subprocess, sys, threading, time, warnings
import matplotlib.pyplot as plt
import numpy as np
import torch
from tqdm import tqdm
logging.basicConfig(level=logging.INFO)
own_log = logging.getLogger("own")
own_log.addHandler(logging.StreamHandler(sys.stderr))
kept = sys.stderr
early_bar = tqdm(total=9)
COMMAND = [sys.executable, "-S", "-c", "import sys; print('child', file=sys.stderr)"]
def talk_on():
    while True:
        time.sleep(0.02)
        print("still here", file=kept)
"""
# name: (what the answer does, its points)
CASES = {
    "is right": (RIGHT, 4),
    "logs": (f'logging.info("clicks %d", clicks)\n{RIGHT}', 4),
    "logs to a handler of its own": (f'own_log.error("clicks %d", clicks)\n{RIGHT}', 4),
    "warns": (f'warnings.warn("few clicks", stacklevel=1)\n{RIGHT}', 4),
    "shows bars": (f"early_bar.update()\nfor _ in tqdm(range(3)): pass\n{RIGHT}", 4),
    "plots": (f"plt.plot([clicks, visits])\nplt.show()\n{RIGHT}", 4),
    "works in a thread": (
        "found = []\n"
        "def work():\n"
        '    print("working", file=sys.stderr)\n'
        "    found.append(clicks / visits if visits else 0.0)\n"
        "    raise RuntimeError('after the work')\n"
        "thread = threading.Thread(target=work)\nthread.start()\nthread.join()\nreturn found[0]",
        4,
    ),
    # no other programs: one of them could be a Python that knows the solution
    "starts a process": (f"subprocess.run(COMMAND)\n{RIGHT}", 0),
    "kept an old stderr": (f'print("old", file=kept, flush=True)\n{RIGHT}', 4),
    "writes to Python's own stderr": (f'print("own", file=sys.__stderr__)\n{RIGHT}', 4),
    "writes to descriptor 2": (f'os.write(2, b"two\\n")\n{RIGHT}', 4),
    "prints a lot": (f"for i in range(3000): print(i, file=kept)\n{RIGHT}", 4),
    "keeps the stderr of the judging": (f"globals()['kept'] = sys.stderr\n{RIGHT}", 4),
    "changes global state": (
        "torch.set_default_dtype(torch.float64); np.random.seed(0); sys.stderr = None\n"
        f"logging.basicConfig(level=logging.DEBUG, force=True)\n{RIGHT}",
        4,
    ),
    "stands in two cells": (RIGHT, 4),
    "has its stub below it": (RIGHT, 4),
    "lost its marking cell": (RIGHT, 4),
    "is deleted": (RIGHT, 0),
    "is deleted with its marking cell": (RIGHT, 0),
    "never ends": ("while True: pass", 0),
    "never ends without visits": ("while not visits: pass\nreturn clicks / visits", 2),
    "ends its process without visits": (
        "if not visits: os._exit(0)\nreturn clicks / visits",
        2,
    ),
    "calls exit without visits": ("if not visits: exit()\nreturn clicks / visits", 2),
    "calls sys.exit without visits": ("if not visits: sys.exit(1)\nreturn clicks / visits", 2),
    "asks": ("return float(input('clicks per visit? '))", 0),
    "is wrong": ("return visits - 99.0", 0),
    "is half right": ("return clicks / visits if visits else -1.0", 2),
    "raises": ("raise RuntimeError('too hard')", 0),
    "is not attempted": ("...", 0),
    "hands the work to the reference": (
        "from course.keys.ch97 import clicks_per_visit as ready\nreturn ready(clicks, visits)",
        0,
    ),
    "leaves a thread that talks on": (
        f"threading.Thread(target=talk_on, daemon=True).start()\n{RIGHT}",
        4,
    ),
    "comes when others still talk": (RIGHT, 4),
    "ends its process": ("os._exit(0)", 0),
    "shows points": ("print('4.0')\nreturn 4.0", 0),
}
NUMBERS = {name: number for number, name in enumerate(CASES, start=1)}
HASTY = {number for name, number in NUMBERS.items() if name.startswith("never")}


def answer(number, body):
    lines = "".join(f"    {line}\n" for line in body.splitlines())
    return f'@exercise("97.{number}")\ndef answer_{number}(clicks, visits):\n{lines}'


@pytest.fixture(scope="module")
def chapter(tmp_path_factory):
    """A folder with the key and the master of a chapter."""
    folder = tmp_path_factory.mktemp("chapter")
    (folder / "ch97.py").write_text(KEY % (HASTY, len(CASES)))
    cells = ["# %% [markdown]\n# # 97 · Clicks\n", "# %%\nfrom course import exercise\n"]
    cells += [
        "# %%\n" + answer(number, f"### BEGIN SOLUTION\n{RIGHT}\n### END SOLUTION")
        for number in NUMBERS.values()
    ]
    (folder / f"{NAME}.py").write_text("\n".join(cells), encoding="utf-8")
    course.keys.__path__.append(str(folder))
    importlib.invalidate_caches()
    yield folder
    course.keys.__path__.remove(str(folder))
    sys.modules.pop("course.keys.ch97", None)
    forget()


def pasted(cell):
    return nbformat.v4.new_code_cell(cell.source, metadata=copy.deepcopy(cell.metadata))


def handed_in(released):
    """The released notebook with the answers of CASES in it."""
    notebook = copy.deepcopy(released)
    cells = []
    for cell in notebook.cells:
        role = cell.metadata.get("nbgrader", {})
        if not role:
            cells.append(cell)
            continue
        number = int(role.grade_id.split("-")[-1])
        name = list(CASES)[number - 1]
        if role.solution:
            stub = copy.deepcopy(cell)
            cell.source = answer(number, CASES[name][0])
            if name.startswith("is deleted"):
                continue
            cells.append(cell)
            if name == "stands in two cells":
                cells.append(pasted(cell))
            if name == "has its stub below it":
                cells.append(pasted(stub))
        elif "marking cell" not in name:
            cells.append(cell)
    cells.insert(2, nbformat.v4.new_code_cell(BEFORE))
    cells.append(nbformat.v4.new_code_cell("open('a trace', 'w').close()\nexit()"))
    cells[-1].outputs = [nbformat.v4.new_output("stream", text="as handed in")]
    notebook.cells = cells
    return notebook


@pytest.fixture(scope="module")
def marked(chapter, tmp_path_factory):
    """The points of each case, and the marked notebook."""
    folder = tmp_path_factory.mktemp("classroom")
    make_course(folder, [chapter / f"{NAME}.py"], seed=4711)
    file = f"{NAME}/{NAME}.ipynb"
    path = folder / "submitted" / "all" / file
    path.parent.mkdir(parents=True)
    nbformat.write(handed_in(nbformat.read(folder / "release" / file, as_version=4)), path)
    api = open_course(folder)
    done = api.autograde(NAME, "all")
    assert done["success"], done["log"]
    with api.gradebook as gradebook:
        grades = gradebook.find_submission_notebook(NAME, NAME, "all").grades
        points = {grade.name: None if grade.needs_manual_grade else grade.score for grade in grades}
    notebook = nbformat.read(folder / "autograded" / "all" / file, as_version=4)
    return {name: points[f"points-97-{number}"] for name, number in NUMBERS.items()}, notebook


@pytest.mark.parametrize("name", CASES)
def test_an_answer_gets_the_points_that_it_deserves_if_it(name, marked):
    points, _ = marked
    assert points[name] == CASES[name][1]


def test_only_marking_cells_that_lack_come_back_and_only_copies_lose_their_role(marked):
    _, notebook = marked
    roles = [
        cell.metadata.nbgrader.grade_id for cell in notebook.cells if "nbgrader" in cell.metadata
    ]
    assert len(set(roles)) == len(roles) == 2 * len(CASES) - 2  # two answers are deleted
    assert sum(bool(exercises(cell.source)) for cell in notebook.cells) == len(CASES)


def test_no_cell_runs_to_be_marked_and_outputs_stay_as_handed_in(marked, chapter):
    points, notebook = marked
    assert notebook.cells[-3:] and any(
        output.get("text") == "as handed in"
        for cell in notebook.cells
        for output in cell.get("outputs", [])
    )
    assert not list(chapter.parent.rglob("a trace"))
    assert all(cell.get("execution_count") is None for cell in notebook.cells)


def test_a_marking_cell_of_the_teachers_own_is_run(monkeypatch):
    ran = []
    monkeypatch.setattr(
        Execute, "preprocess", lambda self, nb, resources: ran.append(nb) or (nb, {})
    )
    for source, is_run in (
        ("assert answer() == 3", True),
        ('points("97.1", most=4, seed=1)', False),
    ):
        notebook = nbformat.v4.new_notebook(cells=[marking_cell()])
        notebook.cells[0].source = source
        notebook.cells[0].metadata.nbgrader.grade_id = "points"
        notes = {OURS: {} if is_run else {"points": (4.0, "")}}
        RunTheRest().preprocess(notebook, notes)
        assert bool(ran) == is_run, source
        ran.clear()


@pytest.mark.parametrize(
    ("source", "due"),
    [
        ('from course.marking import points\n\npoints("2.3", most=5, seed=4711)', ("2.3", 5, 4711)),
        ('points("2.3", most=5)', None),
        ("points(id, most=5, seed=1)", None),
        ("assert f(3) == 4", None),
        ("not python", None),
    ],
)
def test_a_marking_cell_says_what_it_marks(source, due):
    assert asked_for(source) == due


def marking_cell(*outputs):
    cell = nbformat.v4.new_code_cell(outputs=list(outputs))
    cell.metadata.nbgrader = nbformat.from_dict({"grade": True, "points": 4})
    return cell


def result(text):
    return nbformat.v4.new_output("execute_result", data={"text/plain": text})


ERROR = nbformat.v4.new_output("error", ename="E", evalue="", traceback=[])
TO_STDERR = nbformat.v4.new_output("stream", name="stderr", text="still here")
TO_STDOUT = nbformat.v4.new_output("stream", name="stdout", text="2 of 4 inputs")


@pytest.mark.parametrize(
    ("outputs", "due"),
    [
        ((TO_STDOUT, result("2.0")), 2),
        ((TO_STDERR, result("2.0"), TO_STDERR), 2),
        ((ERROR, result("2.0")), 2),
        ((result("4.0"), TO_STDOUT, result("2.0")), 2),
        ((result("4.0"), ERROR), 0),
        ((), 0),
        ((TO_STDOUT,), 0),
        ((result("all of them"),), 0),
        ((result("5.0"),), 0),
        ((result("nan"),), 0),
    ],
)
def test_the_last_number_of_a_marking_cell_or_the_error_in_its_place_decides(outputs, due):
    cell, _ = NumberAlone().preprocess_cell(marking_cell(*outputs), {}, 0)
    assert determine_grade(cell) == (due, 4)
    assert (TO_STDOUT in cell.outputs) == (TO_STDOUT in outputs)
