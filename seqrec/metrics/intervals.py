"""The mean over users, and how far to trust it.

Axis letters: B users, n resamples.
"""

from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from seqrec.checks import check_count, check_room, numpy_generator, shown
from seqrec.metrics.arrays import as_numpy

# Counts held at a time by `mean_interval`: 32 MB.
RESAMPLED_AT_ONCE = 2**22


class Interval(NamedTuple):
    """A mean over users, and the interval that a bootstrap gives it."""

    mean: float
    low: float
    high: float

    def __str__(self) -> str:
        return f"{self.mean:.4f} [{self.low:.4f}, {self.high:.4f}]"


def mean_interval(
    values: npt.ArrayLike,
    *,
    seed: int | np.random.Generator,
    level: float = 0.95,
    n_resamples: int = 1000,
) -> Interval:
    """The mean of a metric over users, with its percentile bootstrap interval (Efron, 1979).

    It tells how the mean would scatter over other users of the same kind; not over seeds of
    training: that can be more. A resample of B users is drawn as how often each distinct value
    occurs in it: the same law, and quick for a metric like HR@k, which has two values however many
    users there are.

    values:      (B,) one finite number per user.
    seed:        integer or numpy Generator.
    level:       how much of the scatter the interval holds, between 0 and 1.
    n_resamples: how often B users are drawn, 1 or more.
    Raises ValueError for no values, values that are not finite, and other levels.
    """
    values = as_numpy(values).astype(np.float64)
    if values.ndim != 1 or len(values) == 0 or not np.isfinite(values).all():
        raise ValueError(
            f"values must be (B,) finite numbers with B of 1 or more, got {shown(values)}."
        )
    if not 0 < level < 1:
        raise ValueError(f"level must lie between 0 and 1, got {level!r}.")
    rng = numpy_generator("seed", seed)
    distinct, counts = np.unique(values, return_counts=True)
    step = max(1, RESAMPLED_AT_ONCE // len(distinct))
    n_resamples = check_count("n_resamples", n_resamples)
    check_room("n_resamples", n_resamples, 8 * n_resamples)
    drawn_before = range(0, n_resamples, step)
    sizes = [min(step, n_resamples - before) for before in drawn_before]
    sums = [rng.multinomial(len(values), counts / len(values), size) @ distinct for size in sizes]
    low, high = np.quantile(np.concatenate(sums) / len(values), [(1 - level) / 2, (1 + level) / 2])
    return Interval(float(values.mean()), float(low), float(high))


def difference_interval(
    values: npt.ArrayLike,
    others: npt.ArrayLike,
    *,
    seed: int | np.random.Generator,
    level: float = 0.95,
    n_resamples: int = 1000,
) -> Interval:
    """Mean of `values - others` over the same users: is one model better than the other?

    Pairing matters. Some users are hard for both models, and that scatter cancels in the
    difference; two separate intervals may overlap where the difference is beyond doubt.

    values, others:           (B,) each, the same users in order.
    seed, level, n_resamples: as `mean_interval` has them.
    Raises ValueError for two shapes.
    """
    values = as_numpy(values)
    others = as_numpy(others)
    if values.shape != others.shape:
        raise ValueError(
            f"both models need the same users, got {values.shape} and {others.shape} values."
        )
    return mean_interval(values - others, seed=seed, level=level, n_resamples=n_resamples)
