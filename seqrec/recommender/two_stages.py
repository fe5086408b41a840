"""Two stages: a quick model finds a few hundred candidates, a careful one puts them in order.

    retrieve(tower, histories, k, index)            what the first stage finds
    rerank(ranker, histories, candidates, k)        what the second makes of it
    TwoStageRecommender(retriever, ranker)          both, from log to lists

A ranker is a network that answers `score_candidates(histories, candidates)`, (B, L) and (B, C) ->
(B, C): SASRec, BERT4Rec, BST, MeanPoolBST or another tower. It sees the candidates only, never the
catalogue. Whose fault is what two stages lose? `seqrec.recommender.budget` tells.

Axis letters: B users, L length, C candidates per user, K length of a list.
"""

import numpy as np
import pandas as pd
import torch

from seqrec.checks import check_count
from seqrec.data.cuts import newest
from seqrec.data.interactions import validate_interactions
from seqrec.data.padding import without_empty_columns
from seqrec.models.bst import PAIRS_AT_ONCE
from seqrec.models.heads import eval_mode
from seqrec.models.two_tower import TwoTower
from seqrec.recommender.nearest import NearestItems
from seqrec.recommender.reading import read_log
from seqrec.recommender.recommender import SequentialRecommender


@torch.no_grad()
def retrieve(
    tower: TwoTower, histories: torch.Tensor, k: int, index: NearestItems | None = None
) -> torch.Tensor:
    """The k items whose vectors go best with each user's, best first.

    tower:     TwoTower, used in eval mode
    histories: (B, L) long, padded on the left
    k:         how many
    index:     NearestItems over ``tower.item_vectors``, made once and used often; None makes an
               exact one

    Returns items (B, K) long, on the device of the histories; 0 where an approximate index found no
    more.
    """
    with eval_mode(tower):
        index = NearestItems(tower.item_vectors) if index is None else index
        items, _ = index.search(tower.user_vectors(without_empty_columns(histories)), k)
    return items.to(histories.device)


@torch.no_grad()
def rerank(
    ranker: torch.nn.Module, histories: torch.Tensor, candidates: torch.Tensor, k: int
) -> tuple[torch.Tensor, torch.Tensor]:
    """The k best of each user's candidates by the ranker's scores, best first.

    ranker:     a network with `score_candidates`, used in eval mode
    histories:  (B, L) long, padded on the left
    candidates: (B, C) long, no item twice in a row, 0 = none
    k:          how many, C at most

    Ties go by item id, so that the order in which candidates come in means nothing.

    Returns items (B, K) long and their scores (B, K): 0 and -inf where a user has no candidate
    left. Raises ValueError for shapes that don't match, an id that is no item, one that comes
    twice, or k above C.
    """
    _check_candidates(histories, candidates, k, ranker.n_items)
    ascending = candidates.sort(dim=1).values  # (B, C)
    # Item 1 stands in for no item.
    scores = _scores_in_chunks(ranker, histories, ascending.clamp(min=1))
    scores[ascending == 0] = -torch.inf
    order = scores.argsort(dim=1, descending=True, stable=True)[:, :k]
    return ascending.gather(1, order), scores.gather(1, order)


