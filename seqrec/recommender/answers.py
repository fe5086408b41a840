"""What a fitted recommender answers: scores, lists and pairs.

    score_items                     every item for every user of a log
    recommend, recommend_frame      a list for each of them
    recommend_next                  the same for bare histories
    predict                         pairs of a user and an item

How good the lists are: `seqrec.recommender.evaluation`. What is like an item:
`seqrec.recommender.neighbours`.

Axis letters: U users, B histories, n_items items, K top_k, N pairs.
"""

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt
import pandas as pd

from seqrec.checks import check_flag
from seqrec.data.ids import check_kind, normal_ids
from seqrec.data.interactions import validate_interactions
from seqrec.metrics.arrays import WithoutPadding
from seqrec.recommender.listed_ids import read_choice
from seqrec.recommender.outcomes import ranked_by
from seqrec.recommender.reading import read_histories, read_log, rows_of
from seqrec.recommender.scoring import ItemLists, with_padding
from seqrec.recommender.settings import check_left, read_list_settings, warn_of_losses


class Answers:
    """The half of `SequentialRecommender` that answers. It reads what `fit` or `load` left there.

    item_index_:            ItemIndex, the order of columns
    scorer_:                CatalogueScorer
    user_ids_, histories_:  (U,) and (U, max_len), for `predict`; None where they were not saved
    unknown_items:          "drop" or "refuse"
    exclude_seen:           what a call takes that does not say
    """

    def score_items(self, interactions: pd.DataFrame, padded: bool = False) -> np.ndarray:
        """Log-probability of every item as the next one of each user of a log.

        padded: True puts a column -inf before the others, (U, n_items + 1): then column
                `item_index_.encode(id)` is that item, as `seqrec.metrics` and baselines have it.

        Returns (U, n_items) float32, columns as `item_index_.item_ids_`. Metrics refuse these, and
        what is computed of them: each item would be taken for its neighbour.

            ranks(model.score_items(log, padded=True), model.item_index_.encode(targets))

        `evaluate` does all that by itself. Raises ValueError for a bad log.
        """
        check_flag("padded", padded)
        scores = self._fitted().scorer_.of_users(self._events(interactions))
        return with_padding(scores) if padded else WithoutPadding.mark(scores)

    def recommend(
        self,
        interactions: pd.DataFrame,
        top_k: int = 10,
        sampling_temperature: float = 0.0,
        exclude_seen: bool | None = None,
        seed: int = 0,
        *,
        among: npt.ArrayLike | Sequence[npt.ArrayLike] | None = None,
        without: npt.ArrayLike | Sequence[npt.ArrayLike] | None = None,
        by: str = "next",
    ) -> np.ndarray:
        """The items to show to each user, best first: (U, top_k) of the log's ids.

        interactions:         a log
        top_k:                length of a list, up to n_items
        sampling_temperature: 0 takes the best. Above, items are drawn without repeats in proportion
                              to probability ** (1 / temperature): 1 as the model believes, more is
                              bolder.
        exclude_seen:         leave out every item in the user's events here, not only among the
                              newest max_len. None is the model's setting; see there when to.
        seed:                 of the draw: same seed and log, same draw
        among:                nothing but these items may be shown (in stock, say): the log's ids,
                              for all users; or a list of ids for each user, in the order of the
                              answer. None allows all
        without:              these may not, likewise. None forbids none
        by:                   what is best: "next", what is most probable; for a model that learned
                              outcomes also "outcome", what would end best, and "next x outcome"

        Memory: a chunk of users at a time, whatever their number and that of the items.
        Raises ValueError for an item in `among` or `without` that the model does not know, and
        where a user has fewer than top_k items left (`recommend_frame` lists what there is, unless
        these two leave nothing).
        """
        events, choice, items, _ = self._best(
            interactions, top_k, sampling_temperature, exclude_seen, seed, among, without, by
        )
        check_left(items, top_k, events.user_ids, choice)
        return self.item_index_.decode(items)

    def recommend_frame(
        self,
        interactions: pd.DataFrame,
        top_k: int = 10,
        sampling_temperature: float = 0.0,
        exclude_seen: bool | None = None,
        seed: int = 0,
        *,
        among: npt.ArrayLike | Sequence[npt.ArrayLike] | None = None,
        without: npt.ArrayLike | Sequence[npt.ArrayLike] | None = None,
        by: str = "next",
    ) -> pd.DataFrame:
        """`recommend` as a DataFrame, a row for each item of each list.

        Its columns:
        user_id, item_id: of the log
        rank:             the place in the list, from 1
        score:            log-probability, of a sampled item too; where `by` is another, that
        is_fallback:      True where nothing was known of the user
        """
        events, choice, items, scores = self._best(
            interactions, top_k, sampling_temperature, exclude_seen, seed, among, without, by
        )
        if among is not None or without is not None:
            check_left(items, 1, events.user_ids, choice)
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
        *,
        exclude_seen: bool | None = None,
        among: npt.ArrayLike | Sequence[npt.ArrayLike] | None = None,
        without: npt.ArrayLike | Sequence[npt.ArrayLike] | None = None,
        by: str = "next",
    ) -> np.ndarray:
        """The items to show after each history: `recommend` for a server, which has no table.

        histories: B sequences of the log's ids, oldest first; a single one is [history]. An empty
                   one, or one of which nothing is known, is answered by popularity. Items that
                   `fit` did not know are treated as `unknown_items` says, without a warning.
        The others: see `recommend`; seen is what is in the history.

        Returns (B, top_k) of the log's ids, best first (or as drawn, see `recommend`). Raises
        TypeError or ValueError for what is no list of lists of ids, and as `recommend` does.
        """
        scorer = ranked_by(self._fitted().scorer_, by, sampling_temperature)
        events = read_histories(histories, self.item_index_, self.unknown_items)
        exclude_seen = self._excludes_seen(exclude_seen)
        read_list_settings(top_k, scorer.n_items, sampling_temperature, exclude_seen)
        choice = self._choice(events, exclude_seen, among, without)
        items, _ = scorer.best(events, top_k, temperature=sampling_temperature, seed=seed, **choice)
        check_left(items, top_k, events.user_ids, choice, who="history")
        return self.item_index_.decode(items)

    def predict(self, user_ids: npt.ArrayLike, item_ids: npt.ArrayLike) -> np.ndarray:
        """Log-probability that the user takes the item next, for pairs: (N,) float32.

        user_ids: (N,). Their histories are those that `fit` saw, validation included. A user who is
                  not among them gets popularity.
        item_ids: (N,)

        Raises ValueError for an item that is not in the catalogue, and where histories were not
        saved.
        """
        histories, rows, items = self._pairs(user_ids, item_ids)
        warn_of_losses(0, 0, int((histories == 0).all(axis=1).sum()), len(histories))
        return self.scorer_.of_pairs(histories, rows, items)

    def _pairs(self, user_ids, item_ids):
        """Users as histories (B, max_len), 0 for a stranger; rows there (N,) and items (N,)."""
        if self._fitted().histories_ is None:
            raise ValueError(
                "this model was saved without histories. Cure: score_items with a log."
            )
        users = normal_ids(user_ids, "user_id")
        items = normal_ids(item_ids, "item_id")
        if len(users) != len(items):
            raise ValueError(f"{len(users)} user_ids and {len(items)} item_ids make no pairs.")
        if len(users) == 0:
            return self.histories_[:0], np.zeros(0, np.int64), np.zeros(0, np.int64)
        check_kind(items, self.item_index_.item_ids_)
        # Each user once.
        rows, strangers = pd.factorize(users)
        known = rows_of(strangers, self.user_ids_)
        histories = np.where(known[:, None] < 0, 0, self.histories_[known])
        return histories, rows, self.item_index_.encode(items)

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

    def _excludes_seen(self, exclude_seen):
        """What a call says, or else the setting."""
        return self.exclude_seen if exclude_seen is None else exclude_seen

    def _choice(self, events, exclude_seen, among, without):
        """What users of Events may be shown: arguments of `CatalogueScorer.best`."""
        index = self.item_index_
        n_users = len(events.ends)
        return {
            "seen": ItemLists(events.items, events.starts, events.ends) if exclude_seen else None,
            "among": read_choice("among", among, index, n_users),
            "without": read_choice("without", without, index, n_users),
        }

    def _best(
        self, interactions, top_k, sampling_temperature, exclude_seen, seed, among, without, by
    ):
        """Events, what is ruled out, and the list of each user: item numbers and scores."""
        scorer = ranked_by(self._fitted().scorer_, by, sampling_temperature)
        interactions = validate_interactions(interactions)
        exclude_seen = self._excludes_seen(exclude_seen)
        read_list_settings(top_k, scorer.n_items, sampling_temperature, exclude_seen)
        events = read_log(interactions, self.item_index_, self.unknown_items)
        choice = self._choice(events, exclude_seen, among, without)
        best = scorer.best(events, top_k, temperature=sampling_temperature, seed=seed, **choice)
        return events, choice, *best
