"""The training loop and nothing else, to see what a step is. `train` is the one to train with."""

from collections.abc import Callable

import torch
from torch import nn


def plain_train(
    network: nn.Module,
    loss: Callable[[nn.Module, torch.Tensor, torch.Generator], torch.Tensor],
    n_rows: int,
    optimizer: torch.optim.Optimizer,
    *,
    epochs: int,
    batch_size: int,
    generator: torch.Generator,
) -> list[float]:
    """Shuffle, take a batch, clear the gradients, compute new ones, step; again and again.

    What `train` has and this has not: a schedule, clipping, validation and the best weights,
    checkpoints, several processes. Where those are left out both give the same weights.

    network:    is put into training mode
    loss:       of a batch, `loss(network, rows, generator)`: rows (B,) long, from 0 to n_rows - 1
    n_rows:     samples of an epoch; the last batch may be smaller than the others
    optimizer:  of the network's parameters
    epochs:     how often each sample is seen
    batch_size: samples a step
    generator:  of the order of each epoch; handed on to the loss

    Returns the mean loss of each epoch, in which every sample counts the same.
    """
    network.train()
    means = []
    for _ in range(epochs):
        total = 0.0
        for rows in torch.randperm(n_rows, generator=generator).split(batch_size):
            optimizer.zero_grad()
            value = loss(network, rows, generator)
            value.backward()
            optimizer.step()
            total += value.item() * len(rows)
        means.append(total / n_rows)
    return means
