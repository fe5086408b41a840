"""Makes course/measured/09_compare.csv, 09_converge.csv and 09_sweeps.csv.

    python -m benchmarks.bench_bert4rec compare course/measured/09_compare.csv [SEED ...]
    python -m benchmarks.bench_bert4rec converge course/measured/09_converge.csv [SEED ...]
    python -m benchmarks.bench_bert4rec sweeps course/measured/09_sweeps.csv [SEED ...]

SASRec and BERT4Rec compared at equal steps, the same in a smaller shop until neither gains by
longer training, and what each of BERT4Rec's settings is worth. About 8, 12 and 10 minutes of one
core a seed. `converge` goes on where its table ends: runs that are in it are not made again (so far
it holds seed 42 alone). `compare` also makes 09_sasrec.safetensors and 09_bert4rec.safetensors
beside its table: the weights of the two long runs of seed 42, the networks that chapter 09 opens.

Protocol: a shop of 50 products has three groups of shoppers with 40 clicks each. A model learns
from the first group; its loss on the last click of 500 others chooses the epoch; it is judged on
1,000 more, by expected NDCG@10 under the oracle's law and full ranking, as a share of the lift from
popularity to the oracle. Two questions: the last click from those before it (next), and one hidden
click, anywhere in the sequence, from all others (cloze; 500 shoppers, with the oracle for one gap
as its ceiling). World, journeys and training are reseeded. Both models have the same encoder, the
same steps and the same loss, a softmax over all products.
"""

import time
from dataclasses import replace
from itertools import count, product
from pathlib import Path

import numpy as np
import pandas as pd
import torch
from safetensors.torch import save_file
from tqdm.auto import tqdm

from benchmarks.commands import table_parser
from seqrec.baselines import Popularity
from seqrec.data import build_sequences, pad_left
from seqrec.losses import cloze_loss, next_item_loss
from seqrec.metrics import expected_ndcg, share_of_lift
from seqrec.models import BERT4Rec, SASRec
from seqrec.training import TrainConfig, train
from zooplus_sim import Oracle, ZooplusSimulator

N_ITEMS = 50
LENGTH = 40
VALID, TEST = 500, 1_000
GAPS = 500
SEEDS = (42, 0, 1)  # 42 is the default world
USERS = 8_000
EPOCHS = (6, 24)
FEWER_USERS = 800
LONG_EPOCHS = (24, 72, 216)
DROPOUTS = (0.0, 0.2)
LOOKS = 24  # times that a run of `converge` is validated and judged
SETTINGS = {"D": 64, "H": 2, "n_blocks": 2, "hidden": 128, "dropout": 0.0}
CLOZE = {"mask_prob": 0.4, "last_only": 0.1}
SWEEP_SEEDS = (0, 1)
SWEEP_USERS = 2_000
SWEEP_EPOCHS = 16
BASE = {"mask_prob": 0.4, "last_only": 0.1, "max_len": LENGTH, "n_blocks": 2, "H": 2, "D": 64}
BASE |= {"batch_size": 32, "warmup_steps": 50, "positions": "learned", "norm_first": True}
SWEEPS = {
    "mask_prob": (0.1, 0.2, 0.4, 0.6, 0.8),
    "last_only": (0.0, 0.1, 0.3, 1.0),
    "max_len": (5, 10, 20, LENGTH),
    "n_blocks": (1, 2, 3),
    "H": (1, 2, 4),
    "D": (16, 32, 64),
    "batch_size": (16, 32, 128),
    "warmup_steps": (0, 50, 300),
    "positions": ("learned", "sinusoidal", "none"),
}


