"""How the coach notices that a sentence of chapter 07's stubs is broken, see `table`."""

import torch
from torch import nn

from seqrec.losses import uniform_negatives as _draw
from tests.course.keys.clauses.table import NOTHING

# 7.1


def _click_loss(histories, targets, n_negatives, draw):
    def loss(network, rows, generator):
        clicked = targets[rows]
        drawn = draw(clicked, n_negatives, network.n_items, generator)
        candidates = torch.cat([clicked[:, None], drawn], dim=1)
        logits = network.score_candidates(histories[rows], candidates)
        labels = torch.zeros_like(logits)
        labels[:, 0] = 1
        return nn.functional.binary_cross_entropy_with_logits(logits, labels)

    return loss


def _a_hit_is_drawn_again_once(histories, targets, n_negatives):
    def draw(clicked, N, n_items, generator):
        shape = (len(clicked), N)
        drawn = torch.randint(1, n_items + 1, shape, generator=generator)
        again = torch.randint(1, n_items + 1, shape, generator=generator)
        return torch.where(drawn == clicked[:, None], again, drawn)

    return _click_loss(histories, targets, n_negatives, draw)


def _catalogue_of_the_targets(histories, targets, n_negatives):
    def draw(clicked, N, n_items, generator):
        return _draw(clicked, N, int(targets.max()), seed=generator)

    return _click_loss(histories, targets, n_negatives, draw)


def _not_a_function(histories, targets, n_negatives):
    return _click_loss(histories, targets, n_negatives, None), n_negatives


# 7.2


def _sixty_four_bits(states, real):
    weight = real[:, :, None].double()
    return (states * weight).sum(dim=1) / weight.sum(dim=1).clamp(min=1)


def _of_left_padded_rows(states, real):
    return torch.stack(
        [
            row[len(row) - int(n) :].sum(dim=0) / max(int(n), 1)
            for row, n in zip(states, real.sum(dim=1), strict=True)
        ]
    )


# 7.4


def _scored(network, rows, candidates):
    return network.score_candidates(rows, candidates.expand(len(rows), -1))


def _one_by_one_backwards(network, histories):
    was_training = network.training
    network.eval()
    scores = torch.full((len(histories), network.n_items + 1), -torch.inf)
    with torch.no_grad():
        for n, row in enumerate(histories.flip(1)):
            scores[n, 1:] = _scored(network, row[None], torch.arange(1, network.n_items + 1))
    network.train(was_training)
    return scores


