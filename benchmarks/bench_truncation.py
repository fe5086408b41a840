"""Makes course/measured/02_truncation.csv: what the newest clicks alone are worth.

    python -m benchmarks.bench_truncation course/measured/02_truncation.csv

Some minutes of one core. For each length a small network reads that many of the newest clicks
and is taught what the oracle says who reads them all: 3,000 shoppers of the default shop, the
questions after their 16th to 40th click. It is judged on the last question of the 500 shoppers of
chapter 02. `share` is its expected NDCG@10 over that of the oracle with the whole history. It is a
lower bound: more data or a larger network could only reach more.
"""

import numpy as np
import torch
from torch import nn
from torch.nn import functional
from tqdm.auto import tqdm

from benchmarks.commands import table_parser, write_table
from seqrec.metrics import expected_ndcg
from zooplus_sim import Oracle, ZooplusSimulator

CLICKS = 41
LENGTHS = (1, 2, 3, 5, 7, 10, 15)
SEEDS = (0, 1, 2)
LEARNERS, CHUNK = 3_000, 1_000  # shoppers, and of how many the oracle is asked at a time
JUDGED = 500
EPOCHS, BATCH, RATE = 6, 1_024, 0.004
WIDTH = 48  # of a product's vector
K = 10


def clicks_of(shop, seed):
    """(users, CLICKS) item ids."""
    log = shop.journeys(events_per_user=CLICKS, seed=seed).interactions
    return log["item_id"].to_numpy().reshape(-1, CLICKS)


def questions():
    """The newest clicks (M, longest), and the oracle's law of what follows (M, V)."""
    shop = ZooplusSimulator(n_users=LEARNERS)
    clicks, oracle = clicks_of(shop, seed=11), Oracle(shop)
    longest = max(LENGTHS)
    places = range(longest, CLICKS - 1)
    newest, laws = [], []
    for first in range(0, LEARNERS, CHUNK):
        some = clicks[first : first + CHUNK, :-1]
        law = oracle.filter(some)[:, longest:]  # (CHUNK, places, V)
        laws.append(law.reshape(-1, law.shape[-1]).astype(np.float32))
        newest.append(np.stack([some[:, t + 1 - longest : t + 1] for t in places], 1))
    return (
        torch.from_numpy(np.concatenate(newest).reshape(-1, longest)),
        torch.from_numpy(np.concatenate(laws)),
    )


class Newest(nn.Module):
    """Logits of the next click from the newest `length` clicks, each place with its own weights."""

    def __init__(self, n_items, length):
        super().__init__()
        self.vectors = nn.Embedding(n_items + 1, WIDTH)
        self.layers = nn.Sequential(
            nn.Linear(WIDTH * length, 256),
            nn.ReLU(),
            nn.Linear(256, 128),
            nn.ReLU(),
            nn.Linear(128, n_items + 1),
        )

    def forward(self, newest):
        """(B, length) ids -> (B, V)."""
        return self.layers(self.vectors(newest).flatten(1))


def taught(newest, law, n_items, seed):
    """A network that has learned to say `law`."""
    torch.manual_seed(seed)
    network = Newest(n_items, newest.shape[1])
    optimizer = torch.optim.Adam(network.parameters())
    steps = len(newest) // BATCH
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimizer, RATE, total_steps=EPOCHS * steps)
    for _ in range(EPOCHS):
        for rows in torch.randperm(len(newest))[: steps * BATCH].view(steps, BATCH):
            loss = functional.cross_entropy(network(newest[rows]), law[rows])
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
            schedule.step()
    return network


def rows():
    """A row a length and seed."""
    shop = ZooplusSimulator()
    asked = clicks_of(shop, seed=3)[:JUDGED, :-1]
    truth = Oracle(shop).next_item_probabilities(asked)
    whole = expected_ndcg(truth, truth, K).mean()
    newest, law = questions()
    for length in tqdm(LENGTHS, desc="lengths"):
        for seed in SEEDS:
            network = taught(newest[:, -length:], law, shop.n_products, seed)
            with torch.no_grad():
                scores = network(torch.from_numpy(asked[:, -length:].copy())).numpy()
            share = expected_ndcg(scores, truth, K).mean() / whole
            yield {"length": length, "seed": seed, "share": float(share)}


def main():
    options = table_parser("bench_truncation", __doc__).parse_args()
    torch.set_num_threads(1)
    write_table(list(rows()), options.file, digits=3)


if __name__ == "__main__":
    main()
