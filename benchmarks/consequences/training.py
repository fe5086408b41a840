"""Makes no table: a short training, the same for every mistake."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any
from unittest import mock

import numpy as np
import torch
from torch import nn

from benchmarks.consequences.shop import MAX_LEN, N_ITEMS, NotANumber, Setting, Shop
from seqrec.models import SASRec

BATCH = 64
LEARNING_RATE = 0.005


def trained(
    network: nn.Module, loss: Callable, n_samples: int, seed: int, steps: int
) -> tuple[nn.Module, float]:
    """`network` after some steps of Adam, and its mean loss over the last tenth of them.

    loss: `loss(network, rows, generator)` is a scalar, as `seqrec.training.train` asks for it.

    Raises NotANumber as soon as the loss is NaN or infinite.
    """
    generator = torch.Generator().manual_seed(seed)
    torch.manual_seed(seed)
    optimiser = torch.optim.Adam(network.parameters(), lr=LEARNING_RATE)
    losses = []
    network.train()
    for step in range(steps):
        rows = torch.randint(n_samples, (BATCH,), generator=generator)
        value = loss(network, rows, generator)
        if not torch.isfinite(value):
            raise NotANumber(f"the loss is {value.item()} at step {step + 1}")
        optimiser.zero_grad()
        value.backward()
        optimiser.step()
        losses.append(value.item())
    return network.eval(), float(np.mean(losses[-max(1, steps // 10) :]))


def small_sasrec(seed: int, kind: type[nn.Module] = SASRec, **options: Any) -> nn.Module:
    """SASRec with one block, 32 numbers wide, or another class that is made as it is."""
    torch.manual_seed(seed)
    # One more than is read: some mistakes read a click too many.
    return kind(N_ITEMS, MAX_LEN + 1, D=32, n_blocks=1, hidden=64, dropout=0.0, **options)


def lift_of(
    network: nn.Module, loss: Callable, shop: Shop, seed: int, setting: Setting
) -> dict[str, float]:
    """What training and the shop say of a network that learns from `shop.sequences`."""
    network, last = trained(network, loss, len(shop.sequences), seed, setting.steps)
    with torch.no_grad():
        scores = network.score_catalogue(shop.histories)
    return {"share_of_lift": shop.lift(scores), "training_loss": last}


@contextmanager
def put_in_place(owner: Any, name: str, implementation: Any) -> Iterator[None]:
    """Inside, the library calls `implementation` where it has `owner.name` else."""
    with mock.patch.object(owner, name, implementation):
        yield
