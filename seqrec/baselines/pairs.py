"""Which product follows which: pairs that occur in a log, and votes by them.

    follower_counts(users, items, ...)     count them
    follower_table(users, items, ...)      the same as a plain table, for small catalogues
    add_smoothed, add_counted              add what one click of each history votes for
    voters(histories, window, decay)       the clicks that vote, and what each vote weighs

Axis letters: N events, B users, L length, V = n_items + 1 columns (column 0 is padding).
"""

import numpy as np


class PairCounts:
    """How much each pair (i, j) counts, for the pairs that occur only.

    items:  (pairs,) the followers j, those of one i together, ascending.
    counts: (pairs,) what they count.
    starts: (V + 1,) where those of each i begin.

    totals: (V,) sums over j.
    """

    def __init__(self, items, counts, starts):
        self.items = items
        self.counts = counts
        self.starts = starts
        V = len(starts) - 1
        first = np.repeat(np.arange(V), np.diff(starts))
        self.totals = np.bincount(first, weights=counts, minlength=V)

    @classmethod
    def of(cls, first, then, n_items, weights=None):
        """Count pairs.

        first:   (N,) the products i.
        then:    (N,) the products j.
        n_items: products are 1..n_items.
        weights: (N,) what each pair counts; None for 1.
        """
        V = n_items + 1
        pairs, place = np.unique(first * V + then, return_inverse=True)
        counts = np.bincount(place, weights=weights, minlength=len(pairs)).astype(np.float64)
        return cls(pairs % V, counts, np.searchsorted(pairs // V, np.arange(V + 1)))

    def entries_of(self, items):
        """The M pairs that begin with each of these items, (B,).

        Returns row (M,), from 0 to B - 1, column (M,) and count (M,) of each.
        """
        sizes = self.starts[items + 1] - self.starts[items]
        rows = np.repeat(np.arange(len(items)), sizes)
        # The m-th entry of all is the (m - entries of the rows before)-th of its own row.
        shifts = self.starts[items] - (np.cumsum(sizes) - sizes)
        places = np.arange(len(rows)) + np.repeat(shifts, sizes)
        return rows, self.items[places], self.counts[places]


def follower_counts(users, items, n_items, *, window=1, decay=1.0, is_target=None):
    """sum over d = 1..window of decay^(d - 1) * how often j came d clicks after i: PairCounts.

    users, items: (N,) integers, in the order of users and times.
    n_items:      products are 1..n_items.
    is_target:    (N,) bool, which clicks count as followers; None for all.
    """
    window = max(1, min(window, longest_history(users) - 1))
    first = []
    then = []
    sizes = []
    for lag in range(1, window + 1):
        is_pair = users[lag:] == users[:-lag]
        if is_target is not None:
            is_pair = is_pair & is_target[lag:]
        first.append(items[:-lag][is_pair])
        then.append(items[lag:][is_pair])
        sizes.append(len(then[-1]))
    weights = np.repeat(decay ** np.arange(window), sizes)
    return PairCounts.of(np.concatenate(first), np.concatenate(then), n_items, weights)


def follower_table(users, items, n_items, window):
    """How often j came 1 to `window` clicks after i: (V, V) int64, rows i, columns j.

    users, items: (N,) integers, in the order of users and times.
    n_items:      products are 1..n_items.
    window:       1 or more.
    """
    table = np.zeros((n_items + 1, n_items + 1), dtype=np.int64)
    for lag in range(1, window + 1):
        is_pair = users[lag:] == users[:-lag]
        np.add.at(table, (items[:-lag][is_pair], items[lag:][is_pair]), 1)
    return table


def add_smoothed(scores, followers, items, weight, probabilities, smoothing):
    """Add weight * P(j | item), smoothed by popularity, to `scores`, in place.

    scores:        (B, V).
    followers:     PairCounts.
    items:         (B,) products, or 0.
    weight:        (B,) of each.
    probabilities: (V,) popularity.
    smoothing:     in imagined clicks.
    """
    share = weight / (followers.totals[items] + smoothing)  # (B,)
    scores += np.outer(share * smoothing, probabilities)
    add_counted(scores, followers, items, share)


def add_counted(scores, followers, items, share):
    """Add share * what (item, j) counts to `scores` (B, V), in place. items, share: (B,)"""
    rows, columns, counts = followers.entries_of(items)
    scores[rows, columns] += share[rows] * counts  # no (row, column) occurs twice


def longest_history(users):
    """How many clicks the user with the most has. users: (N,), those of each together."""
    begins = np.flatnonzero(np.append(True, users[1:] != users[:-1]))
    return int(np.diff(begins, append=len(users)).max())


def voters(histories, window, decay):
    """The last `window` clicks, newest first, and what each vote weighs: two (B, window).

    Weights are decay^(d - 1) of the click d steps back, as shares of their sum; columns for more
    clicks than any history has are left out. Of an empty history the first vote is padding's, which
    nothing follows: so it is for popularity.
    """
    window = max(1, min(window, histories.shape[1]))
    recent = last_items(histories, window)
    weights = decay ** np.arange(window) * (recent > 0)
    weights[:, 0] = 1
    weights /= weights.sum(axis=1, keepdims=True)
    return recent, weights


def last_items(histories, n):
    """The newest n items of each history, newest first, 0 where there are fewer: (B, n)."""
    recent = histories[:, ::-1][:, :n]
    return np.pad(recent, ((0, 0), (0, n - recent.shape[1])))
