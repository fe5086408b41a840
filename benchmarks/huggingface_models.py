"""Makes no table: the models that `bench_huggingface` compares, and how they are trained."""

import time
from functools import partial
from pathlib import Path

import pandas as pd
import torch

from benchmarks.bench_sasrec import MAX_LEN
from benchmarks.commands import write_table
from seqrec.losses import cloze_loss, next_item_loss
from seqrec.models import BERT4Rec, CausalBackbone, MaskedBackbone, SASRec
from seqrec.training import TrainConfig, train

SEEDS = 3
EPOCHS = {"causal": 8, "cloze": 12}


def made_like_ours(n_items, max_len, dropout):
    """GPT-2 with SASRec's activation, and the very weights that SASRec starts from.

    Only dropout's dice fall anew.
    """
    ours = SASRec(n_items, max_len, dropout=dropout).encoder
    options = {"activation_function": "relu"}
    network = CausalBackbone(n_items, max_len, dropout=dropout, options=options)
    theirs = network.encoder
    # Biases start at 0 and norms at 1 in both.
    with torch.no_grad():
        theirs.item.weight.copy_(ours.item.weight)
        theirs.backbone.wpe.weight.copy_(ours.position.weight)
        for their_block, block in zip(theirs.backbone.h, ours.blocks, strict=True):
            their_block.attn.c_attn.weight.copy_(block.attention.project.weight.T)
            their_block.attn.c_proj.weight.copy_(block.attention.merge.weight.T)
            their_block.mlp.c_fc.weight.copy_(block.ffn[0].weight.T)
            their_block.mlp.c_proj.weight.copy_(block.ffn[2].weight.T)
    return network


# Name -> objective, what makes the network of (n_items, max_len).
MODELS = {
    "SASRec (ours)": ("causal", SASRec),
    "SASRec, drawn again": ("causal", SASRec),
    "GPT-2 made like ours": ("causal", made_like_ours),
    "GPT-2": ("causal", partial(CausalBackbone, backbone="gpt2")),
    "GPT-2, weights N(0, 0.02^2)": (
        "causal",
        partial(CausalBackbone, backbone="gpt2", options={"initializer_range": 0.02}),
    ),
    "Llama": ("causal", partial(CausalBackbone, backbone="llama")),
    "XLNet, causal": ("causal", partial(CausalBackbone, backbone="xlnet")),
    "BERT4Rec (ours)": ("cloze", BERT4Rec),
    "BERT": ("cloze", partial(MaskedBackbone, backbone="bert")),
    "ModernBERT": ("cloze", partial(MaskedBackbone, backbone="modernbert")),
    "XLNet, both ways": ("cloze", partial(MaskedBackbone, backbone="xlnet")),
}
# The work of one that is there already.
TWICE = ("SASRec, drawn again", "GPT-2, weights N(0, 0.02^2)")
# The better of 0.003 and 0.001 by validation loss; made by `rates`.
RATES = dict.fromkeys(MODELS, 0.003)


def fit(name, shop, seed, epochs, learning_rate):
    """A network that has learned, its lowest validation loss, and the CPU seconds that it took."""
    objective, make = MODELS[name]
    torch.manual_seed(seed)
    network = make(shop.n_products, MAX_LEN, dropout=0.05)
    histories = shop.valid[:, :-1]
    answers = shop.valid[:, -1:]
    if objective == "causal":
        loss = next_item_loss(shop.train_sequences)
    else:
        loss = cloze_loss(shop.train_sequences, 0.3, last_only=0.1)
    config = TrainConfig(
        epochs=epochs,
        batch_size=32,
        learning_rate=learning_rate,
        schedule="linear",
        warmup_steps=50,
        monitor="valid_loss",
        higher_is_better=False,
        seed=seed,
    )

    def validate(network):
        return {"valid_loss": -network.score_catalogue(histories).gather(1, answers).mean().item()}

    began = time.process_time()
    run = train(network, loss, len(shop.train_sequences), config, validate=validate, progress=False)
    return network, run.history["valid_loss"].min(), time.process_time() - began


class Kept:
    """A table in a file that is written after each row, and read again at the start.

    path:  of the file; None keeps the table in memory only
    key:   the column that says what was measured; the other key is `seed`
    order: the values of that column

    missing: list of (seed, value of the key) that the file does not have
    """

    def __init__(self, path, key, order):
        self.path = path
        self.key = key
        self.order = order
        self.table = pd.DataFrame(columns=[key, "seed"])
        if path is not None and Path(path).exists():
            self.table = pd.read_csv(path)
        done = set(zip(self.table[key], self.table["seed"], strict=True))
        self.missing = [
            (seed, name) for seed in range(SEEDS) for name in order if (name, seed) not in done
        ]

    def add(self, row):
        """One more row, a dict."""
        print(row, flush=True)
        table = pd.concat([self.table, pd.DataFrame([row])], ignore_index=True)
        place = {name: number for number, name in enumerate(self.order)}
        self.table = table.sort_values(
            [self.key, "seed"], key=lambda of: of.map(place) if of.name == self.key else of
        )
        write_table(self.table[list(row)], self.path)
