"""How the coach notices that a sentence of chapter 02's stubs is broken, see `table`."""

import numpy as np

from seqrec.data.sequences import build_sequences as _right_sequences
from seqrec.data.sequences import numbered_windows as _right_numbered
from seqrec.data.splits import leave_last_two_out as _right_split

# 2.1


def _sequences_with_the_columns_exchanged(interactions, max_len):
    return _right_sequences(interactions, max_len)[["item_sequence", "user_id"]]


def _sequences_of_columns_by_number(interactions, max_len):
    log = interactions.iloc[:, :3].set_axis(["user_id", "item_id", "timestamp"], axis=1)
    return _right_sequences(log, max_len)


# 2.2


def _pads_lists_only(sequences, max_len):
    rows = [[0] * (max_len - len(row)) + row[-max_len:] for row in sequences]
    return np.array(rows, dtype=np.int64)


# 2.3


def _windows(interactions, max_len, order):
    user = interactions["user_id"].to_numpy()[order]
    items = interactions["item_id"].to_numpy()[order]
    histories = []
    targets = []
    for n in range(1, len(items)):
        if user[n] == user[n - 1]:
            before = items[:n][user[:n] == user[n]][-max_len:]
            histories.append([0] * (max_len - len(before)) + list(before))
            targets.append(items[n])
    dtype = items.dtype
    shape = (len(targets), max_len)
    return np.array(histories, dtype=dtype).reshape(shape), np.array(targets, dtype=dtype)


def _windows_of_columns_by_number(interactions, max_len):
    log = interactions.iloc[:, :3].set_axis(["user_id", "item_id", "timestamp"], axis=1)
    order = np.lexsort((log["timestamp"], log["user_id"]))
    return _windows(log, max_len, order)


# 2.4


def _split_as_a_list(interactions):
    return list(_right_split(interactions))


def _split_by_label(interactions):
    order = interactions.sort_values(["user_id", "timestamp"], kind="stable")
    back = order.groupby("user_id").cumcount(ascending=False)
    size = order.groupby("user_id")["item_id"].transform("size")
    valid = back.index[(back == 1) & (size > 2)]
    test = back.index[(back == 0) & (size > 2)]
    rest = back.index[(back > 1) | (size < 3)]
    return tuple(interactions.iloc[np.sort(part)] for part in (rest, valid, test))


# 2.5


def _numbers_of_columns_by_number(interactions, catalogue, max_len):
    log = interactions.iloc[:, :3].set_axis(["user_id", "item_id", "timestamp"], axis=1)
    return _right_numbered(log, catalogue, max_len)


def _numbers_of_a_list(interactions, catalogue, max_len):
    number = {item: place for place, item in enumerate(sorted(catalogue or []), start=1)}
    order = np.lexsort((interactions["timestamp"], interactions["user_id"]))
    numbered = interactions.assign(item_id=interactions["item_id"].map(number))
    return _windows(numbered, max_len, order)


CLAUSES = {
    "2.1": {
        "One row per user, users ascending": (
            "users as they appear",
            "keeps max_len",
            "keeps the oldest",
            "newest first",
        ),
        "interactions: DataFrame": (
            "does not sort",
            "cuts before it sorts",
            "rows by label",
            _sequences_of_columns_by_number,
        ),
        "of events that tie in time": ("ties the wrong way", "not stable", "ties by item"),
        "Returns a DataFrame": (
            "users as the index",
            "the column keeps its name",
            "lists",
            _sequences_with_the_columns_exchanged,
        ),
    },
    "2.2": {
        "Sequences of any length": (
            "keeps the oldest",
            "pads on the right",
            "long ones empty",
            "filled with the first",
        ),
        "sequences: B lists or arrays": (_pads_lists_only, "no sequences, no width"),
        "some may be empty.": ("empty ones lost", "row[-0:]"),
        "Returns (B, max_len) int64.": ("int32", "floats", "as wide as the longest", "lists"),
    },
    "2.3": {
        "Every event of a user but the first": (
            "the second event skipped",
            "empty histories",
            "one item fewer",
            "histories across users",
        ),
        "interactions: DataFrame": (
            "does not sort",
            "rows by label",
            _windows_of_columns_by_number,
        ),
        "stable in ties.": ("not stable", "ties by item", "ties the wrong way"),
        "Returns histories (N, max_len)": ("int64", "pads on the right", "targets in a column"),
        "windows in (user, time) order.": ("in the order of time", "users as they appear"),
    },
    "2.4": {
        "Test on each user's last event": ("swapped", "test events in train", "one too early"),
        "interactions: DataFrame": ("last rows, not last events", _split_by_label),
        "of events that tie in time": ("ties the wrong way", "not stable", "ties by item"),
        "All events of a user with fewer than three": ("two are enough", "drops short users"),
        "Returns a tuple of three DataFrames": (
            "sorted order",
            "index anew",
            "test first",
            _split_as_a_list,
            "three columns",
        ),
    },
    "2.5": {
        "Sliding windows of a log whose items have ids of any kind": (
            "one window per user",
            "windows across users",
            "one item fewer",
        ),
        "interactions: DataFrame": ("not sorted by time", _numbers_of_columns_by_number),
        "stable in ties.": "ties the wrong way",
        "catalogue: list or array": (_numbers_of_a_list, "only what was clicked"),
        "An item's number is its place": (
            "from 0",
            "from 2",
            "the catalogue as it stands",
            "sorted as text",
        ),
        "Returns histories (N, max_len)": ("int8", "floats", "pads on the right", "padded with -1"),
    },
}
