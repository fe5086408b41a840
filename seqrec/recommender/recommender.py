"""A recommender for a log of your own: fit, recommend, save, load.

    model = SequentialRecommender(SASRecConfig(), max_len=50).fit(interactions)
    model.recommend_frame(interactions, top_k=10)

It owns what lies between a shop's log and a network: the check of the log, the order of events,
what is cut, which number an item has. The network, its loss and its scores are the business of the
model (`seqrec.models.config`). What it answers once it is fitted: `seqrec.recommender.answers`;
how it goes on from there: `seqrec.recommender.warm_start`.

Axis letters: U users, n_items items.
"""

import os
from collections.abc import Sequence
from pathlib import Path
from typing import Self

import numpy as np
import numpy.typing as npt
import pandas as pd
import torch

from seqrec.checks import check_flag
from seqrec.data.cuts import newest
from seqrec.models.config import ModelConfig
from seqrec.recommender.answers import Answers
from seqrec.recommender.counting import (
    check_forgets,
    counted_beside,
    warn_if_below,
    with_best,
)
from seqrec.recommender.documents import describe, restore
from seqrec.recommender.evaluation import Evaluation
from seqrec.recommender.fitting import fit_network, log_popularity, read
from seqrec.recommender.folder import load_folder, save_folder
from seqrec.recommender.neighbours import Neighbours
from seqrec.recommender.outcomes import OutcomeAnswers
from seqrec.recommender.params import Params
from seqrec.recommender.reading import Known
from seqrec.recommender.warm_start import GoingOn
from seqrec.training.callbacks import Callback
from seqrec.training.config import TrainConfig


