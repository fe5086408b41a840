"""Hugging Face backbones beside our encoder: quality, cost, and how much history: the tables that
chapter 13 shows.

python -m benchmarks.bench_huggingface quality course/measured/13_backbones.csv   about 10 minutes of one core
python -m benchmarks.bench_huggingface history course/measured/13_history.csv     about 4 minutes
python -m benchmarks.bench_huggingface costs course/measured/13_costs.csv         about 1 minute
python -m benchmarks.bench_huggingface rates                                         how RATES were chosen

Protocol: as in `bench_sasrec`: three groups of shoppers of one shop. It learns from the first; the
weights of its best epoch are those with the lowest loss on 500 others' last clicks; it is judged on
2,000 more: expected NDCG@10 of each one's next click under the oracle's law, by full ranking.
World, journeys and training are reseeded. Width, heads, blocks, dropout, batch, schedule and epochs
are the same for all models of an objective; each model's learning rate is the better of two by
validation loss, on a shop of another seed with 1,000 users, in 5 epochs (cloze: 7).

`quality` and `history` write their file after each row, and keep the rows that are there: stopped,
they go on.
"""

import functools
import subprocess
import sys
import time
from functools import partial
from pathlib import Path

import numpy as np
import pandas as pd
import torch
from tqdm.auto import tqdm

from benchmarks.bench_sasrec import MAX_LEN, Shop
from seqrec.data import ItemIndex, by_session, newest, newest_session, pieces, read_events
from seqrec.losses import cloze_loss, next_item_loss
from seqrec.metrics import expected_ndcg, share_of_lift
from seqrec.models import BERT4Rec, CausalBackbone, MaskedBackbone, SASRec
from seqrec.training import TrainConfig, train
from zooplus_sim import Oracle, ZooplusSimulator

USERS, SEEDS, EPOCHS = 1_000, 3, {"causal": 8, "cloze": 12}


def made_like_ours(n_items, max_len, dropout):
    """GPT-2 with SASRec's activation, and the very weights that SASRec starts from.

    Only dropout's dice fall anew.
    """
    ours = SASRec(n_items, max_len, dropout=dropout).encoder
    network = CausalBackbone(
        n_items, max_len, dropout=dropout, options={"activation_function": "relu"}
    )
    theirs = network.encoder
    with torch.no_grad():  # biases start at 0 and norms at 1 in both
        theirs.item.weight.copy_(ours.item.weight)
        theirs.backbone.wpe.weight.copy_(ours.position.weight)
        for block, here in zip(theirs.backbone.h, ours.blocks, strict=True):
            block.attn.c_attn.weight.copy_(here.attention.project.weight.T)
            block.attn.c_proj.weight.copy_(here.attention.merge.weight.T)
            block.mlp.c_fc.weight.copy_(here.ffn[0].weight.T)
            block.mlp.c_proj.weight.copy_(here.ffn[2].weight.T)
    return network


