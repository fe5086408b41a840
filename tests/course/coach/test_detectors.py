"""General detectors: each names the mistake that was made, and none speaks of unrelated numbers."""

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from course.coach.judging.detectors import functions, places, reading, relations, shapes
from course.coach.judging.detectors.pairs import Pair
from course.coach.judging.judge import judge
from course.coach.key import Exercise, Misconception
from course.coach.probe import Probe
from course.coach.verdict import State

EVERY = (
    places.returned_argument,
    places.transposed,
    places.reversed_axis,
    places.first_row_only,
    places.shifted,
    places.other_order,
    places.end_row_only,
    relations.not_finite,
    relations.inverted,
    relations.negative,
    relations.factor,
    relations.other_factor,
    relations.rows_by_padding,
    relations.offset,
    functions.function,
    relations.constant,
    shapes.rounded_apart,
)


def pairs_of(mistake, seed=0, shapes_of=((3, 4), (5, 2), (4, 6))):
    """What `mistake` makes of three right results."""
    rng = np.random.default_rng(seed)
    found = []
    for shape in shapes_of:
        due = rng.normal(size=shape) + 0.1
        found.append(Pair(np.asarray(mistake(due), float), due, ()))
    return found


@pytest.mark.parametrize(
    ("detector", "mistake", "word"),
    [
        (relations.negative, lambda due: -due, "minus"),
        (relations.factor, lambda due: due / np.log(2), "base 2"),
        (relations.factor, lambda due: due * np.log10(np.e), "base 10"),
        (relations.factor, lambda due: 100 * due, "percent"),
        (relations.factor, lambda due: due * due.shape[1], "sum where a mean"),
        (relations.factor, lambda due: due / due.shape[0], "mean where a sum"),
        (relations.factor, lambda due: due * due.shape[1] ** 0.5, "root of a length"),
        (relations.other_factor, lambda due: 0.37 * due, "0.37 times"),
        (relations.offset, lambda due: due + 1, "one too high"),
        (relations.offset, lambda due: due - 0.25, "-0.25"),
        (relations.inverted, lambda due: 1 - due, "complement"),
        (functions.function, np.square, "square"),
        (functions.function, np.exp, "exponential"),
        (functions.function, np.floor, "rounded down"),
        (functions.function, lambda due: np.maximum(due, 0), "negative numbers"),
        (relations.not_finite, lambda due: np.where(due > 0, np.nan, due), "NaN"),
        (relations.constant, lambda due: np.zeros_like(due), "everywhere"),
        (places.transposed, lambda due: due.T, "transposed"),
        (places.reversed_axis, lambda due: due[:, ::-1], "other way round along the second"),
        (places.reversed_axis, lambda due: due[::-1], "other way round along the first"),
        (places.first_row_only, lambda due: np.tile(due[0], (len(due), 1)), "first one's"),
        (places.other_order, lambda due: np.sort(due, axis=1), "sorted by size"),
        (places.end_row_only, lambda due: np.vstack([due[:-1], due[-1:] + 3]), "but the last"),
        (shapes.rounded_apart, lambda due: due * (1 + 1e-3 * np.sign(due - 0.2)), "nearly"),
    ],
)
@pytest.mark.parametrize("seed", range(3))
def test_a_mistake_is_named(detector, mistake, word, seed):
    square = ((3, 3), (4, 4), (5, 5)) if detector is places.transposed else ((3, 4), (5, 2), (4, 6))
    assert word in (detector(pairs_of(mistake, seed, square)) or "")


@pytest.mark.parametrize("by", [1, -1, 2])
def test_a_shift_is_named_with_its_direction(by):
    said = places.shifted(pairs_of(lambda due: np.roll(due, by, axis=1), 0, ((3, 7), (2, 9))))
    assert ("later" if by > 0 else "earlier") in said
    assert ("two places" if abs(by) == 2 else "one place") in said


def test_padding_that_is_counted_is_named():
    ids = np.array([[0.0, 0, 3, 4], [1, 2, 3, 4], [0, 5, 6, 7]])
    due = np.array([0.8, 0.5, 0.3])
    pair = Pair(due * [0.5, 1, 0.75], due, (ids,))
    assert "padding counted" in relations.rows_by_padding([pair])


