"""Makes no table: off-policy estimates beside the truth, for `bench_shop off_policy`."""

import numpy as np
import pandas as pd

from benchmarks.shop_models import N_ITEMS, SHOPPERS, STEPS, Shop, small_sasrec
from seqrec.baselines import MarkovChain, Popularity
from seqrec.shop import product_scores
from seqrec.shop.off_policy import ips, snips


def off_policy(path, n_logs=300):
    """One row per logging policy, target, size and estimator, over many logs of one place.

    Shoppers come 19 times and see no slate. The 20th time the first place of a page is filled. So
    what a policy shows changes no context, and the truth is known: the sum of pi(a | x) P(click |
    a, x), over all contexts.
    """
    shop = Shop(0, learners=3_000)
    learners = shop.log[shop.log["user_id"] < SHOPPERS + 600]
    front = shop.front(shoppers=np.arange(SHOPPERS + 600, SHOPPERS + 3_000), slate_size=1)
    observation, info = front.reset()
    for _ in range(STEPS - 1):
        observation, _, _, _, info = front.step(np.zeros((front.n_shoppers, 1), np.int64))
    click = info["truth"]["take_probability"]  # (B, V)
    sasrec = small_sasrec(learners, 0)
    markov, sasrec, popular = (
        product_scores(model, N_ITEMS)(observation)
        for model in (MarkovChain(N_ITEMS).fit(learners), sasrec, Popularity(N_ITEMS).fit(learners))
    )
    logging = {
        f"Markov, temperature {t}": law_of(np.log(markov.clip(1e-12)), t) for t in (0.3, 1.0)
    }
    logging["uniform"] = law_of(np.zeros_like(markov), 1.0)
    targets = {"popularity": greedy(popular), "Markov": greedy(markov), "SASRec": greedy(sasrec)}
    targets["SASRec, temperature 1"] = law_of(sasrec, 1.0)
    rng = np.random.default_rng(0)
    rows = []
    for logger, shown_by in logging.items():
        for target, pi in targets.items():
            truth = (pi * click).sum(axis=1).mean()
            for n in (500, 5_000):
                logs = [one_log(rng, shown_by, click, n) for _ in range(n_logs)]
                for estimator in (ips, snips):
                    row = {"logging": logger, "target": target, "n": n}
                    row |= {"estimator": estimator.__name__, "truth": truth}
                    estimates = [
                        estimator(reward, shown_by[who, item], pi[who, item])
                        for who, item, reward in logs
                    ]
                    rows.append(row | beside_truth(estimates, truth))
    return pd.DataFrame(rows)


def one_log(rng, shown_by, click, n):
    """n rounds: who came, what they were shown, and whether they clicked, (n,) each.

    shown_by: (B, V) the law of what is shown
    click:    (B, V) the probability of a click
    """
    who = rng.choice(np.arange(len(click)), n)
    item = (rng.random((n, 1)) > shown_by[who].cumsum(axis=1)).sum(axis=1).clip(1, N_ITEMS)
    reward = (rng.random(n) < click[who, item]).astype(float)
    return who, item, reward


def beside_truth(estimates, truth):
    """Mean and spread of the estimates, and how often their interval holds the truth, a dict."""
    value, error, size = np.array(estimates).T
    inside = np.abs(value - truth) < 1.96 * error
    return {
        "mean": np.nanmean(value),
        "sd": np.nanstd(value, ddof=1),
        "mean_se": np.nanmean(error),
        "inside": inside.mean(),
        "effective_size": np.nanmean(size),
    }


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
