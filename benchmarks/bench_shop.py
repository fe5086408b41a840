"""Makes course/measured/15_ab.csv, 15_ab_pairs.csv, 15_loop.csv, 15_off_policy.csv, 15_latency.csv.

    python -m benchmarks.bench_shop ab course/measured/15_ab.csv
    python -m benchmarks.bench_shop loop course/measured/15_loop.csv
    python -m benchmarks.bench_shop off_policy course/measured/15_off_policy.csv
    python -m benchmarks.bench_shop latency course/measured/15_latency.csv

Models in the shop. About 5 minutes, 2 minutes, half a minute and a minute of one core. Without a
file the table is printed only. `ab` writes 15_ab_pairs.csv beside its table: every two policies
compared on the same shoppers.

Protocol: the default world of 50 products, default browsing, slates of 5, 3 seeds of world,
journeys, training and shoppers. Models learn from organic clicks of 1,000 shoppers (10 to 40 each);
the epoch is the one with the highest NDCG@10 on these shoppers' last clicks. 400 others come to the
shop, 20 times each, and every policy serves the same ones with the same luck. "shadow" is the click
rate that a policy's slates would have had at each of these 20 moments if nobody had ever been shown
anything: no fatigue, no history of its own making.
"""

import time
from functools import partial
from pathlib import Path

import numpy as np
import pandas as pd
import torch
from tqdm.auto import tqdm

from benchmarks.commands import table_parser, write_table
from benchmarks.shop_estimates import off_policy
from benchmarks.shop_models import (
    MAX_LEN,
    MODELS,
    N_ITEMS,
    SEEDS,
    SHOPPERS,
    STEPS,
    K,
    Shop,
    click_rates,
    contestants,
    effective_products,
    fit,
    shadow,
    small_sasrec,
)
from seqrec.shop import SoftmaxPolicy, product_scores, time_calls
from seqrec.shop.ab_tests import paired_comparison
from seqrec.shop.costs import nearest_rank
from zooplus_sim import Browsing, run

ROUNDS = 10
A_ROUND = 300  # shoppers of a round
# Name -> temperature, what is learned from.
ARMS = {
    "own clicks, greedy": (0.0, "clicks"),
    "own clicks, temperature 1": (1.0, "clicks"),
    "as many events at random, greedy": (0.0, "sample"),
    "everything, greedy": (0.0, "all"),
}


def ab(path):
    """One row per policy and seed; and, beside it, every pair of policies on the same shoppers."""
    rows = []
    pairs = []
    for seed in tqdm(range(SEEDS), desc="A/B", unit="seed"):
        shop = Shop(seed)
        policies, scores = contestants(shop)
        nothing = run(shop.front(), lambda observation, info: np.zeros((SHOPPERS, K), np.int64))
        bought_anyway = (nothing["outcome"] == 1).to_numpy().reshape(-1, STEPS).sum(axis=1)
        logs = {name: run(shop.front(), policy, truth=True) for name, policy in policies.items()}
        rates = {name: click_rates(log) for name, log in logs.items()}
        for name, log in logs.items():
            bought = (log["outcome"] == 1).to_numpy()
            more = paired_comparison(bought.reshape(-1, STEPS).sum(axis=1), bought_anyway)
            row = {"policy": name, "seed": seed, "click_rate": rates[name].mean()}
            if name in scores:
                row |= shop.offline(scores[name])
                row["shadow"] = shadow(shop, scores[name])
            # BST's scores have been asked for often enough.
            if name in scores and name != "BST":
                rested = shop.front(browsing=Browsing(fatigue=1.0))
                log_rested = run(rested, SoftmaxPolicy(scores[name], K))
                row["no_fatigue"] = log_rested["clicked"].mean()
            row["attributed"] = (bought & log["clicked"]).sum() / SHOPPERS
            row["orders"] = bought.sum() / SHOPPERS
            row |= {"incremental": more.difference, "incremental_se": more.standard_error}
            shown = log.filter(like="shown_").to_numpy()
            row["coverage"] = len(np.unique(shown[shown > 0]))
            rows.append(row | {"effective": effective_products(shown)})
            for other in rates:
                if other != name:
                    compared = paired_comparison(rates[name], rates[other])._asdict()
                    pairs.append({"policy": name, "over": other, "seed": seed} | compared)
    if path is not None:
        beside = Path(path).with_name(f"{Path(path).stem}_pairs.csv")
        write_table(pd.DataFrame(pairs).drop(columns=["low", "high"]), beside, digits=6)
    return pd.DataFrame(rows)


