"""What follows each position, and how it ended, as one number to be made small.

Axis letters: n samples, B batch, L length, K real positions of a batch, D width.
"""

from collections.abc import Callable

import torch

from seqrec.data.padding import without_empty_columns
from seqrec.losses.objectives import counted


def outcome_pairs(
    network, sequences: torch.Tensor, outcomes: torch.Tensor
) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor]:
    """What it takes to learn how a click ends: who asks, which item, and what became of it.

    sequences: (B, L + 1) long, padded on the left: all but the last item are read, all but the
               first are asked about.
    outcomes:  (B, L + 1) float, how each event ended.

    Of each real position: the state that has read up to it (K, D), the item that follows (K,), and
    how that one ended (K,).
    """
    read = sequences[:, :-1]
    is_real = read != 0  # where an item is read, one follows: padding is on the left
    return network.encoder(read)[is_real], sequences[:, 1:][is_real], outcomes[:, 1:][is_real]


def outcome_loss(
    sequences: torch.Tensor,
    outcomes: torch.Tensor,
    *,
    weight: float,
    is_target: torch.Tensor | None = None,
) -> Callable[..., torch.Tensor]:
    """Mean over positions of -log p(item that follows) + weight * ((told - outcome) / scale)^2.

    sequences: (n, max_len + 1) long, padded on the left: all but the last item are read, all but
               the first are asked about.
    outcomes:  (n, max_len + 1) float, how each event ended.
    weight:    of the squared error. Divided by the network's scale it begins at about 1.
    is_target: (n, max_len + 1) bool, False where the item is not to be foretold, only how it ended;
               None foretells all.

    The network is a `seqrec.models.SASRecOutcome`. Only real positions are scored; a batch needs
    one.
    """

    @counted
    def loss(network, rows, generator):
        batch = without_empty_columns(sequences[rows])
        # (K, D), (K,) and (K,)
        states, items, ended = outcome_pairs(network, batch, outcomes[rows, -batch.shape[1] :])
        wrong_by = (network.expected_after(states, items) - ended) / network.outcome_scale
        total = weight * wrong_by.square().sum()
        if is_target is not None:
            is_asked = is_target[rows, -batch.shape[1] + 1 :][batch[:, :-1] != 0]
            states = states[is_asked]
            items = items[is_asked]
        if len(items):
            total = total + len(items) * network.softmax_loss(states, items)
        return total / len(ended), len(ended)

    return loss
