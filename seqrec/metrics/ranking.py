"""How good is a ranking? Ranks first, then everything that is computed from them.

    ranks(scores, targets)      one number per user: the place of the item that followed
    hit_rate, ndcg, ...         what a place is worth, per user
    gains(scores, k)            the same for every item, should it be the one that is clicked

Scores are (B, V) with one column per item id: column j is item j, higher is better. Column 0 is
padding and is never looked at. An item at -inf is ruled out: it ranks behind every item with a
finite score. NaN is an error.

Everything is computed and returned in NumPy. Tensors are taken too, and are copied to the CPU first
if they lie
elsewhere: what is kept of a score is one rank, so let `full_ranking` bring them over chunk by
chunk.

Axis letters: B users, V columns, K cut-off or list length, S seen items.
"""

from math import comb
from typing import NamedTuple

import numpy as np

from seqrec.checks import check_count
from seqrec.metrics.arrays import as_numpy


def ranks(scores, targets):
    """The place of each target among the items of its row, 1 = best: how many items score at least
    as much as it.

    Ties count against the model. A model that gives every item the same score has learned nothing,
    and gets the last rank; an `argsort` would hand it whatever rank the order of the items happens
    to give, often the first.

    scores: (B, V), see the module. targets: (B,) item ids, 1 to V - 1.
    Returns (B,) int64, 1 to V - 1; a target at -inf gets V - 1, the last.
    Raises ValueError for a NaN, a target that is no item, or shapes that don't belong together.

    >>> ranks([[-np.inf, 0.3, 0.9, 0.3]], targets=[1])
    array([3])
    """
    scores = _read_scores(scores)
    targets = _read_ids("targets", targets, lowest=1, V=scores.shape[1])
    if targets.shape != scores.shape[:1]:
        raise ValueError(
            f"scores are {scores.shape}, so targets must be ({len(scores)},), got {targets.shape}."
        )
    own = np.take_along_axis(scores, targets[:, None], axis=1)  # (B, 1)
    return (scores[:, 1:] >= own).sum(axis=1)


def exclude(scores, seen):
    """A copy of the scores with each user's seen items at -inf. Not for a shop where people buy
    things again.

    scores: (B, V). seen: (B, S) item ids, 0 = nothing; repeats are fine.
    An excluded item ranks last even if it is the target: the shop would not have shown it.
    """
    scores = _read_scores(scores)
    seen = _read_ids("seen", seen, lowest=0, V=scores.shape[1])
    if seen.ndim != 2 or len(seen) != len(scores):
        raise ValueError(
            f"scores are {scores.shape}, so seen must be ({len(scores)}, S), got {seen.shape}."
        )
    scores = scores.copy()
    np.put_along_axis(scores, seen, -np.inf, axis=1)
    return scores


def top_items(scores, k):
    """The k best items of each row, best first; items that tie stand in no particular order.

    scores: (B, V). Returns (B, k) int64 item ids, with 0 where a row has fewer than k items above
    -inf.
    """
    items, best = _best(_read_scores(scores), check_count("k", k))
    items[best == -np.inf] = 0
    return np.pad(items, ((0, 0), (0, k - items.shape[1])))


class Ranking(NamedTuple):
    """What `full_ranking` keeps of all the scores."""

    ranks: np.ndarray  # (B,) int64
    top_items: np.ndarray  # (B, K) int64, K = 0 unless asked for


def full_ranking(score, targets, *, seen=None, top=0, chunk=256):
    """Rank every target among all items, `chunk` users at a time, so that the scores of the others
    need no memory.

    score:   function of a slice of users -> their scores (chunk, V), for example
             ``lambda rows: model.score(user_ids[rows], histories[rows])``.
    targets: (B,) item ids.
    seen:    (B, S) item ids to leave out of the ranking, 0 = nothing (see `exclude`).
    top:     how many of the best items to keep per user, for `coverage` and `popularity_bias`.

    Returns a :class:`Ranking`. Memory: chunk * V scores, doubled by `seen`, and what is returned: a
    million users with 100,000 items need 0.1 GB of scores at a time, not 400.
    """
    targets, top = as_numpy(targets), check_count("top", top, lowest=0)
    rank, best = np.empty(len(targets), np.int64), np.empty((len(targets), top), np.int64)
    for start in range(0, len(targets), check_count("chunk", chunk)):
        rows = slice(start, min(start + chunk, len(targets)))
        scores = score(rows) if seen is None else exclude(score(rows), seen[rows])
        rank[rows] = ranks(scores, targets[rows])
        if top:
            best[rows] = top_items(scores, top)
        del scores  # else two chunks are held while the next one is computed
    return Ranking(rank, best)


