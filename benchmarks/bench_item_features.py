"""Makes course/measured/10_cold_start.csv: what content buys, most of all for new products.

    python -m benchmarks.bench_item_features course/measured/10_cold_start.csv

About 20 minutes of one core.

Protocol: a shop of 400 products. 2,000 shoppers teach, 300 others say which epoch's weights are
kept (log-loss). Then 80 products are launched inside the world, before other shoppers come, who
never saw the old shop. Each is asked for the last click, of 10 to 40, by full ranking of all 480:
expected HR@10 and NDCG@10 under the oracle's law. There are two launches of different products to
different shoppers: settings are chosen on `choice` (500 shoppers), and the chapter's claims are
about `test` (1,000). `items` says which next clicks are counted: those that go to new products, to
old ones, to old ones by how often training saw them. World, journeys, launches and training are
reseeded.
"""

import copy
import time

import numpy as np
import pandas as pd
import torch
from torch import nn
from tqdm.auto import tqdm

from benchmarks.commands import table_parser
from seqrec.data import build_sequences, pad_left
from seqrec.items import FeatureTable, ItemEmbedding, Labels, Number, Words, with_catalogue
from seqrec.losses import next_item_loss
from seqrec.models import SASRec
from seqrec.training import TrainConfig, train
from zooplus_sim import Oracle, ZooplusSimulator

MAX_LEN = 40
D = 64
EPOCHS = 10
SEEDS = 3
OLD, NEW = 400, 80
USERS = {"train": 2_000, "valid": 300, "choice": 500, "test": 1_000}
# Bounds of the groups of old products.
CLICKS = (1, 20, 50, 100, 200, 10**6)
COLUMNS = [
    Labels("product_type"),
    Labels("category"),
    Labels("species"),
    Labels("price_tier"),
    Number("price", log=True),
    Words("name", buckets=64),
]
# Name -> settings of ItemEmbedding.
READERS = {
    "id and content, no id dropout": {"id_dropout": 0.0},
    "id and content, id dropout 0.3": {"id_dropout": 0.3},
    "id and content, id dropout 0.6": {"id_dropout": 0.6},
    "content only": {"has_id": False},
}


class Shop:
    """The shop before the launch: who teaches, and who says when to stop."""

    def __init__(self, seed):
        ends = np.cumsum(list(USERS.values())).tolist()
        self.seed = seed
        self.sim = ZooplusSimulator(OLD, ends[-1], seed=seed)
        self.train = self.sequences(self.sim, 0, ends[0])
        self.valid = self.sequences(self.sim, ends[0], ends[1])
        self.clicks = torch.bincount(self.train.flatten(), minlength=OLD + 1)[1:].numpy()  # (OLD,)
        self.launches = {
            "choice": Launch(self, 1_000 + seed, ends[1], ends[2]),
            "test": Launch(self, seed, ends[2], ends[3]),
        }

    def sequences(self, sim, first, last):
        """(B, MAX_LEN + 1) clicks of users first to last - 1."""
        users = range(first, last)
        log = sim.journeys(events_per_user=(10, MAX_LEN), users=users, seed=self.seed).interactions
        sequences = build_sequences(log, MAX_LEN)["item_sequence"]
        return torch.from_numpy(pad_left(sequences, MAX_LEN + 1))

    def fit(self, item=None):
        """A SASRec that has learned the old shop.

        item: an ItemEmbedding, in the place of ids alone.
        """
        torch.manual_seed(self.seed)
        network = SASRec(OLD, MAX_LEN, D=D, dropout=0.05)
        network.encoder.item = network.encoder.item if item is None else item
        valid_loss = next_item_loss(self.valid)
        everybody = torch.arange(len(self.valid))

        def validate(network):
            return {"valid_loss": valid_loss(network, everybody, None).item()}

        config = TrainConfig(
            epochs=EPOCHS,
            batch_size=32,
            learning_rate=0.003,
            schedule="linear",
            warmup_steps=50,
            monitor="valid_loss",
            higher_is_better=False,
            seed=self.seed,
        )
        loss = next_item_loss(self.train)
        train(network, loss, len(self.train), config, validate=validate, progress=False)
        return network.eval()


