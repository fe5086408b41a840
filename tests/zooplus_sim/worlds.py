"""Worlds to test with: a small shop with every part of the story in it, and random ones."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

from hypothesis import assume
from hypothesis import strategies as st

from zooplus_sim import World, WorldError
from zooplus_sim.world.parts import Mission, Persona, ProductType, Tier


def corner_shop() -> World:
    """Three personas (one of a single tier), missions of 1, 2 and 5 steps that overlap, a category
    nobody lists.
    """
    return World(
        name="Corner shop",
        popularity_exponent=0.8,
        popularity_cutoff=0.7,
        tier_match=(1.0, 0.4, 0.1),
        distraction=0.3,
        order=0.6,
        habit=0.7,
        habit_memory=3,
        continuation=0.85,
        max_session_length=4,
        outcome_tier_match=(1.0, 0.7, 0.4),
        late_step_lift=0.8,
        distraction_cart_factor=0.5,
        bought_per_cart=0.4,
        unlisted_click_probability=0.02,
        start=datetime(2025, 3, 1, tzinfo=UTC),
        session_timeout_minutes=2,
        tiers=tuple(
            Tier(name=name, price_factor=factor)
            for name, factor in (("low", 0.5), ("middle", 1.0), ("high", 2.0))
        ),
        product_types=tuple(
            ProductType(name=name, category=category, species=species, price=price)
            for name, category, species, price in (
                ("Kibble", "Food", "dog", 20.0),
                ("Tin", "Food", "cat", 2.0),
                ("Ball", "Toy", "dog", 5.0),
                ("Mouse", "Toy", "cat", 3.0),
                ("Brush", "Care", "dog", 8.0),
                ("Lead", "Walk", "dog", 12.0),
                ("Bell", "Walk", "cat", 4.0),
            )
        ),
        missions=tuple(
            Mission(name=name, steps=steps)
            for name, steps in (
                ("refill", ("Kibble",)),
                ("play", ("Ball", "Mouse")),
                ("move_in", ("Lead", "Kibble", "Brush", "Ball", "Bell")),
            )
        ),
        personas=(
            Persona(
                name="walker",
                click_probability={"Food": 0.3, "Toy": 0.2, "Walk": 0.5},
                tiers={"low": 0.5, "middle": 0.3, "high": 0.2},
                first_mission={"move_in": 0.9, "play": 0.1},
                next_mission={
                    "move_in": {"refill": 0.5, "play": 0.5},
                    "play": {"move_in": 0.7, "refill": 0.2, "play": 0.1},
                    "refill": {"move_in": 1.0},
                },
                cart_rate=0.3,
                seconds_between_clicks=40,
                days_between_sessions=0.5,
            ),
            Persona(
                name="collector",
                click_probability={"Toy": 0.9, "Food": 0.05},
                tiers={"high": 1.0},
                first_mission={"play": 1.0},
                next_mission={
                    "play": {"play": 0.6, "move_in": 0.4},
                    "move_in": {"play": 0.5, "move_in": 0.5},
                },
                cart_rate=0.5,
                seconds_between_clicks=90,
                days_between_sessions=3,
            ),
            Persona(
                name="saver",
                click_probability={"Food": 0.6},
                tiers={"low": 0.9, "middle": 0.1},
                first_mission={"refill": 0.5, "move_in": 0.5},
                next_mission={
                    "refill": {"refill": 0.3, "move_in": 0.7},
                    "move_in": {"refill": 0.6, "move_in": 0.4},
                },
                cart_rate=0.1,
                seconds_between_clicks=10,
                days_between_sessions=10,
            ),
        ),
    )


@st.composite
def distributions(draw, names):
    """A table name -> probability over some of the names."""
    chosen = draw(st.lists(st.sampled_from(names), min_size=1, unique=True))
    weights = [draw(st.integers(0, 5)) for _ in chosen]
    weights[0] += 1
    return {name: weight / sum(weights) for name, weight in zip(chosen, weights, strict=True)}


def with_memory(world: World, requires: dict[str, list[str]]) -> World:
    """The world with missions that wait for product types: mission -> types."""
    missions = [
        replace(mission, requires=requires.get(mission.name, ())) for mission in world.missions
    ]
    return world.replace(missions=missions)


@st.composite
def worlds_with_memory(draw):
    """Worlds as `worlds` draws them, in which a mission or more waits for product types."""
    world = draw(worlds())
    types = [kind.name for kind in world.product_types]
    choice = st.lists(st.sampled_from(types), max_size=2, unique=True)
    free = [draw(st.sampled_from(persona_missions(persona))) for persona in world.personas]
    requires = {
        mission.name: draw(choice) for mission in world.missions if mission.name not in free
    }
    assume(any(requires.values()))
    # After each mission there is one that waits for nothing.
    personas = [
        replace(
            persona,
            next_mission={
                previous: {
                    name: row.get(name, 0.0) * 0.7 + 0.3 * (name == always)
                    for name in row.keys() | {always}
                }
                for previous, row in persona.next_mission.items()
            },
        )
        for persona, always in zip(world.personas, free, strict=True)
    ]
    try:
        return with_memory(world.replace(personas=personas), requires)
    except WorldError as error:
        assume("no one could ever start it" not in str(error))
        raise


def persona_missions(persona: Persona) -> list[str]:
    """The missions that a persona may begin with."""
    return [name for name, chance in persona.first_mission.items() if chance > 0]


@st.composite
def worlds(draw):
    """Small random worlds, corner cases included:

    one of anything, no habit, nothing but distraction, strict order.
    """
    tiers = [f"tier {n}" for n in range(draw(st.integers(1, 3)))]
    types = [f"type {n}" for n in range(draw(st.integers(1, 6)))]
    categories = [f"category {n}" for n in range(draw(st.integers(1, 3)))]
    kinds = [
        ProductType(
            name=name, category=draw(st.sampled_from(categories)), species="dog", price=10.0
        )
        for name in types
    ]
    used = sorted({kind.category for kind in kinds})
    missions = [
        Mission(
            name=f"mission {n}",
            steps=draw(st.lists(st.sampled_from(types), min_size=1, unique=True)),
        )
        for n in range(draw(st.integers(1, 4)))
    ]
    names = [mission.name for mission in missions]
    personas = [
        Persona(
            name=f"persona {n}",
            click_probability={
                category: draw(st.sampled_from([0.1, 0.5, 1.0])) for category in used[:2]
            },
            tiers=draw(distributions(tiers)),
            first_mission=draw(distributions(names)),
            next_mission={name: draw(distributions(names)) for name in names},
            cart_rate=draw(st.sampled_from([0.0, 0.2, 0.5])),
            seconds_between_clicks=draw(st.sampled_from([0.5, 30, 500])),
            days_between_sessions=draw(st.sampled_from([0.01, 2, 30])),
        )
        for n in range(draw(st.integers(1, 3)))
    ]
    return World(
        name="random",
        popularity_exponent=draw(st.sampled_from([0.0, 0.7, 2.0])),
        popularity_cutoff=draw(st.sampled_from([0.2, 1.0, 100.0])),
        tier_match=[1.0, 0.3, 0.1][: len(tiers)],
        distraction=draw(st.sampled_from([0.0, 0.2, 0.6, 1.0])),
        order=draw(st.sampled_from([0.0, 0.5, 3.0, 50.0])),
        habit=draw(st.sampled_from([0.0, 0.5, 10.0])),
        habit_memory=draw(st.integers(1, 4)),
        continuation=draw(st.sampled_from([0.0, 0.5, 0.9, 1.0])),
        max_session_length=draw(st.integers(1, 8)),
        outcome_tier_match=[1.0, 0.5, 0.0][: len(tiers)],
        late_step_lift=draw(st.sampled_from([0.0, 1.0])),
        distraction_cart_factor=draw(st.sampled_from([0.0, 0.4])),
        bought_per_cart=draw(st.sampled_from([0.0, 0.3, 1.0])),
        unlisted_click_probability=draw(st.sampled_from([0.0, 0.01])),
        start=datetime(2024, 1, 1, tzinfo=UTC),
        session_timeout_minutes=draw(st.sampled_from([1, 30])),
        tiers=[Tier(name=name, price_factor=1.0) for name in tiers],
        product_types=kinds,
        missions=missions,
        personas=personas,
    )
