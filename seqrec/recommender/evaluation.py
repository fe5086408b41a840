"""How good are a fitted recommender's lists? Judged by events that were kept away from it.

What is judged is what is served: the same histories, the same fallback, the same choice whether
seen items are left out.

Axis letters: U users, P pairs of a user and an item that is relevant to them.
"""

from collections.abc import Sequence

import numpy as np
import pandas as pd

from seqrec.checks import check_flag, shown
from seqrec.data.events import read_events
from seqrec.data.interactions import check_outcomes, validate_interactions
from seqrec.data.targets import TARGETS, ask
from seqrec.data.times import normal_times
from seqrec.metrics.intervals import mean_interval
from seqrec.recommender.judging import METRICS, Questions, judge, read_names
from seqrec.recommender.reading import Known, read_log
from seqrec.recommender.settings import warn_of_losses


class Evaluation:
    """The part of `SequentialRecommender` that judges it. See `seqrec.recommender.answers`."""

    def evaluate(
        self,
        test: pd.DataFrame,
        k: Sequence[int] = (5, 10, 20),
        metrics: Sequence[str] = METRICS,
        by_user: bool = False,
        exclude_seen: bool | None = None,
        *,
        known: pd.DataFrame | None = None,
        targets: str = "together",
        seed: int | np.random.Generator = 0,
    ) -> pd.DataFrame:
        """How high the items of held-out events stand in each user's ranking of the catalogue.

        test:         a log of what came after that which is known. All items of a user in it are
                      relevant, each once; with `positive_from`, those of events that reach it
        k:            cut-offs, one or several
        metrics:      some of
                      "hr"        is one of the first k relevant?
                      "recall"    share of the relevant items that are among the first k
                      "ndcg"      sum of 1 / log2(1 + place) over relevant items among the first k,
                                  as a share of the best possible sum
                      "mrr"       1 / place of the first relevant item, wherever it is: without k
                      "coverage"  share of the catalogue that is in somebody's list of k
        by_user:      True returns a row per user
        exclude_seen: whether what a user has had is left out of the ranking, and ranks last even if
                      it is relevant: then the shop would not show it. None is the model's setting
        known:        the log that histories are read from; None takes what `fit` saw, validation
                      included
        targets:      "together": all items of a user in `test` are relevant at once, and none of
                      them is history. "successive", "last": each event of the test, or each user's
                      last one, is a question of its own, and what its user did before it in the
                      test is history too, see `seqrec.data.ask`. These want `known`
        seed:         of the bootstrap

        Ties count against the model. Of a user of whom nothing is known popularity is judged, which
        answers them; test events with items that the model does not know are left out, or refused,
        as `unknown_items` says. A warning counts both.

        Returns a DataFrame with a row per metric, "hr@5" and so on: `value`, the mean over users,
        and from `low` to `high` its 95 % bootstrap interval over users (`seqrec.metrics`; coverage
        has none). by_user: a row per user in order of first appearance in `test`: `user_id`,
        `is_fallback` where nothing was known, and a column for each metric but coverage; with
        "successive" or "last" a row per question, and means are over questions.

        Memory: a chunk of users at a time. Raises TypeError or ValueError for a bad log, a test
        event that is not later than what is known of its user, settings that make no sense, and
        where it is not known what is to be left out.
        """
        scorer = self._fitted().scorer_
        names = read_names(k, metrics, by_user)
        _check_targets(targets)
        exclude_seen = check_flag("exclude_seen", self._excludes_seen(exclude_seen))
        if targets == "together":
            questions = self._questions(test, known, exclude_seen)
        else:
            questions = self._questions_in_turn(test, known, targets)
        judged, shown = judge(scorer, questions, names, exclude_seen)
        if by_user:
            columns = {name: judged[name] for name in names if name in judged}
            return pd.DataFrame(
                {
                    "user_id": questions.events.user_ids,
                    "is_fallback": questions.events.starts == questions.events.ends,
                    **columns,
                }
            )
        rows = {}
        for name in names:
            if name in judged:
                rows[name] = mean_interval(judged[name], seed=seed)
            else:
                rows[name] = (np.count_nonzero(shown[name]) / scorer.n_items, np.nan, np.nan)
        table = pd.DataFrame.from_dict(rows, orient="index", columns=["value", "low", "high"])
        return table.rename_axis("metric")

    def _questions(self, test, known, exclude_seen):
        """Whom to ask about, what is known of them, and what is relevant: Questions."""
        test = validate_interactions(test)
        if self.positive_from is not None and "outcome" in test:
            check_outcomes(test["outcome"])
        events, n_unknown = read_events(test, self.item_index_, positive_from=self.positive_from)
        if n_unknown and self.unknown_items == "refuse":
            # Raises, and says which.
            self.item_index_.encode(test["item_id"])
        before = self._known_before() if known is None else self._known_from(known)
        if before is None:
            raise ValueError(
                "this model was saved without histories. Cure: known=, the log to read them from."
            )
        asked, rows = before.asked(events.user_ids)
        user = np.repeat(np.arange(len(rows)), events.ends - events.starts)
        times = normal_times(test["timestamp"]).iloc[events.rows]
        _check_later(times, rows[user], events.items, before)
        pairs = np.unique(np.stack([user, events.items])[:, events.is_target], axis=1)
        is_judged = np.bincount(pairs[0], minlength=len(rows)) > 0
        if not is_judged.any():
            raise _nothing_to_judge(test)
        asked = asked._replace(
            user_ids=asked.user_ids[is_judged],
            starts=asked.starts[is_judged],
            ends=asked.ends[is_judged],
        )
        counts = asked.ends - asked.starts
        warn_of_losses(
            n_unknown,
            len(test),
            int((counts == 0).sum()),
            len(counts),
            n_not_judged=int((~is_judged).sum()),
        )
        if exclude_seen and (counts == before.max_len).any():
            user_id = asked.user_ids[int((counts == before.max_len).argmax())]
            raise ValueError(
                f"only the newest {before.max_len} events of each user were saved, and user "
                f"{user_id} may have more: what to leave out is not known. Cure: known=, the log "
                "of all their events."
            )
        # Judged users are counted anew, from 0.
        return Questions(asked, (np.cumsum(is_judged) - 1)[pairs[0]], pairs[1])

    def _questions_in_turn(self, test, known, targets):
        """Each target of the test by itself: Questions."""
        if known is None:
            raise ValueError(
                "known must be a log where targets are asked in turn, got None. Cure: known=, the "
                "log of what came before the test."
            )
        asked = ask(
            known, test, self.item_index_, targets=targets, positive_from=self.positive_from
        )
        if not asked.is_judged.all() and self.unknown_items == "refuse":
            # Raises, and says which.
            self.item_index_.encode(test["item_id"])
        judged = asked.where(asked.is_judged)
        if not len(judged.items):
            raise _nothing_to_judge(test)
        warn_of_losses(
            int((~asked.is_judged).sum()),
            len(asked.items),
            int((~judged.has_history).sum()),
            len(judged.items),
            who="questions",
        )
        return Questions(judged.past, np.arange(len(judged.items)), judged.items)

    def _known_before(self) -> Known | None:
        """What `fit` or `load` left of the users; None where histories were not saved."""
        if self.seen_ is None and self.histories_ is not None:
            return Known.of_histories(self.user_ids_, self.histories_)
        return self.seen_

    def _known_from(self, log):
        """Known, from a log."""
        log = validate_interactions(log)
        events = read_log(log, self.item_index_, self.unknown_items)
        return Known.of_events(events, log["timestamp"])