MODELS = {  # name -> objective, what makes the network of (n_items, max_len)
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
TWICE = ("SASRec, drawn again", "GPT-2, weights N(0, 0.02^2)")  # the work of one that is there
#: The better of 0.003 and 0.001 by validation loss; made by `rates`.
RATES = dict.fromkeys(MODELS, 0.003)
RATES_SEED, RATES_USERS, RATES_EPOCHS = 100, 1_000, {"causal": 5, "cloze": 7}
CLICKS, HISTORY_USERS, WINDOWS = (60, 120), 400, (20, 40, 119)


def fit(name, shop, seed, epochs, learning_rate):
    """A network that has learned, its lowest validation loss, and the CPU seconds that it took."""
    objective, make = MODELS[name]
    torch.manual_seed(seed)
    network = make(shop.n_products, MAX_LEN, dropout=0.05)
    histories, answers = shop.valid[:, :-1], shop.valid[:, -1:]
    is_causal = objective == "causal"
    loss = (
        next_item_loss(shop.train_sequences)
        if is_causal
        else cloze_loss(shop.train_sequences, 0.3, last_only=0.1)
    )
    config = TrainConfig(
        epochs=epochs, batch_size=32, learning_rate=learning_rate, schedule="linear", warmup_steps=50,
        monitor="valid_loss", higher_is_better=False, seed=seed,
    )  # fmt: skip

    def validate(network):
        return {"valid_loss": -network.score_catalogue(histories).gather(1, answers).mean().item()}

    began = time.process_time()
    run = train(network, loss, len(shop.train_sequences), config, validate=validate, progress=False)
    return network, run.history["valid_loss"].min(), time.process_time() - began


def rates():
    """Validation loss of both rates, a shop that is used for nothing else."""
    shop, rows = Shop(50, RATES_USERS, RATES_SEED), []
    for name, (objective, _) in tqdm(MODELS.items(), desc="rates"):
        for rate in (0.003, 0.001):
            _, valid_loss, seconds = fit(name, shop, RATES_SEED, RATES_EPOCHS[objective], rate)
            rows.append(
                {
                    "model": name,
                    "learning_rate": rate,
                    "valid_loss": valid_loss,
                    "cpu_seconds": seconds,
                }
            )
            print(rows[-1], flush=True)
    return pd.DataFrame(rows)


class Kept:
    """A table of (what was measured, seed) in a file that is written after each row, and read again
    at the start.
    """

    def __init__(self, path, key, order):
        self.path, self.key, self.order = Path(path), key, order
        self.table = (
            pd.read_csv(path) if self.path.exists() else pd.DataFrame(columns=[key, "seed"])
        )
        done = set(zip(self.table[key], self.table["seed"], strict=True))
        self.missing = [
            (seed, name) for seed in range(SEEDS) for name in order if (name, seed) not in done
        ]

    def add(self, row):
        print(row, flush=True)
        table = pd.concat([self.table, pd.DataFrame([row])], ignore_index=True)
        place = {name: number for number, name in enumerate(self.order)}
        self.table = table.sort_values(
            [self.key, "seed"], key=lambda of: of.map(place) if of.name == self.key else of
        )
        self.table[list(row)].round(4).to_csv(self.path, index=False)


def quality(path):
    """One row per model and seed."""
    kept = Kept(path, "model", list(MODELS))
    shop_of = functools.lru_cache(maxsize=1)(lambda seed: Shop(50, USERS, seed))
    for seed, name in tqdm(kept.missing, desc="quality", unit="run"):
        objective, shop = MODELS[name][0], shop_of(seed)
        drawn = (
            seed + 100 if name == "SASRec, drawn again" else seed
        )  # the same shop, other dice: what noise is
        network, _, seconds = fit(name, shop, drawn, EPOCHS[objective], RATES[name])
        row = {"objective": objective, "model": name, "seed": seed, "learning_rate": RATES[name]}
        row["parameters"] = sum(weight.numel() for weight in network.parameters())
        kept.add(row | {"cpu_seconds": seconds} | shop.judge(network.score_catalogue))
    return kept.table


class LongShop:
    """Shoppers of 60 to 120 clicks; the last 500 are judged by their last click."""

    def __init__(self, seed, n_judged=500):
        sim = ZooplusSimulator(50, HISTORY_USERS + n_judged, seed=seed)
        log = sim.journeys(events_per_user=CLICKS, seed=seed).interactions
        index = ItemIndex().fit(range(1, 51))
        self.log = log[log["user_id"] < HISTORY_USERS]
        self.events, _ = read_events(self.log, index, ascending=True)
        self.session_ids = self.log["session_id"].to_numpy()
        judged, _ = read_events(log[log["user_id"] >= HISTORY_USERS], index, ascending=True)
        sessions = log[log["user_id"] >= HISTORY_USERS]["session_id"].to_numpy()[judged.rows]
        items = newest(judged, CLICKS[1])
        sessions = newest(judged._replace(items=sessions + 1), CLICKS[1])
        self.histories, self.sessions = (
            items[:, :-1],
            sessions[:, :-1],
        )  # without the click that is asked for
        self.law = Oracle(sim).next_item_probabilities(self.histories)
        popular = np.bincount(self.events.items, minlength=51)[None].repeat(n_judged, axis=0)
        self.low = expected_ndcg(popular, self.law, 10).mean()
        self.high = expected_ndcg(self.law, self.law, 10).mean()


def history(path):
    """One row per length of history and seed:

    GPT-2, every click of the log predicted once in each epoch.
    """
    length_of = {"newest session": 0} | {f"{length} clicks": length for length in WINDOWS}
    kept = Kept(path, "history", list(length_of))
    shop_of = functools.lru_cache(maxsize=1)(LongShop)
    for seed, name in tqdm(kept.missing, desc="history", unit="run"):
        shop, max_len = shop_of(seed), length_of[name]
        events = shop.events if max_len else by_session(shop.events, shop.session_ids)
        width = max_len or int((events.ends - events.starts).max())
        sequences = torch.from_numpy(pieces(events, width, whole=True))
        torch.manual_seed(seed)
        network = CausalBackbone(50, width, dropout=0.05)
        n_targets = (sequences[:, :-1] != 0).sum().item()
        batch = round(
            800 * len(sequences) / n_targets
        )  # as many clicks are predicted in a step of each
        config = TrainConfig(
            epochs=8,
            batch_size=batch,
            learning_rate=0.003,
            schedule="linear",
            warmup_steps=50,
            seed=seed,
        )
        began = time.process_time()
        train(network, next_item_loss(sequences), len(sequences), config, progress=False)
        trained = time.process_time() - began
        items = torch.from_numpy(
            shop.histories if max_len else newest_session(shop.histories, shop.sessions)
        )
        began = time.process_time()
        scores = network.score_catalogue(items[:, -width:]).numpy()
        scored = time.process_time() - began
        ndcg = expected_ndcg(scores, shop.law, 10).mean()
        kept.add(
            {
                "history": name, "seed": seed, "rows": len(sequences), "batch": batch, "cpu_seconds": trained,
                "milliseconds_per_user": 1000 * scored / len(items), "ndcg": ndcg, "popularity": shop.low,
                "oracle": shop.high, "share": float(share_of_lift(ndcg, shop.low, shop.high)),
            }
        )  # fmt: skip
    return kept.table


IMPORT = """
import resource, time, torch, seqrec.models.huggingface
began, held = time.process_time(), resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
{work}
print(time.process_time() - began, (resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - held) / 1024)
"""


def costs():
    """What the library costs, and what a step does.

    Importing, in fresh processes: CPU seconds and MiB, the best of three. A training pass as a
    ratio to ours, best of five rounds of all models in turn.
    """
    rows = []
    for what, work in (
        ("SASRec (ours)", "seqrec.models.SASRec(50, 40)"),
        ("GPT-2", "seqrec.models.CausalBackbone(50, 40)"),
    ):
        command = [sys.executable, "-c", IMPORT.format(work=work)]
        runs = [
            subprocess.run(command, capture_output=True, text=True, check=True).stdout.split()
            for _ in range(3)
        ]
        seconds, mebibytes = np.array(runs, float).min(axis=0)
        rows.append({"model": what, "what": "first network: CPU seconds", "value": seconds})
        rows.append({"model": what, "what": "first network: MiB", "value": mebibytes})
    sequences = torch.randint(1, 51, (64, 41), generator=torch.Generator().manual_seed(0))
    best, timed = {}, [name for name in MODELS if name not in TWICE]
    for _ in range(5):
        for name in timed:
            objective, make = MODELS[name]
            torch.manual_seed(0)
            network = make(50, 40, dropout=0.05).train()
            loss = (
                next_item_loss(sequences) if objective == "causal" else cloze_loss(sequences, 0.3)
            )
            for _ in range(4):
                began = time.process_time()
                loss(network, torch.arange(64), torch.Generator().manual_seed(0)).backward()
                best[name] = min(best.get(name, 1e9), time.process_time() - began)
    for name in timed:
        baseline = best["SASRec (ours)" if MODELS[name][0] == "causal" else "BERT4Rec (ours)"]
        rows.append(
            {"model": name, "what": "training pass, ratio to ours", "value": best[name] / baseline}
        )
    return pd.DataFrame(rows)


if __name__ == "__main__":
    torch.set_num_threads(1)
    what, *path = sys.argv[1:]
    if what in ("quality", "history"):  # they write as they go
        table = {"quality": quality, "history": history}[what](*path)
    else:
        table = {"rates": rates, "costs": costs}[what]()
        if path:
            table.round(4).to_csv(*path, index=False)
    print(table.to_string())
