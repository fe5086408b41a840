"""Makes no table: prints ratios of a training step to that of a loop written by hand.

    python -m pytest -m benchmark -s benchmarks/bench_training.py

Both have the same network and AdamW.
"""

import time
from functools import partial

import numpy as np
import pytest
import torch
from torch import nn

from seqrec.training import TrainConfig, train

pytestmark = pytest.mark.benchmark
N, L, V = 4_096, 20, 1_000
BATCH = 128
EPOCHS = 2
HISTORIES = torch.randint(1, V, (N, L), generator=torch.Generator().manual_seed(0))
TARGETS = torch.randint(1, V, (N,), generator=torch.Generator().manual_seed(1))


@pytest.fixture(scope="module", autouse=True)
def one_thread():
    """One thread a process, as everywhere in the benchmarks; then as many as before."""
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(threads)


class MeanPool(nn.Module):
    """Hardly a network: what the loop adds to a step weighs more than it ever will."""

    def __init__(self, D):
        super().__init__()
        self.item = nn.Embedding(V, D, padding_idx=0)
        self.out = nn.Sequential(nn.Linear(D, D), nn.ReLU(), nn.Dropout(0.1), nn.Linear(D, V))

    def forward(self, histories):
        return self.out(self.item(histories).mean(dim=1))  # (B, V)


class Encoder(MeanPool):
    """Two blocks before the mean, as in the course's models."""

    def __init__(self, D):
        super().__init__(D)
        layer = nn.TransformerEncoderLayer(D, 2, 4 * D, dropout=0.1, batch_first=True)
        self.blocks = nn.TransformerEncoder(layer, 2, enable_nested_tensor=False)

    def forward(self, histories):
        return self.out(self.blocks(self.item(histories)).mean(dim=1))


def loss(network, rows, generator=None):
    """Cross-entropy of the samples `rows`."""
    return nn.functional.cross_entropy(network(HISTORIES[rows]), TARGETS[rows])


def by_hand(network, n_samples, clipped, fused):
    """The loop that everybody writes."""
    optimizer = torch.optim.AdamW(network.parameters(), lr=1e-3, fused=fused)
    network.train()
    for _ in range(EPOCHS):
        total = 0.0
        for rows in torch.randperm(n_samples).split(BATCH):
            optimizer.zero_grad()
            value = loss(network, rows)
            value.backward()
            if clipped:
                nn.utils.clip_grad_norm_(network.parameters(), 1.0)
            optimizer.step()
            total += value.item() * len(rows)


def ours(network, n_samples, **options):
    """`seqrec.training.train` with the same settings."""
    config = TrainConfig(epochs=EPOCHS, batch_size=BATCH, max_grad_norm=1.0, schedule="linear")
    train(network, loss, n_samples, config, progress=False, **options)


@pytest.mark.parametrize(("make", "n_samples"), [(MeanPool, N), (Encoder, N // 8)])
def test_a_step_against_a_loop_by_hand(make, n_samples, tmp_path):
    steps = EPOCHS * n_samples // BATCH

    def with_checkpoints(network, n_samples):
        ours(network, n_samples, checkpoint=tmp_path / str(time.monotonic_ns()), checkpoint_every=8)

    cases = {
        "by hand, as torch sets AdamW up": partial(by_hand, clipped=False, fused=None),
        "by hand, gradients clipped": partial(by_hand, clipped=True, fused=None),
        "by hand, clipped, fused AdamW": partial(by_hand, clipped=True, fused=True),
        "seqrec.training": ours,
        "... with a checkpoint every 8 steps": with_checkpoints,
    }
    times = {name: [] for name in cases}
    # In turns, so that a busy machine troubles all alike.
    for _ in range(5):
        for name, case in cases.items():
            network = make(64)
            start = time.process_time()
            case(network, n_samples)
            times[name].append((time.process_time() - start) / steps)
    least = {name: np.min(seconds) for name, seconds in times.items()}
    print(f"\n{make.__name__}, {steps} steps of {BATCH} samples")
    for name, seconds in least.items():
        ratios = "  ".join(f"{seconds / least[other]:5.2f}" for other in list(cases)[:3])
        step = f"{name:38s}{seconds * 1e3:7.2f} ms a step"
        print(f"{step}, as a share of the three by hand: {ratios}")
