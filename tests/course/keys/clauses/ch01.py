"""How the coach notices that a sentence of chapter 01's stubs is broken, see `table`."""

import numpy as np

# 1.1


def _bound_of_a_column(context, A, b, alpha):
    width = context[:, None].T @ np.linalg.inv(A) @ context[:, None]
    return float(np.linalg.inv(A) @ b @ context) + alpha * np.sqrt(width)


def _bound_of_two(context, A, b, alpha):
    context, A, b = context[:2], A[:2, :2], b[:2]
    inverse = np.linalg.inv(A)
    return float(inverse @ b @ context + alpha * np.sqrt(context @ inverse @ context))


# 1.2


def _a_batch_alone(left, order):
    rows, steps = left.shape
    weights = np.where(left, np.exp(-order * np.arange(steps)), 0.0)
    total = weights.sum(axis=1).reshape(rows, 1)
    return np.divide(weights, total, out=np.zeros(left.shape), where=total > 0)


def _whole_order(left, order):
    weights = np.where(left, np.exp(-int(order) * np.arange(left.shape[-1])), 0.0)
    total = weights.sum(axis=-1, keepdims=True)
    return np.divide(weights, total, out=np.zeros(left.shape), where=total > 0)


# 1.3


def _gini_of_sorted_clicks(item_id, n_items):
    clicks = np.diff(np.flatnonzero(np.diff(item_id, prepend=-1, append=-1)))
    clicks = np.append(clicks, np.zeros(max(n_items - len(clicks), 0)))
    return float(np.abs(clicks[:, None] - clicks).mean() / (2 * clicks.mean()))


def _gini_in_percent(item_id, n_items):
    clicks = np.bincount(item_id, minlength=n_items + 1)[1:]
    return float(100 * np.abs(clicks[:, None] - clicks).mean() / (2 * clicks.mean()))


# 1.4


def _users_in_order_of_number(user, timestamp, gap=1800):
    start = np.ones(len(user), dtype=bool)
    start[1:] = (np.diff(user) > 0) | (np.diff(timestamp) > gap)
    return start


def _a_list_of_bool(user, timestamp, gap=1800):
    start = np.ones(len(user), dtype=bool)
    start[1:] = (np.diff(user) != 0) | (np.diff(timestamp) > gap)
    return start.tolist()


CLAUSES = {
    "1.1": {
        "The score of one product": ("b instead of theta", "no bonus"),
        "context: (D,)": (_bound_of_a_column, "theta without the context"),
        "A: (D, D).": (_bound_of_two, "A instead of its inverse"),
        "b: (D,).": ("A b as theta", "b in the bonus"),
        "alpha: weight of the bonus.": ("alpha not used", "alpha under the root"),
        "Returns a float.": "not summed",
    },
    "1.2": {
        "Which step of a mission": ("later steps first", "the likeliest step"),
        "left: (..., K) bool array": (_a_batch_alone, "visited instead of left"),
        "order: a number;": (_whole_order, "order not used"),
        "0 treats all that are left alike": ("order divides", "without exp"),
        "Returns (..., K) probabilities.": ("never normalised", "logarithms"),
        "They sum to 1": ("divided by the largest", "one sum for all rows", "0 / 0"),
    },
    "1.3": {
        "How unequally": ("one less Gini", "entropy"),
        "item_id: (N,) integers": (_gini_of_sorted_clicks, "ids instead of counts", "product 0"),
        "n_items: how many products": ("only what was clicked", "the last products are lost"),
        "Returns a float: the mean": (
            _gini_in_percent,
            "no absolute value",
            "pairs of two different products",
            "not divided by the mean",
        ),
    },
    "1.4": {
        "Where does a session begin?": ("marks the end", "where it goes on"),
        "At a user's first event": (
            "forgets the user",
            "forgets the first event",
            "forgets the time",
            "at the gap already",
        ),
        "user, timestamp: (N,) arrays": (_users_in_order_of_number, "sorted by time"),
        "seconds.": ("the time in milliseconds", "the gap in minutes"),
        "Returns (N,) bool.": ("zeros and ones", "where they begin", _a_list_of_bool),
    },
    "1.5": {
        'How many rules "after i comes j at once"': ("counts cases", "any time after"),
        "user, item: (N,) integer arrays": ("items sorted", "user by user"),
        "An item may follow itself.": ("drops repeats", "repeats are cases, but no rules"),
        "A pair (i, j) is a rule if": (
            "support reached",
            "confidence reached",
            "confidence of all pairs",
            "across users",
        ),
        "Returns an int.": "the rules themselves",
    },
}
