"""The story with slates by brute force: all hidden paths of a shopper, and behind each event all
they may want.

Built on the enumeration that the oracle is held to, and like it without any code of what it judges.
"""

from __future__ import annotations

from collections import defaultdict
from copy import copy
from functools import cache

import numpy as np

from tests.zooplus_sim.oracle.story import Story
from zooplus_sim import Browsing, ZooplusSimulator


class SlateStory(Story):
    """The paths of one shopper who was shown `slates`, lists of product ids, and clicked at
    `places` (-1: nowhere).

    Both may be longer than the events that are asked about: what is known of later ones is not
    read.
    """

    def __init__(
        self, sim: ZooplusSimulator, browsing: Browsing, slates: list[list[int]], places: list[int]
    ):
        super().__init__(sim)
        self.browsing, self.slates, self.places = browsing, slates, places
        self.ends = cache(self._ends)
        self.exposures = [dict.fromkeys(self.kind, 0.0)]
        for slate, place in zip(slates, places, strict=True):
            now = {
                item: browsing.memory * e + (item in slate)
                for item, e in self.exposures[-1].items()
            }
            if place >= 0:
                now[slate[place]] = 0.0
            self.exposures.append(now)

    def then(self, n: int, slate: list[int], place: int) -> SlateStory:
        """The same up to the n-th event, at which this slate is shown and clicked so."""
        other = copy(self)
        other.slates, other.places = [*self.slates[:n], slate], [*self.places[:n], place]
        other.ends = cache(other._ends)
        return other

    def probability(self, clicks: list[int]) -> float:
        """P(these products, each at its place)."""
        return sum(path.probability for path in self.paths(tuple(clicks))) if clicks else 1.0

    def next_intent(self, clicks: list[int]) -> np.ndarray:
        """(J,) P(what they come for next | clicks): what they would find if nothing were shown."""
        weight = np.zeros(len(self.kind) + 1)
        for path in self.then(len(clicks), [], -1).paths((*clicks, None)):
            weight[path.clicks[-1]] += path.probability
        return weight / weight.sum()

    def clicks_next(self, clicks: list[int], slate: list[int]) -> np.ndarray:
        """(K,) P(the product at the place is clicked next | clicks)."""
        joint = [
            self.then(len(clicks), slate, place).probability([*clicks, item]) if item else 0.0
            for place, item in enumerate(slate)
        ]
        return np.array(joint) / self.probability(clicks)

    def hidden(self, clicks: list[int]) -> dict[str, dict[str, float]]:
        """P(persona), P(tier) and P(mission of the next event), given the clicks."""
        asked = self.then(len(clicks), [], -1)
        asked.ask_at, asked.weight_of = len(clicks), {"persona": defaultdict(float)}
        asked.weight_of |= {name: defaultdict(float) for name in ("tier", "mission")}
        for _ in asked.paths((*clicks, 1)):
            pass
        return {
            name: {key: value / sum(weight.values()) for key, value in weight.items()}
            for name, weight in asked.weight_of.items()
        }

    # --- The parts of the story that slates change ---

    ask_at = None

    def _next_click(self, path, persona, tier, mission, seen, clicks):
        if len(path.clicks) == self.ask_at:
            for name, value in (
                ("persona", persona.name),
                ("tier", tier),
                ("mission", mission.name),
            ):
                self.weight_of[name][value] += path.probability
        return super()._next_click(path, persona, tier, mission, seen, clicks)

    def _product_chance(self, item, tier, before):
        """P(the event is on `item`, clicked at its place | the type of `item`, tier, events
        before).
        """
        number = len(before)
        chance = 0.0
        for wanted in self.kind:
            if self.kind[wanted] == self.kind[item]:
                ends = self.ends(number, wanted, tier).get((item, self.places[number]), 0.0)
                chance += super()._product_chance(wanted, tier, before) * ends
        return chance

    def _ends(self, number, wanted, tier) -> dict[tuple[int, int], float]:
        """P(the event ends with this product at this place | came for `wanted`)."""
        ends, reached = {}, 1.0
        for place, shown in enumerate(self.slates[number]):
            chance = self._take_chance(number, shown, wanted, tier) if shown else 0.0
            ends[shown, place] = reached * chance
            reached *= (1 - chance) * self.browsing.look_on
        ends[wanted, -1] = 1 - sum(ends.values())
        return ends

    def _take_chance(self, number, shown, wanted, tier):
        if self.kind[shown] != self.kind[wanted]:
            return 0.0
        tired = self.browsing.fatigue ** self.exposures[number][shown]
        match = self.world.tier_match[self._distance(tier, shown)]
        return tired * (self.browsing.take if shown == wanted else self.browsing.swap * match)
