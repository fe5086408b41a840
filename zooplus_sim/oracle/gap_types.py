"""What the product types around a gap say of the type in the gap.

Before the gap: the session filter. After it: `opening[t]`, the likelihood of the clicks from t on
if click t opens a session, is the same for all candidates; it is found from the last click
backwards. A candidate matters only to the session around the gap, and to that only by the step that
it takes off the steps left. So each state (pair, start) alive at the gap is followed to its
session's end once per step that it has left, plus once for "none of these".

Axis letters: S starts, Q pairs (persona, mission), P personas, T types, K steps, A clicks after the
gap, X states, B batch.
"""

from __future__ import annotations

import numpy as np

from zooplus_sim.oracle.session_filter import SessionFilter, SessionTables


def log_type_likelihood(
    state: SessionFilter, kinds: np.ndarray, n_clicks: np.ndarray
) -> np.ndarray:
    """log P(persona, all types with k in the gap), up to a constant per history.

    state:    the filter just before the gap
    kinds:    (A, B) types after it
    n_clicks: (B,) how many of them are clicks

    Returns (P, T, B).
    """
    t = state.tables
    continuation = t.world.continuation
    future = _Future(t, kinds, n_clicks)

    slot, pair, row = np.nonzero(state.weight)
    open_pair, open_row = np.nonzero(state.opening)
    opening = state.opening[open_pair, open_row]
    weight = np.concatenate([state.weight[slot, pair, row], opening])  # (X,)
    left = np.concatenate([state.left[slot, pair, row], t.all_steps[open_pair]])
    age = np.concatenate([state.age()[slot], np.zeros_like(open_pair)])
    pair = np.concatenate([pair, open_pair])
    row = np.concatenate([row, open_row])

    n_types = t.step_of_type.shape[0]
    n_steps = t.steps.shape[1]
    # The steps that the gap may take; the last column is for none of them.
    takes = (left[:, None] >> np.arange(n_steps + 1)) & 1 == 1  # (X, K + 1)
    takes[:, n_steps] = True
    x, step = np.nonzero(takes)
    left_after = left[x] & ~(1 << step)
    age_after = age[x] + 1
    over = (left_after == 0) | (age_after >= t.world.max_session_length)
    stays = np.where(over, 0.0, continuation)
    value = (1 - stays) * future.opening[0, pair[x], row[x]]
    goes_on = np.flatnonzero(stays)
    on = x[goes_on]
    value[goes_on] += stays[goes_on] * future.session(
        0, row[on], pair[on], left_after[goes_on], age_after[goes_on]
    )
    worth = np.empty(takes.shape)  # (X, K + 1) likelihood of what follows
    worth[:] = value[step == n_steps][:, None]
    worth[x, step] = value

    n_personas = len(t.first_pair)
    batch = kinds.shape[1]
    total = np.empty((n_personas, n_types, batch))
    cell = t.persona[pair] * batch + row
    state_number = np.arange(len(pair))
    for kind in range(n_types):
        chance = t.type_chance(np.array(kind), pair, left)
        mass = weight * chance * worth[state_number, t.step_of_type[kind, pair]]
        mass = np.bincount(cell, mass, minlength=n_personas * batch)
        total[:, kind] = mass.reshape(n_personas, batch)
    with np.errstate(divide="ignore"):
        return np.log(total) + (state.log_evidence + np.log(future.scale).sum(0))[:, None]


