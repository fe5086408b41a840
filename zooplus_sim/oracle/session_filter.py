"""The oracle's forward filter over (persona, mission, start of the current session).

After t clicks a shopper of persona p is in one of two situations, each with its weight:

- the session goes on: `weight[s, q]`, where the pair q is (p, mission m) and the session began at
  click s. Its visited types are those of the clicks s .. t - 1, so the steps left are known once m
  and s are: `left[s, q]`, a bit mask.
- the session has ended, and the next click opens one with mission m: `opening[q]`.

A click of type k multiplies each weight by

    (1 - eps) * step_probability[left, step of k in m] + eps * taste[p, k],

takes the step of k off `left`, and then splits the weight: all of it ends if nothing is left or the
session has max_session_length clicks, otherwise a share 1 - c does; what ends moves to `opening` by
P(next mission | p, m). At most max_session_length starts are alive, so the cost of a click is
constant. The sum of a persona's weights before it is normalised is P(click's type | earlier types,
p): its logarithms add up to `log_evidence`.

Axis letters: S starts that can be alive at once, Q pairs (persona, mission) that occur, P personas,
T types, K steps of the longest mission, B batch. The batch is the last axis: every operation runs
over contiguous histories.
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
    next:             (Q, Q) [new, old]: P(new mission | persona, old mission), 0 between personas
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

    def by_persona(self, values: np.ndarray) -> np.ndarray:
        """(Q, B) -> (P, B), summed over a persona's pairs."""
        return np.add.reduceat(values, self.first_pair, axis=0)


class SessionFilter:
    """The filter's state for B histories that are fed click by click.

    tables:    of the world
    log_prior: (P, B) log P(persona), -inf where a persona is ruled out
    n_clicks:  the most that will be fed

    weight:       (S, Q, B) of the sessions that go on
    opening:      (Q, B) of those that the next click opens; the two sum to 1 over a persona's pairs
                  (to 0 once the persona is impossible)
    left:         (S, Q, B) steps left, bit masks
    log_evidence: (P, B) log P(persona, types so far) up to a constant per history: the largest is 0
    """

    def __init__(self, tables: SessionTables, log_prior: np.ndarray, n_clicks: int):
        self.tables = tables
        self.log_prior = log_prior
        n_starts = min(tables.world.max_session_length, max(n_clicks, 1))
        batch = log_prior.shape[1]
        self.weight = np.zeros((n_starts, len(tables.persona), batch))
        self.left = np.zeros(self.weight.shape, dtype=np.int64)
        self.opening = np.repeat(tables.first[:, None], batch, axis=1)
        self.log_evidence = log_prior.copy()
        self.clicks = 0  # fed so far; a session that began at click s is in slot s % S

    def observe(self, kind: np.ndarray, real: np.ndarray, opens: np.ndarray | None = None) -> None:
        """Take in one click of each history.

        A history that is impossible has NaN in `log_evidence` from then on.

        kind:  (B,) product types
        real:  (B,) bool, False where the history has not begun yet: its state stays the prior
        opens: (B,) bool, True where the click is known to open a session and False where it is
               known not to; None if nothing is known
        """
        t = self.tables
        world = t.world
        n_starts = len(self.weight)
        newest = self.clicks % n_starts
        if opens is not None:
            self.opening *= opens
            self.weight *= ~opens
        self.weight[newest] = self.opening
        self.left[newest] = t.all_steps[:, None]

        pair = np.arange(len(t.persona))[:, None]
        self.weight *= t.type_chance(kind, pair, self.left)
        self.left &= t.visit[kind, pair]

        evidence = t.by_persona(self.weight.sum(0))  # (P, B)
        with np.errstate(divide="ignore", invalid="ignore"):
            self.weight *= np.where(evidence > 0, 1 / evidence, 0.0)[t.persona]
            self.log_evidence += np.log(evidence)
            self.log_evidence -= self.log_evidence.max(0)

        done = self.left == 0
        if self.clicks + 1 >= world.max_session_length:
            done[(self.clicks + 1) % n_starts] = True  # began max_session_length clicks ago
        ended = np.where(done, self.weight, 0.0)  # (S, Q, B)
        self.weight -= ended
        ended = ended.sum(0) + (1 - world.continuation) * self.weight.sum(0)
        self.opening = t.next @ ended
        self.weight *= world.continuation

        padding = ~real
        if padding.any():
            self.weight[:, :, padding] = 0.0
            self.opening[:, padding] = t.first[:, None]
            self.log_evidence[:, padding] = self.log_prior[:, padding]
        self.clicks += 1

    def age(self) -> np.ndarray:
        """(S,) how many clicks the session of each slot has had, if there is one."""
        n_starts = len(self.weight)
        return (self.clicks - 1 - np.arange(n_starts)) % n_starts + 1

    def type_probabilities(
        self, step_factor: np.ndarray | None = None, distraction_factor: float = 1.0
    ) -> np.ndarray:
        """(P, T, B): P(type of the next click | persona, types so far).

        All 0 for a persona that is impossible. With factors, each way to click the type counts
        times its own.

        step_factor:        (Q, K) if the click is that step of that pair's mission
        distraction_factor: if it is a distraction
        """
        t = self.tables
        eps = t.world.distraction
        alive = self.log_evidence > -np.inf  # (P, B)
        total = eps * distraction_factor * t.taste.T[:, :, None] * alive[:, None]  # (P, T, B)
        for step, probability in enumerate(t.step_probability[:-1]):
            mass = np.einsum("sqb,sqb->qb", self.weight, probability.take(self.left))
            mass += self.opening * probability[t.all_steps][:, None]
            mass *= 1 - eps
            if step_factor is not None:
                mass *= step_factor[:, step, None]
            for pair in np.flatnonzero(t.steps[:, step] >= 0):
                total[t.persona[pair], t.steps[pair, step]] += mass[pair]
        return total
