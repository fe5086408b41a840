"""What the products around a gap say of the product in the gap.

Only the first R clicks of the candidate's own type after the gap see it; for those the likelihood
is taken with a candidate that is another product, and a factor is put on the candidates that are
the same one.

Axis letters: G tiers, T types, R remembered clicks, A clicks after the gap, B batch.
"""

from __future__ import annotations

import numpy as np

from zooplus_sim.oracle.habit_urn import HabitUrn


def log_product_likelihood(
    urn: HabitUrn, after: np.ndarray
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """log P(products but the candidate | types, tier), with a candidate of type k in the gap.

    urn:   just before the gap
    after: (A, B) product ids after it, 0 past a history's end

    Returns

    - (G, T, B): if the candidate is none of the type's later clicks that see it
    - (R, T, B): those clicks, 0 where there are fewer
    - (G, R, T, B): what to add to the first if the candidate is the same product as that click
    """
    kappa = urn.world.habit
    memory = urn.world.habit_memory
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

    # The last click comes first.
    slot = (urn.clicks - np.arange(1, memory + 1)[:, None, None]) % memory
    earlier = np.take_along_axis(urn.recent, slot, axis=0)  # (R, T, B)
    popularity = urn.tables.product_popularity[:, later]  # (G, R, T, B)
    # log P(later click) with another product in the gap, less that without any; and what to add if
    # it is the same product.
    log_change = np.zeros_like(popularity)
    log_same = np.zeros_like(popularity)
    with np.errstate(divide="ignore", invalid="ignore"):
        for number in range(memory):
            item = later[number]
            between = (later[:number] == item).sum(0)
            # Of the last R clicks, one is the gap.
            count = between + (earlier[: memory - number - 1] == item).sum(0)
            count_without = between + (earlier[: memory - number] == item).sum(0)
            known = np.minimum(memory, urn.clicks + number + 1)
            known_without = np.minimum(memory, urn.clicks + number)
            weight = popularity[:, number] + kappa * count
            weight_without = popularity[:, number] + kappa * count_without
            log_with = np.log(weight / (1 + kappa * known))
            change = log_with - np.log(weight_without / (1 + kappa * known_without))
            log_change[:, number] = np.where(item > 0, change, 0.0)
            bonus = np.where(item > 0, np.log((weight + kappa) / weight), 0.0)  # (G, T, B)
            log_same += np.where(later == item, bonus[:, None], 0.0)
    return without.log_likelihood[:, None] + log_change.sum(1), later, log_same
