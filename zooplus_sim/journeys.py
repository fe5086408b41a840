"""Journeys: click logs with order, drawn from the shop's generative story.

For each user, with persona p and hidden price tier g (both fixed):

1. session   mission m ~ P(m | p) at first, then m ~ P(m | p, previous mission)
2. type      with probability 1 - eps a step of the mission that is not yet visited this session, step k with weight
             exp(-order * k) (Plackett-Luce without replacement); with probability eps a distraction: a product type
             drawn from the persona's taste. Visited = clicked since the session began, distractions included
3. product   within the type, j with weight popularity_g(j) + kappa * (clicks on j among the user's last R clicks in the
             type). As an urn: with N such clicks, repeat one of them with probability kappa N / (1 + kappa N), else
             draw from popularity_g
4. outcome   in the cart with probability cart_rate_p * (factor of |g - tier of j|) * (factor of the step), and then
             bought with probability bought_per_cart: 0 looked, 0.5 cart, 1 bought
5. end       the session ends when the mission is done or has max_session_length clicks, else with probability
             1 - continuation
6. time      1 + Exp(seconds_between_clicks) seconds to the next click, never more than the session time-out;
             time-out + Exp(days_between_sessions) to the next session; in whole seconds

Every draw is keyed by (seed, channel, user, step): see `keyed_random`.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from zooplus_sim.alias import AliasTables
from zooplus_sim.keyed_random import DRAWS_PER_STEP, Channel, stream_keys, uniform
from zooplus_sim.tables import WorldTables
from zooplus_sim.world import World

SHOP_COLUMNS = ("item_id", "timestamp", "outcome", "session_id")  # what a shop would see, beside user_id
TRUTH_COLUMNS = ("mission", "step", "distraction", "repeat")  # what only the simulator knows, beside persona and tier


@dataclass(frozen=True, kw_only=True, eq=False)
class JourneyTables:
    """The tables of one shop, laid out for drawing."""

    world: World
    tables: WorldTables
    mission: AliasTables  # row p * (M + 1) + (1 + previous mission, or 0 in the first session) -> mission
    step: AliasTables  # row = bit mask of the steps left -> step
    taste: AliasTables  # row = persona -> product type
    product: AliasTables  # row = tier * T + type -> product id

    @classmethod
    def build(cls, world: World, tables: WorldTables) -> JourneyTables:
        n_missions, n_types = len(world.missions), len(world.product_types)
        missions = np.concatenate([tables.first_mission[:, None], tables.next_mission], axis=1)  # (P, M + 1, M)
        by_type = 1 + np.argsort(tables.type_of_product[1:], kind="stable")  # product ids, type after type
        variants = np.bincount(tables.type_of_product[1:], minlength=n_types)
        n_tiers = len(world.tiers)
        return cls(
            world=world,
            tables=tables,
            mission=_alias(missions.reshape(-1, n_missions)),
            step=_alias(tables.step_probability),
            taste=_alias(tables.taste),
            product=AliasTables(
                tables.product_popularity[:, by_type].ravel(), np.tile(variants, n_tiers), np.tile(by_type, n_tiers)
            ),
        )


def _alias(probability: np.ndarray) -> AliasTables:
    return AliasTables(probability.ravel(), np.full(len(probability), probability.shape[1]))


def user_traits(world: World, tables: WorldTables, seed: int, users: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Persona and tier of each user, fixed by the seed of the *shop*. users: (U,). Returns two (U,) int arrays."""
    keys = stream_keys(seed, Channel.WORLD, users)
    persona = (uniform(keys, 0) * len(world.personas)).astype(np.int64)
    tier = _alias(tables.tier_prior).draw(persona, uniform(keys, 1))
    return persona, tier


def draw_counts(count, seed: int, users: np.ndarray) -> np.ndarray:
    """How many events (or sessions) each user has: a number, or uniform on a range. Independent of content."""
    low, high = count
    keys = stream_keys(seed, Channel.ARRIVAL, users)
    return low + (uniform(keys, 1) * (high - low + 1)).astype(np.int64)


def simulate_block(
    shop: JourneyTables,
    seed: int,
    users: np.ndarray,
    persona: np.ndarray,
    tier: np.ndarray,
    counts: np.ndarray,
    unit: str,
) -> tuple[np.ndarray, dict[str, np.ndarray]]:
    """The journeys of one block of users.

    users, persona, tier, counts: (U,). unit: "events" or "sessions", what `counts` counts.
    Returns lengths (U,), the events of each user, and columns of length sum(lengths), user after user, in time.
    """
    lengths = np.zeros(len(users), dtype=np.int64)
    steps = list(_steps(shop, seed, users, persona, tier, counts, unit))
    for who, _ in steps:
        lengths[who] += 1
    start = np.cumsum(lengths) - lengths
    columns = {}
    for name in (*SHOP_COLUMNS, *TRUTH_COLUMNS):
        column = columns[name] = np.empty(lengths.sum(), dtype=steps[0][1][name].dtype if steps else np.int64)
        for number, (who, event) in enumerate(steps):
            column[start[who] + number] = event.pop(name)
    return lengths, columns