def _a_row_of_candidates_for_all(network, histories):
    was_training = network.training
    network.eval()
    scores = torch.full((len(histories), network.n_items + 1), -torch.inf)
    items = torch.arange(1, network.n_items + 1)[None]
    with torch.no_grad():
        for rows in torch.arange(len(histories)).split(8192 // network.n_items):
            scores[rows, 1:] = network.score_candidates(histories[rows], items)
    network.train(was_training)
    return scores


# 7.5


def _factor_as_a_text(step, warmup_steps, total_steps):
    peak = max(warmup_steps, 1)
    if step <= peak:
        return str(step / peak)
    return str((total_steps + 1 - step) / (total_steps + 1 - peak))


# `score_candidates` of 7.7 is given: its sentences ask for nothing.
CLAUSES = {
    "7.1": {
        "The loss of a training step": ("without negatives", "the same negatives each step"),
        "histories: (n, L) long": "the first windows",
        "targets: (n,) long": "the first targets",
        "Returns a function": _not_a_function,
        "rows: (B,) long": "ignores rows",
        "generator: torch.Generator": (
            "global generator",
            "one negative",
            "may hit the click",
            "one draw for all",
            "a hit goes to its neighbour",
            _a_hit_is_drawn_again_once,
            "without replacement",
        ),
        "network: network.score_candidates": ("the last column is the click", "two sigmoids"),
        "network.n_items is": ("never draws the last", _catalogue_of_the_targets),
        "Returns the mean BCE": (
            "a sum over all",
            "not reduced",
            "clicks weighed by their negatives",
        ),
    },
    "7.2": {
        "The mean over real positions;": ("plain mean", "a sum", "the last state"),
        "zeros for a row": ("nan for nobody", "everything for nobody"),
        "states: (B, L, D) floats.": ("along the width", "guesses padding from zeros"),
        "real: (B, L) bool": ("mean of the padding", _of_left_padded_rows),
        "Returns (B, D).": ("keeps the axis", _sixty_four_bits),
    },
    "7.3": {
        "Logit = head(masked mean": ("never encodes", "pools padding", "forgets the candidate"),
        "histories: (B, L) long, left-padded.": "takes the oldest state",
        "candidates: (B,).": "keeps the last axis",
        "Returns logits (B,).": "squeezes all",
        "histories: (B, L) long, 0 = padding.": ("pools only padding", "first history for all"),
        "candidates: (B, C).": ("first candidate for all", "candidates of the first row"),
        "Returns logits (B, C).": ("gives probabilities", "transposed"),
        "self.encoder(histories) gives": (
            "encodes the candidates",
            "reads again for each candidate",
        ),
        "The head gets the history first": "candidate first",
    },
    "7.4": {
        "Logits of all products": (
            "dropout stays on",
            "keeps gradients",
            "gradients off for good",
            "all at once",
            "one shopper more",
            "probabilities",
        ),
        "network: as above": ("fifty products", _a_row_of_candidates_for_all),
        "Afterwards it is in the mode": ("stays in eval mode", "always training afterwards"),
        "histories: (B, L) long.": ("first shopper for all", _one_by_one_backwards),
        "Returns (B, n_items + 1)": ("products from zero, shifted", "no column for padding"),
        "column 0, padding, is -inf.": ("padding scores zero", "padding is scored"),
    },
    "7.5": {
        "The factor on the learning rate": ("never falls", "a cosine"),
        "step: counts from 1": ("counts from zero", "the first step is lost"),
        "warmup_steps: the step": ("no warm-up means constant", "the peak one step early"),
        "0 means the same as 1.": ("no warm-up divides by zero", "no warm-up means two"),
        "Before it: step / warmup_steps.": ("squared warm-up", "warm-up divided by the total"),
        "total_steps: after the peak": ("the last step is lost", "falls too late"),
        "Returns a float above 0": ("integer division", _factor_as_a_text),
    },
    "7.6": {
        "The training loop, bare.": ("no step", "one epoch"),
        "network: is put into training mode.": "no training mode",
        "loss: loss(network, rows, generator)": ("one generator for the order alone", "a sum"),
        "rows: (B,) long.": "not shuffled",
        "n_rows: how many rows an epoch has.": "the last batch is dropped",
        "Their order is": ("not shuffled", "one order for all epochs", "the global generator"),
        "the last batch may be smaller.": "the last batch is dropped",
        "optimizer: for each batch the old": ("gradients add up", "no step", "two steps"),
        "Returns a list of floats": ("the last loss", "every loss", "tensors"),
        "every row counts the same.": "the mean of the batches",
    },
    "7.7": {
        "Logit = head(all positions": ("never encoded", "a mean in each place"),
        "histories: (B, L) long, left-padded": ("only full histories", "first history for all"),
        "candidates: (B,).": ("first candidate for all", "the candidate is missing"),
        "Returns logits (B,).": ("one column", "squeezes the batch", "a probability"),
        "1. The candidate comes last.": "candidate first",
        "Zeros in front fill": ("pads behind", "pads between"),
        "2. Encode;": "never encoded",
        "set the states of padding to 0.": ("padding speaks", "only the filling is silent"),
        "3. All states side by side": ("newest first", "axes exchanged"),
        "histories: (B, L).": NOTHING,
        "candidates:": NOTHING,
        "(B, C).": NOTHING,
        "Returns logits (B, C): every pair": NOTHING,
    },
}
