"""No answer stops the notebook, and none leaves a trace in it."""

import _thread
import random
import signal
import sys
import threading
import time
import tracemalloc
import warnings

import numpy as np
import pytest
import torch

from course.coach import State, judge
from course.coach.find import find_exercise
from course.coach.sandbox.isolate import isolated
from course.coach.sandbox.time_limit import guarded


def answer_of(cell, body, **names):
    lines = "\n".join(f"    {line}" for line in body.splitlines())
    return cell(f"def pad_left(items, length):\n{lines}", **names)["pad_left"]


@pytest.mark.parametrize(
    "body",
    [
        "while True: pass",
        "while True:\n    try:\n        1 / 0\n    except:\n        pass",
        "while True:\n    try:\n        time.sleep(0.001)\n    except BaseException:\n        "
        "continue",
        "x = torch.ones(40, 40)\nwhile True: x = x @ x / 40",
        "time.sleep(20)",
        "threading.Event().wait(20)",
        "for i in range(10**9): print(i)",
    ],
)
def test_what_never_ends_is_stopped_at_the_time_limit(toy, cell, body):
    began = time.monotonic()
    verdict = judge(toy.hasty, answer_of(cell, body, time=time, threading=threading))
    assert verdict.state is State.TIME_LIMIT
    assert verdict.says == (
        "It did not end within 0.5 seconds and was stopped. Is there a loop that never ends?",
    )
    assert dict(verdict.case.rows)["yours"] == "no result in time"
    assert time.monotonic() - began < 15  # the limit, and 1 second to stop; the machine may be busy
    assert len(verdict.printed) < 1000


SWALLOWS = "while True:\n    try:\n        sum(range(9))\n    except:\n        pass"


@pytest.mark.parametrize("body", ["while True: pass", SWALLOWS])
def test_an_endless_python_loop_leaves_no_thread_running(toy, cell, body):
    before = set(threading.enumerate())
    judge(toy.hasty, answer_of(cell, body))
    left = set(threading.enumerate()) - before
    for thread in left:
        thread.join(60)  # by luck: one knock in a hundred falls between two rounds
    assert not any(thread.is_alive() for thread in left)


def test_an_answer_that_hangs_on_one_input_says_which(toy, cell):
    body = "while len(items) == 3: pass\nreturn ([0] * length + items)[-length:]"
    verdict = judge(toy.hasty, answer_of(cell, body))
    assert verdict.state is State.TIME_LIMIT
    assert verdict.case.title == "It was stopped on this input: a long history"


def test_an_interrupt_of_the_kernel_is_passed_on_and_stops_the_answer():
    seen = []

    def loops():
        try:
            while True:
                time.sleep(0.01)
        finally:
            seen.append("unwound")

    def interrupt():
        time.sleep(0.3)
        _thread.interrupt_main()

    before = signal.signal(signal.SIGINT, signal.default_int_handler)  # background jobs ignore it
    try:
        threading.Thread(target=interrupt).start()
        with pytest.raises(KeyboardInterrupt):
            guarded(loops, limit=30)
    finally:
        signal.signal(signal.SIGINT, before)
    assert seen == ["unwound"]


def test_many_prints_are_counted_and_the_first_lines_kept(toy, cell):
    body = "for i in range(20_000 if items == [7, 8] else 0): print(i)\nreturn items"
    verdict = judge(toy.pad, answer_of(cell, body))
    assert verdict.notes == ("It printed 20,000 lines on the way.",)
    assert verdict.printed.startswith("0\n1\n2\n")
    with isolated(print, "print") as heard:
        for i in range(20_000):
            print(i)
    assert len(heard.printed) <= 400
    assert heard.n_lines == 20_000


def test_judging_changes_no_random_number_that_comes_later(toy, cell):
    def draws():
        return random.random(), np.random.rand(), torch.rand(1).item()  # noqa: NPY002

    def seed():
        random.seed(1), np.random.seed(1), torch.manual_seed(1)  # noqa: NPY002

    body = (
        "import random\nrandom.seed(5); np.random.seed(5); torch.manual_seed(5)\nrandom.random()\n"
        "return [0] * length"
    )
    seed()
    expected = draws()
    seed()
    judge(toy.pad, answer_of(cell, body))
    assert draws() == expected


def test_torch_defaults_streams_filters_and_the_recursion_limit_are_as_before(toy, cell):
    body = (
        "import sys, warnings\n"
        "torch.set_default_dtype(torch.float64); torch.set_grad_enabled(False)\n"
        "warnings.simplefilter('ignore'); sys.setrecursionlimit(100_000); sys.stdout = None\n"
        "return items"
    )
    before = sys.stdout, list(warnings.filters), sys.getrecursionlimit(), threading.stack_size()
    judge(toy.pad, answer_of(cell, body))
    assert (
        sys.stdout,
        list(warnings.filters),
        sys.getrecursionlimit(),
        threading.stack_size(),
    ) == before
    assert torch.get_default_dtype() == torch.float32
    assert torch.is_grad_enabled()


def test_the_answer_s_global_names_are_as_before(cell):
    names = cell(
        "counter = 0\ndef pad_left(items, length):\n    global counter, new\n    counter += 1\n    "
        "new = 1\n"
    )
    answer = names["pad_left"]
    names["pad_left"] = "from an earlier run"
    with isolated(answer, "pad_left"):
        answer([], 1)
        assert names["counter"] == 1
        assert names["pad_left"] is answer  # so that it may call itself
    assert names["counter"] == 0
    assert "new" not in names
    assert names["pad_left"] == "from an earlier run"


def test_the_arguments_of_a_probe_survive_every_answer(toy, cell):
    answer = answer_of(cell, "items.clear(); items.extend(range(9))\nreturn items")
    assert judge(toy.pad, answer) == judge(toy.pad, answer)
    assert judge(toy.pad, toy.pad.reference).right


def test_an_answer_that_keeps_something_between_calls_is_not_deterministic(toy, cell):
    names = cell(
        "def pad_left(items, length, seen=[]):\n    seen.append(length)\n    return list(seen)"
    )
    assert judge(toy.pad, names["pad_left"]).state is State.NOT_DETERMINISTIC


@pytest.mark.parametrize("id", ["11.2", "16.4"])
def test_where_memory_is_measured_tracing_ends_with_an_answer_that_raises(id):
    # Left on, it would make the rest of a notebook two to four times as slow.
    exercise = find_exercise(id)

    def raises(*args, **options):
        raise ValueError("no")

    assert judge(exercise, raises).state is State.RAISED
    assert not tracemalloc.is_tracing()