class Shop:
    """Shoppers of a seed in three groups, and the two questions with the oracle's law of each."""

    def __init__(self, n_users, seed):
        sim = ZooplusSimulator(N_ITEMS, n_users + VALID + TEST, seed=seed)
        log = sim.journeys(events_per_user=LENGTH, seed=seed).interactions
        sequences = pad_left(build_sequences(log, LENGTH)["item_sequence"], LENGTH)
        self.train, self.valid, test = torch.from_numpy(sequences).split([n_users, VALID, TEST])
        oracle = Oracle(sim)
        rng = np.random.default_rng(seed)
        popular = Popularity(N_ITEMS).fit(log[log["user_id"] < n_users])
        self.histories = test[:, :-1]
        self.cloze = test[:GAPS].clone()
        self.gaps = torch.from_numpy(rng.integers(0, LENGTH, GAPS))
        self.laws = {
            "next": oracle.next_item_probabilities(self.histories.numpy()),
            "cloze": oracle.masked_item_probabilities(self.cloze.numpy(), self.gaps.numpy()),
        }
        self.cloze[torch.arange(GAPS), self.gaps] = N_ITEMS + 1
        floor = popular.score(np.arange(TEST), self.histories.numpy())
        self.bounds = {
            name: [expected_ndcg(of, law, 10).mean() for of in (floor[: len(law)], law)]
            for name, law in self.laws.items()
        }

    def judge(self, network, max_len=LENGTH):
        """Validation loss, and the share of the lift for either question, a dict.

        max_len: places, gap included
        """
        score = network.score_catalogue(self.valid[:, -max_len:-1]).gather(1, self.valid[:, -1:])
        answers = {"next": network.score_catalogue(self.histories[:, -max_len + 1 :])}
        if isinstance(network, BERT4Rec) and max_len == LENGTH:
            with torch.no_grad():
                answers["cloze"] = network(self.cloze)[torch.arange(GAPS), self.gaps]
        row = {"valid_loss": -score.mean().item()}
        for name, scores in answers.items():
            ndcg = expected_ndcg(scores.numpy(), self.laws[name], 10).mean()
            row[name] = float(share_of_lift(ndcg, *self.bounds[name]))
        return row


def settings(epochs, seed, *, batch_size=32, warmup_steps=50, learning_rate=0.003):
    """What all runs share, as a TrainConfig."""
    return TrainConfig(
        epochs=epochs,
        batch_size=batch_size,
        learning_rate=learning_rate,
        schedule="linear",
        warmup_steps=warmup_steps,
        monitor="valid_loss",
        higher_is_better=False,
        seed=seed,
    )


def learning_curve(shop, network, loss, config):
    """Train, and judge after each epoch.

    Returns a dict per epoch, with the CPU seconds of its steps so far.
    """
    rows = []
    spent = 0.0
    mark = time.process_time()

    def validate(network):
        nonlocal spent, mark
        spent += time.process_time() - mark
        rows.append({"epoch": len(rows) + 1, "cpu_seconds": spent, **shop.judge(network)})
        mark = time.process_time()
        return {"valid_loss": rows[-1]["valid_loss"]}

    train(network, loss, len(shop.train), config, validate=validate, progress=False)
    return rows


def compare(path, seeds):
    """One row per seed, model, budget and epoch; written after each seed."""
    tables = []
    for seed in tqdm(seeds, desc="compare", unit="seed"):
        shop = Shop(USERS, seed)
        for epochs in EPOCHS:
            for model, loss in (
                (SASRec, next_item_loss(shop.train)),
                (BERT4Rec, cloze_loss(shop.train, **CLOZE)),
            ):
                torch.manual_seed(seed)
                network = model(N_ITEMS, LENGTH, **SETTINGS)
                rows = learning_curve(shop, network, loss, settings(epochs, seed))
                key = {"seed": seed, "model": model.__name__, "budget": epochs}
                bounds = {}
                for name, (low, high) in shop.bounds.items():
                    bounds |= {f"{name}_popularity": low, f"{name}_oracle": high}
                tables.append(pd.DataFrame(rows).assign(**key, **bounds))
                print(key, {name: round(value, 4) for name, value in rows[-1].items()}, flush=True)
                if seed == 42 and epochs == max(EPOCHS):
                    weights = f"09_{model.__name__.lower()}.safetensors"
                    save_file(network.state_dict(), Path(path).with_name(weights))
        pd.concat(tables).round(4).to_csv(path, index=False)


