"""From a log, or from bare histories, to the Events that a fitted recommender scores.

Axis letters: B histories, N events, U users.
"""

from typing import NamedTuple

import numpy as np
import pandas as pd

from seqrec.data.cuts import windows
from seqrec.data.events import Events, read_events
from seqrec.data.ids import check_kind, joined_ids, normal_ids, places_in
from seqrec.data.padding import PAD
from seqrec.data.times import normal_times
from seqrec.recommender.listed_ids import history_numbers
from seqrec.recommender.scoring import ItemLists
from seqrec.recommender.settings import warn_of_losses


def read_log(
    interactions, index, unknown_items, *, positive_from=None, with_outcomes=False, learning=False
):
    """Events of a log that is checked; with one warning for what was left out.

    interactions:  DataFrame, as `validate_interactions` returns it
    index:         ItemIndex
    unknown_items: "drop" or "refuse"
    positive_from: which events are targets, see `seqrec.data.read_events`
    with_outcomes: whether to read the column `outcome`, likewise
    learning:      True sorts users by their ids, and says nothing of users of whom nothing is left

    Raises ValueError for an item that is unknown, where that is to be refused.
    """
    events, n_unknown = read_events(
        interactions,
        index,
        positive_from=positive_from,
        with_outcomes=with_outcomes,
        ascending=learning,
    )
    if n_unknown and unknown_items == "refuse":
        # Raises, and says which.
        index.encode(interactions["item_id"])
    n_strangers = 0 if learning else int((events.starts == events.ends).sum())
    warn_of_losses(n_unknown, len(interactions), n_strangers, len(events.ends))
    return events


def read_histories(histories, index, unknown_items):
    """Events of bare histories. Users are 0 to B - 1.

    histories:     B sequences of the log's ids, oldest first
    index:         ItemIndex
    unknown_items: "drop" leaves out items that `index` lacks, "refuse" raises ValueError

    Raises TypeError or ValueError for what is no sequence of sequences of ids.
    """
    numbers, lengths = history_numbers(histories, index, refuse=unknown_items == "refuse")
    users = np.repeat(np.arange(len(lengths)), lengths)
    is_known = numbers > 0
    return Events.of_histories(users[is_known], numbers[is_known], len(lengths))


def seen_before(events, chosen):
    """All items before each target of `windows(events, ..., chosen=chosen)`, however long ago.

    Returns ItemLists.
    """
    places = windows(events._replace(items=np.arange(len(events.items))), 1, chosen=chosen)[1]
    starts = np.repeat(events.starts, events.ends - events.starts)[places]
    return ItemLists(events.items, starts, places)


class Known(NamedTuple):
    """What is known of U users before anybody asks, N items in all.

    user_ids:    (U,) the log's ids
    items:       (N,) from 1, user after user, each oldest first
    starts:      (U,) user u has the items starts[u] to ends[u] - 1
    ends:        (U,)
    newest_time: when the newest event was, of those users who have one, in their order; None where
                 times were not kept
    max_len:     None if these are all their items; else the newest max_len of each
    """

    user_ids: pd.Index
    items: np.ndarray
    starts: np.ndarray
    ends: np.ndarray
    newest_time: pd.Series | None = None
    max_len: int | None = None

    @classmethod
    def of_events(cls, events, times):
        """All that Events hold. times: Series, of the rows of their log."""
        last_rows = events.rows[events.ends[events.starts < events.ends] - 1]
        newest_time = normal_times(times).iloc[last_rows]
        items = events.items.astype(np.int32)
        return cls(events.user_ids, items, events.starts, events.ends, newest_time)

    @classmethod
    def of_histories(cls, user_ids, histories):
        """What rows (U, L) hold, padded on the left."""
        counts = np.count_nonzero(histories, axis=1)
        ends = np.cumsum(counts)
        items = histories[histories != PAD]
        return cls(user_ids, items, ends - counts, ends, max_len=histories.shape[1])

    def joined(self, others, is_chosen):
        """These users, and behind them the chosen ones of others, whose numbers mean the same.

        is_chosen: bool, (users of `others`,)
        """
        is_theirs = np.repeat(is_chosen, others.ends - others.starts)
        counts = np.append(self.ends - self.starts, (others.ends - others.starts)[is_chosen])
        ends = np.cumsum(counts)
        has_time = self.newest_time is not None and others.newest_time is not None
        newest_time = None
        if has_time:
            theirs = others.newest_time[is_chosen[others.starts < others.ends]]
            newest_time = pd.concat([self.newest_time, theirs])
        return Known(
            pd.Index(joined_ids(pd.Series(self.user_ids), pd.Series(others.user_ids[is_chosen]))),
            np.append(self.items, others.items[is_theirs]),
            ends - counts,
            ends,
            newest_time,
            others.max_len if is_chosen.any() else self.max_len,
        )

    def renumbered(self, moved):
        """The same where item j is called moved[j]."""
        return self._replace(items=moved[self.items])

    def asked(self, users):
        """Events of some users, who may come in any order; none for a stranger.

        users: Index (B,) of the log's ids, in their normal form

        Returns Events and (B,) the rows of the users here, -1 for a stranger. Raises ValueError for
        ids of another kind.
        """
        rows = rows_of(users, self.user_ids)
        starts = np.where(rows < 0, 0, self.starts[rows])
        ends = np.where(rows < 0, 0, self.ends[rows])
        return Events(users, self.items, None, starts, ends, None), rows


def rows_of(users, known):
    """Where users stand among the known ones: (n,), -1 for a stranger.

    users: (n,) ids
    known: Index

    Raises ValueError for what is no id, and for ids of another kind.
    """
    users = normal_ids(users, "user_id")
    check_kind(users, known)
    return places_in(known, users)
