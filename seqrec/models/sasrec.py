"""SASRec: a causal transformer that predicts the next item at every position at once.

After Kang and McAuley, "Self-Attentive Sequential Recommendation" (2018). The network is chapter
06's encoder with a causal mask; what it predicts with is the item embedding itself ("tied": the
item whose vector points where the state points). What it is trained on is a matter of its own: see
`seqrec.losses.objectives`.

Axis letters: B batch, L length, D width, K positions, N items of a position, C candidates per
history.
"""

from dataclasses import dataclass
from typing import ClassVar

import torch
from torch import nn

from seqrec.losses.chunked_softmax import chunked_softmax_loss
from seqrec.models.attention import SequenceEncoder, check_encoder
from seqrec.models.config import NextItemConfig
from seqrec.models.heads import eval_mode, pad_column


class SASRec(nn.Module):
    """Logit of item j after position t = state of t . embedding of j.

    Causal: a state knows its own click and those before it. Positions are counted from the end;
    padding is on the left.

    n_items: items are 1..n_items. max_len: clicks that are read. D: width. H: heads. n_blocks: of
    the encoder. hidden: units of each block's network (default 4 D). dropout: of embeddings and
    branches. positions: "learned", "sinusoidal" or "none".
    """

    def __init__(
        self,
        n_items,
        max_len,
        *,
        D=64,
        H=2,
        n_blocks=2,
        hidden=None,
        dropout=0.1,
        positions="learned",
    ):
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
        """(n_items, D): row j - 1 is item j.

        No row for PAD and MASK, so they get no probability and no gradient.
        """
        return self.encoder.item.weight[1 : self.n_items + 1]

    def forward(self, items):
        """Logits of what follows each position.

        items: (B, L) -> (B, L, n_items + 1); column 0, padding, is -inf.
        """
        return pad_column(self.encoder(items) @ self.item_vectors.T)

    def logits_of(self, states, items):
        """Logits of some items only. states: (K, D). items: (K, N) from 1. Returns (K, N)."""
        return torch.einsum("kd,knd->kn", states, self.encoder.item(items))

    def softmax_loss(self, states, targets):
        """Exact cross-entropy over all items; never holds all logits.

        states: (K, D). targets: (K,) from 1.
        """
        return chunked_softmax_loss(states, self.item_vectors, targets - 1)

    def score_candidates(self, histories, candidates):
        """Logits of some items after the newest click.

        histories: (B, L). candidates: (B, C). Returns (B, C).
        """
        return self.logits_of(self.encoder(histories)[:, -1], candidates)

    @torch.no_grad()
    def score_catalogue(self, histories):
        """Log-probabilities of what comes next, in eval mode.

        histories: (B, L) -> (B, n_items + 1), column 0 -inf.
        """
        with eval_mode(self):
            logits = self.encoder(histories)[:, -1] @ self.item_vectors.T
        return pad_column(logits.log_softmax(dim=-1))


@dataclass(frozen=True, kw_only=True)
class SASRecConfig(NextItemConfig):
    """Options of `seqrec.models.SASRec`, and of its loss."""

    D: int = 64
    H: int = 2
    n_blocks: int = 2
    hidden: int | None = None
    dropout: float = 0.1
    positions: str = "learned"

    network: ClassVar = SASRec

    def check_network_options(self, options):
        check_encoder(**options)
