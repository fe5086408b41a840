"""Items that a caller lists by the log's ids: histories, and what may be shown or may not.

A list of lists is easily mistaken for a list, text for a list of letters, a float for an id. Here
each is refused, with its place.

Axis letters: B lists, U users, n ids.
"""

from collections.abc import Set

import numpy as np
import pandas as pd
from pandas.api import types

from seqrec.data.ids import normal_ids
from seqrec.recommender.scoring import ItemLists

_TEXT_DUE = ("integers", "text", "str")
_ORDERED = (list, tuple, range, pd.Series, pd.Index, pd.api.extensions.ExtensionArray)


def read_choice(name, ids, index, n_users):
    """Items that may be shown, or may not: ItemLists of U users or of all; None for None.

    name:    of the argument, for messages
    ids:     the log's ids, for all users; or a list of them for each
    index:   ItemIndex
    n_users: U

    Raises TypeError or ValueError for what is neither, and for an id that `index` lacks.
    """
    if ids is None:
        return None
    cure = "ids, for all users, or a list of ids for each"
    if not is_list(ids, may_be_set=True):
        raise TypeError(f"{name} must be a list, got {_said(ids)}. Cure: {_cure(ids, cure)}.")
    entries = list(ids)
    are_lists = [is_list(entry, may_be_set=True) for entry in entries]
    if not any(are_lists):
        return _choice(*numbers_of(name, [entries], index, refuse=True, is_one=True))
    if not all(are_lists):
        row = are_lists.index(False)
        entry = entries[row]
        raise ValueError(
            f"{name}[{row}] must be a list of ids, as others of {name} are, got {_said(entry)}. "
            f"Cure: {_cure(entry, cure)}."
        )
    lists = [list(entry) for entry in entries]
    if len(lists) != n_users:
        raise ValueError(
            f"{name} must be ids, for all users, or a list of ids for each of the {n_users} users, "
            f"got {len(lists)} lists. Cure: a list per user, in the order of the answers."
        )
    return _choice(*numbers_of(name, lists, index, refuse=True))


def history_numbers(histories, index, *, refuse):
    """Numbers of the items of B histories, as `numbers_of` returns them.

    histories: B sequences of the log's ids, oldest first

    Raises TypeError or ValueError for what is no sequence of sequences, and as `numbers_of` does.
    """
    cure = "[[...]], a list of histories, and a history is a list of ids"
    if not is_list(histories):
        raise TypeError(
            f"histories must be a list, got {_said(histories)}. Cure: {_cure(histories, cure)}."
        )
    entries = list(histories)
    for row, entry in enumerate(entries):
        if is_list(entry):
            continue
        known = "[history] for a single one, [] for somebody of whom nothing is known"
        raise ValueError(
            f"histories[{row}] must be a list of ids, got {_said(entry)}. Cure: "
            f"{_cure(entry, known)}."
        )
    return numbers_of("histories", [list(entry) for entry in entries], index, refuse=refuse)


def is_list(values, may_be_set=False):
    """Whether this is a sequence of ids, or of sequences; text, tables and tensors are none."""
    if isinstance(values, np.ndarray):
        return values.ndim > 0
    return isinstance(values, _ORDERED) or (may_be_set and isinstance(values, Set))


def numbers_of(name, lists, index, *, refuse, is_one=False):
    """Numbers of the ids of B lists, one list after another, and how long each list is.

    name:   what messages call the lists
    lists:  B lists
    index:  ItemIndex
    refuse: whether an id that `index` lacks is an error
    is_one: True for a single list, which messages call `name` and not `name[0]`

    Returns (n,) int64, 0 for an id that `index` lacks, and (B,) int64. Raises ValueError, with the
    place, for what is no id, for text where integers are known and the other way round, and for an
    id that is to be refused.
    """
    lengths = np.array([len(ids) for ids in lists], np.int64)
    flat = [item for ids in lists for item in ids]
    if not flat:
        return np.zeros(0, np.int64), lengths

    def place(position):
        row = int(np.searchsorted(np.cumsum(lengths), position, side="right"))
        inner = position - int(lengths[:row].sum())
        return f"{name}[{inner}]" if is_one else f"{name}[{row}][{inner}]"

    found = index.encode_known(_normal(flat, index.item_ids_, name, place))
    if refuse and not found.all():
        position = int((found == 0).argmax())
        others = int((found == 0).sum()) - 1
        too = f", nor are {others} of the others" if others else ""
        raise ValueError(
            f"{place(position)}: {flat[position]!r} is not among the {index.n_items} items that "
            f"the model knows{too}. Cure: leave them out; the items in item_index_.item_ids_ are "
            "known."
        )
    return found, lengths


def _normal(flat, known, name, place):
    """Ids in their normal form, a Series. Raises ValueError for what is no id of the known kind."""
    known_are_integers = types.is_integer_dtype(known.dtype)
    try:
        ids = normal_ids(flat, name)
        if types.is_integer_dtype(ids.dtype) == known_are_integers:
            return ids
    except ValueError:
        # Told below, with the place.
        pass
    values = []
    for position, item in enumerate(flat):
        try:
            one = normal_ids([item], name)
        except ValueError as error:
            is_whole = isinstance(item, (float, np.floating)) and float(item).is_integer()
            cure = str(int(item)) if is_whole and item >= 0 else "leave it out"
            raise ValueError(
                f"{place(position)} is {item!r}, and no id: ids are integers, none negative, or "
                f"text. Cure: {cure}."
            ) from error
        if types.is_integer_dtype(one.dtype) != known_are_integers:
            held, kind, cure = ("text", "integers", "int") if known_are_integers else _TEXT_DUE
            raise ValueError(
                f"{name} holds {held}, {item!r} at {place(position)}, but the items that the model "
                f"knows are {kind}: not one would be found. Cure: {cure}(item) for each."
            )
        values += one.tolist()
    return normal_ids(values, name)


def _choice(found, lengths):
    """ItemLists of what `numbers_of` returns."""
    stops = np.cumsum(lengths)
    return ItemLists(found, stops - lengths, stops)


def _said(value):
    """A value as a message shows it; of large ones their kind."""
    is_large = type(value).__name__ in ("DataFrame", "Tensor")
    return f"a {type(value).__name__}" if is_large else repr(value)


def _cure(value, cure):
    """What to do instead of giving this value; `cure` where there is nothing special about it."""
    special = {
        "DataFrame": "log['item_id'] for its items, `recommend` for the users of a log",
        "Tensor": ".tolist(), if it holds the log's ids",
    }
    return special.get(type(value).__name__, cure)
