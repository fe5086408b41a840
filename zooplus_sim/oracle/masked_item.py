"""One masked click: what stood there, given every click before and after it.

Each candidate product j, of type k, is weighed by the likelihood of the whole sequence with j in
the gap:

    P(j | rest) ~ sum over p, g of P(p) P(types with k in the gap | p)
                                   P(g | p) P(products with j in it | types, g)

A candidate touches what comes later: it may be a step visited, and it sits among the last R clicks
of its type. What does not depend on it is computed once: the first factor is derived in
`gap_types`, the second in `gap_products`.

Cost: linear in length; a click after the gap costs about as much as one before it, and the gap
itself a few hundred states times the clicks to the session's end, however many products there are.
In the default world that makes about seven passes of the filter over a sequence of 40 clicks, four
over one of 160.

Axis letters: P personas, G tiers, T types, R remembered clicks, J products + 1, L length, B batch.
"""

from __future__ import annotations

import numpy as np

from zooplus_sim.oracle.gap_products import log_product_likelihood
from zooplus_sim.oracle.gap_types import log_type_likelihood
from zooplus_sim.oracle.posterior import Posterior
from zooplus_sim.oracle.session_tables import SessionTables
from zooplus_sim.world.tables import WorldTables


def masked_item_probabilities(
    sessions: SessionTables,
    tables: WorldTables,
    sequences: np.ndarray,
    positions: np.ndarray,
    rows_at_a_time: int,
) -> np.ndarray:
    """P(item in the gap | all other clicks), some rows at a time.

    sessions, tables, sequences, positions: as `masked_item_posterior` has them
    rows_at_a_time: bounds the memory, and changes nothing else

    Returns (B, J). Raises ValueError for a sequence that is impossible with any product in its gap.
    """
    probability = np.empty((len(sequences), len(tables.type_of_product)))
    # Rows of one chunk have their gap at about the same place.
    order = np.argsort(positions, kind="stable")
    for first in range(0, len(order), rows_at_a_time):
        rows = order[first : first + rows_at_a_time]
        chunk = masked_item_posterior(sessions, tables, sequences[rows], positions[rows])
        probability[rows] = chunk.T
    wrong = np.flatnonzero(np.isnan(probability).any(1))
    if len(wrong):
        raise ValueError(
            f"sequences[{wrong[0]}]: no product at column {positions[wrong[0]]} makes the "
            "other clicks possible in this world; expected sequences of this shop, complete "
            "from the shopper's first click"
        )
    return probability


def masked_item_posterior(
    sessions: SessionTables, tables: WorldTables, sequences: np.ndarray, positions: np.ndarray
) -> np.ndarray:
    """P(item in the gap | all other clicks), at once for all rows.

    sessions:  the part of the world that decides on types
    tables:    all of its probabilities
    sequences: (B, L) left-padded ids; what stands at the position is not read
    positions: (B,) the masked columns

    Returns (J, B), NaN in a column that is impossible.
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

    log_prior = np.zeros((len(tables.tier_prior), batch))
    posterior = Posterior(sessions, tables, log_prior, before.shape[1])
    for column in before.T:
        posterior.observe(column)
    kinds = tables.type_of_product[after.T]
    log_types = log_type_likelihood(posterior.sessions, kinds, n_after)  # (P, T, B)
    # (G, T, B), (R, T, B), (G, R, T, B)
    log_products, later, log_same = log_product_likelihood(posterior.urn, after.T)

    with np.errstate(divide="ignore", invalid="ignore"):
        log_tier = np.log(tables.tier_prior)[:, :, None, None]
        log_other = np.logaddexp.reduce(log_types[:, None] + log_tier, axis=0)
        log_other = log_other + log_products  # (G, T, B)
        log_same += log_other[:, None]
        top = np.maximum(log_other.max((0, 1)), log_same.max((0, 1, 2)))
        weight = posterior.urn.item_probabilities(np.exp(log_other - top))  # (J, B)
        # Candidates that are also among the later clicks that see them.
        slot, kind, row = np.nonzero(later)
        same = later[slot, kind, row]
        likelihood = posterior.urn.likelihood(same, row)
        likelihood = likelihood * np.exp(log_same - top)[:, slot, kind, row]
        weight[same, row] = likelihood.sum(0)
        return weight / weight.sum(0)
