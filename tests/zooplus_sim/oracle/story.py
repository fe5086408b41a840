"""The shop's story by brute force: every hidden path that could lie behind some clicks, one after
the other.

Written from the story as `zooplus_sim.journeys` tells it, with names and lists, and without the
tables, the recursion or any other code of the oracle. A path says: persona, tier, the mission of
each session, whether each click was a distraction, and after which clicks a session ended.
Exponential in the number of clicks: for a handful of them.
"""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Iterator
from functools import cache
from typing import NamedTuple

import numpy as np

from zooplus_sim import ZooplusSimulator


class Path(NamedTuple):
    """One hidden path. `clicks` are its products, `opens` which of them opened a session."""

    probability: float
    persona: str
    clicks: tuple[int, ...]
    opens: tuple[bool, ...]
    outcome: float  # expected, of the last click


class Totals(NamedTuple):
    """Sums over the paths of some clicks with one gap, by the product in the gap:

    P(the clicks, and ...).
    """

    weight: np.ndarray  # (J,)
    by_persona: dict[str, np.ndarray]
    by_opens: dict[tuple[bool, ...], np.ndarray]
    outcome: np.ndarray  # (J,) times the expected outcome of the last click


class Story:
    """The paths of one shop. Clicks are lists of product ids; None stands for any product."""

    def __init__(self, sim: ZooplusSimulator):
        self.world = sim.world
        self.kind = sim.products["product_type"].to_dict()
        self.price_tier = sim.products["price_tier"].to_dict()
        self.weight = sim.products["popularity"].to_dict()
        self.category = {kind.name: kind.category for kind in self.world.product_types}
        self.missions = {mission.name: mission for mission in self.world.missions}
        self.tier_names = [tier.name for tier in self.world.tiers]
        self.totals, self.ways, self.popularity = (
            cache(self._totals),
            cache(self.ways),
            cache(self.popularity),
        )

    def gap(self, clicks: list[int], position: int) -> np.ndarray:
        """(J,) P(product at the position | the other clicks)."""
        weight = self.totals((*clicks[:position], None, *clicks[position + 1 :])).weight
        return weight / weight.sum()

    def next(self, clicks: list[int]) -> np.ndarray:
        """(J,) P(next product | clicks)."""
        return self.gap([*clicks, None], len(clicks))

    def _totals(self, clicks: tuple[int | None, ...]) -> Totals:
        def zeros():
            return np.zeros(len(self.kind) + 1)

        totals = Totals(zeros(), defaultdict(zeros), defaultdict(zeros), zeros())
        place = clicks.index(None)
        for path in self.paths(clicks):
            item = path.clicks[place]
            totals.weight[item] += path.probability
            totals.by_persona[path.persona][item] += path.probability
            totals.by_opens[path.opens][item] += path.probability
            totals.outcome[item] += path.probability * path.outcome
        return totals

    # --- The story, click by click ---

    def paths(self, clicks: tuple[int | None, ...]) -> Iterator[Path]:
        for persona in self.world.personas:
            for tier, share in persona.tiers.items():
                path = Path(share / len(self.world.personas), persona.name, (), (), math.nan)
                yield from self._next_session(path, persona, tier, None, clicks)

    def _next_session(self, path, persona, tier, previous, clicks):
        row = persona.first_mission if previous is None else persona.next_mission[previous.name]
        owned = {self.kind[item] for item in path.clicks}
        may_begin = {
            name: chance
            for name, chance in row.items()
            if chance > 0 and owned.issuperset(self.missions[name].requires)
        }
        for name, chance in may_begin.items():
            chance /= sum(may_begin.values())
            yield from self._next_click(
                _times(path, chance), persona, tier, self.missions[name], (), clicks
            )

    def _next_click(self, path, persona, tier, mission, seen, clicks):
        """`seen`: the types of this session's clicks."""
        asked = clicks[len(path.clicks)]
        for item in self.kind if asked is None else [asked]:
            kind = self.kind[item]
            for way_chance, cart_factor in self.ways(persona.name, mission.name, seen, kind):
                chance = way_chance * self._product_chance(item, tier, path.clicks)
                if chance > 0:
                    cart = (
                        persona.cart_rate
                        * self.world.outcome_tier_match[self._distance(tier, item)]
                        * cart_factor
                    )
                    bought = cart * self.world.bought_per_cart
                    clicked = Path(
                        path.probability * chance,
                        path.persona,
                        (*path.clicks, item),
                        (*path.opens, not seen),
                        1.0 * bought + 0.5 * (cart - bought),
                    )
                    yield from self._after_click(
                        clicked, persona, tier, mission, (*seen, kind), clicks
                    )

    def _after_click(self, path, persona, tier, mission, seen, clicks):
        if len(path.clicks) == len(clicks):
            yield path  # whether the session ends here or not: together certain
            return
        over = set(mission.steps) <= set(seen) or len(seen) == self.world.max_session_length
        goes_on = 0.0 if over else self.world.continuation
        if goes_on > 0:
            yield from self._next_click(_times(path, goes_on), persona, tier, mission, seen, clicks)
        if goes_on < 1:
            yield from self._next_session(_times(path, 1 - goes_on), persona, tier, mission, clicks)

    def ways(self, persona, mission, seen, kind):
        """(chance, factor of the cart rate) of each way to click the type:

        a distraction, a step of the mission.
        """
        eps, order, steps = self.world.distraction, self.world.order, self.missions[mission].steps
        ways = [(eps * self._taste(persona, kind), self.world.distraction_cart_factor)]
        left = [k for k, step in enumerate(steps) if step not in seen]
        for k in left:
            if steps[k] == kind:
                chance = math.exp(-order * (k - left[0])) / sum(
                    math.exp(-order * (other - left[0])) for other in left
                )
                late = k / (len(steps) - 1) if k else 0
                ways.append(((1 - eps) * chance, 1 + self.world.late_step_lift * late))
        return ways

    def _taste(self, persona, kind):
        table = next(
            other.click_probability for other in self.world.personas if other.name == persona
        )

        def appeal(name):
            return table.get(self.category[name], self.world.unlisted_click_probability)

        return appeal(kind) / sum(appeal(other.name) for other in self.world.product_types)

    def _product_chance(self, item, tier, before):
        """The urn:

        one of the last R clicks in the type again, each with kappa, or a fresh draw by popularity.
        """
        kappa = self.world.habit
        urn = [other for other in before if self.kind[other] == self.kind[item]][
            -self.world.habit_memory :
        ]
        chance = self.popularity(item, tier)
        for other in urn:
            chance += kappa if other == item else 0.0
        return chance / (1 + kappa * len(urn))

    def popularity(self, item, tier):
        def weight(product):
            return self.weight[product] * self.world.tier_match[self._distance(tier, product)]

        return weight(item) / sum(
            weight(other) for other in self.kind if self.kind[other] == self.kind[item]
        )

    def _distance(self, tier, item):
        return abs(self.tier_names.index(tier) - self.tier_names.index(self.price_tier[item]))


def _times(path, chance):
    return path._replace(probability=path.probability * chance)
