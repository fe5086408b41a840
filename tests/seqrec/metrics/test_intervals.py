"""Bootstrap intervals: seeded, of the promised coverage, and narrower where pairing helps."""

import numpy as np
import pytest
import torch

from seqrec.metrics import difference_interval, mean_interval


def plain_bootstrap(values, seed, n_resamples):
    """Draw users with replacement, again and again."""
    rng = np.random.default_rng(seed)
    means = [values[rng.integers(len(values), size=len(values))].mean() for _ in range(n_resamples)]
    return np.quantile(means, [0.025, 0.975])


@pytest.mark.parametrize("kind", ["two values", "all distinct"])
def test_the_interval_is_that_of_drawing_users_with_replacement(kind):
    rng = np.random.default_rng(0)
    values = (
        (rng.random(150) < 0.3).astype(float) if kind == "two values" else rng.exponential(size=150)
    )
    interval = mean_interval(values, seed=1, n_resamples=5_000)
    low, high = plain_bootstrap(values, seed=2, n_resamples=5_000)
    width = high - low
    assert interval.mean == values.mean()
    assert interval.low == pytest.approx(low, abs=0.06 * width)
    assert interval.high == pytest.approx(high, abs=0.06 * width)


def test_nineteen_of_twenty_intervals_hold_the_truth():
    rng = np.random.default_rng(0)
    held = [
        (interval := mean_interval(rng.random(400) < 0.4, seed=i, n_resamples=400)).low
        <= 0.4
        <= interval.high
        for i in range(500)
    ]
    assert 0.92 < np.mean(held) < 0.975  # 0.95 +- 3 standard errors of 500 trials


def test_a_higher_level_gives_a_wider_interval():
    values = np.random.default_rng(0).random(200)
    narrow, wide = (mean_interval(values, seed=0, level=level) for level in (0.5, 0.99))
    assert wide.low < narrow.low < narrow.mean < narrow.high < wide.high


def test_the_same_seed_gives_the_same_interval_and_another_seed_another():
    values = np.random.default_rng(0).random(100)
    assert mean_interval(values, seed=5) == mean_interval(values, seed=5)
    assert mean_interval(values, seed=5) == mean_interval(
        torch.tensor(values), seed=np.random.default_rng(5)
    )
    assert mean_interval(values, seed=5) != mean_interval(values, seed=6)


def test_many_resamples_are_drawn_in_pieces_with_the_same_result(monkeypatch):
    values = np.random.default_rng(0).random(50)
    at_once = mean_interval(values, seed=0, n_resamples=99)
    monkeypatch.setattr("seqrec.metrics.intervals.RESAMPLED_AT_ONCE", 7 * 50)
    assert mean_interval(values, seed=0, n_resamples=99) == pytest.approx(at_once, abs=1e-12)


def test_values_that_are_all_equal_leave_no_doubt():
    assert mean_interval(np.full(30, 0.25), seed=0) == (0.25, 0.25, 0.25)


def test_pairing_takes_out_the_scatter_that_both_models_share():
    rng = np.random.default_rng(0)
    difficulty = rng.random(500)
    worse, better = difficulty, difficulty + 0.02 + 0.01 * rng.normal(size=500)
    paired = difference_interval(better, worse, seed=0)
    assert paired.low > 0, "paired, the difference is beyond doubt"
    assert mean_interval(better, seed=0).low < mean_interval(worse, seed=0).high, (
        "apart, the intervals overlap"
    )
    assert paired == mean_interval(better - worse, seed=0)


def test_an_interval_reads_as_mean_and_bounds():
    assert str(mean_interval([0.5, 0.5], seed=0)) == "0.5000 [0.5000, 0.5000]"


@pytest.mark.parametrize(
    ("values", "options", "message"),
    [
        ([], {}, "B of 1 or more"),
        ([[0.1]], {}, r"\(B,\)"),
        ([0.1, np.nan], {}, "finite"),
        ([0.1], {"level": 95}, "level must lie between 0 and 1"),
        ([0.1], {"n_resamples": 0}, "n_resamples"),
    ],
)
def test_values_without_a_mean_are_refused(values, options, message):
    with pytest.raises(ValueError, match=message):
        mean_interval(values, seed=0, **options)


def test_differences_over_other_users_are_refused():
    with pytest.raises(ValueError, match="the same users"):
        difference_interval([1.0, 2.0], [1.0], seed=0)
