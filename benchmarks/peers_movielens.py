"""Measures peers: CPU seconds until SASRec reaches an NDCG@10 on MovieLens-1M.

    python -m benchmarks.peers_movielens --data FOLDER rectools=PYTHON recbole=PYTHON

Ours and that of two libraries; PYTHON is the path to the interpreter of a library's environment.

The same split, the same width (128), two blocks of two heads, dropout .2, softmax over all items,
one thread; each run in a fresh process, and all judged on the validation events by
`seqrec.metrics`. The clock is the CPU time of training, the loading of data and the judging left
out. A run ends at the highest mark, or when its minutes are used up: then what is known is a lower
bound, and the table says so with ">".

The libraries prepare a log in their own ways, and that is part of what is compared. RecTools reads
each user's newest 200 events, in batches padded to 200. RecBole makes a sample of every prefix,
with one target each; it is given a length of 50, its default, because at 200 a single epoch would
take hours. Batch size and learning rate of each peer are the best of a search in validation (BEST,
below; --batch and --rate repeat it).

Install a peer in an environment of its own:

    pip install torch "rectools[torch]==0.19.0"
    pip install torch recbole==1.2.1 "numpy<2" "pandas<2.3" "scipy<1.14" "setuptools<81"
"""

import argparse
import os
import subprocess
import sys
import tempfile
from pathlib import Path

import numpy as np
import pandas as pd

from benchmarks.commands import peer
from benchmarks.peers_movielens_programs import CODES, COMMON

MARKS = (0.15, 0.17)

# Batch size and learning rate of each peer: the best of those tried, by NDCG@10 in validation after
# ~600 CPU seconds, one run each (those far behind were stopped sooner). RecTools: 32/.002 .055,
# 32/.004 .025, 16/.002 .118, 16/.001 .096, 8/.002 .040 (486 s); its default, 128/.001, .020 (320
# s). RecBole: 256/.001 .068, 256/.002 .021 (483 s), 512/.001 .018 (364 s), 256/.0005 .027 (363 s),
# 128/.001 .080, 64/.001 .090, 32/.001 .066 (360 s, when 64/.001 had .076).
BEST = {"rectools": (16, 0.002), "recbole": (64, 0.001)}


def question(folder, path):
    """What all are told, written to `path`: the log to learn from, the histories, the targets."""
    from seqrec.data import load_movielens_1m, newest
    from seqrec.reproduce import Benchmark

    benchmark = Benchmark(load_movielens_1m(folder).interactions)
    learned = benchmark.learned
    past = benchmark.valid.past
    whole = benchmark.test.past
    parts = {
        "n_items": benchmark.n_items,
        "histories": newest(past, 200),
        "targets": benchmark.valid.targets,
    }
    parts["seen"] = newest(past, int((past.ends - past.starts).max()))
    for name, events, lengths in (
        ("learned", learned, learned.ends - learned.starts),
        ("whole", whole, whole.ends - whole.starts + 1),
    ):
        starts = events.starts
        parts[f"{name}_user"] = np.repeat(np.arange(len(starts)), lengths)
        # The order that counts, ties resolved.
        parts[f"{name}_time"] = np.concatenate([np.arange(n) for n in lengths])
        parts[f"{name}_item"] = np.concatenate(
            [events.items[s : s + n] for s, n in zip(starts, lengths, strict=True)]
        )
    np.savez(path, **parts)


def run(name, python, asked, data, minutes, batch=None, rate=None):
    """A list of (CPU seconds, NDCG@10, peak MiB), or an error with what the process said.

    name, python: of the library
    asked:        what `question` wrote
    data:         folder of MovieLens
    minutes:      of CPU time to train
    batch, rate:  None takes the best found
    """
    root = Path(__file__).resolve().parents[1]
    variables = os.environ | {"OMP_NUM_THREADS": "1", "MKL_NUM_THREADS": "1"}
    variables["PYTHONPATH"] = str(root)
    # Our recipe has its own.
    best_batch, best_rate = BEST.get(name, (0, 0.0))
    settings = (batch or best_batch, rate or best_rate)
    words = (asked, 60 * minutes, MARKS[-1], *settings, Path(data).resolve())
    command = [str(Path(python).absolute()), "-c", COMMON + CODES[name], *map(str, words)]
    marks = []
    with (
        tempfile.TemporaryFile("w+") as errors,
        subprocess.Popen(
            command,
            stdout=subprocess.PIPE,
            stderr=errors,
            text=True,
            env=variables,
            # RecBole leaves a folder of logs where it is started.
            cwd=Path(asked).parent,
        ) as child,
    ):
        for line in child.stdout:
            if line.startswith("MARK"):
                marks.append(tuple(float(word) for word in line.split()[1:]))
                seconds, ndcg, _ = marks[-1]
                print(f"{name:8s} {seconds:8.1f} CPU s  NDCG@10 {ndcg:.4f}", flush=True)
        if child.wait():
            errors.seek(0)
            raise RuntimeError(f"{python} failed:\n{errors.read()[-4000:]}")
    return marks


def table(results):
    """A row per library: CPU seconds to each mark, what was reached, peak memory.

    Where a mark was not reached, it took more seconds than it was given.
    """
    rows = {}
    for name, marks in results.items():
        row = {}
        for goal in MARKS:
            times = [seconds for seconds, value, _ in marks if value >= goal]
            row[f"CPU s to {goal}"] = f"{times[0]:.0f}" if times else f"> {marks[-1][0]:.0f}"
        row |= {"best NDCG@10": max(value for _, value, _ in marks), "peak MiB": marks[-1][2]}
        rows[name] = row
    return pd.DataFrame(rows).T


if __name__ == "__main__":
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks.peers_movielens",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--data", required=True, metavar="FOLDER")
    parser.add_argument(
        "--minutes", type=float, default=30.0, help="CPU minutes of training for each (default 30)"
    )
    parser.add_argument("--batch", type=int, help="of the peers (default: the best found for each)")
    parser.add_argument(
        "--rate", type=float, help="of the peers (default: the best found for each)"
    )
    parser.add_argument("peers", nargs="*", type=peer(tuple(BEST)), metavar="NAME=PYTHON")
    options = parser.parse_args()
    pythons = {"seqrec": sys.executable, **dict(options.peers)}
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "question.npz"
        question(options.data, path)
        settings = (options.data, options.minutes, options.batch, options.rate)
        results = {name: run(name, python, path, *settings) for name, python in pythons.items()}
    print(table(results).to_string())
