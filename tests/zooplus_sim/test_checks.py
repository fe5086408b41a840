"""Counts, and what an error may repeat."""

import numpy as np
import pytest

from zooplus_sim import checks
from zooplus_sim.checks import LONGEST, check_count, check_memory, memory, told, told_path


@pytest.mark.parametrize("value", [True, 0, -1, 1.0, "1", None, np.float64(2), float("nan"), []])
def test_what_is_no_count_is_named(value):
    with pytest.raises(ValueError, match="n must be a whole number of at least 1, got "):
        check_count("n", value)


@pytest.mark.parametrize(
    "value", [10**9 + 1, 2**63, 10**5_000, np.uint64(2**63)], ids=["near", "far", "digits", "NumPy"]
)
def test_a_count_that_is_too_large_is_named_in_few_words(value):
    with pytest.raises(ValueError, match="n must be at most 1,000,000,000, got ") as caught:
        check_count("n", value)
    assert len(str(caught.value)) < 200


def test_numpy_counts_are_plain_counts():
    assert type(check_count("n", np.int8(3))) is int


class Broken:
    def __repr__(self):
        raise RuntimeError


@pytest.mark.parametrize(
    ("value", "said"),
    [
        (10**5_000, "a whole number of about 5,000 digits"),
        ({"a": 1}, "a table of 1 entry"),
        ({}, "{}"),
        (list(range(9)), "a list of 9 entries"),
        ((1, "b"), "(1, 'b')"),
        ((1,), "(1,)"),
        ([{"a": "x" * 999}], "[a table of 1 entry]"),
        (Broken(), "a Broken"),
    ],
    ids=lambda value: type(value).__name__,
)
def test_a_value_is_told_in_few_words(value, said):
    assert told(value) == said


def test_no_value_is_told_in_many_words():
    for value in ("x" * 10**6, b"x" * 10**6, ["x" * 99] * 4, np.zeros((99, 99)), range(10**9)):
        assert len(told(value)) <= LONGEST
    assert told_path("a" * 5_000 + "/log.csv").endswith("/log.csv")
    assert len(told_path("a" * 5_000)) == 2 * LONGEST


def test_memory_is_asked_for_before_it_is_taken(monkeypatch):
    assert memory() > 1e8
    monkeypatch.setattr(checks, "memory", lambda: 4e9)
    check_memory("n", 3.9e9, "fewer")
    with pytest.raises(ValueError, match="n must be less: it takes 5 GB.*has 4. Cure: fewer."):
        check_memory("n", 5e9, "fewer")
