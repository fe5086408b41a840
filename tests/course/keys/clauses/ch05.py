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


def _interval_as_text(values, others, *, seed, level=0.95, n_resamples=1000):
    gaps = values - others
    return f"{gaps.mean():.3f} [{gaps.min():.3f}, {gaps.max():.3f}]"


def _ten_resamples(values, others, *, seed, level=0.95, n_resamples=1000):
    gaps = values - others
    chosen = np.random.default_rng(seed).integers(0, len(gaps), (10, len(gaps)))
    ends = np.quantile(gaps[chosen].mean(axis=1), [(1 - level) / 2, (1 + level) / 2])
    return gaps.mean(), *ends


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
        "The mean of `values - others`": ("others less values", "the first model alone"),
        "values, others: (B,) floats": ("unpaired", "two intervals subtracted"),
        "B users are drawn with replacement": (
            "without replacement",
            "half of the users",
            _ten_resamples,
        ),
        "the interval holds the middle": ("1 - level at each end", "always 95 %", "of the users"),
        "seed: an integer;": ("the seed unread", "always the same draw"),
        "the same seed gives": "the seed unread",
        "Returns three floats": ("the mean of the means", "the mean last", _interval_as_text),
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
    "5.6": {
        "How often each product": ("yes or no", "once a user", "backwards"),
        "users, items: (N,) integers": ("across users", "the first user only"),
        "n_items: products": ("without padding", "ids one too low"),
        "window: 1 or more.": ("the next click alone", "one distance short", "the whole history"),
        "Returns (n_items + 1, n_items + 1) integers": ("shares", "a click follows itself"),
    },
}
