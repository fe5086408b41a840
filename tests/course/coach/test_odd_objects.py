"""Whatever stands below `@exercise`: a verdict, and nothing that hangs."""

import functools
import subprocess
import sys
from pathlib import Path

import pytest

from course.coach import State, judge

# In a process of its own: what hangs would hang the tests.
ODD = '''
import sys, types
import numpy as np
import torch
from tests.course.conftest import GATE, PAD
from course.coach import judge
from course.coach.notebook import exercise as decorator
import course.coach.find, dataclasses

def hang(*_):
    while True: pass

class Evil:
    """Hangs, whatever it is asked."""
    __getattr__ = __repr__ = __str__ = __len__ = __bool__ = __eq__ = __iter__ = hang
    __class__ = property(hang)
    __hash__ = None

class Called(Evil):
    __call__ = hang

class Meta(type):
    __getattr__ = __repr__ = __instancecheck__ = __subclasscheck__ = hang
    __name__ = __dict__ = __mro__ = __wrapped__ = __module__ = property(hang)

class Shaped(metaclass=Meta):
    pass

class Module(torch.nn.Module):
    helper = Evil()
    other = Called()
    def forward(self, x):
        return x

def wrapped(items, length):
    return items
wrapped.__wrapped__ = Called()

def circle(items, length):
    return items
circle.__wrapped__ = circle

class Raises(Exception):
    __class__ = property(hang)

def raises(items, length):
    raise Raises

deep = "def deep(items, length):\\n    return " + "+".join(["1"] * 700)
import linecache
linecache.cache["deep"] = (len(deep), None, deep.splitlines(True), "deep")
space = {}
exec(compile(deep, "deep", "exec"), space)

odd = [Evil(), Called(), Shaped, [Evil()], {1: Evil()}, wrapped, circle, raises, space["deep"]]
key = types.ModuleType("course.keys.ch02")
hasty = [dataclasses.replace(one, time_limit=0.2) for one in (PAD, GATE)]
key.EXERCISES = tuple(hasty)
key.QUIZZES = ()
sys.modules[key.__name__] = key
for one in odd + [Module]:
    verdict = judge(hasty[one is Module], one)
    print(verdict.state.name, verdict.says)
    for name, exercise in zip(("2.1", "2.3"), hasty):
        assert decorator(name)(one) is exercise.reference
print("end")
'''


def test_an_object_that_hangs_whatever_it_is_asked_has_a_verdict():
    run = subprocess.run(
        [sys.executable, "-c", ODD], cwd=Path(__file__).parents[3], capture_output=True, text=True
    )
    assert run.stdout.splitlines()[-1:] == ["end"], run.stderr[-2000:]
    states = [line.split()[0] for line in run.stdout.splitlines() if " (" in line]
    assert "RIGHT" not in states
    assert "The coach itself failed" not in run.stdout + run.stderr


@pytest.mark.parametrize("decorate", [functools.lru_cache, functools.partial])
def test_a_right_answer_behind_a_decorator_is_right(toy, decorate):
    def pad_left(*args):
        return toy.pad.reference(*args)

    answer = functools.wraps(pad_left)(lambda items, length: pad_left(items, length))
    assert judge(toy.pad, answer).right
    assert judge(toy.pad, functools.partial(pad_left)).right


def test_a_function_that_can_t_take_its_arguments_behind_a_cache_is_told_so(toy):
    answer = functools.lru_cache(toy.pad.reference)
    assert judge(toy.pad, answer).state is State.RAISED  # lists have no hash
