"""A recommender for a log of your own: fit, recommend, save, load.

    model = SequentialRecommender(SASRecConfig(), max_len=50).fit(interactions)
    model.recommend_frame(interactions, top_k=10)

It owns what lies between a shop's log and a network: the check of the log, the order of events, what is cut, which
number an item has. The network, its loss and its scores are the business of the model (`seqrec.model_configs`).

Axis letters: U users, n_items items, K top_k, N pairs.
"""

import numpy as np
import pandas as pd
import torch

from seqrec import __version__
from seqrec.counting import popularity
from seqrec.devices import best_device
from seqrec.events import Events, check_kind, newest, read_events, windows, with_held_out
from seqrec.interactions import check_ids, validate_interactions
from seqrec.item_content import Content, Shelf, read_catalogue, with_new_items
from seqrec.item_features import FeatureTable, Labels, Number, Words
from seqrec.item_index import ItemIndex
from seqrec.model_configs import (
    BERT4RecConfig,
    BSTConfig,
    CausalBackboneConfig,
    MaskedBackboneConfig,
    MeanPoolBSTConfig,
    SASRecConfig,
    SRGNNConfig,
    TwoTowerConfig,
    from_document,
    to_document,
)
from seqrec.model_files import ids_document, load_folder, read_ids, save_folder
from seqrec.recommender_settings import read_list_settings, read_settings, warn_of_losses
from seqrec.serving import CatalogueScorer, new_network
from seqrec.training import TrainConfig, train

__all__ = [
    "BERT4RecConfig",
    "BSTConfig",
    "CausalBackboneConfig",
    "Content",
    "Labels",
    "MaskedBackboneConfig",
    "MeanPoolBSTConfig",
    "Number",
    "SASRecConfig",
    "SRGNNConfig",
    "SequentialRecommender",
    "TrainConfig",
    "TwoTowerConfig",
    "Words",
]


