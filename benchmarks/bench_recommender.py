"""Makes no table: prints the ratio of a list for everybody to the network alone, and its memory.

    python benchmarks/bench_recommender.py [--users 6040] [--items 3416] [--events 165]

The shop has the size of MovieLens-1M, the model is SASRec with D = 64, 2 blocks, max_len 50, hardly
trained: the speed does not depend on the weights. Times are processor seconds of one thread, the
best of several runs in turns.
"""

import argparse
import os
import subprocess
import sys
import threading
import time

os.environ.setdefault("OMP_NUM_THREADS", "1")

import numpy as np
import pandas as pd
import psutil
import pytest
import torch

from seqrec.data import build_sequences, pad_left
from seqrec.recommender import SASRecConfig, SequentialRecommender
from seqrec.training import TrainConfig

MAX_LEN = 50
TOP_K = 10


def click_log(n_users, n_items, n_events, seed=0):
    """About n_events a user, in the order of their time."""
    rng = np.random.default_rng(seed)
    n = n_users * n_events
    columns = {"user_id": rng.integers(0, n_users, n), "item_id": rng.integers(1, n_items + 1, n)}
    return pd.DataFrame(columns | {"timestamp": np.arange(n)})


def recommender(n_items):
    """A SASRec that has hardly learned, for a catalogue of n_items."""
    log = click_log(n_users=10, n_items=n_items, n_events=5)
    model = SequentialRecommender(
        SASRecConfig(),
        max_len=MAX_LEN,
        training=TrainConfig(epochs=1),
        device="cpu",
        progress=False,
    )
    return model.fit(log, items=np.arange(1, n_items + 1))


@torch.no_grad()
def network_alone(network, histories, batch):
    """The forward pass, the product with all items and its top, for histories made before."""
    best = []
    for items in histories.split(batch):
        states = network.encoder(items)[:, -1]
        best.append((states @ network.item_vectors.T).topk(TOP_K, dim=1).indices + 1)
    return torch.cat(best).numpy()


def compare(n_users, n_items, n_events, rounds=5):
    """Returns {name: seconds}; both ways must name the same items."""
    torch.set_num_threads(1)
    log = click_log(n_users, n_items, n_events)
    model = recommender(n_items)
    sequences = build_sequences(log, MAX_LEN - 1).set_index("user_id")["item_sequence"]
    histories = torch.from_numpy(pad_left(sequences[log["user_id"].unique()], MAX_LEN))
    ways = {
        f"network alone, {batch} users at once": lambda batch=batch: network_alone(
            model.network_, histories, batch
        )
        for batch in (256, n_users)
    }
    ways["recommend, from the log"] = lambda: model.recommend(log, TOP_K)
    seconds = dict.fromkeys(ways, np.inf)
    answers = {}
    for _ in range(rounds):
        for name, way in ways.items():
            begin = time.process_time()
            answers[name] = way()
            seconds[name] = min(seconds[name], time.process_time() - begin)
    first, *others = answers.values()
    # Equal, but for ties in the last bits.
    assert all((first == other).mean() > 0.999 for other in others)
    return seconds


def added_peak(n_users, n_items, n_events):
    """MB that `recommend` holds at most, beyond the model and the log, in a process of its own."""
    call = f"peak_here({n_users}, {n_items}, {n_events})"
    code = f"from benchmarks.bench_recommender import peak_here; print({call})"
    command = [sys.executable, "-c", code]
    return float(subprocess.run(command, check=True, capture_output=True, text=True).stdout)


def peak_here(n_users, n_items, n_events):
    """The same in this process."""
    torch.set_num_threads(1)
    log = click_log(n_users, n_items, n_events)
    model = recommender(n_items)
    process = psutil.Process()
    before = process.memory_info().rss
    seen = [0]
    is_over = threading.Event()

    def watch():
        while not is_over.wait(0.002):
            seen.append(process.memory_info().rss)

    watcher = threading.Thread(target=watch)
    watcher.start()
    model.recommend(log, TOP_K, exclude_seen=True, sampling_temperature=1.0)
    is_over.set()
    watcher.join()
    return (max(seen) - before) / 2**20


@pytest.mark.benchmark
def test_a_list_for_everybody_against_the_network_alone():
    report(compare(6040, 3416, 165))


@pytest.mark.benchmark
def test_memory_is_that_of_a_chunk_whatever_the_catalogue():
    print()
    for n_users, n_items in ((6_040, 3_416), (500, 100_000), (1_000, 100_000)):
        peak = added_peak(n_users, n_items, 20)
        scores = n_users * n_items * 4 / 2**20
        print(
            f"{n_users:5,} users, {n_items:7,} items: at most {peak:4.0f} MB more; all scores "
            f"would be {scores:4.0f} MB"
        )


def report(seconds):
    """Print each way's ratio to the network alone; an error where ours takes too long."""
    *baselines, ours = seconds
    best = min(seconds[name] for name in baselines)
    for name, value in seconds.items():
        print(f"\n{name:38s}{value:7.2f} s   {value / best:5.2f} x the network alone", end="")
    print()
    assert seconds[ours] < 1.5 * best


if __name__ == "__main__":
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--users", type=int, default=6040)
    parser.add_argument("--items", type=int, default=3416)
    parser.add_argument("--events", type=int, default=165)
    options = parser.parse_args()
    report(compare(options.users, options.items, options.events))
