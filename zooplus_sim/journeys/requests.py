"""Who is asked for, and how much of each: checked once, at the simulator's border."""

from __future__ import annotations

import numbers
from collections.abc import Sequence
from datetime import datetime
from typing import Any

import numpy as np
import pandas as pd

from zooplus_sim.checks import check_count, check_memory, told

BYTES_PER_EVENT = 80  # of the columns of both tables, and a block beside them
FEWER = "fewer of them at a time, or write_journeys, which needs the memory of one block"


def check_users(
    n_users: int, users: int | Sequence[int] | np.ndarray | None, name: str
) -> np.ndarray:
    """The ids that are asked for.

    n_users: how many the shop has; their ids are 0 .. n_users - 1
    users:   how many (the first ones), or their ids (None: all of the shop's)
    name:    of the argument, for the errors

    Returns (U,) int64.
    Raises ValueError for ids that the shop does not know, an id given twice, or anything else.
    """
    if users is None:
        users = n_users
    if isinstance(users, numbers.Integral):
        if check_count(name, users) > n_users:
            raise ValueError(
                f"{name} must be at most the {n_users} of this shop, got {users}. Cure: "
                f"ZooplusSimulator(n_users={users})"
            )
        check_memory(name, 8 * int(users), FEWER)
        # Not of the caller's type: unsigned ids would become floats in sums.
        return np.arange(int(users))
    try:
        ids = np.asarray(users)
    except (ValueError, TypeError, OverflowError, RecursionError):
        ids = np.zeros(0)
    if ids.ndim != 1 or len(ids) == 0 or ids.dtype.kind not in "iu":
        raise ValueError(
            f"{name} must be a number of users, or a list of their ids, got {told(users)}"
        )
    wrong = ids[(ids < 0) | (ids >= n_users)]
    if len(wrong):
        raise ValueError(f"{name} must be ids from 0 to {n_users - 1}, got {wrong[0]}")
    if len(np.unique(ids)) < len(ids):
        values, times = np.unique(ids, return_counts=True)
        raise ValueError(f"{name} must hold each id once, got {values[times > 1][0]} twice")
    return ids.astype(np.int64)


def check_range(name: str, value: Any) -> tuple[int, int]:
    """A number, or an inclusive range (low, high), as a range; ValueError for anything else."""
    pair = value if isinstance(value, tuple | list) else (value, value)
    if len(pair) != 2:
        raise ValueError(f"{name} must be a number or a range (low, high), got {told(value)}")
    low, high = (check_count(name, bound) for bound in pair)
    if low > high:
        raise ValueError(f"{name} must be a range (low, high) with low <= high, got {told(value)}")
    return low, high


def check_length(
    events_per_user: int | Sequence[int] | None, sessions_per_user: int | Sequence[int] | None
) -> tuple[str, tuple[int, int]]:
    """("events" or "sessions", its range). Raises ValueError for both, none, or no range."""
    if (events_per_user is None) == (sessions_per_user is None):
        raise ValueError(
            "give either events_per_user or sessions_per_user (a number or a range), not both"
        )
    if sessions_per_user is None:
        return "events", check_range("events_per_user", events_per_user)
    return "sessions", check_range("sessions_per_user", sessions_per_user)


def check_day(on: str | datetime, opened: datetime) -> pd.Timestamp:
    """A day, in a time zone, after the one when the shop opened. Raises ValueError otherwise."""
    try:
        day = pd.Timestamp(on)
        day = day.tz_localize(opened.tzinfo) if day.tzinfo is None else day
        later = day > pd.Timestamp(opened)
    except (ValueError, TypeError, OverflowError):
        later = False
    if not later:
        raise ValueError(f"on must be a day after {opened}, when this shop opened, got {told(on)}")
    return day


def check_room(name: str, count: tuple[int, int], n_users: int) -> None:
    """Raise ValueError if the journeys of so many users do not fit into memory.

    name:    of the argument that says how much
    count:   (low, high) events or sessions of a user; a session has an event at least
    n_users: how many are asked for
    """
    check_memory(name, sum(count) / 2 * n_users * BYTES_PER_EVENT, FEWER)
