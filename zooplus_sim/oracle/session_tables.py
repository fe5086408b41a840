"""The part of a world that decides on product types, laid out for the oracle's session filter.

Axis letters: Q pairs (persona, mission) that occur, P personas, T types, K steps of the longest
mission, B batch.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from zooplus_sim.world.tables import WorldTables
from zooplus_sim.world.world import World


@dataclass(frozen=True, kw_only=True, eq=False)
class SessionTables:
    """The part of a world that decides on product types, by pair (persona, mission).

    world:            its constants
    persona:          (Q,) persona of the pair; pairs are sorted by persona
    first_pair:       (P,) where each persona's pairs begin
    mission:          (Q,) mission of the pair
    first:            (Q,) P(mission | persona, first session)
    next:             (Q, Q) [new, old]: P(new mission | persona, old mission) if every mission may
                      begin, 0 between personas
    requires:         (Q,) bit mask of the types that the mission requires
    required_bit:     (T,) the bit of the type, 0 for a type that no mission requires
    all_steps:        (Q,) bit mask of the mission's steps
    steps:            (Q, K) product type of each step, -1 past the mission's end
    step_of_type:     (T, Q) the step that the type is in the mission, K if it is none
    visit:            (T, Q) bit mask of all steps but that one
    step_probability: (K + 1, 2 ** K) P(step | steps left); the last row, "no such step", is 0
    taste:            (T, P) P(type | persona, distraction)
    """

    world: World
    persona: np.ndarray
    first_pair: np.ndarray
    mission: np.ndarray
    first: np.ndarray
    next: np.ndarray
    requires: np.ndarray
    required_bit: np.ndarray
    all_steps: np.ndarray
    steps: np.ndarray
    step_of_type: np.ndarray
    visit: np.ndarray
    step_probability: np.ndarray
    taste: np.ndarray

    @classmethod
    def build(cls, world: World, tables: WorldTables) -> SessionTables:
        """Lay out the tables of a world; a pair that never occurs is left out."""
        occurs = (tables.first_mission > 0) | (tables.next_mission > 0).any(1)  # (P, M)
        persona, mission = np.nonzero(occurs)
        n_steps = tables.steps.shape[1]
        step = tables.step_of_type[mission].T  # (T, Q), -1 if none
        old, new = mission[None, :], mission[:, None]
        new_mission = tables.next_mission[persona[None, :], old, new]  # (Q new, Q old)
        return cls(
            world=world,
            persona=persona,
            first_pair=np.searchsorted(persona, np.arange(len(occurs))),
            mission=mission,
            first=tables.first_mission[persona, mission],
            next=np.where(persona[:, None] == persona, new_mission, 0.0),
            requires=tables.requires[mission],
            required_bit=tables.required_bit,
            all_steps=tables.all_steps[mission],
            steps=tables.steps[mission],
            step_of_type=np.where(step < 0, n_steps, step),
            visit=np.where(step < 0, -1, ~(1 << np.maximum(step, 0))),
            step_probability=np.pad(tables.step_probability.T, ((0, 1), (0, 0))),
            taste=tables.taste.T,
        )

    def type_chance(self, kind: np.ndarray, pair: np.ndarray, left: np.ndarray) -> np.ndarray:
        """P(the next click is of type `kind` | pair, steps left).

        kind: product types
        pair: numbers of pairs
        left: steps left, bit masks; the three broadcast to (...)

        Returns (...).
        """
        eps = self.world.distraction
        cell = left + self.step_of_type[kind, pair] * self.step_probability.shape[1]
        chance = self.step_probability.ravel().take(cell)
        chance *= 1 - eps
        chance += eps * self.taste[kind, self.persona[pair]]
        return chance

    def after_end(self, ended: np.ndarray, owned: np.ndarray) -> np.ndarray:
        """What the next click opens, if these sessions have ended: P(next mission | ...) @ ended.

        ended: (Q, B) weights of pairs whose session has ended
        owned: (B,) required types clicked so far, bit masks

        Returns (Q, B) weights of pairs whose session opens.
        """
        if not self.requires.any():
            return self.next @ ended
        may_begin = self._may_begin(owned)
        return may_begin * (self.next @ _share(ended, self.next.T @ may_begin))

    def before_open(self, value: np.ndarray, owned: np.ndarray) -> np.ndarray:
        """What is expected after a session's end, if opening each pair has this value.

        value: (Q, B) by the pair whose session opens
        owned: as above

        Returns (Q, B), by the pair whose session has ended; 0 where that cannot be.
        """
        if not self.requires.any():
            return self.next.T @ value
        may_begin = self._may_begin(owned)
        return _share(self.next.T @ (may_begin * value), self.next.T @ may_begin)

    def _may_begin(self, owned: np.ndarray) -> np.ndarray:
        """(Q, B) 1.0 where nothing that the mission requires is missing."""
        return ((self.requires[:, None] & ~owned) == 0).astype(float)

    def by_persona(self, values: np.ndarray) -> np.ndarray:
        """(Q, B) -> (P, B), summed over a persona's pairs."""
        return np.add.reduceat(values, self.first_pair, axis=0)


def _share(value: np.ndarray, total: np.ndarray) -> np.ndarray:
    """value / total, 0 where the total is 0."""
    return np.divide(value, total, out=np.zeros_like(value), where=total > 0)
