"""Makes course/measured/11_quality.csv, 11_search.csv and 11_latency.csv: two stages, full ranking.

    python -m benchmarks.bench_two_tower quality course/measured/11_quality.csv
    python -m benchmarks.bench_two_tower search course/measured/11_search.csv
    python -m benchmarks.bench_two_tower latency course/measured/11_latency.csv
    python -m pytest -m benchmark -s benchmarks/bench_two_tower.py

What is lost, what is won. About 10, 2 and 2 minutes of one core. Without a file the table is
printed only. The last command prints the ratio of full ranking with BST to two stages.

Protocol of quality: the large world, 2,000 products. Models learn from 3,000 shoppers, and are
judged on 1,000 others: expected NDCG@10 of each one's last click under the oracle's law. Items are
id + content in all models. World, journeys and training are reseeded. Settings are fixed beforehand
and the same for all seeds: nothing is chosen on test shoppers.

Protocol of time: processor time of one thread, so that a busy machine matters little. 80,000
products. The vectors of all items are computed beforehand, for full ranking as for two stages.
Rankers are not trained: their weights don't matter to a clock. The towers are, for a minute: what
an approximate search finds depends on where the vectors lie.
"""

import numpy as np
import pandas as pd
import pytest
import torch
from tqdm.auto import tqdm

from benchmarks.commands import table_parser, write_table
from benchmarks.two_tower_models import (
    SEEDS,
    TEST_USERS,
    Shop,
    fit,
    full_scores,
    networks,
    popularity,
)
from benchmarks.two_tower_times import LARGE, cpu_ms, large_shop, latency, rivals, search
from seqrec.metrics import expected_ndcg
from seqrec.models import TwoTower
from seqrec.recommender import error_budget
from zooplus_sim import Oracle


def quality(path):
    """One row per seed, first stage, number of candidates and ranker; written after each seed."""
    rows = []
    for seed in tqdm(range(SEEDS), desc="quality", unit="seed"):
        shop = Shop(2_000, seed)
        law = Oracle(shop.world).next_item_probabilities(shop.complete)
        torch.manual_seed(seed)
        found = {"popularity": np.tile(np.argsort(-popularity(shop))[:200], (TEST_USERS, 1))}
        found["oracle"] = np.argsort(-law, axis=1)[:, :200]
        for name, network in networks(shop.n_items, shop.features()).items():
            seconds = fit(name, network, shop, seed)
            scores = full_scores(name, network, shop.histories)
            if isinstance(network, TwoTower):
                found[name] = np.argsort(-scores, axis=1)[:, :200]
            popular = np.tile(popularity(shop), (len(law), 1))
            for stage, items in found.items():
                for n in (50, 100, 200):
                    row = {"seed": seed, "first": stage, "n": n, "ranker": name}
                    row["train_seconds"] = seconds
                    row["recall"] = np.take_along_axis(law, items[:, :n], axis=1).sum(axis=1).mean()
                    budget = error_budget(law, scores, items[:, :n], 10)._asdict()
                    row |= {part: values.mean() for part, values in budget.items()}
                    row["popularity"] = expected_ndcg(popular, law, 10).mean()
                    rows.append(row)
            write_table(rows, path, digits=5)
    table = pd.DataFrame(rows)
    table["kept"] = table["two_stages"] / (table["oracle"] - table["ranking_error"])
    groups = table.groupby(["ranker", "first", "n"])[["recall", "two_stages", "kept"]]
    return groups.agg(["mean", "std"]).round(4)


@pytest.mark.benchmark
@torch.no_grad()
def test_two_stages_take_a_tenth_of_the_time_of_full_ranking_with_bst():
    shop, features = large_shop()
    ways = rivals(shop, features)["BST"]
    full = np.median(cpu_ms(lambda i: ways["full"](shop.histories[i : i + 1]), 3))
    for way in ("exact", "cells"):
        staged = np.median(cpu_ms(lambda i, way=way: ways[way](shop.histories[i : i + 1]), 20))
        print(
            f"\nBST, {LARGE} products: full {full:.0f} ms a user, two stages ({way}) {staged:.1f} "
            "ms"
        )
        assert full >= 10 * staged


if __name__ == "__main__":
    tasks = {"quality": quality, "search": search, "latency": latency}
    options = table_parser("bench_two_tower", __doc__, tasks=tasks, needs_file=False).parse_args()
    torch.set_num_threads(1)
    print(tasks[options.task](options.file).to_string())
