"""The arrays that detectors compare: what an answer gave beside what was due."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from course.coach.judging.naming import loose
from course.coach.judging.observe import Outcome
from course.coach.probe import Probe

_TOLERANCE = {"rtol": 1e-4, "atol": 1e-6, "equal_nan": True}


@dataclass(frozen=True, eq=False)
class Pair:
    """A wrong part of a result, and the right one.

    got, due: float64, of any shapes
    inputs:   the call's arguments that are numbers, as arrays, by position
    """

    got: np.ndarray
    due: np.ndarray
    inputs: tuple[np.ndarray, ...]

    @property
    def is_telling(self) -> bool:
        """Whether a relation between the two could hardly hold by chance."""
        finite = self.due[np.isfinite(self.due)]
        return finite.size > 1 and bool(np.ptp(finite) > 0)

    @property
    def sizes(self) -> list[int]:
        """Lengths of 2 or more that a sum or mean may have run over, the result's own first."""
        lengths = (n for array in (self.due, *self.inputs) for n in array.shape if n > 1)
        return list(dict.fromkeys(lengths))


def close(one: np.ndarray, other: np.ndarray) -> bool:
    """Whether two arrays have one shape and, but for rounding, the same entries."""
    return one.shape == other.shape and bool(np.allclose(one, other, **_TOLERANCE))


def wrong_pairs(
    probes: Sequence[Probe],
    failed: Sequence[int],
    got: Sequence[Outcome],
    expected: Sequence[Outcome],
) -> list[Pair]:
    """The pairs of the calls `failed`; what agrees, or can't be compared, is left out."""
    pairs = []
    for number in failed:
        if number >= len(got):
            continue
        mine = got[number]
        due = expected[number]
        if mine.error is not None or due.error is not None or mine.misfit:
            continue
        inputs = _arrays([*probes[number].args, *probes[number].kwargs.values()])
        for one, other in _leaves(loose(mine.value), loose(due.value)):
            if not close(one, other):
                pairs.append(Pair(one, other, tuple(inputs)))
    return pairs


def _leaves(got: Any, due: Any) -> Iterator[tuple[np.ndarray, np.ndarray]]:
    """Arrays at the same places of two values."""
    if isinstance(got, np.ndarray) and isinstance(due, np.ndarray):
        if got.dtype == due.dtype == np.float64:
            yield got, due
    elif isinstance(got, list) and isinstance(due, list) and len(got) == len(due):
        for one, other in zip(got, due, strict=True):
            yield from _leaves(one, other)
    elif isinstance(got, dict) and isinstance(due, dict) and got.keys() == due.keys():
        for key in got:
            yield from _leaves(got[key], due[key])


def _arrays(values: Sequence[Any]) -> list[np.ndarray]:
    found = []
    for value in values:
        try:
            array = loose(value)
        except Exception:  # an argument of the key's own making, such as a model
            continue
        if isinstance(array, dict):
            found += [column for column in array.values() if _is_numbers(column)]
        elif _is_numbers(array):
            found.append(array)
    return found


def _is_numbers(value: Any) -> bool:
    return isinstance(value, np.ndarray) and value.dtype == np.float64
