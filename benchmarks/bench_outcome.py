"""Makes no table, prints one: how much of what can be known of an outcome the front door learns.

    python -m benchmarks.bench_outcome settings
    python -m benchmarks.bench_outcome judge

About 5 and 4 minutes of one core. With a file, the table is written there too.

Protocol: the default shop, 10 to 40 clicks a shopper, in three groups. A `SequentialRecommender`
with a `SASRecOutcomeConfig` learns from 4,000 shoppers; its squared error on the clicks of 500
others (`valid_mse`) chooses the epoch; 1,000 more are judged, by E[outcome | history, item] of the
item that really came last. World, journeys and training are reseeded. The settings are the same for
all seeds: `settings` tells what each of a few gives on validation alone, under a seed of its own,
and the lowest is what `judge` takes, though they differ by a thousandth at most: what validation
says of settings is mostly chance as well.

    share = (error of the mean - error of the model) / (error of the mean - error of the oracle)

The mean is that of the outcomes of training. Errors are mean squares against the oracle's
expectation, where the oracle's own error is 0. Against what really happened (`share_of_luck`) 1,000
outcomes say little: most of each is chance.
"""

import time

import numpy as np
import pandas as pd
import torch
from tqdm.auto import tqdm

from benchmarks.commands import table_parser, write_table
from seqrec.data import build_sequences, pad_left
from seqrec.recommender import SASRecOutcomeConfig, SequentialRecommender, TrainConfig
from zooplus_sim import Oracle, ZooplusSimulator

N_ITEMS = 50
MAX_LEN = 40
TRAIN, VALID, TEST = 4_000, 500, 1_000
# Under none of these was a setting looked at.
SEEDS = (101, 102, 103)
SETTINGS_SEED = 7
SETTINGS = {"epochs": 16, "weight_decay": 1.0, "outcome_weight": 0.3}
OTHERS = ({"weight_decay": 0.1}, {"weight_decay": 3.0}, {"outcome_weight": 1.0})


def open_shop(seed):
    """The log of a seed's shoppers, and the simulator."""
    sim = ZooplusSimulator(N_ITEMS, TRAIN + VALID + TEST, seed=seed)
    return sim, sim.journeys(events_per_user=(10, MAX_LEN), seed=seed).interactions


def fit(log, seed, *, epochs, weight_decay, outcome_weight):
    """A SequentialRecommender that has learned from the first group, and its CPU seconds."""
    training = TrainConfig(
        epochs=epochs,
        batch_size=64,
        learning_rate=0.003,
        weight_decay=weight_decay,
        schedule="linear",
        warmup_steps=50,
        monitor="valid_mse",
        higher_is_better=False,
        seed=seed,
    )
    model = SequentialRecommender(
        SASRecOutcomeConfig(outcome_weight=outcome_weight),
        max_len=MAX_LEN,
        training=training,
        device="cpu",
        progress=False,
    )
    user = log["user_id"]
    began = time.process_time()
    model.fit(
        log[user < TRAIN],
        items=range(1, N_ITEMS + 1),
        valid_interactions=log[(user >= TRAIN) & (user < TRAIN + VALID)],
    )
    return model, time.process_time() - began


def over_settings():
    """One row per setting: the lowest `valid_mse`, and when. Nobody is judged."""
    _, log = open_shop(SETTINGS_SEED)
    rows = []
    for other in tqdm(({}, *OTHERS), desc="settings", unit="run"):
        settings = SETTINGS | other
        model, seconds = fit(log, SETTINGS_SEED, **settings)
        lowest = model.epochs_["valid_mse"].min()
        row = {"valid_mse": lowest, "best_epoch": model.best_epoch_, "cpu_seconds": seconds}
        rows.append(settings | row)
    return pd.DataFrame(rows)


def over_seeds():
    """One row per seed and way to tell an outcome."""
    rows = []
    for seed in tqdm(SEEDS, desc="judge", unit="seed"):
        sim, log = open_shop(seed)
        learned = log[log["user_id"] < TRAIN]
        judged = build_sequences(log[log["user_id"] >= TRAIN + VALID], MAX_LEN)
        clicks = pad_left(judged["item_sequence"], MAX_LEN)
        histories, items = clicks[:, :-1], clicks[:, -1]
        ended = np.array([row[-1] for row in judged["outcome_sequence"]])
        expected = Oracle(sim).expected_outcome(histories, items)
        model, seconds = fit(log, seed, **SETTINGS)
        with torch.no_grad():
            numbers = torch.from_numpy(model.item_index_.encode(items))
            told = model.network_.expected_outcome(torch.from_numpy(histories), numbers).numpy()
        mean = learned["outcome"].mean()
        ways = {
            "always the mean": np.full(len(items), mean),
            "mean of the product": learned.groupby("item_id")["outcome"].mean()[items].to_numpy(),
            "SASRecOutcome": told,
            "oracle": expected,
        }
        share = shares(ways, expected)
        luck = shares(ways, ended)
        for name in ways:
            row = {"seed": seed, "way": name, "share": share[name], "share_of_luck": luck[name]}
            row["error_x_1000"] = 1_000 * np.square(ways[name] - expected).mean()
            rows.append(row | {"best_epoch": model.best_epoch_, "cpu_seconds": seconds})
    return pd.DataFrame(rows)


def shares(ways, truth):
    """Of the drop in squared error from always the mean to the oracle: (name -> share)."""
    error = {name: np.square(told - truth).mean() for name, told in ways.items()}
    worst = error["always the mean"]
    return {name: (worst - of) / (worst - error["oracle"]) for name, of in error.items()}


if __name__ == "__main__":
    tasks = {"settings": over_settings, "judge": over_seeds}
    parser = table_parser("bench_outcome", __doc__, tasks=tasks, needs_file=False)
    options = parser.parse_args()
    torch.set_num_threads(1)
    table = tasks[options.task]()
    write_table(table, options.file)
    print(table.round(6).to_string(index=False))
    if options.task == "judge":
        columns = ["share", "share_of_luck", "error_x_1000"]
        print(table.groupby("way", sort=False)[columns].agg(["mean", "std"]).round(3))
