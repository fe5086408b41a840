"""The weights averaged over the steps: less noise than the last ones, and no worse a place.

Polyak and Juditsky, "Acceleration of Stochastic Approximation by Averaging" (1992), in the form
that forgets: after each step

    average = d average + (1 - d) weights,      d = min(ema_decay, (1 + step) / (10 + step))

The second term lets an average forget the weights that it began with (as TensorFlow's
`ExponentialMovingAverage` does with `num_updates`).
"""

from collections.abc import Iterator
from contextlib import contextmanager

import torch
from torch import nn
from torch.optim.swa_utils import get_ema_multi_avg_fn


def trained_weights(network: nn.Module) -> dict[str, nn.Parameter]:
    """The parameters that ask for a gradient, by name, each once."""
    return {name: weight for name, weight in network.named_parameters() if weight.requires_grad}


@torch.no_grad()
def update_average(
    average: dict[str, torch.Tensor], network: nn.Module, step: int, ema_decay: float
) -> None:
    """Take one step's weights into the average, in place.

    average:   by name, as `trained_weights`; empty before the first step, which fills it.
    step:      how many updates the weights have seen, from 1.
    ema_decay: how much of the average stays, 0 to below 1.
    """
    weights = trained_weights(network)
    if not average:
        average.update({name: weight.detach().clone() for name, weight in weights.items()})
    decay = min(ema_decay, (1 + step) / (10 + step))
    mix = get_ema_multi_avg_fn(decay)
    mix([average[name] for name in weights], [weight.data for weight in weights.values()], None)


@contextmanager
def average_in_place(average: dict[str, torch.Tensor], network: nn.Module) -> Iterator[None]:
    """Inside, the network has the average for weights; afterwards its own again, bit for bit.

    average: as `update_average` makes it. Empty: nothing changes.
    """
    weights = trained_weights(network)
    own = {name: weights[name].detach().clone() for name in average}
    put(average, network)
    try:
        yield
    finally:
        put(own, network)


@torch.no_grad()
def put(average: dict[str, torch.Tensor], network: nn.Module) -> None:
    """Give the network the average for weights. Empty: nothing changes."""
    weights = trained_weights(network)
    for name, value in average.items():
        weights[name].copy_(value)
