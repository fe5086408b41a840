"""Models in the shop: the tables that chapter 15 shows, one command each (processor time of one
thread).

python -m benchmarks.bench_shop ab course/measured/15_ab.csv                 about 5 minutes
python -m benchmarks.bench_shop loop course/measured/15_loop.csv             about 2 minutes
python -m benchmarks.bench_shop off_policy course/measured/15_off_policy.csv half a minute
python -m benchmarks.bench_shop latency course/measured/15_latency.csv       a minute

ab also writes 15_ab_pairs.csv beside its table: every two policies compared on the same shoppers.

Protocol: the default world of 50 products, default browsing, slates of 5, 3 seeds of world,
journeys, training and shoppers. Models learn from organic clicks of 1,000 shoppers (10 to 40 each);
the epoch is the one with the highest NDCG@10 on these shoppers' last clicks. 400 others come to the
shop, 20 times each, and every policy serves the same ones with the same luck. "shadow" is the click
rate that a policy's slates would have had at each of these 20 moments if nobody had ever been shown
anything: no fatigue, no history of its own making.
"""

import sys
import time
from pathlib import Path

import numpy as np
import pandas as pd
import torch
from tqdm.auto import tqdm

from seqrec.baselines import ItemCoOccurrence, LinUCB, MarkovChain, Popularity
from seqrec.data import build_sequences, pad_left
from seqrec.metrics import expected_ndcg, share_of_lift
from seqrec.recommender import BERT4RecConfig, BSTConfig, SASRecConfig, SequentialRecommender
from seqrec.shop import LinUCBPolicy, SoftmaxPolicy, product_scores, time_calls
from seqrec.shop.ab_tests import paired_comparison
from seqrec.shop.costs import nearest_rank
from seqrec.shop.off_policy import ips, snips
from seqrec.training import TrainConfig
from zooplus_sim import (
    BeliefPolicy,
    Browsing,
    IntentPolicy,
    Oracle,
    Storefront,
    ZooplusSimulator,
    run,
)

N_ITEMS, K, MAX_LEN, SEEDS = 50, 5, 20, 3
LEARNERS, SHOPPERS, STEPS = 1_000, 400, 20
MODELS = {  # name -> configuration, epochs at most, batch, learning rate
    "BST": (BSTConfig(D=32), 2, 128, 0.005),
    "SASRec": (SASRecConfig(D=32, dropout=0.05), 12, 32, 0.003),
    "BERT4Rec": (BERT4RecConfig(D=32, dropout=0.05), 40, 32, 0.003),
}


class Shop:
    """A world of a seed:

    `log` to learn from (users from SHOPPERS on), and how well one foretells the last clicks.
    """

    def __init__(self, seed, learners=LEARNERS, shoppers=SHOPPERS):
        self.seed, self.n_shoppers = seed, shoppers
        self.sim = ZooplusSimulator(N_ITEMS, shoppers + learners, seed=seed)
        others = np.arange(shoppers, shoppers + learners)
        self.log = self.sim.journeys(events_per_user=(10, 40), users=others, seed=seed).interactions
        own = self.sim.journeys(
            events_per_user=(10, 40), users=np.arange(shoppers), seed=50 + seed
        ).interactions
        self.histories = pad_left(
            [clicks[:-1] for clicks in build_sequences(own, 40)["item_sequence"]], 40
        )
        self.oracle = Oracle(self.sim)
        self.law = self.oracle.next_item_probabilities(self.histories)
        self.popular = Popularity(N_ITEMS).fit(self.log)

    def front(self, **options):
        options = {
            "shoppers": self.n_shoppers,
            "slate_size": K,
            "n_steps": STEPS,
            "seed": 100 + self.seed,
        } | options
        return Storefront(self.sim, **options)

    def offline(self, score):
        """NDCG@10 and share of the lift."""
        of = [score, product_scores(self.popular, N_ITEMS), self.oracle.next_item_probabilities]
        ndcg, low, high = (expected_ndcg(each(self.histories), self.law, 10).mean() for each in of)
        return {"ndcg": ndcg, "share": float(share_of_lift(ndcg, low, high))}


