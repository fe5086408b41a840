"""What sequential models are given: a log to learn from, and histories to answer.

Both are checked here, once.

Axis letters: N events, B users, L length.
"""

import numpy as np

from seqrec.data.chronology import chronological_order, sort_keys
from seqrec.data.ids import normal_ids
from seqrec.data.interactions import validate_interactions
from seqrec.data.refusals import refuse_first


def read_clicks(interactions, n_items):
    """Check a log of clicks; return users and items in (user, time) order, ties as in the log.

    interactions: log as `validate_interactions` wants it, with `item_id` in 1..n_items.
    n_items:      products are 1..n_items.

    Returns users (N,), numbers that differ where the users do, and items (N,) int64.
    Raises TypeError or ValueError that names the column, the first bad row, its value and the cure.
    """
    interactions = validate_interactions(interactions)
    ids = normal_ids(interactions["item_id"])
    if ids.dtype.kind not in "iu":
        raise ValueError(
            f"column 'item_id' holds {ids.dtype}. Cure: encode it with ItemIndex first."
        )
    outside = ((ids < 1) | (ids > n_items)).to_numpy(bool)
    refuse_first(
        ids, outside, "is no product", f"ids run from 1 to n_items={n_items}, 0 is padding"
    )
    users, times = sort_keys(interactions)
    order = chronological_order(users, times)
    items = ids.to_numpy(dtype=np.int64)
    return (users, items) if order is None else (users[order], items[order])


def read_histories(user_ids, histories, n_items):
    """Check what a sequential model is asked: one history a user.

    user_ids:  (B,), only counted.
    histories: (B, L) item ids, padded with 0 on the left; L may be 0.
    n_items:   products are 1..n_items.

    Returns the histories (B, L) int64. Raises ValueError for another shape, dtype or number of
    users, an id outside 0..n_items, or padding after a click.
    """
    histories = np.asarray(histories)
    if histories.ndim != 2 or (histories.size and histories.dtype.kind not in "iu"):
        raise ValueError(
            f"histories must be integers (B, L), not {histories.dtype} of shape {histories.shape}"
        )
    if len(user_ids) != len(histories):
        raise ValueError(f"{len(user_ids)} user_ids and {len(histories)} histories do not match")
    outside = histories[(histories < 0) | (histories > n_items)]
    if outside.size:
        raise ValueError(
            f"product {outside[0]} is unknown: ids run from 1 to n_items={n_items}, 0 is padding"
        )
    gaps = ((histories[:, 1:] == 0) & (histories[:, :-1] != 0)).any(axis=1)
    if gaps.any():
        raise ValueError(
            f"history {gaps.argmax()} has padding after a click. Cure: pad on the left, with "
            "pad_left"
        )
    return histories.astype(np.int64)