def loop(path):
    """One row per arm, seed and round.

    A round's model learns from the round before, other shoppers each time.
    """
    rows = []
    for seed in tqdm(range(SEEDS), desc="loop", unit="seed"):
        shop = Shop(seed, learners=(ROUNDS + 2) * A_ROUND)
        first = SHOPPERS + np.arange(A_ROUND)
        start = shop.sim.journeys(events_per_user=STEPS, users=first, seed=seed).interactions
        start = start.assign(outcome=1.0)
        for arm, (temperature, learns_from) in ARMS.items():
            log = start
            for number in range(ROUNDS + 1):
                model = small_sasrec(log, seed, warmup_steps=20, positive_from=0.5)
                score = product_scores(model, N_ITEMS)
                front = shop.front(shoppers=SHOPPERS + A_ROUND * (number + 1) + np.arange(A_ROUND))
                log = run(front, SoftmaxPolicy(score, K, temperature=temperature, seed=seed))
                shown = log.filter(like="shown_").to_numpy()
                counts = np.bincount(shown.ravel(), minlength=N_ITEMS + 1)[1:]
                row = {"arm": arm, "seed": seed, "round": number}
                row["click_rate"] = log["clicked"].mean()
                row |= shop.offline(score)
                row["coverage"] = (counts >= 0.001 * shown.size).sum()
                rows.append(row | {"effective": effective_products(shown)})
                clicked = log["clicked"].to_numpy(dtype=float)
                # As many, wherever.
                by_chance = np.random.default_rng([seed, number]).permutation(clicked)
                outcomes = {"clicks": clicked, "sample": by_chance, "all": 1.0}
                log = log.assign(outcome=outcomes[learns_from])
    return pd.DataFrame(rows)


def latency(path):
    """Processor ms of an answer to 20 clicks, per shopper: one at a time, and 64 at a time."""
    shop = Shop(0, learners=600)
    rows = []
    histories = [row[row > 0][-MAX_LEN:].tolist() for row in shop.histories]
    for name, (config, *_) in MODELS.items():
        # What the weights are, a clock does not notice.
        model = fit(shop.log, config, 3, 64, 0.003, 0, choose=False, warmup_steps=10)
        answer = partial(model.recommend_next, top_k=K)
        for size, requests in (
            (1, [[h] for h in histories]),
            (64, [histories[i : i + 64] for i in range(0, 330, 4)]),
        ):
            took = time_calls(answer, requests, clock=time.process_time)
            p50, p95, p99 = nearest_rank(took / size, [50, 95, 99])
            row = {"model": name, "batch": size, "p50_ms": p50, "p95_ms": p95, "p99_ms": p99}
            rows.append(row | {"n": len(took)})
    return pd.DataFrame(rows)


if __name__ == "__main__":
    tasks = {"ab": ab, "loop": loop, "off_policy": off_policy, "latency": latency}
    options = table_parser("bench_shop", __doc__, tasks=tasks, needs_file=False).parse_args()
    torch.set_num_threads(1)
    began = time.process_time()
    table = tasks[options.task](options.file)
    write_table(table, options.file)
    keys = ["policy", "arm", "round", "logging", "target", "n", "estimator", "model"]
    keys = [name for name in keys if name in table]
    print(table.groupby(keys).mean(numeric_only=True).round(3).to_string())
    print(f"{time.process_time() - began:.0f} s")
