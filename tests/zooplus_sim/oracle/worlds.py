"""A shop small enough to enumerate, with every collision that the story allows."""

from __future__ import annotations

import numpy as np

from tests.zooplus_sim.worlds import corner_shop
from zooplus_sim import Journeys, World
from zooplus_sim.world.parts import Mission, Persona, ProductType, Tier


def tiny_shop() -> World:
    """Two personas, two tiers, four types; three missions that overlap with each other and with the
    distractions, one of them longer than a session may be, one of a single step; a memory of two
    clicks.
    """
    return corner_shop().replace(
        name="Tiny shop",
        tier_match=(1.0, 0.2),
        outcome_tier_match=(1.0, 0.4),
        habit_memory=2,
        max_session_length=3,
        tiers=[Tier(name="low", price_factor=0.5), Tier(name="high", price_factor=2.0)],
        product_types=[
            ProductType(name=name, category=category, species="dog", price=5.0)
            for name, category in (
                ("Kibble", "Food"),
                ("Tin", "Food"),
                ("Ball", "Toy"),
                ("Lead", "Walk"),
            )
        ],
        missions=[
            Mission(name="refill", steps=["Tin"]),
            Mission(name="play", steps=["Ball", "Tin"]),
            Mission(name="move_in", steps=["Lead", "Kibble", "Ball", "Tin"]),
        ],
        personas=[
            Persona(
                name="walker",
                click_probability={"Food": 0.3, "Walk": 0.6},
                tiers={"low": 0.3, "high": 0.7},
                first_mission={"move_in": 0.9, "play": 0.1},
                next_mission={
                    "move_in": {"refill": 0.5, "play": 0.5},
                    "play": {"move_in": 0.6, "refill": 0.4},
                    "refill": {"move_in": 1.0},
                },
                cart_rate=0.3,
                seconds_between_clicks=40,
                days_between_sessions=0.5,
            ),
            Persona(
                name="collector",
                click_probability={"Toy": 0.9, "Food": 0.05},
                tiers={"low": 0.8, "high": 0.2},
                first_mission={"play": 1.0},
                next_mission={"play": {"play": 0.6, "refill": 0.4}, "refill": {"play": 1.0}},
                cart_rate=0.5,
                seconds_between_clicks=90,
                days_between_sessions=3,
            ),
        ],
    )


def as_histories(journeys: Journeys, column: str = "item_id") -> np.ndarray:
    """(users, length) of one column of a log in which all users have as many clicks."""
    log = journeys.interactions
    return log[column].to_numpy().reshape(log["user_id"].nunique(), -1).copy()
