"""Makes no table: prints ratios of `seqrec.data.sequences` to plain ways, in time and memory.

    python benchmarks/bench_sequences.py [--rows 1000000] [--users 20000] [--max-len 10]

Times are processor seconds of one thread (`time.process_time`), the best of several runs; what is
compared runs in turns in the same process. (On a busy machine most of the noise is the kernel
handing out memory.) Memory is what tracemalloc counts beyond the log itself.
"""

import argparse
import os
import time
import tracemalloc

os.environ.setdefault("OMP_NUM_THREADS", "1")

import numpy as np
import pandas as pd
import pytest
from torch.utils.data import DataLoader, Dataset

from seqrec.data import SequenceDataset, build_sequences, sliding_windows

# The plain loop is timed on whole users with about this many events, per window.
LOOP_EVENTS = 10_000


def click_log(n_rows, n_users, seed=0):
    """A shuffled log: users uniform, whole seconds of one year, 2,000 items."""
    rng = np.random.default_rng(seed)
    year = 365 * 24 * 3600
    columns = {
        "user_id": rng.integers(0, n_users, n_rows),
        "item_id": rng.integers(1, 2001, n_rows),
        "timestamp": 1_700_000_000 + rng.integers(0, year, n_rows),
    }
    return pd.DataFrame(columns)


def double_loop(sequences, max_len):
    """The plain way: each user, each event but the first, one np.pad per window.

    sequences: lists of items, sorted already
    """
    histories = []
    targets = []
    for sequence in sequences:
        for i in range(1, len(sequence)):
            history = sequence[max(0, i - max_len) : i]
            left = max_len - len(history)
            histories.append(np.pad(history, (left, 0), "constant", constant_values=0))
            targets.append(sequence[i])
    return histories, targets


def seconds_in_turns(functions, rounds=15):
    """The best processor time of each function, {name: seconds}; each round calls them all."""
    best = dict.fromkeys(functions, np.inf)
    for _ in range(rounds):
        for name, function in functions.items():
            begin = time.process_time()
            result = function()
            best[name] = min(best[name], time.process_time() - begin)
            del result
    return best


def peak_and_kept(function):
    """Bytes at the peak of a call, and bytes of its result."""
    tracemalloc.start()
    result = function()
    kept, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    del result
    return peak, kept


class OneByOne(Dataset):
    """What a Dataset looks like without a thought to batches."""

    def __init__(self, dataset):
        self.dataset = dataset

    def __len__(self):
        return len(self.dataset)

    def __getitem__(self, index):
        return self.dataset[index]


def measure(n_rows, n_users, max_len):
    """Rows (what, against what, ratio, target, better); `better` is 'more' or 'less'."""
    shuffled = click_log(n_rows, n_users)
    in_order = shuffled.sort_values(["user_id", "timestamp"], kind="stable", ignore_index=True)
    fractions = shuffled.assign(timestamp=shuffled["timestamp"] + 0.25)
    text = shuffled.assign(user_id="user" + shuffled["user_id"].astype(str))
    few = in_order.head(min(n_rows, LOOP_EVENTS)).groupby("user_id")["item_id"].apply(list).tolist()
    n_few = sum(len(sequence) - 1 for sequence in few)
    n_windows = n_rows - shuffled["user_id"].nunique()

    logs = {
        "in order": in_order,
        "shuffled": shuffled,
        "shuffled, float times": fractions,
        "shuffled, text users": text,
    }
    calls = {name: lambda log=log: sliding_windows(log, max_len) for name, log in logs.items()}
    seconds = seconds_in_turns({"loop": lambda: double_loop(few, max_len), **calls})
    loop = seconds.pop("loop") / n_few * n_windows
    per_window = f"{loop / n_windows * 1e6:.1f} us a window, measured on {n_few:,}"
    print(f"plain double loop: {per_window} windows, taken times {n_windows:,}")
    targets = {"in order": 200, "shuffled": 60}
    plain = "plain double loop, sort not counted"
    table = [
        (f"sliding_windows, {name}", plain, loop / s, targets.get(name), "more")
        for name, s in seconds.items()
    ]

    users = shuffled["user_id"].to_numpy()
    times = shuffled["timestamp"].to_numpy()
    combined = (users << 32) | (times - times.min())
    seconds = seconds_in_turns(
        {
            "np.lexsort((time, user))": lambda: np.lexsort((times, users)),
            "one stable argsort of a combined key": lambda: np.argsort(combined, kind="stable"),
            "sequences": lambda: build_sequences(shuffled, max_len),
        }
    )
    sequences = seconds.pop("sequences")
    table += [
        ("build_sequences, shuffled", f"{name}, time", sequences / s, 3, "less")
        for name, s in seconds.items()
    ]

    dataset = SequenceDataset(*sliding_windows(in_order.head(min(n_rows, 200_000)), max_len))
    order = np.random.default_rng(0).permutation(len(dataset))[: 20 * 256].reshape(20, 256)

    def batches(data):
        return list(DataLoader(data, batch_sampler=order.tolist()))

    seconds = seconds_in_turns(
        {
            "one by one": lambda: batches(OneByOne(dataset)),
            "DataLoader": lambda: batches(dataset),
            "dataset[rows]": lambda: [dataset[rows] for rows in order],
        }
    )
    plain = seconds.pop("one by one")
    table += [
        (f"256 windows by {name}", "DataLoader, one by one", plain / s, None, "more")
        for name, s in seconds.items()
    ]

    longest = int(shuffled["user_id"].value_counts().max())
    for name, call in {
        "sliding_windows, in order": calls["in order"],
        "sliding_windows, shuffled": calls["shuffled"],
        "sliding_windows, shuffled, float times": calls["shuffled, float times"],
        "build_sequences, shuffled, nothing cut off": lambda: build_sequences(shuffled, longest),
    }.items():
        peak, kept = peak_and_kept(call)
        table.append(
            (f"{name}: peak memory", f"its result, {kept / 1e6:.0f} MB", peak / kept, 3, "less")
        )
    return table


def report(table):
    """Print the table; returns the lines that miss their target."""
    missed = []
    for what, against, ratio, target, better in table:
        met = target is None or (ratio >= target if better == "more" else ratio <= target)
        bound = "at least" if better == "more" else "at most"
        wanted = "" if target is None else f"{bound} {target}"
        line = f"{what:<58} {ratio:8.2f} x {against:<46} {wanted}{'' if met else '  MISSED'}"
        print(line)
        missed += [] if met else [line]
    return missed


@pytest.mark.benchmark
def test_sequences_meet_their_targets():
    assert not report(measure(n_rows=1_000_000, n_users=20_000, max_len=10))


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rows", type=int, default=1_000_000)
    parser.add_argument("--users", type=int, default=20_000)
    parser.add_argument("--max-len", type=int, default=10)
    options = parser.parse_args()
    report(measure(options.rows, options.users, options.max_len))
