"""How much of a log is order? Shuffle each user's history and count what is lost.

After Klenitskiy, Volodkevich, Pembek & Vasilev 2024, "Does It Look Sequential? An Analysis of
Datasets for Evaluation of Sequential Recommendations": a log whose rules and predictions survive a
shuffle has no order worth a sequence model. Works on any log with the columns user_id and item_id,
and timestamp if the rows are not in order of time.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from zooplus_sim.checks import check_count
from zooplus_sim.keyed_random import check_seed

MOST_SHUFFLES = 10_000
BACK_OFF = 1.0  # weight, in clicks, of popularity beside the counts of what followed an item
ROWS = 512  # users scored at a time: bounds the memory to ROWS x items


@dataclass(frozen=True)
class ShuffleTest:
    """What a shuffle takes away.

    rules:          2-gram rules "after i comes j at once" with more than `support` cases and more
                    than `confidence` of i's
    rules_shuffled: the same in a shuffled log, a mean over the shuffles
    ndcg:           NDCG@10 of a first-order predictor on each user's last item, given the history
                    as it was
    ndcg_shuffled:  the same, given the history shuffled, a mean over the shuffles
    """

    rules: int
    rules_shuffled: float
    ndcg: float
    ndcg_shuffled: float

    @property
    def rules_lost(self) -> float | None:
        """As a share of the rules before; None if there was nothing to lose."""
        return 1 - self.rules_shuffled / self.rules if self.rules else None

    @property
    def ndcg_lost(self) -> float | None:
        """As a share of the NDCG@10 before; None if there was nothing to lose."""
        return 1 - self.ndcg_shuffled / self.ndcg if self.ndcg > 0 else None

    def __str__(self) -> str:
        rules = "no rules"
        if self.rules_lost is not None:
            rules = f"{self.rules_lost:.0%} of {self.rules} rules lost"
        ndcg = "no hits"
        if self.ndcg_lost is not None:
            ndcg = f"{self.ndcg_lost:.0%} of an NDCG@10 of {self.ndcg:.3f} lost"
        return f"{rules}; {ndcg}"


def shuffle_test(
    log: pd.DataFrame,
    *,
    support: int = 5,
    confidence: float = 0.1,
    n_shuffles: int = 3,
    seed: int = 0,
) -> ShuffleTest:
    """Compare a log with shuffled copies of itself.

    The predictor counts which item follows which (all events but each user's last; popularity fills
    the gaps), then ranks all items for the last event; ties count against it. It is fitted on the
    log as it was in either case.

    log:        user_id, item_id and, if the rows are not in order of time, timestamp
    support:    a rule has more cases than this
    confidence: a rule makes more than this share of the cases in which something follows i
    n_shuffles: copies
    seed:       of the shuffles

    Raises ValueError for a seed or a number that can't be, if a column is missing, or no user has
    three events (one to come, one to follow, one to predict).
    """
    seed = check_seed(seed)
    n_shuffles = check_count("n_shuffles", n_shuffles, MOST_SHUFFLES)
    user, item, n_items = _ordered(log)
    first = np.flatnonzero(np.r_[True, user[1:] != user[:-1]])
    length = np.diff(np.r_[first, len(user)])
    if not (length >= 3).any():
        raise ValueError(
            "log: no user has three events; a shuffle of shorter histories changes nothing"
        )
    draw = np.random.default_rng(seed)
    target = first + length - 1  # position of each user's last event
    history = np.ones(len(item), dtype=bool)
    history[target] = False

    counts = _Followers(user[history], item[history], n_items)
    tested = target[length >= 3]
    ndcg = counts.ndcg(item[tested - 1], item[tested])
    rules = []
    ndcg_shuffled = []
    for _ in range(n_shuffles):
        mixed = item[np.lexsort((draw.random(len(item)), user))]
        rules.append(count_rules(user, mixed, support=support, confidence=confidence))
        order = np.lexsort((draw.random(history.sum()), user[history]))
        # The history is shuffled, what is to be predicted stays.
        shuffled = item.copy()
        shuffled[history] = item[history][order]
        ndcg_shuffled.append(counts.ndcg(shuffled[tested - 1], item[tested]))
    return ShuffleTest(
        rules=count_rules(user, item, support=support, confidence=confidence),
        rules_shuffled=float(np.mean(rules)),
        ndcg=ndcg,
        ndcg_shuffled=float(np.mean(ndcg_shuffled)),
    )


def _ordered(log: pd.DataFrame) -> tuple[np.ndarray, np.ndarray, int]:
    """User and item codes, by user and then by time, and the number of items.

    Ties, and logs without a time, stay in the order of the rows.
    """
    for column in ("user_id", "item_id"):
        if column not in log:
            raise ValueError(
                f"log: column {column!r} is missing; found "
                f"{', '.join(map(str, log.columns)) or 'none'}"
            )
        if log[column].isna().any():
            raise ValueError(
                f"log: column {column!r} has no value in row "
                f"{log[column].isna().to_numpy().argmax()}"
            )
    user = pd.factorize(log["user_id"])[0]
    item, items = pd.factorize(log["item_id"])
    keys = (log["timestamp"].to_numpy(), user) if "timestamp" in log else (user,)
    order = np.lexsort(keys)
    return user[order], item[order], len(items)


def _pairs(user, item, n_items) -> tuple[np.ndarray, np.ndarray]:
    """Each pair of items that follow each other at once, as `i * n_items + j`, and how often."""
    same = user[1:] == user[:-1]
    return np.unique(item[:-1][same] * np.int64(n_items) + item[1:][same], return_counts=True)


def count_rules(
    user: np.ndarray, item: np.ndarray, *, support: int = 5, confidence: float = 0.1
) -> int:
    """How many rules "after i comes j at once" a log has. An item may follow itself.

    A rule is a pair (i, j) with more than `support` cases, that make more than `confidence` of all
    the cases in which something follows i.

    user: (N,) integers, each user's events together and in order of time
    item: (N,) integers
    """
    n_items = int(item.max(initial=0)) + 1
    pair, count = _pairs(user, item, n_items)
    total = np.bincount(pair // n_items, weights=count, minlength=n_items)[pair // n_items]
    return int(((count > support) & (count > confidence * total)).sum())


class _Followers:
    """Which item follows which: a first-order Markov chain that backs off to popularity."""

    def __init__(self, user, item, n_items):
        self.pair, self.count = _pairs(user, item, n_items)
        # Where row i of the counts begins.
        self.start = np.searchsorted(self.pair, np.arange(n_items + 1) * np.int64(n_items))
        self.popularity = BACK_OFF * np.bincount(item, minlength=n_items) / max(len(item), 1)

    def ndcg(self, last: np.ndarray, target: np.ndarray, k: int = 10) -> float:
        """Mean over users of 1 / log2(1 + rank), 0 beyond rank k. last, target: (U,) items."""
        n_items = len(self.popularity)
        gains = []
        for first in range(0, len(last), ROWS):
            before = last[first : first + ROWS]
            wanted = target[first : first + ROWS]
            row = np.arange(len(before))
            # The row's own scale does not matter to its ranks.
            score = np.tile(self.popularity, (len(before), 1))  # (rows, n_items)
            begin = self.start[before]
            width = self.start[before + 1] - begin
            entry = np.repeat(begin - np.cumsum(width) + width, width) + np.arange(width.sum())
            score[np.repeat(row, width), self.pair[entry] % n_items] += self.count[entry]
            # Itself included: the best rank is 1.
            rank = (score >= score[row, wanted][:, None]).sum(1)
            gains.append(np.where(rank <= k, 1 / np.log2(1.0 + rank), 0.0))
        return float(np.concatenate(gains).mean())
