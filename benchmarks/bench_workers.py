"""Makes no table: prints ratios of one worker's seconds to those of two.

    python -m benchmarks.bench_workers            how much sooner two are done
    python -m benchmarks.bench_workers memory     a log that is larger than a worker may be

The second command builds sequences within that worker's memory.

Wall-clock seconds, so only a machine with two idle cores tells anything. Simulation and sequences:
a Dask cluster of one or two processes of one thread, started and warmed up before the clock starts,
4 million clicks in 16 blocks. Training: one or two ranks under torchrun, one epoch of SASRec (D =
64, two blocks, batches of 128 rows in all) on 6,040 rows of 51 clicks; the ranks time the epoch
themselves, the start left out. Ratios are of the medians.
"""

import argparse
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from statistics import median

ROUNDS = 3
TRAIN = """
import sys, time
import numpy as np, torch
from seqrec.losses import next_item_loss
from seqrec.training import joined_ranks
from seqrec.models import SASRec
from seqrec.training import TrainConfig, train
torch.set_num_threads(1)
with joined_ranks(device="cpu") as ranks:
    items = torch.from_numpy(np.random.default_rng(0).integers(1, 3_417, (6_040, 51)))
    network = SASRec(3_416, 50, D=64, H=2, n_blocks=2, dropout=0.2)
    config = TrainConfig(epochs=2, restore_best_weights=False)
    run = train(network, next_item_loss(items), len(items), config, progress=False)
    if ranks.is_first:
        print("SECONDS", run.history["seconds"].iloc[-1])
"""


def on_workers(count, folder):
    """Seconds of (simulation, sequences) by `count` workers."""
    from dask.distributed import Client, LocalCluster

    from seqrec.data import build_sequences_at_scale
    from zooplus_sim import ZooplusSimulator, write_journeys

    def both(name, n_users, users_per_block):
        log = folder / f"log{name}"
        sequences = folder / f"sequences{name}"
        began = time.perf_counter()
        write_journeys(
            log,
            ZooplusSimulator(n_users=n_users),
            events_per_user=40,
            users_per_block=users_per_block,
            client=client,
            progress=False,
        )
        middle = time.perf_counter()
        build_sequences_at_scale(log, sequences, 50, is_by_user=True)
        return middle - began, time.perf_counter() - middle

    with (
        LocalCluster(n_workers=count, threads_per_worker=1, dashboard_address=None) as cluster,
        Client(cluster) as client,
    ):
        both(f"warm-up{count}", 400, 100)
        return both(count, 100_000, 6_250)


def by_ranks(count):
    """Seconds of an epoch by `count` ranks."""
    root = Path(__file__).resolve().parents[1]
    variables = os.environ | {"OMP_NUM_THREADS": "1", "PYTHONPATH": str(root)}
    with tempfile.TemporaryDirectory() as folder:
        program = Path(folder) / "train.py"
        program.write_text(TRAIN)
        command = [sys.executable, "-m", "torch.distributed.run"]
        command += ["--standalone", "--nproc-per-node", str(count)]
        done = subprocess.run([*command, program], env=variables, capture_output=True, text=True)
    lines = [line for line in done.stdout.splitlines() if line.startswith("SECONDS")]
    if done.returncode or not lines:
        raise RuntimeError(done.stderr[-3000:])
    return float(lines[0].split()[1])


def within_memory(limit=1_000_000_000, n_users=1_000_000):
    """Sequences from 40 million clicks by one worker, which Dask ends if it grows too large.

    limit:   bytes that it may hold
    n_users: with 40 clicks each
    """
    import pandas as pd
    from dask.distributed import Client, LocalCluster

    from seqrec.data import build_sequences_at_scale
    from zooplus_sim import ZooplusSimulator, write_journeys

    with (
        tempfile.TemporaryDirectory() as place,
        LocalCluster(
            n_workers=1, threads_per_worker=1, dashboard_address=None, memory_limit=limit
        ) as cluster,
        Client(cluster) as client,
    ):
        folder = Path(place)
        manifest = write_journeys(
            folder / "log",
            ZooplusSimulator(n_users=n_users),
            events_per_user=40,
            users_per_block=10_000,
            client=client,
        )
        process = next(iter(cluster.workers.values())).pid
        build_sequences_at_scale(folder / "log", folder / "sequences", 50, is_by_user=True)
        part = pd.read_parquet(folder / "log" / "part-000000.parquet")
        whole = part.memory_usage(deep=True).sum() / len(part) * manifest["rows"]
        status = Path(f"/proc/{process}/status").read_text()
        peak = int(status.split("VmHWM:")[1].split()[0]) * 1024
        built = sum(
            len(pd.read_parquet(path, columns=["user_id"]))
            for path in (folder / "sequences").glob("*.parquet")
        )
        print(
            f"{manifest['rows']:,} clicks, {whole / 1e6:,.0f} MB in memory, {built:,} sequences; "
            f"the worker may hold {limit / 1e6:,.0f} MB and held {peak / 1e6:,.0f} at most; ended "
            f"and started anew: {process != next(iter(cluster.workers.values())).pid}"
        )
        assert whole > limit > peak and built == n_users


def main():
    """Print how many times as fast two workers are, job by job."""
    seconds = {
        (job, count): [] for job in ("simulate", "sequences", "training") for count in (1, 2)
    }
    for _ in range(ROUNDS):
        for count in (1, 2):
            with tempfile.TemporaryDirectory() as folder:
                simulated, built = on_workers(count, Path(folder))
            seconds["simulate", count].append(simulated)
            seconds["sequences", count].append(built)
            seconds["training", count].append(by_ranks(count))
    for job in ("simulate", "sequences", "training"):
        one, two = (median(seconds[job, count]) for count in (1, 2))
        pairs = zip(seconds[job, 1], seconds[job, 2], strict=True)
        rounds = " ".join(f"{a / b:.2f}" for a, b in pairs)
        print(
            f"{job:9s} one {one:6.2f} s   two {two:6.2f} s   {one / two:.2f} times as fast (each "
            f"round: {rounds})"
        )


if __name__ == "__main__":
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks.bench_workers",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("task", nargs="?", choices=["memory"])
    if parser.parse_args().task == "memory":
        within_memory()
    else:
        main()
