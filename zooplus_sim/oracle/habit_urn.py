"""The oracle's view of the product within its type: price tier and habit.

Given its type k and the shopper's tier g, product j is clicked with probability

    (popularity_g(j) + kappa * count(j)) / (1 + kappa * N),

where count(j) is how often j is among the shopper's last R clicks in the type and N = min(R, clicks
in the type). Counts are observed, so what is left to infer is the tier: a click multiplies the
weight of g by this probability. Given the persona, tier and types are independent, which is why
tiers need not be carried along by the session filter.

Axis letters: G tiers, T types, R remembered clicks, J products + 1, N candidates, B batch (last).
"""

from __future__ import annotations

import numpy as np

from zooplus_sim.world.tables import WorldTables
from zooplus_sim.world.world import World

BLOCK = 128  # products at a time, so that what is computed on the way stays in a core's cache


class HabitUrn:
    """What B histories, fed click by click, say about tier and habit.

    world:  the shop's constants
    tables: its probabilities
    batch:  B

    log_likelihood: (G, B) log P(products so far | their types, tier)
    count:          (J, B) clicks on the product among the last R in its type
    known:          (T, B) how many these are: N above
    clicks:         (T, B) all clicks in the type
    recent:         (R, T, B) the last R of them; the n-th is in slot n % R
    """

    def __init__(self, world: World, tables: WorldTables, batch: int):
        n_types = len(world.product_types)
        self.world = world
        self.tables = tables
        self.log_likelihood = np.zeros((len(world.tiers), batch))
        self.count = np.zeros((len(tables.type_of_product), batch))
        self.known = np.zeros((n_types, batch))
        self.clicks = np.zeros((n_types, batch), dtype=np.int64)
        self.recent = np.zeros((world.habit_memory, n_types, batch), dtype=np.int64)

    def copy(self) -> HabitUrn:
        """The same, to be fed on its own."""
        twin = HabitUrn(self.world, self.tables, self.count.shape[1])
        for name in ("log_likelihood", "count", "known", "clicks", "recent"):
            getattr(twin, name)[:] = getattr(self, name)
        return twin

    def observe(
        self, item: np.ndarray, real: np.ndarray, likelihood: np.ndarray | None = None
    ) -> None:
        """Take in one click of each history.

        item:       (B,) product ids
        real:       (B,) bool, False where there is no click
        likelihood: (G, B) P(what was seen of the click | its type, tier), if that is not just
                    P(item | its type, tier)
        """
        row = np.flatnonzero(real)
        item = item[row]
        kind = self.tables.type_of_product[item]
        memory = self.world.habit_memory
        seen = self.likelihood(item, row) if likelihood is None else likelihood[:, row]
        with np.errstate(divide="ignore"):
            self.log_likelihood[:, row] += np.log(seen)
        slot = self.clicks[kind, row] % memory
        full = self.clicks[kind, row] >= memory
        self.count[self.recent[slot, kind, row][full], row[full]] -= 1
        self.count[item, row] += 1
        self.recent[slot, kind, row] = item
        self.clicks[kind, row] += 1
        self.known[kind, row] += ~full

    def likelihood(self, item: np.ndarray, row: np.ndarray) -> np.ndarray:
        """P(the next click is `item` | its type, tier) in history `row`.

        item: product ids
        row:  numbers of histories; both broadcast to (...)

        Returns (G, ...).
        """
        kappa = self.world.habit
        kind = self.tables.type_of_product[item]
        weight = self.tables.product_popularity[:, item] + kappa * self.count[item, row]
        return weight / (1 + kappa * self.known[kind, row])

    def item_probabilities(self, type_and_tier: np.ndarray) -> np.ndarray:
        """P(product) of the next click, given P(type, tier).

        type_and_tier: (G, T, B)

        Returns (J, B); row 0, the padding id, is 0.
        """
        kappa = self.world.habit
        popularity = self.tables.product_popularity
        share = type_and_tier / (1 + kappa * self.known)  # (G, T, B)
        habit_share = kappa * share.sum(0)
        probability = np.zeros(self.count.shape)
        for first in range(1, len(probability), BLOCK):
            block = slice(first, first + BLOCK)
            kind = self.tables.type_of_product[block]
            out = probability[block]
            np.multiply(self.count[block], habit_share[kind], out=out)
            for tier_share, tier_popularity in zip(share, popularity, strict=True):
                out += tier_share[kind] * tier_popularity[block, None]
        return probability
