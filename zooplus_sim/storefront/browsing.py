"""How a shopper looks through a slate of recommended products.

A shopper comes for one product, j0, of a type. A slate has K places. The first is looked at for
sure, each next one with probability `look_on` as long as nothing was taken (the cascade model,
Craswell et al. 2008). A product j that is looked at is taken with probability

    a(j) = fatigue ** e(j) * take                 if j is j0
    a(j) = fatigue ** e(j) * swap * match(g, j)   if j is another product of that type
    a(j) = 0                                      else, and at an empty place

where match(g, j) is `World.tier_match` at the distance between the shopper's price tier g and the
product's. So the product at place i = 1, 2, ... is the one that is taken with probability

    look_on ** (i - 1) * (1 - a(1)) * ... * (1 - a(i - 1)) * a(i),

and what is left is the probability that none is. e(j) counts how often j was shown in vain of late:
with each slate

    e(j) <- 0 if j was taken from it, else memory * e(j) + (1 if j was on it).

Slates and clicks are seen by the shop, so exposures are no hidden state.
"""

from __future__ import annotations

import numbers
from dataclasses import dataclass, fields

import numpy as np
import numpy.typing as npt

from zooplus_sim.checks import told
from zooplus_sim.world.tables import WorldTables
from zooplus_sim.world.world import World


@dataclass(frozen=True, kw_only=True)
class Browsing:
    """The constants of the law above. They belong to a storefront, not to the world.

    look_on: 0 to 1
    take:    0 to below 1, so that no slate is sure to be clicked
    swap:    0 to take
    fatigue: above 0, up to 1, where nothing tires
    memory:  0 to 1, where no slate is ever forgotten

    Raises ValueError for a value that is out of range.
    """

    look_on: float = 0.85
    take: float = 0.8
    swap: float = 0.4
    fatigue: float = 0.8
    memory: float = 0.7

    def __post_init__(self):
        for field in fields(self):
            value = getattr(self, field.name)
            real = isinstance(value, numbers.Real) and not isinstance(value, bool)
            # NaN is not in the range either.
            if not real or not 0 <= value <= 1:
                raise ValueError(f"{field.name} must be a number from 0 to 1, got {told(value)}")
        if self.take == 1:
            raise ValueError("take must be below 1, as nobody takes all that they came for, got 1")
        if self.swap > self.take:
            raise ValueError(f"swap must be at most take, {self.take!r}, got {self.swap!r}")
        if self.fatigue == 0:
            raise ValueError(
                "fatigue must be above 0, or a product that was shown once would never be taken "
                "again, got 0"
            )

    def place_probabilities(self, taken: np.ndarray) -> np.ndarray:
        """P(the product at each place is the one that is taken).

        taken: (K, ...) a(.) at the places

        Returns alike.
        """
        passed = self.look_on * (1 - taken[:-1])
        return taken * np.cumprod(np.concatenate([np.ones_like(taken[:1]), passed]), axis=0)

    def after(self, exposures: np.ndarray, slates: np.ndarray, places: np.ndarray) -> np.ndarray:
        """The exposures e after one more slate.

        exposures: (B, J)
        slates:    (B, K) product ids, no product twice in a row
        places:    (B,) taken, -1 if none

        Returns (B, J).
        """
        row = np.arange(len(slates))
        exposures = self.memory * exposures
        exposures[row[:, None], slates] += 1  # what column 0 counts is put right below
        clicked = np.flatnonzero(places >= 0)
        exposures[clicked, slates[clicked, places[clicked]]] = 0
        exposures[:, 0] = 0
        return exposures


def tier_match(world: World, tables: WorldTables) -> np.ndarray:
    """(G, J) match(g, j): the world's tier_match at the distance of the two tiers."""
    tiers = np.arange(len(world.tiers))
    return np.array(world.tier_match)[np.abs(tiers[:, None] - tables.tier_of_product.clip(0))]


