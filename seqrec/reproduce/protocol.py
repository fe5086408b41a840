"""Protocols: how a log becomes what is learned and what is asked.

    leave-one-out          each user's last event, by a model that has learned from everybody's
                           other events, whenever they were
    time-last              each user's last event after a moment, by a model of what was before it
    time-successive        every event after that moment, each from all before it
    session-last           the same two, where a history is one session and begins empty
    session-successive

Only in the last four can a model know nothing of the future. There it meets items that are new, and
in the first two of these users who are: both are counted (`Asked.counts`).
"""

from typing import NamedTuple

import numpy as np
import pandas as pd

from seqrec.checks import check_positive, check_share
from seqrec.data.chronology import chronological_order, is_first, sort_keys
from seqrec.data.files import k_core
from seqrec.data.ids import normal_ids
from seqrec.data.interactions import REQUIRED, validate_interactions
from seqrec.data.refusals import found
from seqrec.data.splits import (
    Split,
    leave_last_two_out,
    split_by_time,
    split_sessions_by_time,
)
from seqrec.data.times import normal_times


class Protocol(NamedTuple):
    """How a log is split, and which events of the test are asked."""

    # "leave-one-out", "time" or "session".
    split: str
    # As `seqrec.data.targets.ask` has them.
    targets: str


PROTOCOLS = {
    "leave-one-out": Protocol("leave-one-out", "last"),
    "time-last": Protocol("time", "last"),
    "time-successive": Protocol("time", "successive"),
    "session-last": Protocol("session", "last"),
    "session-successive": Protocol("session", "successive"),
}


def protocols_of(log: pd.DataFrame, gap: float | None = None) -> list[str]:
    """The names of the protocols that a log allows.

    gap: see `sessions_as_users`.

    A log of "user item" lines, as `load_public_log` reads it, has an order and no times: then there
    is leave-one-out only. Sessions need `session_id` or `gap`.
    """
    names = list(PROTOCOLS)
    if log.attrs.get("public_log", {}).get("format") == "user-item":
        names = names[:1]
    has_sessions = gap is not None or "session_id" in log
    return [name for name in names if has_sessions or PROTOCOLS[name].split != "session"]


def prepare(interactions: pd.DataFrame, users: int = 1, items: int = 1) -> pd.DataFrame:
    """A log without events that it holds twice, and without users and items that are too rare.

    An event is held twice if user, item and time are the same: the first one stays. That an item
    comes back later is a repeat, and stays.

    interactions: a log.
    users, items: as `k_core` has them.

    Returns a new log, rows in their old order. Raises ValueError for a bad log, and where nothing
    is left.
    """
    log = validate_interactions(interactions)
    read = {"user_id": normal_ids, "item_id": normal_ids, "timestamp": normal_times}
    keys = pd.DataFrame({name: read[name](log[name]) for name in REQUIRED})
    core = k_core(log[~keys.duplicated().to_numpy()], users=users, items=items)
    if len(core) == 0:
        raise ValueError(
            f"the log must have a core of users with {users} events and items with {items}, got "
            "none. Cure: smaller numbers (--core)."
        )
    return core


def split_log(
    log: pd.DataFrame, split: str, valid: float = 0.8, test: float = 0.9, gap: float | None = None
) -> Split:
    """The Split of a protocol.

    log:         what `prepare` returned.
    split:       of `Protocol`.
    valid, test: shares of the log's events before the two moments; leave-one-out has none.
    gap:         see `sessions_as_users`.

    In a split by sessions the users are the sessions. Raises ValueError as the splits do.
    """
    if split == "leave-one-out":
        return leave_last_two_out(log)
    if split == "time":
        return split_by_time(log, *moments(log, valid, test))
    sessions = sessions_as_users(log, gap)
    return split_sessions_by_time(sessions, *moments(sessions, valid, test))


def moments(log: pd.DataFrame, valid: float, test: float) -> tuple:
    """The times before which these shares of the log's events were.

    Raises ValueError where they are one moment.
    """
    times = normal_times(log["timestamp"]).sort_values()
    shares = [check_share(name, share) for name, share in (("valid", valid), ("test", test))]
    last = len(times) - 1
    found_at = [times.iloc[min(int(share * len(times)), last)] for share in shares]
    if found_at[0] == found_at[1]:
        raise ValueError(
            f"valid and test must be shares of the log before two moments, got {valid} and {test}, "
            f"both of them before {found_at[0]}. Cure: shares further apart (--valid, --test), or "
            "leave-one-out, which needs no moments."
        )
    return tuple(moment.item() if isinstance(moment, np.generic) else moment for moment in found_at)


def check_protocols(
    log: pd.DataFrame, names: list[str], valid: float, test: float, gap: float | None
) -> None:
    """Raise ValueError where a log does not allow one of these protocols, before any is run.

    log:         a validated log.
    names:       of PROTOCOLS.
    valid, test: shares, see `split_log`.
    gap:         see `sessions_as_users`.
    """
    splits = {PROTOCOLS[name].split for name in names}
    if splits & {"time", "session"} and not valid < test:
        raise ValueError(
            f"valid must be below test, got {valid} and {test}. Cure: valid=0.8, test=0.9 "
            "(--valid, --test)."
        )
    if "session" in splits and gap is None:
        check_sessions(log)


def check_sessions(log: pd.DataFrame) -> None:
    """Raise ValueError for a log without `session_id`."""
    if "session_id" not in log:
        raise ValueError(
            f"the log must have a column 'session_id', got only {found(log.columns)}. Cure: "
            "gap (--gap), the pause that ends a session, or another protocol."
        )


def sessions_as_users(log: pd.DataFrame, gap: float | None = None) -> pd.DataFrame:
    """The same events, where each session is a user of its own.

    log: with `session_id`, unless `gap` is given.
    gap: a pause of its user that is longer ends a session: in the unit of `timestamp`, of datetimes
         in seconds. None takes the sessions that the log has.

    Returns a new log; `user_id` and `session_id` are numbers from 0.
    """
    if gap is None:
        check_sessions(log)
        whose = [normal_ids(log[name]).to_numpy() for name in ("user_id", "session_id")]
        session = pd.MultiIndex.from_arrays(whose).factorize()[0]
    else:
        session = _after_pauses(log, check_positive("gap", gap))
    return log.assign(user_id=session, session_id=session)


def _after_pauses(log, gap):
    """The session of each event, (n,) from 0: one ends with a pause longer than `gap`."""
    users, times = sort_keys(log)
    order = chronological_order(users, times)
    if order is None:
        order = np.arange(len(users))
    in_order = normal_times(log["timestamp"]).iloc[order]
    longest = gap if in_order.dtype.kind in "iuf" else pd.Timedelta(seconds=gap)
    # Of the first event there is no pause, and it begins a session as every user's does.
    begins = is_first(users[order]) | (in_order.diff() > longest).to_numpy(bool)
    session = np.empty(len(order), np.int64)
    session[order] = np.cumsum(begins) - 1
    return session
