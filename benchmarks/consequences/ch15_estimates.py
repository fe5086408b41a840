"""Makes no table: what wrong estimates say of a policy whose worth is known (chapter 15)."""

import math
from statistics import NormalDist

import numpy as np

from benchmarks.consequences.experiment import Experiment
from benchmarks.consequences.shop import N_ITEMS, shop

ROUNDS = 1_000
SHOPPERS = 200
GAIN = 0.02
VISITS = 20


def of_paired_comparison(compare, seed, setting):
    """How often the interval of a paired test holds the true gain."""
    rng = np.random.default_rng(seed)
    inside = []
    for _ in range(setting.tests):
        rate = rng.beta(2, 8, SHOPPERS).clip(0, 1 - GAIN)
        control = rng.binomial(VISITS, rate) / VISITS
        treatment = rng.binomial(VISITS, rate + GAIN) / VISITS
        found = compare(treatment, control)
        # By place: low and high are the third and the fourth.
        inside.append(found[2] <= GAIN <= found[3])
    return {"coverage": float(np.mean(inside))}


def of_required_units(required_units, seed, setting):
    """How often a test of this size finds the gain that it was planned for."""
    rng = np.random.default_rng(seed)
    variance = rng.uniform(0.05, 0.5)
    difference = rng.uniform(0.01, 0.03)
    n = required_units(variance, difference)
    law = NormalDist()
    distance = abs(difference) * math.sqrt(n / variance)
    bound = law.inv_cdf(0.975)
    return {"power": law.cdf(distance - bound) + law.cdf(-distance - bound)}


def of_value(estimate, seed, setting):
    """The mean over many logs of what is said of another policy."""
    found = [each[0] for each in _estimates(estimate, seed, setting)]
    return {"reported": float(np.mean(found))}


def of_interval(estimate, seed, setting):
    """How often value +- 1.96 standard errors hold the truth."""
    truth = _worth(shop(seed, setting), _target(shop(seed, setting)))
    found = np.array([each[:2] for each in _estimates(estimate, seed, setting)], float)
    inside = np.abs(found[:, 0] - truth) <= 1.96 * found[:, 1]
    return {"coverage": float(inside.mean())}


def _estimates(estimate, seed, setting):
    place = shop(seed, setting)
    shown_by = _logging(place)
    target = _target(place)
    rng = np.random.default_rng(seed)
    for _ in range(setting.tests // 4):
        who = rng.integers(len(place.law), size=ROUNDS)
        drawn = rng.random((ROUNDS, 1)) > shown_by[who].cumsum(axis=1)
        item = drawn.sum(axis=1).clip(1, N_ITEMS)
        reward = (rng.random(ROUNDS) < place.law[who, item]).astype(float)
        yield estimate(reward, shown_by[who, item], target[who, item])


def _worth(place, policy):
    return (policy * place.law).sum(axis=1).mean()


def _uniform(place):
    law = np.full(place.law.shape, 1 / N_ITEMS)
    law[:, 0] = 0
    return law


def _logging(place):
    """Half of it popularity, half anything: (m, V)."""
    popular = place.popularity.clip(0)
    return 0.5 * _uniform(place) + 0.5 * popular / popular.sum(axis=1, keepdims=True)


def _target(place):
    """What the Markov chain likes, mostly: (m, V)."""
    liked = place.markov.clip(0)
    return 0.1 * _uniform(place) + 0.9 * liked / liked.sum(axis=1, keepdims=True)


VALUE = "the click rate of a policy, from 1,000 rounds of another's log,"
INTERVAL = "the interval of 95 % around the estimate"
WEIGHTS = (
    "weights upside down",
    "weights without the log's policy",
    "weights without the target",
    "product of the probabilities",
    "logarithm of the weights",
    "root of the weights",
    "weights clipped at 1",
    "weights clipped at 5",
    "no weights",
    "the rewarded rounds only",
)
EXPERIMENTS = (
    Experiment(
        "15.4",
        "the interval of 95 % of a test with 200 shoppers",
        of_paired_comparison,
        (
            "strangers",
            "the error of strangers",
            "the spread of one shopper",
            "no root",
            "spread over n",
            "one side",
            "half of the confidence",
            "half of the interval",
            "around 0",
            "control less treatment",
            "the median",
        ),
    ),
    Experiment(
        "15.5",
        "a test of the size that it gives",
        of_required_units,
        (
            "no power",
            "no confidence",
            "the rule of 8",
            "one side",
            "half of the confidence",
            "power with two sides",
            "shares instead of quantiles",
            "squares added",
            "a standard deviation",
            "difference not squared",
            "half of it",
            "four times",
        ),
    ),
    Experiment("15.6", VALUE, of_value, (*WEIGHTS, "the product of two means")),
    Experiment(
        "15.6",
        INTERVAL,
        of_interval,
        (
            "spread without the root of N",
            "no root",
            "variance over the root of N",
            "spread over N",
            "spread of the rewards",
            "the effective size for N",
        ),
    ),
    Experiment("15.7", VALUE, of_value, WEIGHTS),
    Experiment(
        "15.7",
        INTERVAL,
        of_interval,
        (
            "weights not squared",
            "squared after the sum",
            "no root",
            "weighted spread",
        ),
    ),
)
