"""What a shop can know of its shoppers that shows them slates: exact, event by event.

A slate changes which product of a type is taken, never the type. So the filter over personas,
missions and session starts (`session_filter`) needs no change, and what an event (item x, place i,
or "found without the slate") says of the tier g is its probability given the type,

    sum over products j0 of the type:
        P(j0 | type, g, habit) * P(place i is taken | came for j0, g, slate, exposures),

and for an event without a click

    P(x | type, g, habit) * P(none is taken | came for x, g, slate, exposures).

See `habit_urn` for the first factor and `browsing` for the second.

Axis letters: B shoppers, J = n_products + 1, K places, G tiers, P personas, M missions.
"""

from __future__ import annotations

import numpy as np

from zooplus_sim.checks import check_count, check_memory
from zooplus_sim.journeys.simulator import ZooplusSimulator
from zooplus_sim.oracle.histories import check_items, log_persona_prior
from zooplus_sim.oracle.posterior import Posterior
from zooplus_sim.oracle.session_tables import SessionTables
from zooplus_sim.storefront.browsing import Browsing, Walk, check_slates, tier_match


class Belief:
    """The exact posterior of `n_shoppers` shoppers of `sim`, fed from their very first event on.

    It knows items, slates and places. Outcomes and timestamps would reveal more; they are not read.
    Without slates it is the `Oracle`, one event at a time.

    sim:        the shop
    n_shoppers: B
    browsing:   how they look at a slate (default: `Browsing()`)

    exposures:  (B, J) see `browsing`
    step:       events so far

    Raises ValueError if `n_shoppers` is no count.
    """

    def __init__(self, sim: ZooplusSimulator, n_shoppers: int, browsing: Browsing | None = None):
        self.browsing = Browsing() if browsing is None else browsing
        self.n_shoppers = check_count("n_shoppers", n_shoppers)
        check_memory("n_shoppers", 8 * sim.n_products * self.n_shoppers, "fewer shoppers")
        self.n_products = sim.n_products
        self.step = 0
        self.exposures = np.zeros((n_shoppers, sim.n_products + 1))
        self._tables = sim.tables
        self._match = tier_match(sim.world, sim.tables)
        sessions = SessionTables.build(sim.world, sim.tables)
        prior = log_persona_prior(sim.world, None, n_shoppers)
        self._posterior = Posterior(sessions, sim.tables, prior, sim.world.max_session_length)

    def observe(
        self, items: np.ndarray, slates: np.ndarray | None = None, places: np.ndarray | None = None
    ) -> None:
        """Take in one event of each shopper.

        items:  (B,) products that the events ended with
        slates: (B, K) what was shown, 0 = empty place; without slates and places nothing was
        places: (B,) the place that was clicked, 0 to K - 1, or -1

        Raises ValueError if these do not fit together; and for an event that this shop cannot
        produce, after which the belief is of no use.
        """
        if np.ndim(items) != 1:
            raise ValueError(
                f"items must be one product each, ({self.n_shoppers},), got shape {np.shape(items)}"
            )
        items = check_items("items", items, self.n_shoppers, self.n_products)[:, 0]
        if (slates is None) != (places is None):
            raise ValueError("slates, places must be both or none, got one of the two")
        if slates is None:
            slates = np.zeros((self.n_shoppers, 1), dtype=np.int64)
            places = np.full(self.n_shoppers, -1)
        slates = check_slates(slates, self.n_shoppers, None, self.n_products)
        places = _check_places(places, slates, items)
        self._posterior.observe(items, likelihood=self._likelihood(items, slates, places))
        wrong = np.flatnonzero(self._posterior.impossible())
        if len(wrong):
            raise ValueError(
                f"items[{wrong[0]}]: {items[wrong[0]]} cannot follow so on the events before it; "
                "expected all the events of a shopper of this shop, from the first on, with the "
                "slates that were shown"
            )
        self.exposures = self.browsing.after(self.exposures, slates, places)
        self.step += 1

    def item_probabilities(self) -> np.ndarray:
        """(B, J) P(a product is what the shopper comes for next). Rows sum to 1, column 0 is 0."""
        return self._posterior.item_probabilities().T

    def click_probabilities(self, slates: np.ndarray) -> np.ndarray:
        """(B, K) P(the product at the place is taken). A row's sum is its slate's click rate.

        slates: (B, K) product ids, 0 = empty place

        Raises ValueError for slates that cannot be.
        """
        slates = check_slates(slates, self.n_shoppers, None, self.n_products)
        walk = self._walk(self._intents())
        return np.stack([walk.show(items).sum(0) for items in slates.T], axis=1)

    def best_slates(self, slate_size: int = 5) -> np.ndarray:
        """(B, K) the product most probably taken at each place, given those above it.

        Greedy: best for the first place; for the slate as a whole no proof is offered. A place is
        left empty (0) where no product has a chance.

        slate_size: K
        """
        walk = self._walk(self._intents())
        row = np.arange(self.n_shoppers)
        slates = np.zeros((self.n_shoppers, check_count("slate_size", slate_size)), dtype=np.int64)
        for place in range(slate_size):
            gains = walk.gains()
            gains[slates[:, :place], row[:, None]] = 0.0  # no product twice
            slates[:, place] = np.where(gains.max(0) > 0, gains.argmax(0), 0)
            walk.show(slates[:, place])
        return slates

    def personas(self) -> np.ndarray:
        """(B, P) P(persona), in the order of `World.personas`."""
        return self._posterior.persona_and_tier().sum(1).T

    def tiers(self) -> np.ndarray:
        """(B, G) P(price tier), in the order of `World.tiers`."""
        return self._posterior.persona_and_tier().sum(0).T

    def missions(self) -> np.ndarray:
        """(B, M) P(mission of the next event), in the order of `World.missions`."""
        return self._posterior.missions().T

    # --- The two factors ---

    def _products_in_type(self) -> np.ndarray:
        """(G, J, B) P(product | its type, tier, habit)."""
        products = np.arange(self.n_products + 1)[:, None]
        return self._posterior.urn.likelihood(products, np.arange(self.n_shoppers))

    def _intents(self) -> np.ndarray:
        """(G, J, B) P(tier, product that the shopper comes for next)."""
        type_and_tier = self._posterior.type_and_tier()  # (G, T, B)
        return type_and_tier[:, self._tables.type_of_product] * self._products_in_type()

    def _walk(self, law: np.ndarray) -> Walk:
        return Walk(self.browsing, self._tables.type_of_product, self._match, self.exposures, law)

    def _likelihood(self, items: np.ndarray, slates: np.ndarray, places: np.ndarray) -> np.ndarray:
        """(G, B) P(item, place | type of the item, tier)."""
        law = self._products_in_type()
        row = np.arange(self.n_shoppers)
        kind = self._tables.type_of_product
        walk = self._walk(law)
        shown = slates.T  # (K, B)
        # Each given its product's type.
        clicked = np.stack([walk.show(products) for products in shown])  # (K, G, B)
        swap = self.browsing.swap * self._match[:, shown]
        appeal = np.where(shown == items, self.browsing.take, swap)  # (G, K, B)
        taken = appeal * (kind[shown] == kind[items]) * walk.fresh[shown, row]
        taken = taken.swapaxes(0, 1)  # (K, G, B)
        found = law[:, items, row] * (1 - self.browsing.place_probabilities(taken).sum(0))
        return np.where(places >= 0, clicked[places, :, row].T, found)


def _check_places(places, slates: np.ndarray, items: np.ndarray) -> np.ndarray:
    """(B,) places from -1 to K - 1 at which the items were."""
    places = np.asarray(places)
    n_shoppers, n_places = slates.shape
    if places.shape != (n_shoppers,) or places.dtype.kind not in "iu":
        raise ValueError(
            f"places must be integers ({n_shoppers},), got {places.dtype} of shape {places.shape}"
        )
    wrong = np.flatnonzero((places < -1) | (places >= n_places))
    if len(wrong):
        raise ValueError(
            f"places[{wrong[0]}] must be a place from 0 to {n_places - 1}, or -1 for no "
            f"click, got {places[wrong[0]]}"
        )
    shown = slates[np.arange(n_shoppers), places]
    wrong = np.flatnonzero((places >= 0) & (shown != items))
    if len(wrong):
        row = wrong[0]
        raise ValueError(
            f"items[{row}]: got {items[row]}, but the place that was clicked, {places[row]}, "
            f"showed {shown[row]}"
        )
    return places.astype(np.int64)
