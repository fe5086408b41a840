"""One masked click: what stood there, given every click before and after it.

Each candidate product j, of type k, is weighed by the likelihood of the whole sequence with j in
the gap:

    P(j | rest) ~ sum over p, g of P(p) P(types with k in the gap | p) P(g | p) P(products with j in
    it | types, g)

A candidate touches what comes later: it may be a step visited, and it sits among the last R clicks
of its type. What does not depend on it is computed once.

Types. Before the gap: the session filter. After it: `opening[t]`, the likelihood of the clicks from
t on if click t opens a session, is the same for all candidates; it is found from the last click
backwards. A candidate matters only to the session around the gap, and to that only by the step that
it takes off the steps left. So each state (pair, start) alive at the gap is followed to its
session's end once per step that it has left, plus once for "none of these".

Products. Only the first R clicks of the candidate's own type after the gap see it; for those the
likelihood is taken with a candidate that is another product, and a factor is put on the candidates
that are the same one.

Cost: linear in length; a click after the gap costs about as much as one before it, and the gap
itself a few hundred states times the clicks to the session's end, however many products there are.
In the default world that makes about seven passes of the filter over a sequence of 40 clicks, four
over one of 160.

Axis letters: S starts, Q pairs (persona, mission), P personas, G tiers, T types, K steps, R
remembered clicks, J products + 1, A clicks after the gap, X states, B batch.
"""

from __future__ import annotations

import numpy as np

from zooplus_sim.oracle.habit_urn import HabitUrn
from zooplus_sim.oracle.posterior import Posterior
from zooplus_sim.oracle.session_filter import SessionFilter, SessionTables
from zooplus_sim.world.tables import WorldTables


def masked_item_posterior(
    sessions: SessionTables, tables: WorldTables, sequences: np.ndarray, positions: np.ndarray
) -> np.ndarray:
    """(B, L) left-padded ids, (B,) the masked columns -> (J, B) P(item), NaN in a column that is
    impossible.
    """
    batch, length = sequences.shape
    n_after = length - 1 - positions
    rows = np.arange(batch)
    # Before the gap the clicks are shifted to the right, after it they begin at column 0: the gaps
    # stand in line.
    before = np.arange(positions.max()) + (positions - positions.max())[:, None]
    before = np.where(before >= 0, sequences[rows[:, None], np.maximum(before, 0)], 0)
    after = np.arange(n_after.max()) + positions[:, None] + 1
    after = np.where(after < length, sequences[rows[:, None], np.minimum(after, length - 1)], 0)

    posterior = Posterior(
        sessions, tables, np.zeros((len(tables.tier_prior), batch)), before.shape[1]
    )
    for column in before.T:
        posterior.observe(column)
    log_types = _log_type_likelihood(
        posterior.sessions, tables.type_of_product[after.T], n_after
    )  # (P, T, B)
    log_products, later, log_same = _log_product_likelihood(
        posterior.urn, after.T
    )  # (G, T, B), (R, T, B), (G, R, T, B)

    with np.errstate(divide="ignore", invalid="ignore"):
        log_tier = np.log(tables.tier_prior)[:, :, None, None]
        log_other = (
            np.logaddexp.reduce(log_types[:, None] + log_tier, axis=0) + log_products
        )  # (G, T, B)
        log_same += log_other[:, None]
        top = np.maximum(log_other.max((0, 1)), log_same.max((0, 1, 2)))
        weight = posterior.urn.item_probabilities(np.exp(log_other - top))  # (J, B)
        slot, kind, row = np.nonzero(later)
        same = later[
            slot, kind, row
        ]  # candidates that are also among the later clicks that see them
        likelihood = (
            posterior.urn.likelihood(same, row) * np.exp(log_same - top)[:, slot, kind, row]
        )
        weight[same, row] = likelihood.sum(0)
        return weight / weight.sum(0)


# --- Types
# ----------------------------------------------------------------------------------------------------------


