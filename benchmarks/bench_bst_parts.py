"""Makes course/measured/07_parts.csv: chapter 07's two models, and what lies between them.

    python -m benchmarks.bench_bst_parts course/measured/07_parts.csv

Ten minutes of one core. Two things differ between MeanPoolBST and BST: where the candidate
stands, and what the head reads. All four combinations are trained, and BST once without attention
and once without order. Each part is changed alone. All have the same negatives, the same epochs,
and the same search: two learning rates on a shop of its own (`seed` 0, `task` "search"), judged
by NDCG@10 on its validation clicks. The best rate then trains on three other shops.
"""

import itertools

import numpy as np
import pandas as pd
import torch
from torch import nn
from tqdm.auto import tqdm

from benchmarks.commands import table_parser
from seqrec.data import build_sequences, leave_last_two_out, pad_left, sliding_windows
from seqrec.losses import click_loss
from seqrec.metrics import expected_ndcg, ndcg, ranks, share_of_lift
from seqrec.models import SequenceEncoder, click_head, score_catalogue
from seqrec.training import TrainConfig, train
from zooplus_sim import Oracle, ZooplusSimulator

N_ITEMS, MAX_LEN, N_NEGATIVES = 50, 10, 3
USERS = 600
SEARCH_SEED = 0
SEEDS = (1, 2, 3)
EPOCHS = (2, 6)
RATES = (0.004, 0.012)
# Name -> candidate inside the sequence, head reads all places, attention, order.
VARIANTS = {
    "MeanPoolBST": (False, False, True, True),
    "all places to the head": (False, True, True, True),
    "candidate inside": (True, False, True, True),
    "BST": (True, True, True, True),
    "BST, no attention": (True, True, False, True),
    "BST, clicks shuffled": (True, True, True, False),
}


class Parts(nn.Module):
    """MeanPoolBST, BST, or something between.

    inside:    the candidate is the last of the sequence; otherwise its embedding stands beside it
    places:    the head reads all positions side by side; otherwise the mean of the clicks
    attention: positions look at each other; otherwise each at itself alone
    order:     histories are read as they are; otherwise their clicks are shuffled, each time anew
    """

    def __init__(self, inside, places, attention, order, D=32, hidden=64):
        super().__init__()
        self.n_items = N_ITEMS
        self.inside, self.places, self.attention, self.order = inside, places, attention, order
        self.encoder = SequenceEncoder(
            N_ITEMS,
            MAX_LEN + inside,
            D=D,
            H=2,
            n_blocks=1,
            hidden=hidden,
            causal=False,
            activation="leaky_relu",
        )
        self.head = click_head((MAX_LEN + 1) * D if places else 2 * D, mlp=(64,), dropout=0.0)

    def score_candidates(self, histories, candidates, _=None):
        """Histories (B, L), padded on the left, and candidates (B, C). Returns logits (B, C)."""
        B, C = candidates.shape
        if not self.order:
            histories = shuffled(histories)
        if not self.inside:
            vectors = self.vectors(histories)[:, None].expand(-1, C, -1)
            return self.head(torch.cat([vectors, self.encoder.item(candidates)], dim=2)).squeeze(2)
        histories = histories.repeat_interleave(C, dim=0)
        return self.head(self.vectors(histories, candidates.reshape(-1, 1))).view(B, C)

    def vectors(self, histories, *last):
        """What the head reads of the sequences. (B, ...)"""
        sequences = torch.cat([histories, *last], dim=1)
        real = sequences != 0
        states = self.states(sequences, real) * real[:, :, None]
        if self.places:
            return states.flatten(1)
        n_clicks = histories.shape[1]
        pooled = states[:, :n_clicks].sum(dim=1) / real[:, :n_clicks].sum(1, True).clamp(min=1)
        return torch.cat([pooled, *states[:, n_clicks:].unbind(1)], dim=1)

    def states(self, sequences, real):
        """(B, L) -> (B, L, D): one block."""
        encoder, L = self.encoder, sequences.shape[1]
        visible = torch.eye(L, dtype=torch.bool)[None, None].expand(len(sequences), 1, L, L)
        if self.attention:
            visible = visible | real[:, None, None, :]
        x = encoder.item(sequences) + encoder.position(L)
        return encoder.norm(encoder.blocks[0](x, visible)[0])


