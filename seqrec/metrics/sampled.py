"""What an evaluation against a sample of the items would report, from the full ranks.

Here to be compared with, not to be used: two models can change places under it (Krichene and
Rendle, "On Sampled Metrics for Item Recommendation", 2020). Of the n_candidates - 1 others,
rank - 1 beat the target. Of a sample drawn without replacement, a hypergeometric number does, so
the full rank is all that has to be known.

Axis letters: B users.
"""

from math import comb

import numpy as np
import numpy.typing as npt

from seqrec.checks import check_count, numpy_generator
from seqrec.metrics.arrays import read_ranks


def sampled_ranks(
    ranks: npt.ArrayLike,
    n_candidates: npt.ArrayLike,
    n_negatives: int,
    seed: int | np.random.Generator,
) -> np.ndarray:
    """The ranks that a sampled evaluation would report: the target against random other items.

    ranks:        (B,) full ranks. A rank beyond n_candidates counts as the last: so stands a target
                  at -inf.
    n_candidates: how many items were ranked, the target included; one number or (B,).
    n_negatives:  how many other items are drawn.
    seed:         integer or numpy Generator.
    Returns (B,) int64, from 1 to n_negatives + 1.
    Raises ValueError for a rank that is no integer from 1, and for more negatives than there are.
    """
    ranks = read_ranks(ranks)
    n_candidates = np.broadcast_to(n_candidates, ranks.shape)
    if (n_candidates <= check_count("n_negatives", n_negatives)).any():
        raise ValueError(
            f"{n_negatives} negatives cannot be drawn from {n_candidates.min()} items less the "
            "target."
        )
    better = np.minimum(ranks, n_candidates) - 1
    worse = n_candidates - 1 - better
    return 1 + numpy_generator("seed", seed).hypergeometric(better, worse, n_negatives)


def expected_sampled_hit_rate(
    ranks: npt.ArrayLike, n_candidates: npt.ArrayLike, n_negatives: int, k: int
) -> np.ndarray:
    """Chance that a sampled evaluation finds the target among the first k.

    The mean over all draws of `sampled_ranks`, without luck: the chance that fewer than k of the
    `n_negatives` drawn beat the target, by the hypergeometric law

        sum over b < k of  C(rank - 1, b) C(n_candidates - rank, n_negatives - b)
                           / C(n_candidates - 1, n_negatives)

    ranks:        (B,) full ranks.
    n_candidates: how many items were ranked, the target included; one number or (B,).
    n_negatives:  how many other items are drawn.
    k:            cut-off.
    Returns (B,) float64.
    Raises ValueError for a rank beyond n_candidates, and for more negatives than there are.
    """
    ranks = read_ranks(ranks)
    k = check_count("k", k)
    n_candidates = np.broadcast_to(n_candidates, ranks.shape)
    if (n_candidates <= check_count("n_negatives", n_negatives)).any() or (
        ranks > n_candidates
    ).any():
        raise ValueError(
            f"{n_negatives} negatives, ranks up to {ranks.max()} and {n_candidates.min()} items "
            "don't fit."
        )
    distinct, places = np.unique(
        np.stack([ranks - 1, n_candidates - 1]), axis=1, return_inverse=True
    )
    chances = [
        sum(
            comb(better, b) * comb(others - better, n_negatives - b)
            for b in range(min(k, n_negatives + 1))
        )
        / comb(others, n_negatives)
        for better, others in distinct.T.tolist()
    ]
    return np.array(chances, np.float64)[places]