def _log_type_likelihood(
    state: SessionFilter, kinds: np.ndarray, n_clicks: np.ndarray
) -> np.ndarray:
    """log P(persona, all types with k in the gap), up to a constant per history.

    state: the filter just before the gap. kinds: (A, B) types after it. n_clicks: (B,) how many.
    Returns (P, T, B).
    """
    t, world = state.tables, state.tables.world
    future = _Future(t, kinds, n_clicks)

    slot, pair, row = np.nonzero(state.weight)
    open_pair, open_row = np.nonzero(state.opening)
    weight = np.concatenate(
        [state.weight[slot, pair, row], state.opening[open_pair, open_row]]
    )  # (X,)
    left = np.concatenate([state.left[slot, pair, row], t.all_steps[open_pair]])
    age = np.concatenate([state.age()[slot], np.zeros_like(open_pair)])
    pair, row = np.concatenate([pair, open_pair]), np.concatenate([row, open_row])

    n_types, n_steps = t.step_of_type.shape[0], t.steps.shape[1]
    takes = (
        left[:, None] >> np.arange(n_steps + 1)
    ) & 1 == 1  # (X, K + 1) the gap may take this step; K: none of them
    takes[:, n_steps] = True
    x, step = np.nonzero(takes)
    left_after, age_after = left[x] & ~(1 << step), age[x] + 1
    over = (left_after == 0) | (age_after >= world.max_session_length)
    stays = np.where(over, 0.0, world.continuation)
    value = (1 - stays) * future.opening[0, pair[x], row[x]]
    goes_on = np.flatnonzero(stays)
    on = x[goes_on]
    value[goes_on] += stays[goes_on] * future.session(
        0, row[on], pair[on], left_after[goes_on], age_after[goes_on]
    )
    worth = np.empty(takes.shape)  # (X, K + 1) likelihood of what follows
    worth[:] = value[step == n_steps][:, None]
    worth[x, step] = value

    shape = (len(t.first_pair), n_types, kinds.shape[1])
    total = np.empty(shape)
    cell = t.persona[pair] * shape[2] + row
    state_number = np.arange(len(pair))
    for kind in range(n_types):
        mass = (
            weight
            * t.type_chance(np.array(kind), pair, left)
            * worth[state_number, t.step_of_type[kind, pair]]
        )
        total[:, kind] = np.bincount(cell, mass, minlength=shape[0] * shape[2]).reshape(
            shape[0], shape[2]
        )
    with np.errstate(divide="ignore"):
        return np.log(total) + (state.log_evidence + np.log(future.scale).sum(0))[:, None]


class _Future:
    """The likelihood of the types after the gap, by who opens or continues a session there.

    kinds: (A, B) types of the clicks, anything past a history's end. n_clicks: (B,) clicks of each
    history.
    opening: (A + 1, Q, B) P(types of the clicks t .. | the pair's session has just ended), divided
    by the product of scale[t:]; 1 where no click is left. scale: (A, P, B), such that a persona's
    largest is 1 and none underflows.
    """

    def __init__(self, tables: SessionTables, kinds: np.ndarray, n_clicks: np.ndarray):
        self.tables, self.kinds, self.n_clicks = tables, kinds, n_clicks
        ends, self.scale = self._session_ends()
        n_starts = ends.shape[1]
        self.opening = np.ones((len(kinds) + 1, *ends.shape[2:]))
        log_size = np.zeros(
            (len(kinds) + 1, *self.scale.shape[1:])
        )  # (A + 1, P, B) of what `opening` is divided by
        for column in reversed(range(len(kinds))):
            later = slice(column + 1, column + 1 + n_starts)
            size = np.exp(log_size[later] - log_size[column + 1])[:, tables.persona]
            end = ends[column : column + n_starts, column % n_starts]
            value = np.einsum(
                "uqb,uqb,uqb->qb", end, self.opening[later], size
            )  # if a session of q opens here
            largest = np.maximum.reduceat(value, tables.first_pair, axis=0)  # (P, B)
            largest[largest == 0] = 1.0
            over = n_clicks <= column
            largest[:, over] = self.scale[column][:, over] = 1.0
            self.opening[column] = np.where(
                over, 1.0, tables.next.T @ (value / largest[tables.persona])
            )
            self.scale[column] *= largest
            log_size[column] = log_size[column + 1] + np.log(largest)

    def _session_ends(self) -> tuple[np.ndarray, np.ndarray]:
        """If a session of pair q opened at click s, P(types of s .. u, and it ends with click u),
        for all u.

        Returns ends (A, S, Q, B), by u and s % S, divided by the product of scale[s : u + 1]; and
        scale (A, P, B), about the probability of a type. The last click ends every session.
        """
        t, world = self.tables, self.tables.world
        n_after, batch = self.kinds.shape
        n_starts = max(1, min(world.max_session_length, n_after))
        weight = np.zeros((n_starts, len(t.persona), batch))
        left = np.zeros(weight.shape, dtype=np.int64)
        ends = np.empty((n_after, *weight.shape))
        scale = np.empty((n_after, len(t.first_pair), batch))
        pair = np.arange(len(t.persona))[:, None]
        for column, kind in enumerate(self.kinds):
            newest = column % n_starts
            weight[newest], left[newest] = 1.0, t.all_steps[:, None]
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
        """P(types of the clicks `column` .. | a session is under way and goes on), over the product
        of the scales.

        row, pair, left (steps left, a bit mask), age (clicks so far): (X,). Returns (X,).
        """
        t, world = self.tables, self.tables.world
        value = np.zeros(len(row))
        state, alive = np.arange(len(row)), np.ones(len(row))
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
            alive = (
                alive * t.type_chance(kind, pair, left) / self.scale[column, t.persona[pair], row]
            )
            left, age, column = left & t.visit[kind, pair], age + 1, column + 1
            over = (left == 0) | (age >= world.max_session_length)
            stays = np.where(over, 0.0, world.continuation)
            value[state] += alive * (1 - stays) * self.opening[column, pair, row]
            alive *= stays
            going = alive > 0
            state, row, pair, left, age, alive = (
                a[going] for a in (state, row, pair, left, age, alive)
            )
        return value


