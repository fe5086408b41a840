"""The oracle's view of the product within its type: price tier and habit.

Given its type k and the shopper's tier g, product j is clicked with probability

    (popularity_g(j) + kappa * count(j)) / (1 + kappa * N),

where count(j) is how often j is among the shopper's last R clicks in the type and N = min(R, clicks in the type). Counts
are observed, so what is left to infer is the tier: a click multiplies the weight of g by this probability. Given the
persona, tier and types are independent, which is why tiers need not be carried along by the session filter.

Axis letters: G tiers, T types, R remembered clicks, J products + 1, B batch (last).
"""

from __future__ import annotations

import numpy as np

from zooplus_sim.tables import WorldTables
from zooplus_sim.world import World


class HabitUrn:
    """What B histories, fed click by click, say about tier and habit.

    log_likelihood: (G, B) log P(products so far | their types, tier).
    count: (J, B) clicks on the product among the last R in its type. known: (T, B) how many these are in the type.
    """

    def __init__(self, world: World, tables: WorldTables, batch: int):
        n_types = len(world.product_types)
        self.world, self.tables = world, tables
        self.log_likelihood = np.zeros((len(world.tiers), batch))
        self.count = np.zeros((len(tables.type_of_product), batch))
        self.known = np.zeros((n_types, batch))
        self._ring = np.zeros((world.habit_memory, n_types, batch), dtype=np.int64)
        self._clicks = np.zeros((n_types, batch), dtype=np.int64)

    def observe(self, item: np.ndarray, real: np.ndarray) -> None:
        """Take in one click of each history. item: (B,) product ids. real: (B,) bool, False where there is no click."""
        row = np.flatnonzero(real)
        item = item[row]
        kind = self.tables.type_of_product[item]
        kappa, memory = self.world.habit, self.world.habit_memory
        weight = self.tables.product_popularity[:, item] + kappa * self.count[item, row]
        self.log_likelihood[:, row] += np.log(weight / (1 + kappa * self.known[kind, row]))
        slot = self._clicks[kind, row] % memory
        forgotten = self._clicks[kind, row] >= memory
        self.count[self._ring[slot, kind, row][forgotten], row[forgotten]] -= 1
        self.count[item, row] += 1
        self._ring[slot, kind, row] = item
        self._clicks[kind, row] += 1
        self.known[kind, row] += ~forgotten

    def item_probabilities(self, type_and_tier: np.ndarray) -> np.ndarray:
        """(G, T, B) P(type, tier) of the next click -> (J, B) P(product). Row 0, the padding id, is 0."""
        kind = self.tables.type_of_product[1:]
        share = type_and_tier / (1 + self.world.habit * self.known)  # (G, T, B)
        probability = np.zeros(self.count.shape)
        products = probability[1:]
        products += self.count[1:]
        products *= self.world.habit * share.sum(0)[kind]
        for by_type, popularity in zip(share, self.tables.product_popularity, strict=True):
            products += by_type[kind] * popularity[1:, None]
        return probability
