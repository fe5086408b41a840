"""What a shop may put before its shoppers: slates, checked once at the border."""

from __future__ import annotations

import numpy as np


def check_slates(slates, n_shoppers: int, slate_size: int | None, n_products: int) -> np.ndarray:
    """(B, K) product ids, no product twice in a row, 0 = empty place, as int64. slate_size: None allows any."""
    slates = np.asarray(slates)
    size = "K" if slate_size is None else slate_size
    right = slates.ndim == 2 and len(slates) == n_shoppers and slates.shape[1] >= 1
    if not right or slate_size not in (None, slates.shape[1]) or slates.dtype.kind not in "iu":
        raise ValueError(
            f"slates: got {slates.dtype} of shape {slates.shape}; expected integers ({n_shoppers}, {size}), "
            "a row for each shopper and 0 for an empty place"
        )
    wrong = np.argwhere((slates < 0) | (slates > n_products))
    if len(wrong):
        row, place = wrong[0]
        raise ValueError(
            f"slates[{row}, {place}]: got {slates[row, place]}; expected a product from 1 to {n_products}, or 0 for an "
            "empty place"
        )
    ordered = np.sort(slates, axis=1)
    twice = np.argwhere((ordered[:, 1:] == ordered[:, :-1]) & (ordered[:, 1:] > 0))
    if len(twice):
        row, place = twice[0]
        raise ValueError(f"slates[{row}]: product {ordered[row, place]} twice; expected each at most once in a slate")
    return slates.astype(np.int64)
