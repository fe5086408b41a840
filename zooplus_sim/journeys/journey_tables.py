"""A shop's tables laid out for drawing, and who its shoppers are."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from zooplus_sim.journeys.alias import AliasTables
from zooplus_sim.keyed_random import Channel, stream_keys, uniform
from zooplus_sim.world.tables import WorldTables
from zooplus_sim.world.world import World


@dataclass(frozen=True, kw_only=True, eq=False)
class JourneyTables:
    """The tables of one shop, laid out for drawing.

    world:   the shop's constants
    tables:  its probabilities
    mission: row p * (M + 1) + (1 + previous mission, or 0 in the first session) -> mission
    chance:  (M, P * (M + 1)) the same as probabilities, column by column
    step:    row = bit mask of the steps left -> step
    taste:   row = persona -> product type
    product: row = tier * T + type -> product id
    """

    world: World
    tables: WorldTables
    mission: AliasTables
    chance: np.ndarray
    step: AliasTables
    taste: AliasTables
    product: AliasTables

    @classmethod
    def build(cls, world: World, tables: WorldTables) -> JourneyTables:
        """Lay out the tables of a world and its catalogue."""
        n_tiers = len(world.tiers)
        by_mission = (tables.first_mission[:, None], tables.next_mission)
        missions = np.concatenate(by_mission, axis=1).reshape(-1, len(world.missions))
        kinds = tables.type_of_product[1:]
        by_type = 1 + np.argsort(kinds, kind="stable")  # product ids, type after type
        variants = np.bincount(kinds, minlength=len(world.product_types))
        return cls(
            world=world,
            tables=tables,
            mission=_alias(missions),
            chance=np.ascontiguousarray(missions.T),
            step=_alias(tables.step_probability),
            taste=_alias(tables.taste),
            product=AliasTables(
                tables.product_popularity[:, by_type].ravel(),
                np.tile(variants, n_tiers),
                np.tile(by_type, n_tiers),
            ),
        )


def _alias(probability: np.ndarray) -> AliasTables:
    return AliasTables(probability.ravel(), np.full(len(probability), probability.shape[1]))


def user_traits(
    world: World, tables: WorldTables, seed: int, users: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """Persona and tier of each user, fixed by the seed of the *shop*.

    users: (U,) ids

    Returns two (U,) int arrays.
    """
    keys = stream_keys(seed, Channel.WORLD, users)
    persona = (uniform(keys, 0) * len(world.personas)).astype(np.int64)
    tier = _alias(tables.tier_prior).draw(persona, uniform(keys, 1))
    return persona, tier
