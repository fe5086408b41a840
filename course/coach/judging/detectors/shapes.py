"""Arrays that differ in shape: what made it so?"""

from collections.abc import Callable

import numpy as np

from course.coach.judging.detectors.pairs import Pair, close
from course.coach.judging.detectors.relations import Pairs, holds


def wrong_shape(pairs: Pairs) -> str | None:
    """A sentence on how the shapes differ, the most telling first.

    Of arrays with nothing in them any sentence would be true: those say nothing.
    """
    pairs = [pair for pair in pairs if pair.got.size and pair.due.size]
    for relation, says in _RELATIONS:
        if holds(pairs, relation):
            return says
    return None


def _is_swapped(pair: Pair) -> bool:
    if pair.got.ndim != pair.due.ndim or pair.got.ndim < 2:
        return False
    return any(
        close(pair.got, pair.due.swapaxes(one, other))
        for one in range(pair.due.ndim)
        for other in range(one)
    )


def _is_flat(pair: Pair) -> bool:
    return pair.got.ndim == 1 < pair.due.ndim and close(pair.got, pair.due.ravel())


def _has_axes_of_one_more(pair: Pair) -> bool:
    return pair.got.ndim > pair.due.ndim and close(pair.got.squeeze(), pair.due.squeeze())


def _has_axes_of_one_less(pair: Pair) -> bool:
    return pair.got.ndim < pair.due.ndim and close(pair.got.squeeze(), pair.due.squeeze())


def _is_a_square_of_rows(pair: Pair) -> bool:
    if pair.due.ndim < 1 or pair.got.ndim < 2:
        return False
    n = len(pair.due)
    return n > 1 and pair.got.shape[:2] == (n, n) and pair.due.shape[:2] != (n, n)


def _is_one_number(pair: Pair) -> bool:
    return pair.got.size == 1 < pair.due.size


def _is_not_reduced(pair: Pair) -> bool:
    return pair.due.size == 1 < pair.got.size


def _is_reduced_over_another_axis(pair: Pair) -> bool:
    if pair.got.ndim != 1 or pair.due.ndim != 1:
        return False
    return any(
        array.ndim >= 2
        and len(pair.got) in array.shape
        and len(pair.due) in array.shape
        and len(pair.got) != len(pair.due)
        and array.shape.index(len(pair.got)) != array.shape.index(len(pair.due))
        for array in pair.inputs
    )


def _lacks_the_end(pair: Pair) -> bool:
    n = _shorter(pair)
    return n > 0 and close(pair.got, pair.due[:-n])


def _lacks_the_beginning(pair: Pair) -> bool:
    n = _shorter(pair)
    return n > 0 and close(pair.got, pair.due[n:])


def _has_more_at_the_end(pair: Pair) -> bool:
    n = -_shorter(pair)
    return n > 0 and close(pair.got[:-n], pair.due)


def _has_more_at_the_beginning(pair: Pair) -> bool:
    n = -_shorter(pair)
    return n > 0 and close(pair.got[n:], pair.due)


def _shorter(pair: Pair) -> int:
    """How many rows are missing; below 0: too many; 0 where nothing can be said."""
    if pair.got.ndim != pair.due.ndim or pair.due.ndim < 1:
        return 0
    if pair.got.shape[1:] != pair.due.shape[1:] or not len(pair.got) or not len(pair.due):
        return 0
    return len(pair.due) - len(pair.got)


def _columns(change: int) -> Callable[[Pair], bool]:
    def relation(pair: Pair) -> bool:
        if pair.got.ndim != pair.due.ndim or pair.due.ndim < 2:
            return False
        same = pair.got.shape[:-1] == pair.due.shape[:-1]
        return same and pair.got.shape[-1] - pair.due.shape[-1] == change

    return relation


def _rows(change: int) -> Callable[[Pair], bool]:
    def relation(pair: Pair) -> bool:
        return -_shorter(pair) == change

    return relation


_RELATIONS = (
    (_is_swapped, "Yours is transposed: two axes are exchanged, rows for columns."),
    (_is_flat, "The right numbers, but flat: the axes were joined by a `reshape` or `flatten`."),
    (
        _has_axes_of_one_more,
        "The right numbers with an axis of length 1 too many: a `squeeze` is missing, or a "
        "`keepdim=True` (`keepdims`) too many.",
    ),
    (
        _has_axes_of_one_less,
        "The right numbers, but an axis of length 1 was lost: a `squeeze` too many, or "
        "`keepdim=True` (`keepdims`) is missing.",
    ),
    (
        _is_a_square_of_rows,
        "Every row met every other: (B, 1) against (B,) was broadcast to (B, B). Keep the axes "
        "aligned.",
    ),
    (_is_one_number, "One number for all: summed or averaged over all axes, not row by row."),
    (_is_not_reduced, "One number is due: the sum or mean over the entries is missing."),
    (
        _is_reduced_over_another_axis,
        "Summed or taken along the wrong axis: one result for each column where one for each row "
        "is due.",
    ),
    (_lacks_the_end, "The right rows, but the last ones are missing: cut off at the end."),
    (_lacks_the_beginning, "The right rows, but the first ones are missing: cut at the beginning."),
    (_has_more_at_the_end, "The right rows, and more behind them that should not be there."),
    (_has_more_at_the_beginning, "The right rows, and more before them that should not be there."),
    (_columns(1), "One column too many: off by one in the width."),
    (_columns(-1), "One column too few: off by one in the width."),
    (_rows(1), "One row too many: off by one, or nothing was left out that should be."),
    (_rows(-1), "One row too few: off by one, or something was left out that should not be."),
)


def rounded_apart(pairs: Pairs) -> str | None:
    """Right but for rounding: computed in too coarse a type."""
    if holds(
        pairs,
        lambda p: (
            p.got.shape == p.due.shape
            and bool(np.allclose(p.got, p.due, rtol=2e-2, atol=2e-3, equal_nan=True))
            and bool((np.abs(p.got - p.due) > 0).any())
        ),
    ):
        return (
            "Yours is nearly what is due, and a little off in each entry: a small constant inside "
            "(an eps), a rounding, a biased estimate (n - 1 or n), or too coarse a type."
        )
    return None
