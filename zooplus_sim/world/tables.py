"""The world as arrays: names become indices, in the order in which the world lists them.

What draws (`journeys`) and what infers (the oracle) read the same tables, so they cannot tell
different stories.
Axis letters: P personas, M missions, T product types, G price tiers, K steps of the longest
mission, J = products + 1, N product types that some mission requires.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from zooplus_sim.world.world import World


@dataclass(frozen=True, kw_only=True, eq=False)
class WorldTables:
    """Probabilities of the generative story. Every row that is a distribution sums to 1.

    tier_prior:         (P, G) P(tier | persona)
    first_mission:      (P, M) P(mission | persona, first session)
    next_mission:       (P, M, M) P(mission | persona, previous mission), if every mission may
                        begin; zeros where the previous can't occur
    required:           (N,) product types that some mission requires
    requires:           (M,) bit mask: bit n = the mission requires the n-th of these
    required_bit:       (T,) the bit of the type, 0 for a type that no mission requires
    steps:              (M, K) product type of each step, -1 past the mission's end
    step_of_type:       (M, T) the step that the type is in the mission, -1 if it is none
    step_probability:   (2 ** K, K) P(step | steps that are left, as a bit mask: bit k = step k is
                        left)
    taste:              (P, T) P(type | persona, distraction)
    type_of_product:    (J,) product type, -1 for the padding id 0
    tier_of_product:    (J,) price tier, -1 for the padding id 0
    product_popularity: (G, J) P(product | its type, tier of the shopper, no habit); sums to 1 in a
                        type
    cart_rate:          (P,) P(outcome > 0 | first step, product of the shopper's own tier)
    tier_cart_factor:   (G, G) times this, by tier of the shopper and tier of the product
    step_cart_factor:   (M, K) times this, by step; a distraction has
                        world.distraction_cart_factor instead
    exposure_click:     (P, J) P(click | product shown out of the blue), 0 for the padding id 0
    """

    tier_prior: np.ndarray
    first_mission: np.ndarray
    next_mission: np.ndarray
    required: np.ndarray
    requires: np.ndarray
    required_bit: np.ndarray
    steps: np.ndarray
    step_of_type: np.ndarray
    step_probability: np.ndarray
    taste: np.ndarray
    type_of_product: np.ndarray
    tier_of_product: np.ndarray
    product_popularity: np.ndarray
    cart_rate: np.ndarray
    tier_cart_factor: np.ndarray
    step_cart_factor: np.ndarray
    exposure_click: np.ndarray

    @property
    def all_steps(self) -> np.ndarray:
        """(M,) bit mask with every step of the mission left."""
        return (1 << (self.steps >= 0).sum(1)) - 1


def build_tables(world: World, products: pd.DataFrame) -> WorldTables:
    """Turn a world and its catalogue (see `build_catalogue`) into arrays."""
    mission_names = [mission.name for mission in world.missions]
    type_names = [kind.name for kind in world.product_types]
    tier_names = [tier.name for tier in world.tiers]
    n_missions = len(mission_names)
    n_types = len(type_names)
    n_tiers = len(tier_names)

    def row(probabilities, names):
        return [float(probabilities.get(name, 0.0)) for name in names]

    next_mission = np.zeros((len(world.personas), n_missions, n_missions))
    for p, persona in enumerate(world.personas):
        for previous, probabilities in persona.next_mission.items():
            next_mission[p, mission_names.index(previous)] = row(probabilities, mission_names)

    lengths = [len(mission.steps) for mission in world.missions]
    steps = np.full((n_missions, max(lengths)), -1)
    step_of_type = np.full((n_missions, n_types), -1)
    step_cart_factor = np.zeros(steps.shape)
    for m, mission in enumerate(world.missions):
        steps[m, : lengths[m]] = [type_names.index(step) for step in mission.steps]
        step_of_type[m, steps[m, : lengths[m]]] = np.arange(lengths[m])
        step_cart_factor[m, : lengths[m]] = 1 + world.late_step_lift * np.linspace(0, 1, lengths[m])

    names = sorted({name for mission in world.missions for name in mission.requires})
    required = np.array([type_names.index(name) for name in names], dtype=np.int64)
    required_bit = np.zeros(n_types, dtype=np.int64)
    required_bit[required] = 1 << np.arange(len(required))
    requires = np.array(
        [
            sum(int(required_bit[type_names.index(name)]) for name in mission.requires)
            for mission in world.missions
        ]
    )
    first_mission = np.array(
        [row(persona.first_mission, mission_names) for persona in world.personas]
    )
    if len(required):
        # At the start nothing has been clicked.
        first_mission *= requires == 0
        first_mission /= first_mission.sum(1, keepdims=True)

    categories = [kind.category for kind in world.product_types]
    unlisted = world.unlisted_click_probability
    tastes = [persona.click_probability for persona in world.personas]
    click = np.array([[t.get(name, unlisted) for name in categories] for t in tastes])  # (P, T)
    kind = products["product_type"].map(type_names.index).to_numpy()
    tier = products["price_tier"].map(tier_names.index).to_numpy()
    distance = np.abs(np.arange(n_tiers)[:, None] - np.arange(n_tiers))  # (G, G)
    match = np.array(world.tier_match)[distance[:, tier]]  # (G, n_products)
    popularity = products["popularity"].to_numpy() * match
    for g in range(n_tiers):
        popularity[g] /= np.bincount(kind, weights=popularity[g], minlength=n_types)[kind]

    def padded(values, fill):
        """With a place for the padding id 0 in front of the last axis."""
        front = np.full((*values.shape[:-1], 1), fill, values.dtype)
        return np.concatenate([front, values], axis=-1)

    return WorldTables(
        tier_prior=np.array([row(persona.tiers, tier_names) for persona in world.personas]),
        first_mission=first_mission,
        next_mission=next_mission,
        required=required,
        requires=requires,
        required_bit=required_bit,
        steps=steps,
        step_of_type=step_of_type,
        step_probability=step_probabilities(_bits(steps.shape[1]), world.order),
        taste=click / click.sum(1, keepdims=True),
        type_of_product=padded(kind, -1),
        tier_of_product=padded(tier, -1),
        product_popularity=padded(popularity, 0.0),
        cart_rate=np.array([persona.cart_rate for persona in world.personas]),
        tier_cart_factor=np.array(world.outcome_tier_match)[distance],
        step_cart_factor=step_cart_factor,
        exposure_click=padded(click[:, kind], 0.0),
    )


def step_probabilities(left: np.ndarray, order: float) -> np.ndarray:
    """Which step of a mission comes next? One that is left, k in proportion to exp(-order * k).

    That is Plackett-Luce, without replacement.

    left:  (..., K) bool, True for steps not yet visited
    order: 0 treats all that are left alike, larger is stricter

    Returns (..., K) probabilities; all 0 where nothing is left.
    """
    # Relative to the first step left: no underflow, however strict the order.
    first = left.argmax(-1)[..., None]
    weight = np.where(left, np.exp(-order * np.maximum(np.arange(left.shape[-1]) - first, 0)), 0.0)
    # The first step left weighs 1: so the sum is 0, or 1 and more.
    return weight / np.maximum(weight.sum(-1, keepdims=True), 1.0)


def _bits(n: int) -> np.ndarray:
    """(2 ** n, n) bool: row i holds the bits of i, the lowest first."""
    return (np.arange(2**n)[:, None] >> np.arange(n)) & 1 == 1
