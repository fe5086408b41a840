"""A recommender for a log of your own: fit, recommend, save, load.

    model = SequentialRecommender(SASRecConfig(), max_len=50).fit(interactions)
    model.recommend_frame(interactions, top_k=10)

It owns what lies between a shop's log and a network: the check of the log, the order of events,
what is cut, which number an item has. The network, its loss and its scores are the business of the
model (`seqrec.models.config`).

Axis letters: U users, n_items items, K top_k, N pairs.
"""

import numpy as np
import pandas as pd

from seqrec.data.cuts import newest
from seqrec.data.events import check_kind
from seqrec.data.interactions import check_ids, validate_interactions
from seqrec.items.content import with_new_items
from seqrec.recommender.documents import describe, restore
from seqrec.recommender.fitting import fit_network, read
from seqrec.recommender.folder import load_folder, save_folder
from seqrec.recommender.reading import read_histories, read_log
from seqrec.recommender.scoring import CatalogueScorer
from seqrec.recommender.settings import read_list_settings, read_settings, warn_of_losses

# The settings, as `__init__` takes them.
_PARAMS = (
    "model",
    "max_len",
    "training",
    "positive_from",
    "whole_histories",
    "unknown_items",
    "device",
    "progress",
)


class SequentialRecommender:
    """What comes next for each user of a log, by any model of `seqrec.models.config`.

    model:     its configuration; None is SASRecConfig().
    max_len:   only the newest max_len events of a user count; None takes the model's own, else 50.
    training:  a TrainConfig; None is TrainConfig(). Its seed decides the weights as well.
    positive_from: learn to predict only events whose `outcome` is at least this; the others are
               read as history. None predicts every event. A log without `outcome` can't be learned
               from then, but it can be asked about.
    whole_histories: True cuts histories longer than max_len + 1 into pieces for training, so that
               no event is lost. False trains on the newest piece only.
    unknown_items: "drop" leaves out events with items that `fit` did not know, with a warning;
    "refuse" is an error.
    device:    "cuda", "mps", "cpu" or a torch.device; None takes the best there is.
    progress:  whether to show a bar while training.

    A log is what `seqrec.data.validate_interactions` wants: `user_id`, `item_id`, `timestamp`, in
    any order, and maybe `outcome`. Answers are in the order in which its users first appear,
    ``interactions["user_id"].unique()``. Scores are log-probabilities over the catalogue. A user of
    whom nothing is left is answered by popularity; a warning says how many there are, and
    `recommend_frame` which.

    With `content` in its configuration the model reads what a catalogue says of its items. Then it
    ranks products that nobody clicked by content alone, those of the `items` of `fit` and those of
    `add_items`, and learns nothing from their being there.

    Learned: item_index_ (ItemIndex: the order of columns), features_ (FeatureTable; None for a
    model without content), network_, scorer_ (CatalogueScorer: max_len, popularity), user_ids_ (U,)
    and histories_ (U, max_len) for `predict`; and by `fit` only, not saved: epochs_ (DataFrame, a
    row per epoch), best_epoch_, stopped_by_, as `seqrec.training.TrainResult` has them.
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

    def get_params(self, deep=True):
        """The settings by name, as `__init__` takes them.

        deep: not used; scikit-learn's `clone` passes it.
        """
        return {name: getattr(self, name) for name in _PARAMS}

    def set_params(self, **params):
        """Change settings by name, as in scikit-learn: what was learned stays until the next `fit`.
        Returns self.

        Raises ValueError for a name that `__init__` does not take, and then changes nothing.
        """
        unknown = sorted(params.keys() - set(_PARAMS))
        if unknown:
            raise ValueError(f"{unknown[0]!r} is no setting. Cure: one of {', '.join(_PARAMS)}.")
        for name, value in params.items():
            setattr(self, name, value)
        return self

    def __repr__(self):
        return f"SequentialRecommender({', '.join(f'{name}={value!r}' for name, value in self.get_params().items())})"

    def fit(self, interactions, items=None, valid_interactions=None):
        """Learn from scratch. Returns self.

        interactions: the log to train on.
        items: the catalogue, with products that nobody has clicked yet: ids, or a DataFrame with
               `item_id`. None: the items of `interactions`. A model with content needs the
               DataFrame, a row per item.
        valid_interactions: events to validate on, a log too: of `leave_last_two_out`, `split.train`
               is `interactions` and `split.valid` is this. Each is predicted from all events of its
               user before it; none is trained on. The history of training then tells `valid_loss`
               and `ndcg@10`, and the best epoch's weights are kept.

        Raises TypeError or ValueError for a bad log, a bad setting, a log in which nothing follows
        anything, and for validation events that are in `interactions` too.
        """
        settings = self._settings()
        reading = read(settings, interactions, items, valid_interactions)
        scorer, table, result = fit_network(settings, reading, items, self.device, self.progress)
        self.item_index_ = reading.index
        self.features_ = table
        self.network_ = scorer.network
        self.scorer_ = scorer
        self.user_ids_ = reading.seen.user_ids
        self.histories_ = newest(reading.seen, scorer.max_len).astype(np.int32)
        self.epochs_ = result.history
        self.best_epoch_ = result.best_epoch
        self.stopped_by_ = result.stopped_by
        return self

    def add_items(self, items):
        """Products that were launched after `fit`. They are ranked by content, among the others.
        Returns self.

        items: DataFrame with `item_id` and the columns of the features, a row for each new product.
        Nothing is learned from them, and nothing of the others changes but their share of
        probability. Where popularity answers, a new product is as popular as the least popular one.
        Raises RuntimeError for a model without content, ValueError for an item that it knows, and
        for a bad catalogue.
        """
        scorer = self._fitted().scorer_
        if self.features_ is None:
            raise RuntimeError(
                "this model reads no content, so it can say nothing about new items. Cure: fit "
                "again."
            )
        index, old, network = with_new_items(self.network_, self.item_index_, self.features_, items)
        popular = scorer.popularity.cpu().numpy()
        popular = np.where(old > 0, popular[old - 1], popular.min())
        popular = (popular - np.logaddexp.reduce(popular)).astype(np.float32)
        moved = np.append(0, index.encode(self.item_index_.item_ids_)).astype(
            np.int32
        )  # an old number -> the new one
        self.item_index_, self.network_ = index, network
        self.scorer_ = CatalogueScorer(scorer.config, network, scorer.max_len, popular)
        if self.histories_ is not None:
            self.histories_ = moved[self.histories_]
        return self

    def score_items(self, interactions):
        """Log-probability of every item as the next one:

        (U, n_items) float32, columns as `item_index_.item_ids_`.
        """
        return self._fitted().scorer_.of_users(self._events(interactions))

    def recommend(
        self, interactions, top_k=10, sampling_temperature=0.0, exclude_seen=False, seed=0
    ):
        """The items to show to each user, best first: (U, top_k) of the log's ids.

        sampling_temperature: 0 takes the best. Above, items are drawn without repeats in proportion
            to probability ** (1 / temperature): 1 as the model believes, more is bolder. Same seed
            and log, same draw.
        exclude_seen: leave out every item in the user's events here, not only among the newest
        max_len.

        Memory: a chunk of users at a time, whatever their number and that of the items.
        Raises ValueError where a user has fewer than top_k items left (`recommend_frame` lists what
        there is).
        """
        events, items, _ = self._best(interactions, top_k, sampling_temperature, exclude_seen, seed)
        left = (items > 0).sum(axis=1)
        if (left < top_k).any():
            user = int((left < top_k).argmax())
            raise ValueError(
                f"user {events.user_ids[user]} has only {left[user]} items left that are not seen, "
                f"top_k is {top_k}. Cure: a smaller top_k, or recommend_frame, which gives such a "
                "user fewer rows."
            )
        return self.item_index_.decode(items)

    def recommend_frame(
        self, interactions, top_k=10, sampling_temperature=0.0, exclude_seen=False, seed=0
    ):
        """`recommend` as a DataFrame: `user_id`, `rank` from 1, `item_id`, `score` and
        `is_fallback`.

        score: log-probability, of a sampled item too. is_fallback: True where nothing was known of
        the user.
        """
        events, items, scores = self._best(
            interactions, top_k, sampling_temperature, exclude_seen, seed
        )
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
        """The items to show after each history: `recommend` for a server, which has no table but a
        shopper's clicks.

        histories: B sequences of the log's ids, oldest first. An empty one, or one of which nothing
        is known, is answered by popularity. Items that `fit` did not know are treated as
        `unknown_items` says, without a warning.
        Returns (B, top_k) of the log's ids, best first (or as drawn, see `recommend`).
        """
        scorer = self._fitted().scorer_
        read_list_settings(top_k, scorer.n_items, sampling_temperature, False)
        events = read_histories(histories, self.item_index_, self.unknown_items)
        items, _ = scorer.best(
            events, top_k, temperature=sampling_temperature, exclude_seen=False, seed=seed
        )
        return self.item_index_.decode(items)

    def predict(self, user_ids, item_ids):
        """Log-probability that the user takes the item next, for pairs: (N,) and (N,) -> (N,)
        float32.

        Histories are those that `fit` saw, validation included. A user who is not among them gets
        popularity.
        Raises ValueError for an item that is not in the catalogue, and where histories were not
        saved.
        """
        if self._fitted().histories_ is None:
            raise ValueError(
                "this model was saved without histories. Cure: score_items with a log."
            )
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
        """Write the model to a folder: safetensors and JSON, see `seqrec.recommender.folder`.
        Returns self.

        with_histories: False leaves out the users and what they clicked; `predict` does not work
        after loading then.
        """
        save_folder(folder, *describe(self._fitted(), with_histories))
        return self

    @classmethod
    def load(cls, folder, device=None):
        """The model that `save` wrote. Its scores have the same bits as before, on the same kind of
        device.

        Raises ValueError for a folder that is damaged, cut short, of another kind or of a newer
        version.
        """
        tensors, document = load_folder(folder)
        try:
            return restore(cls, tensors, document, device)
        except (KeyError, TypeError, ValueError, RuntimeError) as error:
            raise ValueError(
                f"{folder} is undamaged, but no recommender that this library knows: {error!r}"
            ) from error

    def _settings(self):
        params = self.get_params()
        return read_settings(
            **{name: params[name] for name in params if name not in ("device", "progress")}
        )

    def _fitted(self):
        if not hasattr(self, "scorer_"):
            raise RuntimeError(
                "SequentialRecommender has learned nothing yet: call fit(interactions) first, or "
                "load."
            )
        return self

    def _events(self, interactions):
        """Events of a log, by the numbers of the fitted items."""
        return read_log(validate_interactions(interactions), self.item_index_, self.unknown_items)

    def _best(self, interactions, top_k, sampling_temperature, exclude_seen, seed):
        """Events, and the list of each of their users: item numbers and scores."""
        scorer = self._fitted().scorer_
        validate_interactions(interactions)
        read_list_settings(top_k, scorer.n_items, sampling_temperature, exclude_seen)
        events = self._events(interactions)
        options = {"temperature": sampling_temperature, "exclude_seen": exclude_seen, "seed": seed}
        return events, *scorer.best(events, top_k, **options)