class Launch:
    """The shop after a launch: its catalogue, who comes, and the law of their next clicks.

    shop:        the Shop before it
    seed:        of the launch
    first, last: users first to last - 1 come
    """

    def __init__(self, shop, seed, first, last):
        sim = shop.sim.launch(NEW, on="2027-01-01", seed=seed)
        self.catalogue = sim.products
        self.clicks = np.append(shop.clicks, np.zeros(NEW, int))
        self.histories = shop.sequences(sim, first, last)[:, 1:-1]
        self.law = Oracle(sim).next_item_probabilities(self.histories.numpy())  # (B, 1 + OLD + NEW)

    def judge(self, scores):
        """A row per group of items: how many of the clicks that go there are in the top 10.

        scores: (B, 1 + items)
        """
        place = places(scores)
        law = self.law[:, 1:]
        number = np.arange(OLD + NEW)
        groups = {"all": number >= 0, "new": number >= OLD, "old": number < OLD}
        for low, high in zip(CLICKS[:-1], CLICKS[1:], strict=True):
            groups[f"{low} to {high - 1} clicks"] = (self.clicks >= low) & (self.clicks < high)
        rows = []
        for name, is_in_group in groups.items():
            of_group = law * is_in_group
            clicks = of_group.sum()
            hr = (of_group * (place < 10)).sum() / clicks
            ndcg = (of_group * (place < 10) / np.log2(place + 2)).sum() / clicks
            rows.append({"items": name, "share": clicks / len(law), "hr": hr, "ndcg": ndcg})
        return rows


def places(scores):
    """How many items score as high as item j or higher, j itself left out: (B, items).

    Ties count against it.
    """
    rows = np.asarray(scores)[:, 1:]
    return np.stack([len(row) - 1 - np.searchsorted(np.sort(row), row, "left") for row in rows])


def with_vectors(network, new):
    """The network with id vectors for the launched products, in the place of what it has.

    new: (NEW, D)
    """
    weight = network.encoder.item.weight.detach()
    vectors = torch.cat([weight[: OLD + 1], new, weight[-1:]])
    network = copy.deepcopy(network)
    network.encoder.item = nn.Embedding.from_pretrained(vectors)
    network.n_items = network.encoder.n_items = OLD + NEW
    return network


def mean_of_type(weight, catalogue):
    """For each new product the mean vector of the old ones of its type, as long as theirs are.

    Returns (NEW, D).
    """
    kind = catalogue["product_type"].to_numpy()
    vectors = weight[1 : OLD + 1]
    means = torch.stack(
        [vectors[torch.from_numpy(kind[:OLD] == one)].mean(dim=0) for one in kind[OLD:]]
    )
    return means * vectors.norm(dim=1).mean() / means.norm(dim=1, keepdim=True)


def answers(shop):
    """(model, launch, scores) of everything that is compared on a shop."""
    for name, launch in shop.launches.items():
        yield "oracle", name, launch.law
    plain = shop.fit()
    ids = plain.encoder.item.weight.detach()
    noise = torch.randn(NEW, D, generator=torch.Generator().manual_seed(shop.seed)) * D**-0.5
    for name, launch in shop.launches.items():
        for model, new in (
            ("id only", noise),
            ("id only, mean of the type", mean_of_type(ids, launch.catalogue)),
        ):
            yield model, name, with_vectors(plain, new).score_catalogue(launch.histories)
    table = FeatureTable(COLUMNS).fit(shop.sim.products)
    old = np.append(np.arange(1, OLD + 1), np.zeros(NEW, int))
    for model, settings in READERS.items():
        torch.manual_seed(shop.seed)
        network = shop.fit(ItemEmbedding(table.transform(shop.sim.products), D, **settings))
        for name, launch in shop.launches.items():
            grown = with_catalogue(network, table.transform(launch.catalogue), old)
            yield model, name, grown.score_catalogue(launch.histories)
            if model == "id and content, no id dropout":
                mean = network.encoder.item.id.weight[1 : OLD + 1].detach().mean(dim=0)
                vectors = grown.encoder.item.weight[OLD + 1 : -1].detach() + mean
                scores = with_vectors(network, vectors).score_catalogue(launch.histories)
                yield f"{model}, mean id for new", name, scores


if __name__ == "__main__":
    options = table_parser("bench_item_features", __doc__).parse_args()
    torch.set_num_threads(1)
    rows = []
    began = time.process_time()
    for seed in tqdm(range(SEEDS), unit="shop"):
        for model, launch, scores in answers(shop := Shop(seed)):
            judged = shop.launches[launch].judge(scores)
            rows += [{"seed": seed, "launch": launch, "model": model, **row} for row in judged]
            hits = [round(float(row["hr"]), 3) for row in judged[:3]]
            print(seed, launch, model, hits, flush=True)
    pd.DataFrame(rows).round(4).to_csv(options.file, index=False)
    print(f"{time.process_time() - began:.0f} seconds of CPU")
