"""A/B tests: what one policy earns more than another, and how sure that is.

And how many shoppers it takes. A *unit* is what chance deals with: a shopper, with all of their
slates (those of one shopper are not independent).
"""

import math
from statistics import NormalDist
from typing import NamedTuple

import numpy as np
import numpy.typing as npt


class Comparison(NamedTuple):
    """What a treatment earns more than a control, per unit: the difference, and an interval of it.

    difference:            the mean of treatment - control
    standard_error:        of the difference
    low, high:             the interval
    variance:              of the difference of one pair. The required number of pairs is
                           `required_units(variance, ...)`.
    variance_of_strangers: what it would be if treatment and control met different units: the sum
                           of both variances
    """

    difference: float
    standard_error: float
    low: float
    high: float
    variance: float
    variance_of_strangers: float


def paired_comparison(
    treatment: npt.ArrayLike, control: npt.ArrayLike, confidence: float = 0.95
) -> Comparison:
    """What a treatment earns more than a control, from units that met both.

    treatment:  (n,) earnings
    control:    (n,) earnings of the same units in the same order
    confidence: of the interval, in (0, 1)

    The interval is the normal one, difference +- z * sqrt(variance / n): fine from some 50 units
    on. Returns Comparison. Raises ValueError for fewer than 2 units, shapes that differ, numbers
    that are not finite, confidence not in (0, 1).
    """
    treatment, control = _read_pairs(treatment, control)
    _check_between("confidence", confidence)
    gain = treatment - control
    variance = gain.var(ddof=1)
    error = math.sqrt(variance / len(gain))
    half = NormalDist().inv_cdf(0.5 + confidence / 2) * error
    strangers = treatment.var(ddof=1) + control.var(ddof=1)
    return Comparison(
        gain.mean(), error, gain.mean() - half, gain.mean() + half, variance, strangers
    )


def required_units(
    variance: float, difference: float, *, confidence: float = 0.95, power: float = 0.8
) -> int:
    """How many units it takes to find a true difference, a whole number, rounded up.

        n = (z(0.5 + confidence / 2) + z(power))**2 * variance / difference**2

    variance:   of the difference per unit; for strangers, the sum of both variances, and then n is
                the size of *each* of the two groups
    difference: the true one, not 0
    confidence: found means that the interval of this confidence does not hold 0
    power:      probability of finding it

    Raises ValueError for a difference of 0 (no number is enough), a negative variance, shares that
    are not in (0, 1).
    """
    _check_between("confidence", confidence)
    _check_between("power", power)
    if not variance >= 0:
        raise ValueError(f"variance must be 0 or more, got {variance!r}.")
    if not (math.isfinite(difference) and difference):
        raise ValueError(
            f"difference must be a number other than 0, got {difference!r}: no sample is large "
            "enough."
        )
    z = NormalDist().inv_cdf
    return math.ceil((z(0.5 + confidence / 2) + z(power)) ** 2 * variance / difference**2)


def _read_pairs(treatment, control):
    """Both (n,) float64."""
    treatment, control = (np.asarray(values, dtype=np.float64) for values in (treatment, control))
    if treatment.shape != control.shape or treatment.ndim != 1 or len(treatment) < 2:
        raise ValueError(
            f"treatment {treatment.shape} and control {control.shape} must be (n,) alike, n of 2 "
            "or more."
        )
    if not (np.isfinite(treatment).all() and np.isfinite(control).all()):
        raise ValueError(
            "treatment and control must be finite numbers: leave out units that did not finish, in "
            "both."
        )
    return treatment, control


def _check_between(name, value):
    """Of a probability that neither 0 nor 1 make sense of."""
    if not 0 < value < 1:
        raise ValueError(f"{name} must be between 0 and 1, got {value!r}.")
