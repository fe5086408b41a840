"""What can't be ended from inside is told from outside."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from course.coach.sandbox import watchdog

# A call in C that keeps the interpreter's lock, and hears no signal, until somebody writes to it.
STUCK = """
import ctypes, sys
from course.coach.sandbox import watchdog
watchdog.prepare()
with watchdog.overseen(0.0, least={least}):
    if sys.argv[1] == "stuck":
        ctypes.PyDLL(None).read(0, ctypes.create_string_buffer(1), 1)
print("came back")
"""

pytestmark = pytest.mark.skipif(os.name != "posix", reason="pipes of POSIX")


def started(how, least):
    return subprocess.Popen(
        [sys.executable, "-c", STUCK.format(least=least), how],
        cwd=Path(__file__).parents[3],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def test_a_call_that_holds_the_interpreter_is_told_with_what_to_do():
    process = started("stuck", least=0.05)
    assert process.stderr.readline() == watchdog._MESSAGE + "\n"
    out, err = process.communicate("x")
    assert out == "came back\n"
    assert err == ""


def test_nothing_is_said_of_what_ends_in_time():
    out, err = started("quick", least=600.0).communicate("x")
    assert (out, err) == ("came back\n", "")
