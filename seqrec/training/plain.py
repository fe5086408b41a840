"""The training loop with nothing around it: what chapter 07 builds."""

from collections.abc import Callable, Iterable

import torch
from torch import nn


def plain_train(
    network: nn.Module,
    loss: Callable[..., torch.Tensor],
    batches: Iterable[torch.Tensor],
    learning_rate: float,
    factor: Callable[[int], float],
) -> list[float]:
    """Train `network` in place, a step of AdamW for each batch. `train` does this and more.

    network:       ends in training mode
    loss:          `loss(network, rows)` is the mean loss of a batch, a scalar tensor
    batches:       of rows (B,) long, a step each, in this order
    learning_rate: its peak
    factor:        `factor(step)`, steps counted from 1, is the share of it that the step uses

    The gradient is made anew for each step, and shortened to a length of 1 if it is longer.

    Returns each step's loss, measured before the step, as floats.
    """
    optimizer = torch.optim.AdamW(network.parameters(), lr=learning_rate)
    network.train()
    losses = []
    for step, rows in enumerate(batches, start=1):
        for group in optimizer.param_groups:
            group["lr"] = learning_rate * factor(step)
        value = loss(network, rows)
        optimizer.zero_grad()
        value.backward()
        nn.utils.clip_grad_norm_(network.parameters(), 1.0)
        optimizer.step()
        losses.append(value.item())
    return losses
