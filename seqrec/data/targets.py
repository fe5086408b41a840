"""What a fitted model is asked: targets of a test, and all that their users did before each.

    ask(known, test, index, targets="successive")    every event of the test is a question
    ask(known, test, index, targets="last")          each user's last one is

The model stays as it is, the history grows: the second event of a test is foretold from the first
one too. Nothing is dropped unsaid: `Asked.counts` says what became of each event of the test.

Axis letters: N events, Q questions.
"""

from typing import NamedTuple

import numpy as np
import pandas as pd

from seqrec.checks import is_number, shown
from seqrec.data.chronology import chronological_order, is_first, sort_keys
from seqrec.data.events import Events
from seqrec.data.ids import check_kind, normal_ids
from seqrec.data.interactions import check_outcomes, validate_interactions
from seqrec.data.item_index import ItemIndex
from seqrec.data.two_logs import check_apart, check_later, together

TARGETS = ("successive", "last")


class Asked(NamedTuple):
    """Q questions, users ascending, each user's oldest first."""

    # Q histories of items that the model knows. They overlap: successive ones share their events.
    past: Events
    # (Q,) what followed, from 1; 0 is an item that the model does not know
    items: np.ndarray
    # (Q,) the row of the test that each target stands in, counted from 0
    rows: np.ndarray
    # (Q,) bool: the user has had the item before
    is_repeat: np.ndarray
    # (Q,) bool: the user stands in `known`, be it with items that the model does not know
    is_known_user: np.ndarray
    # How many events the test has.
    n_events: int

    @property
    def is_judged(self) -> np.ndarray:
        """(Q,) bool: the model knows the target. Of any other item it can foretell nothing."""
        return self.items > 0

    @property
    def has_history(self) -> np.ndarray:
        """(Q,) bool: there is an event before the target that the model can read."""
        return self.past.ends > self.past.starts

    def where(self, is_kept: np.ndarray) -> "Asked":
        """The questions with a True in `is_kept`, (Q,)."""
        past = self.past._replace(
            user_ids=self.past.user_ids[is_kept],
            starts=self.past.starts[is_kept],
            ends=self.past.ends[is_kept],
        )
        return Asked(
            past,
            self.items[is_kept],
            self.rows[is_kept],
            self.is_repeat[is_kept],
            self.is_known_user[is_kept],
            self.n_events,
        )

    def counts(self) -> dict[str, int]:
        """What became of the test's events, and whose they were.

        events           of the test: the sum of the next four
        not_asked        no targets: not the last, or not positive
        unknown_item     the model does not know the target: it can't be foretold
        without_history  known target, and nothing before it that the model can read
        with_history     known target, and something before it
        repeats          of the last two, those whose user has had the item
        users            who are asked
        users_judged     with a known target or more
        new_users        of `users`, those who are not in `known`
        """
        judged = self.is_judged
        new = self.past.user_ids[~self.is_known_user]
        return {
            "events": self.n_events,
            "not_asked": self.n_events - len(self.items),
            "unknown_item": int((~judged).sum()),
            "without_history": int((judged & ~self.has_history).sum()),
            "with_history": int((judged & self.has_history).sum()),
            "repeats": int((judged & self.is_repeat).sum()),
            "users": self.past.user_ids.nunique(),
            "users_judged": self.past.user_ids[judged].nunique(),
            "new_users": new.nunique(),
        }


