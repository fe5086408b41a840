"""Makes course/measured/08_users.csv, 08_losses.csv, 08_prior.csv: more users, and other losses.

    python -m benchmarks.bench_sasrec users course/measured/08_users.csv
    python -m benchmarks.bench_sasrec losses course/measured/08_losses.csv
    python -m benchmarks.bench_sasrec prior course/measured/08_prior.csv

About 25, 45 and 12 minutes of one core. A scaled embedding stands among the losses. `prior` adds
one number to the logits of a small network that 1,000 users teach, and trains up to 72 epochs.

Protocol: a shop has three groups of shoppers. The model learns from the first group, the weights of
its best epoch are those with the highest NDCG@10 on the last click of 500 others (in the table of
users: with the lowest log-loss), and it is judged on 2,000 more: expected NDCG@10 of each one's
next click under the oracle's law, by full ranking. World, journeys and training are reseeded.
Settings are the same for all seeds.
"""

import math
import time

import numpy as np
import pandas as pd
import torch
from torch import nn
from tqdm.auto import tqdm

from benchmarks.commands import table_parser
from seqrec.baselines import Popularity
from seqrec.data import build_sequences, pad_left
from seqrec.losses import next_item_loss
from seqrec.metrics import expected_hit_rate, expected_ndcg, ndcg, ranks, share_of_lift
from seqrec.models import SASRec
from seqrec.training import TrainConfig, train
from zooplus_sim import Oracle, ZooplusSimulator

MAX_LEN = 40
VALID_USERS, TEST_USERS = 500, 2_000
EPOCHS = {300: 60, 1_000: 30, 3_000: 15, 10_000: 10, 30_000: 6}  # users -> epochs at most
SEEDS = {300: 5, 1_000: 5, 3_000: 5, 10_000: 3, 30_000: 2}  # users -> seeds
KNOWN = (1, 2, 3, 5, 8, 12, 20, 30)  # clicks, for the curve over history length
LOSS_EPOCHS = (8, 24)  # short, and long enough for the slowest
# Name -> arguments of `next_item_loss`.
LOSSES = {
    "BCE, 1 negative": {"kind": "bce", "n_negatives": 1},
    "BCE, 32 negatives": {"kind": "bce", "n_negatives": 32},
    "gBCE, 32 negatives": {"kind": "gbce", "n_negatives": 32, "t": 0.75},
    "sampled softmax, 32": {"kind": "sampled_softmax", "n_negatives": 32},
    "full softmax": {"kind": "softmax"},
}
PRIOR_EPOCHS = (8, 24, 72)
RATES = (0.0025, 0.005, 0.01)
SMALL = {"D": 32, "n_blocks": 1, "hidden": 64, "dropout": 0.0}
# Name -> the loss, where the number that is added to all logits begins (None: there is none), and
# the numbers of epochs. Of all constants the one that has the lowest loss is log(beta / N), see
# `seqrec.losses.gbce_loss`: beta is 1 for BCE, and 0.74 for gBCE with t = 0.75, 32 of 49.
PRIORS = {
    "BCE, 1 negative": ("BCE, 1 negative", None, PRIOR_EPOCHS),
    "BCE, 32": ("BCE, 32 negatives", None, PRIOR_EPOCHS),
    "BCE, 32, and a number from 0": ("BCE, 32 negatives", 0.0, PRIOR_EPOCHS[:2]),
    "BCE, 32, and a number from the prior": ("BCE, 32 negatives", math.log(1 / 32), PRIOR_EPOCHS),
    "gBCE, 32": ("gBCE, 32 negatives", None, PRIOR_EPOCHS[:2]),
    "gBCE, 32, and a number from the prior": (
        "gBCE, 32 negatives",
        math.log(0.74 / 32),
        PRIOR_EPOCHS[:1],
    ),
    "full softmax": ("full softmax", None, PRIOR_EPOCHS[:2]),
}


