"""From data to the `loss(network, rows, generator)` that `seqrec.training.train` asks for, one
function per task.

    click_loss(histories, targets, n_negatives)     a click or a negative? for MeanPoolBST and BST
    next_item_loss(sequences, kind)                 what follows each position? for SASRec
    cloze_loss(sequences, mask_prob)                what stood at the gaps? for BERT4Rec
    window_loss(histories, targets)                 what follows each history? for SRGNN
    towers_loss(sequences, n_negatives=...)         the same, against the rest of the batch; for TwoTower
    step_loss(users, newest, targets)               what follows each user's newest click? for LightGCN
    multi_task_loss(sequences, outcomes, ...)       what follows, is it clicked, how does it end? for MultiTask

Axis letters: n samples, B batch, L length, N negatives per target, K real positions of a batch, D
width.
"""

import torch
from torch.nn.functional import pad

from seqrec.data.padding import without_empty_columns
from seqrec.losses.chunked_softmax import chunked_softmax_loss
from seqrec.losses.cloze import cloze
from seqrec.losses.formulas import (
    bce_loss,
    bpr_loss,
    gbce_loss,
    in_batch_loss,
    sampled_softmax_loss,
)
from seqrec.losses.negatives import uniform_negatives
from seqrec.row_draws import RowDraws

LOSSES = ("softmax", "sampled_softmax", "bce", "gbce", "bpr")


def counted(with_count):
    """A loss that can also tell over how many targets it is a mean, which training on several ranks
    has to know.

    with_count(network, rows, generator): the mean and the number of targets. generator: a
    torch.Generator or a `seqrec.row_draws.RowDraws` of the rows. Returns the `loss(network, rows,
    generator)` of the mean alone; the other is its `with_count`.
    """

    def loss(network, rows, generator):
        return with_count(network, rows, generator)[0]

    loss.with_count = with_count
    return loss


def check_kind_of_loss(kind):
    """Raise ValueError for a kind of `next_item_loss` that does not exist."""
    if kind not in LOSSES:
        raise ValueError(f"kind {kind!r} of loss does not exist. There are: {', '.join(LOSSES)}.")


def click_loss(histories, targets, n_negatives):
    """BCE with logits: what followed each history is a click, `n_negatives` random other items are
    none.

    The negatives are drawn anew whenever a sample is seen, uniformly, the target rejected.
    histories: (n, L) long, padded on the left; targets: (n,); both on the device of the network.
    The network answers `score_candidates` and knows `n_items`.
    """

    def loss(network, rows, generator):
        real = targets[rows]  # (B,)
        negatives = uniform_negatives(real, n_negatives, network.n_items, seed=generator)  # (B, N)
        logits = network.score_candidates(
            histories[rows], torch.cat([real[:, None], negatives], dim=1)
        )
        return bce_loss(logits[:, 0], logits[:, 1:], real=real != 0)

    return loss


def next_item_loss(sequences, kind="softmax", *, is_target=None, n_negatives=1, t=0.75):
    """At each position, the item that follows it, under one of the losses of chapter 04.

    sequences: (n, max_len + 1) long, padded on the left: all but the last item are read, all but
    the first predicted.
    kind: "softmax" over all items, exactly; or against `n_negatives` uniform negatives, drawn anew
    at each step, the target rejected: "sampled_softmax", "bce" (one negative is the original
    SASRec), "gbce" (calibrated by `t`), "bpr".

    is_target: (n, max_len + 1) bool, False where an item is read but not predicted; None predicts
    all.

    The network has an `encoder`, and answers `logits_of(states, items)` and `softmax_loss(states,
    targets)`. Only real positions are scored. Raises ValueError for another kind; a batch needs one
    target after an item.
    """
    check_kind_of_loss(kind)

    @counted
    def loss(network, rows, generator):
        batch = without_empty_columns(sequences[rows])
        targets = batch[:, 1:]
        is_real = (targets != 0) & (batch[:, :-1] != 0)  # nothing is asked before the first click
        if is_target is not None:
            is_real &= is_target[rows, -targets.shape[1] :]
        states, targets = network.encoder(batch[:, :-1])[is_real], targets[is_real]  # (K, D), (K,)
        if kind == "softmax":
            return network.softmax_loss(states, targets), len(targets)
        generator = generator.at(is_real) if isinstance(generator, RowDraws) else generator
        negatives = uniform_negatives(
            targets, n_negatives, network.n_items, seed=generator
        )  # (K, N)
        positive = network.logits_of(states, targets[:, None]).squeeze(1)  # (K,)
        negative = network.logits_of(states, negatives)  # (K, N)
        everywhere = torch.ones_like(targets, dtype=torch.bool)
        if kind == "gbce":
            return gbce_loss(positive, negative, everywhere, network.n_items, t), len(targets)
        sampled = {"bce": bce_loss, "bpr": bpr_loss, "sampled_softmax": sampled_softmax_loss}[kind]
        return sampled(positive, negative, everywhere), len(targets)

    return loss


