"""A visit to the storefront as one plain loop for one shopper, on top of the plain journey."""

from __future__ import annotations

from tests.zooplus_sim.journeys.plain_journeys import PlainShopper
from zooplus_sim import Browsing, ZooplusSimulator
from zooplus_sim.keyed_random import DRAWS_PER_STEP, Channel


class PlainVisitor(PlainShopper):
    """One shopper of `sim` who is shown `slates`, a list of lists.

    `visit(seed)` gives one dict per event.
    """

    def __init__(
        self, sim: ZooplusSimulator, user: int, browsing: Browsing, slates: list[list[int]]
    ):
        super().__init__(sim, user)
        self.browsing, self.slates = browsing, slates

    def visit(self, seed: int) -> list[dict]:
        self.browse = self._uniforms(seed, Channel.BROWSE)
        self.shown_in_vain = dict.fromkeys(self.sim.products.index, 0.0)
        self.seen = []
        rows = self.journey(seed=seed, count=len(self.slates), unit="events")
        return [row | seen for row, seen in zip(rows, self.seen, strict=True)]

    def _product(self, kind, before, u):
        repeat, intended = super()._product(kind, before, u)
        law, number = self.browsing, len(self.seen)
        slate, u = self.slates[number], self.browse(number * DRAWS_PER_STEP)
        place_taken, reached, up_to = -1, 1.0, 0.0
        for place, item in enumerate(slate):
            chance = self._take_chance(item, intended, kind) if item else 0.0
            up_to += reached * chance
            if place_taken < 0 and u < up_to:
                place_taken = place
            reached *= (1 - chance) * law.look_on
        for item in self.shown_in_vain:
            self.shown_in_vain[item] = law.memory * self.shown_in_vain[item] + (item in slate)
        taken = intended
        if place_taken >= 0:
            taken = slate[place_taken]
            self.shown_in_vain[taken] = 0.0
        exposures = dict(self.shown_in_vain)
        self.seen.append(
            {
                "intended_item": intended,
                "place": place_taken,
                "up_to": up_to,
                "exposures": exposures,
            }
        )
        return repeat, taken

    def _take_chance(self, item, intended, kind):
        tired = self.browsing.fatigue ** self.shown_in_vain[item]
        if item == intended:
            return tired * self.browsing.take
        if self.sim.products.loc[item, "product_type"] != kind:
            return 0.0
        tiers = [tier.name for tier in self.world.tiers]
        distance = abs(self.tier - tiers.index(self.sim.products.loc[item, "price_tier"]))
        return tired * self.browsing.swap * self.world.tier_match[distance]