# --- Products
# -------------------------------------------------------------------------------------------------------


def _log_product_likelihood(
    urn: HabitUrn, after: np.ndarray
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """log P(products but the candidate | types, tier), with a candidate of type k in the gap.

    urn: just before the gap. after: (A, B) product ids after it, 0 past a history's end. Returns

    - (G, T, B): if the candidate is none of the type's later clicks that see it
    - (R, T, B): those clicks, 0 where there are fewer
    - (G, R, T, B): what to add to the first if the candidate is the same product as that click
    """
    kappa, memory = urn.world.habit, urn.world.habit_memory
    without = urn.copy()  # what if there were no click in the gap
    later = np.zeros_like(urn.recent)  # (R, T, B)
    for items in after:
        real = items > 0
        row = np.flatnonzero(real)
        kind = urn.tables.type_of_product[items[row]]
        number = without.clicks[kind, row] - urn.clicks[kind, row]
        sees = number < memory
        later[number[sees], kind[sees], row[sees]] = items[row][sees]
        without.observe(items, real)

    ago = np.arange(1, memory + 1)[:, None, None]
    earlier = np.take_along_axis(
        urn.recent, (urn.clicks - ago) % memory, axis=0
    )  # (R, T, B), the last click first
    popularity = urn.tables.product_popularity[:, later]  # (G, R, T, B)
    log_change = np.zeros_like(
        popularity
    )  # log P(later click) with another product in the gap, less without any
    log_same = np.zeros_like(popularity)  # what to add if it is the same product
    with np.errstate(divide="ignore", invalid="ignore"):
        for number in range(memory):
            item = later[number]
            between = (later[:number] == item).sum(0)
            count = between + (earlier[: memory - number - 1] == item).sum(
                0
            )  # of the last R clicks, one is the gap
            count_without = between + (earlier[: memory - number] == item).sum(0)
            known = np.minimum(memory, urn.clicks + number + 1)
            known_without = np.minimum(memory, urn.clicks + number)
            weight = popularity[:, number] + kappa * count
            weight_without = popularity[:, number] + kappa * count_without
            change = np.log(weight / (1 + kappa * known)) - np.log(
                weight_without / (1 + kappa * known_without)
            )
            log_change[:, number] = np.where(item > 0, change, 0.0)
            bonus = np.where(item > 0, np.log((weight + kappa) / weight), 0.0)  # (G, T, B)
            log_same += np.where(later == item, bonus[:, None], 0.0)
    return without.log_likelihood[:, None] + log_change.sum(1), later, log_same
