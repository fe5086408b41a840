"""A history by sessions: the short view, and what there is to know besides the items.

    by_session(events, session_ids)   each session as a history of its own, with the click that
                                      follows it
    newest_session(items, sessions)   what a session-based model reads of a history
    opening_shares(sessions)          how often each place is asked for the click of another session
    describe_events(interactions)     numbers of each click: its place in the session, the pause
                                      before it, its outcome

Axis letters: N events, U users, B batch, L length.
"""

import numpy as np
import numpy.typing as npt
import pandas as pd
import torch

from seqrec.data.chronology import chronological_order, sort_keys
from seqrec.data.events import Events
from seqrec.data.ids import normal_ids
from seqrec.data.interactions import check_outcomes
from seqrec.data.refusals import found
from seqrec.data.times import normal_times, time_numbers

#: Of a datetime's clock, per second.
TICKS = {"s": 1, "ms": 10**3, "us": 10**6, "ns": 10**9}


def by_session(events: Events, session_ids: npt.ArrayLike) -> Events:
    """Events whose "users" are sessions: to be cut by `seqrec.data.pieces` as if they were.

    events:      of a log, by user.
    session_ids: (rows of the log,), as its column `session_id` has them.

    A session ends with the first click of its user's next one: to predict that click too is asked
    of a session-based model, from what it knows. So each event but a user's first is predicted
    once, as from whole histories.

    Raises ValueError for a session that is missing, or no id.
    """
    sessions = normal_ids(session_ids, "session_id").to_numpy()[events.rows]
    begins = np.zeros(len(sessions), bool)
    begins[events.starts[events.starts < events.ends]] = True
    user_begins = begins.copy()
    begins[1:] |= sessions[1:] != sessions[:-1]
    starts = np.flatnonzero(begins)
    ends = np.append(starts[1:], len(sessions))
    has_next = (ends < len(sessions)) & ~np.append(user_begins, True)[ends]
    return events._replace(user_ids=pd.Index(sessions[starts]), starts=starts, ends=ends + has_next)


def newest_session(
    items: torch.Tensor | np.ndarray, sessions: torch.Tensor | np.ndarray
) -> torch.Tensor | np.ndarray:
    """Keeps the clicks of each row's newest session, and makes padding of what was before it.

    items, sessions: (B, L), padded on the left, tensors or arrays. Returns (B, L).
    """
    return items * (sessions == sessions[:, -1:])


def opening_shares(sessions: npt.ArrayLike) -> np.ndarray:
    """How often a place is asked for the first click of another session: (L,), 0 to 1.

    sessions: (n, L + 1) sessions of the clicks of training rows, or of one question each, 0 =
              padding, on the left. All clicks but the last are read, all but the first predicted.

    Entry 0 is the newest place, the one that answers in use; 0.0 where nothing is asked. If this
    differs between training and use, the model has learned to answer another question there.
    """
    sessions = np.asarray(sessions)
    read = sessions[:, :-1]
    # Where a click is read another one follows: padding is on the left.
    is_asked = read != 0
    opens = is_asked & (read != sessions[:, 1:])
    return (opens.sum(axis=0) / is_asked.sum(axis=0).clip(min=1))[::-1]


def describe_events(interactions: pd.DataFrame) -> pd.DataFrame:
    """A row per event, in the order of the log, of numbers that are known when it has happened.

    interactions: a checked log with `session_id`, and `timestamp` in seconds or as datetimes.

    Returns a DataFrame with the columns

        pause               minutes since the user's click before it, 0 at the first, as
                            log(1 + minutes)
        click_of_session    its place in the session, from 1, as its logarithm
        outcome             how the event itself ended, if the log has outcomes

    Nothing in a row knows of a later one. Scale it with `seqrec.items.FeatureTable`, fitted on
    training's rows. Raises ValueError without sessions, and for a session or an outcome that is
    missing or none.
    """
    if "session_id" not in interactions:
        raise ValueError(
            f"the log has no column 'session_id', only {found(interactions.columns)}. Cure: add "
            "sessions."
        )
    users, times = sort_keys(interactions)
    order = chronological_order(users, times)
    order = np.arange(len(users)) if order is None else order
    users = users[order]
    times = _seconds(interactions["timestamp"])[order]
    sessions = normal_ids(interactions["session_id"]).to_numpy()[order]
    same_user = np.append(False, users[1:] == users[:-1])
    same_session = same_user & np.append(False, sessions[1:] == sessions[:-1])
    pause = np.where(same_user, np.diff(times, prepend=times[:1]), 0.0) / 60
    starts = np.flatnonzero(~same_session)
    click = np.arange(len(users)) - np.repeat(starts, np.diff(np.append(starts, len(users)))) + 1
    columns = {"pause": np.log1p(pause), "click_of_session": np.log(click)}
    if "outcome" in interactions:
        check_outcomes(interactions["outcome"])
        columns["outcome"] = interactions["outcome"].to_numpy(np.float64)[order]
    # Back to the log's order by place: its index may hold a label twice.
    table = pd.DataFrame(columns).iloc[np.argsort(order)]
    return table.set_axis(interactions.index)


def _seconds(times):
    """Times as float64 seconds, (n,): numbers as they stand, datetimes since the first of them."""
    times = normal_times(times)
    if times.dtype.kind in "iuf":
        return times.to_numpy(np.float64)
    ticks = time_numbers(times)
    return (ticks - ticks.min()) / TICKS[times.dt.unit]
