"""From scores to metrics of users who have several relevant items each.

    places_of(scores, rows, items)      the place of each relevant item
    judge(scorer, questions, names)     the metrics of each user, a chunk of users at a time

Axis letters: U users, P pairs of a user and an item that is relevant to them, V columns.
"""

from typing import NamedTuple

import numpy as np

from seqrec.checks import check_count, check_flag
from seqrec.data.cuts import newest
from seqrec.data.events import Events
from seqrec.metrics.arrays import read_scores
from seqrec.recommender.scoring import ItemLists, best_items, chunks, with_padding


class Questions(NamedTuple):
    """Whom to ask about, and what is right."""

    # What is known of U users before.
    events: Events
    # (P,) ascending, from 0 to U - 1.
    users: np.ndarray
    # (P,) from 1, no pair twice.
    items: np.ndarray


def judge(scorer, questions, names, exclude_seen):
    """Each metric of each user, and what was shown to anybody.

    names: dict, see `read_names`

    Returns {name: (U,) values} and {name of a coverage: (n_items,) bool}.
    """
    events = questions.events
    seen = ItemLists(events.items, events.starts, events.ends)
    places = np.empty(len(questions.users), np.int64)
    shown = {name: np.zeros(scorer.n_items, bool) for name in names if "coverage" in name}
    for users in chunks(len(events.ends), scorer.n_items):
        scores = scorer(newest(events, scorer.max_len, users))
        taken = seen.listed(users, scorer.n_items) if exclude_seen else None
        if shown:
            longest = min(max(names[name] for name in shown), scorer.n_items)
            lists, _ = best_items(scores, longest, taken=taken)
            for name in shown:
                items = lists[:, : names[name]]
                shown[name][items[items > 0] - 1] = True
        table = with_padding(scores.cpu().numpy())
        if exclude_seen:
            table[:, 1:][taken] = -np.inf
        pairs = slice(*np.searchsorted(questions.users, (users.start, users.stop)))
        rows = questions.users[pairs] - users.start
        places[pairs] = places_of(table, rows, questions.items[pairs])
    judged = {
        name: _OF_USERS[name.partition("@")[0]](questions.users, places, cut_off)
        for name, cut_off in names.items()
        if name not in shown
    }
    return judged, shown


def places_of(scores, rows, items):
    """The places in a row's ranking that several items of it have, 1 = best; no two have the same.

    Ties count against the model: items that are not asked for come first. One item in a row has the
    place that `seqrec.metrics.ranks` gives it.

    scores: (B, V), column 0 is padding
    rows:   (P,) ascending
    items:  (P,) from 1, none twice in a row

    Returns (P,) int64. Raises ValueError for a NaN.
    """
    scores = read_scores(scores)
    own = scores[rows, items]
    # Best first within a row.
    order = np.lexsort((-own, rows))
    own = own[order]
    first = np.searchsorted(rows, rows)
    nth = np.arange(len(rows)) - first  # (P,) from 0
    at_least = np.empty(len(rows), np.int64)
    # The nth items of all rows together, so that a comparison holds no more than the scores do.
    for n in range(nth.max(initial=-1) + 1):
        chosen = np.flatnonzero(nth == n)
        at_least[chosen] = (scores[rows[chosen], 1:] >= own[chosen, None]).sum(axis=1)
    # Of a run of ties the last one has all that score at least as much before it, itself included.
    is_last = np.ones(len(rows), bool)
    is_last[:-1] = (rows[1:] != rows[:-1]) | (own[1:] != own[:-1])
    last = np.flatnonzero(is_last)[np.cumsum(is_last) - is_last]
    places = np.empty(len(rows), np.int64)
    places[order] = at_least - (last - np.arange(len(rows)))
    return places


def _hits(users, places, k):
    """How many relevant items of each user are among the first k. (U,)"""
    return np.bincount(users[places <= k], minlength=users[-1] + 1)


def _hr(users, places, k):
    return (_hits(users, places, k) > 0).astype(np.float64)


def _recall(users, places, k):
    return _hits(users, places, k) / np.bincount(users)


def _ndcg(users, places, k):
    """Järvelin and Kekäläinen (2002), each relevant item worth the same."""
    worth = np.where(places <= k, 1 / np.log2(1 + places), 0.0)
    best = np.cumsum(1 / np.log2(2 + np.arange(k)))
    return np.bincount(users, worth) / best[np.minimum(np.bincount(users), k) - 1]


def _mrr(users, places, _):
    first = np.flatnonzero(np.append(True, users[1:] != users[:-1]))
    return 1 / np.minimum.reduceat(places, first)


# What a user has. Coverage is of all lists together.
_OF_USERS = {"hr": _hr, "ndcg": _ndcg, "mrr": _mrr, "recall": _recall}
METRICS = (*_OF_USERS, "coverage")


def read_names(k, metrics, by_user):
    """{"hr@5": 5, ..., "mrr": None}, checked, in the order asked for."""
    check_flag("by_user", by_user)
    cut_offs = [k] if np.ndim(k) == 0 else list(k)
    cut_offs = [check_count("k", cut_off) for cut_off in cut_offs]
    metrics = [metrics] if isinstance(metrics, str) else list(metrics)
    for metric in metrics:
        if metric not in METRICS:
            raise ValueError(f"metric {metric!r} does not exist. Cure: of {', '.join(METRICS)}.")
    names = {}
    for metric in metrics:
        names |= {metric: None} if metric == "mrr" else {f"{metric}@{n}": n for n in cut_offs}
    if not names or (by_user and set(metrics) == {"coverage"}):
        raise ValueError(
            f"k {k!r} and metrics {metrics!r} with by_user={by_user} ask for nothing. Cure: a "
            "cut-off, and a metric that users have (coverage is of all lists together)."
        )
    return names
