"""The ways to cut events into rows, all of them by one cutter, `stretches`.

    newest(events, max_len)     what serving reads: the newest clicks of each user
    pieces(events, max_len)     what a next-item model trains on: rows of which all but the first
                                item are predicted
    windows(events, max_len)    what a model of single targets trains on: a history and what
                                followed it

Axis letters: N events, U users, n rows, L = max_len.
"""

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view

from seqrec.checks import check_count, check_room
from seqrec.data.events import Events


def newest(events: Events, max_len: int, users: slice = slice(None)) -> np.ndarray:
    """The newest `max_len` items of each user, padded on the left. Returns (U, L).

    users:   a slice, for some of them.
    max_len: L, 1 or more.

    Raises ValueError for a `max_len` that is no such number, or that no memory holds.
    """
    max_len = _read_max_len(max_len, events.items)
    ends = events.ends[users]
    starts = np.maximum(events.starts[users], ends - max_len)
    return stretches(events.items, starts, ends, np.arange(len(ends)), ends, max_len)


def pieces(
    events: Events,
    max_len: int,
    *,
    whole: bool,
    values: np.ndarray | None = None,
    before: int = 0,
) -> np.ndarray:
    """Rows of up to max_len + 1 items, of which all but the first are predicted.

    whole:  True cuts long histories into several pieces, from the newest event backwards.
            Neighbours share one item, so every event but a user's first is predicted exactly once.
            False keeps the newest piece only.
    values: (N,) what to cut instead of the items, in the same places: `events.is_target`, say.
    before: how many more items, of those that stand before a piece, come with it.
    Returns (n, before + L + 1), padded on the left. A user with one event has no piece.
    Raises ValueError as `newest` does.
    """
    max_len = _read_max_len(max_len, events.items)
    n_pieces = -(-np.maximum(events.ends - events.starts - 1, 0) // max_len)
    if not whole:
        n_pieces = np.minimum(n_pieces, 1)
    user = np.repeat(np.arange(len(n_pieces)), n_pieces)
    # How many pieces of the same user come after it: 0 is the newest.
    back = np.arange(len(user)) - np.repeat(np.cumsum(n_pieces) - n_pieces, n_pieces)
    values = events.items if values is None else values
    return stretches(
        values,
        events.starts,
        events.ends,
        user,
        events.ends[user] - back * max_len,
        before + max_len + 1,
    )


def windows(
    events: Events, max_len: int, *, whole: bool = True, chosen: np.ndarray | None = None
) -> tuple[np.ndarray, np.ndarray]:
    """Each target but a first event, and the up to `max_len` items before it.

    whole:  False takes a user's newest max_len targets only, those that are in the newest of
            `pieces`.
    chosen: (N,) bool, False where one of `events.is_target` is not wanted; None for all.
    Returns histories (n, L), padded on the left, and targets (n,).
    Raises ValueError as `newest` does.
    """
    max_len = _read_max_len(max_len, events.items)
    counts = events.ends - events.starts
    is_target = events.is_target.copy()
    is_target[events.starts[counts > 0]] = False  # nothing comes before it
    if not whole:
        is_target &= np.arange(len(is_target)) >= np.repeat(events.ends - max_len, counts)
    if chosen is not None:
        is_target &= chosen
    places = np.flatnonzero(is_target)
    _check_room(max_len, len(places), np.count_nonzero(counts > 1), events.items)
    line, shift = lay_out(events.items, events.starts, events.ends, max_len, counts > 1)
    begins = np.repeat(shift, counts)[places]
    begins += places
    begins -= max_len
    return sliding_window_view(line, max_len)[begins], events.items[places]


def stretches(values, starts, ends, user, stops, width):
    """Row r: of user[r], the up to `width` values before place stops[r], padded on the left.

    values:       (N,).
    starts, ends: (U,), user u has the values starts[u] to ends[u] - 1.
    user:         (n,) ascending.
    stops:        (n,), from starts[user] to ends[user].
    Returns (n, width), a new array.
    """
    is_used = np.zeros(len(starts), bool)
    is_used[user] = True
    _check_room(width, len(user), np.count_nonzero(is_used), values)
    line, shift = lay_out(values, starts, ends, width, is_used)
    return sliding_window_view(line, width)[stops + shift[user] - width]


def _read_max_len(max_len, values):
    """`max_len` as an int of which memory holds one row; ValueError for any other."""
    max_len = check_count("max_len", max_len)
    check_room("max_len", max_len, max_len * values.itemsize)
    return max_len


def _check_room(width, n_rows, n_users, values):
    """Raise ValueError where the rows, and the line that they are cut from, are beyond memory."""
    n_cells = (n_rows + n_users + 1) * width + len(values)
    check_room("max_len", width, n_cells * values.itemsize)


def lay_out(values, starts, ends, width, is_used):
    """The values of some users in one line, with `width` zeros before each of them.

    A row of up to `width` values is then a plain stretch of that line, padding included.

    values:       (N,).
    starts, ends: (U,), user u has the values starts[u] to ends[u] - 1.
    is_used:      (U,) bool, who is laid out. The others would only lengthen the line.
    Returns the line, and by how much the values of each user have moved, (U,).
    """
    counts = np.where(is_used, ends - starts, 0)
    before = np.cumsum(counts) - counts
    shift = before - starts + width * np.cumsum(is_used)
    places = np.arange(counts.sum())
    if len(places) < len(values) or (before != starts).any():
        places += np.repeat(starts - before, counts)
        values = values[places]
    places += np.repeat(shift, counts)
    # At least one row long, also where nobody is laid out.
    line = np.zeros(len(places) + width * (np.count_nonzero(is_used) + 1), values.dtype)
    line[places] = values
    return line, shift
