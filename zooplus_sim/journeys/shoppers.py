"""Shoppers on their way through the shop, event by event: here all the story's draws are made.

`intend()` says what each shopper comes for next, `take(items)` what they go away with, which is the
same unless a shop put something else before them. The story and its laws are told in `journeys`.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from zooplus_sim.journeys.journey_tables import JourneyTables
from zooplus_sim.keyed_random import DRAWS_PER_STEP, Channel, stream_keys, uniform


class Shoppers:
    """A block of shoppers between two events, all at the same event number.

    shop:    its tables
    seed:    of the journeys
    users:   (U,) ids
    persona: (U,) numbers, see `user_traits`
    tier:    (U,) likewise

    who:    (B,) the places in `users` of those that are still here, all at first
    state:  name -> (B,) what they carry along
    number: events so far
    """

    def __init__(
        self,
        shop: JourneyTables,
        seed: int,
        users: np.ndarray,
        persona: np.ndarray,
        tier: np.ndarray,
    ):
        world = shop.world
        self.shop = shop
        self.number = 0
        self.who = np.arange(len(users))
        self.state = {
            "arrival": stream_keys(seed, Channel.ARRIVAL, users),
            "chance": stream_keys(seed, Channel.MISSION, users),
            "click": stream_keys(seed, Channel.CLICK, users),
            "item": stream_keys(seed, Channel.ITEM, users),
            "persona": persona,
            "tier": tier,
            "mission": np.full(len(users), -1),
            # The mission's steps that are not yet visited, a bit mask.
            "left": np.zeros(len(users), dtype=np.int64),
            "clicks": np.zeros(len(users), dtype=np.int64),  # of this session
            "session": np.full(len(users), -1),
            "time": np.full(len(users), int(world.start.timestamp())),
            "ended": np.ones(len(users), dtype=bool),  # the next click opens a session
        }
        # The last R clicks per user and type, a ring each: unlike the state above they stay where
        # they are. Small numbers, so that they stay in the cache.
        n_rings = len(users) * len(world.product_types)
        self.memory = world.habit_memory
        self.ring = np.zeros(n_rings * self.memory, dtype=np.int32)
        self.ring_clicks = np.zeros(n_rings, dtype=np.int32)
        pull = world.habit * np.arange(self.memory + 1)
        self.repeat_chance = pull / (1 + pull)
        # Of the event to come: its ring's place, the clicks there so far, the step.
        self.coming: Any = None  # what `intend` left for `take`
        self.timeout = int(world.session_timeout_minutes * 60)
        self.pause = np.array([p.days_between_sessions * 86400 for p in world.personas])
        self.gap = np.array([p.seconds_between_clicks for p in world.personas])

    def keep(self, goes_on: np.ndarray) -> None:
        """Let the others go. goes_on: (B,) bool."""
        if not goes_on.all():
            self.who = self.who[goes_on]
            self.state = {name: values[goes_on] for name, values in self.state.items()}

    def intend(self) -> dict[str, np.ndarray]:
        """What each shopper comes for next: columns (B,), by name.

        item_id is the product that they have in mind; timestamp, session_id, mission, step,
        distraction and repeat are of the event to come. Call `take` with the result before the next
        one. The numbers in the comments are those of the story in `journeys`.
        """
        shop = self.shop
        tables = shop.tables
        s = self.state
        n_types = len(shop.world.product_types)
        eps = shop.world.distraction
        base = self.number * DRAWS_PER_STEP

        # 6. time, and 1. the mission of a new session
        wait = -np.log1p(-uniform(s["arrival"], base))
        ended = s["ended"]
        within = np.minimum(1 + (wait * self.gap[s["persona"]]).astype(np.int64), self.timeout)
        between = self.timeout + 1 + (wait * self.pause[s["persona"]]).astype(np.int64)
        s["time"] = s["time"] + np.where(ended, between, within)
        opens = np.flatnonzero(ended)
        mission = self._missions(opens, uniform(s["chance"][opens], base))
        s["mission"][opens] = mission
        s["left"][opens] = tables.all_steps[mission]
        s["clicks"][opens] = 0
        s["session"][opens] += 1

        # 2. the product type: one uniform decides on distraction, the rest of it on the type
        u = uniform(s["click"], base)
        distraction = u < eps
        below = u / eps if eps > 0 else 0.0
        above = (u - eps) / (1 - eps) if eps < 1 else 0.0
        u = np.where(distraction, below, above)
        step = shop.step.draw(s["left"], u)
        by_taste = shop.taste.draw(s["persona"], u)
        kind = np.where(distraction, by_taste, tables.steps[s["mission"], step])
        visited = tables.step_of_type[s["mission"], kind]  # -1 if the mission has no such step
        s["left"] &= ~np.where(visited >= 0, 1 << np.maximum(visited, 0), 0)

        # 3. the product
        place = self.who * n_types + kind
        clicks = self.ring_clicks[place]
        self.coming = place, clicks, step
        known = np.minimum(clicks, self.memory)
        chance = self.repeat_chance[known]
        u = uniform(s["item"], base)
        repeat = u < chance
        slot = (u / np.where(repeat, chance, 1.0) * known).astype(np.int64)
        slot = np.minimum(slot, self.memory - 1)
        fresh = shop.product.draw(s["tier"] * n_types + kind, (u - chance) / (1 - chance) * ~repeat)
        return {
            "item_id": np.where(repeat, self.ring[place * self.memory + slot], fresh),
            "timestamp": s["time"],
            "session_id": s["session"].copy(),
            "mission": s["mission"].astype(np.int16),
            "step": np.where(distraction, -1, step).astype(np.int8),
            "distraction": distraction,
            "repeat": repeat,
        }

    def _missions(self, opens: np.ndarray, u: np.ndarray) -> np.ndarray:
        """The missions of the sessions that open.

        opens: (O,) places among those that are here
        u:     (O,) uniform on [0, 1)

        Returns (O,).
        """
        shop = self.shop
        tables = shop.tables
        s = self.state
        row = s["persona"][opens] * (len(tables.requires) + 1) + s["mission"][opens] + 1
        if not len(tables.required):
            return shop.mission.draw(row, u)
        # Of the required types, which have been clicked, ever?
        first_ring = self.who[opens] * len(tables.required_bit)
        owned = np.zeros(len(opens), dtype=np.int64)
        for kind in tables.required:
            owned |= (self.ring_clicks[first_ring + kind] > 0) * tables.required_bit[kind]
        may_begin = (tables.requires[:, None] & ~owned) == 0  # (M, O)
        up_to = np.cumsum(shop.chance[:, row] * may_begin, axis=0)
        # u < 1, so the product stays below the last sum, rounded or not.
        return (up_to <= u * up_to[-1]).sum(0)

    def take(self, intent: dict[str, np.ndarray], item: np.ndarray) -> np.ndarray:
        """The shoppers take a product each, and the event ends.

        intent: what `intend` said
        item:   (B,) products of the types that they came for

        Returns (B,) outcomes: 0 looked, 0.5 in the cart, 1 bought.
        """
        tables = self.shop.tables
        world = self.shop.world
        s = self.state
        base = self.number * DRAWS_PER_STEP
        place, clicks, step = self.coming
        self.ring[place * self.memory + clicks % self.memory] = item
        self.ring_clicks[place] = clicks + 1

        # 4. the outcome
        of_step = tables.step_cart_factor[s["mission"], step]
        factor = np.where(intent["distraction"], world.distraction_cart_factor, of_step)
        of_tier = tables.tier_cart_factor[s["tier"], tables.tier_of_product[item]]
        factor *= tables.cart_rate[s["persona"]] * of_tier
        u = uniform(s["click"], base + 1)
        outcome = 0.5 * (u < factor) + 0.5 * (u < factor * world.bought_per_cart)

        # 5. the end of the session
        s["clicks"] += 1
        ends = uniform(s["chance"], base + 1) >= world.continuation
        s["ended"] = ends | (s["left"] == 0) | (s["clicks"] >= world.max_session_length)
        self.number += 1
        return outcome
