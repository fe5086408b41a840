"""Are these counts what these probabilities give?

p-values, and the level at which the tests of this folder say no.
"""

from __future__ import annotations

import numpy as np
from scipy import stats

# A right simulator fails one comparison in a million draws of its seed; the seeds are fixed, and
# there are fewer than a hundred comparisons, so the chance that this folder's seeds were unlucky is
# below one in ten thousand.
LEVEL = 1e-6


def chi_square(groups: np.ndarray, outcomes: np.ndarray, probabilities: np.ndarray) -> float:
    """The p-value of Pearson's test that outcome k comes with probability (groups, K)[g, k] in
    group g.

    groups, outcomes: (N,) integers. Cells that expect fewer than 5 are pooled with others of their
    group. An outcome that is as good as impossible gives 0; where all outcomes are certain and come
    true, the p-value is 1.
    """
    n_groups, n_outcomes = probabilities.shape
    counts = np.bincount(groups * n_outcomes + outcomes, minlength=probabilities.size).reshape(
        n_groups, n_outcomes
    )
    all_expected = counts.sum(1, keepdims=True) * probabilities
    if counts[all_expected < 1e-9].any():
        return 0.0
    statistic, freedom = 0.0, 0
    for observed, expected in zip(counts, all_expected, strict=True):
        order = np.argsort(expected)
        observed, expected = observed[order], expected[order]
        pooled = (
            np.searchsorted(np.cumsum(expected), 5) + 1
        )  # the fewest small cells that together expect 5
        pooled = max(pooled, np.count_nonzero(expected < 5))
        if pooled >= len(expected):
            continue  # too few for any test
        observed = np.append(observed[pooled:], observed[:pooled].sum())
        expected = np.append(expected[pooled:], expected[:pooled].sum())
        statistic += ((observed - expected) ** 2 / expected).sum()
        freedom += len(expected) - 1
    certain = np.count_nonzero(all_expected > 1e-9, axis=1) <= 1
    assert freedom > 0 or certain.all(), "no group is large enough for a test"
    return float(stats.chi2.sf(statistic, freedom)) if freedom else 1.0


def coin_flips(groups: np.ndarray, heads: np.ndarray, chance: np.ndarray) -> float:
    """The p-value of the test that heads come with probability `chance`, within each group. All
    (N,).

    Per group a z-test, all of them together a chi-square test. A head of chance 0 or a tail of
    chance 1 gives 0.
    """
    if heads[chance == 0].any() or not heads[chance == 1].all():
        return 0.0
    excess = np.bincount(groups, weights=heads - chance)
    variance = np.bincount(groups, weights=chance * (1 - chance))
    tested = variance > 5  # smaller groups are not normal enough
    assert tested.any(), "no group is large enough for a test"
    return float(stats.chi2.sf((excess[tested] ** 2 / variance[tested]).sum(), tested.sum()))
