"""A set-up that is killed, or that is started twice: the next start works all the same."""

import json
import os
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pytest

from tools.environment import DEFINED_BY

pytestmark = pytest.mark.skipif(os.name == "nt", reason="kills process groups, and runs scripts")
ROOT = Path(__file__).resolve().parents[2]
FAKE = Path(__file__).with_name("fake_python.py")
STEPS = 17  # of a whole set-up: 5 of venv, 4 of each of three pips
START = """
import sys
sys.path.insert(0, sys.argv[1])
from tools import environment, installer, packages
installer.find_uv = packages.find_uv = lambda: ""
packages.IS_LINUX = True
if sys.argv[2]:
    sys.executable = sys.argv[2]
try:
    environment.prepare(tuple(sys.argv[3:]))
except environment.SetupError as error:
    sys.exit(str(error))
"""
# Python's own venv, and no pip.
START_REAL = START.replace("try:", "environment.install = lambda *a, **k: None\ntry:")


@pytest.fixture
def play(tmp_path):
    """A checkout without environment, and a Python that plays venv and pip."""
    shutil.copytree(ROOT / "tools", tmp_path / "tools", ignore=shutil.ignore_patterns("__py*"))
    for name in DEFINED_BY:
        (tmp_path / name).write_text("# section: libraries\n# section: lab\n# section: test\n")
    (tmp_path / "constraints.txt").write_text("torch==2.13.0\n")
    python = tmp_path / "python"
    python.write_text(f"#!{sys.executable} -ISE\n" + FAKE.read_text("utf-8"), encoding="utf-8")
    python.chmod(0o755)
    return tmp_path


def start(play, *extras, code=START, python="python", **moments):
    """A start of the course, in a process group of its own."""
    return subprocess.Popen(
        [sys.executable, "-ISc", code, play, play / python if python else "", *extras],
        env={"PLAY": str(play), **{name: str(value) for name, value in moments.items()}},
        start_new_session=True,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )


def ended(process):
    """(Its exit status, what it said)."""
    said = process.communicate(timeout=120)[0]
    return process.returncode, said


def log(play):
    return (play / "log").read_text("utf-8").split("\n")[:-1]


def assert_whole(play, extras):
    environment = play / ".venv"
    assert not list(environment.rglob("*.half")) and not list(environment.rglob("*.part"))
    assert {path.name for path in (environment / "lib").iterdir()} == {
        "pip",
        "hashed-1",
        "hashed-2",
        "torch-1",
        "torch-2",
        "rest-1",
        "rest-2",
    }
    stamp = json.loads((environment / "course.json").read_text("utf-8"))
    assert stamp["state"] == "complete" and stamp["extras"] == sorted(extras)


def test_a_set_up_has_these_steps_and_a_second_start_has_none(play):
    assert ended(start(play))[0] == 0
    assert (play / "steps").read_text() == str(STEPS)
    assert ended(start(play)) == (0, "")
    assert (play / "steps").read_text() == str(STEPS)


@pytest.mark.parametrize("moment", range(1, STEPS + 1))
def test_killed_at_any_moment_the_next_start_works(play, moment):
    assert ended(start(play, "lab", KILL_AT=moment))[0] == -signal.SIGKILL
    (play / "steps").unlink()
    code, said = ended(start(play))
    assert code == 0 and "Making the virtual environment" in said
    # What was asked for is remembered.
    assert_whole(play, ["lab"])


@pytest.mark.parametrize("moment", range(STEPS + 1, STEPS + 9))
def test_killed_while_an_extra_is_added_the_next_start_works_and_has_both(play, moment):
    assert ended(start(play, "lab"))[0] == 0
    assert ended(start(play, "test", KILL_AT=moment))[0] == -signal.SIGKILL
    (play / "steps").unlink()
    code, said = ended(start(play, "lab"))
    assert code == 0 and "stopped before its end" in said
    assert_whole(play, ["lab", "test"])


@pytest.mark.parametrize("moment", [2, 9])
def test_what_a_killed_start_left_running_is_waited_for(play, moment):
    """Only `make` and its Python are killed, as by closing a terminal: venv or pip goes on."""
    # What goes on has its output still.
    assert start(play, ORPHAN_AT=moment).wait(timeout=120) == -signal.SIGKILL
    second = start(play)
    assert "waiting for it to end" in second.stdout.readline()
    (play / "go").touch()
    assert ended(second)[0] == 0
    done = log(play)
    assert_whole(play, [])
    assert done[-8:] == ["venv begins", "venv ends", *["pip begins", "pip ends"] * 3]
    assert done[-9].endswith("ends")


def test_of_several_starts_one_sets_up(play):
    assert {ended(process)[0] for process in [start(play) for _ in range(4)]} == {0}
    assert log(play) == ["venv begins", "venv ends", *["pip begins", "pip ends"] * 3]
    assert_whole(play, [])


def test_starts_with_different_extras_both_get_theirs(play):
    both = [start(play, "lab"), start(play, "test")]
    assert {ended(process)[0] for process in both} == {0}
    assert_whole(play, ["lab", "test"])


def test_the_real_venv_killed_at_random_moments_is_made_anew(play):
    after = np.random.default_rng(0).uniform(0.1, 1.5, size=5)
    for seconds in after:
        process = start(play, code=START_REAL, python="")
        time.sleep(seconds)
        os.killpg(process.pid, signal.SIGKILL)
        ended(process)
    complete = is_complete(play)
    code, said = ended(start(play, code=START_REAL, python=""))
    assert code == 0 and ("Making the virtual environment" in said) != complete
    asked = subprocess.run([play / ".venv" / "bin" / "python", "-m", "pip", "--version"])
    assert asked.returncode == 0 and is_complete(play)


def is_complete(play):
    stamp = play / ".venv" / "course.json"
    return stamp.exists() and json.loads(stamp.read_text("utf-8"))["state"] == "complete"
