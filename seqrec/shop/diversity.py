"""A list in which not all items say the same: maximal marginal relevance.

The best ten items of a model are often ten of a kind. Place by place, MMR takes the candidate that
is good and unlike those above it:

    trade_off * score(i) - (1 - trade_off) * max over j above of cosine(i, j)

Carbonell and Goldstein, "The Use of MMR, Diversity-Based Reranking for Reordering Documents and
Producing Summaries" (1998), https://doi.org/10.1145/290941.291025.

Axis letters: B lists, C candidates of a list, D width, K places.
"""

import numpy as np
import numpy.typing as npt

from seqrec.checks import check_count, check_share


def diversify(
    scores: npt.ArrayLike, vectors: npt.ArrayLike, k: int, trade_off: float
) -> np.ndarray:
    """The places of k candidates of each list, in the order of MMR: (B, K) int64 from 0.

    scores:    (B, C) how good each candidate is. A cosine is from -1 to 1, so let them be of about
               that size too: probabilities divided by the row's highest, say
    vectors:   (B, C, D) what it is like; or (C, D), where all lists have the same candidates. A
               vector of zeros is like nothing
    k:         C or fewer
    trade_off: 1 goes by scores alone, 0 by difference alone (the first place still by the score)

    Of equals the first is taken. Time grows with B K C D. Raises ValueError for shapes that don't
    fit together, for numbers that are not finite, for k and trade_off out of range.
    """
    scores, unit = _read(scores, vectors)
    check_count("k", k, highest=scores.shape[1])
    trade_off = check_share("trade_off", trade_off)
    rows = np.arange(len(scores))
    chosen = np.zeros((len(scores), k), np.int64)
    is_left = np.ones(scores.shape, bool)
    # The largest cosine with what stands above; nothing does yet.
    nearest = np.full(scores.shape, -np.inf)
    value = scores
    for place in range(k):
        best = np.where(is_left, value, -np.inf).argmax(axis=1)  # (B,)
        chosen[:, place] = best
        is_left[rows, best] = False
        cosine = np.einsum("bcd,bd->bc", unit, unit[rows, best])  # (B, C)
        nearest = np.maximum(nearest, cosine)
        value = trade_off * scores - (1 - trade_off) * nearest
    return chosen


def _read(scores, vectors):
    """Scores (B, C) and vectors of length 1 (B, C, D), float64."""
    scores = np.asarray(scores, dtype=np.float64)
    vectors = np.asarray(vectors, dtype=np.float64)
    fits = scores.ndim == 2 and 0 not in scores.shape
    fits = fits and vectors.shape[:-1] in (scores.shape, scores.shape[1:])
    if not fits:
        raise ValueError(
            "scores must be (B, C) and vectors (B, C, D) or (C, D), got "
            f"{scores.shape} and {vectors.shape}."
        )
    for name, values in (("scores", scores), ("vectors", vectors)):
        if not np.isfinite(values).all():
            place = tuple(np.argwhere(~np.isfinite(values))[0].tolist())
            raise ValueError(f"{name}{list(place)} must be finite, got {values[place]}.")
    length = np.linalg.norm(vectors, axis=-1, keepdims=True)
    unit = vectors / np.where(length > 0, length, 1.0)
    return scores, np.broadcast_to(unit, (*scores.shape, vectors.shape[-1]))
