"""From the shop's item ids to the numbers that models count with, and back.

What else a model counts with, padding and the mask, is in `seqrec.data.padding`.
"""

from collections.abc import Iterable
from typing import Self

import numpy as np
import numpy.typing as npt
import pandas as pd

from seqrec.data.ids import as_series, joined_ids, normal_ids, places_in
from seqrec.data.padding import PAD, mask_id


class ItemIndex:
    """Numbers `1..n_items` for the items of a shop, in sorted order.

    Fit it on the whole catalogue, not on the clicks: an item that nobody has clicked yet needs a
    number too.

    Attributes after `fit`: `item_ids_` (n_items,), the shop's ids, sorted (but for those that
    `with_new` put behind them); item `item_ids_[i]` has number `i + 1`.

    >>> index = ItemIndex().fit(["mat", "bowl", "food", "bowl"])
    >>> index.n_items
    3
    >>> index.encode(["food", "bowl"])
    array([2, 1])
    >>> index.decode([2, 1])
    array(['food', 'bowl'], dtype=object)
    """

    def fit(self, item_ids: Iterable[int | str]) -> Self:
        """Learn the items of a shop. Returns self.

        item_ids: (n,) integers (none negative) or text, repeats allowed, in any form that
                  `seqrec.data.ids` takes; `item_ids_` is in its normal form.

        Raises TypeError for what is no list, and ValueError if there is none, if one is missing or
        negative, or if they are neither integers nor text.
        """
        ids = normal_ids(item_ids)
        if len(ids) == 0:
            raise ValueError("item_ids is empty: an index needs at least one item.")
        self._lookup = pd.Index(np.sort(ids.drop_duplicates().to_numpy()))
        self.item_ids_ = self._lookup.to_numpy()
        return self

    @classmethod
    def in_order(cls, item_ids: npt.ArrayLike) -> Self:
        """The index that gives these ids (n,) the numbers 1 to n, as they stand.

        Raises ValueError as `fit` does, and for an id that is there twice.
        """
        ids = normal_ids(item_ids)
        index = cls().fit(ids)
        if index.n_items < len(ids):
            twice = ids[ids.duplicated()].iloc[0]
            raise ValueError(f"item_ids hold {twice!r} twice. Cure: each item once.")
        index.item_ids_ = index.item_ids_[index.encode(ids) - 1]
        index._lookup = pd.Index(index.item_ids_)
        return index

    def with_new(self, item_ids: Iterable[int | str]) -> Self:
        """The index of these items too. Items that are known keep their numbers.

        item_ids: (n,) as `fit` takes them, known ones or new; the new ones are numbered behind the
                  others, in sorted order.

        >>> ItemIndex().fit(["mat", "toy"]).with_new(["ball", "toy", "bowl"]).item_ids_.tolist()
        ['mat', 'toy', 'ball', 'bowl']
        """
        self._check_fitted()
        given = type(self)().fit(item_ids).item_ids_
        new = given[self.encode_known(given) == PAD]
        return self.in_order(joined_ids(pd.Series(self.item_ids_, name="item_id"), pd.Series(new)))

    @property
    def n_items(self) -> int:
        """How many items there are; the largest number that `encode` returns."""
        self._check_fitted()
        return len(self.item_ids_)

    def encode(self, item_ids: Iterable[int | str]) -> np.ndarray:
        """Numbers of the shop's ids: (n,) ids -> (n,) int64 in 1..n_items.

        Raises ValueError for an id that the index does not know, and for what is no id;
        `drop_unknown` leaves unknown ones out first.
        """
        ids = as_series(item_ids)
        numbers = self._numbers(ids)
        unknown = np.flatnonzero(numbers == PAD)
        if len(unknown):
            row, others = unknown[0], len(unknown) - 1
            too = f", nor are {others} of the other rows" if others else ""
            raise ValueError(
                f"column {ids.name!r}, row {row}: {ids.to_list()[row]!r} is not among the "
                f"{self.n_items} items of this index{too}. Cure: fit on the "
                "whole catalogue, or leave such rows out with drop_unknown."
            )
        return numbers

    def encode_known(self, item_ids: Iterable[int | str]) -> np.ndarray:
        """Numbers as `encode` gives them, but PAD where an id is unknown: (n,) ids -> (n,) int64.

        Raises ValueError for what is no id.
        """
        return self._numbers(item_ids)

    def decode(self, numbers: npt.ArrayLike) -> np.ndarray:
        """The shop's ids of the numbers 1..n_items: integers of any shape -> ids of that shape.

        Raises ValueError for any other number: 0 is padding and n_items + 1 the mask, and neither
        is an item.
        """
        numbers = np.asarray(numbers)
        if numbers.dtype.kind not in "iu":
            raise ValueError(f"numbers must be integers, got dtype {numbers.dtype}.")
        bad = (numbers < 1) | (numbers > self.n_items)
        if bad.any():
            where = tuple(int(i) for i in np.argwhere(bad)[0])
            raise ValueError(
                f"position {where} holds {numbers[where]}, which is no item: items are "
                f"1..{self.n_items}, {PAD} is padding, {mask_id(self.n_items)} the mask. Cure: "
                "leave those positions out."
            )
        return self.item_ids_[numbers - 1]

    def drop_unknown(self, interactions: pd.DataFrame) -> tuple[pd.DataFrame, int]:
        """The rows whose `item_id` the index knows, and how many rows were left out.

        interactions: a log. Not one of its rows is changed; `encode` the column next.

        >>> log = pd.DataFrame({"item_id": [4, 9, 4]})
        >>> known, n_dropped = ItemIndex().fit([4, 5]).drop_unknown(log)
        >>> len(known), n_dropped
        (2, 1)
        """
        known = self._numbers(interactions["item_id"]) != PAD
        return interactions[known], int(len(known) - known.sum())

    def _numbers(self, ids):
        """Numbers of the ids, PAD where an id is unknown. (n,) ids -> (n,) int64."""
        self._check_fitted()
        ids = normal_ids(ids)
        if len(ids) == 0:
            return np.zeros(0, np.int64)
        # -1 where unknown
        return places_in(self._lookup, ids).astype(np.int64) + 1

    def _check_fitted(self):
        if not hasattr(self, "item_ids_"):
            raise ValueError("this ItemIndex knows no items yet. Cure: call fit first.")
