"""SASRec: a causal transformer that predicts the next item at every position at once.

After Kang and McAuley, "Self-Attentive Sequential Recommendation" (2018). The network is chapter 06's encoder with a
causal mask; what it predicts with is the item embedding itself ("tied": the item whose vector points where the state
points). What it is trained on is a matter of its own: see `seqrec.objectives`.

Axis letters: B batch, L length, D width, K positions, N items of a position, C candidates per history.
"""

import torch
from torch import nn

from seqrec.attention import SequenceEncoder, draw_weights
from seqrec.chunked_softmax import chunked_softmax_loss


class SASRec(nn.Module):
    """Logit of item j after position t = state of t . embedding of j.

    Causal: a state knows its own click and those before it. Positions are counted from the end; padding is on the left.

    n_items: items are 1..n_items. max_len: clicks that are read. D: width. H: heads. n_blocks: of the encoder. hidden:
    units of each block's network (default 4 D). dropout: of embeddings and branches. positions: "learned", "sinusoidal"
    or "none".
    """

    def __init__(self, n_items, max_len, *, D=64, H=2, n_blocks=2, hidden=None, dropout=0.1, positions="learned"):
        super().__init__()
        self.n_items, self.max_len = n_items, max_len
        self.encoder = SequenceEncoder(
            n_items,
            max_len,
            D=D,
            H=H,
            n_blocks=n_blocks,
            hidden=4 * D if hidden is None else hidden,
            causal=True,
            dropout=dropout,
            positions=positions,
        )

    @property
    def item_vectors(self):
        """(n_items, D): row j - 1 is item j. No row for PAD and MASK, so they get no probability and no gradient."""
        return self.encoder.item.weight[1 : self.n_items + 1]

    def forward(self, items):
        """Logits of what follows each position. items: (B, L) -> (B, L, n_items + 1); column 0, padding, is -inf."""
        return pad_column(self.encoder(items) @ self.item_vectors.T)

    def logits_of(self, states, items):
        """Logits of some items only. states: (K, D). items: (K, N) from 1. Returns (K, N)."""
        return torch.einsum("kd,knd->kn", states, self.encoder.item(items))

    def softmax_loss(self, states, targets):
        """Exact cross-entropy over all items; never holds all logits. states: (K, D). targets: (K,) from 1."""
        return chunked_softmax_loss(states, self.item_vectors, targets - 1)

    def score_candidates(self, histories, candidates):
        """Logits of some items after the newest click. histories: (B, L). candidates: (B, C). Returns (B, C)."""
        return self.logits_of(self.encoder(histories)[:, -1], candidates)

    @torch.no_grad()
    def score_catalogue(self, histories):
        """Log-probabilities of what comes next, in eval mode. histories: (B, L) -> (B, n_items + 1), column 0 -inf."""
        was_training = self.training
        self.eval()
        logits = self.encoder(histories)[:, -1] @ self.item_vectors.T
        self.train(was_training)
        return pad_column(logits.log_softmax(dim=-1))


class OutcomeHead(nn.Module):
    """How will it end if this item comes next? E[outcome | history, item] from a state and an item's vector.

    D: width of both. hidden: units of the one hidden layer.
    """

    def __init__(self, D, hidden=64):
        super().__init__()
        self.layers = nn.Sequential(nn.Linear(3 * D, hidden), nn.ReLU(), nn.Linear(hidden, 1))
        draw_weights(self)

    def forward(self, states, vectors):
        """states, vectors: (..., D). Returns expected outcomes (...), unbounded."""
        return self.layers(torch.cat([states, vectors, states * vectors], dim=-1)).squeeze(-1)


def pad_column(logits):
    """(..., n_items) -> (..., n_items + 1): a column of -inf for padding before the others."""
    return nn.functional.pad(logits, (1, 0), value=float("-inf"))
