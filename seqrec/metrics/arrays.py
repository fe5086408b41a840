"""What a metric is given, as NumPy arrays, and checked: scores, item ids, ranks.

Axis letters: B users, V columns.
"""

import numpy as np
import pandas as pd
import torch

OF_NUMPY = (torch.float16, torch.float32, torch.float64)
NAMED = (pd.Series, pd.Index, pd.DataFrame)


class WithoutPadding(np.ndarray):
    """Scores (B, n_items) that say so: item j is in column j - 1.

    Metrics would take that for item j - 1, nothing in the numbers would tell, and every rank would
    be a neighbour's. What is computed of these scores stays marked as long as it has a column for
    each item and no more.
    """

    n_items = None

    @classmethod
    def mark(cls, scores):
        """The same numbers, marked. scores: (B, n_items)."""
        marked = scores.view(cls)
        marked.n_items = scores.shape[1]
        return marked

    def __array_finalize__(self, other):
        """NumPy calls it for each array that is made of this one."""
        self.n_items = getattr(other, "n_items", None)

    def __array_wrap__(self, array, context=None, return_scalar=False):
        """NumPy calls it for what it has computed: sums and the like are plain numbers again."""
        if array.shape[1:] == (self.n_items,):
            return super().__array_wrap__(array, context)
        return array[()] if return_scalar else array


def as_numpy(values):
    """An array; a tensor of any device, with or without gradient, becomes one.

    Floats that NumPy lacks, such as bfloat16, become float32, which holds all of them.
    """
    if isinstance(values, torch.Tensor):
        values = values.detach().cpu()
        if values.is_floating_point() and values.dtype not in OF_NUMPY:
            values = values.float()
    # np.asarray makes objects of pandas' own integers.
    return values.to_numpy() if isinstance(values, NAMED) else np.asarray(values)


def read_scores(scores):
    """Scores (B, V) as floats. Raises ValueError for a NaN, and without a column for an item.

    Also for scores that are known to have no column for padding, see WithoutPadding.
    """
    if isinstance(scores, WithoutPadding) and scores.shape[1:] == (scores.n_items,):
        raise ValueError(
            f"scores must be (B, V) with V = {scores.n_items + 1}, a column for padding before "
            f"those of the {scores.n_items} items, got {scores.shape}: item j would be taken for "
            "item j + 1. Cure: score_items(..., padded=True); or `evaluate`, which ranks by itself."
        )
    scores = as_numpy(scores)
    if scores.ndim != 2 or scores.shape[1] < 2:
        raise ValueError(
            f"scores must be (B, V), one column per item and one for padding, got {scores.shape}."
        )
    if scores.dtype.kind != "f":
        scores = scores.astype(np.float64)
    # NaN if there is one in the row.
    highest = scores[:, 1:].max(axis=1)
    if np.isnan(highest).any():
        row = int(np.isnan(highest).argmax())
        raise ValueError(
            f"scores hold NaN, first in row {row}: a comparison with NaN is always False, so the "
            "model would be ranked too well. Cure: find where it comes from, a softmax over "
            "nothing perhaps."
        )
    return scores


def read_ids(name, ids, lowest, V):
    """Item ids of any shape. Raises ValueError unless they are integers, `lowest` to V - 1.

    name: what the message calls them.
    """
    ids = as_numpy(ids)
    if ids.dtype.kind not in "iu":
        raise ValueError(f"{name} must hold integer item ids, got dtype {ids.dtype}.")
    wrong = (ids < lowest) | (ids >= V)
    if wrong.any():
        where = tuple(int(i) for i in np.argwhere(wrong)[0])
        raise ValueError(
            f"{name} at {where} holds {ids[where]}; expected {lowest} to {V - 1} (0 is padding)."
        )
    return ids.astype(np.int64)


def read_ranks(ranks):
    """Ranks of any shape. Raises ValueError unless they are integers from 1."""
    ranks = as_numpy(ranks)
    if ranks.dtype.kind not in "iu" or (ranks < 1).any():
        raise ValueError(f"ranks must be integers from 1 (the best), got {ranks!r}.")
    # 1 + 127 has no place in int8.
    return ranks.astype(np.int64)
