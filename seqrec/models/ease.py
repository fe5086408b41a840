"""EASE: each item foretold from all others by ridge regression, in one closed form.

    G = X'X + l2 * I        X (users, items): 1 where a user clicked an item, however often
    P = inverse of G
    W = -P / its diagonal, column by column, and 0 on the diagonal
    s = sum of the rows of W that belong to the items of the history

after Steck, "Embarrassingly Shallow Autoencoders for Sparse Data" (2019). It knows no order.

Axis letters: U users, B users who ask, L length, V = n_items + 1 columns (column 0 is padding).
"""

from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np
import torch
from torch.nn import functional

from seqrec.baselines.pairs import PairCounts
from seqrec.checks import check_positive, memory_bytes
from seqrec.models.counted import CountedConfig, Counts, items_of_users
from seqrec.notices import warn

#: With more items than this it says what memory it needs; with more than MOST_ITEMS it refuses.
MANY_ITEMS = 20_000
MOST_ITEMS = 40_000
# Measured while it counts: G, its factor, its inverse and a copy.
_BYTES_A_PAIR = 26
# Columns of X that are written out at a time: 512, or as many as take 256 MB.
_COLUMNS = 512
_AT_ONCE = 2**25


class Ease(Counts):
    """The weights.

    weights: (V, V) float32, a buffer: how much item i speaks for item j
    """

    tables = ("weights",)

    def counted(self, events):
        """Solve. Only events that are targets count."""
        check_memory(self.n_items)
        pairs = items_of_users(events, self.n_items)
        gram = gram_matrix(pairs, len(events.ends), self.n_items)
        weights = np.zeros((self.n_items + 1, self.n_items + 1), np.float32)
        weights[1:, 1:] = ease_weights(gram, self.options["l2"]).numpy()
        return {"weights": weights}

    def check(self, tensors):
        """(V, V), nothing of padding, nobody for themself."""
        weights = tensors["weights"]
        V = self.n_items + 1
        if weights.shape != (V, V) or weights.dtype != torch.float32:
            raise ValueError(
                f"weights must be ({V}, {V}) torch.float32, got {tuple(weights.shape)} "
                f"{weights.dtype}."
            )
        is_empty = not (weights[0].any() or weights[:, 0].any() or weights.diagonal().any())
        if not is_empty or not torch.isfinite(weights).all():
            raise ValueError("weights must be finite, and 0 for padding and on the diagonal.")

    def settle(self):
        """Which items nothing speaks for."""
        self.is_idle = ~self.weights.any(dim=0)  # (V,)

    def score_catalogue(self, histories):
        """(B, L) -> (B, V): log-softmax of the sums, column 0 -inf.

        Popularity answers where no item of the history speaks for any other; what nobody clicked
        has no weight, and ranks last.
        """
        ascending = histories.sort(dim=1).values
        is_new = torch.ones_like(ascending, dtype=torch.bool)
        is_new[:, 1:] = ascending[:, 1:] != ascending[:, :-1]
        # The row of padding is 0, so what comes twice may be padding.
        scores = functional.embedding_bag(ascending * is_new, self.weights, mode="sum")
        is_silent = (scores == 0).all(dim=1)
        scores = torch.where(self.is_idle, scores.amin(dim=1, keepdim=True), scores)
        scores[is_silent] = self.law.log().float()
        scores[:, 0] = -torch.inf
        return scores.log_softmax(dim=1)


@dataclass(frozen=True, kw_only=True)
class EASEConfig(CountedConfig):
    """Each item foretold from all others by ridge regression, in closed form: `seqrec.models.ease`.

    l2: how strongly weights are held down

    Scores are made log-probabilities by a softmax; only their order means something. Of a history
    the newest max_len items speak, 50 unless told otherwise; in the paper all do. With
    `positive_from`, only events that reach it are counted. It holds a number for each pair of
    items: n_items squared times 26 bytes while it counts, times 4 afterwards. Above 20,000 items a
    warning says how much that is, above 40,000 `fit` refuses.
    """

    l2: float = 100.0

    network: ClassVar = Ease

    def check_network_options(self, options: dict[str, Any]) -> None:
        """`l2` alone."""
        check_positive("l2", options["l2"])


def check_memory(n_items: int) -> None:
    """Say what EASE needs for so many items, before any of it is taken.

    Raises ValueError for too many, or too small a machine.
    """
    gigabytes = _BYTES_A_PAIR * n_items**2 / 1e9
    room = memory_bytes() / 1e9
    if n_items > MOST_ITEMS or gigabytes > room:
        raise ValueError(
            f"n_items must be at most {MOST_ITEMS:,} for EASEConfig, and its {gigabytes:,.1f} GB "
            f"within this machine's memory of {room:,.1f} GB, got {n_items:,}. Cure: "
            "CoOccurrenceConfig(), which holds the pairs that occur, or fewer items, by "
            "seqrec.data.k_core."
        )
    if n_items > MANY_ITEMS:
        warn(
            f"EASEConfig holds every pair of {n_items:,} items: {gigabytes:,.1f} GB of memory "
            f"while it counts, {4 * n_items**2 / 1e9:,.1f} GB afterwards.",
            stacklevel=8,
        )


def gram_matrix(pairs: PairCounts, n_users: int, n_items: int) -> torch.Tensor:
    """How many users clicked both: (n_items, n_items) float64.

    pairs: (user, item), each once
    """
    user = np.repeat(np.arange(len(pairs.starts) - 1), np.diff(pairs.starts))
    places = torch.from_numpy(np.stack([pairs.items - 1, user]))
    ones = torch.ones(len(user), dtype=torch.float64)
    by_item = torch.sparse_coo_tensor(
        places, ones, (n_items, n_users), check_invariants=True
    ).coalesce()
    gram = torch.empty((n_items, n_items), dtype=torch.float64)
    step = max(1, min(_COLUMNS, _AT_ONCE // n_users))
    for start in range(0, n_items, step):
        stop = min(start + step, n_items)
        is_here = (pairs.items > start) & (pairs.items <= stop)
        some = torch.zeros((n_users, stop - start), dtype=torch.float64)
        some[user[is_here], pairs.items[is_here] - 1 - start] = 1
        gram[:, start:stop] = torch.sparse.mm(by_item, some)
    return gram


def ease_weights(gram: torch.Tensor, l2: float) -> torch.Tensor:
    """W, (n_items, n_items) float32. gram: (n_items, n_items) float64, overwritten.

    Raises ValueError where l2 is so small that rounding decides.
    """
    # No eigenvalue is larger than the largest sum of a row.
    lowest = 1e-9 * float(gram.sum(dim=1).max())
    if l2 < lowest:
        raise ValueError(
            f"l2 must be {lowest:.2g} or more for the counts of this log, got {l2:g}. Cure: "
            "EASEConfig(l2=100.0), or another such number."
        )
    gram.diagonal().add_(l2)
    factor = torch.linalg.cholesky(gram)
    torch.cholesky_inverse(factor, out=gram)
    gram /= -gram.diagonal().clone()
    gram.fill_diagonal_(0)
    return gram.float()
