"""The oracle: the best possible prediction of a shopper's next click, computed exactly from the shop's own story."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

import numpy as np

from zooplus_sim.habit_urn import HabitUrn
from zooplus_sim.session_filter import SessionFilter, SessionTables

if TYPE_CHECKING:
    from zooplus_sim.simulator import ZooplusSimulator

CHUNK = 128  # histories filtered at a time: the state of so many fits a core's cache


class Oracle:
    """Exact posterior predictions for the shop `sim`, from item ids alone.

    **A history must be complete from the shopper's first click.** A truncated one gives numbers, but wrong ones: the
    oracle cannot tell a shopper's first click from the first click that it is shown.

    Histories are (B, L) integers, left-padded with 0. Hidden are the persona, the price tier, the mission and where the
    current session began; `session_filter` and `habit_urn` derive the recursion. Given the persona, types and tier
    separate, so that after a history

        P(persona p, tier g | history) ~ P(p) * P(types | p) * P(g | p) * P(products | types, g).

    No model that sees item ids only can do better on average. Timestamps, session ids and outcomes reveal hidden state:
    a model that reads them may pass this oracle.
    """

    def __init__(self, sim: ZooplusSimulator):
        self.world, self.tables = sim.world, sim.tables
        self._sessions = SessionTables.build(sim.world, sim.tables)
        with np.errstate(divide="ignore"):
            self._log_tier_prior = np.log(self.tables.tier_prior)  # (P, G)

    def next_item_probabilities(self, histories: np.ndarray) -> np.ndarray:
        """P(next item | history). histories: (B, L). Returns (B, n_products + 1) float64: rows sum to 1, column 0 is 0."""
        histories = self._check(histories)
        out = np.empty((len(histories), len(self.tables.type_of_product)))
        for rows, state in self._chunks(histories):
            for column in range(histories.shape[1]):
                state.observe(histories[rows, column])
            out[rows] = state.item_probabilities().T
        return out

    def filter(self, histories: np.ndarray) -> np.ndarray:
        """P(next item | clicks up to here) at every position, in one pass.

        histories: (B, L). Returns (B, L, n_products + 1) float64; [b, t] predicts the click after histories[b, t], and
        is the prediction for a shopper without clicks where that is padding.
        """
        histories = self._check(histories)
        out = np.empty((*histories.shape, len(self.tables.type_of_product)))
        for rows, state in self._chunks(histories):
            for column in range(histories.shape[1]):
                state.observe(histories[rows, column])
                out[rows, column] = state.item_probabilities().T
        return out

    def _chunks(self, histories: np.ndarray) -> Iterator[tuple[slice, _State]]:
        for first in range(0, len(histories), CHUNK):
            rows = slice(first, first + CHUNK)
            yield rows, _State(self, first, len(histories[rows]))

    def _check(self, histories) -> np.ndarray:
        """`histories` as int64. Raises ValueError where they are no left-padded ids of this shop."""
        histories = np.asarray(histories)
        if histories.ndim != 2 or histories.dtype.kind not in "iu":
            raise ValueError(f"histories: got {histories.dtype} of shape {histories.shape}; expected integers (B, L)")
        last = len(self.tables.type_of_product) - 1
        wrong = np.argwhere((histories < 0) | (histories > last))
        if len(wrong):
            row, column = wrong[0]
            raise ValueError(
                f"histories[{row}, {column}]: got the id {histories[row, column]}; this shop knows 1 to {last}, 0 is padding"
            )
        gap = np.argwhere((histories[:, 1:] == 0) & (histories[:, :-1] != 0))
        if len(gap):
            row, column = gap[0]
            raise ValueError(
                f"histories[{row}, {column + 1}]: padding after a click; expected padding on the left only"
            )
        return histories.astype(np.int64)


class _State:
    """The posterior of one chunk of histories, fed column by column."""

    def __init__(self, oracle: Oracle, first_row: int, batch: int):
        self.oracle, self.first_row, self.column = oracle, first_row, 0
        self.sessions = SessionFilter(oracle._sessions, np.zeros((len(oracle.world.personas), batch)))
        self.urn = HabitUrn(oracle.world, oracle.tables, batch)

    def observe(self, items: np.ndarray) -> None:
        """items: (B,) one column of the histories, 0 = padding."""
        real = items > 0
        kind = self.oracle.tables.type_of_product[np.maximum(items, 1)]
        self.sessions.observe(kind, real)
        self.urn.observe(items, real)
        wrong = np.flatnonzero(~(self.sessions.log_evidence > -np.inf).any(0))
        if len(wrong):
            raise ValueError(
                f"histories[{self.first_row + wrong[0]}, {self.column}]: product {items[wrong[0]]} "
                "cannot follow the clicks before it in this world; expected histories of this shop, complete from the "
                "shopper's first click"
            )
        self.column += 1

    def persona_and_tier(self) -> np.ndarray:
        """(P, G, B) P(persona, tier | history)."""
        log_weight = (
            self.sessions.log_evidence[:, None] + self.oracle._log_tier_prior[:, :, None] + self.urn.log_likelihood
        )
        weight = np.exp(log_weight - log_weight.max((0, 1)))
        return weight / weight.sum((0, 1))

    def item_probabilities(self) -> np.ndarray:
        """(J, B) P(next item | history)."""
        type_and_tier = np.einsum("pgb,ptb->gtb", self.persona_and_tier(), self.sessions.type_probabilities())
        return self.urn.item_probabilities(type_and_tier)
