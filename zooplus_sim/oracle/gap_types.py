"""What the product types around a gap say of the type in the gap.

Before the gap: the session filter. After it: `opening[t]`, the likelihood of the clicks from t on
if click t opens a session, is the same for all candidates; it is found from the last click
backwards. A candidate matters only to the session around the gap, and to that only by the step that
it takes off the steps left. So each state (pair, start) alive at the gap is followed to its
session's end once per step that it has left, plus once for "none of these".

In a world in which missions require types, a candidate of such a type matters to later sessions
too, where it is the shopper's first of the type: then the future is found once for each of these
types, and once for all others.

Axis letters: S starts, Q pairs (persona, mission), P personas, T types, K steps, A clicks after the
gap, X states, B batch.
"""

from __future__ import annotations

import numpy as np

from zooplus_sim.oracle.session_filter import SessionFilter
from zooplus_sim.oracle.session_tables import SessionTables


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
    log_total = np.empty((len(t.first_pair), len(t.step_of_type), kinds.shape[1]))
    states = _States(state)
    # Of the required types those that not every shopper had clicked before.
    news = t.required_bit & ~np.bitwise_and.reduce(state.owned)  # (T,)
    for bit in np.unique(news):
        future = _Future(t, kinds, n_clicks, state.owned | bit)
        log_size = state.log_evidence + np.log(future.scale).sum(0)  # (P, B)
        worth = states.worth(future)
        for kind in np.flatnonzero(news == bit):
            with np.errstate(divide="ignore"):
                log_total[:, kind] = np.log(states.mass(kind, worth)) + log_size
    return log_total


class _States:
    """The X states (pair, start of the session) of B histories that are alive at the gap.

    state: the filter just before the gap
    """

    def __init__(self, state: SessionFilter):
        self.tables = t = state.tables
        self.batch = state.opening.shape[1]
        slot, pair, row = np.nonzero(state.weight)
        open_pair, open_row = np.nonzero(state.opening)
        opening = state.opening[open_pair, open_row]
        self.weight = np.concatenate([state.weight[slot, pair, row], opening])  # (X,)
        self.left = np.concatenate([state.left[slot, pair, row], t.all_steps[open_pair]])
        self.age = np.concatenate([state.age()[slot], np.zeros_like(open_pair)])
        self.pair = np.concatenate([pair, open_pair])
        self.row = np.concatenate([row, open_row])

    def worth(self, future: _Future) -> np.ndarray:
        """(X, K + 1) likelihood of what follows, by the step that the gap takes.

        The last column is for none of the steps.
        """
        t = self.tables
        n_steps = t.steps.shape[1]
        takes = (self.left[:, None] >> np.arange(n_steps + 1)) & 1 == 1  # (X, K + 1)
        takes[:, n_steps] = True
        x, step = np.nonzero(takes)
        left_after = self.left[x] & ~(1 << step)
        age_after = self.age[x] + 1
        over = (left_after == 0) | (age_after >= t.world.max_session_length)
        stays = np.where(over, 0.0, t.world.continuation)
        value = (1 - stays) * future.opening[0, self.pair[x], self.row[x]]
        goes_on = np.flatnonzero(stays)
        on = x[goes_on]
        value[goes_on] += stays[goes_on] * future.session(
            0, self.row[on], self.pair[on], left_after[goes_on], age_after[goes_on]
        )
        worth = np.empty(takes.shape)
        worth[:] = value[step == n_steps][:, None]
        worth[x, step] = value
        return worth

    def mass(self, kind: int | np.integer, worth: np.ndarray) -> np.ndarray:
        """(P, B) of a candidate of this type in the gap, and of what follows; see `worth`."""
        t = self.tables
        n_personas = len(t.first_pair)
        chance = t.type_chance(np.array(kind), self.pair, self.left)
        step = t.step_of_type[kind, self.pair]
        mass = self.weight * chance * worth[np.arange(len(step)), step]
        cell = t.persona[self.pair] * self.batch + self.row
        mass = np.bincount(cell, mass, minlength=n_personas * self.batch)
        return mass.reshape(n_personas, self.batch)


class _Future:
    """The likelihood of the types after the gap, by who opens or continues a session there.

    kinds:    (A, B) types of the clicks, anything past a history's end
    n_clicks: (B,) clicks of each history
    owned:    (B,) required types clicked up to the gap, that in it included, bit masks

    opening: (A + 1, Q, B) P(types of the clicks t .. | the pair's session has just ended), divided
             by the product of scale[t:]; 1 where no click is left
    scale:   (A, P, B), such that a persona's largest is 1 and none underflows
    """

    def __init__(
        self, tables: SessionTables, kinds: np.ndarray, n_clicks: np.ndarray, owned: np.ndarray
    ):
        self.tables = tables
        self.kinds = kinds
        self.n_clicks = n_clicks
        ends, self.scale = self._session_ends()
        n_after = len(kinds)
        n_starts = ends.shape[1]
        bits = np.concatenate([owned[None], tables.required_bit[kinds]])
        owned = np.bitwise_or.accumulate(bits)  # (A + 1, B) before each click
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
            value = tables.before_open(value / largest[tables.persona], owned[column])
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
