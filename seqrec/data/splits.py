"""Which events a model learns from, and which ones it is judged by.

A split divides the *interactions*, before anything is cut into windows: windows overlap, so
dividing them at random puts the targets of some into the histories of others.
"""

from typing import NamedTuple

import numpy as np
import pandas as pd
from pandas.api import types

from seqrec.checks import QUOTED, cut, is_number, shown
from seqrec.data.chronology import chronological_order, sort_keys, user_starts
from seqrec.data.ids import normal_ids
from seqrec.data.interactions import validate_interactions
from seqrec.data.refusals import found
from seqrec.data.times import normal_times


class Split(NamedTuple):
    """Three DataFrames that share out the rows of a log.

    Each row is in exactly one, in log order, with its index.
    """

    train: pd.DataFrame
    valid: pd.DataFrame
    test: pd.DataFrame

    @property
    def users_without_test(self) -> np.ndarray:
        """Sorted ids of the users that no test event judges."""
        users = normal_ids(pd.concat([self.train["user_id"], self.valid["user_id"]]))
        users = users.drop_duplicates()
        return users[~users.isin(normal_ids(self.test["user_id"]))].sort_values().to_numpy()

    @property
    def known(self) -> pd.DataFrame:
        """`train` and `valid`: what a model may read when it is asked about the test."""
        return pd.concat([self.train, self.valid])


def leave_last_two_out(interactions: pd.DataFrame) -> Split:
    """Test on each user's last event, validate on the one before it, train on the rest.

    interactions: log as :func:`seqrec.data.validate_interactions` wants it, in any order. Of events
                  that tie in time, the one further down in the log is the later one.

    Returns a :class:`Split`. A user with fewer than three events would have nothing to learn from:
    all of that user's events go to `train`, and `users_without_test` names the user. To predict a
    test event a model may read the user's events in `train` *and* `valid`; to predict a validation
    event, those in `train`.

    Source: the protocol of Kang and McAuley, "Self-Attentive Sequential Recommendation" (2018).

    >>> log = pd.DataFrame({"user_id": [1, 1, 1, 2], "item_id": [5, 6, 7, 8]})
    >>> split = leave_last_two_out(log.assign(timestamp=[1, 2, 3, 1]))
    >>> [part["item_id"].tolist() for part in split]
    [[5, 8], [6], [7]]
    >>> split.users_without_test
    array([2])
    """
    interactions = validate_interactions(interactions)
    users, times = sort_keys(interactions)
    order = chronological_order(users, times)
    if order is None:
        order = np.arange(len(users))
    starts = user_starts(users[order])
    counts = np.diff(starts, append=len(order))
    last = (starts + counts - 1)[counts >= 3]
    part = np.zeros(len(order), np.int8)
    part[order[last - 1]] = 1
    part[order[last]] = 2
    return Split(*(interactions[part == i] for i in range(3)))


def split_by_time(
    interactions: pd.DataFrame, valid_from: float | pd.Timestamp, test_from: float | pd.Timestamp
) -> Split:
    """Train on what happened before `valid_from`, validate up to `test_from`, test on the rest.

    The one split in which a model can know nothing of the future, not even which items will be
    popular.

    interactions:          log as :func:`seqrec.data.validate_interactions` wants it, in any order.
    valid_from, test_from: moments in the unit of `timestamp` (a number, or a pd.Timestamp with a
                           time zone if the log's have one). An event at the moment itself belongs
                           to the later part.

    Returns a :class:`Split`. Raises ValueError if a moment can't be compared with the log's times,
    if they are out of order, or if a part would be empty (most often milliseconds against seconds).

    >>> log = pd.DataFrame({"user_id": [1, 1, 2], "item_id": [5, 6, 7], "timestamp": [10, 20, 30]})
    >>> [len(part) for part in split_by_time(log, valid_from=20, test_from=25)]
    [1, 1, 1]
    """
    interactions = validate_interactions(interactions)
    times = normal_times(interactions["timestamp"])
    return _cut_at(interactions, times, valid_from, test_from)


def split_sessions_by_time(
    interactions: pd.DataFrame, valid_from: float | pd.Timestamp, test_from: float | pd.Timestamp
) -> Split:
    """`split_by_time` that cuts no session in two: each goes where its last event goes.

    So nothing in `train` is later than `valid_from`, and a session of the test may have begun
    before `test_from`.

    interactions:          log with `session_id`, in any order. Sessions of two users are two, even
                           if they have one id.
    valid_from, test_from: as `split_by_time` has them.

    Returns a :class:`Split`. Raises ValueError as `split_by_time` does, and without sessions.

    >>> log = pd.DataFrame({"user_id": 1, "item_id": [5, 6, 7, 8], "timestamp": [10, 20, 30, 40]})
    >>> split = split_sessions_by_time(log.assign(session_id=[1, 2, 3, 3]), 15, 35)
    >>> [part["item_id"].tolist() for part in split]
    [[5], [6], [7, 8]]
    """
    interactions = validate_interactions(interactions)
    if "session_id" not in interactions:
        raise ValueError(
            f"the log must have a column 'session_id', got only {found(interactions.columns)}. "
            "Cure: add sessions, or split_by_time."
        )
    whose = [normal_ids(interactions[name]).to_numpy() for name in ("user_id", "session_id")]
    times = normal_times(interactions["timestamp"]).reset_index(drop=True)
    ends = times.groupby(whose).transform("max").set_axis(interactions.index)
    return _cut_at(interactions, ends, valid_from, test_from)


def _cut_at(interactions, times, valid_from, test_from):
    """The Split of a validated log by `times`, one for each of its rows: Series (n,)."""
    _check_moment("valid_from", valid_from, times)
    _check_moment("test_from", test_from, times)
    if not valid_from < test_from:
        raise ValueError(
            f"valid_from must be before test_from, got {shown(valid_from)} and "
            f"{shown(test_from)}. Cure: the earlier one as valid_from."
        )
    is_held_out = (times >= valid_from).to_numpy(bool)
    is_test = (times >= test_from).to_numpy(bool)
    split = Split(
        interactions[~is_held_out], interactions[is_held_out & ~is_test], interactions[is_test]
    )
    for name, part in zip(Split._fields, split, strict=True):
        if len(part) == 0:
            raise ValueError(
                f"the part {name!r} is empty: valid_from={cut(str(valid_from), QUOTED)}, "
                f"test_from={cut(str(test_from), QUOTED)}, and the log runs from {times.min()} to "
                f"{times.max()}. Cure: moments inside the log, in the same unit."
            )
    return split


def _check_moment(name, moment, times):
    """Raise ValueError unless `moment` is of the kind of `times`; text is never parsed."""
    if types.is_datetime64_any_dtype(times.dtype):
        has_zone = times.dt.tz is not None
        wanted = f"a pd.Timestamp {'with' if has_zone else 'without'} a time zone"
        is_moment = isinstance(moment, pd.Timestamp) and not pd.isna(moment)
        good = is_moment and (moment.tz is not None) == has_zone
    else:
        wanted = "a finite number"
        good = is_number(moment)
    if not good:
        raise ValueError(
            f"{name} must be {wanted}, like the log's timestamps, got {shown(moment)}. Cure: a "
            "moment of that kind."
        )
