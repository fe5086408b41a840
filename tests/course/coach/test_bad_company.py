"""Hostile answers: a verdict each, none right by a trick, nothing left behind."""

import builtins
import dataclasses
import gc
import math
import os
import signal
import sys
import threading

import numpy as np
import pandas as pd
import pytest
import torch

from course.coach import Exercise, Probe, State, judge
from course.coach.sandbox.values import MOST_ENTRIES

LONGEST = 600
YES = "    def __eq__(self, other): return True\n    def __ne__(self, other): return False\n"
YES += "    __hash__ = None\n"
# One line of an answer, and what it may see: `kind` is the base of the class `Yes`.
LINES = (
    "return Yes(base)",
    "return [Yes(base)]",
    "return base + 1",
    "return np.ma.masked_array(base, [True, False, False])",
    "return np.broadcast_to(np.float64(1), (10**6, 10**6))",
    "return torch.zeros(1).expand(10**6, 10**6)",
    "return torch.eye(3).to_sparse()",
    "return torch.ones(3, dtype=torch.bfloat16, requires_grad=True)",
    "return np.array([Mute()] * 3, dtype=object)",
    "return Mute()",
    "return [Mute(), {1: Mute()}]",
    "return Slow()",
    "return Liar()",
    "return mock.ANY",
    "return mock.MagicMock(spec=np.ndarray)",
    "raise Mute2()",
    "raise KeyboardInterrupt",
    "raise SystemExit(3)",
    "raise GeneratorExit",
    "raise ExceptionGroup('x' * 10**6, [ValueError()])",
    "exit()",
    "os._exit(3)",
    "os.abort()",
    "return input()",
    "breakpoint(); return None",
    "yield base",
    "return (x for x in base)",
    "return lambda: base",
    "return type(base)",
    "return 10**10**4",
    "return 'x' * 10**7",
    "return '1.0'",
    "return base.astype(np.float32)",
    "return base.tolist()",
    "return {Mute: base}",
    "return pd.DataFrame({'a': [Mute()]})",
    "return pd.Series([Yes(base)])",
    "x = []; x.append(x); return x",
    "return helper(base)",
    "np.isclose = np.all = lambda *a, **k: True; return base + 1",
    "np.mean = None; return base + 1",
    "torch.equal = torch.Tensor.numel = None; return base + 1",
    "pd.DataFrame.equals = lambda *a: True; return base + 1",
    "builtins.print = builtins.len = builtins.isinstance = None; return 1",
    "builtins.nonsense = 1; return base + 1",
    "math.pi = 3; return base + 1",
    "os.chdir('/'); return base + 1",
    "os.environ['ODD'] = '1'; return base + 1",
    "sys.path.insert(0, '/nowhere'); return base + 1",
    "pd.set_option('display.max_rows', 3); return base + 1",
    "torch.set_default_dtype(torch.float64); return base + 1",
    "torch.set_grad_enabled(False); return base + 1",
    "np.seterr(all='raise'); return base / 0",
    "np.random.seed(1); return base + 1",
    "gc.disable(); return base + 1",
    "signal.signal(signal.SIGALRM, signal.SIG_IGN); return base",
    "sys.setrecursionlimit(10**6); return helper(base)",
    "sys.settrace(lambda *a: None); return base + 1",
    "sys.stdout = sys.stderr = None; return base + 1",
    "sys.modules['numpy'] = None; return base + 1",
    "globals().clear(); return 1",
    "warnings.warn(Mute3()); return base + 1",
    "threading.stack_size(2**20); return base + 1",
)
# What ends by the clock only.
ENDLESS = (
    "while True: pass",
    "3 ** (3 ** 17)",
    "re.match(r'(a+)+$', 'a' * 40 + 'b')",
    "time.sleep(10**6)",
    "lock = threading.Lock(); lock.acquire(); lock.acquire()",
    "return Hangs()",
)
HELP = f"""
import builtins, gc, math, os, re, signal, sys, threading, time, warnings
from unittest import mock
import pandas as pd
class Yes(np.ndarray):
    def __new__(cls, base): return np.asarray(base + 1).view(cls)
    def __array_ufunc__(self, *a, **k): return np.bool_(True)
{YES}
class Mute:
    def __str__(self): raise ValueError
    __repr__ = __len__ = __iter__ = __hash__ = __str__
class Mute2(Exception):
    def __str__(self): raise ValueError
class Mute3(UserWarning):
    def __str__(self): raise ValueError
class Liar:
    __class__ = property(lambda self: np.ndarray)
    def __getattr__(self, name): return self
    def __call__(self, *a, **k): return self
{YES}
class Slow(Liar):
    def __repr__(self): return "x" * 10**7
class Hangs:
    def __repr__(self):
        while True: pass
def helper(x): return helper(x)
"""


