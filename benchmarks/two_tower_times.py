"""Makes no table: how long two stages take in a catalogue of 80,000, for `bench_two_tower`."""

import time
from functools import partial

import numpy as np
import pandas as pd
import torch
from torch import nn

from benchmarks.commands import write_table
from benchmarks.two_tower_models import BST_LEN, COLUMNS, MAX_LEN, D, Shop, fit, networks
from seqrec.items import ItemEmbedding, Words
from seqrec.models import TwoTower, score_catalogue
from seqrec.models.bert4rec import with_mask_appended
from seqrec.recommender import NearestItems, rerank, retrieve
from seqrec.recommender.nearest import recall

LARGE = 80_000


def large_shop():
    """The shop, and the matrix of its products: names too, so that no two are alike."""
    shop = Shop(LARGE, 0, n_train=1_000, n_test=500)
    return shop, shop.features([*COLUMNS, Words("name")])


def trained_tower(user, shop, features):
    """A tower whose items are content alone.

    What 1,000 shoppers clicked says nothing of most of 80,000 products.
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


def found_in(index, queries, rows):
    """The 200 nearest items of a slice of the queries."""
    return index.search(queries[rows], 200)[0]


def search(path):
    """One row per tower and n_probe: what cells find of the exact 200, and how long it takes."""
    shop, features = large_shop()
    rows = []
    for user in ("profile", "sequence"):
        tower = trained_tower(user, shop, features)
        with torch.no_grad():
            vectors = tower.item_vectors
            queries = tower.user_vectors(shop.histories)
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
            row = {"user": user, "n_probe": n_probe}
            row |= {"recall": float(recall(found, wanted).mean()), "build_s": built}
            row |= {"p50_ms": np.median(one), "p95_ms": np.quantile(one, 0.95)}
            rows.append(row | {"batch_ms": many})
            write_table(rows, path)
    return pd.DataFrame(rows).round(3)


def whole(network, name, k=10):
    """Full ranking as one would write it: the best k of all items, histories (B, L) -> (B, K)."""

    def of_bst(histories):
        return score_catalogue(network, histories[:, -BST_LEN:]).topk(k, dim=1).indices

    def of_sasrec(histories):
        states = network.encoder(histories)[:, -1]
        return (states @ vectors.T).topk(k, dim=1).indices + 1

    def of_bert(histories):
        sequences = with_mask_appended(histories, network.n_items)
        states = network.transform(network.encoder(sequences)[:, -1])
        return (states @ vectors.T + network.bias).topk(k, dim=1).indices + 1

    if name == "BST":
        return of_bst
    vectors = network.encoder.item.weight[1 : network.n_items + 1].contiguous()
    return of_sasrec if name == "SASRec" else of_bert


def rivals(shop, features):
    """dict ranker -> ways to rank, each a function of histories (B, L).

    The ways are full ranking and two stages, with exact search and with cells. "retrieval" stands
    for a ranker too: the search alone.
    """
    tower = trained_tower("sequence", shop, features)
    indexes = {
        "exact": NearestItems(tower.item_vectors),
        "cells": NearestItems(tower.item_vectors, n_cells=512, n_probe=16),
    }
    searches = {
        name: lambda h, i=index: retrieve(tower, h, 200, i) for name, index in indexes.items()
    }
    made = {"retrieval": searches}
    for name, network in networks(shop.n_items, features).items():
        if isinstance(network, TwoTower):
            continue
        # The vectors are computed once.
        vectors = network.encoder.item.weight.detach()
        network.encoder.item = nn.Embedding.from_pretrained(vectors, padding_idx=0)
        network.eval()
        read = BST_LEN if name == "BST" else MAX_LEN
        made[name] = {"full": whole(network, name)}
        for kind, index in indexes.items():
            made[name][kind] = partial(both_stages, tower, index, network, read)
    return made


def both_stages(tower, index, ranker, read, histories):
    """Lists of two stages. read: how many of the newest items the ranker reads."""
    return rerank(ranker, histories[:, -read:], retrieve(tower, histories, 200, index), 10)


@torch.no_grad()
def latency(path):
    """One row per ranker and way: processor ms per user, alone (median, 95 %) and in a batch."""
    shop, features = large_shop()
    rows = []
    for ranker, ways in rivals(shop, features).items():
        for way, work in ways.items():
            slow = ranker == "BST" and way == "full"
            one = cpu_ms(lambda i, work=work: work(shop.histories[i : i + 1]), 5 if slow else 100)
            size, repeats = (2, 1) if slow else (64, 5)
            many = cpu_ms(lambda i, work=work, size=size: work(shop.histories[:size]), repeats)
            row = {"ranker": ranker, "way": way, "p50_ms": np.median(one)}
            row |= {"p95_ms": np.quantile(one, 0.95), "batch_ms": many.min() / size}
            rows.append(row)
            write_table(rows, path, digits=3)
    return pd.DataFrame(rows).round(2)
