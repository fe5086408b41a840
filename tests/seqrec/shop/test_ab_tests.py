"""Comparisons and sample sizes against simulation."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from seqrec.shop.ab_tests import paired_comparison, required_units


def pairs(rng, n, gain=0.0, shared=0.8, experiments=None):
    """Treatment and control of n units that share most of their luck."""
    shape = n if experiments is None else (experiments, n)
    both = rng.normal(size=shape) * np.sqrt(shared)
    own = rng.normal(size=(2, *np.shape(both))) * np.sqrt(1 - shared)
    return both + own[0] + gain, both + own[1]


def test_the_interval_holds_the_true_difference_as_often_as_it_says():
    rng, inside = np.random.default_rng(0), []
    for _ in range(600):
        compared = paired_comparison(*pairs(rng, 80, gain=0.3), confidence=0.9)
        inside.append(compared.low < 0.3 < compared.high)
    assert abs(np.mean(inside) - 0.9) < 4 * np.sqrt(0.09 / 600)


@given(st.integers(0, 2**20))
def test_the_interval_is_that_of_a_mean_of_differences(seed):
    treatment, control = pairs(np.random.default_rng(seed), 30)
    compared = paired_comparison(treatment, control)
    gain = treatment - control
    assert compared.difference == pytest.approx(gain.mean())
    assert compared.standard_error == pytest.approx(
        np.sqrt(((gain - gain.mean()) ** 2).sum() / 29 / 30)
    )
    assert (compared.high - compared.difference) / compared.standard_error == pytest.approx(
        1.959964
    )
    assert compared.variance == pytest.approx(30 * compared.standard_error**2)


def test_strangers_have_the_sum_of_both_variances():
    treatment, control = pairs(np.random.default_rng(0), 20_000, shared=0.8)
    compared = paired_comparison(treatment, control)
    assert compared.variance_of_strangers == pytest.approx(2, rel=0.05)
    assert compared.variance == pytest.approx(0.4, rel=0.05)


@pytest.mark.parametrize(
    ("difference", "power", "confidence"), [(0.2, 0.8, 0.95), (-0.15, 0.9, 0.9)]
)
def test_so_many_units_find_the_difference_as_often_as_promised(difference, power, confidence):
    n = required_units(0.4, difference, confidence=confidence, power=power)
    treatment, control = pairs(np.random.default_rng(1), n, gain=difference, experiments=3_000)
    compared = [
        paired_comparison(*pair, confidence=confidence)
        for pair in zip(treatment, control, strict=True)
    ]
    found = np.mean([not one.low < 0 < one.high for one in compared])
    assert (
        abs(found - power) < 0.03
    )  # 4 s.e. are .029, and the normal law for the t law costs a little


def test_half_the_difference_takes_four_times_as_many():
    assert required_units(1.0, 0.05) == pytest.approx(4 * required_units(1.0, 0.1), abs=4)
    assert required_units(0.25, 0.1, confidence=0.95, power=0.8) == 197  # 7.8489 * 25 = 196.2
    assert required_units(0.0, 0.1) == 0


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: paired_comparison([1, 2], [1, 2, 3]), "alike"),
        (lambda: paired_comparison([1], [1]), "2 or more"),
        (lambda: paired_comparison([1, np.nan], [1, 2]), "finite"),
        (
            lambda: paired_comparison([1, 2], [1, 2], confidence=95),
            "confidence must be between 0 and 1, got 95",
        ),
        (lambda: required_units(1.0, 0.0), "difference must be a number other than 0"),
        (lambda: required_units(-1.0, 0.1), "variance must be 0 or more"),
        (lambda: required_units(1.0, 0.1, power=1), "power must be between 0 and 1"),
    ],
)
def test_nonsense_is_refused(call, message):
    with pytest.raises(ValueError, match=message):
        call()
