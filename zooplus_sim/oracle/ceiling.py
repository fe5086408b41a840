"""Expected scores under a posterior: what a ranking of the products is worth before the next click
is known.

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

    k: cut-off. clicks: (B, L) how many clicks are known at the position, 0 in the padding.
    hit_rate, ndcg: (B, L) expected HR@k and NDCG@k of the best ranking. For a leave-last-out test
    take the last column.
    """

    k: int
    clicks: np.ndarray
    hit_rate: np.ndarray
    ndcg: np.ndarray

    def by_position(self) -> pd.DataFrame:
        """Means by the number of clicks known (index), with the number of positions that each is a
        mean of.
        """
        columns = {
            "clicks": self.clicks.ravel(),
            "hit_rate": self.hit_rate.ravel(),
            "ndcg": self.ndcg.ravel(),
        }
        groups = pd.DataFrame(columns).groupby("clicks")
        return groups.mean().assign(positions=groups.size())


def best_expected_scores(probabilities: np.ndarray, k: int) -> tuple[np.ndarray, np.ndarray]:
    """Expected HR@k and NDCG@k of the ranking by the probabilities themselves.

    (J, B) -> two (B,).
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

    Both (B, J). Returns two (B,).
    """
    hit_rate, ndcg = np.empty(len(scores)), np.empty(len(scores))
    for row, (probability, score) in enumerate(
        zip(probabilities[:, 1:], scores[:, 1:], strict=True)
    ):
        ordered = np.sort(score)
        rank = (
            len(score) - np.searchsorted(ordered, score, side="left") - 1
        )  # (J - 1,) 0 = best; the last of its ties
        inside = rank < k
        hit_rate[row] = probability[inside].sum()
        ndcg[row] = (probability[inside] / np.log2(rank[inside] + 2)).sum()
    return hit_rate, ndcg


def discounts(k: int) -> np.ndarray:
    """(k,) what a hit at rank 1, 2, ...

    is worth: 1 / log2(rank + 1) (Järvelin & Kekäläinen 2002).
    """
    return 1 / np.log2(np.arange(2, k + 2))