class _Future:
    """The likelihood of the types after the gap, by who opens or continues a session there.

    kinds:    (A, B) types of the clicks, anything past a history's end
    n_clicks: (B,) clicks of each history

    opening: (A + 1, Q, B) P(types of the clicks t .. | the pair's session has just ended), divided
             by the product of scale[t:]; 1 where no click is left
    scale:   (A, P, B), such that a persona's largest is 1 and none underflows
    """

    def __init__(self, tables: SessionTables, kinds: np.ndarray, n_clicks: np.ndarray):
        self.tables = tables
        self.kinds = kinds
        self.n_clicks = n_clicks
        ends, self.scale = self._session_ends()
        n_after = len(kinds)
        n_starts = ends.shape[1]
        self.opening = np.ones((n_after + 1, *ends.shape[2:]))
        # What `opening` is divided by.
        log_size = np.zeros((n_after + 1, *self.scale.shape[1:]))  # (A + 1, P, B)
        for column in reversed(range(n_after)):
            later = slice(column + 1, column + 1 + n_starts)
            size = np.exp(log_size[later] - log_size[column + 1])[:, tables.persona]
            end = ends[column : column + n_starts, column % n_starts]
            # If a session of q opens here.
            value = np.einsum("uqb,uqb,uqb->qb", end, self.opening[later], size)
            largest = np.maximum.reduceat(value, tables.first_pair, axis=0)  # (P, B)
            largest[largest == 0] = 1.0
            over = n_clicks <= column
            largest[:, over] = 1.0
            self.scale[column][:, over] = 1.0
            value = tables.next.T @ (value / largest[tables.persona])
            self.opening[column] = np.where(over, 1.0, value)
            self.scale[column] *= largest
            log_size[column] = log_size[column + 1] + np.log(largest)

    def _session_ends(self) -> tuple[np.ndarray, np.ndarray]:
        """P(types of s .. u, and it ends with click u), if a session of q opened at click s.

        The last click ends every session.

        Returns ends (A, S, Q, B), by u and s % S, divided by the product of scale[s : u + 1]; and
        scale (A, P, B), about the probability of a type.
        """
        t = self.tables
        world = t.world
        n_after, batch = self.kinds.shape
        n_starts = max(1, min(world.max_session_length, n_after))
        weight = np.zeros((n_starts, len(t.persona), batch))
        left = np.zeros(weight.shape, dtype=np.int64)
        ends = np.empty((n_after, *weight.shape))
        scale = np.empty((n_after, len(t.first_pair), batch))
        pair = np.arange(len(t.persona))[:, None]
        for column, kind in enumerate(self.kinds):
            newest = column % n_starts
            weight[newest] = 1.0
            left[newest] = t.all_steps[:, None]
            before = t.by_persona(weight.sum(0))
            weight *= t.type_chance(kind, pair, left)
            left &= t.visit[kind, pair]
            scale[column] = t.by_persona(weight.sum(0)) / before
            scale[column][scale[column] == 0] = 1.0
            weight /= scale[column][t.persona]
            over = (left == 0) | (self.n_clicks == column + 1)
            if column + 1 >= world.max_session_length:
                over[(column + 1) % n_starts] = True
            stays = np.where(over, 0.0, world.continuation)
            np.multiply(weight, 1 - stays, out=ends[column])
            weight *= stays
        return ends, scale

    def session(
        self, column: int, row: np.ndarray, pair: np.ndarray, left: np.ndarray, age: np.ndarray
    ) -> np.ndarray:
        """P(types of the clicks from `column` on | a session goes on), over the product of scales.

        column: of the click that comes next
        row:    (X,) numbers of histories
        pair:   (X,) of the session
        left:   (X,) steps left, bit masks
        age:    (X,) clicks so far

        Returns (X,).
        """
        t = self.tables
        world = t.world
        value = np.zeros(len(row))
        state = np.arange(len(row))
        alive = np.ones(len(row))
        while len(state):
            finished = self.n_clicks[row] == column
            if finished.any():
                value[state[finished]] += alive[finished]
                state, row, pair, left, age, alive = (
                    a[~finished] for a in (state, row, pair, left, age, alive)
                )
                if not len(state):
                    break
            kind = self.kinds[column, row]
            chance = t.type_chance(kind, pair, left)
            alive = alive * chance / self.scale[column, t.persona[pair], row]
            left = left & t.visit[kind, pair]
            age = age + 1
            column += 1
            over = (left == 0) | (age >= world.max_session_length)
            stays = np.where(over, 0.0, world.continuation)
            value[state] += alive * (1 - stays) * self.opening[column, pair, row]
            alive *= stays
            going = alive > 0
            state, row, pair, left, age, alive = (
                a[going] for a in (state, row, pair, left, age, alive)
            )
        return value
