"""Many discrete distributions, drawn from at once, in constant time a draw."""

from __future__ import annotations

import numpy as np


class AliasTables:
    """Walker's alias method (Walker 1977; construction by Vose 1991), rows of different widths.

    The rows are stored flat (CSR). A row whose weights are all 0 can be kept but not drawn from: it
    gives its first value.

    weights: (E,) non-negative, row after row
    widths:  (R,) entries per row, summing to E
    values:  (E,) what an entry stands for (default: its place in the row)
    """

    def __init__(self, weights: np.ndarray, widths: np.ndarray, values: np.ndarray | None = None):
        self.widths = np.asarray(widths, dtype=np.int64)
        self.offsets = np.concatenate([[0], np.cumsum(self.widths)[:-1]])
        if values is None:
            values = np.arange(len(weights)) - np.repeat(self.offsets, self.widths)
        self.threshold = np.ones(len(weights))
        first = np.repeat(np.asarray(values)[self.offsets], self.widths)
        self.choice = np.stack([values, first], axis=1)  # (E, 2)
        for offset, width in zip(self.offsets.tolist(), self.widths.tolist(), strict=True):
            self._fill(offset, np.asarray(weights[offset : offset + width], dtype=float))
        # Flat, entry e is at [2e] if the draw is below its threshold, else at [2e + 1].
        self.choice = np.ascontiguousarray(self.choice).ravel()

    def _fill(self, offset: int, weights: np.ndarray) -> None:
        total = weights.sum()
        scaled = (weights * (len(weights) / total)).tolist() if total > 0 else [0.0] * len(weights)
        small = [entry for entry, share in enumerate(scaled) if share < 1]
        large = [entry for entry, share in enumerate(scaled) if share >= 1]
        while small and large:
            low = small.pop()
            high = large[-1]
            self.threshold[offset + low] = scaled[low]
            self.choice[offset + low, 1] = self.choice[offset + high, 0]
            scaled[high] -= 1 - scaled[low]
            if scaled[high] < 1:
                small.append(large.pop())
        # Rounding left these a hair under 1; an entry of weight 0 must stay impossible.
        for entry in small:
            self.threshold[offset + entry] = 1.0 if scaled[entry] > 0.5 else 0.0

    def draw(self, rows: np.ndarray, u: np.ndarray) -> np.ndarray:
        """One value per row number.

        rows: (N,) int
        u:    (N,) uniform on [0, 1), good for both halves of the method

        Returns (N,) values.
        """
        width = self.widths[rows]
        x = u * width
        place = np.minimum(x.astype(np.int64), width - 1)
        entry = self.offsets[rows] + place
        above = (x - place) >= self.threshold[entry]
        return self.choice[2 * entry + above.view(np.int8)]
