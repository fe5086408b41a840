"""Times and their percentiles."""

import gc

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from seqrec.shop import time_calls
from seqrec.shop.costs import nearest_rank


def test_calls_are_timed_one_by_one_after_the_warm_up():
    ticks, called = iter([0, 9, 10, 11, 20, 23]), []
    took = time_calls(called.append, ["a", "b", "c"], n_warm_up=1, clock=lambda: next(ticks))
    assert took.tolist() == [1000.0, 3000.0] and called == ["a", "b", "c"]


def test_the_garbage_collector_is_on_again_even_after_an_error():
    def fails(request):
        assert not gc.isenabled()
        raise KeyError(request)

    with pytest.raises(KeyError):
        time_calls(fails, [1], n_warm_up=0)
    assert gc.isenabled()


def test_nothing_to_time_is_an_error():
    with pytest.raises(ValueError, match="20 requests, of which 20 warm up"):
        time_calls(len, [""] * 20)


@given(st.lists(st.integers(0, 9), min_size=1, max_size=40), st.integers(1, 100))
def test_a_percentile_is_the_smallest_value_that_enough_values_do_not_exceed(values, percent):
    enough = [
        v for v in sorted(values) if 100 * sum(w <= v for w in values) >= percent * len(values)
    ]
    assert nearest_rank(values, [percent]) == [enough[0]]


@pytest.mark.parametrize(("values", "percents"), [([], [50]), ([1.0], [0]), ([1.0], [101])])
def test_nonsense_is_refused(values, percents):
    with pytest.raises(ValueError, match="expected values and percents above 0 up to 100"):
        nearest_rank(values, percents)


def test_all_of_the_values_are_their_percentiles():
    assert nearest_rank(np.arange(100, 0, -1), np.arange(1, 101)).tolist() == list(range(1, 101))
