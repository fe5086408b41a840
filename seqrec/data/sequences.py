"""From a log of interactions to the sequences that models read.

    build_sequences(log, max_len)     a row per user: the newest items, as they stand in the log
    sliding_windows(log, max_len)     a row per event: what followed, and the items before it
    numbered_windows(log, ids, max_len)    the same for ids of any kind, numbered by a catalogue
    pad_left(sequences, max_len)      sequences of any length as one array

What the rows are cut by is `seqrec.data.cuts`; a `SequentialRecommender` goes there by way of
`seqrec.data.events`.

Axis letters: N windows, L = max_len history, B sequences.
"""

from collections.abc import Iterable
from itertools import pairwise

import numpy as np
import numpy.typing as npt
import pandas as pd

from seqrec.checks import check_count, check_room, shown
from seqrec.data.chronology import user_rows
from seqrec.data.cuts import windows
from seqrec.data.events import sorted_events
from seqrec.data.ids import normal_ids
from seqrec.data.interactions import check_outcomes, validate_interactions
from seqrec.data.item_index import ItemIndex


def build_sequences(interactions: pd.DataFrame, max_len: int) -> pd.DataFrame:
    """One row per user: the user's most recent `max_len + 1` items, oldest first.

    One more than `max_len`, because a model is trained on ``input = sequence[:-1]``, ``target =
    sequence[1:]``, and both should fill `max_len` positions.

    interactions: log as :func:`validate_interactions` wants it, in any order; ties in time keep
                  their order in the log.
    max_len:      positions that the model reads, 1 or more.

    Returns a DataFrame, users ascending: `user_id`, `item_sequence` (an array of the ids as they
    stand in the log, of length 1 to max_len + 1) and, only if the log has `outcome`,
    `outcome_sequence` (an array of the same length). The arrays of different users share one block
    of memory, none of it with the log.

    Raises ValueError or TypeError for a bad log or `max_len`.

    >>> log = pd.DataFrame({"user_id": [7, 7, 5, 7], "item_id": [1, 2, 3, 4]})
    >>> log["timestamp"] = [30, 10, 10, 20]
    >>> build_sequences(log, max_len=1)
       user_id item_sequence
    0        5           [3]
    1        7        [4, 1]
    """
    max_len = check_count("max_len", max_len)
    interactions = validate_interactions(interactions)
    # Longer than any history is as good as any length, and 2**63 would not fit.
    max_len = min(max_len, len(interactions))
    if "outcome" in interactions:
        check_outcomes(interactions["outcome"])
    rows, starts, ends = user_rows(interactions)
    kept = np.minimum(ends - starts, max_len + 1)
    stops = np.cumsum(kept)
    # The last `kept` places of each user in the sorted log.
    newest = rows[np.arange(stops[-1]) + np.repeat(ends - stops, kept)]
    sequences = {"user_id": interactions["user_id"].iloc[rows[starts]].reset_index(drop=True)}
    for column, name in (("item_id", "item_sequence"), ("outcome", "outcome_sequence")):
        if column in interactions:
            sequences[name] = _cut(_plain(interactions[column])[newest], stops)
    return pd.DataFrame(sequences)


def sliding_windows(interactions: pd.DataFrame, max_len: int) -> tuple[np.ndarray, np.ndarray]:
    """Every event but a user's first, as a target, and the up to `max_len` items before it.

    interactions: log as :func:`validate_interactions` wants it, in any order; `item_id` holds
                  integers from 1, because 0 is padding. (Any other ids: encode them with
                  :class:`ItemIndex` first.)
    max_len:      length of a history, 1 or more.

    Returns histories (N, max_len), left-padded with 0, and targets (N,), both new arrays with the
    dtype of `item_id`. N is the number of rows less the number of users; windows stand in (user,
    time) order. A user with one event has no window.

    Raises ValueError or TypeError for a bad log, bad item ids or a bad `max_len`.

    >>> log = pd.DataFrame({"user_id": [7, 7, 5, 7], "item_id": [1, 2, 3, 4]})
    >>> log["timestamp"] = [30, 10, 10, 20]
    >>> histories, targets = sliding_windows(log, max_len=3)
    >>> histories
    array([[0, 0, 2],
           [0, 2, 4]])
    >>> targets
    array([4, 1])
    """
    max_len = check_count("max_len", max_len)
    interactions = validate_interactions(interactions)
    events = sorted_events(interactions, _model_ids(interactions["item_id"]))
    return windows(events, max_len)


