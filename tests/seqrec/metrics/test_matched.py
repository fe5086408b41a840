"""A group against others of its cell: what a cell does to everybody is no merit of the group."""

import math

import numpy as np
import pytest

from seqrec.metrics import matched_ratio


def plain(values, in_group, cell):
    """The same, one member at a time."""
    members, due = [], []
    for value, is_member, own in zip(values, in_group, cell, strict=True):
        others = [
            other
            for other, theirs, place in zip(values, in_group, cell, strict=True)
            if place == own and not theirs
        ]
        if is_member and others:
            members.append(value)
            due.append(np.mean(others))
    return sum(members) / sum(due) if members else math.nan


@pytest.mark.parametrize("seed", range(10))
def test_it_is_what_a_plain_loop_gives(seed):
    rng = np.random.default_rng(seed)
    values = rng.random(40)
    in_group = rng.random(40) < 0.3
    cell = rng.integers(0, 12, 40)
    assert matched_ratio(values, in_group, cell) == pytest.approx(plain(values, in_group, cell))


def test_a_group_that_only_stands_where_all_values_are_high_has_a_ratio_of_one():
    cell = np.repeat([0, 1], 100)
    values = np.where(cell == 0, 9.0, 1.0)
    in_group = np.arange(200) % 10 < np.where(cell == 0, 8, 2)
    assert values[in_group].mean() / values[~in_group].mean() > 2
    assert matched_ratio(values, in_group, cell) == 1.0


def test_where_nothing_can_be_compared_it_is_nan():
    assert math.isnan(matched_ratio([1.0, 2.0], [True, False], [0, 1]))
    assert math.isnan(matched_ratio([], np.zeros(0, dtype=bool), np.zeros(0, dtype=int)))
