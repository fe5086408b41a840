"""Makes no table: what mistakes in the formula of a loss cost (chapter 04)."""

import torch

from benchmarks.consequences.ch03_negatives import (
    BCE,
    N_NEGATIVES,
    SOFTMAX,
    against_negatives,
    asked,
    of_sampled_softmax_loss,
)
from benchmarks.consequences.experiment import Experiment
from benchmarks.consequences.shop import N_ITEMS, shop
from benchmarks.consequences.training import lift_of, small_sasrec
from seqrec.losses import uniform_negatives
from seqrec.models import pad_column

T = 0.75


def of_pairwise_loss(formula, seed, setting):
    """SASRec under a loss of positives and uniform negatives."""
    return _against_uniform(lambda p, n, real, *_: formula(p, n, real), seed, setting)


def of_gbce_loss(formula, seed, setting):
    """SASRec under gBCE."""
    return _against_uniform(lambda p, n, real, *_: formula(p, n, real, N_ITEMS, T), seed, setting)


def of_softmax_loss(formula, seed, setting):
    """SASRec under the softmax over all items."""
    place = shop(seed, setting)

    def loss(network, rows, generator):
        states, targets, real = asked(network, place.sequences[rows])
        return formula(pad_column(states @ network.item_vectors.T), targets, real)

    return _share(lift_of(small_sasrec(seed), loss, place, seed, setting))


def _against_uniform(formula, seed, setting):
    place = shop(seed, setting)
    loss = against_negatives(place.sequences, _uniform, formula)
    return _share(lift_of(small_sasrec(seed), loss, place, seed, setting))


def _uniform(targets: torch.Tensor, generator: torch.Generator) -> torch.Tensor:
    return uniform_negatives(targets, N_NEGATIVES, N_ITEMS, seed=generator)


def _share(numbers):
    # Another formula, another scale.
    return {"share_of_lift": numbers["share_of_lift"]}


EXPERIMENTS = (
    Experiment(
        "4.1",
        BCE,
        of_pairwise_loss,
        (
            "multiplies by the mask",
            "ignores the mask",
            "mask turned round",
            "rewards the negatives",
            "labels exchanged",
            "no logarithm",
            "sigmoid twice",
        ),
    ),
    Experiment(
        "4.2",
        "a small SASRec under BPR with 8 negatives",
        of_pairwise_loss,
        (
            "turned round",
            "minus forgotten",
            "no logarithm",
            "no sigmoid",
            "mask turned round",
            "against the mean",
            "sigmoid twice",
        ),
    ),
    Experiment(
        "4.3",
        "a small SASRec under the softmax",
        of_softmax_loss,
        (
            "ignores the mask",
            "multiplies by the mask",
            "softmax twice",
            "over the positions",
            "the target's logit alone",
            "the sum without the target",
            "no logarithm",
            "off by one",
        ),
    ),
    Experiment(
        "4.4",
        "a small SASRec under gBCE with 8 negatives",
        of_gbce_loss,
        (
            "alpha of n",
            "t ignored",
            "rewards the negatives",
        ),
    ),
    Experiment(
        "4.5",
        SOFTMAX,
        of_sampled_softmax_loss,
        (
            "adds log q",
            "no correction",
            "forgets N",
            "q for log q",
            "the positive is corrected, too",
            "the positive is not in the sum",
            "ignores the mask",
        ),
    ),
)