class SequentialRecommender:
    """What comes next for each user of a log, by any model of `seqrec.model_configs`.

    model:     its configuration; None is SASRecConfig().
    max_len:   only the newest max_len events of a user count; None takes the model's own, else 50.
    training:  a TrainConfig; None is TrainConfig(). Its seed decides the weights as well.
    positive_from: learn to predict only events whose `outcome` is at least this; the others are read as history. None
               predicts every event. A log without `outcome` can't be learned from then, but it can be asked about.
    whole_histories: True cuts histories longer than max_len + 1 into pieces for training, so that no event is lost.
               False trains on the newest piece only.
    unknown_items: "drop" leaves out events with items that `fit` did not know, with a warning; "refuse" is an error.
    device:    "cuda", "mps", "cpu" or a torch.device; None takes the best there is.
    progress:  whether to show a bar while training.

    A log is what `seqrec.sequences.validate_interactions` wants: `user_id`, `item_id`, `timestamp`, in any order, and
    maybe `outcome`. Answers are in the order in which its users first appear, ``interactions["user_id"].unique()``.
    Scores are log-probabilities over the catalogue. A user of whom nothing is left is answered by popularity; a warning
    says how many there are, and `recommend_frame` which.

    With `content` in its configuration the model reads what a catalogue says of its items. Then it ranks products that
    nobody clicked by content alone, those of the `items` of `fit` and those of `add_items`, and learns nothing from
    their being there.

    Learned: item_index_ (ItemIndex: the order of columns), features_ (FeatureTable; None for a model without content),
    network_, scorer_ (CatalogueScorer: max_len, popularity),
    user_ids_ (U,) and histories_ (U, max_len) for `predict`; and by `fit` only, not saved: epochs_ (DataFrame, a row
    per epoch), best_epoch_, stopped_by_, as `seqrec.training.TrainResult` has them.
    """

    def __init__(
        self, model=None, *, max_len=None, training=None, positive_from=None, whole_histories=True,
        unknown_items="drop", device=None, progress=True,
    ):  # fmt: skip
        self.model = model
        self.max_len = max_len
        self.training = training
        self.positive_from = positive_from
        self.whole_histories = whole_histories
        self.unknown_items = unknown_items
        self.device = device
        self.progress = progress

    def get_params(self):
        """The settings by name, as `__init__` takes them."""
        names = ("model", "max_len", "training", "positive_from", "whole_histories", "unknown_items", "device")
        return {name: getattr(self, name) for name in (*names, "progress")}

    def __repr__(self):
        return f"SequentialRecommender({', '.join(f'{name}={value!r}' for name, value in self.get_params().items())})"

    def fit(self, interactions, items=None, valid_interactions=None):
        """Learn from scratch. Returns self.

        interactions: the log to train on.
        items: the catalogue, with products that nobody has clicked yet: ids, or a DataFrame with `item_id`. None: the
               items of `interactions`. A model with content needs the DataFrame, a row per item.
        valid_interactions: events to validate on, a log too: of `leave_last_two_out`, `split.train` is `interactions`
               and `split.valid` is this. Each is predicted from all events of its user before it; none is trained on.
               The history of training then tells `valid_loss` and `ndcg@10`, and the best epoch's weights are kept.

        Raises TypeError or ValueError for a bad log, a bad setting, a log in which nothing follows anything, and for
        validation events that are in `interactions` too.
        """
        config, max_len, training = self._settings()
        validate_interactions(interactions, require_outcome=self.positive_from is not None)
        index, everything = ItemIndex().fit(read_catalogue(interactions if items is None else items)), interactions
        if valid_interactions is not None:
            validate_interactions(valid_interactions, require_outcome=self.positive_from is not None)
            everything = with_held_out(interactions, valid_interactions)
        elif training.patience:
            raise ValueError(f"patience is {training.patience}, but there are no valid_interactions to judge by.")
        seen = self._read(everything, index, learning=True)
        learned, _ = read_events(interactions, index, positive_from=self.positive_from, ascending=True)  # none held out
        if len(windows(learned, max_len)[1]) == 0:
            at_least = "" if self.positive_from is None else f" with an outcome of {self.positive_from} or more"
            raise ValueError(f"no event{at_least} follows another of its user: nothing to learn. Cure: a longer log.")
        targets = learned.items[learned.is_target]
        counts = popularity(targets, index.n_items)[1:] * len(targets) + 1
        log_popularity = np.log(counts / counts.sum()).astype(np.float32)

        shelf = Shelf.fill(config.content, items, index, learned.items)
        device, validate = torch.device(self.device or best_device()), None
        network = new_network(config, shelf.n_known(index), max_len, training.seed, device, **shelf.content())
        if valid_interactions is not None:
            asked = windows(seen, max_len, chosen=seen.rows >= len(interactions))
            if len(asked[1]) == 0:
                raise ValueError("no validation event has an event of its user before it. Cure: leave_last_two_out.")

            def validate(network):
                return CatalogueScorer(config, shelf.place(network), max_len, log_popularity).validation(*asked)

        loss, n_samples = config.objective(
            shelf.in_training(learned), max_len, whole=self.whole_histories, device=device
        )
        result = train(network, loss, n_samples, training, validate=validate, progress=self.progress)

        network = shelf.place(network)
        self.item_index_, self.features_, self.network_ = index, shelf.table, network
        self.scorer_ = CatalogueScorer(config, network, max_len, log_popularity)
        self.user_ids_, self.histories_ = seen.user_ids, newest(seen, max_len).astype(np.int32)
        self.epochs_, self.best_epoch_, self.stopped_by_ = result.history, result.best_epoch, result.stopped_by
        return self

    def add_items(self, items):
        """Products that were launched after `fit`. They are ranked by content, among the others. Returns self.

        items: DataFrame with `item_id` and the columns of the features, a row for each new product. Nothing is learned
        from them, and nothing of the others changes but their share of probability. Where popularity answers, a new
        product is as popular as the least popular one.
        Raises RuntimeError for a model without content, ValueError for an item that it knows, and for a bad catalogue.
        """
        scorer = self._fitted().scorer_
        if self.features_ is None:
            raise RuntimeError("this model reads no content, so it can say nothing about new items. Cure: fit again.")
        index, old, network = with_new_items(self.network_, self.item_index_, self.features_, items)
        popular = scorer.popularity.cpu().numpy()
        popular = np.where(old > 0, popular[old - 1], popular.min())
        popular = (popular - np.logaddexp.reduce(popular)).astype(np.float32)
        moved = np.append(0, index.encode(self.item_index_.item_ids_)).astype(np.int32)  # an old number -> the new one
        self.item_index_, self.network_ = index, network
        self.scorer_ = CatalogueScorer(scorer.config, network, scorer.max_len, popular)
        if self.histories_ is not None:
            self.histories_ = moved[self.histories_]
        return self

    def score_items(self, interactions):
        """Log-probability of every item as the next one: (U, n_items) float32, columns as `item_index_.item_ids_`."""
        return self._fitted().scorer_.of_users(self._read(validate_interactions(interactions), self.item_index_))

    def recommend(self, interactions, top_k=10, sampling_temperature=0.0, exclude_seen=False, seed=0):
        """The items to show to each user, best first: (U, top_k) of the log's ids.

        sampling_temperature: 0 takes the best. Above, items are drawn without repeats in proportion to
            probability ** (1 / temperature): 1 as the model believes, more is bolder. Same seed and log, same draw.
        exclude_seen: leave out every item in the user's events here, not only among the newest max_len.

        Memory: a chunk of users at a time, whatever their number and that of the items.
        Raises ValueError where a user has fewer than top_k items left (`recommend_frame` lists what there is).
        """
        events, items, _ = self._best(interactions, top_k, sampling_temperature, exclude_seen, seed)
        left = (items > 0).sum(axis=1)
        if (left < top_k).any():
            user = int((left < top_k).argmax())
            raise ValueError(
                f"user {events.user_ids[user]} has only {left[user]} items left that are not seen, top_k is {top_k}. "
                "Cure: a smaller top_k, or recommend_frame, which gives such a user fewer rows."
            )
        return self.item_index_.decode(items)

    def recommend_frame(self, interactions, top_k=10, sampling_temperature=0.0, exclude_seen=False, seed=0):
        """`recommend` as a DataFrame: `user_id`, `rank` from 1, `item_id`, `score` and `is_fallback`.

        score: log-probability, of a sampled item too. is_fallback: True where nothing was known of the user.
        """
        events, items, scores = self._best(interactions, top_k, sampling_temperature, exclude_seen, seed)
        users, places = np.nonzero(items)
        return pd.DataFrame(
            {
                "user_id": events.user_ids[users],
                "rank": places + 1,
                "item_id": self.item_index_.decode(items[users, places]),
                "score": scores[users, places],
                "is_fallback": (events.starts == events.ends)[users],
            }
        )

    def recommend_next(self, histories, top_k=10, sampling_temperature=0.0, seed=0):
        """The items to show after each history: `recommend` for a server, which has no table but a shopper's clicks.

        histories: B sequences of the log's ids, oldest first. An empty one, or one of which nothing is known, is
        answered by popularity. Items that `fit` did not know are treated as `unknown_items` says, without a warning.
        Returns (B, top_k) of the log's ids, best first (or as drawn, see `recommend`).
        """
        scorer = self._fitted().scorer_
        read_list_settings(top_k, scorer.n_items, sampling_temperature, False)
        users = np.repeat(np.arange(len(histories)), [len(history) for history in histories])
        numbers, items = np.zeros(0, np.int64), [item for history in histories for item in history]
        if items:
            items = pd.Series(items, name="item_id")
            check_kind(items, self.item_index_.item_ids_)
            encode = self.item_index_.encode if self.unknown_items == "refuse" else self.item_index_.encode_known
            numbers = encode(items)
        is_known = numbers > 0
        ends = np.cumsum(np.bincount(users[is_known], minlength=len(histories)))
        starts = np.append(0, ends[:-1])[: len(ends)]
        events = Events(None, numbers[is_known], None, starts, ends, None)
        options = {"temperature": sampling_temperature, "exclude_seen": False, "seed": seed}
        return self.item_index_.decode(scorer.best(events, top_k, **options)[0])

    def predict(self, user_ids, item_ids):
        """Log-probability that the user takes the item next, for pairs: (N,) and (N,) -> (N,) float32.

        Histories are those that `fit` saw, validation included. A user who is not among them gets popularity.
        Raises ValueError for an item that is not in the catalogue, and where histories were not saved.
        """
        if self._fitted().histories_ is None:
            raise ValueError("this model was saved without histories. Cure: score_items with a log.")
        users, items = pd.Series(user_ids, name="user_id"), pd.Series(item_ids, name="item_id")
        if len(users) != len(items):
            raise ValueError(f"{len(users)} user_ids and {len(items)} item_ids make no pairs.")
        if len(users) == 0:
            return np.zeros(0, np.float32)
        for ids, known in ((users, self.user_ids_), (items, self.item_index_.item_ids_)):
            check_ids(ids)
            check_kind(ids, known)
        rows, strangers = pd.factorize(users)  # each user once
        known = self.user_ids_.get_indexer(strangers)
        histories = np.where(known[:, None] < 0, 0, self.histories_[known])
        warn_of_losses(0, 0, int((known < 0).sum()), len(known))
        return self.scorer_.of_pairs(histories, rows, self.item_index_.encode(items))

    def save(self, folder, with_histories=True):
        """Write the model to a folder: safetensors and JSON, see `seqrec.model_files`. Returns self.

        with_histories: False leaves out the users and what they clicked; `predict` does not work after loading then.
        """
        scorer, is_kept = self._fitted().scorer_, with_histories and self.histories_ is not None
        tensors = {f"network/{name}": value for name, value in scorer.network.state_dict().items()}
        tensors["popularity"] = scorer.popularity
        if is_kept:
            tensors["histories"] = torch.from_numpy(self.histories_)
        settings = {
            "model": to_document(scorer.config),
            "training": vars(self.training or TrainConfig()),
            "device": None,
        }
        document = {
            "seqrec": __version__,
            "settings": self.get_params() | settings,
            "max_len": scorer.max_len,
            "items": ids_document(self.item_index_.item_ids_),
            "features": self.features_ and self.features_.to_document(),
            "users": ids_document(self.user_ids_.to_numpy()) if is_kept else None,
        }
        save_folder(folder, tensors, document)
        return self

    @classmethod
    def load(cls, folder, device=None):
        """The model that `save` wrote. Its scores have the same bits as before, on the same kind of device.

        Raises ValueError for a folder that is damaged, cut short, of another kind or of a newer version.
        """
        tensors, document = load_folder(folder)
        place = torch.device(device or best_device())
        try:
            settings, max_len, popular = document["settings"], document["max_len"], tensors["popularity"].numpy()
            config, training = from_document(settings["model"]), TrainConfig(**settings["training"])
            model = cls(**settings | {"model": config, "training": training, "device": device})
            model.item_index_ = ItemIndex().fit(read_ids(document["items"]))
            content, model.features_ = {}, document.get("features") and FeatureTable.from_document(document["features"])
            if model.features_:
                rows = tensors["network/encoder.item.rows"][1:-1]
                content = {"features": tensors["network/encoder.item.features"][1:-1], "has_id": rows > 0}
            n_items = model.item_index_.n_items
            network = new_network(config, n_items, max_len, training.seed, place, **content)
            network.load_state_dict({name[8:]: value for name, value in tensors.items() if name.startswith("network/")})
            model.network_, model.scorer_ = network, CatalogueScorer(config, network, max_len, popular)
            model.user_ids_ = model.histories_ = None
            if document["users"] is not None:
                model.user_ids_, model.histories_ = pd.Index(read_ids(document["users"])), tensors["histories"].numpy()
        except (KeyError, TypeError, ValueError, RuntimeError) as error:
            raise ValueError(f"{folder} is undamaged, but no recommender that this library knows: {error!r}") from error
        return model

    def _settings(self):
        params = self.get_params()
        return read_settings(**{name: params[name] for name in params if name not in ("device", "progress")})

    def _fitted(self):
        if not hasattr(self, "scorer_"):
            raise RuntimeError("SequentialRecommender has learned nothing yet: call fit(interactions) first, or load.")
        return self

    def _read(self, interactions, index, learning=False):
        """Events of a log that is checked; with one warning for what was left out."""
        events, n_unknown = read_events(interactions, index, positive_from=self.positive_from, ascending=learning)
        if n_unknown and self.unknown_items == "refuse":
            index.encode(interactions["item_id"])  # says which
        n_strangers = 0 if learning else int((events.starts == events.ends).sum())
        warn_of_losses(n_unknown, len(interactions), n_strangers, len(events.ends))
        return events

    def _best(self, interactions, top_k, sampling_temperature, exclude_seen, seed):
        """Events, and the list of each of their users: item numbers and scores."""
        scorer = self._fitted().scorer_
        validate_interactions(interactions)
        read_list_settings(top_k, scorer.n_items, sampling_temperature, exclude_seen)
        events = self._read(interactions, self.item_index_)
        options = {"temperature": sampling_temperature, "exclude_seen": exclude_seen, "seed": seed}
        return events, *scorer.best(events, top_k, **options)
