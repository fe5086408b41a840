"""Makes no table: what mistakes in drawing negatives cost (chapter 03)."""

import torch

from benchmarks.consequences.experiment import Experiment
from benchmarks.consequences.shop import N_ITEMS, shop
from benchmarks.consequences.training import lift_of, small_sasrec
from seqrec.losses import bce_loss, bpr_loss, popularity_negatives, sampled_softmax_loss
from seqrec.losses import log_q as library_log_q

N_NEGATIVES = 8


def asked(network, batch):
    """States (B, L, D), targets (B, L) and where they are real, of a batch of sequences."""
    targets = batch[:, 1:]
    real = (targets != 0) & (batch[:, :-1] != 0)
    return network.encoder(batch[:, :-1]), targets, real


def logits_of(network, states, items):
    """(..., D) and (..., N) -> (..., N)."""
    return torch.einsum("...d,...nd->...n", states, network.encoder.item(items))


def against_negatives(sequences, draw, formula):
    """A loss of positives against drawn negatives.

    draw:    `draw(targets, generator)` -> (B, L, N)
    formula: `formula(positive, negative, real, targets, negatives)` -> a scalar
    """

    def loss(network, rows, generator):
        states, targets, real = asked(network, sequences[rows])
        negatives = draw(targets, generator)
        positive = logits_of(network, states, targets[..., None]).squeeze(-1)
        negative = logits_of(network, states, negatives)
        return formula(positive, negative, real, targets, negatives)

    return loss


def of_uniform_negatives(draw, seed, setting):
    """SASRec under BCE against some uniform negatives."""
    place = shop(seed, setting)

    def drawn(targets, generator):
        number = int(torch.randint(2**31, (), generator=generator))
        return draw(targets, N_NEGATIVES, N_ITEMS, seed=number).long()

    loss = against_negatives(place.sequences, drawn, lambda p, n, real, *_: bce_loss(p, n, real))
    return _share(lift_of(small_sasrec(seed), loss, place, seed, setting))


def of_hard_negatives(hardest, seed, setting):
    """SASRec under BPR against the negatives that it puts on top itself, five left alone."""
    place = shop(seed, setting)

    def loss(network, rows, generator):
        states, targets, real = asked(network, place.sequences[rows])
        states = states[real]  # (K, D)
        targets = targets[real]
        with torch.no_grad():
            scores = states @ network.encoder.item.weight[: N_ITEMS + 1].T
            negatives = hardest(scores, targets, N_NEGATIVES, margin=5).long()
        positive = logits_of(network, states, targets[:, None]).squeeze(-1)
        return bpr_loss(positive, logits_of(network, states, negatives), real[real])

    return _share(lift_of(small_sasrec(seed), loss, place, seed, setting))


def of_log_q(log_q, seed, setting):
    """SASRec under the sampled softmax, with popular negatives."""
    place = shop(seed, setting)
    weights = clicks_of(place)

    def formula(positive, negative, real, targets, negatives):
        nobody = torch.zeros_like(targets[real])[:, None]
        found = log_q(negatives[real], targets[real], weights, own_items=nobody)
        return sampled_softmax_loss(positive[real], negative[real], real[real], found)

    loss = against_negatives(place.sequences, popular(place), formula)
    return _share(lift_of(small_sasrec(seed), loss, place, seed, setting))


def of_sampled_softmax_loss(formula, seed, setting):
    """The same with the library's log q, and another formula (exercise 4.5)."""
    place = shop(seed, setting)
    weights = clicks_of(place)

    def with_log_q(positive, negative, real, targets, negatives):
        log_q = library_log_q(negatives, targets, weights).to(negative)
        return formula(positive, negative, real, log_q)

    loss = against_negatives(place.sequences, popular(place), with_log_q)
    return _share(lift_of(small_sasrec(seed), loss, place, seed, setting))


def popular(place):
    """A `draw` of negatives as popular as clicks."""
    weights = clicks_of(place)
    return lambda targets, generator: popularity_negatives(
        targets, N_NEGATIVES, weights, alpha=1.0, seed=generator
    )


def clicks_of(place):
    """(V,) clicks per item, padding among them."""
    return torch.bincount(place.sequences.flatten(), minlength=N_ITEMS + 1).double()


def _share(numbers):
    # The losses have other scales, or other negatives.
    return {"share_of_lift": numbers["share_of_lift"]}


BCE = "a small SASRec under BCE with 8 negatives"
SOFTMAX = "a small SASRec under the sampled softmax with 8 popular negatives"
EXPERIMENTS = (
    Experiment(
        "3.1",
        BCE,
        of_uniform_negatives,
        (
            "always the same",
            "all columns, may hit the target",
            "may hit the target",
            "from zero",
            "one draw for all",
            "one negative N times",
        ),
    ),
    Experiment(
        "3.3",
        "a small SASRec under BPR with 8 hard negatives",
        of_hard_negatives,
        (
            "nothing ruled out",
            "keeps the target",
            "the easiest",
            "ids one too low",
        ),
    ),
    Experiment(
        "3.4",
        SOFTMAX,
        of_log_q,
        (
            "without the rejection",
            "not the log",
            "without the sum",
            "of the target",
            "sign",
            "one item off",
        ),
    ),
)
