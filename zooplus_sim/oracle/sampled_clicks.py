"""Positive or negative: how often a candidate is either, where negatives are drawn.

A sample has one positive per history, the next item, i ~ p(. | history); and r negatives, each
drawn from a distribution q over the products. So a candidate j is a positive p(j) times for every
r q(j) times that it is a negative:

    P(label = 1 | history, j) = p(j) / (p(j) + r q(j)).

If a negative is drawn again until it is not the positive, q(j) becomes the sum over positives
i != j of p(i) q(j) / (1 - q(i)).

Axis letters: B histories, N candidates, J products + 1.
"""

from __future__ import annotations

import numpy as np


def times_drawn(
    p: np.ndarray, items: np.ndarray, q: np.ndarray, r: int, *, reject_target: bool
) -> tuple[np.ndarray, np.ndarray]:
    """How often the candidates are positives, and how often negatives, per history.

    p:             (B, J) P(next item | history)
    items:         (B, N) candidates
    q:             (J,) P(a draw gives the product)
    r:             negatives per history
    reject_target: whether a negative is drawn again until it is not the positive

    Returns two (B, N). Raises ValueError if a positive leaves no negative.
    """
    positive = np.take_along_axis(p, items, 1)  # (B, N)
    negative = q[items]  # (B, N)
    if reject_target:
        if q.max() == 1 and p[:, q.argmax()].any():
            raise ValueError(
                f"negatives: only product {q.argmax()} is ever drawn, and it can be the target"
            )
        weight = p / np.where(q < 1, 1 - q, 1.0)
        own = np.take_along_axis(weight, items, 1)
        negative = negative * (weight.sum(1, keepdims=True) - own)
    return positive, r * negative
