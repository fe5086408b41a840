"""What a short window costs: the oracle, begun anew where the window begins."""

from __future__ import annotations

import numpy as np

from zooplus_sim.checks import check_count


class RestartedOracle:
    """An `Oracle` that sees the last `w` clicks only, and takes them for the shopper's first.

    It loses more than what it forgets: it believes that the window opens with a first session. In a
    world where that is impossible for some window it raises the oracle's ValueError.

    oracle: the `Oracle` of the shop
    w:      clicks in the window
    """

    def __init__(self, oracle, w: int):
        self.oracle = oracle
        self.w = check_count("w", w)

    def next_item_probabilities(self, histories: np.ndarray) -> np.ndarray:
        """(B, L) -> (B, J): `Oracle.next_item_probabilities` of the last w columns."""
        return self.oracle.next_item_probabilities(np.asarray(histories)[:, -self.w :])