def test_a_mask_that_rules_nothing_out_and_one_that_rules_out_too_much():
    due = np.array([[1.0, -np.inf, 2.0]])
    open_mask = Pair(np.array([[1.0, 0.5, 2.0]]), due, ())
    assert "-inf is due" in relations.not_finite([open_mask])
    too_much = Pair(np.array([[-np.inf, -np.inf, 2.0]]), due, ())
    assert "rules out too much" in relations.not_finite([too_much])


@pytest.mark.parametrize(
    ("mistake", "word"),
    [
        (lambda due: due.T, "transposed"),
        (lambda due: due.ravel(), "flat"),
        (lambda due: due[:, :, None], "length 1 too many"),
        (lambda due: due.sum(), "One number for all"),
        (lambda due: due[:-2], "cut off at the end"),
        (lambda due: due[2:], "cut at the beginning"),
        (lambda due: np.vstack([due, due[:3]]), "more behind"),
        (lambda due: np.hstack([due + 1, due[:, :1]]), "One column too many"),
    ],
)
def test_another_shape_is_explained(mistake, word):
    assert word in shapes.wrong_shape(pairs_of(mistake))


def test_of_arrays_with_nothing_in_them_nothing_is_said():
    empty = Pair(np.empty(0), np.empty((0, 3)), ())
    assert shapes.wrong_shape([empty]) is None
    due = np.arange(6.0).reshape(2, 3)
    assert "flat" in shapes.wrong_shape([empty, Pair(due.ravel(), due, ())])


def test_rows_that_met_each_other_are_named():
    due = np.arange(5.0)
    pair = Pair(due[:, None] + due[None], due, ())
    assert "broadcast" in shapes.wrong_shape([pair])


@settings(max_examples=50)
@given(st.integers(0, 10_000))
def test_of_unrelated_numbers_no_detector_speaks(seed):
    rng = np.random.default_rng(seed)
    pairs = pairs_of(lambda due: rng.normal(size=due.shape) * 3, seed)
    assert [detector.__name__ for detector in EVERY if detector(pairs)] == []


def scaled(x, by, real):
    """The reference of a toy exercise."""
    return torch.where(real, x * by, 0.0)


def toy():
    def probes(rng):
        for B, L in ((2, 3), (3, 5), (4, 2)):
            x = torch.as_tensor(rng.normal(size=(B, L)))
            yield Probe((x, float(rng.uniform(2, 3)), torch.as_tensor(rng.random((B, L)) < 0.7)))

    silly = Misconception(name="zeros", wrong=lambda x, by, real: x * 0, says="All zeros.")
    return Exercise(
        id="0.9",
        title="toy",
        minutes=1,
        reference=scaled,
        probes=probes,
        hints=("a", "b", "c"),
        misconceptions=(silly,),
    )


def test_an_argument_that_is_never_read_is_named_first():
    def scaled(x, by, real):
        return x * by

    verdict = judge(toy(), scaled)
    assert verdict.state is State.WRONG and verdict.says[0].startswith(
        "Your code never reads `real`"
    )
    assert verdict.cause == verdict.says[0]


def test_a_sight_is_told_but_is_no_cause():
    def scaled(x, by, real):
        return torch.where(real, x * by, 0.0) * 1.37

    verdict = judge(toy(), scaled)
    assert "1.37 times" in verdict.says[0] and verdict.cause == ""


@pytest.mark.parametrize("line", ["torch.manual_seed(0)", "np.random.seed(len(x))"])
def test_seeding_the_global_generator_is_seen_in_the_text(line):
    space = {"torch": torch, "np": np}
    text = f"def draw(x):\n    {line}\n    return torch.rand(len(x))\n"
    import linecache

    linecache.cache["<toy>"] = (len(text), None, text.splitlines(True), "<toy>")
    exec(compile(text, "<toy>", "exec"), space)
    assert "global generator" in reading.says_seeded(space["draw"])


def test_a_seed_that_was_passed_is_no_fault():
    def draw(x, seed):
        generator = torch.Generator().manual_seed(seed)
        return torch.rand(len(x), generator=generator)

    assert reading.says_seeded(draw) is None
