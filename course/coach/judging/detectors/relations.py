"""Two arrays of one shape: is one a function of the other, entry by entry?

Each detector takes pairs and returns a sentence if its relation holds on nearly all of them. The
sentence names what such a relation comes from, and tells the evidence.
"""

import warnings
from collections.abc import Callable, Sequence

import numpy as np

from course.coach.judging.detectors.pairs import Pair, close

Pairs = Sequence[Pair]
MOST = 0.8  # of the pairs, on which a relation has to hold

_KNOWN_FACTORS = (
    (1 / np.log(2), "a logarithm to base 2 where the natural one is due"),
    (np.log(2), "a natural logarithm where one to base 2 is due"),
    (1 / np.log(10), "a logarithm to base 10 where the natural one is due"),
    (2.0, "counted twice, or a half is missing"),
    (0.5, "half of it: divided by 2 once too often, or counted once where twice is due"),
    (100.0, "in percent, where a share from 0 to 1 is due"),
    (0.01, "a share where percent are due"),
)


def holds(pairs: Pairs, relation: Callable[[Pair], bool]) -> bool:
    """Whether a relation holds on nearly all pairs, and on one at least."""
    if not pairs:
        return False
    with warnings.catch_warnings(), np.errstate(all="ignore"):
        warnings.simplefilter("ignore")
        return sum(bool(relation(pair)) for pair in pairs) >= MOST * len(pairs)


def of_one_shape(pairs: Pairs) -> list[Pair]:
    """The pairs whose arrays have one shape and something in them."""
    return [pair for pair in pairs if pair.got.shape == pair.due.shape and pair.got.size]


def are_telling(pairs: Pairs) -> bool:
    """Whether a relation that holds on all of them is no accident."""
    if any(pair.is_telling for pair in pairs):
        return True
    return len({float(pair.due.flat[0]) for pair in pairs if pair.due.size == 1}) > 1


def not_finite(pairs: Pairs) -> str | None:
    """NaN or infinity where a number is due, or a number where -inf is due."""
    if holds(pairs, lambda p: bool((np.isnan(p.got) & np.isfinite(p.due)).any())):
        return (
            "Your result holds NaN where numbers are due: 0 / 0, 0 * inf, the logarithm of 0, or a "
            "softmax over nothing."
        )
    if holds(pairs, lambda p: bool((np.isinf(p.got) & np.isfinite(p.due)).any())):
        return (
            "Your result is infinite where numbers are due: a mask of -inf rules out too much, or "
            "there is a division by 0, the logarithm of 0, or an overflow of `exp`."
        )
    if holds(pairs, _rules_nothing_out):
        return (
            "Finite numbers stand in your result where -inf is due: what has to be ruled out "
            "stays possible."
        )
    return None


def _rules_nothing_out(pair: Pair) -> bool:
    ruled_out = np.isneginf(pair.due)
    return bool(ruled_out.any()) and bool(np.isfinite(pair.got[ruled_out]).any())


def inverted(pairs: Pairs) -> str | None:
    """True for False, 0 for 1."""
    if not any(pair.is_telling for pair in pairs):
        return None
    if holds(pairs, lambda p: _is_binary(p.due) and close(p.got, 1 - p.due)):
        return (
            "Yours is inverted: it is True (1) just where False (0) is due, and the other way "
            "round. A `~`, a `not`, or `==` for `!=`."
        )
    if holds(pairs, lambda p: close(p.got, 1 - p.due)):
        return "In every entry yours is 1 minus what is due: the complement."
    return None


def _is_binary(array: np.ndarray) -> bool:
    return bool(np.isin(array, (0.0, 1.0)).all())


def negative(pairs: Pairs) -> str | None:
    """The sign is turned."""
    if holds(pairs, lambda p: close(p.got, -p.due)):
        return "In every entry yours has the opposite sign: a minus is missing, or one too many."
    return None


def factor(pairs: Pairs) -> str | None:
    """One factor in all entries: of a unit, a logarithm's base, a mean for a sum."""
    ratios = [_ratio(pair) for pair in pairs]
    known = [ratio for ratio in ratios if ratio is not None]
    if len(known) < MOST * len(pairs) or not known:
        return None
    return _of_sizes(pairs, ratios) or _of_unit(known)


def other_factor(pairs: Pairs) -> str | None:
    """One factor in all entries that nothing is known of."""
    known = [ratio for pair in pairs if (ratio := _ratio(pair)) is not None]
    if len(known) < MOST * len(pairs) or not known or not _is_one(known):
        return None
    return (
        f"In every entry yours is {np.median(known):.4g} times what is due: a factor is missing, "
        "or one too many."
    )


