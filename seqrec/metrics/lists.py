"""What is shown, whoever clicks: how much of the catalogue, and how popular it is.

Axis letters: B users, K length of a list, V columns.
"""

import numpy as np
import numpy.typing as npt

from seqrec.checks import check_count
from seqrec.metrics.arrays import read_ids


def coverage(top_items: npt.ArrayLike, n_items: int) -> float:
    """Share of the catalogue that is shown to somebody.

    top_items: (B, K) item ids, 0 = nothing.
    n_items:   items of the catalogue, 1 or more.
    Raises ValueError for an id beyond n_items.
    """
    top_items = read_ids("top_items", top_items, lowest=0, V=check_count("n_items", n_items) + 1)
    return np.count_nonzero(np.unique(top_items)) / n_items


def popularity_bias(top_items: npt.ArrayLike, item_counts: npt.ArrayLike) -> np.ndarray:
    """How popular what a user is shown is, next to what people click: 1 = the same, 2 = twice.

    Mean count of the user's list, over the mean count of a click, sum(c^2) / sum(c). Close to the
    popularity lift of Abdollahpouri et al. (2020), who compare with the user's own clicks.

    top_items:   (B, K) item ids, 0 = nothing.
    item_counts: (V,) clicks per item, column 0 not looked at.
    Returns (B,) float64, NaN for a user who is shown nothing.
    Raises ValueError without a click, and for an id that has no count.
    """
    counts = np.array(item_counts, dtype=np.float64)
    counts[0] = 0
    if not counts.sum() > 0:
        raise ValueError("item_counts hold no click: nothing is popular.")
    top_items = read_ids("top_items", top_items, lowest=0, V=len(counts))
    shown = np.count_nonzero(top_items, axis=1)
    of_lists = np.divide(
        counts[top_items].sum(axis=1), shown, out=np.full(len(shown), np.nan), where=shown > 0
    )
    return of_lists / (counts @ counts / counts.sum())
