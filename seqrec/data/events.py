"""A log as models read it: items by number, users one after another, each oldest event first.

How it is cut into rows is a matter of its own: `seqrec.data.cuts`.

Axis letters: N events, U users.
"""

from typing import NamedTuple

import numpy as np
import pandas as pd

from seqrec.data.chronology import chronological_order, user_rows
from seqrec.data.ids import check_kind, joined_ids, normal_ids
from seqrec.data.interactions import REQUIRED, validate_interactions
from seqrec.data.item_index import ItemIndex
from seqrec.data.times import joined_times, time_numbers


class Events(NamedTuple):
    """Whose events they are, and where each user's begin and end."""

    # (U,) the log's ids, in the normal form of `seqrec.data.ids`
    user_ids: pd.Index
    # (N,) int64 from 1
    items: np.ndarray
    # (N,) the row of the log that each event stands in, counted from 0
    rows: np.ndarray
    # (U,) user u has the events starts[u] to ends[u] - 1: none, if nothing was left of them
    starts: np.ndarray
    # (U,) one past each user's newest event
    ends: np.ndarray
    # (N,) bool: whether a model may learn to predict it
    is_target: np.ndarray
    # (N,) float64, how each event ended; None where nobody asked
    outcomes: np.ndarray | None = None

    @classmethod
    def of_histories(cls, users: np.ndarray, items: np.ndarray, n_users: int) -> "Events":
        """Events of histories that are no log: users 0 to n_users - 1, rows as they stand.

        users:   (N,) ascending.
        items:   (N,) from 1, each user's oldest first.
        n_users: U, those without an event counted too.
        All events are targets.
        """
        ends = np.cumsum(np.bincount(users, minlength=n_users))
        starts = np.append(0, ends[:-1])[: len(ends)]
        rows = np.arange(len(items))
        return cls(pd.RangeIndex(n_users), items, rows, starts, ends, np.ones(len(items), bool))

    @property
    def n_targets(self) -> int:
        """How many targets have an event of their user before them. Counted, without cutting."""
        first = self.starts[self.starts < self.ends]
        return int(np.count_nonzero(self.is_target) - np.count_nonzero(self.is_target[first]))

    def where(self, is_kept: np.ndarray) -> "Events":
        """The events with a True in `is_kept`, (N,). Users stay, even those with none left."""
        kept_before = np.append(0, np.cumsum(is_kept))
        return self._replace(
            items=self.items[is_kept],
            rows=self.rows[is_kept],
            starts=kept_before[self.starts],
            ends=kept_before[self.ends],
            is_target=self.is_target[is_kept],
            outcomes=None if self.outcomes is None else self.outcomes[is_kept],
        )


def read_events(
    interactions: pd.DataFrame,
    index: ItemIndex,
    *,
    positive_from: float | None = None,
    with_outcomes: bool = False,
    ascending: bool = False,
) -> tuple[Events, int]:
    """Number the items, leave out those that `index` lacks, sort by (user, time).

    Ties stay as they stand in the log.

    interactions:  a log that `validate_interactions` has checked.
    index:         ItemIndex.
    positive_from: an event whose `outcome` is lower is history, but no target; None, or a log
                   without `outcome`, makes every event one.
    with_outcomes: whether to read the column `outcome` as well, which must be there then.
    ascending:     users by their ids, so that the order of rows means nothing; False is in order of
                   first appearance.

    Returns Events and how many rows had an unknown item. A user of whom nothing is left stays,
    without events.

    Raises ValueError where the log has text for ids and the index numbers, or the other way round.
    """
    item_ids = normal_ids(interactions["item_id"])
    check_kind(item_ids, index.item_ids_)
    users, user_ids = pd.factorize(normal_ids(interactions["user_id"]), sort=ascending)
    items = index.encode_known(item_ids)
    times = time_numbers(interactions["timestamp"])
    is_target = np.ones(len(items), bool)
    if positive_from is not None and "outcome" in interactions:
        is_target = (interactions["outcome"] >= positive_from).to_numpy(bool)
    outcomes = interactions["outcome"].to_numpy(np.float64) if with_outcomes else None
    rows = np.flatnonzero(items)
    n_unknown = len(items) - len(rows)
    if n_unknown:
        users = users[rows]
        times = times[rows]
    order = chronological_order(users, times)
    if order is not None:
        rows = rows[order]
    ends = np.cumsum(np.bincount(users, minlength=len(user_ids)))
    starts = np.append(0, ends[:-1])
    user_ids = pd.Index(user_ids.to_numpy())
    events = Events(user_ids, items[rows], rows, starts, ends, is_target[rows])
    if with_outcomes:
        events = events._replace(outcomes=outcomes[rows])
    return events, n_unknown


def sorted_events(interactions, items):
    """Events of a validated log whose items have numbers: users ascending, all events targets.

    items: (rows of the log,) integers from 1.
    """
    rows, starts, ends = user_rows(interactions)
    user_ids = pd.Index(interactions["user_id"].iloc[rows[starts]])
    return Events(user_ids, items[rows], rows, starts, ends, np.ones(len(rows), bool))


def with_held_out(interactions, held_out):
    """One log of two: the rows of `held_out` behind the others, with the columns that both have.

    Raises ValueError for an event that is in both, and for columns that hold another kind of data
    in one of them.
    """
    columns = [name for name in (*REQUIRED, "outcome") if name in interactions and name in held_out]
    join = {"user_id": joined_ids, "item_id": joined_ids, "timestamp": joined_times}
    try:
        joined = {
            name: join.get(name, _joined)(interactions[name], held_out[name]) for name in columns
        }
        both = validate_interactions(pd.DataFrame(joined))
    except ValueError as error:
        raise ValueError(
            f"valid_interactions don't go with interactions, taken together: {error}"
        ) from error
    trained = both.iloc[: len(interactions)]
    judged = both.iloc[len(interactions) :].drop_duplicates(list(REQUIRED))
    leaked = pd.concat([trained, judged]).duplicated(list(REQUIRED)).to_numpy()
    n_leaked = int(leaked[len(interactions) :].sum())
    if n_leaked:
        raise ValueError(
            f"{n_leaked} of {len(judged)} valid_interactions (same user, item and time) are in "
            "interactions too: the model would be trained on what it is judged by. Cure: "
            "leave_last_two_out, and fit on its part `train`; if the log holds events twice, "
            "drop_duplicates first."
        )
    return both


def _joined(first, second):
    return pd.concat([first, second], ignore_index=True)
