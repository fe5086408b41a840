"""Two stages against full ranking: what is lost, what is won. The tables that chapter 11 shows.

python -m benchmarks.bench_two_tower quality course/measured/11_quality.csv    about 10 minutes
python -m benchmarks.bench_two_tower search course/measured/11_search.csv      about 2 minutes
python -m benchmarks.bench_two_tower latency course/measured/11_latency.csv    about 2 minutes
python -m benchmarks.bench_two_tower quality course/measured/11_quality.csv    about 10 minutes of a core

Protocol of quality: the large world, 2,000 products. Models learn from 3,000 shoppers, and are
judged on 1,000 others: expected NDCG@10 of each one's last click under the oracle's law. Items are
id + content in all models. World, journeys and training are reseeded. Settings are fixed beforehand
and the same for all seeds: nothing is chosen on test shoppers.

Protocol of time: processor time of one thread, so that a busy machine matters little. 80,000
products. The vectors of all items are computed beforehand, for full ranking as for two stages.
Rankers are not trained: their weights don't matter to a clock. The towers are, for a minute: what
an approximate search finds depends on where the vectors lie.
"""

import sys
import time
from functools import partial

import numpy as np
import pandas as pd
import pytest
import torch
from torch import nn
from tqdm.auto import tqdm

from seqrec.data import build_sequences, pad_left, sliding_windows
from seqrec.items import FeatureTable, ItemEmbedding, Labels, Number, Words
from seqrec.losses import click_loss, cloze_loss, next_item_loss, towers_loss
from seqrec.metrics import expected_ndcg
from seqrec.models import BST, BERT4Rec, SASRec, TwoTower, score_catalogue
from seqrec.models.bert4rec import with_mask_appended
from seqrec.recommender import NearestItems, error_budget, rerank, retrieve
from seqrec.recommender.nearest import recall
from seqrec.training import TrainConfig, train
from zooplus_sim import Oracle, ZooplusSimulator

pytestmark = pytest.mark.benchmark
MAX_LEN, BST_LEN, D = 20, 10, 64
TRAIN_USERS, TEST_USERS, SEEDS = 3_000, 1_000, 3
RECIPES = {  # model -> epochs, batch, learning rate
    "profile": (6, 32, 0.003),
    "sequence": (6, 32, 0.003),
    "SASRec": (6, 32, 0.003),
    "BERT4Rec": (20, 32, 0.005),
    "BST": (1, 128, 0.005),
}
COLUMNS = [
    Labels("product_type"),
    Labels("price_tier"),
    Labels("species"),
    Number("price", log=True),
]
LARGE = 80_000


class Shop:
    """A world, what is learned from, and what is asked."""

    def __init__(self, n_products, seed, n_train=TRAIN_USERS, n_test=TEST_USERS):
        self.world = ZooplusSimulator(n_products=n_products, n_users=n_train + n_test, seed=seed)
        log = self.world.journeys(events_per_user=(10, 40), seed=seed).interactions
        self.train = log[log["user_id"] < n_train]
        pasts = [
            items[:-1]
            for items in build_sequences(log[log["user_id"] >= n_train], 40)["item_sequence"]
        ]
        self.complete = pad_left(pasts, 40)  # (B, 40), for the oracle
        self.histories = torch.from_numpy(self.complete[:, -MAX_LEN:])
        sequences = build_sequences(self.train, MAX_LEN + 1)["item_sequence"]
        self.sequences = torch.from_numpy(pad_left(sequences, MAX_LEN + 1))
        self.n_items = n_products

    def features(self, columns=COLUMNS):
        return FeatureTable(columns).fit(self.world.products).transform(self.world.products)


def networks(n_items, features):
    """dict model -> untrained network; each with an item embedding of its own."""
    made = {
        "profile": TwoTower(n_items, MAX_LEN, user="profile", D=D, dropout=0.05),
        "sequence": TwoTower(n_items, MAX_LEN, user="sequence", D=D, dropout=0.05),
        "SASRec": SASRec(n_items, MAX_LEN, D=D, dropout=0.05),
        "BERT4Rec": BERT4Rec(n_items, MAX_LEN, D=D, dropout=0.05),
        "BST": BST(n_items, BST_LEN, D=D),
    }
    for network in made.values():
        network.encoder.item = ItemEmbedding(features, D)
    return made


