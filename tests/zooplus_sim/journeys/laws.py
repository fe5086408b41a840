"""The laws of the generative story, each as the p-value of the clicks it speaks of, given the
configuration.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pandas as pd

from tests.zooplus_sim.journeys.evidence import Evidence
from tests.zooplus_sim.significance import chi_square, coin_flips
from zooplus_sim import World, ZooplusSimulator

LAWS: dict[str, Callable[[Evidence, World, ZooplusSimulator], float]] = {}


def law(test):
    LAWS[test.__name__] = test
    return test


def rows(tables, parts) -> np.ndarray:
    """Tables name -> probability as rows, in the order of `parts`."""
    return np.array([[table.get(part.name, 0.0) for part in parts] for table in tables])


# --- Who comes ---


@law
def personas_are_uniform(e, world, sim):
    n = len(world.personas)
    return chi_square(
        np.zeros(e.first.sum(), dtype=int), e.persona[e.first], np.full((1, n), 1 / n)
    )


@law
def tiers_follow_the_persona(e, world, sim):
    table = rows([persona.tiers for persona in world.personas], world.tiers)
    return chi_square(e.persona[e.first], e.tier[e.first], table)


# --- Sessions ---


@law
def first_missions(e, world, sim):
    table = rows([persona.first_mission for persona in world.personas], world.missions)
    return chi_square(e.persona[e.first], e.mission[e.first], table)


@law
def next_missions_follow_the_previous(e, world, sim):
    n = len(world.missions)
    table = np.concatenate(
        [
            rows([p.next_mission.get(m.name, {}) for m in world.missions], world.missions)
            for p in world.personas
        ]
    )
    now = np.flatnonzero(e.opens & ~e.first)
    return chi_square(e.persona[now] * n + e.mission[now - 1], e.mission[now], table)


@law
def sessions_end_when_done_or_long_and_else_by_chance(e, world, sim):
    forced = e.done | (e.place + 1 >= world.max_session_length)
    chance = np.where(forced, 1.0, 1 - world.continuation)
    return coin_flips(e.place[e.end_is_known], e.ended[e.end_is_known], chance[e.end_is_known])


# --- Product types ---


@law
def distractions_come_at_their_rate(e, world, sim):
    return coin_flips(
        e.place * len(world.personas) + e.persona,
        e.distraction,
        np.full(len(e.user), world.distraction),
    )


@law
def distractions_follow_the_taste(e, world, sim):
    taste = np.array(
        [
            [
                p.click_probability.get(kind.category, world.unlisted_click_probability)
                for kind in world.product_types
            ]
            for p in world.personas
        ]
    )
    return chi_square(
        e.persona[e.distraction], e.kind[e.distraction], taste / taste.sum(1, keepdims=True)
    )


@law
def steps_follow_their_order_without_replacement(e, world, sim):
    """Plackett-Luce among the steps not yet visited, for each set of visited steps."""
    by_mission = ~e.distraction
    longest = max(len(mission.steps) for mission in world.missions)
    sets, group = np.unique((e.mission << longest | e.visited)[by_mission], return_inverse=True)
    table = np.zeros((len(sets), longest))
    for row, key in zip(table, sets.tolist(), strict=True):
        left = [
            step for step in range(len(world.missions[key >> longest].steps)) if not key >> step & 1
        ]
        row[left] = np.exp([-world.order * (step - left[0]) for step in left])
        row /= row.sum()
    return chi_square(group, e.step[by_mission], table)


# --- Products ---


@law
def repeats_come_at_the_urn_s_rate(e, world, sim):
    n = np.minimum(e.earlier, world.habit_memory)
    return coin_flips(n, e.repeat, world.habit * n / (1 + world.habit * n))


@law
def a_repeat_is_any_remembered_click(e, world, sim):
    """Each age of click is repeated as often as any other:

    tested on the items, which may be there more than once.
    """
    again, known = e.earlier_items[e.repeat], np.minimum(e.earlier, world.habit_memory)[e.repeat]
    ages = np.arange(world.habit_memory)
    row, age = np.nonzero(ages < known[:, None])
    same = (
        again[row] == again[row, age][:, None]
    )  # (..., R) which remembered clicks are on the item of this age
    share = same.sum(1) / known[row]
    hit = again[row, age] == e.item[e.repeat][row]
    return coin_flips(known[row] * world.habit_memory + age, hit, share)


@law
def fresh_products_follow_the_popularity_in_the_tier(e, world, sim):
    products, tiers = sim.products, [tier.name for tier in world.tiers]
    away = np.abs(
        np.arange(len(tiers))[:, None] - products["price_tier"].map(tiers.index).to_numpy()
    )
    weight = products["popularity"].to_numpy() * np.array(world.tier_match)[away]  # (G, n_products)
    types = pd.factorize(products["product_type"])[0]
    within = np.stack([row / np.bincount(types, weights=row)[types] for row in weight])
    table = np.concatenate(
        [within * (types == kind) for kind in range(types.max() + 1)]
    )  # row = kind * G + tier
    fresh = ~e.repeat
    group = types[e.item[fresh] - 1] * len(tiers) + e.tier[fresh]
    return chi_square(group, e.item[fresh] - 1, table)


# --- Outcomes ---


def _away(e, world, sim):
    tiers = [tier.name for tier in world.tiers]
    return np.abs(e.tier - np.r_[-1, sim.products["price_tier"].map(tiers.index)][e.item])


@law
def carts_follow_persona_tier_and_step(e, world, sim):
    last = np.array([len(mission.steps) - 1 for mission in world.missions])[e.mission]
    lateness = np.where(last > 0, e.step / np.maximum(last, 1), 0)
    factor = np.where(
        e.distraction, world.distraction_cart_factor, 1 + world.late_step_lift * lateness
    )
    away = _away(e, world, sim)
    rate = np.array([persona.cart_rate for persona in world.personas])[e.persona]
    group = (e.persona * len(world.tiers) + away) * 20 + e.step + 1
    return coin_flips(
        group, e.outcome > 0, rate * np.array(world.outcome_tier_match)[away] * factor
    )


@law
def carts_are_bought_at_one_rate(e, world, sim):
    carted = e.outcome > 0
    return coin_flips(
        e.persona[carted], e.outcome[carted] == 1, np.full(carted.sum(), world.bought_per_cart)
    )


# --- Time ---


def _floored_exponential(values, group, means, limit=np.inf) -> float:
    """Test that `values` are floor(Exp(mean of the group)), and `limit` where that is more."""
    edges = np.unique(np.floor(np.outer(means, -np.log1p(-np.linspace(0, 0.995, 20)))))
    edges = np.append(edges[edges < limit], limit)  # what is cut off at the limit gathers there
    over = np.concatenate(  # P(value >= edge), for edge 0 and all others
        [np.exp(-edges / np.array(means)[:, None]), np.zeros((len(means), 1))], axis=1
    )
    return chi_square(
        group, np.searchsorted(edges, values, side="right") - 1, over[:, :-1] - over[:, 1:]
    )


@law
def clicks_of_a_session_are_seconds_apart(e, world, sim):
    now = np.flatnonzero(~e.opens)
    limit = int(world.session_timeout_minutes * 60)
    wait = e.time[now] - e.time[now - 1]
    if wait.min() < 1 or wait.max() > limit:
        return 0.0
    return _floored_exponential(
        wait - 1, e.persona[now], [p.seconds_between_clicks for p in world.personas], limit - 1
    )


@law
def sessions_are_days_apart(e, world, sim):
    now = np.flatnonzero(e.opens)
    before = np.where(e.first[now], int(world.start.timestamp()), e.time[now - 1])
    pause = e.time[now] - before - int(world.session_timeout_minutes * 60) - 1
    if pause.min() < 0:
        return 0.0
    return _floored_exponential(
        pause, e.persona[now], [p.days_between_sessions * 86400 for p in world.personas]
    )
