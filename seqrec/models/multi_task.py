"""One encoder, three questions: what comes next, would she click this, and how would it end?

    MultiTask(network)                          a next-item network with two more heads on its states
    multi_task_loss(sequences, outcomes, ...)   the sum of their losses

The heads of Transformers4Rec: next item (softmax), binary (click), regression (outcome). What the
three share is the encoder and the item vectors.

Axis letters: n samples, B batch, L length, K real positions of a batch, N negatives, D width, C
context numbers.
"""

from torch import nn

from seqrec.models.heads import PairHead


class MultiTask(nn.Module):
    """A next-item network (SASRec, CausalBackbone) and, on its states, a click head and an outcome
    head.

    network: it has `encoder`, `item_vectors` and `softmax_loss`. hidden: units of each of the two
    heads.
    """

    def __init__(self, network, hidden=64):
        super().__init__()
        self.network, self.n_items = network, network.n_items
        D = network.item_vectors.shape[1]
        self.click, self.outcome = PairHead(D, hidden), PairHead(D, hidden)

    def states(self, items, context=None):
        """(B, L) and, if the encoder reads it, (B, L, C) -> (B, L, D)."""
        return (
            self.network.encoder(items) if context is None else self.network.encoder(items, context)
        )

    def about(self, head, states, items):
        """What a head says of items after states (..., D).

        items: (...) or (..., N) from 1. Returns its shape.
        """
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
