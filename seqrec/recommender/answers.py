"""What a fitted recommender answers: scores, lists and pairs.

    score_items                     every item for every user of a log
    recommend, recommend_frame      a list for each of them
    recommend_next                  the same for bare histories
    predict                         pairs of a user and an item

Axis letters: U users, B histories, n_items items, K top_k, N pairs.
"""

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt
import pandas as pd

from seqrec.data.events import check_kind
from seqrec.data.interactions import check_ids, validate_interactions
from seqrec.recommender.reading import read_histories, read_log
from seqrec.recommender.settings import read_list_settings, warn_of_losses


class Answers:
    """The half of `SequentialRecommender` that answers. It reads what `fit` or `load` left there.

    item_index_:            ItemIndex, the order of columns
    scorer_:                CatalogueScorer
    user_ids_, histories_:  (U,) and (U, max_len), for `predict`; None where they were not saved
    unknown_items:          "drop" or "refuse"
    """

    def score_items(self, interactions: pd.DataFrame) -> np.ndarray:
        """Log-probability of every item as the next one of each user of a log.

        Returns (U, n_items) float32, columns as `item_index_.item_ids_`. Raises ValueError for a
        bad log.
        """
        return self._fitted().scorer_.of_users(self._events(interactions))

    def recommend(
        self,
        interactions: pd.DataFrame,
        top_k: int = 10,
        sampling_temperature: float = 0.0,
        exclude_seen: bool = False,
        seed: int = 0,
    ) -> np.ndarray:
        """The items to show to each user, best first: (U, top_k) of the log's ids.

        interactions:         a log
        top_k:                length of a list, up to n_items
        sampling_temperature: 0 takes the best. Above, items are drawn without repeats in proportion
                              to probability ** (1 / temperature): 1 as the model believes, more is
                              bolder.
        exclude_seen:         leave out every item in the user's events here, not only among the
                              newest max_len
        seed:                 of the draw: same seed and log, same draw

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
        self,
        interactions: pd.DataFrame,
        top_k: int = 10,
        sampling_temperature: float = 0.0,
        exclude_seen: bool = False,
        seed: int = 0,
    ) -> pd.DataFrame:
        """`recommend` as a DataFrame, a row for each item of each list.

        Its columns:
        user_id, item_id: of the log
        rank:             the place in the list, from 1
        score:            log-probability, of a sampled item too
        is_fallback:      True where nothing was known of the user
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

    def recommend_next(
        self,
        histories: Sequence[npt.ArrayLike],
        top_k: int = 10,
        sampling_temperature: float = 0.0,
        seed: int = 0,
    ) -> np.ndarray:
        """The items to show after each history: `recommend` for a server, which has no table.

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

    def predict(self, user_ids: npt.ArrayLike, item_ids: npt.ArrayLike) -> np.ndarray:
        """Log-probability that the user takes the item next, for pairs: (N,) float32.

        user_ids: (N,). Their histories are those that `fit` saw, validation included. A user who is
                  not among them gets popularity.
        item_ids: (N,)

        Raises ValueError for an item that is not in the catalogue, and where histories were not
        saved.
        """
        if self._fitted().histories_ is None:
            raise ValueError(
                "this model was saved without histories. Cure: score_items with a log."
            )
        users = pd.Series(user_ids, name="user_id")
        items = pd.Series(item_ids, name="item_id")
        if len(users) != len(items):
            raise ValueError(f"{len(users)} user_ids and {len(items)} item_ids make no pairs.")
        if len(users) == 0:
            return np.zeros(0, np.float32)
        for ids, known in ((users, self.user_ids_), (items, self.item_index_.item_ids_)):
            check_ids(ids)
            check_kind(ids, known)
        # Each user once.
        rows, strangers = pd.factorize(users)
        known = self.user_ids_.get_indexer(strangers)
        histories = np.where(known[:, None] < 0, 0, self.histories_[known])
        warn_of_losses(0, 0, int((known < 0).sum()), len(known))
        return self.scorer_.of_pairs(histories, rows, self.item_index_.encode(items))

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
