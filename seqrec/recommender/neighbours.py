"""What is like an item, by the vectors that a fitted recommender has learned."""

import numpy as np
import numpy.typing as npt
import pandas as pd
import torch

from seqrec.checks import check_count
from seqrec.data.ids import check_kind, normal_ids
from seqrec.recommender.nearest import NearestItems


class Neighbours:
    """The part of `SequentialRecommender` that compares items with each other."""

    @torch.no_grad()
    def similar_items(self, item_ids: npt.ArrayLike, top_k: int = 10) -> pd.DataFrame:
        """The neighbours of items: those whose vectors point the same way, whoever asks.

        item_ids: (N,) of the log's ids
        top_k:    how many for each, up to n_items - 1

        The vectors are those that the network compares with a history, so neighbours follow the
        same clicks: what takes the place of an item rather than what is bought with it.

        Returns a DataFrame, top_k rows for each of item_ids, in their order: `item_id`, `rank` from
        1, `similar_id`, and `cosine` of the two vectors, from -1 to 1. Raises ValueError for an
        item that the model does not know, and for a model without such vectors.
        """
        network = self._fitted().scorer_.network
        if not hasattr(network, "item_vectors"):
            raise ValueError(
                f"similar_items needs vectors of items, and {type(network).__name__} has none: it "
                "counts, or looks at a history and an item together. Cure: a model such as "
                "SASRecConfig() or TwoTowerConfig()."
            )
        n_items = self.item_index_.n_items
        check_count("top_k", top_k, 1, n_items - 1)
        ids = normal_ids(item_ids)
        if len(ids):
            check_kind(ids, self.item_index_.item_ids_)
        numbers = self.item_index_.encode(ids)
        vectors = torch.nn.functional.normalize(network.item_vectors, dim=1)
        found, cosines = NearestItems(vectors).search(vectors[numbers - 1], top_k + 1)
        # Equal vectors tie with the item itself, which may stand anywhere, or beyond the last.
        is_other = found.numpy() != numbers[:, None]
        is_other[is_other.all(axis=1), -1] = False
        return pd.DataFrame(
            {
                "item_id": self.item_index_.decode(np.repeat(numbers, top_k)),
                "rank": np.tile(np.arange(1, top_k + 1), len(numbers)),
                "similar_id": self.item_index_.decode(found.numpy()[is_other]),
                "cosine": cosines.numpy()[is_other],
            }
        )
