"""How good is a ranking? Ranks first, then what a place is worth.

    ranks(scores, targets)      one number per user: the place of the item that followed
    hit_rate, ndcg, ...         what a place is worth, per user
    gains(scores, k)            the same for every item, should it be the one that is clicked

Scores are (B, V) with one column per item id: column j is item j, higher is better. Column 0 is
padding and is never looked at. An item at -inf is ruled out: it ranks behind every item with a
finite score. NaN is an error. So is what `SequentialRecommender.score_items` gives, which has no
column for padding (its `padded=True` adds one); other such tables can't be told from right ones.

Everything is computed and returned in NumPy. Tensors are taken too, and are copied to the CPU first
if they lie elsewhere: what is kept of a score is one rank, so let `full_ranking` bring them over
chunk by chunk.

Axis letters: B users, V columns, K cut-off or list length, S seen items.
"""

from collections.abc import Callable
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from seqrec.checks import check_count
from seqrec.metrics.arrays import as_numpy, read_ids, read_ranks, read_scores


def ranks(scores: npt.ArrayLike, targets: npt.ArrayLike) -> np.ndarray:
    """The place of each target in its row, 1 = best: how many items score at least as much.

    Ties count against the model. A model that gives every item the same score has learned nothing,
    and gets the last rank; an `argsort` would hand it whatever rank the order of the items happens
    to give, often the first.

    scores:  (B, V), see the module.
    targets: (B,) item ids, 1 to V - 1.
    Returns (B,) int64, 1 to V - 1; a target at -inf gets V - 1, the last.
    Raises ValueError for a NaN, a target that is no item, or shapes that don't belong together.

    >>> ranks([[-np.inf, 0.3, 0.9, 0.3]], targets=[1])
    array([3])
    """
    scores = read_scores(scores)
    targets = read_ids("targets", targets, lowest=1, V=scores.shape[1])
    if targets.shape != scores.shape[:1]:
        raise ValueError(
            f"scores are {scores.shape}, so targets must be ({len(scores)},), got {targets.shape}."
        )
    own = np.take_along_axis(scores, targets[:, None], axis=1)  # (B, 1)
    return (scores[:, 1:] >= own).sum(axis=1)


def exclude(scores: npt.ArrayLike, seen: npt.ArrayLike) -> np.ndarray:
    """A copy of the scores with each user's seen items at -inf.

    Not for a shop where people buy things again. An excluded item ranks last even if it is the
    target: the shop would not have shown it.

    scores: (B, V).
    seen:   (B, S) item ids, 0 = nothing; repeats are fine.
    Returns (B, V).
    Raises ValueError for a NaN, an id beyond V - 1, or shapes that don't belong together.
    """
    scores = read_scores(scores)
    seen = read_ids("seen", seen, lowest=0, V=scores.shape[1])
    if seen.ndim != 2 or len(seen) != len(scores):
        raise ValueError(
            f"scores are {scores.shape}, so seen must be ({len(scores)}, S), got {seen.shape}."
        )
    scores = scores.copy()
    np.put_along_axis(scores, seen, -np.inf, axis=1)
    return scores


def top_items(scores: npt.ArrayLike, k: int) -> np.ndarray:
    """The k best items of each row, best first; items that tie stand in no particular order.

    scores: (B, V).
    k:      length of the lists, 1 or more.
    Returns (B, k) int64 item ids, with 0 where a row has fewer than k items above -inf.
    """
    items, best = _best(read_scores(scores), check_count("k", k))
    items[best == -np.inf] = 0
    return np.pad(items, ((0, 0), (0, k - items.shape[1])))


class Ranking(NamedTuple):
    """What `full_ranking` keeps of all the scores."""

    ranks: np.ndarray  # (B,) int64
    top_items: np.ndarray  # (B, K) int64, K = 0 unless asked for