class SequentialRecommender(Params, Answers, OutcomeAnswers, Evaluation, Neighbours, GoingOn):
    """What comes next for each user of a log, by any model of `seqrec.models.config`.

    model:           its configuration; None is SASRecConfig().
    max_len:         only the newest max_len events of a user count; None takes the model's own,
                     else 50.
    training:        a TrainConfig; None is TrainConfig(), with validation TrainConfig(epochs=100,
                     patience=3). Its seed decides the weights as well.
    positive_from:   learn to predict only events whose `outcome` is at least this; the others are
                     read as history. None predicts every event. A log without `outcome` can't be
                     learned from then, but it can be asked about.
    whole_histories: True cuts histories longer than max_len + 1 into pieces for training, so that
                     no event is lost. False trains on the newest piece only.
    unknown_items:   "drop" leaves out events with items that `fit` did not know, with a warning;
                     "refuse" is an error.
    exclude_seen:    whether what a user has had is left out, of every list and of every ranking
                     that judges one: validation in `fit`, `evaluate`, `recommend`,
                     `recommend_frame`, `recommend_next`. Each call may say otherwise. False suits a
                     shop like ours, where people buy the same food again; where nobody does (films,
                     books), take True: what was seen takes places in lists then, and lowers every
                     metric.
    baselines:       whether `fit` with validation also counts popularity, co-occurrence and a
                     Markov chain, which takes seconds, and warns where they beat the network.
    device:          "cuda", "mps", "cpu" or a torch.device; None takes the best there is.
    progress:        whether to show a bar while training.

    A log is what `seqrec.data.validate_interactions` wants: `user_id`, `item_id`, `timestamp`, in
    any order, and maybe `outcome`. Answers are in the order in which its users first appear,
    ``interactions["user_id"].unique()``. Scores are log-probabilities over the catalogue. A user of
    whom nothing is left is answered by popularity; a warning says how many there are, and
    `recommend_frame` which.

    With `content` in its configuration the model reads what a catalogue says of its items. Then it
    ranks products that nobody clicked by content alone, those of the `items` of `fit` and those of
    `add_items`, and learns nothing from their being there.

    Learned, and saved:
    item_index_:     ItemIndex, the order of columns
    features_:       FeatureTable; None for a model without content
    network_:        the network; a model that counts has none
    scorer_:         CatalogueScorer: max_len, popularity
    user_ids_:       (U,), for `predict`
    histories_:      (U, max_len), for `predict`
    By `fit` only, not saved:
    seen_:           Known, what users had and when, for `evaluate`; None after `load`
    And as `seqrec.training.TrainResult` has them:
    epochs_:         DataFrame, a row per epoch; `best_baseline` is what the best of `baselines_`
                     has of the number that training monitors
    baselines_:      DataFrame, a row for each of them: "hr@10", "ndcg@10", "mrr", "valid_loss",
                     "seconds"; None where none was counted
    best_epoch_:     the epoch whose weights these are
    stopped_by_:     why training ended
    """

    def __init__(
        self,
        model: ModelConfig | None = None,
        *,
        max_len: int | None = None,
        training: TrainConfig | None = None,
        positive_from: float | None = None,
        whole_histories: bool = True,
        unknown_items: str = "drop",
        exclude_seen: bool = False,
        baselines: bool = True,
        device: str | torch.device | None = None,
        progress: bool = True,
    ) -> None:
        self.model = model
        self.max_len = max_len
        self.training = training
        self.positive_from = positive_from
        self.whole_histories = whole_histories
        self.unknown_items = unknown_items
        self.exclude_seen = exclude_seen
        self.baselines = baselines
        self.device = device
        self.progress = progress

    def fit(
        self,
        interactions: pd.DataFrame,
        items: pd.DataFrame | npt.ArrayLike | None = None,
        valid_interactions: pd.DataFrame | None = None,
        *,
        checkpoint: str | os.PathLike | None = None,
        checkpoint_every: int | None = None,
        callbacks: Sequence[Callback] | None = None,
    ) -> Self:
        """Learn from scratch. Returns self.

        interactions:       the log to train on.
        items:              the catalogue, with products that nobody has clicked yet: ids, or a
                            DataFrame with `item_id`. None: the items of `interactions`. A model
                            with content needs the DataFrame, a row per item.
        valid_interactions: events to validate on, a log too: of `leave_last_two_out`,
                            `split.train` is `interactions` and `split.valid` is this. Each is
                            predicted from all events of its user before it; none is trained on.
                            The history of training then tells `valid_loss`, `hr@10`, `ndcg@10` and
                            `mrr`, one of which `training` monitors, and the best epoch's weights
                            are kept.
        checkpoint, checkpoint_every, callbacks: see `seqrec.training.train`. A run that was killed
                            goes on from its file, if it is given the same logs and settings.

        Ctrl-C ends the training and keeps the best weights. A model that counts does so once,
        writes no checkpoint, and is judged in one row of `epochs_`.

        Raises TypeError or ValueError for a bad log, a bad setting, a log in which nothing follows
        anything, and for validation events that are in `interactions` too.
        """
        return self._learn(
            self._settings(valid_interactions is not None),
            interactions,
            items,
            valid_interactions,
            checkpoint=checkpoint,
            checkpoint_every=checkpoint_every,
            callbacks=callbacks,
        )

    def _learn(
        self, settings, interactions, items, valid_interactions, *, index=None, start=None, **how
    ):
        """What `fit` and `fit_more` do. index, start, how: see `seqrec.recommender.fitting`."""
        reading = read(settings, interactions, items, valid_interactions, index)
        popular = log_popularity(reading.learned, reading.index.n_items)
        beside = counted_beside(settings, reading, popular)
        scorer, table, result = fit_network(
            settings, reading, items, self.device, popular, start, progress=self.progress, **how
        )
        self.item_index_ = reading.index
        self.features_ = table
        vars(self).pop("network_", None)
        if scorer.config.is_trained:
            self.network_ = scorer.network
        self.scorer_ = scorer
        self.user_ids_ = reading.seen.user_ids
        self.histories_ = newest(reading.seen, scorer.max_len).astype(np.int32)
        self.seen_ = Known.of_events(reading.seen, reading.times)
        self.epochs_ = with_best(result.history, beside, settings.training)
        self.baselines_ = beside
        self.best_epoch_ = result.best_epoch
        self.stopped_by_ = result.stopped_by
        warn_if_below(result, beside, settings.training)
        return self

    def save(self, folder: str | Path, with_histories: bool = True) -> Self:
        """Write the model to a folder: safetensors and JSON, see `seqrec.recommender.folder`.

        with_histories: False leaves out the users and what they clicked; `predict` does not work
                        after loading then. A SessionKNNConfig, which can't answer without these
                        clicks, refuses

        Returns self. Raises ValueError where `folder` is a file, and for a `with_histories` that
        is neither True nor False.
        """
        if not check_flag("with_histories", with_histories):
            check_forgets(self._fitted().scorer_.config)
        save_folder(folder, *describe(self._fitted(), with_histories))
        return self

    @classmethod
    def load(cls, folder: str | Path, device: str | torch.device | None = None) -> Self:
        """The model that `save` wrote.

        Its scores have the same bits as before, on the same kind of device. Raises ValueError for a
        folder that is damaged, cut short, of another kind or of a newer version, and for one in
        which a value contradicts another.

        A checksum tells of accidents, not of intent: who can write to the folder can make it right
        for other contents. Then nobody can know of other values of weights, features, histories or
        popularity, of other ids, or of settings that leave no trace in the shape of a tensor
        (heads, activations, positions that are not learned, max_len beside them, rounds of a graph;
        exclude_seen and unknown_items). Load what comes from where you trust it.
        """
        return restore(cls, folder, *load_folder(folder), device)

    def __getattr__(self, name):
        if name == "network_" and "scorer_" in vars(self):
            raise AttributeError(
                f"network_ must be asked of a model with a network, got a "
                f"{type(self.scorer_.config).__name__}, which counts. Cure: score_items, or "
                "scorer_.network for what it has counted."
            )
        raise AttributeError(f"{type(self).__name__!r} object has no attribute {name!r}")