def due(base):
    """The right answer: [1, 1, 1]."""
    return base * 1.0


def answer_of(cell, line):
    names = cell(f"{HELP}\ndef due(base):\n    {line}\n")
    return names["due"]


@pytest.fixture(scope="module")
def exercise():
    from tests.course.conftest import PAD

    return Exercise(
        id="2.9",
        title="As it was",
        minutes=1,
        reference=due,
        probes=lambda rng: (Probe((np.ones(3),), label="ones"), Probe((np.arange(3.0),))),
        hints=("One.", "Two.", "Three."),
        misconceptions=PAD.misconceptions[:0],
        time_limit=1.0,
    )


def facts():
    return {
        "functions": (np.isclose, np.all, np.mean, torch.equal, torch.Tensor.numel, print, len),
        "methods": (pd.DataFrame.equals, isinstance, math.pi, os._exit, signal.signal),
        "builtins": sorted(vars(builtins)),
        "process": (os.getcwd(), dict(os.environ), list(sys.path), gc.isenabled()),
        "options": (pd.get_option("display.max_rows"), np.geterr(), torch.get_default_dtype()),
        "python": (sys.getrecursionlimit(), sys.gettrace(), sys.stdout, threading.stack_size()),
        "handlers": (signal.getsignal(signal.SIGINT), signal.getsignal(signal.SIGALRM)),
        "timer": signal.getitimer(signal.ITIMER_REAL),
        "others": (torch.is_grad_enabled(), sys.modules["numpy"], np.random.get_state()[2]),  # noqa: NPY002
    }


def texts(verdict):
    rows = () if verdict.case is None else verdict.case.rows
    return [*verdict.says, *verdict.notes, verdict.printed, *(text for _, text in rows)]


@pytest.mark.skipif(not hasattr(signal, "setitimer"), reason="signals of POSIX")
@pytest.mark.parametrize("line", LINES)
def test_a_hostile_line_has_a_verdict_and_leaves_nothing_behind(exercise, cell, line):
    before = facts()
    verdict = judge(exercise, answer_of(cell, line))
    assert not verdict.right
    assert max(map(len, texts(verdict))) <= LONGEST
    assert facts() == before


@pytest.mark.skipif(not hasattr(signal, "setitimer"), reason="signals of POSIX")
@pytest.mark.parametrize("line", ENDLESS)
def test_a_call_that_never_comes_back_is_ended_and_the_next_exercise_judged(exercise, cell, line):
    before = facts()
    hasty = dataclasses.replace(exercise, time_limit=0.2)
    assert judge(hasty, answer_of(cell, line)).state is State.TIME_LIMIT
    assert facts() == before
    assert judge(hasty, answer_of(cell, "return base * 1")).right


@pytest.mark.parametrize(
    ("line", "right"),
    [
        ("return Plain.of(base)", True),
        ("return np.asmatrix(base)", False),
        ("return torch.tensor(base)", False),
    ],
)
def test_a_subclass_is_judged_by_its_numbers(exercise, cell, line, right):
    names = cell(
        "class Plain(np.ndarray):\n    of = classmethod(lambda cls, base: base.copy().view(cls))\n"
        f"def due(base):\n    {line}\n"
    )
    assert judge(exercise, names["due"]).right is right


def test_a_view_of_very_many_entries_is_told_by_its_shape(exercise, cell):
    verdict = judge(exercise, answer_of(cell, LINES[4]))
    assert verdict.says == (
        f"The result has 1,000,000 x 1,000,000 entries, more than the {MOST_ENTRIES:,} that are "
        "looked at.",
    )
