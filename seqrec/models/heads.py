"""What networks end with, and how they are asked.

    eval_mode(network)           without dropout, for a while
    pad_column(logits)           a column for padding
    masked_mean, mean_so_far     means over real positions
    beside                       states and the vectors of one item or several, in pairs
    PairHead                     a number for a state and an item

Axis letters: B batch, L length, D width.
"""

from contextlib import contextmanager

import torch
from torch import nn

from seqrec.models.encoder import draw_weights


@contextmanager
def eval_mode(network):
    """No dropout inside; afterwards the network's mode is what it was, after an error too."""
    was_training = network.training
    network.eval()
    try:
        yield network
    finally:
        network.train(was_training)


def pad_column(logits: torch.Tensor) -> torch.Tensor:
    """(..., n_items) -> (..., n_items + 1): a column of -inf for padding before the others."""
    return nn.functional.pad(logits, (1, 0), value=float("-inf"))


def masked_mean(states, real):
    """The mean over real positions; zeros where there is none.

    states: (B, L, D)
    real:   (B, L) bool

    Returns (B, D).
    """
    real = real[:, :, None].to(states.dtype)
    return (states * real).sum(dim=1) / real.sum(dim=1).clamp(min=1)


def mean_so_far(states, real):
    """At each position, the mean over real positions up to it; zeros before the first.

    states: (B, L, D)
    real:   (B, L) bool

    Returns (B, L, D).
    """
    real = real[:, :, None].to(states.dtype)
    return (states * real).cumsum(dim=1) / real.cumsum(dim=1).clamp(min=1)


def beside(states: torch.Tensor, vectors: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
    """States beside vectors, each state beside all of its own where it has several.

    states:  (..., D)
    vectors: (..., D) or (..., N, D)

    Returns both in the shape of `vectors`.
    """
    if vectors.ndim > states.ndim:
        states = states[..., None, :].expand_as(vectors)
    return states, vectors


class PairHead(nn.Module):
    """A number for a state and an item's vector: will it be clicked? How will it end?

    It reads state, vector and their product side by side, 3 D numbers.

    D:      width of both
    hidden: units of the one hidden layer
    """

    def __init__(self, D, hidden=64):
        super().__init__()
        self.layers = nn.Sequential(nn.Linear(3 * D, hidden), nn.ReLU(), nn.Linear(hidden, 1))
        draw_weights(self)

    def forward(self, states, vectors):
        """states, vectors: (..., D). Returns (...), unbounded."""
        pair = torch.cat([states, vectors, states * vectors], dim=-1)  # (..., 3 D)
        return self.layers(pair).squeeze(-1)
