"""A log as models read it: items by number, users one after another, each from the oldest event to
the newest.

How it is cut into rows is a matter of its own: `seqrec.data.cuts`.

Axis letters: N events, U users.
"""

from typing import NamedTuple

import numpy as np
import pandas as pd
from pandas.api import types

from seqrec.data.chronology import chronological_order, sort_keys, user_rows
from seqrec.data.interactions import REQUIRED, validate_interactions


class Events(NamedTuple):
    """Whose events they are, and where each user's begin and end."""

    # (U,) the log's ids
    user_ids: pd.Index
    # (N,) int64 from 1
    items: np.ndarray
    # (N,) the row of the log that each event stands in, counted from 0
    rows: np.ndarray
    # (U,) user u has the events starts[u] to ends[u] - 1: none, if nothing was left of them
    starts: np.ndarray
    # (U,)
    ends: np.ndarray
    # (N,) bool: whether a model may learn to predict it
    is_target: np.ndarray

    @classmethod
    def of_histories(cls, users, items, n_users):
        """Events of histories that are no log: users 0 to n_users - 1, all events targets, rows as
        they stand.

        users: (N,) ascending. items: (N,) from 1, each user's oldest first.
        """
        ends = np.cumsum(np.bincount(users, minlength=n_users))
        starts = np.append(0, ends[:-1])[: len(ends)]
        return cls(
            pd.RangeIndex(n_users),
            items,
            np.arange(len(items)),
            starts,
            ends,
            np.ones(len(items), bool),
        )

    @property
    def n_targets(self):
        """How many targets have an event of their user before them:

        what there is to learn from. Cuts nothing.
        """
        first = self.starts[self.starts < self.ends]
        return int(np.count_nonzero(self.is_target) - np.count_nonzero(self.is_target[first]))

    def where(self, is_kept):
        """The events with a True in `is_kept` (N,).

        Users stay, also those of whom nothing is left.
        """
        kept_before = np.append(0, np.cumsum(is_kept))
        return self._replace(
            items=self.items[is_kept],
            rows=self.rows[is_kept],
            starts=kept_before[self.starts],
            ends=kept_before[self.ends],
            is_target=self.is_target[is_kept],
        )


def read_events(interactions, index, *, positive_from=None, ascending=False):
    """Number the items, sort by (user, time), ties as they stand in the log, leave out items that
    `index` lacks.

    interactions:  a log that `validate_interactions` has checked.
    index:         ItemIndex.
    positive_from: an event whose `outcome` is lower is history, but no target; None, or a log
                   without `outcome`, makes every event one.
    ascending:     users by their ids, so that the order of rows means nothing; False is in order of
                   first appearance.

    Returns Events and how many rows had an unknown item. A user of whom nothing is left stays,
    without events.
    Raises ValueError where the log has text for ids and the index numbers, or the other way round.
    """
    check_kind(interactions["item_id"], index.item_ids_)
    users, user_ids = pd.factorize(interactions["user_id"], sort=ascending)
    items = index.encode_known(interactions["item_id"])
    times = sort_keys(interactions)[1]
    is_target = np.ones(len(items), bool)
    if positive_from is not None and "outcome" in interactions:
        is_target = (interactions["outcome"] >= positive_from).to_numpy(bool)
    rows = np.flatnonzero(items)
    n_unknown = len(items) - len(rows)
    if n_unknown:
        users, times = users[rows], times[rows]
    order = chronological_order(users, times)
    if order is not None:
        rows = rows[order]
    ends = np.cumsum(np.bincount(users, minlength=len(user_ids)))
    starts = np.append(0, ends[:-1])
    return Events(user_ids, items[rows], rows, starts, ends, is_target[rows]), n_unknown


def sorted_events(interactions, items):
    """Events of a validated log whose items have numbers: users ascending, all events targets.

    items: (rows of the log,) integers from 1.
    """
    rows, starts, ends = user_rows(interactions)
    user_ids = pd.Index(interactions["user_id"].iloc[rows[starts]])
    return Events(user_ids, items[rows], rows, starts, ends, np.ones(len(rows), bool))


def check_kind(ids, known):
    """Raise ValueError if one of the two holds text and the other integers:

    they would have nothing in common.
    """
    known_are_integers, ids_are_integers = (
        types.is_integer_dtype(values.dtype) for values in (known, ids)
    )
    if known_are_integers != ids_are_integers:
        said = {True: ("integers", ".astype('int64')"), False: ("text", ".astype(str)")}
        raise ValueError(
            f"column {ids.name!r} holds {said[ids_are_integers][0]}, but what the model knows are "
            f"{said[known_are_integers][0]}: not one would be found. Cure: "
            f"{said[known_are_integers][1]} on the column."
        )


def with_held_out(interactions, held_out):
    """One log of two, the rows of `held_out` behind the others, with those columns of a log that
    both have.

    Raises ValueError for an event that is in both, and for columns that hold another kind of data
    in one of them.
    """
    columns = [name for name in (*REQUIRED, "outcome") if name in interactions and name in held_out]
    both = pd.concat([interactions[columns], held_out[columns]], ignore_index=True)
    try:
        validate_interactions(both)
    except ValueError as error:
        raise ValueError(
            f"valid_interactions don't go with interactions, taken together: {error}"
        ) from error
    asked = both.iloc[len(interactions) :].drop_duplicates(list(REQUIRED))
    leaked = (
        pd.concat([both.iloc[: len(interactions)], asked]).duplicated(list(REQUIRED)).to_numpy()
    )
    n_leaked = int(leaked[len(interactions) :].sum())
    if n_leaked:
        raise ValueError(
            f"{n_leaked} of {len(asked)} valid_interactions (same user, item and time) are in "
            "interactions too: the model would be trained on what it is judged by. Cure: "
            "leave_last_two_out, and fit on its part `train`; if the log holds events twice, "
            "drop_duplicates first."
        )
    return both
