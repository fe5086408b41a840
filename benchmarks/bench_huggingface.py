"""Makes course/measured/13_backbones.csv, 13_history.csv, 13_costs.csv: Hugging Face beside ours.

    python -m benchmarks.bench_huggingface quality course/measured/13_backbones.csv
    python -m benchmarks.bench_huggingface history course/measured/13_history.csv
    python -m benchmarks.bench_huggingface costs course/measured/13_costs.csv
    python -m benchmarks.bench_huggingface rates

Quality of backbones, how much history, what they cost: about 10, 18 and 1 minutes of one core. The
last command tells how RATES were chosen. Without a file a table is printed only.

Protocol: as in `bench_sasrec`: three groups of shoppers of one shop. It learns from the first; the
weights of its best epoch are those with the lowest loss on 500 others' last clicks; it is judged on
2,000 more: expected NDCG@10 of each one's next click under the oracle's law, by full ranking.
World, journeys and training are reseeded. Width, heads, blocks, dropout, batch, schedule and epochs
are the same for all models of an objective; each model's learning rate is the better of two by
validation loss, on a shop of another seed with 1,000 users, in 5 epochs (cloze: 7).

`history` chooses no epoch and no rate: both budgets are told, nothing is validated. Rows end where
they always end, or at another click whenever they are seen (`seqrec.losses.drawn_ends`).

`quality` and `history` write their file after each row, and keep the rows that are there: stopped,
they go on.
"""

import functools
import subprocess
import sys
import time

import numpy as np
import pandas as pd
import torch
from tqdm.auto import tqdm

from benchmarks.bench_sasrec import Shop
from benchmarks.commands import table_parser, write_table
from benchmarks.huggingface_models import EPOCHS, MODELS, RATES, TWICE, Kept, fit
from seqrec.data import ItemIndex, by_session, newest, newest_session, pieces, read_events
from seqrec.losses import cloze_loss, next_item_loss
from seqrec.metrics import expected_ndcg, share_of_lift
from seqrec.models import CausalBackbone
from seqrec.training import TrainConfig, train
from zooplus_sim import Oracle, ZooplusSimulator

USERS = 1_000
RATES_SEED = 100
RATES_USERS = 1_000
RATES_EPOCHS = {"causal": 5, "cloze": 7}
CLICKS = (60, 120)
HISTORY_USERS = 400
WINDOWS = {"newest visit": 0, "20 clicks": 20, "119 clicks": 119}
BUDGETS = (8, 24)


def rates():
    """Validation loss of both rates, a shop that is used for nothing else."""
    shop = Shop(50, RATES_USERS, RATES_SEED)
    rows = []
    for name, (objective, _) in tqdm(MODELS.items(), desc="rates"):
        for rate in (0.003, 0.001):
            _, valid_loss, seconds = fit(name, shop, RATES_SEED, RATES_EPOCHS[objective], rate)
            row = {"model": name, "learning_rate": rate, "valid_loss": valid_loss}
            rows.append(row | {"cpu_seconds": seconds})
            print(rows[-1], flush=True)
    return pd.DataFrame(rows)


def quality(path):
    """One row per model and seed."""
    kept = Kept(path, "model", list(MODELS))
    shop_of = functools.lru_cache(maxsize=1)(lambda seed: Shop(50, USERS, seed))
    for seed, name in tqdm(kept.missing, desc="quality", unit="run"):
        objective, _ = MODELS[name]
        shop = shop_of(seed)
        # The same shop, other dice: what noise is.
        drawn = seed + 100 if name == "SASRec, drawn again" else seed
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
        # Without the click that is asked for.
        self.histories = items[:, :-1]
        self.sessions = sessions[:, :-1]
        self.goes_on = sessions[:, -1] == sessions[:, -2]
        self.law = Oracle(sim).next_item_probabilities(self.histories)
        popular = np.bincount(self.events.items, minlength=51)[None].repeat(n_judged, axis=0)
        self.low = expected_ndcg(popular, self.law, 10).mean()
        self.high = expected_ndcg(self.law, self.law, 10).mean()


