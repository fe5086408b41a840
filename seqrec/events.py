"""A log as models read it: items by number, users one after another, each from the oldest event to the newest.

And the ways to cut it: what serving reads (`newest`), what a next-item model trains on (`pieces`), what a model of
single targets trains on (`windows`).

Axis letters: N events, U users, n rows, L = max_len.
"""

from typing import NamedTuple

import numpy as np
import pandas as pd
from pandas.api import types

from seqrec.chronology import chronological_order, sort_keys
from seqrec.interactions import REQUIRED, validate_interactions


class Events(NamedTuple):
    """Whose events they are, and where each user's begin and end."""

    user_ids: pd.Index  # (U,) the log's ids
    items: np.ndarray  # (N,) int64 from 1
    rows: np.ndarray  # (N,) the row of the log that each event stands in, counted from 0
    starts: np.ndarray  # (U,) user u has the events starts[u] to ends[u] - 1: none, if nothing was left of them
    ends: np.ndarray  # (U,)
    is_target: np.ndarray  # (N,) bool: whether a model may learn to predict it


def read_events(interactions, index, *, positive_from=None, ascending=False):
    """Number the items, sort by (user, time), ties as they stand in the log, leave out items that `index` lacks.

    interactions: a log that `validate_interactions` has checked. index: ItemIndex.
    positive_from: an event whose `outcome` is lower is history, but no target; None, or a log without `outcome`, makes
                   every event one.
    ascending: users by their ids, so that the order of rows means nothing; False is in order of first appearance.
    Returns Events and how many rows had an unknown item. A user of whom nothing is left stays, without events.
    Raises ValueError where the log has text for ids and the index numbers, or the other way round.
    """
    check_kind(interactions["item_id"], index.item_ids_)
    users, user_ids = pd.factorize(interactions["user_id"], sort=ascending)
    columns = {"user": users, "item_id": interactions["item_id"].array, "time": sort_keys(interactions)[1]}
    columns["is_target"] = True
    if positive_from is not None and "outcome" in interactions:
        columns["is_target"] = (interactions["outcome"] >= positive_from).to_numpy(bool)
    table = pd.DataFrame(columns)
    table, n_unknown = index.drop_unknown(table)
    users, items, rows = table["user"].to_numpy(), index.encode(table["item_id"]), table.index.to_numpy()
    is_target = table["is_target"].to_numpy()
    order = chronological_order(users, table["time"].to_numpy())
    if order is not None:
        items, rows, is_target = items[order], rows[order], is_target[order]
    ends = np.cumsum(np.bincount(users, minlength=len(user_ids)))
    return Events(user_ids, items, rows, np.append(0, ends[:-1]), ends, is_target), n_unknown


def check_kind(ids, known):
    """Raise ValueError if one of the two holds text and the other integers: they would have nothing in common."""
    there, here = (types.is_integer_dtype(values.dtype) for values in (known, ids))
    if there != here:
        said = {True: ("integers", ".astype('int64')"), False: ("text", ".astype(str)")}
        raise ValueError(
            f"column {ids.name!r} holds {said[here][0]}, but what the model knows are {said[there][0]}: not one would "
            f"be found. Cure: {said[there][1]} on the column."
        )


def with_held_out(interactions, held_out):
    """One log of two, the rows of `held_out` behind the others, with those columns of a log that both have.

    Raises ValueError for an event that is in both, and for columns that hold another kind of data in one of them.
    """
    columns = [name for name in (*REQUIRED, "outcome") if name in interactions and name in held_out]
    both = pd.concat([interactions[columns], held_out[columns]], ignore_index=True)
    try:
        validate_interactions(both)
    except ValueError as error:
        raise ValueError(f"valid_interactions don't go with interactions, taken together: {error}") from error
    asked = both.iloc[len(interactions) :].drop_duplicates(list(REQUIRED))
    leaked = pd.concat([both.iloc[: len(interactions)], asked]).duplicated(list(REQUIRED)).to_numpy()
    n_leaked = int(leaked[len(interactions) :].sum())
    if n_leaked:
        raise ValueError(
            f"{n_leaked} of {len(asked)} valid_interactions (same user, item and time) are in interactions too: the "
            "model would be trained on what it is judged by. Cure: leave_last_two_out, and fit on its part `train`; if "
            "the log holds events twice, drop_duplicates first."
        )
    return both


def newest(events, max_len, users=slice(None)):
    """What serving reads: the newest `max_len` items of each user, padded on the left. (U, L); `users` for some."""
    starts, ends = events.starts[users], events.ends[users]
    return stretches(events.items, ends, np.minimum(ends - starts, max_len), max_len)


def pieces(events, max_len, *, whole, values=None):
    """What a next-item model trains on: rows of up to max_len + 1 items, of which all but the first are predicted.

    whole: True cuts long histories into several pieces, from the newest event backwards. Neighbours share one item, so
    every event but a user's first is predicted exactly once. False keeps the newest piece only.
    values: (N,) what to cut instead of the items, in the same places: `events.is_target`, say.
    Returns (n, L + 1). A user with one event has no piece.
    """
    n_pieces = -(-np.maximum(events.ends - events.starts - 1, 0) // max_len)
    n_pieces = n_pieces if whole else np.minimum(n_pieces, 1)
    user = np.repeat(np.arange(len(n_pieces)), n_pieces)
    back = np.arange(len(user)) - np.repeat(np.cumsum(n_pieces) - n_pieces, n_pieces)  # 0 is the newest piece
    ends = events.ends[user] - back * max_len
    values = events.items if values is None else values
    return stretches(values, ends, np.minimum(ends - events.starts[user], max_len + 1), max_len + 1)


def windows(events, max_len, *, whole=True, chosen=None):
    """What a model of single targets trains on: each target but a first event, and the up to `max_len` before it.

    whole: False takes a user's newest max_len targets only, those that are in the newest of `pieces`.
    chosen: (N,) bool, False where one of `events.is_target` is not wanted; None for all.
    Returns histories (n, L), padded on the left, and targets (n,).
    """
    counts = events.ends - events.starts
    places, starts = np.arange(len(events.items)), np.repeat(events.starts, counts)
    is_target = events.is_target & (places > starts)
    if not whole:
        is_target &= places >= np.repeat(events.ends, counts) - max_len
    if chosen is not None:
        is_target &= chosen
    places, starts = places[is_target], starts[is_target]
    return stretches(events.items, places, np.minimum(places - starts, max_len), max_len), events.items[places]


def stretches(values, ends, lengths, width):
    """Row r holds the lengths[r] values before place ends[r], at the right, and zeros before them. (n, width)."""
    back = np.arange(width, 0, -1)  # (width,) how far before the end
    inside = back <= lengths[:, None]  # (n, width)
    rows = np.zeros(inside.shape, values.dtype)
    rows[inside] = values[(ends[:, None] - back)[inside]]
    return rows
