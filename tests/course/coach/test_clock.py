"""The limit is one of processor time: a busy machine changes no verdict, and waiting ends."""

import signal
import subprocess
import sys
import textwrap
import threading
import time
from pathlib import Path

import pytest
import torch

from course.coach import State, judge
from course.coach.sandbox import waiting
from course.coach.sandbox.by_thread import run_in_thread
from course.coach.sandbox.time_limit import guarded
from course.coach.sandbox.waiting import Queue, Share

ROOT = Path(__file__).parents[3]
# One processor, which somebody of a better rank uses up: about a sixtieth of it is left.
BUSY = """
import os, subprocess, sys, time
from tests.course.coach.test_clock import spins
from course.coach import judge
os.sched_setaffinity(0, {min(os.sched_getaffinity(0))})
exercise = spins(limit=0.06, works=0.036)
judge(exercise, exercise.reference)
other = subprocess.Popen([sys.executable, "-c", "while True: pass"])
try:
    os.nice(19)
    for _ in range(3):
        began = time.monotonic()
        state = judge(exercise, exercise.reference).state
        print(state.name, round(time.monotonic() - began, 1), flush=True)
finally:
    other.kill()
"""


def spins(limit, works):
    """An exercise whose reference works for `works` seconds of processor time."""
    from course.coach import Exercise, Probe

    def spin(number):
        end = time.thread_time() + works
        while time.thread_time() < end:
            pass
        return number

    return Exercise(
        id="2.9",
        title="Busy",
        minutes=1,
        reference=spin,
        probes=lambda rng: (Probe((1,), label="one"),),
        hints=("One.", "Two.", "Three."),
        misconceptions=(),
        time_limit=limit,
        draws=True,  # so that it is called once
    )


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux counts the time in queues")
def test_an_answer_that_uses_most_of_its_limit_is_right_on_a_busy_machine():
    run = subprocess.run(
        [sys.executable, "-c", textwrap.dedent(BUSY)], cwd=ROOT, capture_output=True, text=True
    )
    states = [line.split()[0] for line in run.stdout.splitlines()]
    assert states == ["RIGHT"] * 3, run.stderr


def naps():
    while True:
        time.sleep(0.001)


def naps_longer():
    while True:
        time.sleep(0.2)


def waits_for_a_lock():
    lock = threading.Lock()
    lock.acquire()
    lock.acquire()


@pytest.mark.parametrize("run", [guarded, run_in_thread])
@pytest.mark.parametrize("task", [naps, naps_longer])
def test_what_only_waits_is_ended_though_it_uses_no_processor(run, task):
    assert not run(task, 60.0, 0.3)


def test_what_waits_for_ever_is_ended_beside_a_thread_that_works_for_ever():
    is_over = threading.Event()

    def works():
        while not is_over.is_set():
            pass

    def waits():
        threading.Thread(target=works, daemon=True).start()
        waits_for_a_lock()

    try:
        assert not guarded(waits, 0.02, 0.1)
    finally:
        is_over.set()


@pytest.fixture
def machine(monkeypatch):
    """The clocks of a machine, by hand."""
    now = {"wall": 0.0, "queued": 0.0, "others": False}
    monkeypatch.setattr(waiting, "_clock", lambda: now["wall"])
    monkeypatch.setattr(waiting, "_queued", lambda thread: now["queued"])
    monkeypatch.setattr(waiting, "_others_run", lambda: now["others"])
    monkeypatch.setattr(waiting, "_process_time", lambda: 0.0)
    return now


