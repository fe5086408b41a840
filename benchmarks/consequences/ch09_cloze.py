"""Makes no table: what mistakes in the cloze cost BERT4Rec (chapter 09)."""

from functools import lru_cache

import torch

from benchmarks.consequences.experiment import Experiment
from benchmarks.consequences.shop import shop
from benchmarks.consequences.training import lift_of, put_in_place, small_sasrec
from seqrec.losses import cloze_loss, objectives
from seqrec.models import BERT4Rec

MASK_PROB = 0.3


def of_cloze(cloze, seed, setting):
    """BERT4Rec whose clicks are hidden by another function."""

    def hidden(items, n_items, mask_prob, generator, **options):
        return cloze(items, n_items, mask_prob, generator)

    with put_in_place(objectives, "cloze", hidden):
        return _lift(cloze_loss, seed, setting)


def of_cloze_loss(cloze_loss, seed, setting):
    """BERT4Rec under another loss."""
    return _lift(cloze_loss, seed, setting)


def of_score_catalogue(score_catalogue, seed, setting):
    """One BERT4Rec, trained as ours is, asked in another way for what comes next."""
    place = shop(seed, setting)
    network = _ours(seed, setting)
    network.max_len = place.histories.shape[1]  # each history is a full one
    with torch.no_grad():
        return {"lift_when_asked": place.lift(score_catalogue(network, place.histories))}


def _lift(loss_of, seed, setting):
    place = shop(seed, setting)
    network = small_sasrec(seed, BERT4Rec)
    return lift_of(network, loss_of(place.sequences, MASK_PROB), place, seed, setting)


@lru_cache(maxsize=4)
def _ours(seed, setting):
    place = shop(seed, setting)
    network = small_sasrec(seed, BERT4Rec)
    lift_of(network, cloze_loss(place.sequences, MASK_PROB), place, seed, setting)
    return network


NETWORK = "a small BERT4Rec"
EXPERIMENTS = (
    Experiment(
        "9.1",
        NETWORK,
        of_cloze,
        (
            "padding hidden",
            "0 for MASK",
            "the last item for MASK",
            "exactly one gap",
            "True where an item is kept",
            "the probability turned round",
            "the same in all rows",
        ),
    ),
    Experiment(
        "9.2",
        NETWORK,
        of_cloze_loss,
        (
            "reads the answers",
            "asks everywhere",
            "asks the others",
            "the item after, one gap less",
            "the state before",
            "the sign",
            "asks at the end",
        ),
    ),
    Experiment(
        "9.3",
        NETWORK,
        of_score_catalogue,
        (
            "the gap cut off",
            "the newest always dropped",
            "the newest hidden too",
            "in front",
            "padding to the end",
            "the state before",
            "the last item for MASK",
            "reversed",
        ),
    ),
)
