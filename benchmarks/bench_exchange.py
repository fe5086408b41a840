"""Makes course/measured/11_exchange.csv: which of two stages loses how much, by exchange.

    python -m benchmarks.bench_exchange course/measured/11_exchange.csv

About 4 minutes of one core. The file is written after each ranker, and what is there is kept.

Protocol: the large world, 2,000 products; 1,500 shoppers teach, 1,000 others are asked for their
last click, and judged by expected NDCG@10 under the oracle's law. World, journeys and training are
reseeded. Rates and batches are those of `bench_two_tower`, epochs are in the table, 24 of them on
the first seed only; nothing is chosen. Who finds the candidates is `first`, who puts them in order
is `ranker`. The oracle can do either, so that a stage is replaced by a perfect one, and nothing
else is changed.
"""

import functools

import numpy as np
import torch
from tqdm.auto import tqdm

from benchmarks.commands import table_parser
from benchmarks.huggingface_models import Kept
from benchmarks.two_tower_models import Shop, fit, full_scores, networks, popularity
from seqrec.metrics import expected_ndcg
from seqrec.recommender import error_budget
from zooplus_sim import Oracle

LEARNERS = 1_500
CANDIDATES = (50, 100, 200)
# Name -> network of `networks`, epochs.
TRAINED = {
    "tower, 6 epochs": ("sequence", 6),
    "SASRec, 6 epochs": ("SASRec", 6),
    "tower, 24 epochs": ("sequence", 24),
    "SASRec, 24 epochs": ("SASRec", 24),
}
FIRST = ("popularity", "tower, 6 epochs", "tower, 24 epochs", "oracle")


class Stages:
    """A seed's shop, and scores (B, V) of whoever has a part in it; each is trained once."""

    def __init__(self, seed):
        self.seed = seed
        self.shop = Shop(2_000, seed, n_train=LEARNERS)
        self.law = Oracle(self.shop.world).next_item_probabilities(self.shop.complete)
        popular = np.tile(popularity(self.shop), (len(self.law), 1))
        self.made = {"oracle": self.law, "popularity": popular}

    def scores(self, name):
        """(B, V)"""
        if name not in self.made:
            self.made[name] = self.learned(name)
        return self.made[name]

    def learned(self, name):
        """(B, V) of one that is trained."""
        kind, epochs = TRAINED[name]
        torch.manual_seed(self.seed)
        network = networks(self.shop.n_items, self.shop.features())[kind]
        fit(kind, network, self.shop, self.seed, epochs)
        return full_scores(kind, network, self.shop.histories)


def exchange(path):
    """One row per first stage, number of candidates, ranker and seed."""
    rankers = ["popularity", *TRAINED, "oracle"]
    settings = {
        f"{first} > {ranker}, {n}": (first, ranker, n)
        for ranker in rankers
        for first in FIRST
        for n in CANDIDATES
    }
    kept = Kept(path, "run", list(settings))
    stages_of = functools.lru_cache(maxsize=1)(Stages)
    missing = [(seed, run) for seed, run in kept.missing if seed == 0 or "24" not in run]
    for seed, run in tqdm(missing, desc="exchange", unit="run"):
        stages = stages_of(seed)
        first, ranker, n = settings[run]
        found = np.argsort(-stages.scores(first), axis=1, kind="stable")[:, :n]
        budget = error_budget(stages.law, stages.scores(ranker), found, 10)
        row = {"run": run, "first": first, "ranker": ranker, "n": n, "seed": seed}
        row["recall"] = np.take_along_axis(stages.law, found, axis=1).sum(axis=1).mean()
        row["ndcg"] = budget.two_stages.mean()
        row["full"] = expected_ndcg(stages.scores(ranker), stages.law, 10).mean()
        kept.add(row)
    return kept.table


if __name__ == "__main__":
    options = table_parser("bench_exchange", __doc__, needs_file=False).parse_args()
    torch.set_num_threads(1)
    print(exchange(options.file).to_string())