def ask(
    known: pd.DataFrame,
    test: pd.DataFrame,
    index: ItemIndex,
    *,
    targets: str = "successive",
    positive_from: float | None = None,
) -> Asked:
    """The questions of a test. Returns Asked.

    known:         a log of what came before: of a `Split`, `train` and `valid` together. Users of
                   the test may be missing there.
    test:          a log of what is asked, later than all that is known of its users.
    index:         ItemIndex of the items that the model knows.
    targets:       "successive": each event of the test, from all events of its user before it,
                   those of the test too. "last": each user's last one only.
    positive_from: an event whose `outcome` is lower is history, but no target; None, or a test
                   without `outcome`, makes every event one.

    Of events that tie in time the one further down in its log is the later one.

    Raises TypeError or ValueError for a bad log, for two logs that don't go together, and for an
    event of the test that is known already, or older than what is known of its user: it would be
    foretold from its own future.

    >>> log = pd.DataFrame({"user_id": [1, 1, 1, 2], "item_id": [5, 6, 5, 6]})
    >>> log["timestamp"] = [1, 2, 3, 3]
    >>> asked = ask(log[:1], log[1:], ItemIndex().fit([5, 6]))
    >>> asked.items.tolist(), (asked.past.ends - asked.past.starts).tolist()
    ([2, 1, 2], [1, 2, 0])
    """
    if not isinstance(targets, str) or targets not in TARGETS:
        raise ValueError(
            f"targets must be 'successive' or 'last', got {shown(targets)}. Cure: one of the two."
        )
    if not isinstance(index, ItemIndex):
        raise TypeError(
            f"index must be an ItemIndex, got {shown(index)}. Cure: item_index_ of a fitted model, "
            "or ItemIndex().fit(known['item_id'])."
        )
    test = validate_interactions(test)
    can_be_target = _positives(test, positive_from)
    n_known = len(validate_interactions(known))
    both = together(known, test)
    check_apart(both, n_known)
    item_ids = normal_ids(both["item_id"])
    numbers = index.encode_known(item_ids)
    check_kind(item_ids, index.item_ids_)
    users, times = sort_keys(both)
    order = chronological_order(users, times)
    if order is None:
        order = np.arange(len(users))
    users = users[order]
    items = numbers[order]
    is_test = order >= n_known
    begins = is_first(users)
    check_later(both.iloc[order], is_test, begins)

    starts = np.flatnonzero(begins)
    counts = np.diff(starts, append=len(users))
    is_target = is_test.copy()
    is_target[is_test] = can_be_target[order[is_test] - n_known]
    if targets == "last":
        is_target &= _is_last(is_target, np.repeat(np.arange(len(starts)), counts))
    places = np.flatnonzero(is_target)
    user_starts = np.repeat(starts, counts)[places]
    # Items that the model does not know can't be read: they leave the histories.
    is_read = items > 0
    read_before = np.append(0, np.cumsum(is_read))
    past = Events(
        pd.Index(normal_ids(both["user_id"]).iloc[order[places]]),
        items[is_read],
        order[is_read],
        read_before[user_starts],
        read_before[places],
        np.ones(np.count_nonzero(is_read), bool),
    )
    return Asked(
        past,
        items[places],
        order[places] - n_known,
        _is_repeat(users, pd.factorize(item_ids)[0][order])[places],
        ~is_test[user_starts],
        len(test),
    )


def _positives(test, positive_from):
    """Which rows of the test can be targets, (n,) bool."""
    if positive_from is not None and not is_number(positive_from):
        raise ValueError(
            f"positive_from must be a finite number or None, got {shown(positive_from)}. Cure: "
            "positive_from=None."
        )
    if positive_from is None or "outcome" not in test:
        return np.ones(len(test), bool)
    check_outcomes(test["outcome"])
    return (test["outcome"] >= positive_from).to_numpy(bool)


def _is_last(is_target, users):
    """True at each user's last target. (N,) bool, and (N,) users from 0 -> (N,) bool."""
    places = np.flatnonzero(is_target)
    last = np.full(users[-1] + 1, -1)
    # Of several values for one place the last one stays.
    last[users[places]] = places
    is_last = np.zeros(len(is_target), bool)
    is_last[last[last >= 0]] = True
    return is_last


def _is_repeat(users, items):
    """True where a user has had the item before. (N,) in (user, time) order -> (N,) bool.

    items: numbers of all items, since two that the model does not know are not one.
    """
    return pd.DataFrame({"user": users, "item": items}).duplicated().to_numpy()