def fit(log, config, epochs, batch_size, rate, seed, choose=True, warmup_steps=50, **settings):
    """A SequentialRecommender; of its epochs the best on everybody's last click, if it may choose."""
    is_last = ~log.duplicated("user_id", keep="last")
    known, valid = (log[~is_last], log[is_last]) if choose else (log, None)
    training = TrainConfig(
        epochs=epochs,
        batch_size=batch_size,
        learning_rate=rate,
        schedule="linear",
        warmup_steps=warmup_steps,
        seed=seed,
    )
    model = SequentialRecommender(
        config, max_len=MAX_LEN, training=training, progress=False, device="cpu", **settings
    )
    return model.fit(known, items=np.arange(1, N_ITEMS + 1), valid_interactions=valid)


def category_shares(sim):
    """What the bandit is told:

    a constant 1, and which share of a shopper's events was in each category.
    """
    category = sim.products["category"].astype("category").cat.codes.to_numpy()
    member = np.zeros((N_ITEMS + 1, category.max() + 1))
    member[np.arange(1, N_ITEMS + 1), category] = 1

    def context(histories):
        counts = member[histories].sum(axis=1)  # (B, categories)
        return np.concatenate(
            [np.ones((len(counts), 1)), counts / counts.sum(1, keepdims=True).clip(min=1)], axis=1
        )

    return context


def click_rates(log):
    """(B,) of each shopper."""
    return log["clicked"].to_numpy().reshape(-1, STEPS).mean(axis=1)


def shadow(shop, score):
    """Click rate of a score's slates at moments that no slate has had a part in."""
    front, rates = shop.front(), []
    observation, info = front.reset()
    for _ in range(STEPS):
        slates = SoftmaxPolicy(score, K)(observation, {"step": 0})
        taken = np.take_along_axis(info["truth"]["take_probability"], slates, axis=1)
        rates.append(front.browsing.place_probabilities(taken.T).sum(axis=0).mean())
        observation, _, _, _, info = front.step(np.zeros_like(slates))
    return np.mean(rates)


def effective_products(slates):
    """How many products are shown, those shown rarely counting little: exp of the entropy."""
    share = np.bincount(slates[slates > 0], minlength=N_ITEMS + 1)[1:] / (slates > 0).sum()
    return np.exp(-(share[share > 0] * np.log(share[share > 0])).sum())


def contestants(shop):
    """name -> policy, and name -> score for those that have one."""
    scores = {"popularity": shop.popular, "Markov": MarkovChain(N_ITEMS).fit(shop.log)}
    scores["co-occurrence"] = ItemCoOccurrence(N_ITEMS).fit(shop.log)
    for name, options in MODELS.items():
        scores[name] = fit(shop.log, *options, shop.seed)
    scores = {name: product_scores(model, N_ITEMS) for name, model in scores.items()}
    scores["oracle's ranking"] = shop.oracle.next_item_probabilities
    policies = {name: SoftmaxPolicy(score, K) for name, score in scores.items()}
    context = category_shares(shop.sim)
    policies["LinUCB"] = LinUCBPolicy(LinUCB(N_ITEMS, alpha=0.3), context, K, seed=shop.seed)
    policies["LinUCB, experienced"] = LinUCBPolicy(
        LinUCB(N_ITEMS, alpha=0.3), context, K, seed=shop.seed
    )
    run(shop.front(shoppers=np.arange(SHOPPERS, 2 * SHOPPERS)), policies["LinUCB, experienced"])
    front = shop.front()
    return policies | {"belief": BeliefPolicy(front), "intent": IntentPolicy(front)}, scores


