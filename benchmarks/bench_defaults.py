"""Makes course/measured/defaults.csv: are the defaults of `SequentialRecommender` good on any log?

    python -m benchmarks.bench_defaults course/measured/defaults.csv
    python -m benchmarks.bench_defaults course/measured/defaults.csv --data DATA

Three logs of the shop: a dense one, a sparse one and a tiny one; with `--data` also MovieLens 1M
(DATA/ml-1m.txt) and Amazon Video Games (DATA/video_games.txt), "user item" lines in time order,
packed as .xz or not. On each log the defaults as they are, and beside them the same with one
setting changed. About an hour and a half of one core, with the data six hours. Rows that the file
has are not made again.

Protocol: of each user the last event is the test, the one before it the validation, the rest is
learned from; all items are ranked, also those that the user has had. The epoch is chosen in
validation, NDCG@10, and `ndcg` is that number: a choice among settings is made there. Nothing is
asked about the test.
"""

import time
from pathlib import Path

import numpy as np
import pandas as pd
from tqdm.auto import tqdm

from benchmarks.commands import table_parser
from seqrec.data import leave_last_two_out
from seqrec.recommender import SASRecConfig, SequentialRecommender
from seqrec.recommender.settings import MOST_EPOCHS, PATIENCE
from seqrec.training import TrainConfig
from zooplus_sim import ZooplusSimulator

#: Logs of the shop: products, shoppers, events of each.
SHOPS = {
    "tiny": (50, 300, (5, 15)),
    "dense": (50, 1_000, (20, 60)),
    "sparse": (2_000, 1_500, (20, 60)),
}
FILES = {"Video Games": "video_games.txt", "MovieLens 1M": "ml-1m.txt"}
SEEDS = {"tiny": 5, "dense": 3, "sparse": 3, "Video Games": 1, "MovieLens 1M": 1}
#: Name -> what differs from the defaults: of the model, of training.
SETTINGS = {
    "defaults": ({}, {}),
    "D 32": ({"D": 32}, {}),
    "D 128": ({"D": 128}, {}),
    "dropout 0.3": ({"dropout": 0.3}, {}),
    "learning rate 0.0005": ({}, {"learning_rate": 5e-4}),
    "learning rate 0.002": ({}, {"learning_rate": 2e-3}),
    "batch 32": ({}, {"batch_size": 32}),
    "averaged weights": ({}, {"ema_decay": 0.999}),
    "drawn ends": ({"drawn_ends": True}, {}),
    "drawn ends, patience 10": ({"drawn_ends": True}, {"patience": 10}),
    "patience 5": ({}, {"patience": 5}),
    "patience 10": ({}, {"patience": 10}),
}


def split_of(log: str, data: Path | None):
    """The two halves of a log that are needed: what is learned from, what is asked."""
    if log in SHOPS:
        products, users, events = SHOPS[log]
        shop = ZooplusSimulator(n_products=products, n_users=users, seed=0)
        rows = shop.journeys(events_per_user=events, seed=1).interactions
        return leave_last_two_out(rows[["user_id", "item_id", "timestamp"]])
    (path,) = sorted(data.glob(FILES[log] + "*"))[:1]
    rows = pd.read_csv(path, sep=" ", header=None, names=["user_id", "item_id"])
    return leave_last_two_out(rows.assign(timestamp=np.arange(len(rows))))


def measure(split, setting: str, seed: int) -> dict[str, float]:
    """Train with a setting. Returns NDCG@10 in validation, its epoch, epochs, processor seconds."""
    model, training = SETTINGS[setting]
    options = {"epochs": MOST_EPOCHS, "patience": PATIENCE, "seed": seed} | training
    began = time.process_time()
    recommender = SequentialRecommender(
        SASRecConfig(**model), training=TrainConfig(**options), baselines=False, progress=False
    ).fit(split.train, valid_interactions=split.valid)
    history = recommender.epochs_
    return {
        "ndcg": round(float(history["ndcg@10"].max()), 4),
        "best_epoch": recommender.best_epoch_,
        "epochs": len(history),
        "cpu_seconds": round(time.process_time() - began),
    }


def main(arguments: list[str] | None = None) -> None:
    """Make the rows that are missing."""
    parser = table_parser("bench_defaults", __doc__)
    parser.add_argument("--data", type=Path, help="the folder with the two files")
    told = parser.parse_args(arguments)
    file = Path(told.file)
    rows = pd.read_csv(file).to_dict("records") if file.exists() else []
    done = {(row["log"], row["setting"], row["seed"]) for row in rows}
    logs = [*SHOPS, *(FILES if told.data else ())]
    wanted = [(log, name, seed) for log in logs for name in SETTINGS for seed in range(SEEDS[log])]
    for log, setting, seed in tqdm(wanted, unit="row"):
        if (log, setting, seed) in done:
            continue
        row = {"log": log, "setting": setting, "seed": seed}
        rows.append(row | measure(split_of(log, told.data), setting, seed))
        pd.DataFrame(rows).to_csv(file, index=False)


if __name__ == "__main__":
    main()