@pytest.mark.parametrize(
    ("work", "queued", "others", "over"),
    [
        (0.0, 0.0, False, True),  # asleep
        (0.0, 0.99, False, False),  # wants to work, and may not
        (0.01, 0.99, False, False),
        (0.0, 0.0, True, False),  # waits for another thread that works
        (0.1, 0.0, False, True),  # short naps
        (0.9, 0.0, False, False),  # at work: the processor time is counted elsewhere
    ],
)
def test_waiting_is_neither_work_nor_a_place_in_a_queue(machine, work, queued, others, over):
    patience = Queue(thread=1, seconds=5.0, limit=5.0, worked=0.0)
    machine["others"] = others
    for second in range(10):
        machine["wall"] = float(second)
        machine["queued"] = queued * second
        is_over = patience.is_over(work * second)
    assert is_over is over


@pytest.mark.parametrize(("work", "over"), [(0.0, True), (0.04, True), (0.06, False)])
def test_where_queues_are_not_counted_a_small_share_for_long_is_waiting(machine, work, over):
    patience = Share(window=10.0, worked=0.0)
    machine["wall"] = 9.0
    assert not patience.is_over(work * 9)
    machine["wall"] = 10.0
    assert patience.is_over(work * 10) is over


def in_a_thread(task):
    found = []
    thread = threading.Thread(target=lambda: found.append(task()))
    thread.start()
    thread.join()
    return found[0]


@pytest.mark.parametrize(
    ("body", "state"),
    [
        ("return ([0] * length + items)[-length:] if length > 0 else 1 / 0", State.RAISED),
        ("while True: pass", State.TIME_LIMIT),
        ("while len(items) == 3: pass\nreturn ([0] * length + items)[-length:]", State.TIME_LIMIT),
        ("return items", State.WRONG_SHAPE),
    ],
)
def test_outside_the_main_thread_verdicts_are_the_same(toy, cell, body, state):
    lines = textwrap.indent(body, "    ")
    answer = cell(f"def pad_left(items, length):\n{lines}\n")["pad_left"]
    verdict = in_a_thread(lambda: judge(toy.hasty, answer))
    assert verdict.state is state
    assert verdict == judge(toy.hasty, answer)


def test_torch_works_with_one_thread_while_it_is_judged_and_with_as_many_as_before_afterwards(
    toy, cell
):
    names = cell("def pad_left(items, length):\n    return [torch.get_num_threads()]\n")
    before = torch.get_num_threads()
    torch.set_num_threads(2)
    try:
        verdict = judge(toy.pad, names["pad_left"])
        assert torch.get_num_threads() == 2
    finally:
        torch.set_num_threads(before)
    assert dict(verdict.case.rows)["yours"] == "[1]"


@pytest.mark.skipif(not hasattr(signal, "setitimer"), reason="signals of POSIX")
def test_a_handler_and_a_timer_of_the_notebook_go_on(toy):
    def rings(*_):
        """Of the notebook."""

    before = signal.signal(signal.SIGALRM, rings)
    signal.setitimer(signal.ITIMER_REAL, 10_000.0, 7.0)
    try:
        judge(toy.pad, toy.pad.reference)
        assert signal.getsignal(signal.SIGALRM) is rings
        left, interval = signal.getitimer(signal.ITIMER_REAL)
        assert 0 < left <= 10_000
        assert interval == 7.0
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)


@pytest.mark.skipif(not hasattr(signal, "setitimer"), reason="signals of POSIX")
def test_the_interrupt_key_ends_the_judging_and_is_passed_on(toy, cell):
    names = cell(
        "import _thread\ndef pad_left(items, length):\n    _thread.interrupt_main()\n"
        "    while True: pass\n"
    )
    before = signal.signal(signal.SIGINT, signal.default_int_handler)  # background jobs ignore it
    alarm = signal.getsignal(signal.SIGALRM)
    try:
        with pytest.raises(KeyboardInterrupt):
            judge(toy.pad, names["pad_left"])
        assert signal.getsignal(signal.SIGINT) is signal.default_int_handler
    finally:
        signal.signal(signal.SIGINT, before)
    assert signal.getsignal(signal.SIGALRM) is alarm
    assert signal.getitimer(signal.ITIMER_REAL) == (0.0, 0.0)
    assert judge(toy.pad, toy.pad.reference).right