class Walk:
    """B shoppers on their way down a slate, when there is only a law of what they came for.

    browsing:  its constants
    kind:      (J,) product types
    match:     (G, J) see `tier_match`
    exposures: (B, J) see `Browsing.after`
    law:       (G, J, B) weights of tier g and intended product j, 0 for j = 0

    untaken:   (G, J, B) the law times the probability that a shopper who looked at all places so
               far has taken nothing
    """

    def __init__(
        self,
        browsing: Browsing,
        kind: np.ndarray,
        match: np.ndarray,
        exposures: np.ndarray,
        law: np.ndarray,
    ):
        self.browsing = browsing
        self.kind = kind
        self.match = match
        self.fresh = browsing.fatigue**exposures.T  # (J, B)
        self.fresh[0] = 0.0  # an empty place
        self.untaken = law.copy()
        self.looking = 1.0  # P(the next place is looked at | nothing taken above)

    def gains(self) -> np.ndarray:
        """(J, B) P(the product is taken, if it comes next), summed over tiers."""
        member = self.kind == np.arange(self.kind.max() + 1)[:, None]  # (T, J)
        same_type = (member.astype(float) @ self.untaken)[:, self.kind]  # (G, J, B)
        others = np.maximum(same_type - self.untaken, 0.0)
        swapped = self.browsing.swap * self.match[:, :, None] * others
        return self.looking * self.fresh * (self.browsing.take * self.untaken + swapped).sum(0)

    def show(self, items: np.ndarray) -> np.ndarray:
        """Put the next product before each shopper.

        items: (B,) product ids, 0 = empty

        Returns (G, B) P(it is taken).
        """
        row = np.arange(len(items))
        same_type = self.kind[:, None] == self.kind[items]  # (J, B)
        fresh = self.fresh[items, row]
        swap = self.browsing.swap * self.match[:, items] * fresh  # (G, B)
        take = self.browsing.take * fresh  # (B,)
        wanted = self.untaken[:, items, row]  # (G, B)
        others = np.maximum((self.untaken * same_type).sum(1) - wanted, 0.0)
        taken = self.looking * (take * wanted + swap * others)
        self.untaken *= 1 - same_type * swap[:, None]
        self.untaken[:, items, row] = wanted * (1 - take)
        self.looking *= self.browsing.look_on
        return taken


def check_slates(
    slates: npt.ArrayLike, n_shoppers: int, slate_size: int | None, n_products: int
) -> np.ndarray:
    """(B, K) product ids, no product twice in a row, 0 = empty place, as int64.

    slates:     what a policy gave
    n_shoppers: B
    slate_size: K; None allows any
    n_products: the largest id

    Raises ValueError for slates of another shape or kind, and for a product that is unknown or
    twice in a slate.
    """
    slates = np.asarray(slates)
    size = "K" if slate_size is None else slate_size
    right = slates.ndim == 2 and len(slates) == n_shoppers and slates.shape[1] >= 1
    if not right or slate_size not in (None, slates.shape[1]) or slates.dtype.kind not in "iu":
        raise ValueError(
            f"slates must be integers ({n_shoppers}, {size}), a row for each shopper and "
            f"0 for an empty place, got {slates.dtype} of shape {slates.shape}"
        )
    wrong = np.argwhere((slates < 0) | (slates > n_products))
    if len(wrong):
        row, place = wrong[0]
        raise ValueError(
            f"slates[{row}, {place}] must be a product from 1 to {n_products}, or 0 for "
            f"an empty place, got {slates[row, place]}"
        )
    ordered = np.sort(slates, axis=1)
    twice = np.argwhere((ordered[:, 1:] == ordered[:, :-1]) & (ordered[:, 1:] > 0))
    if len(twice):
        row, place = twice[0]
        raise ValueError(
            f"slates[{row}]: product {ordered[row, place]} twice; expected each at most once in a "
            "slate"
        )
    return slates.astype(np.int64)
