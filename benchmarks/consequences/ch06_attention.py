"""Makes no table: what mistakes in the parts of a transformer cost SASRec (chapters 06 and 08)."""

from collections.abc import Callable

import torch
from torch.nn.functional import cross_entropy

from benchmarks.consequences.ch03_negatives import asked
from benchmarks.consequences.experiment import Experiment
from benchmarks.consequences.shop import shop
from benchmarks.consequences.training import lift_of, put_in_place, small_sasrec
from seqrec.losses import next_item_loss
from seqrec.models import attention, encoder, positions


def with_part(owner, name: str, fitted: Callable = lambda answer: answer, **options) -> Callable:
    """The numbers of a SASRec in which one part of the library is exchanged.

    owner, name: the part, as the library calls it
    fitted:      makes of an answer what is called there
    options:     of the network
    """

    def numbers(implementation, seed, setting):
        place = shop(seed, setting)
        with put_in_place(owner, name, fitted(implementation)):
            network = small_sasrec(seed, **options)
            return lift_of(network, next_item_loss(place.sequences), place, seed, setting)

    return numbers


def _as_fused(written_out):
    """`attention`, called as PyTorch's kernel is."""
    return lambda q, k, v, attn_mask: written_out(q, k, v, attn_mask)[0]


def _block(kind):
    """A block of the stub's class, which knows no activation."""
    return lambda D, H, *, activation, **options: kind(D, H, **options)


def of_sasrec(kind, seed, setting):
    """SASRec, trained and asked by the logits of its `forward`."""
    place = shop(seed, setting)

    def loss(network, rows, generator):
        batch = place.sequences[rows]
        _, targets, real = asked(network, batch)
        return cross_entropy(network(batch[:, :-1])[real], targets[real])

    return _lift_of_logits(small_sasrec(seed, kind), loss, place, seed, setting)


def of_next_item_loss(next_item_loss, seed, setting):
    """SASRec under another loss of positions."""
    place = shop(seed, setting)
    loss = next_item_loss(place.sequences)
    return lift_of(small_sasrec(seed), loss, place, seed, setting)


class _AskedByLogits(torch.nn.Module):
    """A network whose scores are the logits at the newest position."""

    def __init__(self, network):
        super().__init__()
        self.network = network
        self.encoder = network.encoder

    def forward(self, items):
        return self.network(items)

    def score_catalogue(self, histories):
        scores = self(histories)[:, -1].clone()
        scores[:, 0] = -torch.inf
        return scores


def _lift_of_logits(network, loss, place, seed, setting):
    return lift_of(_AskedByLogits(network), loss, place, seed, setting)


SASREC = "a small SASRec"
EXPERIMENTS = (
    Experiment(
        "6.1",
        SASREC,
        with_part(attention, "scaled_dot_product_attention", _as_fused),
        (
            "divided by d",
            "multiplied by the root",
            "scaled after the softmax",
            "not scaled",
            "softmax over the queries",
            "no softmax",
            "masked after the softmax",
            "a score of 0 for hidden keys",
            "sign of the mask",
            "ignores the mask",
        ),
    ),
    Experiment(
        "6.2",
        SASREC,
        with_part(encoder, "visible_mask"),
        (
            "one click ahead",
            "looks ahead",
            "never oneself",
            "only oneself",
            "joined by or",
            "padding is visible, clicks hidden",
            "causal turned round",
            "never causal",
            "forgets padding",
            "the first for all",
        ),
    ),
    Experiment(
        "6.3",
        SASREC,
        with_part(attention, "split_heads"),
        (
            "reshapes in one go",
            "transposes first, then reshapes",
            "every head the first columns",
        ),
    ),
    Experiment(
        "6.5",
        "a small SASRec with sinusoidal positions",
        with_part(positions, "sinusoidal_positions", positions="sinusoidal"),
        (
            "in halves",
            "i instead of 2i",
            "multiplies by the power",
            "positions backwards",
            "angles only",
        ),
    ),
    Experiment(
        "6.6",
        SASREC,
        with_part(encoder, "TransformerBlock", _block),
        (
            "no residual",
            "no residual around the attention",
            "no residual around the network",
            "adds to the normalised x",
            "no norm",
            "no attention",
            "sees everything",
            "mask turned",
        ),
    ),
    Experiment(
        "8.1",
        SASREC,
        of_sasrec,
        (
            "-inf behind the products",
            "reads backwards",
            "the position before",
            "the position after",
            "embeddings instead of states",
            "divided by D",
            "cosines",
            "sign turned",
            "probabilities behind -inf",
            "the states detached",
        ),
    ),
    Experiment(
        "8.3",
        SASREC,
        of_next_item_loss,
        (
            "no shift",
            "shifted backwards",
            "shifted by two",
            "the newest position only",
            "each product once",
            "the state has read the target",
            "the last click is encoded too",
        ),
    ),
)
