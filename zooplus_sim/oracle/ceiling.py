"""Expected scores under a posterior: what a ranking is worth before the next click is known.

A score such as HR@k of one click is 0 or 1; its expectation under P(next item | history) is smooth,
so far fewer histories give the same precision. Ranking by the posterior itself is best for both
scores: the ceiling.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd


@dataclass(frozen=True, kw_only=True, eq=False)
class Ceiling:
    """The best expected scores for the click after each position of each history.

    For a leave-last-out test take the last column.

    k:        cut-off
    clicks:   (B, L) how many clicks are known at the position, 0 in the padding
    hit_rate: (B, L) expected HR@k of the best ranking
    ndcg:     (B, L) expected NDCG@k of the best ranking
    """

    k: int
    clicks: np.ndarray
    hit_rate: np.ndarray
    ndcg: np.ndarray

    def by_position(self) -> pd.DataFrame:
        """Means by the number of clicks known (the index), and of how many positions they are."""
        columns = {
            "clicks": self.clicks.ravel(),
            "hit_rate": self.hit_rate.ravel(),
            "ndcg": self.ndcg.ravel(),
        }
        groups = pd.DataFrame(columns).groupby("clicks")
        return groups.mean().assign(positions=groups.size())


def best_expected_scores(probabilities: np.ndarray, k: int) -> tuple[np.ndarray, np.ndarray]:
    """Expected HR@k and NDCG@k of the ranking by the probabilities themselves.

    probabilities: (J, B), row 0 is not read
    k:             cut-off

    Returns two (B,).
    """
    probabilities = probabilities[1:]
    n_ranked = min(k, len(probabilities))
    best = np.ascontiguousarray(probabilities.T)  # (B, J - 1)
    best.partition(best.shape[1] - n_ranked, axis=1)
    best = np.sort(best[:, best.shape[1] - n_ranked :], axis=1)[:, ::-1]  # (B, k), the best first
    return best.sum(1), best @ discounts(n_ranked)


def expected_scores(
    probabilities: np.ndarray, scores: np.ndarray, k: int
) -> tuple[np.ndarray, np.ndarray]:
    """Expected HR@k and NDCG@k of the ranking by `scores`; ties count against it.

    probabilities: (B, J), column 0 is not read
    scores:        (B, J) likewise, larger is better
    k:             cut-off

    Returns two (B,).
    """
    hit_rate = np.empty(len(scores))
    ndcg = np.empty(len(scores))
    pairs = zip(probabilities[:, 1:], scores[:, 1:], strict=True)
    for row, (probability, score) in enumerate(pairs):
        ordered = np.sort(score)
        # 0 is the best; of ties, all have the place of the last.
        rank = len(score) - np.searchsorted(ordered, score, side="left") - 1  # (J - 1,)
        inside = rank < k
        hit_rate[row] = probability[inside].sum()
        ndcg[row] = (probability[inside] / np.log2(rank[inside] + 2)).sum()
    return hit_rate, ndcg


def discounts(k: int) -> np.ndarray:
    """(k,) what a hit at each rank is worth: 1 / log2(rank + 1) (Järvelin & Kekäläinen 2002)."""
    return 1 / np.log2(np.arange(2, k + 2))