@torch.enable_grad()
def fit(name, network, shop, seed):
    """Train by the recipe. Returns seconds of processor time."""
    epochs, batch_size, rate = RECIPES[name]
    n_samples = len(shop.sequences)
    if name == "BST":
        windows, targets = (torch.from_numpy(part) for part in sliding_windows(shop.train, BST_LEN))
        loss, n_samples = click_loss(windows, targets, 8), len(targets)
    elif name == "SASRec":
        loss = next_item_loss(shop.sequences)
    elif name == "BERT4Rec":
        loss = cloze_loss(shop.sequences, 0.2, last_only=0.2)
    else:
        loss = towers_loss(shop.sequences, n_negatives=100)
    config = TrainConfig(
        epochs=epochs,
        batch_size=batch_size,
        learning_rate=rate,
        schedule="linear",
        warmup_steps=50,
        seed=seed,
    )
    began = time.process_time()
    train(network, loss, n_samples, config, progress=False)
    network.eval()
    return time.process_time() - began


@torch.no_grad()
def full_scores(name, network, histories):
    """(B, n_items + 1)."""
    if name == "BST":
        return score_catalogue(network, histories[:, -BST_LEN:]).numpy()
    return network.score_catalogue(histories).numpy()


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
            for stage, items in found.items():
                for n in (50, 100, 200):
                    rows.append(
                        {
                            "seed": seed,
                            "first": stage,
                            "n": n,
                            "ranker": name,
                            "train_seconds": seconds,
                        }
                    )
                    rows[-1]["recall"] = (
                        np.take_along_axis(law, items[:, :n], axis=1).sum(axis=1).mean()
                    )
                    rows[-1] |= {
                        k: v.mean()
                        for k, v in error_budget(law, scores, items[:, :n], 10)._asdict().items()
                    }
                    rows[-1]["popularity"] = expected_ndcg(
                        np.tile(popularity(shop), (len(law), 1)), law, 10
                    ).mean()
            pd.DataFrame(rows).round(5).to_csv(path, index=False)
    table = pd.DataFrame(rows)
    table["kept"] = table["two_stages"] / (table["oracle"] - table["ranking_error"])
    return (
        table.groupby(["ranker", "first", "n"])[["recall", "two_stages", "kept"]]
        .agg(["mean", "std"])
        .round(4)
    )


def popularity(shop):
    """(n_items + 1,) clicks in training, nothing for padding."""
    counts = np.bincount(shop.train["item_id"], minlength=shop.n_items + 1).astype(float)
    counts[0] = -1
    return counts


# --- 80,000 products
# ----------------------------------------------------------------------------------------------


def large_shop():
    """The shop, and the matrix of its products: names too, so that no two are alike."""
    shop = Shop(LARGE, 0, n_train=1_000, n_test=500)
    return shop, shop.features([*COLUMNS, Words("name")])


def trained_tower(user, shop, features):
    """A tower whose items are content alone:

    what 1,000 shoppers clicked says nothing of most of 80,000 products.
    """
    torch.manual_seed(0)
    tower = TwoTower(shop.n_items, MAX_LEN, user=user, D=D)
    tower.encoder.item = ItemEmbedding(features, D, has_id=False)
    fit(user, tower, shop, 0)
    return tower


def cpu_ms(work, repeats):
    """Processor milliseconds of each of `repeats` calls, after one that is not counted."""
    work(0)
    taken = []
    for number in range(repeats):
        began = time.process_time()
        work(number)
        taken.append(1_000 * (time.process_time() - began))
    return np.array(taken)


def found_in(index, queries, some):
    return index.search(queries[some], 200)[0]


