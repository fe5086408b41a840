"""What breaks each sentence of chapter 14's stubs. See `table`."""

import numpy as np

from seqrec.data import benchmark_log, pieces
from seqrec.metrics import expected_sampled_hit_rate
from seqrec.reproduce.benchmark import best_unseen


def _sorts_the_log_itself(interactions, min_count=5):
    interactions.sort_values(["user_id", "timestamp"], kind="stable", inplace=True)
    return benchmark_log(interactions, min_count)


def _same_width_for_all(events, max_len, *, whole):
    """As wide as the longest piece."""
    rows = pieces(events, max_len, whole=whole)
    used = rows.any(axis=0)
    return rows[:, int(used.argmax()) :] if used.any() else rows


def _ids_in_order(events, max_len, *, whole):
    """Reads the users' numbers of events for where they stand."""
    starts = np.concatenate([[0], np.cumsum(events.ends - events.starts)[:-1]])[::-1]
    return pieces(events._replace(starts=starts), max_len, whole=whole)


def _one_size_only(ranks, n_candidates, n_negatives, k):
    return expected_sampled_hit_rate(ranks, int(n_candidates), n_negatives, k)


def _one_size_for_each_only(ranks, n_candidates, n_negatives, k):
    return expected_sampled_hit_rate(ranks, [int(n) for n in n_candidates], n_negatives, k)


def _by_gamma(ranks, n_candidates, n_negatives, k):
    """Ways to draw as products of floats: inf / inf for a large catalogue."""
    sizes = np.broadcast_to(n_candidates, np.shape(ranks))
    found = []
    for rank, size in zip(ranks, sizes, strict=True):
        chance = 0.0
        for b in range(k):
            chance += _ways(rank - 1, b) * _ways(size - rank, n_negatives - b)
        found.append(chance / _ways(size - 1, n_negatives))
    return np.array(found)


def _ways(n, k):
    found = np.float64(1.0)
    with np.errstate(all="ignore"):
        for number in range(k):
            found *= np.float64(n - number)
        for number in range(k):
            found /= np.float64(number + 1)
    return found if k >= 0 else np.float64(0.0)


def _needs_two_clicks(score, history, max_len, k):
    if len(history) < 2:
        raise ValueError("a history must hold two clicks or more")
    return best_unseen(score, history, max_len, k)


CLAUSES = {
    "14.1": {
        "Ratings as the papers read them.": ("nothing dropped", "not sorted"),
        "interactions: DataFrame with user_id": ("three columns", "ties by label"),
        "min_count: items with fewer ratings are dropped.": (
            "more than",
            "one less",
            "always five",
            "the rare ones",
        ),
        "(Users are not: one rating may be left.)": ("users too", "users instead of films"),
        "Returns a new DataFrame with all columns, sorted by user, then time;": (
            "newest first",
            "time only",
            "by film",
            "three columns",
            _sorts_the_log_itself,
        ),
        "equal times keep the order of the file.": ("users sorted unstably", "ties backwards"),
        "Its rows are numbered from 0.": ("old row numbers", "numbers as a column"),
    },
    "14.2": {
        "What a next-item model trains on: rows of up to max_len + 1 items": (
            "inputs only",
            "shorter pieces",
            "longer pieces",
        ),
        "events: events.items (N,) ids, the users' histories one after the other;": (
            "items sorted",
            "each item once, the first",
        ),
        "user u has items[starts[u] : ends[u]].": ("across users", "starts ignored", _ids_in_order),
        "whole: True cuts long histories into several pieces": (
            "never whole",
            "whole inverted",
            "cut from the oldest",
            "full pieces only",
        ),
        "neighbours share one item, so that every event": (
            "nothing shared",
            "two shared",
            "sliding windows",
        ),
        "False keeps each user's newest piece only.": ("always whole", "the oldest of all"),
        "Returns (n, max_len + 1), padded on the left with 0.": (
            "padded on the right",
            "one column more",
            _same_width_for_all,
        ),
        "A user with one event, or none, has no piece.": (
            "users with one event",
            "pieces of one event",
        ),
        "User by user, a user's newest piece first.": (
            "oldest piece first",
            "last user first",
            "round by round",
        ),
    },
    "14.3": {
        "Chance that the target is among the first k": (
            "the chance of a miss",
            "by luck",
            "exactly k",
            "always ten",
        ),
        "ranks: (B,) integers, its rank among all, 1 = best.": (
            "it beats itself",
            "worse ones in front",
        ),
        "n_candidates: how many were ranked, the target included;": (
            "the target is one of the negatives",
            "drawn from all candidates",
        ),
        "one number or (B,).": (
            "the first size for all",
            _one_size_only,
            _one_size_for_each_only,
        ),
        "n_negatives: drawn from the n_candidates - 1 others, each at most once.": (
            "with replacement",
            "one negative more",
        ),
        "Returns (B,) floats.": ("a mean", "percent"),
        "`math.comb(n, k)` is exact, however large": ("whole-number division", _by_gamma),
    },
    "14.4": {
        "A list for one person: the k best items": ("worst first", "one fewer", "by id"),
        "score: turns histories, (1, max_len) ids padded on the left with 0": (
            "padded on the right",
            "not padded",
            "a row without a batch",
        ),
        "column j is item j, column 0 is padding.": ("shows padding", "one id too small"),
        "history: (n,) ids, oldest first, at least one.": ("newest first", _needs_two_clicks),
        "The network reads the newest max_len of them;": ("the oldest", "one too few read"),
        "none of *all* of them may be in the list.": (
            "shows what was seen",
            "excludes what was read",
        ),
        "Returns (k,) ids.": ("scores in place of ids", "a table of one row", "always ten"),
    },
}
