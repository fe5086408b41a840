"""A track that is small enough to test with, and predictions for it."""

from __future__ import annotations

import numpy as np

from zooplus_sim import Oracle
from zooplus_sim.benchmark.track import Track

N_PRODUCTS, N_SHOPPERS = 30, 60


def small_track(**changes) -> Track:
    """60 test shoppers in a shop of 30 products."""
    settings = {
        "name": "small",
        "version": 1,
        "axis": "none",
        "says": "A shop of 30 products.",
        "products": N_PRODUCTS,
        "train_shoppers": 80,
        "validation_shoppers": 20,
        "test_shoppers": N_SHOPPERS,
        "clicks": (3, 12),
    }
    return Track(**(settings | changes))


def best_probabilities(track: Track) -> np.ndarray:
    """(B, n) the oracle's, for the products 1 to n."""
    return Oracle(track.test_shop).next_item_probabilities(track.test_histories[1])[:, 1:]


def best_lists(track: Track, k: int = 10) -> np.ndarray:
    """(B, k) the oracle's."""
    return 1 + np.argsort(-best_probabilities(track), axis=1, kind="stable")[:, :k]


def saved(path, task: Track, **arrays):
    """An .npz file of the track."""
    given = {"track": np.array(task.token), "user_id": task.test_histories[0], **arrays}
    np.savez(path, **given)
    return path


def csv_text(track: Track, lists: np.ndarray) -> str:
    """Ranked lists in long form."""
    lines = ["track,user_id,item_id,rank"]
    for user, items in zip(track.test_histories[0].tolist(), lists.tolist(), strict=True):
        lines += [f"{track.token},{user},{item},{rank}" for rank, item in enumerate(items, 1)]
    return "\n".join(lines) + "\n"
