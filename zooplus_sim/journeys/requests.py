"""Who is asked for, and how much of each: checked once, at the simulator's border."""

from __future__ import annotations

import numbers
from collections.abc import Sequence

import numpy as np

from zooplus_sim.checks import check_count


def check_users(n_users: int, users: int | Sequence[int] | None, name: str) -> np.ndarray:
    """The ids that are asked for.

    n_users: how many the shop has; their ids are 0 .. n_users - 1
    users:   how many (the first ones), or their ids (None: all of the shop's)
    name:    of the argument, for the errors

    Returns (U,) int64.
    Raises ValueError for ids that the shop does not know, an id given twice, or anything else.
    """
    if users is None:
        return np.arange(n_users)
    if isinstance(users, numbers.Integral):
        if check_count(name, users) > n_users:
            raise ValueError(
                f"{name}: got {users}; this shop has {n_users}: ZooplusSimulator(n_users={users})"
            )
        return np.arange(users)
    ids = np.asarray(users)
    if ids.ndim != 1 or len(ids) == 0 or ids.dtype.kind not in "iu":
        raise ValueError(
            f"{name}: got {users!r}; expected a number of users, or a list of their ids"
        )
    wrong = ids[(ids < 0) | (ids >= n_users)]
    if len(wrong):
        raise ValueError(f"{name}: got the id {wrong[0]}; this shop knows 0 to {n_users - 1}")
    if len(np.unique(ids)) < len(ids):
        values, times = np.unique(ids, return_counts=True)
        raise ValueError(
            f"{name}: the id {values[times > 1][0]} is given twice; expected each once"
        )
    return ids.astype(np.int64)


def check_range(name: str, value: int | Sequence[int]) -> tuple[int, int]:
    """A number, or an inclusive range (low, high), as a range; ValueError for anything else."""
    pair = value if isinstance(value, tuple | list) else (value, value)
    if len(pair) != 2:
        raise ValueError(f"{name}: got {value!r}; expected a number or a range (low, high)")
    low, high = (check_count(name, bound) for bound in pair)
    if low > high:
        raise ValueError(f"{name}: got {value!r}; expected a range (low, high) with low <= high")
    return low, high
