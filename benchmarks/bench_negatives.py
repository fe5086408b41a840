"""Negatives per second, against a plain loop that draws one at a time and again where it collides."""

import time

import numpy as np
import pytest
import torch

from seqrec.losses import in_batch_negatives, log_q, popularity_negatives, uniform_negatives

pytestmark = pytest.mark.benchmark
B, L, N = 256, 50, 64  # 819,200 draws a call


def cpu_seconds(work, repeats=5):
    """The least CPU time of several runs: what others do on the machine matters little."""
    least = np.inf
    for _ in range(repeats):
        start = time.process_time()
        work()
        least = min(least, time.process_time() - start)
    return least


@pytest.fixture(scope="module", autouse=True)
def one_thread():
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(threads)


def plain_loop(targets, own, weights, n_draws):
    """One negative at a time: an item of random popularity, again if it is the user's."""
    rng, probabilities = np.random.default_rng(0), weights / weights.sum()
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
    own = (
        targets if n_items > 50 else targets[:, :10]
    )  # among 50 items, 50 clicks can leave nothing
    plain = cpu_seconds(lambda: plain_loop(targets, own, counts.numpy(), 2_000), repeats=2) / 2_000
    negatives = popularity_negatives(targets, N, counts, alpha=1, seed=0, own_items=own)
    cases = {
        "uniform, nothing rejected": lambda: uniform_negatives(
            targets, N, n_items, seed=0, reject_target=False
        ),
        "uniform, target rejected": lambda: uniform_negatives(targets, N, n_items, seed=0),
        "uniform, own items too": lambda: uniform_negatives(
            targets, N, n_items, seed=0, own_items=own
        ),
        "popularity, target rejected": lambda: popularity_negatives(
            targets, N, counts, alpha=1, seed=0
        ),
        "popularity, own items too": lambda: popularity_negatives(
            targets, N, counts, alpha=1, seed=0, own_items=own
        ),
        "in-batch, own items too": lambda: in_batch_negatives(targets, N, seed=0, own_items=own),
        "log-Q of popularity, own items too": lambda: log_q(
            negatives, targets, counts, own_items=own
        ),
    }
    print(f"\n{n_items} items (target: 10 M draws/s)")
    for name, case in cases.items():
        each = cpu_seconds(case) / (B * L * N)
        print(f"{name:36s}{1e-6 / each:6.1f} M/s, {plain / each:6.0f} times the plain loop")
