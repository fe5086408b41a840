"""SASRec: a causal transformer that predicts the next item at every position at once.

After Kang and McAuley, "Self-Attentive Sequential Recommendation" (2018). The network is chapter
06's encoder with a causal mask; what it predicts with is the item embedding itself ("tied": the
item whose vector points where the state points). What it is trained on is a matter of its own: see
`seqrec.losses.objectives`.

Axis letters: B batch, L length, D width, H heads, K positions, N items of a position, C candidates
per history.
"""

from dataclasses import dataclass
from typing import Any, ClassVar

import torch
from torch import nn

from seqrec.losses.chunked_softmax import chunked_softmax_loss
from seqrec.models.config import NextItemConfig
from seqrec.models.encoder import SequenceEncoder, check_encoder
from seqrec.models.heads import eval_mode, pad_column


class SASRec(nn.Module):
    """Logit of item j after position t = state of t . embedding of j.

    Causal: a state knows its own click and those before it. Positions are counted from the end;
    padding is on the left.

    n_items:   items are 1..n_items
    max_len:   clicks that are read
    D:         width
    H:         heads
    n_blocks:  of the encoder
    hidden:    units of each block's network, 4 D if None; HSTU's blocks have none
    dropout:   of embeddings and branches
    positions: "learned", "sinusoidal", "rotary", "relative" or "none", see `SequenceEncoder`
    block:     "transformer", "gated" or "hstu", see `SequenceEncoder`
    """

    def __init__(
        self, n_items: int, max_len: int, *, D: int = 64, H: int = 2, n_blocks: int = 2,
        hidden: int | None = None, dropout: float = 0.1, positions: str = "learned",
        block: str = "transformer",
    ):  # fmt: skip
        super().__init__()
        self.n_items = n_items
        self.max_len = max_len
        self.encoder = SequenceEncoder(
            n_items,
            max_len,
            D=D,
            H=H,
            n_blocks=n_blocks,
            hidden=hidden,
            causal=True,
            dropout=dropout,
            positions=positions,
            block=block,
        )

    @property
    def item_vectors(self) -> torch.Tensor:
        """(n_items, D): row j - 1 is item j. None for PAD and MASK: no probability, no gradient."""
        return self.encoder.item.weight[1 : self.n_items + 1]

    def forward(self, items: torch.Tensor) -> torch.Tensor:
        """Logits of what follows each position.

        items: (B, L) -> (B, L, n_items + 1); column 0, padding, is -inf.
        """
        return pad_column(self.encoder(items) @ self.item_vectors.T)

    def logits_of(self, states: torch.Tensor, items: torch.Tensor) -> torch.Tensor:
        """Logits of some items only. states: (K, D). items: (K, N) from 1. Returns (K, N)."""
        return torch.einsum("kd,knd->kn", states, self.encoder.item(items))

    def softmax_loss(self, states: torch.Tensor, targets: torch.Tensor) -> torch.Tensor:
        """Exact cross-entropy, (K, D) and (K,) from 1 -> a scalar. Never holds all logits."""
        return chunked_softmax_loss(states, self.item_vectors, targets - 1)

    def score_candidates(self, histories: torch.Tensor, candidates: torch.Tensor) -> torch.Tensor:
        """Logits of some items after the newest click.

        histories: (B, L). candidates: (B, C) from 1. Returns (B, C).
        """
        return self.logits_of(self.encoder(histories)[:, -1], candidates)

    @torch.no_grad()
    def score_catalogue(self, histories: torch.Tensor) -> torch.Tensor:
        """Log-probabilities of what follows the newest click, in eval mode.

        histories: (B, L) -> (B, n_items + 1), column 0 -inf.
        """
        with eval_mode(self):
            logits = self.encoder(histories)[:, -1] @ self.item_vectors.T
        return pad_column(logits.log_softmax(dim=-1))


@dataclass(frozen=True, kw_only=True)
class SASRecConfig(NextItemConfig):
    """Options of `seqrec.models.SASRec`, and of its loss, see `NextItemConfig`."""

    D: int = 64
    H: int = 2
    n_blocks: int = 2
    hidden: int | None = None
    dropout: float = 0.1
    positions: str = "learned"
    block: str = "transformer"

    network: ClassVar = SASRec

    def check_network_options(self, options: dict[str, Any]) -> None:
        """Raise ValueError for options that SASRec would refuse. Builds nothing."""
        check_encoder(**options)