class TwoStageRecommender:
    """Lists for the users of a log: one fitted recommender finds, another puts in order.

    retriever:    SequentialRecommender with a `TwoTowerConfig`
    ranker:       SequentialRecommender with any model that scores candidates, fitted on the same
                  catalogue
    n_candidates: how many the ranker is handed (all, if the catalogue is smaller)
    n_cells:      for an approximate search, see `seqrec.recommender.NearestItems`; None is exact
    n_probe:      the same

    The item vectors are computed here, once: after `add_items` on both, make a new one of these. A
    user of whom nothing is known gets the most popular items.

    Raises ValueError for models that were fitted on different items, or a retriever that has no
    towers.
    """

    def __init__(
        self,
        retriever: SequentialRecommender,
        ranker: SequentialRecommender,
        *,
        n_candidates: int = 200,
        n_cells: int | None = None,
        n_probe: int = 8,
    ) -> None:
        check_count("n_candidates", n_candidates)
        for name, model in (("retriever", retriever), ("ranker", ranker)):
            if not hasattr(model, "scorer_"):
                raise ValueError(f"the {name} has learned nothing yet. Cure: fit it, or load one.")
        if not hasattr(retriever.scorer_.network, "user_vectors"):
            raise ValueError(
                f"the retriever is a {type(retriever.scorer_.network).__name__}, which has no item "
                "vectors to search. Cure: SequentialRecommender(TwoTowerConfig())."
            )
        if not hasattr(ranker.scorer_.network, "score_candidates"):
            raise ValueError(
                f"the ranker must score candidates, got a {type(ranker.scorer_.config).__name__}, "
                "which counts and scores the whole catalogue. Cure: "
                "SequentialRecommender(SASRecConfig()), or another model with a network."
            )
        if not np.array_equal(retriever.item_index_.item_ids_, ranker.item_index_.item_ids_):
            raise ValueError(
                "retriever and ranker know different items. Cure: fit both with the same `items`."
            )
        if ranker.exclude_seen:
            raise ValueError(
                "the ranker's exclude_seen is True, but two stages show what was seen as well. "
                "Cure: set_params(exclude_seen=False) on the ranker, and leave seen items out of "
                "the lists."
            )
        self.retriever = retriever
        self.ranker = ranker
        self.n_candidates = min(n_candidates, len(ranker.item_index_.item_ids_))
        with torch.no_grad(), eval_mode(retriever.network_):
            self.index = NearestItems(
                retriever.network_.item_vectors, n_cells=n_cells, n_probe=n_probe
            )

    def recommend(self, interactions: pd.DataFrame, top_k: int = 10) -> np.ndarray:
        """The items to show to each user, best first: (U, top_k) of the log's ids.

        interactions: a log of U users, who come in order of first appearance
        top_k:        length of a list, up to n_candidates

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
            items[users] = self._lists(events, users, top_k).cpu().numpy()
        if (items == 0).any():
            user = events.user_ids[int((items == 0).any(axis=1).argmax())]
            raise ValueError(
                f"for user {user} the search found fewer than {top_k} items. Cure: a larger "
                "n_probe."
            )
        return self.ranker.item_index_.decode(items)

    def _lists(self, events, users, top_k):
        """Items of the slice `users` of Events, (b, K) long; 0 where the search found no more."""
        found_from = _histories(self.retriever, events, users)
        ranked_from = _histories(self.ranker, events, users)
        candidates = retrieve(self.retriever.network_, found_from, self.n_candidates, self.index)
        candidates = candidates.to(ranked_from.device)
        best, _ = rerank(self.ranker.network_, ranked_from, candidates, top_k)
        popular = self.ranker.scorer_.popularity.topk(top_k).indices + 1
        best[(ranked_from == 0).all(dim=1)] = popular
        return best


def _histories(model, events, users):
    """What a fitted recommender reads of the slice `users`: (b, L) long, on its device."""
    newest_ones = newest(events, model.scorer_.max_len, users)
    return torch.from_numpy(newest_ones).long().to(model.scorer_.device)


def _scores_in_chunks(ranker, histories, candidates):
    """(B, C) scores, of so many users at a time that BST's sequences fit."""
    at_once = max(1, PAIRS_AT_ONCE // candidates.shape[1])
    chunks = []
    with eval_mode(ranker):
        for start in range(0, len(candidates), at_once):
            rows = slice(start, start + at_once)
            read = without_empty_columns(histories[rows])
            chunks.append(ranker.score_candidates(read, candidates[rows]))
    return torch.cat(chunks) if chunks else torch.empty(candidates.shape)


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
    is_foreign = (ascending < 0) | (ascending > n_items)
    _refuse(ascending, is_foreign, f"is no item: they are 1 to {n_items}")
    twice = torch.zeros_like(ascending, dtype=torch.bool)
    twice[:, 1:] = (ascending[:, 1:] == ascending[:, :-1]) & (ascending[:, 1:] != 0)
    _refuse(ascending, twice, "comes twice, and would be shown twice")


def _refuse(items, wrong, reason):
    if wrong.any():
        row, column = wrong.nonzero()[0].tolist()
        raise ValueError(f"candidate {int(items[row, column])} of user {row} {reason}.")
