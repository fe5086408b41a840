"""A fitted recommender goes on: it learns from a newer log, or is told of new products.

    fit_more    trains on, with the users and items that are new
    add_items   ranks new products by content, and learns nothing

Axis letters: U users, n_items items, D width.
"""

import os
from collections.abc import Sequence
from typing import Self

import numpy as np
import numpy.typing as npt
import pandas as pd
import torch

from seqrec.data.ids import check_kind, normal_ids, places_in
from seqrec.data.interactions import validate_interactions
from seqrec.items.content import read_catalogue, with_new_items
from seqrec.items.embedding import EMBEDDING_LENGTH
from seqrec.recommender.scoring import CatalogueScorer
from seqrec.training.callbacks import Callback

# What a key is for; `seqrec.training.run` has 0 and 1, `seqrec.models.config` 2.
_NEW_ITEMS = 3


class GoingOn:
    """The half of `SequentialRecommender` that goes on from what it has learned.

    It reads and writes what `fit` or `load` left: item_index_, network_, scorer_, features_,
    user_ids_ and histories_.
    """

    def fit_more(
        self, interactions: pd.DataFrame, items: pd.DataFrame | npt.ArrayLike | None = None,
        valid_interactions: pd.DataFrame | None = None, *,
        checkpoint: str | os.PathLike | None = None, checkpoint_every: int | None = None,
        callbacks: Sequence[Callback] | None = None,
    ) -> Self:  # fmt: skip
        """Learn on from a newer log, which may have new users and items. Returns self.

        interactions: a log, as for `fit`. It stands alone: clicks that are not in it are neither
                      trained on nor read. So give, with the new clicks, the older ones that they
                      follow.
        items:        the catalogue, or the new part of it. None: the items of `interactions`.
        The others:   see `fit`

        Known items keep their numbers, and so their columns in `score_items`; new ones come behind
        them. The weights of before are where training starts, AdamW starts afresh, as `training`
        says, which `set_params` may change. A new item starts from a vector that depends on its
        number and on the seed alone. Popularity is that of this log. Users whom this log does not
        have keep their histories for `predict`.

        Raises RuntimeError for a model with content and for one that counts; else as `fit` does,
        and for settings that ask for another network than the one that was learned. An error
        changes nothing.
        """
        self._fitted()
        settings = self._settings(valid_interactions is not None)
        _check_start(self, settings)
        interactions = validate_interactions(
            interactions, require_outcome=settings.positive_from is not None
        )
        catalogue = read_catalogue(interactions if items is None else items)
        check_kind(normal_ids(catalogue), self.item_index_.item_ids_)
        users = self.user_ids_
        histories = self.histories_
        before = self._known_before()
        if users is not None:
            check_kind(normal_ids(interactions["user_id"]), users)
        self._learn(
            settings,
            interactions,
            items,
            valid_interactions,
            index=self.item_index_.with_new(catalogue),
            start=self.network_,
            checkpoint=checkpoint,
            checkpoint_every=checkpoint_every,
            callbacks=callbacks,
        )
        if users is not None:
            is_kept = places_in(self.user_ids_, users) < 0
            self.seen_ = self.seen_.joined(before, is_kept)
            self.user_ids_ = self.seen_.user_ids
            self.histories_ = np.concatenate([self.histories_, histories[is_kept]])
        return self

    def add_items(self, items: pd.DataFrame) -> Self:
        """Products that were launched after `fit`. They are ranked by content, among the others.

        items: DataFrame with `item_id` and the columns of the features, a row for each new product

        Nothing is learned from them, and nothing of the others changes but their share of
        probability. Where popularity answers, a new product is as popular as the least popular one.

        Returns self. Raises RuntimeError for a model without content, ValueError for an item that
        it knows, and for a bad catalogue.
        """
        scorer = self._fitted().scorer_
        if self.features_ is None:
            raise RuntimeError(
                "this model reads no content, so it can say nothing about new items. Cure: "
                "fit_more with a log in which they are clicked, or fit again."
            )
        index, old, network = with_new_items(self.network_, self.item_index_, self.features_, items)
        popular = scorer.popularity.cpu().numpy()
        popular = np.where(old > 0, popular[old - 1], popular.min())
        popular = (popular - np.logaddexp.reduce(popular)).astype(np.float32)
        # From an old number to the new one.
        moved = np.append(0, index.encode(self.item_index_.item_ids_)).astype(np.int32)
        self.item_index_ = index
        self.network_ = network
        self.scorer_ = CatalogueScorer(scorer.config, network, scorer.max_len, popular)
        if self.histories_ is not None:
            self.histories_ = moved[self.histories_]
        if self.seen_ is not None:
            self.seen_ = self.seen_.renumbered(moved)
        return self


@torch.no_grad()
def start_from(network, n_items, old, n_old, seed):
    """Give a network the weights of one with fewer items, the first n_old of its own.

    network: edited in place
    n_items: of `network`, n_old or more
    old:     of the same kind and options
    seed:    of the new items' vectors

    A tensor of both networks that has a row for each id (PAD, items, MASK) keeps the rows of old
    items and gets rows for new ones as `draw_weights` draws them; one with a number for each item
    gets the mean for new ones. Raises ValueError for a tensor that grows in another way.
    """
    before = old.state_dict()
    weights = network.state_dict()
    for place, (name, weight) in enumerate(weights.items()):
        value = before[name].to(weight.device)
        if value.shape == weight.shape:
            weight.copy_(value)
        elif value.ndim == 2 and len(value) == n_old + 2 and len(weight) == n_items + 2:
            key = np.random.SeedSequence(seed, spawn_key=(_NEW_ITEMS, place))
            D = value.shape[1]
            # Row j is item j, so that no item's vector depends on how many others are new.
            drawn = np.random.default_rng(key).standard_normal((n_items + 1, D))[n_old + 1 :]
            fresh = torch.from_numpy(drawn * EMBEDDING_LENGTH * D**-0.5).to(weight)
            weight.copy_(torch.cat([value[:-1], fresh, value[-1:]]))
        elif value.ndim == 1 and len(value) == n_old and len(weight) == n_items:
            weight.copy_(torch.cat([value, value.mean().expand(n_items - n_old)]))
        else:
            raise ValueError(
                f"{type(network).__name__} holds {name}, {tuple(value.shape)} for {n_old} items "
                f"and {tuple(weight.shape)} for {n_items}: what new items start from is not known. "
                "Cure: fit again."
            )


def _check_start(model, settings):
    """Raise unless the settings describe the network that a fitted recommender has."""
    if not model.scorer_.config.goes_on:
        raise RuntimeError(
            f"{type(model.scorer_.config).__name__} must be fitted on a whole log: it counts, "
            "and can't tell new clicks from those that it has counted. Cure: fit(log) with all "
            "clicks, which takes seconds."
        )
    if model.features_ is not None:
        raise RuntimeError(
            "this model reads content, and was trained on the items that had been clicked: it "
            "can't be trained on with others. Cure: add_items for new products, or fit again."
        )
    scorer = model.scorer_
    learned = {
        "model": type(scorer.config).__name__,
        **scorer.config.network_options(),
        "content": scorer.config.content,
        "max_len": scorer.max_len,
    }
    wanted = {
        "model": type(settings.model).__name__,
        **settings.model.network_options(),
        "content": settings.model.content,
        "max_len": settings.max_len,
    }
    for name, value in wanted.items():
        if name not in learned or learned[name] != value:
            raise ValueError(
                f"{name} must be {learned.get(name)!r} as in the network that was learned, got "
                f"{value!r}. Cure: set it back, or fit again."
            )
