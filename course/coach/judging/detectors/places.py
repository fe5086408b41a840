"""The same numbers at other places: transposed, shifted, reversed, in another order."""

from itertools import combinations

import numpy as np

from course.coach.judging.detectors.pairs import Pair, close
from course.coach.judging.detectors.relations import Pairs, holds

_AXES = ("first", "second", "third", "fourth", "fifth")


def returned_argument(pairs: Pairs) -> str | None:
    """An argument came back as it was."""
    varied = [p for p in pairs if p.got.size > 2 and len(np.unique(p.got)) > 1]
    if len(varied) == len(pairs) and holds(
        pairs, lambda p: any(close(p.got, given) for given in p.inputs)
    ):
        return "Your result is one of the arguments, as it came: nothing was done to it."
    return None


def transposed(pairs: Pairs) -> str | None:
    """Two axes exchanged, in a square array too."""

    def relation(pair: Pair) -> bool:
        return any(
            close(pair.got, pair.due.swapaxes(one, other))
            for one, other in combinations(range(pair.due.ndim), 2)
        )

    if holds(pairs, relation):
        return "Yours is transposed: two axes are exchanged, rows for columns."
    return None


def reversed_axis(pairs: Pairs) -> str | None:
    """The other way round along an axis."""
    for axis in _axes(pairs):
        if holds(pairs, lambda p, a=axis: a < p.due.ndim and close(p.got, np.flip(p.due, a))):
            return (
                f"Yours is the other way round along the {_AXES[axis]} axis: reversed, newest for "
                "oldest or largest for smallest."
            )
    return None


def shifted(pairs: Pairs) -> str | None:
    """Moved by one or two along an axis, whatever came in at the edge."""
    for axis in reversed(_axes(pairs)):
        for by in (1, -1, 2, -2):
            if holds(pairs, lambda p, a=axis, b=by: _is_shifted(p, a, b)):
                side = "to the right (later)" if by > 0 else "to the left (earlier)"
                steps = "one place" if abs(by) == 1 else "two places"
                return (
                    f"Yours is shifted by {steps} {side} along the {_AXES[axis]} axis: off by "
                    f"{'one' if abs(by) == 1 else 'two'}."
                )
    return None


def _is_shifted(pair: Pair, axis: int, by: int) -> bool:
    if pair.got.shape != pair.due.shape or axis >= pair.due.ndim:
        return False
    length = pair.due.shape[axis]
    if length < abs(by) + 2:
        return False
    ahead = np.take(pair.got, range(max(by, 0), length + min(by, 0)), axis)
    behind = np.take(pair.due, range(max(-by, 0), length - max(by, 0)), axis)
    finite = behind[np.isfinite(behind)]
    return finite.size > 1 and np.ptp(finite) > 0 and close(ahead, behind)


def first_row_only(pairs: Pairs) -> str | None:
    """Right for the first row, or the first row's answer for all."""
    several = [p for p in pairs if p.got.shape == p.due.shape and p.due.ndim and len(p.due) > 1]
    if holds(several, lambda p: all(close(row, p.due[0]) for row in p.got)):
        return "All rows of yours are the first one's: its answer is given to everybody."
    return None


def end_row_only(pairs: Pairs) -> str | None:
    """Only the first row is right, or all but the last, or all but the first."""
    several = [p for p in pairs if p.got.shape == p.due.shape and p.due.ndim and len(p.due) > 2]
    if len(several) < len(pairs) or len(pairs) < 2:
        return None
    if holds(several, _has_the_first_right_alone):
        return "Only the first row of yours is right, all others are wrong."
    if holds(several, lambda p: close(p.got[:-1], p.due[:-1])):
        return "All is right but the last: is the loop or the slice one short at the end?"
    if holds(several, lambda p: close(p.got[1:], p.due[1:])):
        return "All is right but the first: what holds at the beginning is left out or counted too."
    return None


def _has_the_first_right_alone(pair: Pair) -> bool:
    others = zip(pair.got[1:], pair.due[1:], strict=True)
    return close(pair.got[0], pair.due[0]) and not any(close(*each) for each in others)


def other_order(pairs: Pairs) -> str | None:
    """The same entries in another order."""
    if holds(pairs, _has_rows_in_another_order):
        return (
            "Your rows are the right ones in another order: was something sorted, or not sorted, "
            "on the way?"
        )
    if holds(pairs, _has_same_rows_inside):
        if holds(pairs, lambda p: close(p.got, np.sort(p.due, axis=-1))):
            return "Each row of yours holds the right entries, but sorted by size."
        return "Each row of yours holds the right entries in another order."
    if holds(pairs, lambda p: close(np.sort(p.got, axis=None), np.sort(p.due, axis=None))):
        return "Yours holds the right entries at other places: another order or another axis."
    return None


def _has_rows_in_another_order(pair: Pair) -> bool:
    if pair.got.shape != pair.due.shape or pair.due.ndim < 1 or len(pair.due) < 2:
        return False
    one, other = (a.reshape(len(a), -1) for a in (pair.got, pair.due))
    return close(one[np.lexsort(one.T[::-1])], other[np.lexsort(other.T[::-1])])


def _has_same_rows_inside(pair: Pair) -> bool:
    if pair.got.shape != pair.due.shape or pair.due.ndim < 2:
        return False
    return close(np.sort(pair.got, axis=-1), np.sort(pair.due, axis=-1))


def _axes(pairs: Pairs) -> range:
    return range(min(len(_AXES), max((pair.due.ndim for pair in pairs), default=0)))