def _check_targets(targets):
    """Raise ValueError for another word than `evaluate` knows."""
    if not isinstance(targets, str) or targets not in ("together", *TARGETS):
        raise ValueError(
            f"targets must be 'together', 'successive' or 'last', got {shown(targets)}. Cure: one "
            "of the three."
        )


def _nothing_to_judge(test):
    """The error for a test without a relevant event of an item that the model knows."""
    return ValueError(
        f"test has {len(test)} events, but none that is relevant and has an item that the model "
        "knows: nothing can be judged. Cure: a log with items of item_index_.item_ids_, and, with "
        "positive_from, one such outcome or more."
    )


def _check_later(times, rows, items, known):
    """Raise ValueError for a test event that comes before the newest that is known of its user.

    Or that is this one: an event can't be foretold from itself.

    times: Series (n,) of test events
    rows:  (n,) of their users in Known, -1 for strangers
    items: (n,)
    known: Known
    """
    if known.newest_time is None:
        return
    has_time = known.starts < known.ends
    judged = np.flatnonzero((rows >= 0) & has_time[rows])
    rows = rows[judged]
    times = times.iloc[judged]
    until = known.newest_time.iloc[(np.cumsum(has_time) - 1)[rows]].set_axis(times.index)
    try:
        is_early = (times < until).to_numpy(bool)
    except TypeError as error:
        raise ValueError(
            f"times of test are {times.dtype}, times that are known are {until.dtype}: which is "
            "later can't be told. Cure: one kind in both."
        ) from error
    is_itself = (times == until).to_numpy(bool) & (
        items[judged] == known.items[known.ends[rows] - 1]
    )
    wrong = is_early | is_itself
    if wrong.any():
        place = int(wrong.argmax())
        raise ValueError(
            f"test, user {known.user_ids[rows[place]]}: the event at {times.iloc[place]} is not "
            f"later than what is known of them, up to {until.iloc[place]}, so it would be foretold "
            "from itself or from its own future. Cure: known=, a log of what came before."
        )
