"""Makes course/measured/06_switches.csv: chapter 06's encoder with one part switched off.

    python -m benchmarks.bench_switches course/measured/06_switches.csv

Five minutes of one core. Parts: the causal mask, the root of d, the residuals, the positions. Shop,
task and recipe are the chapter's: 10,000 shoppers learn, 2,000 others are asked for their last
click. Three seeds of weights and order, one epoch and four. Six blocks show what two don't.
"""

import itertools

import numpy as np
import pandas as pd
import torch
from torch import nn
from tqdm.auto import tqdm

from benchmarks.commands import table_parser
from seqrec.data import build_sequences, pad_left
from seqrec.losses import softmax_loss
from seqrec.metrics import expected_ndcg, share_of_lift
from seqrec.models import SequenceEncoder, TransformerBlock, draw_weights
from seqrec.training import TrainConfig, train
from zooplus_sim import Oracle, ZooplusSimulator

D, H, HIDDEN, MAX_LEN = 32, 2, 64, 20
LEARN_FROM = 2_000  # users before are asked
SEEDS = (0, 1, 2)
EPOCHS = (1, 4)
# (what is off, blocks)
SWITCHES = [(off, 2) for off in ("nothing", "mask", "root of d", "residuals", "positions")]
SWITCHES += [("nothing", 6), ("residuals", 6)]


class NoResidual(TransformerBlock):
    """A block in which each part replaces what came in."""

    def forward(self, x, visible, need_weights=False):
        """As of `TransformerBlock`."""
        change, weights = self.attention(self.norms[0](x), visible, need_weights)
        return self.ffn(self.norms[1](change)), weights


def undivided(module, _, parts):
    """A forward hook of `project`: queries times the root of d, which undoes the division."""
    root = (D / H) ** 0.5
    return torch.cat([parts[..., :D] * root, parts[..., D:]], dim=-1)


def switched(n_items, off, n_blocks, seed):
    """A fresh encoder without one of its parts."""
    torch.manual_seed(seed)
    encoder = SequenceEncoder(
        n_items,
        MAX_LEN,
        D=D,
        H=H,
        n_blocks=n_blocks,
        hidden=HIDDEN,
        causal=off != "mask",
        positions="none" if off == "positions" else "learned",
    )
    if off == "residuals":
        encoder.blocks = nn.ModuleList([NoResidual(D, H, hidden=HIDDEN) for _ in range(n_blocks)])
        draw_weights(encoder)
    if off == "root of d":
        for block in encoder.blocks:
            block.attention.project.register_forward_hook(undivided)
    return encoder


class Task:
    """The next click at every position, as in section 6.6 of the chapter."""

    def __init__(self):
        shop = ZooplusSimulator(n_users=12_000)
        log = shop.journeys(events_per_user=(3, 21), seed=1).interactions
        clicks = pad_left(build_sequences(log, max_len=MAX_LEN)["item_sequence"], MAX_LEN + 1)
        self.n_items = shop.n_products
        self.learn, self.asked = torch.tensor(clicks[LEARN_FROM:]), clicks[:LEARN_FROM, :-1]
        self.law = Oracle(shop).next_item_probabilities(self.asked)
        popular = np.bincount(self.learn.flatten(), minlength=self.n_items + 1)
        self.floor = self.ndcg(np.tile(popular, (len(self.asked), 1)))
        self.ceiling = self.ndcg(self.law)

    def ndcg(self, scores):
        return expected_ndcg(scores, self.law, 10).mean()

    def scores(self, encoder, items):
        scores = encoder(items) @ encoder.item.weight.T
        return scores.index_fill(-1, torch.tensor([0, self.n_items + 1]), float("-inf"))

    def loss(self, encoder, rows, generator=None):
        items, targets = self.learn[rows, :-1], self.learn[rows, 1:]
        return softmax_loss(self.scores(encoder, items), targets, real=items != 0)


def run(task, off, n_blocks, epochs, seed):
    """A row of the table."""
    encoder = switched(task.n_items, off, n_blocks, seed)
    config = TrainConfig(
        epochs=epochs,
        batch_size=128,
        learning_rate=0.008,
        schedule="one_cycle",
        warmup_steps=50,
        seed=seed,
    )
    history = train(encoder, task.loss, len(task.learn), config, progress=False).history
    with torch.no_grad():
        newest = task.scores(encoder.eval(), torch.tensor(task.asked))[:, -1]
    ndcg = task.ndcg(newest[:, : task.n_items + 1].numpy())
    return {
        "off": off,
        "blocks": n_blocks,
        "epochs": epochs,
        "seed": seed,
        "training_loss": history["train_loss"].iloc[-1],
        "ndcg": ndcg,
        "share": float(share_of_lift(ndcg, task.floor, task.ceiling)),
    }


if __name__ == "__main__":
    options = table_parser("bench_switches", __doc__).parse_args()
    task = Task()
    runs = list(itertools.product(SWITCHES, EPOCHS, SEEDS))
    table = pd.DataFrame(
        [run(task, *switch, epochs, seed) for switch, epochs, seed in tqdm(runs, desc="switches")]
    )
    by_switch = table.groupby(["blocks", "off", "epochs"], sort=False)
    print(by_switch[["training_loss", "share"]].agg(["mean", "std"]).round(3).to_string())
    table.round(4).to_csv(options.file, index=False)
