"""The process of an answer: both ways to start one, and that it is gone afterwards."""

import os
import subprocess
import sys

import pytest

from course.authoring.masters import ROOT
from course.coach.find import find_exercise
from course.marking.inputs import inputs_of
from course.marking.marks import weighted
from course.marking.rooms import Rooms
from tests.course.classroom.conftest import PADS, SEED, cell_of, marked

SOLUTION = str(ROOT / "seqrec" / "data" / "sequences.py")
WAYS = [
    pytest.param(True, id="copied", marks=pytest.mark.skipif(os.name == "nt", reason="no fork")),
    pytest.param(False, id="made"),
]


@pytest.fixture(params=WAYS)
def rooms(request, monkeypatch):
    """Where answers run, started in either way."""
    made = Rooms(copies=request.param)
    monkeypatch.setattr("course.marking.marks.rooms", lambda: made)
    yield made
    made.close()


def test_a_right_answer_that_ends_its_process_once_loses_one_input(rooms):
    inputs = inputs_of(find_exercise("2.2"), SEED)
    hard = repr(inputs.probes[2].args)
    passed = [repr(probe.args) != hard for probe in inputs.probes]
    assert passed.count(False) == 1
    once = f"import os\nif repr((sequences, max_len)) == {hard!r}:\n    os._exit(0)\n"
    found = marked(cell_of(once + PADS, "import os\nos.write(1, b'noise')\nprint('noise')"))
    assert found.share == pytest.approx(weighted(passed, inputs.shown)), found.says


def test_the_solution_is_closed(rooms):
    opens = f"import io\nreturn io.FileIO({SOLUTION!r}).read()"
    found = marked(cell_of(opens))
    assert found.share == 0 and "PermissionError" in found.says[1]


LEAVES = """
import os, sys, time
sys.path.insert(0, {root!r})
import psutil
from course.marking import zygote
zygote.adopt()
read, write = os.pipe()
child = os.fork()
if not child:
    os.setsid()
    if not os.fork():
        os.setsid()
        if not os.fork():
            os.write(write, str(os.getpid()).encode())
            time.sleep(99)
        os._exit(0)
    time.sleep(99)
left = int(os.read(read, 99))
zygote.ended(child)
print(psutil.pid_exists(child), psutil.pid_exists(left))
"""


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="needs adoption")
def test_what_left_its_group_and_its_parent_is_ended_too():
    code = LEAVES.format(root=str(ROOT))
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=60)
    assert done.stdout.split() == ["False", "False"], done.stderr
