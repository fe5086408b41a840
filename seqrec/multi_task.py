"""One encoder, three questions: what comes next, would she click this, and how would it end?

    MultiTask(network)                          a next-item network with two more heads on its states
    multi_task_loss(sequences, outcomes, ...)   the sum of their losses

The heads of Transformers4Rec: next item (softmax), binary (click), regression (outcome). What the three share is
the encoder and the item vectors.

Axis letters: n samples, B batch, L length, K real positions of a batch, N negatives, D width, C context numbers.
"""

import torch
from torch import nn

from seqrec.losses import bce_loss
from seqrec.negatives import uniform_negatives
from seqrec.objectives import without_empty_columns
from seqrec.sasrec import OutcomeHead

TASKS = ("next_item", "click", "outcome")


class MultiTask(nn.Module):
    """A next-item network (SASRec, CausalBackbone) and, on its states, a click head and an outcome head.

    network: it has `encoder`, `item_vectors` and `softmax_loss`. hidden: units of each of the two heads.
    """

    def __init__(self, network, hidden=64):
        super().__init__()
        self.network, self.n_items = network, network.n_items
        D = network.item_vectors.shape[1]
        self.click, self.outcome = OutcomeHead(D, hidden), OutcomeHead(D, hidden)

    def states(self, items, context=None):
        """(B, L) and, if the encoder reads it, (B, L, C) -> (B, L, D)."""
        return self.network.encoder(items) if context is None else self.network.encoder(items, context)

    def about(self, head, states, items):
        """What a head says of items after states (..., D). items: (...) or (..., N) from 1. Returns its shape."""
        vectors = self.network.encoder.item(items)
        if vectors.ndim > states.ndim:
            states = states[..., None, :].expand_as(vectors)
        return head(states, vectors)

    def score_candidates(self, histories, candidates, context=None):
        """Logits of a click. histories: (B, L). candidates: (B, N). Returns (B, N)."""
        return self.about(self.click, self.states(histories, context)[:, -1], candidates)

    def expected_outcome(self, histories, items, context=None):
        """E[outcome | history, item comes next]. items: (B,) or (B, N). Returns its shape."""
        return self.about(self.outcome, self.states(histories, context)[:, -1], items)


def multi_task_loss(sequences, outcomes, *, weights, context=None, n_negatives=4):
    """At each position: softmax of the item that follows; BCE of it against negatives; squared error of its outcome.

        sum over tasks of weights[task] * loss of the task

    sequences: (n, L + 1) long, padded on the left. outcomes: (n, L + 1) float, how each event ended.
    weights: by the names in `TASKS`; what is left out weighs 0 and is not computed. The losses differ in size (nats,
             squares of outcomes): weights balance them.
    context: (n, L + 1, C), numbers of each event, or None. Those of an event are read where its item is read.
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
            negatives = uniform_negatives(targets, n_negatives, network.n_items, seed=generator)  # (K, N)
            logits = network.about(network.click, states, torch.cat([targets[:, None], negatives], dim=1))
            losses.append(weights["click"] * bce_loss(logits[:, 0], logits[:, 1:], real=targets != 0))
        if weights.get("outcome"):
            wrong_by = network.about(network.outcome, states, targets) - outcomes[rows][:, -L + 1 :][is_asked]
            losses.append(weights["outcome"] * wrong_by.square().mean())
        return sum(losses)

    return loss
