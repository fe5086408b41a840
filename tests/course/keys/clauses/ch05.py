"""How the coach notices that a sentence of chapter 05's stubs is broken, see `table`."""

import numpy as np

# 5.1


def _places(scores, targets):
    scores = np.asarray(scores)[:, 1:]
    own = np.take_along_axis(scores, targets[:, None] - 1, axis=1)
    return (scores >= own).sum(axis=1)


def _padding_for_nothing_high(scores, targets):
    own = np.take_along_axis(scores, targets[:, None], axis=1)
    return (scores >= own).sum(axis=1) - (scores[:, :1] > own)[:, 0]


def _padding_at_zero(scores, targets):
    own = np.take_along_axis(scores, targets[:, None], axis=1)
    return (scores * (np.arange(scores.shape[1]) > 0) >= own).sum(axis=1)


def _places_by_numbers_alone(scores, targets):
    scores = np.nan_to_num(scores, neginf=-5.0)
    return _places(scores, targets)


def _places_as_floats(scores, targets):
    return _places(scores, targets).astype(float)


def _places_in_a_column(scores, targets):
    return _places(scores, targets)[:, None]


# 5.2


def _ndcg_of_ten(ranks, k):
    return np.where(ranks <= 10, 1 / np.log2(1 + ranks), 0.0)


def _ndcg_of_small_ranks(ranks, k):
    table = np.zeros(100)
    table[1 : k + 1] = 1 / np.log2(1 + np.arange(1, k + 1))
    return table[np.minimum(ranks, 99)]


def _ndcg_in_place(ranks, k):
    ranks[ranks > k] = 0
    gain = np.zeros(len(ranks))
    np.divide(1, np.log2(1 + ranks), out=gain, where=ranks > 0)
    return gain


# 5.3


def _excluded(scores, seen):
    scores[np.arange(len(seen))[:, None], seen] = -np.inf
    return scores


def _excluded_in_a_list(scores, seen):
    return _excluded(scores.copy(), seen).tolist()


def _excluded_by_place(scores, seen):
    out = scores.copy()
    np.put_along_axis(out, seen[:, :2], -np.inf, axis=1)
    return out


# 5.4


def _coverage_in_an_array(top_items, n_items):
    return np.array([len(np.setdiff1d(top_items, [0])) / n_items])


def _coverage_without_zero_in_every_list(top_items, n_items):
    return float((len(np.unique(top_items)) - 1) / n_items)


# 5.5


def _expected(scores, probabilities, k, ranks):
    gains = np.where(ranks <= k, 1 / np.log2(1 + ranks), 0.0)
    return (probabilities[:, 1:] * gains).sum(axis=1)


def _all_ranks(scores):
    scores = scores[:, 1:]
    return (scores[:, None, :] >= scores[:, :, None]).sum(axis=2)


def _expected_where_positive(scores, probabilities, k):
    return _expected(scores, probabilities, k, _all_ranks(np.maximum(scores, -1)))


def _expected_as_a_column(scores, probabilities, k):
    return _expected(scores, probabilities, k, _all_ranks(scores))[:, None]


CLAUSES = {
    "5.1": {
        "The place of each target": ("ties for the model", "worst first", "counts from 0"),
        "scores: (B, V) floats": ("one column off", "compares with the id", "in the whole batch"),
        "column 0 is padding": (
            "padding competes",
            "padding is taken off again",
            _padding_for_nothing_high,
            _padding_at_zero,
        ),
        "An item at -inf is ruled out": (
            "ruled out items do not count",
            "a ruled out target beyond the last",
            _places_by_numbers_alone,
        ),
        "targets: (B,) item ids": ("the last item left out", "the first row's item"),
        "Returns (B,) integers": (_places_as_floats, _places_in_a_column, "a share"),
    },
    "5.2": {
        "1 / log2(1 + rank)": ("natural logarithm", "log2(rank)", "ranks beyond k as k"),
        "ranks: (B,) integers from 1.": ("ranks from 0", "the first k users", _ndcg_in_place),
        "k: cut-off": ("no cut-off", "strictly below k", _ndcg_of_ten, _ndcg_of_small_ranks),
        "Returns (B,) floats.": ("mean over users", "whole numbers", "drops the others"),
    },
    "5.3": {
        "A copy of the scores": ("seen items at 0", "for everybody", "keeps the seen"),
        "scores: (B, V) floats, column 0": ("padding comes back", "padding cut off"),
        "seen: (B, S) item ids": (
            "stops at padding",
            "padding is the last item",
            "places, not ids",
            _excluded_by_place,
        ),
        "repeats are fine.": ("seen once only", "a switch"),
        "Returns a new (B, V) array;": ("a mask", _excluded_in_a_list),
        "`scores` stays as it was.": ("edits its input", _excluded),
    },
    "5.4": {
        "Share of the catalogue": ("every place counts", "users with something", "not shown"),
        "top_items: (B, K) integer": (
            "padding is an item",
            "the first user only",
            _coverage_without_zero_in_every_list,
        ),
        "n_items: products": ("the highest id", "padding in the catalogue"),
        "Returns a float, 0 to 1.": ("percent", "a count", _coverage_in_an_array),
    },
    "5.5": {
        "Mean NDCG@k": ("ranks by the law", "unweighted mean", "share of the ceiling"),
        "scores: (B, V) floats": (_expected_where_positive, "worst first", "one column off"),
        "column 0 is padding": ("padding competes", "padding competes, in a sort"),
        "probabilities: (B, V)": ("the most likely item only", "renormalised"),
        "k: cut-off.": ("no cut-off", "strictly below k", "ranks beyond k as k"),
        "Ties count against the model": ("kind to ties", "ties by a sort"),
        "Returns (B,) floats.": ("mean over users", _expected_as_a_column),
    },
}