def shuffled(histories):
    """Each row's clicks in some order; padding stays on the left."""
    keys = torch.rand(histories.shape).masked_fill(histories == 0, -1.0)
    return histories.gather(1, keys.argsort(dim=1, stable=True))


class Task:
    """A shop, what is learned from it, and what is asked."""

    def __init__(self, seed):
        shop = ZooplusSimulator(n_products=N_ITEMS, n_users=USERS, seed=seed)
        log = shop.journeys(events_per_user=(10, 40), seed=seed).interactions
        known, valid, _ = leave_last_two_out(log)
        self.windows, self.targets = map(torch.from_numpy, sliding_windows(known, MAX_LEN))
        self.valid_histories = newest(known, MAX_LEN)
        self.valid_answers = valid.sort_values("user_id")["item_id"].to_numpy()
        past = pd.concat([known, valid])
        self.histories = newest(past, MAX_LEN)
        self.law = Oracle(shop).next_item_probabilities(newest(past, 40).numpy())
        popular = np.bincount(known["item_id"], minlength=N_ITEMS + 1)
        self.floor = expected_ndcg(np.tile(popular, (len(self.law), 1)), self.law, 10).mean()
        self.ceiling = expected_ndcg(self.law, self.law, 10).mean()
        past = past.sort_values(["user_id", "timestamp"], kind="stable")
        of_user = past.groupby("user_id")["session_id"]
        in_last_visit = past["session_id"] == of_user.transform("last")
        self.depth = in_last_visit.groupby(past["user_id"]).sum().to_numpy()


def newest(log, length):
    """The newest clicks of each user, (B, length) long."""
    return torch.from_numpy(pad_left(build_sequences(log, length)["item_sequence"], length))


def run(task, seed, variant, epochs, rate):
    """A row of the table."""
    torch.manual_seed(seed)
    network = Parts(*VARIANTS[variant])
    config = TrainConfig(
        epochs=epochs,
        batch_size=128,
        learning_rate=rate,
        schedule="linear",
        warmup_steps=100,
        seed=seed,
    )
    loss = click_loss(task.windows, task.targets, N_NEGATIVES)
    train(network, loss, len(task.targets), config, progress=False)
    scores = score_catalogue(network, task.valid_histories).numpy()
    per_user = expected_ndcg(score_catalogue(network, task.histories).numpy(), task.law, 10)
    return {
        "model": variant,
        "epochs": epochs,
        "rate": rate,
        "seed": seed,
        "valid": ndcg(ranks(scores, task.valid_answers), 10).mean(),
        "ndcg": per_user.mean(),
        "share": float(share_of_lift(per_user.mean(), task.floor, task.ceiling)),
        "start": per_user[task.depth <= 2].mean(),
        "deep": per_user[task.depth >= 5].mean(),
    }


def searched(variant, task):
    """Rows of the search, a run for each rate, with the fewer epochs."""
    return [run(task, SEARCH_SEED, variant, EPOCHS[0], rate) for rate in RATES]


def measure():
    """A row for each run: those of the search, and then those that count."""
    search = Task(SEARCH_SEED)
    tasks = {seed: Task(seed) for seed in SEEDS}
    rows = []
    for variant in tqdm(VARIANTS, desc="parts", unit="variant"):
        tried = searched(variant, search)
        rate = max(tried, key=lambda row: row["valid"])["rate"]
        rows += [{"task": "search"} | row for row in tried]
        for epochs, (seed, task) in itertools.product(EPOCHS, tasks.items()):
            rows.append({"task": "result"} | run(task, seed, variant, epochs, rate))
    return pd.DataFrame(rows)


if __name__ == "__main__":
    options = table_parser("bench_bst_parts", __doc__).parse_args()
    table = measure()
    of_parts = table.groupby(["task", "model", "epochs", "rate"], sort=False)
    print(of_parts[["valid", "share"]].agg(["mean", "std"]).round(3).to_string())
    table.round(4).to_csv(options.file, index=False)