def ab(path):
    """One row per policy and seed; and, beside it, every pair of policies on the same shoppers."""
    rows, pairs = [], []
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
            told = (
                shop.offline(scores[name]) | {"shadow": shadow(shop, scores[name])}
                if name in scores
                else {}
            )
            if name in scores and name != "BST":  # of whose scores there have been enough
                rested = run(
                    shop.front(browsing=Browsing(fatigue=1.0)), SoftmaxPolicy(scores[name], K)
                )
                told["no_fatigue"] = rested["clicked"].mean()
            row = {"policy": name, "seed": seed, "click_rate": rates[name].mean()} | told
            row |= {
                "attributed": (bought & log["clicked"]).sum() / SHOPPERS,
                "orders": bought.sum() / SHOPPERS,
            }
            row |= {"incremental": more.difference, "incremental_se": more.standard_error}
            shown = log.filter(like="shown_").to_numpy()
            rows.append(
                row
                | {
                    "coverage": len(np.unique(shown[shown > 0])),
                    "effective": effective_products(shown),
                }
            )
            for other in rates:
                if other != name:
                    compared = paired_comparison(rates[name], rates[other])._asdict()
                    pairs.append({"policy": name, "over": other, "seed": seed} | compared)
    beside = Path(path)
    pd.DataFrame(pairs).drop(columns=["low", "high"]).round(6).to_csv(
        beside.with_name(f"{beside.stem}_pairs.csv"), index=False
    )
    return pd.DataFrame(rows)


ROUNDS, A_ROUND = 10, 300  # shoppers of a round
ARMS = {  # name -> temperature, what is learned from
    "own clicks, greedy": (0.0, "clicks"),
    "own clicks, temperature 1": (1.0, "clicks"),
    "as many events at random, greedy": (0.0, "sample"),
    "everything, greedy": (0.0, "all"),
}


def loop(path):
    """One row per arm, seed and round.

    A round's model learns from the round before, other shoppers each time.
    """
    rows = []
    for seed in tqdm(range(SEEDS), desc="loop", unit="seed"):
        shop = Shop(seed, learners=(ROUNDS + 2) * A_ROUND)
        first = SHOPPERS + np.arange(A_ROUND)
        start = shop.sim.journeys(
            events_per_user=STEPS, users=first, seed=seed
        ).interactions.assign(outcome=1.0)
        for arm, (temperature, learns_from) in ARMS.items():
            log = start
            for number in range(ROUNDS + 1):
                config = SASRecConfig(D=32, n_blocks=1, hidden=64, dropout=0.0)
                model = fit(
                    log,
                    config,
                    6,
                    32,
                    0.005,
                    seed,
                    choose=False,
                    warmup_steps=20,
                    positive_from=0.5,
                )
                score = product_scores(model, N_ITEMS)
                front = shop.front(shoppers=SHOPPERS + A_ROUND * (number + 1) + np.arange(A_ROUND))
                log = run(front, SoftmaxPolicy(score, K, temperature=temperature, seed=seed))
                shown = log.filter(like="shown_").to_numpy()
                often = (
                    np.bincount(shown.ravel(), minlength=N_ITEMS + 1)[1:] >= 0.001 * shown.size
                ).sum()
                row = {
                    "arm": arm,
                    "seed": seed,
                    "round": number,
                    "click_rate": log["clicked"].mean(),
                }
                rows.append(
                    row
                    | shop.offline(score)
                    | {"coverage": often, "effective": effective_products(shown)}
                )
                clicked = log["clicked"].to_numpy(dtype=float)
                by_chance = np.random.default_rng([seed, number]).permutation(
                    clicked
                )  # as many, wherever
                log = log.assign(
                    outcome={"clicks": clicked, "sample": by_chance, "all": 1.0}[learns_from]
                )
    return pd.DataFrame(rows)


