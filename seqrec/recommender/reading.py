"""From a log, or from bare histories, to the Events that a fitted recommender scores.

Axis letters: B histories, N events.
"""

import numpy as np
import pandas as pd

from seqrec.data.events import Events, check_kind, read_events
from seqrec.recommender.settings import warn_of_losses


def read_log(interactions, index, unknown_items, *, positive_from=None, learning=False):
    """Events of a log that is checked; with one warning for what was left out.

    interactions:  DataFrame, as `validate_interactions` returns it
    index:         ItemIndex
    unknown_items: "drop" or "refuse"
    positive_from: which events are targets, see `seqrec.data.read_events`
    learning:      True sorts users by their ids, and says nothing of users of whom nothing is left

    Raises ValueError for an item that is unknown, where that is to be refused.
    """
    events, n_unknown = read_events(
        interactions, index, positive_from=positive_from, ascending=learning
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
    """
    users = np.repeat(np.arange(len(histories)), [len(history) for history in histories])
    ids = [item for history in histories for item in history]
    numbers = np.zeros(0, np.int64)
    if ids:
        column = pd.Series(ids, name="item_id")
        check_kind(column, index.item_ids_)
        numbers = index.encode(column) if unknown_items == "refuse" else index.encode_known(column)
    is_known = numbers > 0
    return Events.of_histories(users[is_known], numbers[is_known], len(histories))
