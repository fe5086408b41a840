"""Two stages: a quick model finds a few hundred candidates, a careful one puts them in order.

    retrieve(tower, histories, k, index)            what the first stage finds
    rerank(ranker, histories, candidates, k)        what the second makes of it
    TwoStageRecommender(retriever, ranker)          both, from log to lists
    error_budget(law, scores, candidates, k)        whose fault is what is lost?

A ranker is a network that answers `score_candidates(histories, candidates)`, (B, L) and (B, C) ->
(B, C): SASRec, BERT4Rec, BST, MeanPoolBST or another tower. It sees the candidates only, never the
catalogue.

Axis letters: B users, L length, C candidates per user, K length of a list, J = n_items, V = n_items
+ 1.
"""

from typing import NamedTuple

import numpy as np
import torch

from seqrec.checks import check_count
from seqrec.data.cuts import newest
from seqrec.data.interactions import validate_interactions
from seqrec.data.padding import without_empty_columns
from seqrec.metrics.ranking import gains
from seqrec.models.bst import PAIRS_AT_ONCE
from seqrec.models.heads import eval_mode
from seqrec.recommender.nearest import NearestItems
from seqrec.recommender.reading import read_log


@torch.no_grad()
def retrieve(tower, histories, k, index=None):
    """The k items whose vectors go best with each user's, best first.

    tower: TwoTower, used in eval mode. histories: (B, L) long, padded on the left. index:
    NearestItems over ``tower.item_vectors``, made once and used often; None makes an exact one.
    Returns items (B, K) long, on the device of the histories; 0 where an approximate index found no
    more.
    """
    with eval_mode(tower):
        index = NearestItems(tower.item_vectors) if index is None else index
        items, _ = index.search(tower.user_vectors(without_empty_columns(histories)), k)
    return items.to(histories.device)


@torch.no_grad()
def rerank(ranker, histories, candidates, k):
    """The k best of each user's candidates by the ranker's scores, best first; ties by item id, so
    that the order in which candidates come in means nothing.

    histories: (B, L) long, padded on the left. candidates: (B, C) long, no item twice in a row, 0 =
    none.
    Returns items (B, K) long and their scores (B, K): 0 and -inf where a user has no candidate
    left.
    Raises ValueError for shapes that don't match, an id that is no item, one that comes twice, or k
    above C.
    """
    _check_candidates(histories, candidates, k, ranker.n_items)
    ascending = candidates.sort(dim=1).values  # (B, C)
    scores = _scores_in_chunks(
        ranker, histories, ascending.clamp(min=1)
    )  # item 1 stands in for no item
    scores[ascending == 0] = -torch.inf
    order = scores.argsort(dim=1, descending=True, stable=True)[:, :k]
    return ascending.gather(1, order), scores.gather(1, order)


class TwoStageRecommender:
    """Lists for the users of a log, found by one fitted SequentialRecommender and put in order by
    another.

    retriever: with a `TwoTowerConfig`. ranker: with any model that scores candidates. Both fitted
    on one catalogue.
    n_candidates: how many the ranker is handed (all, if the catalogue is smaller).
    n_cells, n_probe: for an approximate search, see `seqrec.recommender.NearestItems`; None is
    exact.

    The item vectors are computed here, once: after `add_items` on both, make a new one of these. A
    user of whom nothing is known gets the most popular items.
    Raises ValueError for models that were fitted on different items, or a retriever that has no
    towers.
    """

    def __init__(self, retriever, ranker, *, n_candidates=200, n_cells=None, n_probe=8):
        check_count("n_candidates", n_candidates)
        for name, model in (("retriever", retriever), ("ranker", ranker)):
            if not hasattr(model, "network_"):
                raise ValueError(f"the {name} has learned nothing yet. Cure: fit it, or load one.")
        if not hasattr(retriever.network_, "user_vectors"):
            raise ValueError(f"the retriever is a {type(retriever.network_).__name__}, which has no item vectors to "
                             "search. Cure: SequentialRecommender(TwoTowerConfig()).")  # fmt: skip
        if not np.array_equal(retriever.item_index_.item_ids_, ranker.item_index_.item_ids_):
            raise ValueError(
                "retriever and ranker know different items. Cure: fit both with the same `items`."
            )
        self.retriever, self.ranker = retriever, ranker
        self.n_candidates = min(n_candidates, len(ranker.item_index_.item_ids_))
        with torch.no_grad(), eval_mode(retriever.network_):
            self.index = NearestItems(
                retriever.network_.item_vectors, n_cells=n_cells, n_probe=n_probe
            )

    def recommend(self, interactions, top_k=10):
        """The items to show to each user, best first: (U, top_k) of the log's ids, users in order
        of first appearance.

        Raises ValueError for a bad log, a top_k above n_candidates, or where an approximate search
        found fewer.
        """
        check_count("top_k", top_k)
        if top_k > self.n_candidates:
            raise ValueError(
                f"top_k is {top_k}, but only {self.n_candidates} candidates are ranked."
            )
        for model in (self.retriever, self.ranker):
            if len(model.item_index_.item_ids_) != self.index.n_items:
                raise ValueError(
                    "a catalogue has changed. Cure: add_items to both, and a new "
                    "TwoStageRecommender."
                )
        events = read_log(
            validate_interactions(interactions), self.ranker.item_index_, self.ranker.unknown_items
        )
        items = np.empty((len(events.ends), top_k), np.int64)
        for start in range(0, len(items), 256):
            users = slice(start, start + 256)
            asked = [
                torch.from_numpy(newest(events, model.scorer_.max_len, users))
                .long()
                .to(model.scorer_.device)
                for model in (self.retriever, self.ranker)
            ]
            candidates = retrieve(self.retriever.network_, asked[0], self.n_candidates, self.index)
            best, _ = rerank(self.ranker.network_, asked[1], candidates.to(asked[1].device), top_k)
            best[(asked[1] == 0).all(dim=1)] = (
                self.ranker.scorer_.popularity.topk(top_k).indices + 1
            )
            items[users] = best.cpu().numpy()
        if (items == 0).any():
            user = events.user_ids[int((items == 0).any(axis=1).argmax())]
            raise ValueError(
                f"for user {user} the search found fewer than {top_k} items. Cure: a larger "
                "n_probe."
            )
        return self.ranker.item_index_.decode(items)


