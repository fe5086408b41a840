"""Makes no table: what a GPU makes of SASRec, a line for each setting, and the time to a quality.

    python -m benchmarks.gpu
    python -m benchmarks.gpu --small --seconds 2 --out gpu.jsonl

Or `benchmarks/gpu.sh`, the same in one command, ten minutes at most. Each line is written when it
is measured, so that a run that is cut short leaves what it has.

1. Training: sequences a second for widths, lengths and catalogues, in float32, bfloat16, and
   bfloat16 compiled (two blocks, batch 256, softmax over all items; the first steps, in which a
   compiler works, are not counted).
2. Quality: seconds of training until NDCG@10 in validation has passed MARKS, on the shop with 2,000
   products, and the best that was reached.

It runs on a CPU too (`--small` for a first try): nothing here needs a GPU.
"""

import argparse
import itertools
import json
import time
from pathlib import Path

import torch

from seqrec.data import leave_last_two_out
from seqrec.devices import best_device
from seqrec.losses import next_item_loss
from seqrec.models import SASRec
from seqrec.recommender import SASRecConfig, SequentialRecommender
from seqrec.training import TrainConfig, train
from zooplus_sim import ZooplusSimulator

BATCH = 256
PRECISIONS = (("float32", False), ("bfloat16", False), ("bfloat16", True))
SIZES = {"D": (64, 128), "L": (50, 200), "items": (3_416, 23_715, 100_000)}
SMALL = {"D": (16,), "L": (10,), "items": (200,)}
MARKS = (0.05, 0.07, 0.09)


def throughput(D, L, items, precision, compiled, seconds, device):
    """Sequences a second of training, a dict; `error` in place of a number where it fails."""
    torch.manual_seed(0)
    network = SASRec(items, L, D=D, H=2, dropout=0.2).to(device)
    rows = 4 * BATCH
    sequences = torch.randint(1, items + 1, (rows, L + 1), device=device)
    ends = []  # when each epoch of four steps was over
    began = time.perf_counter()

    def after_epoch(report):
        if device.type == "cuda":
            torch.cuda.synchronize()
        ends.append(time.perf_counter())
        return len(ends) > 3 and ends[-1] - began > seconds

    config = TrainConfig(epochs=100_000, batch_size=BATCH, precision=precision, compiled=compiled)
    said = {"D": D, "L": L, "items": items, "precision": precision, "compiled": compiled}
    try:
        train(
            network,
            next_item_loss(sequences, "softmax"),
            rows,
            config,
            callbacks=[after_epoch],
            progress=False,
        )
    except RuntimeError as error:  # no compiler, or no room
        return said | {"error": str(error)[:200]}
    warm = max(1, len(ends) // 4)
    rate = rows * (len(ends) - 1 - warm) / (ends[-1] - ends[warm])
    return said | {"sequences_a_second": round(rate, 1), "epochs": len(ends)}


def time_to_quality(precision, compiled, users, products, device):
    """Seconds of training until each of MARKS, a dict; None for one that is not reached."""
    shop = ZooplusSimulator(n_products=products, n_users=users, seed=0)
    log = shop.journeys(events_per_user=(20, 60), seed=1).interactions
    split = leave_last_two_out(log[["user_id", "item_id", "timestamp"]])
    reached = {}
    spent = []

    def after_epoch(report):
        spent.append(report.metrics["seconds"])
        for mark in MARKS:
            if report.metrics["ndcg@10"] >= mark:
                reached.setdefault(mark, round(sum(spent), 1))
        return len(reached) == len(MARKS)

    training = TrainConfig(
        epochs=40, batch_size=BATCH, patience=5, precision=precision, compiled=compiled
    )
    model = SequentialRecommender(
        SASRecConfig(), max_len=50, training=training, device=str(device), progress=False
    )
    model.fit(split.train, valid_interactions=split.valid, callbacks=[after_epoch])
    return {
        "precision": precision,
        "compiled": compiled,
        "seconds_to": {str(mark): reached.get(mark) for mark in MARKS},
        "best": round(float(model.epochs_["ndcg@10"].max()), 4),
    }


def main(arguments: list[str] | None = None) -> None:
    """Measure, and say each line when it is there."""
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks.gpu",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--out", type=Path, help="a file that gets the lines too, JSON each")
    parser.add_argument("--seconds", type=float, default=8, help="for each setting of training")
    parser.add_argument("--small", action="store_true", help="sizes for a first try on a CPU")
    told = parser.parse_args(arguments)
    device = torch.device(best_device())
    name = torch.cuda.get_device_name() if device.type == "cuda" else "CPU"

    def say(line):
        text = json.dumps(line)
        print(text, flush=True)
        if told.out:
            with told.out.open("a") as file:
                file.write(text + "\n")

    say({"device": str(device), "name": name, "torch": torch.__version__})
    sizes = SMALL if told.small else SIZES
    users, products = (200, 100) if told.small else (10_000, 2_000)
    for precision, compiled in PRECISIONS:
        say(time_to_quality(precision, compiled, users, products, device))
    for values in itertools.product(*sizes.values()):
        for precision, compiled in PRECISIONS:
            size = dict(zip(sizes, values, strict=True))
            say(
                throughput(
                    **size,
                    precision=precision,
                    compiled=compiled,
                    seconds=told.seconds,
                    device=device,
                )
            )


if __name__ == "__main__":
    main()
