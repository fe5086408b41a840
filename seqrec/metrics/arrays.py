"""What a metric is given, as NumPy arrays, and checked: scores, item ids, ranks.

Axis letters: B users, V columns.
"""

import numpy as np


def as_numpy(values):
    """An array; a tensor of any device, with or without gradient, becomes one."""
    return values.detach().cpu().numpy() if hasattr(values, "detach") else np.asarray(values)


def read_scores(scores):
    """Scores (B, V) as floats. Raises ValueError for a NaN, and without a column for an item."""
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
    return ids


def read_ranks(ranks):
    """Ranks of any shape. Raises ValueError unless they are integers from 1."""
    ranks = as_numpy(ranks)
    if ranks.dtype.kind not in "iu" or (ranks < 1).any():
        raise ValueError(f"ranks must be integers from 1 (the best), got {ranks!r}.")
    return ranks
