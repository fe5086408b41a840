"""Which events a model learns from, and which ones it is judged by.

A split divides the *interactions*, before anything is cut into windows: windows overlap, so
dividing them at random puts the targets of some into the histories of others.
"""

from typing import NamedTuple

import numpy as np
import pandas as pd
from pandas.api import types

from seqrec.data.chronology import chronological_order, sort_keys, user_starts
from seqrec.data.ids import normal_ids
from seqrec.data.interactions import validate_interactions
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
    _check_moment("valid_from", valid_from, times)
    _check_moment("test_from", test_from, times)
    if not valid_from < test_from:
        raise ValueError(
            f"valid_from must be before test_from, got {valid_from!r} and {test_from!r}."
        )
    is_held_out = (times >= valid_from).to_numpy(bool)
    is_test = (times >= test_from).to_numpy(bool)
    split = Split(
        interactions[~is_held_out], interactions[is_held_out & ~is_test], interactions[is_test]
    )
    for name, part in zip(Split._fields, split, strict=True):
        if len(part) == 0:
            raise ValueError(
                f"the part {name!r} is empty: valid_from={valid_from}, test_from={test_from}, and "
                f"the log runs from {times.min()} to {times.max()}. Cure: moments inside the log, "
                "in the same unit."
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
        is_number = types.is_number(moment) and not isinstance(moment, (bool, np.bool_))
        good = is_number and bool(np.isfinite(moment))
    if not good:
        raise ValueError(f"{name} must be {wanted}, like the log's timestamps, got {moment!r}.")
