"""The ways to cut events into rows, all of them by one cutter, `stretches`.

    newest(events, max_len)     what serving reads: the newest clicks of each user
    pieces(events, max_len)     what a next-item model trains on: rows of which all but the first item are predicted
    windows(events, max_len)    what a model of single targets trains on: a history and what followed it

Axis letters: N events, U users, n rows, L = max_len.
"""

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view


def newest(events, max_len, users=slice(None)):
    """The newest `max_len` items of each user, padded on the left. (U, L).

    users: a slice, for some of them.
    """
    ends = events.ends[users]
    starts = np.maximum(events.starts[users], ends - max_len)
    return stretches(events.items, starts, ends, np.arange(len(ends)), ends, max_len)


def pieces(events, max_len, *, whole, values=None):
    """Rows of up to max_len + 1 items, of which all but the first are predicted. (n, L + 1).

    whole:  True cuts long histories into several pieces, from the newest event backwards.
            Neighbours share one item, so every event but a user's first is predicted exactly once.
            False keeps the newest piece only.
    values: (N,) what to cut instead of the items, in the same places: `events.is_target`, say.
    A user with one event has no piece.
    """
    n_pieces = -(-np.maximum(events.ends - events.starts - 1, 0) // max_len)
    if not whole:
        n_pieces = np.minimum(n_pieces, 1)
    user = np.repeat(np.arange(len(n_pieces)), n_pieces)
    # How many pieces of the same user come after it: 0 is the newest.
    back = np.arange(len(user)) - np.repeat(np.cumsum(n_pieces) - n_pieces, n_pieces)
    values = events.items if values is None else values
    return stretches(
        values, events.starts, events.ends, user, events.ends[user] - back * max_len, max_len + 1
    )


def windows(events, max_len, *, whole=True, chosen=None):
    """Each target but a first event, and the up to `max_len` items before it.

    whole:  False takes a user's newest max_len targets only, those that are in the newest of
            `pieces`.
    chosen: (N,) bool, False where one of `events.is_target` is not wanted; None for all.
    Returns histories (n, L), padded on the left, and targets (n,).
    """
    counts = events.ends - events.starts
    user = np.repeat(np.arange(len(counts)), counts)
    places = np.arange(len(events.items))
    is_target = events.is_target & (places > events.starts[user])
    if not whole:
        is_target &= places >= events.ends[user] - max_len
    if chosen is not None:
        is_target &= chosen
    places = places[is_target]
    histories = stretches(
        events.items, events.starts, events.ends, user[is_target], places, max_len
    )
    return histories, events.items[places]


def stretches(values, starts, ends, user, stops, width):
    """Row r: of user[r], the up to `width` values before place stops[r], at the right, and zeros
    before them.

    values: (N,). starts, ends: (U,), user u has the values starts[u] to ends[u] - 1.
    user:   (n,) ascending. stops: (n,), from starts[user] to ends[user].
    Returns (n, width), a new array.

    The values are laid out in one line with `width` zeros before each user. A row is then a plain
    stretch of that line, padding included.
    """
    user, is_used = _numbered(user, len(starts))
    starts, counts = starts[is_used], (ends - starts)[is_used]
    begins = (
        np.cumsum(counts) - counts + width * np.arange(1, len(counts) + 1)
    )  # (U,) places in the line
    line = np.zeros(counts.sum() + width * len(counts), values.dtype)
    offsets = np.arange(counts.sum()) - np.repeat(
        np.cumsum(counts) - counts, counts
    )  # within each user
    line[offsets + np.repeat(begins, counts)] = values[offsets + np.repeat(starts, counts)]
    if len(user) == 0:
        return np.zeros((0, width), values.dtype)
    return sliding_window_view(line, width)[stops - starts[user] + begins[user] - width]


def _numbered(user, n_users):
    """The users that have a row, numbered anew:

    (n,) and (U,) bool. The others would only lengthen the line.
    """
    is_used = np.zeros(n_users, bool)
    is_used[user] = True
    return (np.cumsum(is_used) - 1)[user], is_used
