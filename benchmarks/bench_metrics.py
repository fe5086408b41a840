"""Makes no table: prints ratios of full ranking to the work that nobody can avoid.

That is the matrix product of users and items, and one partition.

    python -m pytest -m benchmark -s benchmarks/bench_metrics.py
"""

import time
import tracemalloc

import numpy as np
import pytest

from benchmarks.clock import cpu_seconds
from seqrec.metrics import full_ranking, mean_interval, ndcg

pytestmark = pytest.mark.benchmark
USERS, ITEMS = 6_040, 3_416  # MovieLens-1M
WIDTH = 64


@pytest.fixture(scope="module")
def vectors():
    """Users (USERS, WIDTH), items (ITEMS + 1, WIDTH), and a target for each user."""
    rng = np.random.default_rng(0)
    users = rng.normal(size=(USERS, WIDTH)).astype(np.float32)
    items = rng.normal(size=(ITEMS + 1, WIDTH)).astype(np.float32)
    return users, items, rng.integers(1, ITEMS + 1, USERS)


def test_full_ranking_against_product_and_partition(vectors):
    users, items, targets = vectors
    scores = users @ items.T
    product = cpu_seconds(lambda: users @ items.T)
    partition = cpu_seconds(lambda: np.partition(scores, ITEMS - 10, axis=1))
    sort = cpu_seconds(lambda: np.argsort(-scores, axis=1), repeats=1)

    def score(rows):
        return users[rows] @ items.T

    ranking = cpu_seconds(lambda: full_ranking(score, targets))
    with_lists = cpu_seconds(lambda: full_ranking(score, targets, top=10))
    seen = np.random.default_rng(1).integers(0, ITEMS + 1, (USERS, 100))
    with_seen = cpu_seconds(lambda: full_ranking(score, targets, seen=seen))
    least = product + partition
    print(
        f"\nproduct {product * 1e3:.0f} ms + partition {partition * 1e3:.0f} ms; argsort alone "
        f"{sort / least:.1f} times"
    )
    print(
        f"full ranking                     {ranking / least:.2f} times product + partition "
        "(target: below 1.5)"
    )
    print(f"... and lists of the 10 best     {with_lists / least:.2f} times")
    print(f"... without 100 seen items each  {with_seen / least:.2f} times")
    assert ranking < 1.5 * least


def test_memory_of_a_large_catalogue_is_that_of_one_chunk():
    n_users, n_items = 2_000, 100_000
    chunk = 256
    base = np.random.default_rng(0).random((chunk, n_items + 1), dtype=np.float32)
    targets = np.arange(n_users) + 1
    tracemalloc.start()
    start = time.process_time()
    full_ranking(lambda rows: base[: rows.stop - rows.start] * np.float32(2), targets, chunk=chunk)
    seconds = time.process_time() - start
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    everything = n_users * n_items * 4
    print(
        f"\n{n_users} users x {n_items} items: peak {peak / 2**20:.0f} MiB, "
        f"{peak / everything:.2f} of all scores"
    )
    print(
        f"a million users: the same peak and 8 MB of ranks, {seconds / n_users * 1e6:.0f} s of CPU"
    )
    assert peak < 1.5 * chunk * n_items * 4


def test_bootstrap_against_drawing_users():
    values = ndcg(np.random.default_rng(0).integers(1, 100, USERS), 10)
    rng = np.random.default_rng(0)
    plain = cpu_seconds(
        lambda: [values[rng.integers(USERS, size=USERS)].mean() for _ in range(1000)], repeats=2
    )
    ours = cpu_seconds(lambda: mean_interval(values, seed=0))
    print(
        f"\n1,000 resamples of NDCG@10 over {USERS} users: {plain / ours:.0f} times faster than "
        "drawing users"
    )
