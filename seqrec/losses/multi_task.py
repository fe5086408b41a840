"""The loss of several tasks at once: what follows, is it clicked, how does it end?

Axis letters: n samples, B batch, L length, C numbers of an event, N negatives per target, K real
positions of a batch, D width.
"""

from collections.abc import Callable

import torch

from seqrec.data.padding import without_empty_columns
from seqrec.losses.formulas import bce_loss
from seqrec.losses.negatives import uniform_negatives

TASKS = ("next_item", "click", "outcome")


def multi_task_loss(
    sequences: torch.Tensor,
    outcomes: torch.Tensor,
    *,
    weights: dict[str, float],
    context: torch.Tensor | None = None,
    n_negatives: int = 4,
) -> Callable[..., torch.Tensor]:
    """At each position, up to three tasks: the item that follows, a click or not, the outcome.

        sum over tasks of weights[task] * loss of the task

    The losses are the softmax of the item that follows, BCE of it against negatives, and the
    squared error of its outcome.

    sequences:   (n, L + 1) long, padded on the left.
    outcomes:    (n, L + 1) float, how each event ended.
    weights:     by the names in `TASKS`; what is left out weighs 0 and is not computed. The losses
                 differ in size (nats, squares of outcomes): weights balance them.
    context:     (n, L + 1, C), numbers of each event, or None. Those of an event are read where its
                 item is read.
    n_negatives: uniform, drawn anew at each step, the target rejected.

    Returns the loss for `seqrec.training.train`. The network is a `seqrec.models.MultiTask`.
    Raises ValueError for a task that does not exist, and for no task at all.
    """
    if set(weights) - set(TASKS) or not any(weights.values()):
        raise ValueError(f"weights must name one or more of {', '.join(TASKS)}, got {weights!r}.")

    def loss(network, rows, generator):
        batch = without_empty_columns(sequences[rows])
        L = batch.shape[1]
        items = batch[:, :-1]
        targets = batch[:, 1:]
        is_asked = items != 0  # where an item is read, one follows: padding is on the left
        read = None if context is None else context[rows][:, -L:-1]
        states = network.states(items, read)[is_asked]  # (K, D)
        targets = targets[is_asked]  # (K,)
        losses = []
        if weights.get("next_item"):
            losses.append(weights["next_item"] * network.network.softmax_loss(states, targets))
        if weights.get("click"):
            negatives = uniform_negatives(targets, n_negatives, network.n_items, seed=generator)
            candidates = torch.cat([targets[:, None], negatives], dim=1)  # (K, 1 + N)
            logits = network.about(network.click, states, candidates)  # (K, 1 + N)
            losses.append(
                weights["click"] * bce_loss(logits[:, 0], logits[:, 1:], real=targets != 0)
            )
        if weights.get("outcome"):
            outcome = outcomes[rows][:, -L + 1 :][is_asked]  # (K,)
            wrong_by = network.about(network.outcome, states, targets) - outcome
            losses.append(weights["outcome"] * wrong_by.square().mean())
        return sum(losses)

    return loss