def trained(shop, name, ends, epochs, seed):
    """GPT-2 that has read so much of a history; (network, row of the table so far)."""
    max_len = WINDOWS[name]
    events = shop.events if max_len else by_session(shop.events, shop.session_ids)
    width = max_len or int((events.ends - events.starts).max())
    is_drawn = ends == "drawn"
    before = width if is_drawn else 0
    sequences = torch.from_numpy(pieces(events, width, whole=True, before=before))
    torch.manual_seed(seed)
    network = CausalBackbone(50, width, dropout=0.05)
    n_targets = (sequences[:, -width - 1 : -1] != 0).sum().item()
    config = TrainConfig(
        epochs=epochs,
        # As many clicks are predicted in a step of each.
        batch_size=round(800 * len(sequences) / n_targets),
        learning_rate=0.003,
        schedule="linear",
        warmup_steps=50,
        seed=seed,
    )
    loss = next_item_loss(sequences, max_len=width if is_drawn else None)
    began = time.process_time()
    train(network, loss, len(sequences), config, progress=False)
    row = {"rows": len(sequences), "batch": config.batch_size}
    return network, row | {"cpu_seconds": time.process_time() - began}


def history(path):
    """One row per length of history, kind of ends, epochs and seed: GPT-2."""
    settings = {
        f"{name}, {ends} ends, {epochs} epochs": (name, ends, epochs)
        for epochs in BUDGETS
        for name in WINDOWS
        for ends in ("same", "drawn")
    }
    kept = Kept(path, "run", list(settings))
    shop_of = functools.lru_cache(maxsize=1)(LongShop)
    for seed, run in tqdm(kept.missing, desc="history", unit="run"):
        shop = shop_of(seed)
        name, ends, epochs = settings[run]
        network, row = trained(shop, name, ends, epochs, seed)
        is_long = WINDOWS[name]
        items = shop.histories if is_long else newest_session(shop.histories, shop.sessions)
        items = torch.from_numpy(items[:, -network.encoder.max_len :])
        began = time.process_time()
        scores = network.score_catalogue(items).numpy()
        scored = time.process_time() - began
        of_each = expected_ndcg(scores, shop.law, 10)
        row = {"run": run, "history": name, "ends": ends, "epochs": epochs, "seed": seed} | row
        row |= {"milliseconds_per_user": 1000 * scored / len(items), "ndcg": of_each.mean()}
        row["ndcg_visit_goes_on"] = of_each[shop.goes_on].mean()
        row["ndcg_visit_is_over"] = of_each[~shop.goes_on].mean()
        row |= {"share_goes_on": shop.goes_on.mean(), "popularity": shop.low, "oracle": shop.high}
        kept.add(row | {"share": float(share_of_lift(of_each.mean(), shop.low, shop.high))})
    return kept.table


IMPORT = """
import resource, time, torch, seqrec.models.huggingface
began, held = time.process_time(), resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
{work}
taken, peak = time.process_time() - began, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
print(taken, (peak - held) / 1024)
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
    timed = [name for name in MODELS if name not in TWICE]
    best = {}
    for _ in range(5):
        for name in timed:
            objective, make = MODELS[name]
            torch.manual_seed(0)
            network = make(50, 40, dropout=0.05).train()
            is_causal = objective == "causal"
            loss = next_item_loss(sequences) if is_causal else cloze_loss(sequences, 0.3)
            for _ in range(4):
                began = time.process_time()
                loss(network, torch.arange(64), torch.Generator().manual_seed(0)).backward()
                best[name] = min(best.get(name, 1e9), time.process_time() - began)
    for name in timed:
        baseline = best["SASRec (ours)" if MODELS[name][0] == "causal" else "BERT4Rec (ours)"]
        ratio = best[name] / baseline
        rows.append({"model": name, "what": "training pass, ratio to ours", "value": ratio})
    return pd.DataFrame(rows)


if __name__ == "__main__":
    as_they_go = {"quality": quality, "history": history}
    at_the_end = {"costs": costs, "rates": rates}
    tasks = as_they_go | at_the_end
    options = table_parser("bench_huggingface", __doc__, tasks=tasks, needs_file=False).parse_args()
    torch.set_num_threads(1)
    if options.task in as_they_go:
        table = as_they_go[options.task](options.file)
    else:
        table = at_the_end[options.task]()
        write_table(table, options.file)
    print(table.to_string())
