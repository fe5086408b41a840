"""Verdicts on a machine whose cores are all busy with something else. The clock: `test_clock`."""

import os
import subprocess
import sys
from contextlib import contextmanager

import pytest

from course.coach.find import load_key
from course.coach.judging.judge import judge, known_behaviour
from course.coach.verdict import State


@contextmanager
def busy(per_core=3):
    """So many endless processes that this one gets a quarter of a core or so."""
    n = per_core * (os.cpu_count() or 1)
    others = [subprocess.Popen([sys.executable, "-c", "while True: pass"]) for _ in range(n)]
    try:
        yield
    finally:
        for other in others:
            other.kill()
            other.wait()


def told(verdict):
    return verdict.state, verdict.cause, verdict.says, verdict.passed, verdict.probes


@pytest.mark.parametrize("id", ["2.2", "6.1", "12.3"])
def test_right_and_wrong_answers_get_the_same_verdict_where_all_cores_are_busy(id):
    exercise = next(one for one in load_key(id.split(".")[0].zfill(2)).EXERCISES if one.id == id)
    answers = [exercise.reference, *(one.wrong for one in exercise.misconceptions[:2])]
    idle = [told(judge(exercise, answer)) for answer in answers]
    known_behaviour.cache_clear()
    with busy():
        loaded = [told(judge(exercise, answer)) for answer in answers]
    assert loaded == idle
    assert idle[0][0] is State.RIGHT
    assert all(state is State.MISCONCEPTION for state, *_ in idle[1:])