def full_ranking(
    score: Callable[[slice], npt.ArrayLike],
    targets: npt.ArrayLike,
    *,
    seen: npt.ArrayLike | None = None,
    top: int = 0,
    chunk: int = 256,
) -> Ranking:
    """Rank every target among all items, a few users at a time: only their scores need memory.

    score:   function of a slice of users -> their scores (chunk, V), for example
             ``lambda rows: model.score(user_ids[rows], histories[rows])``.
    targets: (B,) item ids.
    seen:    (B, S) item ids to leave out of the ranking, 0 = nothing (see `exclude`).
    top:     how many of the best items to keep per user, for `coverage` and `popularity_bias`.
    chunk:   users at a time.

    Returns a :class:`Ranking`. Memory: chunk * V scores, doubled by `seen`, and what is returned: a
    million users with 100,000 items need 0.1 GB of scores at a time, not 400.
    """
    targets = as_numpy(targets)
    top = check_count("top", top, lowest=0)
    rank = np.empty(len(targets), np.int64)
    best = np.empty((len(targets), top), np.int64)
    for start in range(0, len(targets), check_count("chunk", chunk)):
        rows = slice(start, min(start + chunk, len(targets)))
        scores = score(rows) if seen is None else exclude(score(rows), seen[rows])
        rank[rows] = ranks(scores, targets[rows])
        if top:
            best[rows] = top_items(scores, top)
        # Else two chunks are held while the next one is computed.
        del scores
    return Ranking(rank, best)


def hit_rate(ranks: npt.ArrayLike, k: int) -> np.ndarray:
    """1 where the target is among the first k, else 0. With one target that is recall@k.

    (B,) ranks -> (B,) float64.
    """
    return (read_ranks(ranks) <= check_count("k", k)).astype(np.float64)


def ndcg(ranks: npt.ArrayLike, k: int) -> np.ndarray:
    """1 / log2(1 + rank) where the target is among the first k, else 0. (B,) ranks -> (B,) float64.

    Normalised discounted cumulative gain (Järvelin and Kekäläinen, 2002) for one relevant item: the
    best possible is 1.
    """
    return hit_rate(ranks, k) / np.log2(1 + read_ranks(ranks))


def reciprocal_rank(ranks: npt.ArrayLike) -> np.ndarray:
    """1 / rank. (B,) ranks -> (B,) float64. The mean over users is the MRR."""
    return 1 / read_ranks(ranks)


def gains(scores: npt.ArrayLike, k: int) -> np.ndarray:
    """What an item's place is worth if it is clicked: 1 / log2(rank + 1) up to rank k.

    scores: (B, V).
    k:      cut-off.
    Returns (B, V) float64. Ties count against. Padding, column 0, is worth nothing; nor is an item
    at -inf.
    """
    scores = read_scores(scores)
    items, best, rank = best_places(scores, check_count("k", k))
    worth = np.zeros(scores.shape)
    np.put_along_axis(worth, items, np.where(best > -np.inf, ndcg(rank, k), 0.0), axis=1)
    return worth


def share_of_lift(
    model: npt.ArrayLike, popularity: npt.ArrayLike, oracle: npt.ArrayLike
) -> np.float64 | np.ndarray:
    """(model - popularity) / (oracle - popularity): 0 = as popularity, 1 = all that can be had.

    Three values of one metric over the same users; numbers or arrays. Below 0 is worse than
    popularity; above 1 means noise, or a model that knows what the oracle doesn't.
    Raises ValueError where the oracle is not above popularity.
    """
    model, popularity, oracle = (
        np.asarray(value, dtype=np.float64) for value in (model, popularity, oracle)
    )
    if not (oracle > popularity).all():
        raise ValueError(
            f"the oracle ({oracle}) must be above popularity ({popularity}): else there is no lift."
        )
    return (model - popularity) / (oracle - popularity)


def best_places(scores, k):
    """Ids, scores and ranks of the k + 1 best items, (B, K + 1) each.

    Ranks are right up to k, more than k beyond: all that a metric with cut-off k looks at.
    """
    items, best = _best(scores, k + 1)
    return items, best, (best[:, None, :] >= best[:, :, None]).sum(axis=2)


def _best(scores, k):
    """Ids and scores of the k best items (fewer if there are fewer), best first: (B, K) each."""
    items = scores[:, 1:]
    k = min(k, items.shape[1])
    columns = np.argpartition(items, items.shape[1] - k, axis=1)[:, -k:]  # (B, K), in any order
    best = np.take_along_axis(items, columns, axis=1)
    order = np.argsort(-best, axis=1, kind="stable")
    return np.take_along_axis(columns, order, axis=1) + 1, np.take_along_axis(best, order, axis=1)
