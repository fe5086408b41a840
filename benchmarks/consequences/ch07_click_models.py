"""Makes no table: what mistakes cost a model that scores one candidate at a time (chapter 07)."""

import torch

from benchmarks.consequences.experiment import Experiment
from benchmarks.consequences.shop import MAX_LEN, N_ITEMS, shop
from benchmarks.consequences.training import put_in_place, trained
from seqrec.data import sliding_windows
from seqrec.losses import click_loss
from seqrec.models import MeanPoolBST, bst

N_NEGATIVES = 4


def of_click_loss(click_loss, seed, setting):
    """MeanPoolBST under another loss."""
    return _lift(click_loss, seed, setting)


def of_masked_mean(masked_mean, seed, setting):
    """MeanPoolBST with another mean of its states."""
    with put_in_place(bst, "masked_mean", masked_mean):
        return _lift(click_loss, seed, setting)


def _lift(loss_of, seed, setting):
    place = shop(seed, setting)
    histories, targets = map(torch.from_numpy, sliding_windows(place.log, MAX_LEN))
    torch.manual_seed(seed)
    network = MeanPoolBST(N_ITEMS, MAX_LEN)
    loss = loss_of(histories, targets, N_NEGATIVES)
    network, _ = trained(network, loss, len(targets), seed, setting.steps)
    with torch.no_grad():
        return {"share_of_lift": place.lift(network.score_catalogue(place.histories))}


NETWORK = "a small MeanPoolBST"
EXPERIMENTS = (
    Experiment(
        "7.1",
        NETWORK,
        of_click_loss,
        (
            "two sigmoids",
            "labels exchanged",
            "all labelled clicks",
            "minus",
            "a softmax",
            "without negatives",
            "the same negatives each step",
        ),
    ),
    Experiment(
        "7.2",
        NETWORK,
        of_masked_mean,
        (
            "plain mean",
            "divides by the length",
            "sums all, divides by the count",
            "mean of the padding",
            "clicks at the start",
            "a sum",
            "the last state",
        ),
    ),
)
