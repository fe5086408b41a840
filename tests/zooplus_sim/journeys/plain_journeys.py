"""The generative story of `zooplus_sim.journeys` as one plain loop for one shopper: lists, dicts
and single draws.

It reads the same keyed uniforms at the same counters, so that the vectorised simulator can be held
to it bit for bit.
"""

from __future__ import annotations

import math

import numpy as np

from zooplus_sim import ZooplusSimulator
from zooplus_sim.journeys.alias import AliasTables
from zooplus_sim.keyed_random import DRAWS_PER_STEP, Channel, stream_keys, uniform


class PlainShopper:
    """One shopper of `sim`: `journey(...)` gives the rows of both tables, one dict per click."""

    def __init__(self, sim: ZooplusSimulator, user: int):
        self.sim, self.world, self.user = sim, sim.world, user
        chance = self._uniforms(sim.seed, Channel.WORLD)
        self.persona_number = int(chance(0) * len(self.world.personas))
        self.persona = self.world.personas[self.persona_number]
        self.tier = draw_one(
            [self.persona.tiers.get(tier.name, 0.0) for tier in self.world.tiers], chance(1)
        )

    def _uniforms(self, seed, channel):
        key = stream_keys(seed, channel, np.array([self.user]))
        return lambda counter: float(uniform(key, counter)[0])

    def journey(self, *, seed: int, count: int, unit: str) -> list[dict]:
        """`count` events or sessions, as `unit` says."""
        world, names = self.world, [kind.name for kind in self.world.product_types]
        channels = (Channel.ARRIVAL, Channel.MISSION, Channel.CLICK, Channel.ITEM)
        arrival, chance, click, item_chance = (
            self._uniforms(seed, channel) for channel in channels
        )
        timeout = int(world.session_timeout_minutes * 60)
        rows, mission, time, session, going = [], None, int(world.start.timestamp()), -1, False
        clicked_before = {name: [] for name in names}  # product type -> items clicked, oldest first

        while True:
            at = len(rows) * DRAWS_PER_STEP
            wait = -math.log1p(-arrival(at))
            if going:
                time += min(1 + int(wait * self.persona.seconds_between_clicks), timeout)
            else:
                time += timeout + 1 + int(wait * self.persona.days_between_sessions * 86400)
                owned = {kind for kind, items in clicked_before.items() if items}
                mission = self._next_mission(mission, owned, chance(at))
                session, visited, clicks = session + 1, set(), 0

            u = click(at)
            distraction = u < world.distraction
            if distraction:
                kind = names[
                    draw_one(self.sim.tables.taste[self.persona_number], u / world.distraction)
                ]
                step = -1
            else:
                step = self._next_step(
                    mission, visited, (u - world.distraction) / (1 - world.distraction)
                )
                kind = mission.steps[step]
            visited.add(kind)

            repeat, item = self._product(kind, clicked_before[kind], item_chance(at))
            clicked_before[kind].append(item)

            u, cart = click(at + 1), self._cart_chance(mission, step, item)
            outcome = 1.0 if u < cart * world.bought_per_cart else 0.5 if u < cart else 0.0
            rows.append(
                {
                    "user_id": self.user,
                    "item_id": item,
                    "timestamp": time,
                    "outcome": outcome,
                    "session_id": session,
                    "persona": self.persona.name,
                    "tier": world.tiers[self.tier].name,
                    "mission": mission.name,
                    "step": step,
                    "distraction": distraction,
                    "repeat": repeat,
                }
            )

            clicks += 1
            done = visited.issuperset(mission.steps) or clicks == world.max_session_length
            going = not done and chance(at + 1) < world.continuation
            if (
                unit == "events"
                and len(rows) == count
                or unit == "sessions"
                and not going
                and session + 1 == count
            ):
                return rows

    def _next_mission(self, previous, owned, u):
        row = (
            self.persona.first_mission
            if previous is None
            else self.persona.next_mission[previous.name]
        )
        missions = self.world.missions
        if not any(mission.requires for mission in missions):
            return missions[draw_one([row.get(mission.name, 0.0) for mission in missions], u)]
        may = [mission for mission in missions if owned.issuperset(mission.requires)]
        up_to = 0.0
        total = sum(row.get(mission.name, 0.0) for mission in may)
        for mission in may:
            up_to += row.get(mission.name, 0.0)
            if up_to > u * total:
                return mission
        raise AssertionError("no mission may begin")

    def _next_step(self, mission, visited, u):
        left = [step for step, kind in enumerate(mission.steps) if kind not in visited]
        return draw_one(self.sim.tables.step_probability[sum(2**step for step in left)], u)

    def _product(self, kind, before, u):
        memory, kappa = self.world.habit_memory, self.world.habit
        n = min(len(before), memory)
        chance = kappa * n / (1 + kappa * n)
        if u < chance:
            slot = int(u / chance * n)  # the latest click whose number leaves this remainder
            return True, [item for number, item in enumerate(before) if number % memory == slot][-1]
        products = self.sim.products
        ids = products.index[products["product_type"] == kind].to_numpy()
        popularity = self.sim.tables.product_popularity[self.tier, ids]
        return False, int(ids[draw_one(popularity, (u - chance) / (1 - chance))])

    def _cart_chance(self, mission, step, item):
        tiers = [tier.name for tier in self.world.tiers]
        distance = abs(self.tier - tiers.index(self.sim.products.loc[item, "price_tier"]))
        chance = self.persona.cart_rate * self.world.outcome_tier_match[distance]
        if step < 0:
            return chance * self.world.distraction_cart_factor
        return chance * (1 + self.world.late_step_lift * step / max(len(mission.steps) - 1, 1))


def draw_one(weights, u: float) -> int:
    """The place of one entry, drawn in proportion to its weight."""
    weights = np.asarray(weights, dtype=float)
    return int(AliasTables(weights, np.array([len(weights)])).draw(np.array([0]), np.array([u]))[0])