def off_policy(path, n_logs=300):
    """One row per logging policy, target, size and estimator, over many logs of one place shown
    once.

    Shoppers come 19 times and see no slate. The 20th time the first place of a page is filled. So
    what a policy shows changes no context, and the truth is known: the sum of pi(a | x) P(click |
    a, x), over all contexts.
    """
    shop, rows = Shop(0, learners=3_000), []
    learners = shop.log[shop.log["user_id"] < SHOPPERS + 600]
    front = shop.front(shoppers=np.arange(SHOPPERS + 600, SHOPPERS + 3_000), slate_size=1)
    observation, info = front.reset()
    for _ in range(STEPS - 1):
        observation, _, _, _, info = front.step(np.zeros((front.n_shoppers, 1), np.int64))
    click = info["truth"]["take_probability"]  # (B, V)
    sasrec = fit(
        learners,
        SASRecConfig(D=32, n_blocks=1, hidden=64, dropout=0.0),
        6,
        32,
        0.005,
        0,
        choose=False,
    )
    markov, sasrec, popular = (
        product_scores(model, N_ITEMS)(observation)
        for model in (MarkovChain(N_ITEMS).fit(learners), sasrec, Popularity(N_ITEMS).fit(learners))
    )
    logging = {
        f"Markov, temperature {t}": law_of(np.log(markov.clip(1e-12)), t) for t in (0.3, 1.0)
    }
    logging["uniform"] = law_of(np.zeros_like(markov), 1.0)
    targets = {
        name: greedy(of)
        for name, of in (("popularity", popular), ("Markov", markov), ("SASRec", sasrec))
    }
    targets["SASRec, temperature 1"] = law_of(sasrec, 1.0)
    rng, everyone = np.random.default_rng(0), np.arange(len(click))
    for logger, shown_by in logging.items():
        for target, pi in targets.items():
            truth = (pi * click).sum(axis=1).mean()
            for n in (500, 5_000):
                told = {"ips": [], "snips": []}
                for _ in range(n_logs):
                    who = rng.choice(everyone, n)
                    item = (
                        (rng.random((n, 1)) > shown_by[who].cumsum(axis=1))
                        .sum(axis=1)
                        .clip(1, N_ITEMS)
                    )
                    reward = (rng.random(n) < click[who, item]).astype(float)
                    for estimator in (ips, snips):
                        told[estimator.__name__].append(
                            estimator(reward, shown_by[who, item], pi[who, item])
                        )
                for name, estimates in told.items():
                    value, error, size = np.array(estimates).T
                    row = {
                        "logging": logger,
                        "target": target,
                        "n": n,
                        "estimator": name,
                        "truth": truth,
                    }
                    inside = np.abs(value - truth) < 1.96 * error
                    row |= {
                        "mean": np.nanmean(value),
                        "sd": np.nanstd(value, ddof=1),
                        "mean_se": np.nanmean(error),
                    }
                    rows.append(row | {"inside": inside.mean(), "effective_size": np.nanmean(size)})
    return pd.DataFrame(rows)


def law_of(scores, temperature):
    """(B, V) the softmax of score / temperature, nothing for padding."""
    logits = scores[:, 1:] / temperature
    weights = np.exp(logits - logits.max(axis=1, keepdims=True))
    return np.pad(weights / weights.sum(axis=1, keepdims=True), ((0, 0), (1, 0)))


def greedy(scores):
    """(B, V) 1 for the best product."""
    law = np.zeros(scores.shape)
    law[np.arange(len(law)), scores[:, 1:].argmax(axis=1) + 1] = 1
    return law


def latency(path):
    """Processor ms of one answer (histories of 20 clicks):

    one at a time, and 64 at a time, per shopper.
    """
    shop, rows = Shop(0, learners=600), []
    histories = [row[row > 0][-MAX_LEN:].tolist() for row in shop.histories]
    for name, (config, *_) in MODELS.items():
        model = fit(
            shop.log, config, 3, 64, 0.003, 0, choose=False, warmup_steps=10
        )  # what the weights are, a clock does not notice
        for size, requests in (
            (1, [[h] for h in histories]),
            (64, [histories[i : i + 64] for i in range(0, 330, 4)]),
        ):
            took = time_calls(
                lambda asked, m=model: m.recommend_next(asked, K), requests, clock=time.process_time
            )
            p50, p95, p99 = nearest_rank(took / size, [50, 95, 99])
            rows.append(
                {
                    "model": name,
                    "batch": size,
                    "p50_ms": p50,
                    "p95_ms": p95,
                    "p99_ms": p99,
                    "n": len(took),
                }
            )
    return pd.DataFrame(rows)


if __name__ == "__main__":
    torch.set_num_threads(1)
    began = time.process_time()
    table = {"ab": ab, "loop": loop, "off_policy": off_policy, "latency": latency}[sys.argv[1]](
        sys.argv[2]
    )
    table.round(4).to_csv(sys.argv[2], index=False)
    keys = [
        name
        for name in ("policy", "arm", "round", "logging", "target", "n", "estimator", "model")
        if name in table
    ]
    print(table.groupby(keys).mean(numeric_only=True).round(3).to_string())
    print(f"{time.process_time() - began:.0f} s")
