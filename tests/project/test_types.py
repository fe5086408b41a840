"""The annotations that an editor shows are true: a type checker finds nothing in them."""

import subprocess
import sys

from tests.project.documented import ROOT


def checked(*more):
    command = [sys.executable, "-m", "mypy", "--no-incremental", *more]
    return subprocess.run(command, cwd=ROOT, capture_output=True, text=True)


def test_the_simulator_passes_a_type_checker():
    done = checked()
    assert done.returncode == 0, done.stdout + done.stderr