def numbered_windows(
    interactions: pd.DataFrame, catalogue: Iterable[int | str], max_len: int
) -> tuple[np.ndarray, np.ndarray]:
    """`sliding_windows` of a log with ids of any kind, which :class:`ItemIndex` numbers.

    interactions: log as :func:`validate_interactions` wants it, in any order.
    catalogue:    the ids of all items, also of those that nobody has clicked.
    max_len:      length of a history, 1 or more.

    Returns histories (N, max_len) and targets (N,), int64, of numbers `1..n_items`, 0 = padding.
    Raises ValueError or TypeError as `sliding_windows` does, and for an id that is not in the
    catalogue.

    >>> log = pd.DataFrame({"user_id": 7, "item_id": ["mat", "bowl"], "timestamp": [10, 20]})
    >>> numbered_windows(log, ["mat", "food", "bowl"], max_len=2)
    (array([[0, 3]]), array([1]))
    """
    interactions = validate_interactions(interactions)
    numbers = ItemIndex().fit(catalogue).encode(interactions["item_id"])
    return sliding_windows(interactions.assign(item_id=numbers), max_len)


def pad_left(sequences: Iterable[npt.ArrayLike], max_len: int) -> np.ndarray:
    """Sequences of any length as one array: the newest `max_len` entries, zeros before them.

    sequences: B sequences of numbers, for example the column `item_sequence` of
               :func:`build_sequences`; may be empty.
    max_len:   columns of the array, 1 or more.

    Returns (B, max_len) in the common dtype of the sequences (int64 if nothing is in any of them).
    Raises ValueError if an entry is not a number, or for a bad `max_len`.

    >>> pad_left([[5], [1, 2, 3, 4]], max_len=3)
    array([[0, 0, 5],
           [2, 3, 4]])
    """
    max_len = check_count("max_len", max_len)
    recent = [np.asarray(sequence)[-max_len:] for sequence in sequences]
    lengths = np.fromiter(map(len, recent), np.int64, len(recent))
    filled = [sequence for sequence in recent if len(sequence)]
    values = np.concatenate(filled) if filled else np.zeros(0, np.int64)
    if values.dtype.kind not in "iuf" or values.ndim != 1:
        raise ValueError(
            f"sequences must hold numbers, got dtype {values.dtype}. Cure: encode item ids with "
            "ItemIndex first."
        )
    check_room("max_len", max_len, len(recent) * max_len * values.itemsize)
    padded = np.zeros((len(recent), max_len), values.dtype)
    padded[np.arange(max_len) >= max_len - lengths[:, None]] = values
    return padded


def _cut(values, stops):
    """`values` cut after each of `stops`: (n,) and (n_users,) -> (n_users,) of arrays."""
    return np.fromiter((values[a:b] for a, b in pairwise([0, *stops.tolist()])), object, len(stops))


def _plain(column):
    """Numbers as they stand in a checked log; ids that are none, in their normal form."""
    return (column if column.dtype.kind in "iuf" else normal_ids(column)).to_numpy()


def _model_ids(ids):
    """The column `item_id` as an array, or ValueError if an id is not an integer from 1."""
    cure = "Cure: encode the column with ItemIndex first (0 is padding, items count from 1)."
    values = _plain(ids)
    if values.dtype.kind not in "iu":
        raise ValueError(f"column 'item_id', row 0: {shown(values[0])} is not an integer. {cure}")
    if values.min() < 1:
        row = int(np.argmax(values < 1))
        raise ValueError(
            f"column 'item_id', row {row}: {values[row]} is not a positive integer. {cure}"
        )
    return values