class ErrorBudget(NamedTuple):
    """Expected NDCG@k per user, (B,) each:

    oracle - ranking_error - missed + moved_up = two_stages, exactly.
    """

    oracle: np.ndarray  # the best that anybody can do
    ranking_error: np.ndarray  # what the ranker loses with the whole catalogue before it
    missed: np.ndarray  # what it would have earned with items that the first stage did not find
    moved_up: np.ndarray  # what the others earn more because those in front of them are gone
    two_stages: np.ndarray


def error_budget(law, scores, candidates, k):
    """Where two stages lose, under the law of what comes next. All are NumPy arrays.

    law: (B, V) probabilities, column 0 is 0. scores: (B, V) of the ranker over the whole catalogue,
    higher is better.
    candidates: (B, C) what the first stage found, 0 = nothing. k: cut-off of NDCG. Ties count
    against the ranker.
    Returns :class:`ErrorBudget`. Raises ValueError for shapes that don't match.
    """
    _check_tables(law, scores, candidates)
    found = np.zeros(law.shape, dtype=bool)
    np.put_along_axis(found, candidates, True, axis=1)
    alone = gains(scores, k)  # (B, V) what a click on the item is worth to the ranker alone
    staged = gains(np.where(found, scores, -np.inf), k)
    of_ranker = (law * alone).sum(axis=1)
    oracle = (law * gains(law, k)).sum(axis=1)
    missed = (law * alone * ~found).sum(axis=1)
    moved_up = (law * (staged - alone) * found).sum(axis=1)
    return ErrorBudget(oracle, oracle - of_ranker, missed, moved_up, (law * staged).sum(axis=1))


def _scores_in_chunks(ranker, histories, candidates):
    """(B, C) scores, of so many users at a time that BST's sequences fit."""
    scores = torch.empty(candidates.shape, device=candidates.device)
    at_once = max(1, PAIRS_AT_ONCE // candidates.shape[1])
    with eval_mode(ranker):
        for start in range(0, len(candidates), at_once):
            some = slice(start, start + at_once)
            scores[some] = ranker.score_candidates(
                without_empty_columns(histories[some]), candidates[some]
            )
    return scores


def _check_candidates(histories, candidates, k, n_items):
    check_count("k", k)
    if histories.ndim != 2 or candidates.ndim != 2 or len(candidates) != len(histories):
        shapes = f"{tuple(histories.shape)} and {tuple(candidates.shape)}"
        raise ValueError(
            f"histories must be (B, L) and candidates (B, C), a row per user in both, got {shapes}."
        )
    if k > candidates.shape[1]:
        raise ValueError(f"k is {k}, but there are only {candidates.shape[1]} candidates a user.")
    ascending = candidates.sort(dim=1).values
    _refuse(
        ascending, (ascending < 0) | (ascending > n_items), f"is no item: they are 1 to {n_items}"
    )
    twice = torch.zeros_like(ascending, dtype=torch.bool)
    twice[:, 1:] = (ascending[:, 1:] == ascending[:, :-1]) & (ascending[:, 1:] != 0)
    _refuse(ascending, twice, "comes twice, and would be shown twice")


def _check_tables(law, scores, candidates):
    if law.shape != scores.shape or len(candidates) != len(law):
        raise ValueError(
            f"law {law.shape} and scores {scores.shape} must be (B, V), candidates "
            f"{candidates.shape} too."
        )


def _refuse(items, wrong, reason):
    if wrong.any():
        row, column = wrong.nonzero()[0].tolist()
        raise ValueError(f"candidate {int(items[row, column])} of user {row} {reason}.")