def sampled_ranks(ranks, n_candidates, n_negatives, seed):
    """The ranks that a sampled evaluation would report: each target against `n_negatives` random
    other items.

    Here to be compared with, not to be used: two models can change places under it (Krichene and
    Rendle, "On Sampled Metrics for Item Recommendation", 2020). Of the n_candidates - 1 others,
    rank - 1 beat the target. Of a sample drawn without replacement, a hypergeometric number does,
    so the full rank is all that has to be known.

    ranks: (B,) full ranks. n_candidates: how many items were ranked, the target included; one
    number or (B,). A larger rank counts as the last: so stands a target at -inf. seed: integer or
    numpy Generator. Returns (B,) int64.
    """
    ranks = _read_ranks(ranks)
    n_candidates = np.broadcast_to(n_candidates, ranks.shape)
    if (n_candidates <= check_count("n_negatives", n_negatives)).any():
        raise ValueError(
            f"{n_negatives} negatives cannot be drawn from {n_candidates.min()} items less the "
            "target."
        )
    better = np.minimum(ranks, n_candidates) - 1
    return 1 + np.random.default_rng(seed).hypergeometric(
        better, n_candidates - 1 - better, n_negatives
    )


def expected_sampled_hit_rate(ranks, n_candidates, n_negatives, k):
    """Chance that a sampled evaluation finds the target among the first k: the mean of
    `sampled_ranks`, without luck.

    That is the chance that fewer than k of the `n_negatives` drawn beat the target, by the
    hypergeometric law

        sum over b < k of  C(rank - 1, b) C(n_candidates - rank, n_negatives - b) / C(n_candidates - 1, n_negatives)

    ranks: (B,) full ranks. n_candidates: how many items were ranked, one number or (B,). Returns
    (B,) float64.
    Raises ValueError for a rank beyond n_candidates, and for more negatives than there are.
    """
    ranks, k = _read_ranks(ranks), check_count("k", k)
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


def hit_rate(ranks, k):
    """1 where the target is among the first k, else 0.

    (B,) ranks -> (B,) float64. With one target: recall@k.
    """
    return (_read_ranks(ranks) <= check_count("k", k)).astype(np.float64)


def ndcg(ranks, k):
    """1 / log2(1 + rank) where the target is among the first k, else 0. (B,) ranks -> (B,) float64.

    Normalised discounted cumulative gain (Järvelin and Kekäläinen, 2002) for one relevant item: the
    best possible is 1.
    """
    return hit_rate(ranks, k) / np.log2(1 + _read_ranks(ranks))


def reciprocal_rank(ranks):
    """1 / rank, (B,) float64. The mean over users is the MRR."""
    return 1 / _read_ranks(ranks)


def expected_hit_rate(scores, probabilities, k):
    """Probability that the next item is among the first k, if `probabilities` is its true law: HR@k
    without luck.

    scores: (B, V) of the model that is judged. probabilities: (B, V), rows sum to 1, column 0 is 0.
    Returns (B,) float64, the sum over items of probability * hit_rate(rank of the item, k).
    """
    return _expected(hit_rate, scores, probabilities, k)


def expected_ndcg(scores, probabilities, k):
    """Mean NDCG@k of the scores if `probabilities` is the true law of the next item.

    As `expected_hit_rate`.
    """
    return _expected(ndcg, scores, probabilities, k)


def gains(scores, k):
    """What an item's place is worth if it is clicked: 1 / log2(rank + 1) up to rank k, ties count
    against.

    scores: (B, V). Returns (B, V) float64. Padding, column 0, is worth nothing; nor is an item at
    -inf.
    """
    scores = _read_scores(scores)
    items, best, rank = _places(scores, check_count("k", k))
    worth = np.zeros(scores.shape)
    np.put_along_axis(worth, items, np.where(best > -np.inf, ndcg(rank, k), 0.0), axis=1)
    return worth


def share_of_lift(model, popularity, oracle):
    """(model - popularity) / (oracle - popularity): 0 = no better than popularity, 1 = all that can
    be achieved.

    Three values of one metric over the same users; numbers or arrays. Below 0 is worse than
    popularity; above 1 means noise, or a model that knows what the oracle doesn't. Raises
    ValueError where the oracle is not above popularity.
    """
    model, popularity, oracle = (
        np.asarray(value, dtype=np.float64) for value in (model, popularity, oracle)
    )
    if not (oracle > popularity).all():
        raise ValueError(
            f"the oracle ({oracle}) must be above popularity ({popularity}): else there is no lift."
        )
    return (model - popularity) / (oracle - popularity)


