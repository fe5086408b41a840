"""The test of the sizes of arms, against SciPy's and against chance."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from seqrec.shop import sample_ratio_mismatch


@given(
    counts=st.lists(st.integers(20, 10**6), min_size=2, max_size=6),
    seed=st.integers(0, 10**6),
)
def test_it_is_pearsons_test(counts, seed):
    shares = np.random.default_rng(seed).uniform(0.5, 1, len(counts))
    due = stats.chisquare(counts, np.sum(counts) * shares / shares.sum())
    found = sample_ratio_mismatch(counts, shares)
    assert found.chi_square == pytest.approx(due.statistic)
    assert found.p_value == pytest.approx(due.pvalue, rel=1e-6, abs=1e-300)


def test_innocent_arms_are_below_a_bar_as_often_as_it_says():
    rng = np.random.default_rng(0)
    draws = rng.multinomial(3_000, [0.2, 0.3, 0.5], size=4_000)
    p = np.array([sample_ratio_mismatch(counts, (2, 3, 5)).p_value for counts in draws])
    for bar in (0.01, 0.1, 0.5):
        # Within four standard errors.
        assert abs((p < bar).mean() - bar) < 4 * np.sqrt(bar * (1 - bar) / len(p))


def test_a_lost_thirtieth_of_an_arm_is_seen_and_arms_as_planned_are_not():
    assert sample_ratio_mismatch([50_000, 48_500]).p_value < 1e-5
    assert sample_ratio_mismatch([50_000, 49_900]).p_value > 0.5
    found = sample_ratio_mismatch([900, 100], (9, 1))
    assert found.p_value == 1 and found.chi_square == 0
    assert found.expected.tolist() == [900, 100]


@pytest.mark.parametrize(
    ("counts", "shares", "told"),
    [
        ([9], None, "2 or more"),
        ([9, 9], (1, 1, 1), "shares alike"),
        ([9, -9], None, "whole numbers"),
        ([9.5, 9], None, "whole numbers"),
        ([np.nan, 9], None, "whole numbers"),
        ([9, 9], (1, 0), "positive"),
        ([4, 4], None, "5 units or more"),
        ([0, 0], None, "5 units or more"),
    ],
)
def test_nonsense_is_refused(counts, shares, told):
    with pytest.raises(ValueError, match=told):
        sample_ratio_mismatch(counts, shares)
