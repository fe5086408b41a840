"""`Storefront`: the shop with a shelf of recommendations before each shopper, to try policies in.

Shoppers follow the story of `journeys`. At each step

1. they come with an intent: a product type, and a product j0 of it, by the laws and the keyed draws
   of `journeys`
2. they look through the slate (see `browsing`) and take at most one product, j0 or another of the
   same type
3. if they take none, they find j0 by themselves.

Either way the step ends with one event, on a product of the intended type, and mission, habit,
outcome and the end of the session go on from it. So what is shown changes which product of a type
is taken (and with it habits and outcomes), never the types, the missions or the times; and if
nothing is ever clicked, the events are those of `journeys`, bit for bit.

One uniform per shopper and step, from a channel of its own, decides which place is taken: the
inverse of the cumulative probabilities over places. So two policies meet the same shoppers with the
same luck (common random numbers).
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from zooplus_sim.checks import check_count, check_memory
from zooplus_sim.journeys.simulator import ZooplusSimulator
from zooplus_sim.keyed_random import DRAWS_PER_STEP, Channel, check_seed, stream_keys, uniform
from zooplus_sim.storefront.browsing import Browsing, check_slates, tier_match


class Storefront:
    """A vector environment in the shape of Gymnasium's: B shoppers, all at the same step.

    Gymnasium is not needed.

    sim:        the shop
    shoppers:   how many (the first ones), or their ids (default: all)
    slate_size: K places
    n_steps:    events per shopper
    browsing:   how they look at a slate (default: `Browsing()`)
    seed:       of their draws, as in `sim.journeys(seed=...)`

    An observation is (B, n_steps) int64: the products that each shopper has taken or found so far,
    the latest last, left-padded with 0.

    The info that comes with it is a dict of arrays. What the shop sees of the latest event (before
    the first: 0, or -1 for the place):
        step         events so far, a number
        user_id      (B,)
        slates       (B, K) what was shown
        item_id      (B,) what the event ended with
        place        (B,) where it was clicked, 0 to K - 1, or -1: found without the slate
        outcome      (B,) 0 looked, 0.5 in the cart, 1 bought
        timestamp    (B,) seconds since 1970
        exposures    (B, J) e(j), see `browsing`
    And under "truth" what no shop sees, of the event to come:
        persona, tier, mission    (B,) numbers in the order of the world's
        distraction               (B,) bool: the type comes from taste, not from the mission
        intended_item             (B,) j0
        take_probability          (B, J) P(taken | looked at), fatigue included; 0 for the padding

    Raises ValueError for a size, a shopper or a seed that cannot be, and TypeError for a browsing
    that is no `Browsing`.
    """

    def __init__(
        self,
        sim: ZooplusSimulator,
        *,
        shoppers: int | Sequence[int] | np.ndarray | None = None,
        slate_size: int = 5,
        n_steps: int = 20,
        browsing: Browsing | None = None,
        seed: int = 0,
    ):
        self.sim = sim
        self.user_id = sim.check_users(shoppers, "shoppers")
        self.n_shoppers = len(self.user_id)
        self.n_products = sim.n_products
        self.slate_size = check_count("slate_size", slate_size)
        self.n_steps = check_count("n_steps", n_steps)
        places = self.slate_size + self.n_steps + sim.n_products
        check_memory(
            "slate_size, n_steps", 8 * places * self.n_shoppers, "fewer of these, or fewer shoppers"
        )
        self.browsing = Browsing() if browsing is None else browsing
        self.seed = check_seed(seed)
        if not isinstance(self.browsing, Browsing):
            raise TypeError(
                "browsing must be a Browsing, such as Browsing(take=0.5), got "
                f"{type(browsing).__name__}"
            )
        self._match = tier_match(sim.world, sim.tables)
        self._shoppers: Any = None  # before the first reset

    def reset(self, seed: int | None = None) -> tuple[np.ndarray, dict]:
        """Begin an episode: every shopper comes for the first time.

        seed: of this episode and those after it. Without one, the same episode begins again: unlike
              Gymnasium's environments a storefront holds no generator that moves on

        Returns (observation, info).
        """
        if seed is not None:
            self.seed = check_seed(seed)
        self._shoppers = self.sim.shoppers(self.user_id, self.seed)
        self._browse = stream_keys(self.seed, Channel.BROWSE, self.user_id)
        self._histories = np.zeros((self.n_shoppers, self.n_steps), dtype=np.int64)
        self._exposures = np.zeros((self.n_shoppers, self.n_products + 1))
        self._intent = self._shoppers.intend()
        zero = np.zeros(self.n_shoppers, dtype=np.int64)
        slates = np.zeros((self.n_shoppers, self.slate_size), dtype=np.int64)
        return self._histories.copy(), self._info(slates, zero, zero - 1, zero * 0.0, zero)

    def step(
        self, slates: np.ndarray
    ) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray, dict]:
        """Show a slate to each shopper.

        slates: (B, K) product ids, none twice in a row, 0 = empty place

        Returns (observation, reward, terminated, truncated, info): reward (B,) is 1.0 where the
        slate was clicked, terminated (B,) is False, truncated (B,) is True from the last step on.
        Raises ValueError for slates that cannot be, and RuntimeError before `reset` and after the
        last step.
        """
        if self._shoppers is None:
            raise RuntimeError("step() before reset(): nobody is in the shop; call reset() first")
        number = self._shoppers.number
        if number == self.n_steps:
            raise RuntimeError(
                f"step() after the last of {self.n_steps} steps; call reset() to begin again"
            )
        slates = check_slates(slates, self.n_shoppers, self.slate_size, self.n_products)
        intent = self._intent
        row = np.arange(self.n_shoppers)

        taken = np.take_along_axis(self._take_probability(), slates, axis=1).T  # (K, B)
        up_to = np.cumsum(self.browsing.place_probabilities(taken), axis=0)
        place = (uniform(self._browse, number * DRAWS_PER_STEP) >= up_to).sum(0)
        place = np.where(place < self.slate_size, place, -1)
        item = np.where(place >= 0, slates[row, place], intent["item_id"])
        outcome = self._shoppers.take(intent, item)

        self._histories = np.concatenate([self._histories[:, 1:], item[:, None]], axis=1)
        self._exposures = self.browsing.after(self._exposures, slates, place)
        self._intent = self._shoppers.intend()
        info = self._info(slates, item, place, outcome, intent["timestamp"])
        reward = (place >= 0).astype(float)
        truncated = np.full(self.n_shoppers, self._shoppers.number == self.n_steps)
        return self._histories.copy(), reward, np.zeros_like(truncated), truncated, info

    def _take_probability(self) -> np.ndarray:
        """(B, J) a(j) of the event to come."""
        intended = self._intent["item_id"][:, None]  # (B, 1)
        kind = self.sim.tables.type_of_product  # (J,)
        match = self._match[self._shoppers.state["tier"]]  # (B, J)
        others = self.browsing.swap * match * (kind == kind[intended])
        wanted = np.arange(self.n_products + 1) == intended
        return self.browsing.fatigue**self._exposures * np.where(wanted, self.browsing.take, others)

    def _info(self, slates, item, place, outcome, timestamp) -> dict:
        return {
            "step": self._shoppers.number,
            "user_id": self.user_id.copy(),
            "slates": slates,
            "item_id": item,
            "place": place,
            "outcome": outcome,
            "timestamp": timestamp,
            "exposures": self._exposures.copy(),
            "truth": {
                "persona": self._shoppers.state["persona"].copy(),
                "tier": self._shoppers.state["tier"].copy(),
                "mission": self._intent["mission"].astype(np.int64),
                "distraction": self._intent["distraction"].copy(),
                "intended_item": self._intent["item_id"].copy(),
                "take_probability": self._take_probability(),
            },
        }
