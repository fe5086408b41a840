"""Makes no table: prints ratios of negatives per second to a plain loop's.

The loop draws one at a time, and again where it collides.

    python -m pytest -m benchmark -s benchmarks/bench_negatives.py
"""

from functools import partial

import numpy as np
import pytest
import torch

from benchmarks.clock import cpu_seconds
from seqrec.losses import in_batch_negatives, log_q, popularity_negatives, uniform_negatives

pytestmark = pytest.mark.benchmark
B, L, N = 256, 50, 64  # 819,200 draws a call


@pytest.fixture(scope="module", autouse=True)
def one_thread():
    """One thread a process, as everywhere in the benchmarks; then as many as before."""
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(threads)


def plain_loop(targets, own, weights, n_draws):
    """One negative at a time: an item of random popularity, again if it is the user's."""
    rng = np.random.default_rng(0)
    probabilities = weights / weights.sum()
    users = [set(row) for row in own.tolist()]
    negatives = []
    for draw in range(n_draws):
        mine = users[draw % len(users)]
        item = rng.choice(len(probabilities), p=probabilities)
        while item in mine:
            item = rng.choice(len(probabilities), p=probabilities)
        negatives.append(item)
    return negatives


@pytest.mark.parametrize("n_items", [50, 3_416, 100_000])
def test_draws_per_second(n_items):
    generator = torch.Generator().manual_seed(0)
    counts = (torch.rand(n_items + 1, generator=generator) ** 8 * 5_000).long() + 1
    counts[0] = 0
    clicks = torch.multinomial(counts.double(), B * L, replacement=True, generator=generator)
    targets = clicks.reshape(B, L)
    # Among 50 items, 50 clicks can leave nothing.
    own = targets if n_items > 50 else targets[:, :10]
    plain = cpu_seconds(lambda: plain_loop(targets, own, counts.numpy(), 2_000), repeats=2) / 2_000
    negatives = popularity_negatives(targets, N, counts, alpha=1, seed=0, own_items=own)
    uniform = partial(uniform_negatives, targets, N, n_items, seed=0)
    popular = partial(popularity_negatives, targets, N, counts, alpha=1, seed=0)
    cases = {
        "uniform, nothing rejected": lambda: uniform(reject_target=False),
        "uniform, target rejected": uniform,
        "uniform, own items too": lambda: uniform(own_items=own),
        "popularity, target rejected": popular,
        "popularity, own items too": lambda: popular(own_items=own),
        "in-batch, own items too": lambda: in_batch_negatives(targets, N, seed=0, own_items=own),
        "log-Q of popularity, own items too": lambda: log_q(
            negatives, targets, counts, own_items=own
        ),
    }
    print(f"\n{n_items} items (target: 10 M draws/s)")
    for name, case in cases.items():
        each = cpu_seconds(case) / (B * L * N)
        print(f"{name:36s}{1e-6 / each:6.1f} M/s, {plain / each:6.0f} times the plain loop")
