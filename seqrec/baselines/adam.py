"""The short training loop of the two baselines with a network: Adam, and a falling rate.

No early stopping, no checkpoint, no validation: a baseline is meant to be simple. Every other model
is trained by `seqrec.training.train`.
"""

import numpy as np
import torch
from tqdm.auto import tqdm

from seqrec.checks import check_room
from seqrec.compiler import leave_compiler_unloaded


def train_with_adam(
    network, batch_loss, n_samples, *, epochs, batch_size, learning_rate, generator, name, progress
):
    """Train `network` in place, on the CPU.

    network:       an nn.Module.
    batch_loss:    `batch_loss(rows)` is the mean loss of the samples `rows`, (B,) long from
                   0..n_samples - 1.
    n_samples:     each is seen once an epoch.
    epochs:        how many.
    batch_size:    samples a step.
    learning_rate: Adam's; it falls linearly to 0, which quiets the last steps.
    generator:     shuffles the samples, anew for each epoch.
    name:          what the bar says.
    progress:      whether to show a bar.

    Returns the mean loss of each epoch, (epochs,), each batch measured before its step.
    """
    check_room("epochs", epochs, 8 * epochs)
    batch_size = int(min(batch_size, n_samples))
    n_batches = -(-n_samples // batch_size)
    leave_compiler_unloaded()
    optimizer = torch.optim.Adam(network.parameters(), lr=learning_rate)
    schedule = torch.optim.lr_scheduler.LinearLR(
        optimizer, 1.0, 0.0, total_iters=epochs * n_batches
    )
    losses = np.zeros(epochs)
    for epoch in tqdm(range(epochs), desc=name, unit="epoch", disable=not progress):
        for rows in torch.randperm(n_samples, generator=generator).split(batch_size):
            loss = batch_loss(rows)
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
            schedule.step()
            losses[epoch] += loss.item() * len(rows) / n_samples
    return losses