def cloze_loss(sequences, mask_prob, *, last_only=0.0, preference=None):
    """The items that are hidden in each sequence, anew whenever it is seen, under the softmax over
    all items.

    sequences: (n, L) long, padded on the left. preference: (n, L), as `sequences`. Every row has an
    item that may be hidden. The other arguments: see `seqrec.losses.cloze.cloze`. The network has
    an `encoder` and `n_items`, and answers `softmax_loss(states, targets)`. Only gaps are scored.
    """

    @counted
    def loss(network, rows, generator):
        batch = without_empty_columns(sequences[rows])
        liked = None if preference is None else preference[rows, -batch.shape[1] :]
        masked, is_masked = cloze(
            batch, network.n_items, mask_prob, generator, last_only=last_only, preference=liked
        )
        targets = batch[is_masked]  # (K,)
        return network.softmax_loss(network.encoder(masked)[is_masked], targets), len(targets)

    return loss


def window_loss(histories, targets):
    """What follows each history, under the softmax over all items.

    histories: (n, L) long, padded on the left; targets: (n,) from 1; both on the device of the
    network. The network answers `states(histories)`, (B, D), and `softmax_loss(states, targets)`.
    """

    def loss(network, rows, generator):
        return network.softmax_loss(
            network.states(without_empty_columns(histories[rows])), targets[rows]
        )

    return loss


def towers_loss(sequences, *, is_target=None, n_negatives=0, corrected=True):
    """At each position, the item that follows it, told from those that follow the batch's other
    positions.

    sequences, is_target: as `next_item_loss` has them. corrected: whether log q of the negatives is
    taken off (`seqrec.losses.in_batch_loss`); without it popularity is divided out of what is
    learned.
    n_negatives: uniform items that all positions of a batch share as further negatives. An item
    that is never a target is no negative in any batch without them, and its score is left to chance
    (Yang et al., "Mixed Negative Sampling for Learning Two-tower Neural Networks in
    Recommendations", 2020).

    The network gives the user's vector at each position when called, and `vectors_of(items)`. A
    batch with one target and no negative has nothing to tell it from: its loss is 0.
    """
    asked = sequences[:, :-1] != 0
    if is_target is not None:
        asked = asked & is_target[:, 1:]
    law = (
        torch.bincount(sequences[:, 1:][asked]) / asked.sum()
    )  # of targets, up to the highest id among them

    def loss(network, rows, generator):
        batch = without_empty_columns(sequences[rows])
        is_real = asked[rows][:, sequences.shape[1] - batch.shape[1] :]  # (b, l)
        users, targets = network(batch[:, :-1])[is_real], batch[:, 1:][is_real]  # (K, D), (K,)
        uniform = torch.randint(
            1, network.n_items + 1, (n_negatives,), generator=generator, device=targets.device
        )
        items = torch.cat([targets, uniform])  # (C,)
        logits = users @ network.vectors_of(items).T  # (K, C)
        if len(items) == 1:
            return 0 * logits.sum()
        q = pad(law, (0, network.n_items + 1 - len(law)))[items]
        q = ((len(targets) - 1) * q + n_negatives / network.n_items) / (
            len(items) - 1
        )  # one column is the row's own
        return in_batch_loss(logits, items, q.log() if corrected else None)

    return loss


def step_loss(users, newest, targets):
    """What each user clicks next, under the softmax over all items: a loss for
    `seqrec.training.train`.

    users: (n,) rows. newest: (n,) item clicked just before. targets: (n,) item from 1. All on the
    network's device.
    """

    def loss(network, rows, generator):
        states, items = network(users[rows], newest[rows])
        return chunked_softmax_loss(states, items, targets[rows] - 1)

    return loss


TASKS = ("next_item", "click", "outcome")


def multi_task_loss(sequences, outcomes, *, weights, context=None, n_negatives=4):
    """At each position: softmax of the item that follows; BCE of it against negatives; squared
    error of its outcome.

        sum over tasks of weights[task] * loss of the task

    sequences: (n, L + 1) long, padded on the left. outcomes: (n, L + 1) float, how each event
    ended.
    weights: by the names in `TASKS`; what is left out weighs 0 and is not computed. The losses
             differ in size (nats, squares of outcomes): weights balance them.
    context: (n, L + 1, C), numbers of each event, or None. Those of an event are read where its
    item is read.
    n_negatives: uniform, drawn anew at each step, the target rejected.
    Raises ValueError for a task that does not exist, and for no task at all.
    """
    if set(weights) - set(TASKS) or not any(weights.values()):
        raise ValueError(f"weights must name one or more of {', '.join(TASKS)}, got {weights!r}.")

    def loss(network, rows, generator):
        batch = without_empty_columns(sequences[rows])
        L = batch.shape[1]
        items, targets = batch[:, :-1], batch[:, 1:]
        is_asked = items != 0  # where an item is read, one follows: padding is on the left
        read = None if context is None else context[rows][:, -L:-1]
        states, targets = network.states(items, read)[is_asked], targets[is_asked]  # (K, D), (K,)
        losses = []
        if weights.get("next_item"):
            losses.append(weights["next_item"] * network.network.softmax_loss(states, targets))
        if weights.get("click"):
            negatives = uniform_negatives(
                targets, n_negatives, network.n_items, seed=generator
            )  # (K, N)
            logits = network.about(
                network.click, states, torch.cat([targets[:, None], negatives], dim=1)
            )
            losses.append(
                weights["click"] * bce_loss(logits[:, 0], logits[:, 1:], real=targets != 0)
            )
        if weights.get("outcome"):
            wrong_by = (
                network.about(network.outcome, states, targets)
                - outcomes[rows][:, -L + 1 :][is_asked]
            )
            losses.append(weights["outcome"] * wrong_by.square().mean())
        return sum(losses)

    return loss
