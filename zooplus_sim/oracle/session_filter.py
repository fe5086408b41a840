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
P(next mission | p, m, owned). *Owned* are the types clicked so far, of those that some mission
requires: they are seen, so that missions which wait for them add nothing hidden. At most
max_session_length starts are alive, so the cost of a click is constant. The sum of a persona's
weights before it is normalised is P(click's type | earlier types, p): its logarithms add up to
`log_evidence`.

Axis letters: S starts that can be alive at once, Q pairs (persona, mission) that occur, P personas,
T types, K steps of the longest mission, B batch. The batch is the last axis: every operation runs
over contiguous histories.
"""

from __future__ import annotations

import numpy as np

from zooplus_sim.oracle.session_tables import SessionTables


class SessionFilter:
    """The filter's state for B histories that are fed click by click.

    tables:    of the world
    log_prior: (P, B) log P(persona), -inf where a persona is ruled out
    n_clicks:  the most that will be fed

    weight:       (S, Q, B) of the sessions that go on
    opening:      (Q, B) of those that the next click opens; the two sum to 1 over a persona's pairs
                  (to 0 once the persona is impossible)
    left:         (S, Q, B) steps left, bit masks
    owned:        (B,) required types clicked so far, bit masks
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
        self.owned = np.zeros(batch, dtype=np.int64)
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
        self.owned |= t.required_bit[kind]
        self.opening = t.after_end(ended, self.owned)
        self.weight *= world.continuation

        padding = ~real
        if padding.any():
            self.weight[:, :, padding] = 0.0
            self.opening[:, padding] = t.first[:, None]
            self.owned[padding] = 0
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
