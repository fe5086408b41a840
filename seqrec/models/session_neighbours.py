"""Session-kNN: what others clicked after the same. Nothing is trained.

    w(i)      = 1 / d for an item that was clicked d clicks ago, the newest time counts
    sim(s)    = sum over items i that history and user s share of w(i)  /  sqrt(n(s))
    n(s)      = how many different items user s clicked before the last click
    place(s)  = where s last clicked the newest item of the history that s clicked, too
    votes(j)  = sum over neighbours s and their clicks on j after place(s) of sim(s) / clicks since
    P(j)      = (votes(j) + smoothing * popularity of j) / sum over all items of that

Neighbours are the `n_neighbours` users of the log with the largest sim; one who ties with the last
of them is a neighbour too, so that no order of users decides. The last click of a user does not
count as shared: nothing came after it. So a user whose own clicks were learned is no neighbour of
themself at their newest click.

Neighbours that share clicks and vote as much as they are similar are the session-kNN of Jannach and
Ludewig ("When Recurrent Neural Networks Meet the Neighborhood for Session-Based Recommendation",
2017). Two ideas are from later ones, both with weights 1 / distance that are ours: newer clicks of
the history say more, as in V-SKNN (Ludewig and Jannach, "Evaluation of Session-based Recommendation
Algorithms", 2018), where weights fall linearly; and a neighbour's click says more the nearer it is
to the shared one, as in STAN (Garg et al., "Sequence and Time Aware Neighborhood for Session-based
Recommendations: STAN", 2019), where they fall exponentially. Here only clicks after the shared one
vote, a user's whole history is one session, and all users are compared: none is sampled, and how
long ago they clicked does not matter. So a question takes time and memory in proportion to S.

Axis letters: B users who ask, L length, S users of the log, V = n_items + 1 columns.
"""

from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np
import torch

from seqrec.baselines.pairs import PairCounts
from seqrec.checks import check_count
from seqrec.models.counted import CountedConfig, Counts, check_smoothing
from seqrec.models.counted_values import check_starts, check_tensor

# Similarities (B, S) held at a time: 16 MB.
_AT_ONCE = 2**21


class Neighbours(Counts):
    """What each user of the log clicked, in order.

    items:  (N,) int64, a buffer: the clicks of one user together, oldest first
    starts: (S + 1,) where those of each begin
    """

    tables = ("items", "starts")

    def counted(self, events):
        """Users with one click have nothing to tell."""
        lengths = events.ends - events.starts
        user = np.repeat(np.arange(len(lengths)), lengths)[events.is_target]
        sizes = np.bincount(user, minlength=len(lengths))
        is_kept = sizes[user] > 1
        items = events.items[events.is_target][is_kept]
        return {"items": items, "starts": np.append(0, np.cumsum(sizes[sizes > 1]))}

    def check(self, tensors):
        """Items, and two or more for each user."""
        items = tensors["items"]
        starts = tensors["starts"]
        check_tensor("items", items, torch.int64, 1, self.n_items)
        n_users = max(len(starts) - 1, 0) if starts.ndim == 1 else 0
        check_starts("starts", starts, n_users, len(items))
        if (starts.diff() < 2).any():
            raise ValueError("starts must leave each user two items or more.")

    def settle(self):
        """Who holds each item: `holders`, pairs (item, user) whose count is the last place."""
        items = self.items.numpy()
        self.ends = self.starts.numpy()[1:]
        user = np.repeat(np.arange(len(self.ends)), np.diff(self.starts.numpy()))
        # After a user's last click nothing came.
        place = np.setdiff1d(np.arange(len(items)), self.ends - 1, assume_unique=True)
        # Of one user and item the last place.
        order = np.lexsort((-place, user[place], items[place]))
        place = place[order]
        is_first = np.ones(len(place), bool)
        is_first[1:] = (items[place[1:]] != items[place[:-1]]) | (
            user[place[1:]] != user[place[:-1]]
        )
        place = place[is_first]
        starts = np.searchsorted(items[place], np.arange(self.n_items + 2))
        self.holders = PairCounts(user[place], place, starts)
        self.sizes = np.bincount(user[place], minlength=len(self.ends))

    def probabilities(self, histories):
        """A chunk of users at a time, so that memory is bounded."""
        step = max(1, _AT_ONCE // max(1, len(self.ends)))
        scores = np.empty((len(histories), self.n_items + 1))
        for start in range(0, len(histories), step):
            rows = slice(start, start + step)
            similar, places = self.similarities(histories[rows])
            scores[rows] = self.votes(similar, places)
        scores += self.options["smoothing"] * self.law.numpy()
        return scores / scores.sum(axis=1, keepdims=True)

    def similarities(self, histories):
        """sim (B, S), 0 where nothing is shared; and where each neighbour was at the newest of it.

        histories: (B, L), padded on the left
        """
        B, L = histories.shape
        S = len(self.ends)
        row, column = np.nonzero(histories)
        item = histories[row, column]
        # Oldest first; of one row and item the newest alone.
        order = np.argsort(column, kind="stable")
        newest = np.full((B, self.n_items + 1), -1)
        newest[row[order], item[order]] = column[order]
        is_newest = newest[row, item] == column
        kept = order[is_newest[order]]
        entry, user, place = self.holders.entries_of(item[kept])
        cell = row[kept][entry] * S + user
        weight = 1.0 / (L - column[kept])
        similar = np.bincount(cell, weight[entry], minlength=B * S).reshape(B, S)
        places = np.zeros(B * S, np.int64)
        places[cell] = place  # the newest comes last, and stays
        return similar / np.sqrt(self.sizes), places.reshape(B, S)

    def votes(self, similar, places):
        """(B, S) -> (B, V): what the most similar clicked afterwards, sooner weighs more."""
        B, S = similar.shape
        chosen = similar > 0
        k = self.options["n_neighbours"]
        if k < S:
            last = np.partition(similar, S - k, axis=1)[:, S - k]  # (B,)
            chosen &= similar >= last[:, None]
        row, user = np.nonzero(chosen)
        place = places[row, user]
        counts = self.ends[user] - 1 - place
        entry = np.repeat(np.arange(len(row)), counts)
        gap = 1 + np.arange(len(entry)) - np.repeat(np.cumsum(counts) - counts, counts)
        cell = row[entry] * (self.n_items + 1) + self.items.numpy()[place[entry] + gap]
        votes = np.bincount(cell, similar[row, user][entry] / gap, minlength=B * (self.n_items + 1))
        return votes.reshape(B, self.n_items + 1)


@dataclass(frozen=True, kw_only=True)
class SessionKNNConfig(CountedConfig):
    """What others clicked after the same clicks: see `seqrec.models.session_neighbours`.

    n_neighbours: how many users of the log are asked, of those most like the history
    smoothing:    what popularity weighs beside the votes; it decides where nobody votes

    With `positive_from`, only clicks that reach it are theirs. A saved folder holds the clicks of
    the log, without names of users, so `save(with_histories=False)` is refused.
    """

    holds_clicks: ClassVar[bool] = True

    n_neighbours: int = 100
    smoothing: float = 1.0

    network: ClassVar = Neighbours

    def check_network_options(self, options: dict[str, Any]) -> None:
        """Both."""
        check_count("n_neighbours", options["n_neighbours"])
        check_smoothing(options["smoothing"])
