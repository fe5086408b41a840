"""Metrics without luck, where the law of the next item is known: in the simulated shop.

Axis letters: B users, V columns, K cut-off.
"""

import numpy as np
import numpy.typing as npt

from seqrec.checks import check_count
from seqrec.metrics.arrays import as_numpy, read_scores
from seqrec.metrics.ranking import best_places, hit_rate, ndcg


def expected_hit_rate(scores: npt.ArrayLike, probabilities: npt.ArrayLike, k: int) -> np.ndarray:
    """Probability that the next item is among the first k: HR@k without luck.

    scores:        (B, V) of the model that is judged.
    probabilities: (B, V) the true law of the next item: rows sum to 1, column 0 is 0.
    k:             cut-off.
    Returns (B,) float64, the sum over items of probability * hit_rate(rank of the item, k).
    Raises ValueError for scores with a NaN, another shape, or what is no law.
    """
    return _expected(hit_rate, scores, probabilities, k)


def expected_ndcg(scores: npt.ArrayLike, probabilities: npt.ArrayLike, k: int) -> np.ndarray:
    """Mean NDCG@k of the scores over the true law of the next item; as `expected_hit_rate`.

    scores, probabilities: (B, V). Returns (B,) float64.
    """
    return _expected(ndcg, scores, probabilities, k)


def _expected(metric, scores, probabilities, k):
    """Sum of probability * metric(rank, k) over the items.

    Only k + 1 items need a rank, the others are no hits.
    """
    scores = read_scores(scores)
    probabilities = as_numpy(probabilities)
    if probabilities.shape != scores.shape:
        raise ValueError(
            f"scores {scores.shape} and probabilities {probabilities.shape} must have one shape."
        )
    if (
        (probabilities < 0).any()
        or (probabilities[:, 0] != 0).any()
        or not np.allclose(probabilities.sum(axis=1), 1)
    ):
        raise ValueError(
            "probabilities must be 0 or more and sum to 1 in each row, with 0 in column 0 "
            "(padding)."
        )
    items, _, rank = best_places(scores, check_count("k", k))
    return (np.take_along_axis(probabilities, items, axis=1) * metric(rank, k)).sum(axis=1)
