"""Makes no table: what a wrong metric says of the same lists (chapters 05, 11 and 14)."""

import numpy as np
import torch

from benchmarks.consequences.experiment import Experiment
from benchmarks.consequences.shop import N_ITEMS, K, NotANumber, shop
from seqrec.metrics import ranks as library_ranks
from seqrec.metrics import top_items

USERS = 80
GAIN = 0.03
RESAMPLES = 200


def of_ranks(ranks, seed, setting):
    """The NDCG@10 of a Markov chain, by the ranks."""
    place = shop(seed, setting)
    return _ndcg_by(ranks(place.markov, place.targets))


def of_ranks_of_nothing(ranks, seed, setting):
    """The NDCG@10 of a model that gives all products the same score."""
    place = shop(seed, setting)
    scores = np.zeros_like(place.markov)
    scores[:, 0] = -np.inf
    return _ndcg_by(ranks(scores, place.targets))


def of_ndcg(ndcg, seed, setting):
    """The NDCG@10 of a Markov chain, by the formula."""
    place = shop(seed, setting)
    return _reported(ndcg(library_ranks(place.markov, place.targets), K))


def of_exclude(exclude, seed, setting):
    """How many lists of ten hold a product that was clicked before."""
    place = shop(seed, setting)
    histories = place.histories.numpy()
    scores = np.asarray(exclude(np.log(place.popularity.clip(1e-9)), histories))
    if np.isnan(scores).any():
        raise NotANumber("the scores are NaN")
    lists = top_items(scores, K)
    seen = [
        np.isin(row[row > 0], clicked).any() for row, clicked in zip(lists, histories, strict=True)
    ]
    return {"lists_with_seen": float(np.mean(seen))}


def of_difference_interval(interval, seed, setting):
    """How often the 95 % interval of two models' difference holds the true one."""
    rng = np.random.default_rng(seed)
    inside = []
    for trial in range(setting.tests):
        # Users differ far more than the models do.
        users = rng.beta(1, 2, USERS)
        ours = users + GAIN + 0.1 * rng.normal(size=USERS)
        theirs = users + 0.1 * rng.normal(size=USERS)
        _, low, high = interval(ours, theirs, seed=trial, n_resamples=RESAMPLES)
        inside.append(low <= GAIN <= high)
    return {"coverage": float(np.mean(inside))}


def of_expected_ndcg(expected_ndcg, seed, setting):
    """The expected NDCG@10 of a Markov chain."""
    place = shop(seed, setting)
    return _reported(expected_ndcg(place.markov, place.law, K))


def of_follower_table(count, seed, setting):
    """The last five clicks vote by the rows of the table."""
    place = shop(seed, setting)
    log = place.log.sort_values(["user_id", "timestamp"], kind="stable")
    table = count(log["user_id"].to_numpy(), log["item_id"].to_numpy(), N_ITEMS, 5)
    table = np.asarray(table, np.float64)
    votes = table / np.maximum(table.sum(axis=1, keepdims=True), 1)
    votes[0] = 0
    return {"share_of_lift": place.lift(votes[place.histories.numpy()[:, -5:]].sum(axis=1))}


def of_recall(recall, seed, setting):
    """Which share of a shopper's last products the oracle's best ten hold."""
    place = shop(seed, setting)
    found = torch.from_numpy(top_items(np.where(place.law > 0, place.law, -np.inf), K))
    return _reported(recall(found, place.histories[:, -5:]))


def of_sampled_hit_rate(hit_rate, seed, setting):
    """What a sample of 20 negatives says of a Markov chain."""
    place = shop(seed, setting)
    return _reported(hit_rate(library_ranks(place.markov, place.targets), N_ITEMS, 20, K))


def _ndcg_by(ranks):
    ranks = np.asarray(ranks)
    # A rank of 0 has no logarithm that could be divided by.
    with np.errstate(divide="ignore"):
        worth = np.where(ranks <= K, 1 / np.log2(1 + np.maximum(ranks, 0)), 0.0)
    return _reported(worth)


def _reported(values):
    mean = float(np.asarray(values, np.float64).mean())
    if not np.isfinite(mean):
        raise NotANumber(f"the metric is {mean}")
    return {"reported": mean}


MARKOV = "the NDCG@10 of a Markov chain"
EXPERIMENTS = (
    Experiment(
        "5.1",
        "the NDCG@10 of a model that gives all products the same score",
        of_ranks_of_nothing,
        (
            "ties for the model",
            "place in an argsort",
            "different scores",
        ),
    ),
    Experiment(
        "5.1",
        MARKOV,
        of_ranks,
        (
            "argsort for ranks",
            "counts from 0",
            "counts itself twice",
            "worst first",
            "one column off",
            "in the whole batch",
            "the first row's item",
        ),
    ),
    Experiment(
        "5.2",
        MARKOV,
        of_ndcg,
        (
            "natural logarithm",
            "logarithm to base 10",
            "log2(rank) but for the first",
            "1 + log2(rank)",
            "ranks beyond k as k",
            "no cut-off",
            "strictly below k",
            "drops the others",
            "NaN beyond k",
            "reciprocal rank",
            "hit rate",
            "ideal of k items",
            "linear",
        ),
    ),
    Experiment(
        "5.3",
        "lists of the ten most popular products",
        of_exclude,
        (
            "seen items at 0",
            "seen items and padding at NaN",
            "seen items at -1",
            "the first user's items for all",
            "newest only",
            "all but the newest",
            "stops at padding",
            "keeps the seen",
            "one id off",
            "nothing ruled out",
        ),
    ),
    Experiment(
        "5.4",
        "the 95 % interval of a difference between two models",
        of_difference_interval,
        (
            "two intervals subtracted",
            "unpaired",
            "the first model alone",
            "others less values",
            "without replacement",
            "half of the users",
            "axes exchanged",
            "of the users",
            "1 - level at each end",
            "one standard error",
            "lowest and highest",
            "offsets",
        ),
    ),
    Experiment(
        "5.5",
        "the expected NDCG@10 of a Markov chain",
        of_expected_ndcg,
        (
            "the most likely item only",
            "expected hits",
            "reciprocal rank",
            "no cut-off",
            "ranks beyond k as k",
            "natural logarithm",
            "ranks from 0",
            "unweighted mean",
            "argsort for ranks",
            "worst first",
            "of the expected rank",
        ),
    ),
    Experiment(
        "5.6",
        "a recommender by counts, in which the last five clicks vote,",
        of_follower_table,
        (
            "across users",
            "pairs lost",
            "the last distance alone",
            "the next click alone",
            "one distance short",
            "a click follows itself",
            "the whole history",
            "yes or no",
            "backwards",
            "both ways",
            "no repeats",
            "ids one too low",
            "the first user only",
        ),
    ),
    Experiment(
        "11.3",
        "the recall of the oracle's ten best products",
        of_recall,
        (
            "precision",
            "zeros as items",
            "zeros in the denominator",
            "found for anybody",
            "one hit is enough",
            "all or nothing",
            "the share that is missing",
        ),
    ),
    Experiment(
        "14.3",
        "the hit rate@10 of a Markov chain against 20 sampled products",
        of_sampled_hit_rate,
        (
            "one place too many",
            "the last term missing",
            "exactly k",
            "it beats itself",
            "drawn from all candidates",
            "worse ones in front",
            "with replacement",
            "the chance of a miss",
        ),
    ),
)
