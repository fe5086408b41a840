"""Makes no table: the shop and the models that `bench_two_tower` measures."""

import time

import numpy as np
import torch

from seqrec.data import build_sequences, pad_left, sliding_windows
from seqrec.items import FeatureTable, ItemEmbedding, Labels, Number
from seqrec.losses import click_loss, cloze_loss, next_item_loss, towers_loss
from seqrec.models import BST, BERT4Rec, SASRec, TwoTower, score_catalogue
from seqrec.training import TrainConfig, train
from zooplus_sim import ZooplusSimulator

MAX_LEN = 20
BST_LEN = 10
D = 64
TRAIN_USERS, TEST_USERS = 3_000, 1_000
SEEDS = 3
# Model -> epochs, batch, learning rate.
RECIPES = {
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


class Shop:
    """A world, what is learned from, and what is asked."""

    def __init__(self, n_products, seed, n_train=TRAIN_USERS, n_test=TEST_USERS):
        self.world = ZooplusSimulator(n_products=n_products, n_users=n_train + n_test, seed=seed)
        log = self.world.journeys(events_per_user=(10, 40), seed=seed).interactions
        self.train = log[log["user_id"] < n_train]
        judged = build_sequences(log[log["user_id"] >= n_train], 40)["item_sequence"]
        pasts = [items[:-1] for items in judged]
        self.complete = pad_left(pasts, 40)  # (B, 40), for the oracle
        self.histories = torch.from_numpy(self.complete[:, -MAX_LEN:])
        sequences = build_sequences(self.train, MAX_LEN + 1)["item_sequence"]
        self.sequences = torch.from_numpy(pad_left(sequences, MAX_LEN + 1))
        self.n_items = n_products

    def features(self, columns=COLUMNS):
        """(n_items, F) the matrix of all products."""
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
def fit(name, network, shop, seed, epochs=None):
    """Train by the recipe, or for other epochs. Returns seconds of processor time."""
    usual, batch_size, rate = RECIPES[name]
    n_samples = len(shop.sequences)
    if name == "BST":
        windows, targets = (torch.from_numpy(part) for part in sliding_windows(shop.train, BST_LEN))
        loss = click_loss(windows, targets, 8)
        n_samples = len(targets)
    elif name == "SASRec":
        loss = next_item_loss(shop.sequences)
    elif name == "BERT4Rec":
        loss = cloze_loss(shop.sequences, 0.2, last_only=0.2)
    else:
        loss = towers_loss(shop.sequences, n_negatives=100)
    config = TrainConfig(
        epochs=epochs or usual,
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
    """Scores of the whole catalogue, (B, n_items + 1)."""
    if name == "BST":
        return score_catalogue(network, histories[:, -BST_LEN:]).numpy()
    return network.score_catalogue(histories).numpy()


def popularity(shop):
    """(n_items + 1,) clicks in training, nothing for padding."""
    counts = np.bincount(shop.train["item_id"], minlength=shop.n_items + 1).astype(float)
    counts[0] = -1
    return counts
