"""From histories to scores of the whole catalogue, and from scores to a list.

    chunks(n_users, n_items)        so many users at a time that their scores fit
    ItemLists                       some items of each user: seen ones, allowed ones
    CatalogueScorer                 log-probability of every item after each history
    ruled_out(users, n_items, ...)  what may not be shown to each
    best_items(scores, k, ...)      the top, or a sample without repeats

Axis letters: B users, L length, J = n_items, K length of a list.
"""

import functools
import itertools
from typing import NamedTuple

import numpy as np
import torch

from seqrec.checks import numpy_generator
from seqrec.data.cuts import newest
from seqrec.data.padding import without_empty_columns
from seqrec.metrics.ranking import hit_rate, ndcg, ranks, reciprocal_rank

# Numbers (B, J) held at a time, whatever the catalogue: 4 MB.
SCORES_AT_ONCE = 2**20
# At most: bounds what a network holds where the catalogue is small.
USERS_AT_ONCE = 256


def chunks(n_users, n_items):
    """Slices that go over all users, each of so many that their scores fit into SCORES_AT_ONCE."""
    step = max(1, min(USERS_AT_ONCE, SCORES_AT_ONCE // n_items))
    return [slice(start, min(start + step, n_users)) for start in range(0, n_users, step)]


class ItemLists(NamedTuple):
    """Items of each of B users: those of user b are items[starts[b]] to items[stops[b] - 1].

    One list alone is everybody's.
    """

    # (n,) from 1
    items: np.ndarray
    # (B,)
    starts: np.ndarray
    # (B,)
    stops: np.ndarray

    def listed(self, users, n_items):
        """True where an item is in a user's list: (b, J) bool, item j in column j - 1.

        users: a slice. Of everybody's list there is one row, (1, J), whoever is asked for
        """
        if len(self.starts) == 1:
            users = slice(None)
        starts = self.starts[users]
        counts = self.stops[users] - starts
        rows = np.repeat(np.arange(len(counts)), counts)
        before = np.cumsum(counts) - counts
        places = np.arange(len(rows)) + np.repeat(starts - before, counts)
        is_listed = np.zeros((len(counts), n_items), bool)
        is_listed[rows, self.items[places] - 1] = True
        return is_listed


def with_padding(scores):
    """(B, J) scores with a column -inf before them, as `seqrec.metrics` wants them: (B, J + 1)."""
    return np.pad(scores, ((0, 0), (1, 0)), constant_values=-np.inf)


class CatalogueScorer:
    """Log-probabilities from a network; from popularity where the history is empty.

    config:     ModelConfig
    network:    what it built: a network, or the counts of a model that counts
    max_len:    L
    popularity: (J,) log-probabilities, float32
    """

    def __init__(self, config, network, max_len, popularity):
        self.config = config
        self.network = network
        self.max_len = max_len
        self.n_items = len(popularity)
        tensors = itertools.chain(network.parameters(), network.buffers())
        self.device = next(tensors).device
        self.popularity = torch.from_numpy(popularity).to(self.device)

    @torch.no_grad()
    def __call__(self, histories):
        """Every item after each history: (B, J) on the device, item j in column j - 1.

        histories: (B, L) integers, padded on the left
        """
        items = torch.from_numpy(histories).long().to(self.device)
        scores = self.config.scores(self.network, without_empty_columns(items))[:, 1:]
        scores[(items == 0).all(dim=1)] = self.popularity.to(scores.dtype)
        return scores

    def of_users(self, events):
        """Every item for every user of Events: (U, J) float32."""
        scores = np.empty((len(events.ends), self.n_items), np.float32)
        for users in chunks(*scores.shape):
            scores[users] = self(newest(events, self.max_len, users)).cpu().numpy()
        return scores

    def of_pairs(self, histories, rows, items):
        """Item items[i] after history rows[i]: (N,) float32.

        histories: (B, L), each scored once
        rows:      (N,) rows of histories
        items:     (N,) items from 1
        """
        order = np.argsort(rows, kind="stable")
        scores = np.empty(len(rows), np.float32)
        for chunk in chunks(len(histories), self.n_items):
            pairs = order[slice(*np.searchsorted(rows[order], (chunk.start, chunk.stop)))]
            every = self(histories[chunk]).cpu().numpy()  # (b, J)
            scores[pairs] = every[rows[pairs] - chunk.start, items[pairs] - 1]
        return scores

    def best(self, events, k, *, temperature, seed, seen=None, among=None, without=None):
        """The list of each user of Events.

        events:      Events of U users
        k:           length of a list, J at most
        temperature: 0 takes the best, see `best_items`
        seed:        of the draw, or a Generator
        seen:        ItemLists of U users that are left out; None for none
        among:       ItemLists: what else is left out is all but these; None for nothing
        without:     ItemLists that are left out too

        Returns items (U, K), 0 where none is left, and their log-probabilities (U, K).
        """
        items = np.zeros((len(events.ends), k), np.int64)
        scores = np.zeros((len(events.ends), k), np.float32)
        rng = numpy_generator("seed", seed)
        for users in chunks(len(items), self.n_items):
            every = self(newest(events, self.max_len, users))
            taken = ruled_out(users, self.n_items, seen=seen, among=among, without=without)
            items[users], scores[users] = best_items(
                every, k, temperature=temperature, rng=rng, taken=taken
            )
        return items, scores

    def validation(self, histories, targets, seen=None):
        """How well are the targets foretold?

        histories: (B, L) integers, padded on the left
        targets:   (B,) what followed them
        seen:      ItemLists of B users that are left out of the ranking; None for none. A target
                   among them ranks last

        Returns {"valid_loss": mean, in nats, over all items; "hr@10", "ndcg@10" and "mrr": means}.
        """
        loss = 0.0
        sums = np.zeros(3)
        for rows in chunks(len(targets), self.n_items):
            scores = self(histories[rows]).cpu().numpy()  # (b, J)
            loss -= scores[np.arange(len(scores)), targets[rows] - 1].sum(dtype=np.float64)
            if seen is not None:
                scores[seen.listed(rows, self.n_items)] = -np.inf
            rank = ranks(with_padding(scores), targets[rows])
            sums += [hit_rate(rank, 10).sum(), ndcg(rank, 10).sum(), reciprocal_rank(rank).sum()]
        means = (sums / len(targets)).tolist()
        return {"valid_loss": loss / len(targets)} | dict(
            zip(("hr@10", "ndcg@10", "mrr"), means, strict=True)
        )


def ruled_out(users, n_items, *, seen=None, among=None, without=None):
    """What users may not be shown: (b, n_items) bool or (1, n_items) for all, None for nothing.

    users:                a slice
    seen, among, without: ItemLists as `CatalogueScorer.best` takes them
    """
    parts = [lists.listed(users, n_items) for lists in (seen, without) if lists is not None]
    if among is not None:
        parts.append(~among.listed(users, n_items))
    return functools.reduce(np.logical_or, parts) if parts else None


def best_items(scores, k, *, temperature=0.0, rng=None, taken=None):
    """The k items of the highest score, best first; or k drawn without repeats, as they were drawn.

    scores:      (B, J) log-probabilities
    k:           how many, J at most
    temperature: 0 takes the best. Above, item j is drawn in proportion to
                 exp(score / temperature) among those that are left.
    rng:         NumPy's Generator, for the draw
    taken:       (B, J) or (1, J) bool, True for what is ruled out; None for nothing

    The k highest of score / temperature + Gumbel noise are such a draw (Kool et al., "Stochastic
    Beams and Where to Find Them", 2019); so are those of score + temperature * noise, which does
    not overflow.

    Returns items (B, K) from 1, 0 where none was left, and their scores (B, K), as NumPy arrays.
    """
    keys = scores
    if temperature:
        # A 0 would be noise of inf.
        drawn = rng.standard_exponential(tuple(scores.shape)).clip(min=np.finfo(float).tiny)
        noise = torch.from_numpy(-np.log(drawn)).to(scores.device, scores.dtype)  # Gumbel's law
        keys = scores + temperature * noise
    if taken is not None:
        keys = keys.masked_fill(torch.from_numpy(taken).to(scores.device), -torch.inf)
    keys, columns = keys.topk(k, dim=1)  # (B, K)
    items = torch.where(keys == -torch.inf, 0, columns + 1)
    return items.cpu().numpy(), scores.gather(1, columns).cpu().numpy()
