"""Keys: checked when they are made, found by id, probed as they ask."""

import dataclasses
import sys
import types

import numpy as np
import pytest
import torch

import course.keys
from course.coach import Choice, Exercise, Misconception, Probe, Quiz, State, judge
from course.coach import find as keys


@pytest.mark.parametrize(
    ("changes", "says"),
    [
        ({"id": "2"}, "exercise id '2' is not \"chapter.number\""),
        ({"hints": ("one", "two")}, "has 2 hints; three are due"),
        ({"time_limit": 0}, "time_limit is 0"),
        ({"reference": 3}, "reference is 3"),
    ],
)
def test_a_bad_exercise_is_refused_when_it_is_made(toy, changes, says):
    with pytest.raises((ValueError, TypeError), match=says.replace("(", r"\(")):
        dataclasses.replace(toy.pad, **changes)


def test_two_misconceptions_of_one_name_are_refused(toy):
    with pytest.raises(ValueError, match="share a name"):
        dataclasses.replace(toy.pad, misconceptions=toy.pad.misconceptions[:1] * 2)


@pytest.mark.parametrize(
    ("make", "says"),
    [
        (lambda: Probe([1, 2]), "wrap it"),
        (lambda: Misconception(name="x", wrong=3, says="no"), "not a function or class"),
        (lambda: Misconception(name="x", wrong=len, says=" "), "says nothing"),
        (lambda: Choice("x", why=""), "has no explanation"),
        (
            lambda: Quiz(
                id="2.1", question="?", choices=(Choice("a", why="."), Choice("b", why="."))
            ),
            "no choice is right",
        ),
        (
            lambda: Quiz(id="2.1", question="?", choices=(Choice("a", right=True, why="."),)),
            "give two or more",
        ),
        (
            lambda: Quiz(id="2.1", question="?", choices=(Choice("a", right=True, why="."),) * 2),
            "read the same",
        ),
    ],
)
def test_bad_parts_of_a_key_are_refused_when_they_are_made(make, says):
    with pytest.raises((ValueError, TypeError), match=says):
        make()


def test_exercises_and_quizzes_are_found_by_id(toy):
    assert keys.find_exercise("2.3") is toy.gate
    assert keys.find_quiz("2.1") is toy.quiz
    assert keys.chapter_of("7.1") == "07"
    assert keys.chapter_of("16.2") == "16"


def test_a_key_is_imported_when_it_is_first_asked_for(monkeypatch, tmp_path):
    (tmp_path / "ch93.py").write_text("EXERCISES = ()\nQUIZZES = ()\n")
    monkeypatch.setattr(course.keys, "__path__", [*course.keys.__path__, str(tmp_path)])
    assert "93" in keys.chapters()
    assert "course.keys.ch93" not in sys.modules
    assert isinstance(keys.load_key("93"), types.ModuleType)
    with pytest.raises(
        keys.KeyNotFound, match=r"no exercise 93\.1 in course/keys/ch93\.py \(it has: none\)"
    ):
        keys.find_exercise("93.1")
    del sys.modules["course.keys.ch93"]


def make_exercise(toy, reference, *probes, **changes):
    return dataclasses.replace(
        toy.pad, reference=reference, probes=lambda rng: probes, misconceptions=(), **changes
    )


def test_a_probe_may_say_how_an_answer_is_used(toy):
    class Index:
        def fit(self, items):
            self.items_ = sorted(set(items))
            return self

    class Unsorted(Index):
        def fit(self, items):
            self.items_ = list(dict.fromkeys(items))
            return self

    probe = Probe(([3, 1, 3],), label="repeats", call=lambda cls, items: cls().fit(items).items_)
    exercise = make_exercise(toy, Index, probe)
    assert judge(exercise, Index).right
    verdict = judge(exercise, Unsorted)
    assert verdict.state is State.WRONG
    assert dict(verdict.case.rows)["yours"] == "[3, 1]"


def test_a_right_answer_that_is_slow_where_it_matters_is_told_so(toy):
    def total(x):
        return int(x.sum())

    def loops(x):
        result = 0
        for value in x:
            result += int(value)
        return result

    small, large = Probe((np.arange(5),)), Probe((np.ones(8_000_000, dtype=int),), slowdown=2)
    exercise = make_exercise(toy, total, small, large, time_limit=60)
    assert judge(exercise, total).right
    verdict = judge(exercise, loops)
    assert verdict.state is State.TOO_SLOW
    assert verdict.passed == 1
    assert judge(make_exercise(toy, total, small, time_limit=60), loops).right


def test_a_comparison_of_its_own_is_used_and_may_fail(toy):
    def longest(got, expected):
        return None if len(got) == len(expected) else f"It has {len(got)} letters."

    exercise = make_exercise(toy, str.upper, Probe(("ab",)), compare=longest)
    assert judge(exercise, lambda s: "xy").right
    assert judge(exercise, lambda s: "x").says == ("It has 1 letters.",)
    assert "can't be compared" in judge(exercise, lambda s: 3).says[0]
    assert judge(exercise, lambda s: None).state is State.NOTHING_RETURNED


def test_an_exercise_that_draws_is_not_called_fickle(toy):
    def noise(shape):
        return torch.randn(shape)

    assert judge(
        make_exercise(toy, noise, Probe(((3,),)), draws=True), lambda shape: torch.randn(shape)
    ).right
    assert (
        judge(make_exercise(toy, noise, Probe(((3,),))), lambda shape: torch.randn(shape)).state
        is State.NOT_DETERMINISTIC
    )


def test_a_generator_among_the_arguments_starts_alike_each_time(toy):
    def draw(generator, rng):
        return torch.rand(2, generator=generator), rng.random(2)

    probe = Probe((torch.Generator().manual_seed(3), np.random.default_rng(3)))
    exercise = make_exercise(toy, draw, probe)
    assert judge(exercise, lambda generator, rng: draw(generator, rng)).right
    assert (
        judge(exercise, lambda generator, rng: draw(generator, np.random.default_rng(4))).state
        is State.WRONG
    )


def test_a_reference_that_never_ends_is_the_author_s_fault(toy, monkeypatch):
    def loops():
        while True:
            pass

    monkeypatch.setattr("course.coach.judging.judge._REFERENCE_LIMIT", 0.2)
    with pytest.raises(RuntimeError, match=r"reference of exercise 2\.1 does not end on probe 1"):
        judge(make_exercise(toy, loops, Probe()), len)


def test_probes_are_the_same_every_time(toy):
    assert isinstance(toy.pad, Exercise)
    once, again = toy.pad.make_probes(), toy.pad.make_probes()
    assert [probe.args for probe in once] == [probe.args for probe in again]