def _steps(shop, seed, users, persona, tier, counts, unit) -> Iterator[tuple[np.ndarray, dict[str, np.ndarray]]]:
    """The n-th event of all users that have one, for n = 0, 1, ...: (who, columns), `who` being places in `users`."""
    world, tables = shop.world, shop.tables
    n_missions, n_types, memory = len(world.missions), len(world.product_types), world.habit_memory
    eps, kappa, timeout = world.distraction, world.habit, int(world.session_timeout_minutes * 60)
    full = tables.all_steps
    repeat_chance = kappa * np.arange(memory + 1) / (1 + kappa * np.arange(memory + 1))
    start = int(world.start.timestamp())
    pause = np.array([p.days_between_sessions * 86400 for p in world.personas])
    gap = np.array([p.seconds_between_clicks for p in world.personas])

    # One entry per user that still has events to come.
    who = np.flatnonzero(counts > 0)
    state = {
        "arrival": stream_keys(seed, Channel.ARRIVAL, users),
        "chance": stream_keys(seed, Channel.MISSION, users),
        "click": stream_keys(seed, Channel.CLICK, users),
        "item": stream_keys(seed, Channel.ITEM, users),
        "persona": persona,
        "tier": tier,
        "counts": counts,
        "mission": np.full(len(users), -1),
        "left": np.zeros(len(users), dtype=np.int64),  # bit mask of the mission's steps not yet visited
        "clicks": np.zeros(len(users), dtype=np.int64),  # of this session
        "session": np.full(len(users), -1),
        "time": np.full(len(users), start),
        "ended": np.ones(len(users), dtype=bool),  # the next click opens a session
    }
    state = {name: values[who] for name, values in state.items()}
    # The last R clicks per user and type, a ring each: unlike the state above it stays where it is.
    ring = np.zeros(len(users) * n_types * memory, dtype=np.int32)  # small, to stay in the cache
    ring_clicks = np.zeros(len(users) * n_types, dtype=np.int32)

    number = 0
    while len(who):
        s, base = state, number * DRAWS_PER_STEP
        # 6. time, and 1. the mission of a new session
        wait = -np.log1p(-uniform(s["arrival"], base))
        ended = s["ended"]
        within = np.minimum(1 + (wait * gap[s["persona"]]).astype(np.int64), timeout)
        between = timeout + 1 + (wait * pause[s["persona"]]).astype(np.int64)
        s["time"] = s["time"] + np.where(ended, between, within)
        opens = np.flatnonzero(ended)
        row = s["persona"][opens] * (n_missions + 1) + s["mission"][opens] + 1
        mission = shop.mission.draw(row, uniform(s["chance"][opens], base))
        s["mission"][opens], s["left"][opens], s["clicks"][opens] = mission, full[mission], 0
        s["session"][opens] += 1

        # 2. the product type: one uniform decides on distraction, and what is left of it on the type
        u = uniform(s["click"], base)
        distraction = u < eps
        u = np.where(distraction, u / eps if eps > 0 else 0.0, (u - eps) / (1 - eps) if eps < 1 else 0.0)
        step = shop.step.draw(s["left"], u)
        kind = np.where(distraction, shop.taste.draw(s["persona"], u), tables.steps[s["mission"], step])
        visited = tables.step_of_type[s["mission"], kind]  # -1 if the mission has no such step
        s["left"] &= ~np.where(visited >= 0, 1 << np.maximum(visited, 0), 0)

        # 3. the product
        place = who * n_types + kind
        clicks = ring_clicks[place]
        known = np.minimum(clicks, memory)
        chance = repeat_chance[known]
        u = uniform(s["item"], base)
        repeat = u < chance
        slot = np.minimum((u / np.where(repeat, chance, 1.0) * known).astype(np.int64), memory - 1)
        fresh = shop.product.draw(s["tier"] * n_types + kind, (u - chance) / (1 - chance) * ~repeat)
        item = np.where(repeat, ring[place * memory + slot], fresh)
        ring[place * memory + clicks % memory] = item
        ring_clicks[place] = clicks + 1

        # 4. the outcome
        factor = np.where(distraction, world.distraction_cart_factor, tables.step_cart_factor[s["mission"], step])
        factor *= tables.cart_rate[s["persona"]] * tables.tier_cart_factor[s["tier"], tables.tier_of_product[item]]
        u = uniform(s["click"], base + 1)
        outcome = 0.5 * (u < factor) + 0.5 * (u < factor * world.bought_per_cart)

        yield (
            who,
            {
                "item_id": item,
                "timestamp": s["time"],
                "outcome": outcome,
                "session_id": s["session"].copy(),
                "mission": s["mission"].astype(np.int16),
                "step": np.where(distraction, -1, step).astype(np.int8),
                "distraction": distraction,
                "repeat": repeat,
            },
        )

        # 5. the end of the session, and of the log
        s["clicks"] += 1
        ends = uniform(s["chance"], base + 1) >= world.continuation
        s["ended"] = ends | (s["left"] == 0) | (s["clicks"] >= world.max_session_length)
        number += 1
        goes_on = s["counts"] > number if unit == "events" else ~s["ended"] | (s["session"] + 1 < s["counts"])
        if not goes_on.all():
            who = who[goes_on]
            state = {name: values[goes_on] for name, values in s.items()}