class ScaledSASRec(SASRec):
    """The paper's habit: item embeddings times sqrt(D) on the way in, though not on the way out."""

    def __init__(self, *args, **settings):
        super().__init__(*args, **settings)
        self.encoder.item.register_forward_hook(
            lambda module, _, vectors: vectors * module.embedding_dim**0.5
        )


class SASRecWithNumber(SASRec):
    """One number more, added to the logits of all products, that begins at `start` and learns."""

    def __init__(self, *args, start, **settings):
        super().__init__(*args, **settings)
        self.number = nn.Parameter(torch.tensor(start))

    def logits_of(self, states, items):
        """The library's, and the number."""
        return super().logits_of(states, items) + self.number


class Shop:
    """Shoppers of a seed in three groups: who teaches, who says when to stop, who is judged.

    train:           a log of those who teach
    train_sequences: (n_users, MAX_LEN + 1), the same
    valid:           (VALID_USERS, MAX_LEN + 1)
    histories:       (TEST_USERS, MAX_LEN - 1), all clicks but the last
    law:             (TEST_USERS, n_products + 1), what the oracle says comes next
    """

    def __init__(self, n_products, n_users, seed):
        sim = ZooplusSimulator(n_products, n_users + VALID_USERS + TEST_USERS, seed=seed)
        log = sim.journeys(events_per_user=(10, MAX_LEN), seed=seed).interactions
        sequences = pad_left(build_sequences(log, MAX_LEN)["item_sequence"], MAX_LEN + 1)
        self.train = log[log["user_id"] < n_users]
        self.train_sequences, self.valid, test = (
            torch.from_numpy(part) for part in np.split(sequences, [n_users, n_users + VALID_USERS])
        )
        self.histories = test[:, 1:-1]
        self.oracle = Oracle(sim)
        self.n_products = n_products
        self.law = self.oracle.next_item_probabilities(self.histories.numpy())
        self.popularity = Popularity(n_products).fit(self.train)

    def first_clicks(self, known):
        """(b, known) clicks of all who have so many.

        How many someone has says nothing about what they are.
        """
        lengths = (self.histories != 0).sum(dim=1)
        begins = (self.histories.shape[1] - lengths)[lengths >= known, None]
        return self.histories[lengths >= known].gather(1, begins + torch.arange(known))

    def judge(self, score, histories=None, law=None):
        """HR@10, NDCG@10 and share of the lift of `score(histories)`, a (B, n_items + 1) tensor."""
        if histories is None:
            histories = self.histories
            law = self.law
        popular = self.popularity.score(np.arange(len(histories)), histories.numpy())
        scores = score(histories).numpy()
        ndcg, low, high = (expected_ndcg(of, law, 10).mean() for of in (scores, popular, law))
        hr = expected_hit_rate(scores, law, 10).mean()
        share = float(share_of_lift(ndcg, low, high))
        return {"hr": hr, "ndcg": ndcg, "popularity": low, "oracle": high, "share": share}


def fit(shop, seed, epochs, model=SASRec, loss=None, by_rank=False, rate=0.003, **settings):
    """A network that has learned, the CPU seconds that it took, and how well it was validated.

    by_rank: whether the best epoch is that of the highest NDCG@10. Log-loss would be unfair to
    losses whose scores are no log-probabilities: gBCE's are not unless t is 1.
    """
    torch.manual_seed(seed)
    network = model(shop.n_products, MAX_LEN, **({"dropout": 0.05} | settings))
    valid_loss = next_item_loss(shop.valid)
    everybody = torch.arange(VALID_USERS)

    def validate(network):
        if by_rank:
            scores = network.score_catalogue(shop.valid[:, :-1]).numpy()
            return {"judged": ndcg(ranks(scores, shop.valid[:, -1].numpy()), 10).mean()}
        return {"judged": valid_loss(network, everybody, None).item()}

    config = TrainConfig(
        epochs=epochs,
        batch_size=32,
        learning_rate=rate,
        schedule="linear",
        warmup_steps=50,
        monitor="judged",
        higher_is_better=by_rank,
        seed=seed,
    )
    began = time.process_time()
    sequences = shop.train_sequences
    train_loss = next_item_loss(sequences, **(loss or {"kind": "softmax"}))
    run = train(network, train_loss, len(sequences), config, validate=validate, progress=False)
    judged = run.history["judged"][run.best_epoch - 1]
    return network, time.process_time() - began, judged