def coverage(top_items, n_items):
    """Share of the catalogue that is shown to somebody.

    top_items: (B, K) item ids, 0 = nothing. Returns a float.
    """
    top_items = _read_ids("top_items", top_items, lowest=0, V=check_count("n_items", n_items) + 1)
    return np.count_nonzero(np.unique(top_items)) / n_items


def popularity_bias(top_items, item_counts):
    """How popular what a user is shown is, next to what people click: 1 = the same, 2 = twice as
    popular.

    Mean count of the user's list, over the mean count of a click, sum(c^2) / sum(c). Close to the
    popularity lift of Abdollahpouri et al. (2020), who compare with the user's own clicks.

    top_items: (B, K) item ids, 0 = nothing. item_counts: (V,) clicks per item, column 0 not looked
    at.
    Returns (B,) float64, NaN for a user who is shown nothing.
    """
    counts = np.array(item_counts, dtype=np.float64)
    counts[0] = 0
    if not counts.sum() > 0:
        raise ValueError("item_counts hold no click: nothing is popular.")
    top_items = _read_ids("top_items", top_items, lowest=0, V=len(counts))
    shown = np.count_nonzero(top_items, axis=1)
    of_lists = np.divide(
        counts[top_items].sum(axis=1), shown, out=np.full(len(shown), np.nan), where=shown > 0
    )
    return of_lists / (counts @ counts / counts.sum())


def _best(scores, k):
    """Ids and scores of the k best items (fewer if there are fewer), best first: (B, K) each."""
    items = scores[:, 1:]
    k = min(k, items.shape[1])
    columns = np.argpartition(items, items.shape[1] - k, axis=1)[:, -k:]  # (B, K), in any order
    best = np.take_along_axis(items, columns, axis=1)
    order = np.argsort(-best, axis=1, kind="stable")
    return np.take_along_axis(columns, order, axis=1) + 1, np.take_along_axis(best, order, axis=1)


def _places(scores, k):
    """Ids, scores and ranks of the k + 1 best items:

    (B, K + 1) each. Ranks are right up to k, more than k beyond.
    """
    items, best = _best(scores, k + 1)
    return items, best, (best[:, None, :] >= best[:, :, None]).sum(axis=2)


def _expected(metric, scores, probabilities, k):
    """Sum of probability * metric(rank, k) over the items; only k + 1 items need a rank, the others
    are no hits.
    """
    scores, probabilities = _read_scores(scores), as_numpy(probabilities)
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
    items, _, rank = _places(scores, check_count("k", k))
    return (np.take_along_axis(probabilities, items, axis=1) * metric(rank, k)).sum(axis=1)


def _read_scores(scores):
    scores = as_numpy(scores)
    if scores.ndim != 2 or scores.shape[1] < 2:
        raise ValueError(
            f"scores must be (B, V), one column per item and one for padding, got {scores.shape}."
        )
    if scores.dtype.kind != "f":
        scores = scores.astype(np.float64)
    highest = scores[:, 1:].max(axis=1)  # NaN if there is one in the row
    if np.isnan(highest).any():
        row = int(np.isnan(highest).argmax())
        raise ValueError(
            f"scores hold NaN, first in row {row}: a comparison with NaN is always False, so the "
            "model would be ranked too well. Cure: find where it comes from, a softmax over "
            "nothing perhaps."
        )
    return scores


def _read_ids(name, ids, lowest, V):
    ids = as_numpy(ids)
    if ids.dtype.kind not in "iu":
        raise ValueError(f"{name} must hold integer item ids, got dtype {ids.dtype}.")
    wrong = (ids < lowest) | (ids >= V)
    if wrong.any():
        where = tuple(int(i) for i in np.argwhere(wrong)[0])
        raise ValueError(
            f"{name} at {where} holds {ids[where]}; expected {lowest} to {V - 1} (0 is padding)."
        )
    return ids


def _read_ranks(ranks):
    ranks = as_numpy(ranks)
    if ranks.dtype.kind not in "iu" or (ranks < 1).any():
        raise ValueError(f"ranks must be integers from 1 (the best), got {ranks!r}.")
    return ranks
