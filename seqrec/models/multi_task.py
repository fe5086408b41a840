"""One encoder, three questions: what comes next, would she click this, and how would it end?

    MultiTask(network)                           a next-item network, and two more heads
    multi_task_loss(sequences, outcomes, ...)    the sum of their losses, in `seqrec.losses`

The heads of Transformers4Rec: next item (softmax), binary (click), regression (outcome). What the
three share is the encoder and the item vectors.

Axis letters: B batch, L length, N candidates of a history, D width, C context numbers.
"""

import torch
from torch import nn

from seqrec.models.heads import PairHead, beside


class MultiTask(nn.Module):
    """A next-item network and, on its states, a click head and an outcome head.

    network: SASRec, CausalBackbone or what has `encoder`, `item_vectors`, `softmax_loss`, `n_items`
    hidden:  units of each of the two heads
    """

    def __init__(self, network: nn.Module, hidden: int = 64):
        super().__init__()
        self.network = network
        self.n_items = network.n_items
        D = network.item_vectors.shape[1]
        self.click = PairHead(D, hidden)
        self.outcome = PairHead(D, hidden)

    def states(self, items: torch.Tensor, context: torch.Tensor | None = None) -> torch.Tensor:
        """(B, L) and, if the encoder reads it, (B, L, C) -> (B, L, D)."""
        if context is None:
            return self.network.encoder(items)
        return self.network.encoder(items, context)

    def about(self, head: PairHead, states: torch.Tensor, items: torch.Tensor) -> torch.Tensor:
        """What a head says of items after states.

        head:   `click` or `outcome`
        states: (..., D)
        items:  (...) or (..., N) from 1

        Returns the shape of `items`.
        """
        return head(*beside(states, self.network.encoder.item(items)))

    def score_candidates(
        self,
        histories: torch.Tensor,
        candidates: torch.Tensor,
        context: torch.Tensor | None = None,
    ) -> torch.Tensor:
        """Logits of a click. histories: (B, L). candidates: (B, N). Returns (B, N)."""
        return self.about(self.click, self.states(histories, context)[:, -1], candidates)

    def expected_outcome(
        self, histories: torch.Tensor, items: torch.Tensor, context: torch.Tensor | None = None
    ) -> torch.Tensor:
        """E[outcome | history, item comes next]. items: (B,) or (B, N). Returns its shape."""
        return self.about(self.outcome, self.states(histories, context)[:, -1], items)