def over_users():
    """One row per number of users, seed, and number of clicks known.

    "all" is before each one's last click.
    """
    rows = []
    runs = [(n_users, seed) for n_users, seeds in SEEDS.items() for seed in range(seeds)]
    for n_users, seed in tqdm(runs, desc="users", unit="run"):
        shop = Shop(50, n_users, seed)
        network, seconds, _ = fit(shop, seed, EPOCHS[n_users])
        key = {"users": n_users, "seed": seed, "cpu_seconds": seconds}
        rows.append(key | {"clicks": "all"} | shop.judge(network.score_catalogue))
        for known in KNOWN:
            histories = shop.first_clicks(known)
            law = shop.oracle.next_item_probabilities(histories.numpy())
            judged = shop.judge(network.score_catalogue, histories, law)
            rows.append(key | {"clicks": known} | judged)
    return pd.DataFrame(rows)


def over_losses():
    """One row per loss (or scaled embedding), number of epochs, catalogue and seed; 2,000 users."""
    ways = {name: {"loss": loss} for name, loss in LOSSES.items()}
    scaled = {"full softmax, x sqrt(D)": {"model": ScaledSASRec}}
    rows = []
    runs = [(n_products, seed) for n_products in (50, 1_000) for seed in range(3)]
    for n_products, seed in tqdm(runs, desc="losses", unit="run"):
        shop = Shop(n_products, 2_000, seed)
        for epochs in LOSS_EPOCHS:
            for name, way in (ways | scaled if epochs == LOSS_EPOCHS[0] else ways).items():
                network, seconds, _ = fit(shop, seed, epochs, by_rank=True, **way)
                key = {"products": n_products, "epochs": epochs, "seed": seed, "loss": name}
                key["cpu_seconds"] = seconds
                rows.append(key | shop.judge(network.score_catalogue))
    return pd.DataFrame(rows)


def over_priors():
    """One row per way, number of epochs and seed.

    Each way has the rate that was best in validation after 8 epochs, in a shop of a fourth seed.
    """
    rows, rates = [], {}
    runs = [(name, seed) for name in PRIORS for seed in (3, 0, 1, 2)]
    for name, seed in tqdm(runs, desc="priors", unit="run"):
        shop = Shop(50, 1_000, seed)
        loss, start, budgets = PRIORS[name]
        way = SMALL | {"loss": LOSSES[loss], "by_rank": True}
        way |= {} if start is None else {"model": SASRecWithNumber, "start": start}
        if name not in rates:
            tried = {rate: fit(shop, seed, 8, rate=rate, **way)[2] for rate in RATES}
            rates[name] = max(tried, key=tried.get)
            continue
        for epochs in budgets:
            network, seconds, _ = fit(shop, seed, epochs, rate=rates[name], **way)
            key = {"epochs": epochs, "seed": seed, "loss": name, "rate": rates[name]}
            rows.append(key | {"cpu_seconds": seconds} | shop.judge(network.score_catalogue))
    return pd.DataFrame(rows)


if __name__ == "__main__":
    tasks = {"users": over_users, "losses": over_losses, "prior": over_priors}
    options = table_parser("bench_sasrec", __doc__, tasks=tasks).parse_args()
    torch.set_num_threads(1)
    table = tasks[options.task]()
    table.round(4).to_csv(options.file, index=False)
    keys = [c for c in ("users", "clicks", "products", "epochs", "loss") if c in table]
    print(table.groupby(keys)["share"].agg(["mean", "std"]))
