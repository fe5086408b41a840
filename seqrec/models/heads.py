"""What networks end with: a column for padding, means over real positions, a head for pairs; and
how they are asked.

Axis letters: B batch, L length, D width.
"""

from contextlib import contextmanager

import torch
from torch import nn

from seqrec.models.attention import draw_weights


@contextmanager
def eval_mode(network):
    """Without dropout inside the `with`; afterwards the network is in the mode that it was in,
    after an error too.
    """
    was_training = network.training
    network.eval()
    try:
        yield network
    finally:
        network.train(was_training)


def pad_column(logits):
    """(..., n_items) -> (..., n_items + 1): a column of -inf for padding before the others."""
    return nn.functional.pad(logits, (1, 0), value=float("-inf"))


def masked_mean(states, real):
    """The mean over real positions; zeros where there is none.

    states: (B, L, D).
    real:   (B, L) bool.
    Returns (B, D).
    """
    real = real[:, :, None].to(states.dtype)
    return (states * real).sum(dim=1) / real.sum(dim=1).clamp(min=1)


def mean_so_far(states, real):
    """At each position, the mean over real positions up to it; zeros before the first.

    states: (B, L, D).
    real:   (B, L) bool.
    Returns (B, L, D).
    """
    real = real[:, :, None].to(states.dtype)
    return (states * real).cumsum(dim=1) / real.cumsum(dim=1).clamp(min=1)


class PairHead(nn.Module):
    """A number for a state and an item's vector: how will it end if this item comes next? Will it
    be clicked?

    It reads state, vector and their product side by side, 3 D numbers.

    D:      width of both.
    hidden: units of the one hidden layer.
    """

    def __init__(self, D, hidden=64):
        super().__init__()
        self.layers = nn.Sequential(nn.Linear(3 * D, hidden), nn.ReLU(), nn.Linear(hidden, 1))
        draw_weights(self)

    def forward(self, states, vectors):
        """states, vectors: (..., D). Returns (...), unbounded."""
        pair = torch.cat([states, vectors, states * vectors], dim=-1)  # (..., 3 D)
        return self.layers(pair).squeeze(-1)