def search(path):
    """One row per tower and n_probe: what cells find of the exact 200, and how long it takes."""
    shop, features = large_shop()
    rows = []
    for user in ("profile", "sequence"):
        tower = trained_tower(user, shop, features)
        with torch.no_grad():
            vectors, queries = tower.item_vectors, tower.user_vectors(shop.histories)
        exact = NearestItems(vectors)
        wanted, _ = exact.search(queries, 200)
        built = time.process_time()
        cells = NearestItems(vectors, n_cells=512)
        built = time.process_time() - built
        for n_probe in (0, 1, 2, 4, 8, 16, 32, 64, 512):
            index = cells if n_probe else exact
            if n_probe:
                cells.cells_.nprobe = n_probe
            find = partial(found_in, index, queries)
            found = find(slice(None))
            one = cpu_ms(lambda i, find=find: find(slice(i, i + 1)), 200)
            many = cpu_ms(lambda i, find=find: find(slice(256)), 3).min() / 256
            row = {
                "user": user,
                "n_probe": n_probe,
                "recall": float(recall(found, wanted).mean()),
                "build_s": built,
            }
            rows.append(
                row | {"p50_ms": np.median(one), "p95_ms": np.quantile(one, 0.95), "batch_ms": many}
            )
            pd.DataFrame(rows).round(4).to_csv(path, index=False)
    return pd.DataFrame(rows).round(3)


def whole(network, name, k=10):
    """Full ranking as one would write it: the best k of all items, histories (B, L) -> (B, K)."""
    if name == "BST":
        return lambda histories: (
            score_catalogue(network, histories[:, -BST_LEN:]).topk(k, dim=1).indices
        )
    vectors = network.encoder.item.weight[1 : network.n_items + 1].contiguous()
    if name == "SASRec":
        return lambda histories: (
            (network.encoder(histories)[:, -1] @ vectors.T).topk(k, dim=1).indices + 1
        )

    def of_bert(histories):
        states = network.transform(
            network.encoder(with_mask_appended(histories, network.n_items))[:, -1]
        )
        return (states @ vectors.T + network.bias).topk(k, dim=1).indices + 1

    return of_bert


def rivals(shop, features):
    """dict ranker -> (full ranking, two stages), and dict search -> retrieval alone:

    functions of histories (B, L).
    """
    tower = trained_tower("sequence", shop, features)
    indexes = {
        "exact": NearestItems(tower.item_vectors),
        "cells": NearestItems(tower.item_vectors, n_cells=512, n_probe=16),
    }
    made = {
        "retrieval": {
            name: lambda h, i=index: retrieve(tower, h, 200, i) for name, index in indexes.items()
        }
    }
    for name, network in networks(shop.n_items, features).items():
        if isinstance(network, TwoTower):
            continue
        vectors = network.encoder.item.weight.detach()
        network.encoder.item = nn.Embedding.from_pretrained(vectors, padding_idx=0)  # computed once
        network.eval()
        read = BST_LEN if name == "BST" else MAX_LEN
        made[name] = {"full": whole(network, name)}
        for kind, index in indexes.items():
            made[name][kind] = partial(both_stages, tower, index, network, read)
    return made


def both_stages(tower, index, ranker, read, histories):
    return rerank(ranker, histories[:, -read:], retrieve(tower, histories, 200, index), 10)


@torch.no_grad()
def latency(path):
    """One row per ranker and way: processor ms per user, alone (median, 95 %) and in a batch of 64."""
    shop, features = large_shop()
    rows = []
    for ranker, ways in rivals(shop, features).items():
        for way, work in ways.items():
            slow = ranker == "BST" and way == "full"
            one = cpu_ms(lambda i, work=work: work(shop.histories[i : i + 1]), 5 if slow else 100)
            size, repeats = (2, 1) if slow else (64, 5)
            many = (
                cpu_ms(lambda i, work=work, size=size: work(shop.histories[:size]), repeats).min()
                / size
            )
            rows.append(
                {
                    "ranker": ranker,
                    "way": way,
                    "p50_ms": np.median(one),
                    "p95_ms": np.quantile(one, 0.95),
                }
            )
            rows[-1]["batch_ms"] = many
            pd.DataFrame(rows).round(3).to_csv(path, index=False)
    return pd.DataFrame(rows).round(2)


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
    torch.set_num_threads(1)
    print(
        {"quality": quality, "search": search, "latency": latency}[sys.argv[1]](
            sys.argv[2]
        ).to_string()
    )
