"""Makes course/measured/16_scale.csv: CPU seconds and memory over the number of events.

    python -m benchmarks.bench_scale course/measured/16_scale.csv

Of four tasks: simulate, build sequences, train, rank. Without a file the table is printed only.

The default shop, 40 clicks a shopper, 10^5 to 10^7 events; a fresh process with one thread for each
number. Times are CPU times of the work, the loading of libraries and data left out; memory is the
most that the process held, libraries included. The network is a SASRec of one block of width 32; it
sees every event once. Ranking: one question per shopper.
"""

import json
import os
import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import pandas as pd

from benchmarks.commands import table_parser

PER_USER = 40
MAX_LEN = 50
SIZES = (100_000, 300_000, 1_000_000, 3_000_000, 10_000_000)


def simulate(n_events, folder):
    """The work of writing a log, a function without arguments."""
    from zooplus_sim import ZooplusSimulator, write_journeys

    shop = ZooplusSimulator(n_users=n_events // PER_USER)
    # What is made once is made before the clock starts.
    shop.journeys(events_per_user=1, users=1)
    return lambda: write_journeys(folder / "log", shop, events_per_user=PER_USER, progress=False)


def sequences(n_events, folder):
    """The work of building the sequences of that log."""
    import dask

    from seqrec.data import build_sequences_at_scale

    dask.config.set(scheduler="synchronous")
    return lambda: build_sequences_at_scale(
        folder / "log", folder / "sequences", MAX_LEN, is_by_user=True
    )


def _rows(folder):
    """All sequences, (U, MAX_LEN + 1)."""
    from seqrec.data import pad_left

    return pad_left(pd.read_parquet(folder / "sequences")["item_sequence"], MAX_LEN + 1)


def _network():
    import torch

    from seqrec.models import SASRec

    torch.manual_seed(0)
    return SASRec(50, MAX_LEN, D=32, H=2, n_blocks=1, dropout=0.1)


def training(n_events, folder):
    """The work of one epoch over these sequences."""
    import torch

    from seqrec.losses import next_item_loss
    from seqrec.training import TrainConfig, train

    items = torch.from_numpy(_rows(folder))
    network = _network()
    config = TrainConfig(epochs=1, batch_size=128, restore_best_weights=False)
    return lambda: train(network, next_item_loss(items), len(items), config, progress=False)


def ranking(n_events, folder):
    """The work of ranking the last item of each of them."""
    import torch

    from seqrec.metrics import full_ranking

    items = _rows(folder)
    network = _network().eval()
    histories = torch.from_numpy(items[:, :-1])

    def score(rows):
        with torch.no_grad():
            return network.score_catalogue(histories[rows]).numpy()

    return lambda: full_ranking(score, items[:, -1])


TASKS = {"simulate": simulate, "sequences": sequences, "training": training, "ranking": ranking}


def measure(task, n_events, folder):
    """In this process: CPU seconds and peak MiB of one task, printed as JSON."""
    work = TASKS[task](n_events, Path(folder))
    began = time.process_time()
    work()
    seconds = time.process_time() - began
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(json.dumps({"cpu_seconds": round(seconds, 3), "peak_mib": round(peak)}))


def table(sizes):
    """A row per task and size, each from a process of its own."""
    root = Path(__file__).resolve().parents[1]
    variables = os.environ | {"OMP_NUM_THREADS": "1", "PYTHONPATH": str(root)}
    rows = []
    for n_events in sizes:
        with tempfile.TemporaryDirectory() as folder:
            for task in TASKS:
                command = [sys.executable, "-m", "benchmarks.bench_scale"]
                command += ["--task", task, str(n_events), folder]
                done = subprocess.run(
                    command, capture_output=True, text=True, env=variables, cwd=root
                )
                if done.returncode:
                    raise RuntimeError(
                        f"{task} of {n_events} events failed:\n{done.stderr[-2000:]}"
                    )
                costs = json.loads(done.stdout.splitlines()[-1])
                rows.append({"task": task, "events": n_events, **costs})
                print(rows[-1], flush=True)
    return pd.DataFrame(rows)


if __name__ == "__main__":
    parser = table_parser("bench_scale", __doc__, needs_file=False)
    parser.add_argument("--sizes", type=int, nargs="+", default=SIZES, metavar="EVENTS")
    parser.add_argument(
        "--task", nargs=3, metavar=("TASK", "EVENTS", "FOLDER"), help="measure one, in this process"
    )
    options = parser.parse_args()
    if options.task:
        measure(options.task[0], int(options.task[1]), options.task[2])
    else:
        result = table(options.sizes)
        print(result.to_string(index=False))
        if options.file:
            result.to_csv(options.file, index=False)
