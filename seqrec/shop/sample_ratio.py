"""Did as many units come to each arm of an A/B test as should have? Look at this first.

If chance deals shoppers to two arms by halves, and one has 50,000 and the other 48,500, then
something else dealt too: a page that crashed in one arm, a filter of robots, a redirect. Whom it
took away is not known, so no difference between the arms means anything.

Pearson's test: chi^2 = sum over arms of (seen - expected)^2 / expected, of n_arms - 1 degrees of
freedom. It is right for large counts, 5 or more expected in every arm. See Fabijan et al.,
"Diagnosing Sample Ratio Mismatch in Online Controlled Experiments" (2019),
https://doi.org/10.1145/3292500.3330722.
"""

from typing import NamedTuple

import numpy as np
import numpy.typing as npt
import torch

# Below, the law of chi^2 is no good approximation (Cochran's rule).
_FEWEST = 5


class SampleRatio(NamedTuple):
    """How far the sizes of arms are from what was planned.

    expected:   (n_arms,) units that each arm should have
    chi_square: 0 where they are as planned
    p_value:    how often chance alone brings them as far off, or farther
    """

    expected: np.ndarray
    chi_square: float
    p_value: float


def sample_ratio_mismatch(
    counts: npt.ArrayLike, shares: npt.ArrayLike | None = None
) -> SampleRatio:
    """The test of the sizes of arms.

    counts: (n_arms,) units in each, 2 arms or more
    shares: (n_arms,) of each, as planned; in any unit, (1, 1) as well as (.5, .5). None: all alike

    A small p_value says stop. As the test is looked at for every experiment, and is nearly always
    innocent, the bar is low: .001 or below. Returns SampleRatio. Raises ValueError for counts that
    are no counts, shares that are not positive, and fewer than 5 units expected in an arm.
    """
    counts = np.asarray(counts, dtype=np.float64)
    shares = np.ones_like(counts) if shares is None else np.asarray(shares, dtype=np.float64)
    if counts.ndim != 1 or len(counts) < 2 or shares.shape != counts.shape:
        raise ValueError(
            "counts must be (n_arms,), 2 or more, and shares alike, got "
            f"{counts.shape} and {shares.shape}."
        )
    if not np.isfinite(counts).all() or (counts < 0).any() or (counts % 1 != 0).any():
        raise ValueError(f"counts must be whole numbers, 0 or more, got {counts.tolist()}.")
    if not np.isfinite(shares).all() or (shares <= 0).any():
        raise ValueError(f"shares must be positive numbers, got {shares.tolist()}.")
    expected = counts.sum() * shares / shares.sum()
    if expected.min() < _FEWEST:
        raise ValueError(
            f"an arm must have {_FEWEST} units or more to be expected, got {expected.min():.3g} of "
            f"{counts.sum():.0f}. Cure: wait for more."
        )
    chi_square = float(((counts - expected) ** 2 / expected).sum())
    halves = torch.tensor([(len(counts) - 1) / 2, chi_square / 2], dtype=torch.float64)
    return SampleRatio(expected, chi_square, float(torch.special.gammaincc(*halves)))