def _is_one(ratios: list[float]) -> bool:
    ratio = float(np.median(ratios))
    return np.ptp(ratios) <= 2e-3 * abs(ratio) and abs(ratio - 1) >= 1e-3


def _ratio(pair: Pair) -> float | None:
    """got / due where it is the same in all entries, which have to be more than 0 and 1."""
    usable = np.isfinite(pair.due) & (pair.due != 0)
    if not usable.any() or not close(pair.got[~usable], pair.due[~usable]):
        return None
    ratio = pair.got[usable] / pair.due[usable]
    if not np.isfinite(ratio).all() or np.ptp(ratio) > 1e-3 * abs(ratio[0]) or ratio[0] == 0:
        return None
    return float(np.median(ratio))


def _of_unit(ratios: list[float]) -> str | None:
    """A factor that is known: of a logarithm's base, of percent."""
    if not _is_one(ratios):
        return None
    ratio = float(np.median(ratios))
    for known, says in _KNOWN_FACTORS:
        if abs(ratio / known - 1) < 2e-3:
            return f"In every entry yours is {ratio:.4g} times what is due: {says}."
    return None


def _of_sizes(pairs: Pairs, ratios: list[float | None]) -> str | None:
    """A factor that is the length of an axis, or one divided by it, or its root."""
    forms = (
        (lambda n: n, "a sum where a mean is due (or a mean over too few)"),
        (lambda n: 1 / n, "a mean where a sum is due, or divided by a count once too often"),
        (lambda n: n**0.5, "a division by the root of a length is missing"),
        (lambda n: n**-0.5, "divided by the root of a length once too often"),
    )
    told = [(pair, ratio) for pair, ratio in zip(pairs, ratios, strict=True) if ratio is not None]
    if len({round(ratio, 3) for _, ratio in told}) < 2:
        return None
    for form, says in forms:
        lengths = [
            next((n for n in pair.sizes if abs(ratio / form(n) - 1) < 2e-3), None)
            for pair, ratio in told
        ]
        if None not in lengths:
            pair, ratio = told[0]
            return (
                f"Yours is what is due times {ratio:.4g} on an input with an axis of length "
                f"{lengths[0]}, and so on the others: {says}."
            )
    return None


def rows_by_padding(pairs: Pairs) -> str | None:
    """Each row off by its share of padding: divided by the length instead of the real entries."""

    def relation(pair: Pair) -> bool:
        if pair.due.ndim < 1 or len(pair.due) < 2:
            return False
        for ids in pair.inputs:
            if ids.ndim != 2 or len(ids) != len(pair.due) or not (ids == 0).any():
                continue
            share = (ids != 0).mean(axis=1).reshape(-1, *[1] * (pair.due.ndim - 1))
            if close(pair.got, pair.due * share):
                return True
        return False

    if holds(pairs, relation):
        return (
            "Each row of yours is too small by its share of padding: you divide by the length of "
            "the row, padding counted, instead of by its real entries."
        )
    return None


def offset(pairs: Pairs) -> str | None:
    """One number added in all entries."""
    differences = []
    for pair in pairs:
        finite = np.isfinite(pair.due)
        if not finite.any() or not close(pair.got[~finite], pair.due[~finite]):
            continue
        shift = pair.got[finite] - pair.due[finite]
        if np.ptp(shift) <= 1e-4 * max(1.0, float(np.abs(shift).max())):
            differences.append(float(np.median(shift)))
    if len(differences) < max(1, MOST * len(pairs)) or max(pair.due.size for pair in pairs) < 2:
        return None
    shift = float(np.median(differences))
    if np.ptp(differences) > 1e-3 * max(1.0, abs(shift)) or abs(shift) < 1e-6:
        return None
    if abs(abs(shift) - 1) < 1e-6:
        side = "high" if shift > 0 else "low"
        return (
            f"Every entry of yours is one too {side}: off by one, counted from 0 where 1 is first "
            "or the other way round."
        )
    return f"Every entry of yours is what is due {shift:+.4g}: a constant is added or missing."


def constant(pairs: Pairs) -> str | None:
    """The same number everywhere, whatever the input."""
    values = {float(pair.got.flat[0]) for pair in pairs}
    varied = [pair for pair in pairs if pair.due.size > 1 and np.ptp(pair.due) > 0]
    if len(values) == 1 and varied and holds(pairs, lambda p: bool((p.got == p.got.flat[0]).all())):
        return (
            f"Yours is {values.pop():.4g} everywhere, whatever the input: nothing of it gets "
            "through."
        )
    return None
