"""Models that count: which products are clicked, and which product follows which.

Nothing is trained. They hold the interface of `seqrec.baselines`, learn from a log of clicks and
answer from the history alone. Scores are probabilities. What was never counted falls back to
popularity: a history that is empty, or ends with a product that nobody clicked in the log.

Axis letters: N events, B users, L length, V = n_items + 1 columns (column 0 is padding).
"""

from typing import Self

import numpy as np
import numpy.typing as npt
import pandas as pd

from seqrec.baselines.histories import read_clicks, read_histories
from seqrec.baselines.pairs import add_smoothed, follower_counts, last_items, voters
from seqrec.baselines.settings import check_settings


class Popularity:
    """The same answer to everybody: P(j) = clicks of j / clicks of all. The foot of the ladder.

    n_items: products are 1..n_items.

    Learned: probabilities_ (V,), column 0 is 0.
    """

    def __init__(self, n_items: int) -> None:
        self.n_items = n_items

    def fit(self, interactions: pd.DataFrame) -> Self:
        """Count. interactions: log with `item_id` in 1..n_items.

        Returns self. Raises ValueError for a bad log.
        """
        check_settings(self)
        _, items = read_clicks(interactions, self.n_items)
        self.probabilities_ = popularity(items, self.n_items)
        return self

    def score(self, user_ids: npt.ArrayLike, histories: npt.ArrayLike) -> np.ndarray:
        """P (B, V) of every product; column 0 is -inf."""
        check_learned(self, "probabilities_")
        histories = read_histories(user_ids, histories, self.n_items)
        return without_padding(np.tile(self.probabilities_, (len(histories), 1)))


class MarkovChain:
    """The last click i decides: P(j | i) = (n_ij + smoothing * P(j)) / (n_i + smoothing).

    n_ij counts how often j followed i at once, n_i how often anything did, P is popularity.

    n_items:   products are 1..n_items.
    smoothing: in imagined clicks: after that many real ones, what was counted weighs as much as
               popularity does.

    Learned: probabilities_ (V,) popularity, followers_ (PairCounts).
    """

    def __init__(self, n_items: int, *, smoothing: float = 5.0) -> None:
        self.n_items = n_items
        self.smoothing = smoothing

    def fit(self, interactions: pd.DataFrame) -> Self:
        """Count. interactions: log with `item_id` in 1..n_items.

        Returns self. Raises ValueError for a bad log.
        """
        check_settings(self, positives=["smoothing"])
        users, items = read_clicks(interactions, self.n_items)
        self.probabilities_ = popularity(items, self.n_items)
        self.followers_ = follower_counts(users, items, self.n_items)
        return self

    def score(self, user_ids: npt.ArrayLike, histories: npt.ArrayLike) -> np.ndarray:
        """P(j | last click) (B, V); column 0 is -inf."""
        check_learned(self, "followers_")
        histories = read_histories(user_ids, histories, self.n_items)
        last = last_items(histories, 1)[:, 0]  # (B,)
        scores = np.zeros((len(last), self.n_items + 1))
        add_smoothed(
            scores, self.followers_, last, np.ones(len(last)), self.probabilities_, self.smoothing
        )
        return without_padding(scores)


class ItemCoOccurrence:
    """The last `window` clicks vote, the newer ones more: a k-nearest-neighbour model of items.

        P(j | h) = sum over d = 1..window of decay^(d - 1) P(j | h_d)  /  sum of the decay^(d - 1)
        P(j | i) = (c_ij + smoothing * P(j)) / (c_i + smoothing)
        c_ij     = sum over d = 1..window of decay^(d - 1) * how often j came d clicks after i
        c_i      = sum over j of c_ij

    h_d is the click d steps back, P(j) popularity. One pass over the log for each d, no training:
    on real logs it beats many a network that was trained in haste, so no comparison should leave it
    out.

    n_items:   products are 1..n_items.
    window:    clicks that vote; 1 is the Markov chain.
    decay:     what a vote weighs, beside the one a click newer.
    smoothing: in imagined clicks, as `MarkovChain` has it.

    Learned: probabilities_ (V,) popularity, followers_ (PairCounts).
    """

    def __init__(
        self, n_items: int, *, window: int = 5, decay: float = 0.5, smoothing: float = 5.0
    ) -> None:
        self.n_items = n_items
        self.window = window
        self.decay = decay
        self.smoothing = smoothing

    def fit(self, interactions: pd.DataFrame) -> Self:
        """Count. interactions: log with `item_id` in 1..n_items.

        Returns self. Raises ValueError for a bad log.
        """
        check_settings(self, counts=["window"], positives=["decay", "smoothing"])
        users, items = read_clicks(interactions, self.n_items)
        self.probabilities_ = popularity(items, self.n_items)
        self.followers_ = follower_counts(
            users, items, self.n_items, window=self.window, decay=self.decay
        )
        return self

    def score(self, user_ids: npt.ArrayLike, histories: npt.ArrayLike) -> np.ndarray:
        """P(j | last clicks) (B, V); column 0 is -inf."""
        check_learned(self, "followers_")
        histories = read_histories(user_ids, histories, self.n_items)
        recent, weights = voters(histories, self.window, self.decay)
        scores = np.zeros((len(recent), self.n_items + 1))
        for items, weight in zip(recent.T, weights.T, strict=True):
            add_smoothed(
                scores, self.followers_, items, weight, self.probabilities_, self.smoothing
            )
        return without_padding(scores)


def popularity(items, n_items):
    """Share of the clicks of each product, (V,) float64; column 0 is 0."""
    return np.bincount(items, minlength=n_items + 1) / len(items)


def without_padding(scores):
    """The same array, with column 0 at -inf."""
    scores[:, 0] = -np.inf
    return scores


def check_learned(model, name):
    """Raise RuntimeError unless the model has the learned attribute `name`."""
    if not hasattr(model, name):
        raise RuntimeError(
            f"{type(model).__name__} has learned nothing yet: call fit(interactions) first"
        )
