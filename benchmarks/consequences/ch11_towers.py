"""Makes no table: what mistakes cost two towers (chapter 11)."""

import torch

from benchmarks.consequences.experiment import Experiment
from benchmarks.consequences.shop import MAX_LEN, N_ITEMS, shop
from benchmarks.consequences.training import lift_of, put_in_place
from seqrec.losses import objectives, towers_loss
from seqrec.models import TwoTower


def of_in_batch_loss(in_batch_loss, seed, setting):
    """Two towers, the user's a small SASRec, under another formula."""
    place = shop(seed, setting)
    torch.manual_seed(seed)
    network = TwoTower(N_ITEMS, MAX_LEN, user="sequence", D=32)
    with put_in_place(objectives, "in_batch_loss", in_batch_loss):
        whole = towers_loss(place.sequences)
        numbers = lift_of(network, _of_some(whole), place, seed, setting)
    return {"share_of_lift": numbers["share_of_lift"]}


def _of_some(loss):
    """The loss of a few sequences of a batch: all its targets meet each other."""
    return lambda network, rows, generator: loss(network, rows[:16], generator)


EXPERIMENTS = (
    Experiment(
        "11.1",
        "a small two-tower model",
        of_in_batch_loss,
        (
            "the same product as a negative",
            "the mask inverted",
            "0 in place of -inf",
            "no correction",
            "log q added",
            "q itself",
        ),
    ),
)
