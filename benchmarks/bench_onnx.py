"""Makes no table: prints what onnxruntime takes for all scores, as a ratio to PyTorch.

    python -m benchmarks.bench_onnx [--items 3416] [--rounds 20]

SASRec, BERT4Rec and BST as their configurations have them, max_len 50, hardly trained. Processor
seconds of one thread in one process, the best of several runs in turns; each run scores one history
of 50 clicks, or 64 at once, against all items. BST computes a sequence for every pair of history
and item: its catalogue is 200 items.
"""

import argparse
import os
import sys
import tempfile
import time
from pathlib import Path

os.environ.setdefault("OMP_NUM_THREADS", "1")

import numpy as np
import torch

from benchmarks.bench_recommender import MAX_LEN, click_log
from seqrec.recommender import (
    BERT4RecConfig,
    BSTConfig,
    SASRecConfig,
    SequentialRecommender,
    TrainConfig,
    export_onnx,
)

FEW_ITEMS = 200


def fitted(config, n_items):
    """Hardly trained, for n_items."""
    log = click_log(n_users=10, n_items=n_items, n_events=5)
    model = SequentialRecommender(
        config, max_len=MAX_LEN, training=TrainConfig(epochs=1), device="cpu", progress=False
    )
    return model.fit(log, items=np.arange(1, n_items + 1))


def compare(model, n_items, batch, rounds, folder):
    """Processor seconds of (PyTorch, onnxruntime), the least; and how far their scores differ."""
    import onnxruntime

    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = 1
    options.inter_op_num_threads = 1
    path = export_onnx(model, Path(folder) / "model.onnx")
    session = onnxruntime.InferenceSession(path, options)
    histories = np.random.default_rng(0).integers(1, n_items + 1, (batch, MAX_LEN))
    ways = (
        lambda: model.scorer_(histories).numpy(),
        lambda: session.run(None, {"histories": histories})[0],
    )
    seconds = [np.inf, np.inf]
    scores = [None, None]
    for _ in range(rounds):
        for number, way in enumerate(ways):
            began = time.process_time()
            scores[number] = way()
            seconds[number] = min(seconds[number], time.process_time() - began)
    return seconds, np.abs(scores[0] - scores[1]).max()


def main(arguments=None):
    """Run the command line. arguments: list of words; None takes those of the command."""
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks.bench_onnx",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--items", type=int, default=3_416)
    parser.add_argument("--rounds", type=int, default=20)
    options = parser.parse_args(arguments)
    torch.set_num_threads(1)
    print(f"{'':26} {'PyTorch ms':>11} {'ONNX ms':>9} {'ratio':>6} {'differ by':>10}")
    for config in (SASRecConfig(), BERT4RecConfig(), BSTConfig()):
        n_items = FEW_ITEMS if isinstance(config, BSTConfig) else options.items
        model = fitted(config, n_items)
        with tempfile.TemporaryDirectory() as folder:
            for batch in (1, 64):
                (torch_s, onnx_s), differ = compare(model, n_items, batch, options.rounds, folder)
                name = f"{type(config).__name__.removesuffix('Config')}, {batch} at once"
                print(
                    f"{name:26} {1000 * torch_s:11.2f} {1000 * onnx_s:9.2f} "
                    f"{onnx_s / torch_s:6.2f} {differ:10.1e}",
                    flush=True,
                )
    return 0


if __name__ == "__main__":
    sys.exit(main())