def converge(path, seeds):
    """One row per seed, model, dropout, budget and look; written after each run."""
    tables = [pd.read_csv(path)] if Path(path).exists() else []
    key_names = ["seed", "model", "budget", "dropout"]
    done = {tuple(key) for table in tables for key in table[key_names].to_numpy().tolist()}
    for seed in seeds:
        shop = Shop(FEWER_USERS, seed)
        for epochs, dropout, model in product(LONG_EPOCHS, DROPOUTS, (SASRec, BERT4Rec)):
            key = (seed, model.__name__, epochs, dropout)
            if key in done:
                continue
            loss = (
                next_item_loss(shop.train) if model is SASRec else cloze_loss(shop.train, **CLOZE)
            )
            torch.manual_seed(seed)
            network = model(N_ITEMS, LENGTH, **SETTINGS | {"dropout": dropout})
            rows = looks(shop, network, loss, settings(epochs, seed))
            tables.append(pd.DataFrame(rows).assign(**dict(zip(key_names, key, strict=True))))
            pd.concat(tables).round(4).to_csv(path, index=False)
            best = min(rows, key=lambda row: row["valid_loss"])
            print(key, {name: round(value, 4) for name, value in best.items()}, flush=True)


def looks(shop, network, loss, config):
    """Train, and judge LOOKS times, evenly spaced. Returns a dict per look."""
    rows = []
    epochs_done = count(1)
    every = config.epochs // LOOKS

    def validate(network):
        epoch = next(epochs_done)
        if epoch % every == 0:
            rows.append({"epoch": epoch, **shop.judge(network)})
        return {}

    config = replace(config, restore_best_weights=False)
    train(network, loss, len(shop.train), config, validate=validate, progress=False)
    return rows


def sweeps(path, seeds):
    """One row per setting, value and seed: everything else as in BASE."""
    rows = []
    done = {}
    for seed in seeds:
        shop = Shop(SWEEP_USERS, seed)
        runs = [(name, value) for name, values in SWEEPS.items() for value in values]
        runs += [("warmup_steps, post-norm", value) for value in SWEEPS["warmup_steps"]]
        for name, value in tqdm(runs, desc=f"sweeps, seed {seed}", unit="run"):
            chosen = BASE | {name.split(",")[0]: value}
            if "post" in name:
                chosen["norm_first"] = False
            key = (seed, *chosen.values())
            if key not in done:
                done[key] = one_of_the_sweeps(shop, seed, **chosen)
            rows.append({"setting": name, "value": value, "seed": seed, **done[key]})
        pd.DataFrame(rows).round(4).to_csv(path, index=False)
    shares = pd.DataFrame(rows).groupby(["setting", "value"], sort=False)[["next", "cloze"]]
    print(shares.mean().round(3))


def one_of_the_sweeps(
    shop, seed, *, mask_prob, last_only, max_len, D, batch_size, warmup_steps, **options
):
    """What the last weights reach.

    Histories are cut into pieces; every step sees batch_size * LENGTH clicks.
    """
    torch.manual_seed(seed)
    network = BERT4Rec(N_ITEMS, max_len, D=D, hidden=2 * D, dropout=0.0, **options)
    cut = shop.train.reshape(-1, max_len)
    pieces = LENGTH // max_len
    config = settings(SWEEP_EPOCHS, seed, batch_size=batch_size * pieces, warmup_steps=warmup_steps)
    loss = cloze_loss(cut, mask_prob, last_only=last_only)
    train(network, loss, len(cut), config, progress=False)
    return shop.judge(network.eval(), max_len)


if __name__ == "__main__":
    tasks = {"compare": compare, "converge": converge, "sweeps": sweeps}
    parser = table_parser("bench_bert4rec", __doc__, tasks=tasks)
    parser.add_argument("seeds", type=int, nargs="*", metavar="SEED")
    options = parser.parse_args()
    torch.set_num_threads(1)
    usual = SWEEP_SEEDS if options.task == "sweeps" else SEEDS
    tasks[options.task](options.file, options.seeds or usual)
