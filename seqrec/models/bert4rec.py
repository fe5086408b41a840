"""BERT4Rec: a transformer that looks both ways, and fills gaps.

After Sun et al., "BERT4Rec: Sequential Recommendation with Bidirectional Encoder Representations
from Transformer" (2019). The network is chapter 06's encoder without the causal mask. A position
that sees its own item would only have to repeat it, so items are hidden (`seqrec.losses.cloze`) and
asked for. What comes next is a gap at the end.

Axis letters: B batch, L length, D width, K positions, C candidates per history.
"""

from dataclasses import dataclass
from typing import Any, ClassVar

import torch
from torch import nn

from seqrec.checks import check_flag
from seqrec.losses.chunked_softmax import chunked_softmax_loss
from seqrec.models.config import ClozeConfig
from seqrec.models.encoder import SequenceEncoder, check_encoder, draw_weights
from seqrec.models.heads import eval_mode, pad_column


class BERT4Rec(nn.Module):
    """Logit of item j at a position with state h (the paper's equation 7, before the softmax):

        GELU(h W_P + b_P) . embedding of j + b_O[j]

    Every position sees every real one, before and after it. Positions are counted from the end;
    padding is on the left.

    n_items:    items are 1..n_items, n_items + 1 is MASK
    max_len:    clicks that are read; the encoder has one position more, for the MASK behind them
    D:          width
    H:          heads
    n_blocks:   of the encoder
    hidden:     units of each block's network, 4 D if None
    dropout:    of embeddings and branches
    positions:  "learned", "sinusoidal", "rotary", "relative" or "none", see `SequenceEncoder`
    norm_first: False is the paper's post-norm, which needs a warm-up
    """

    def __init__(
        self, n_items: int, max_len: int, *, D: int = 64, H: int = 2, n_blocks: int = 2,
        hidden: int | None = None, dropout: float = 0.1, positions: str = "learned",
        norm_first: bool = True,
    ):  # fmt: skip
        super().__init__()
        self.n_items = n_items
        self.max_len = max_len
        self.encoder = SequenceEncoder(
            n_items,
            max_len + 1,
            D=D,
            H=H,
            n_blocks=n_blocks,
            hidden=hidden,
            causal=False,
            dropout=dropout,
            positions=positions,
            norm_first=norm_first,
        )
        self.transform = nn.Sequential(nn.Linear(D, D), nn.GELU())
        self.bias = nn.Parameter(torch.zeros(n_items))
        draw_weights(self.transform)

    @property
    def item_vectors(self) -> torch.Tensor:
        """(n_items, D): row j - 1 is item j. No row for PAD and MASK: neither is an answer."""
        return self.encoder.item.weight[1 : self.n_items + 1]

    def head(self, states: torch.Tensor) -> torch.Tensor:
        """states: (..., D). Returns logits (..., n_items + 1); column 0, padding, is -inf."""
        return pad_column(self.transform(states) @ self.item_vectors.T + self.bias)

    def forward(self, items: torch.Tensor) -> torch.Tensor:
        """Logits of what stands at each position.

        items: (B, L), L of max_len + 1 or less -> (B, L, n_items + 1).
        """
        return self.head(self.encoder(items))

    def softmax_loss(self, states: torch.Tensor, targets: torch.Tensor) -> torch.Tensor:
        """Exact cross-entropy, (K, D) and (K,) from 1 -> a scalar. Never holds all logits."""
        transformed = self.transform(states)
        # The bias is one number more of each item's vector, and is multiplied by 1.
        ones = torch.ones_like(transformed[:, :1])
        with_one = torch.cat([transformed, ones], dim=1)  # (K, D + 1)
        with_bias = torch.cat([self.item_vectors, self.bias[:, None]], dim=1)  # (n_items, D + 1)
        return chunked_softmax_loss(with_one, with_bias, targets - 1)

    def score_candidates(self, histories: torch.Tensor, candidates: torch.Tensor) -> torch.Tensor:
        """Logits of some items in the gap behind each history.

        histories: (B, L). candidates: (B, C) from 1. Returns (B, C).
        """
        states = self.transform(_at_the_gap(self, histories))  # (B, D)
        logits = torch.einsum("bd,bcd->bc", states, self.encoder.item(candidates))
        return logits + self.bias[candidates - 1]

    @torch.no_grad()
    def score_catalogue(self, histories: torch.Tensor) -> torch.Tensor:
        """Log-probabilities of what comes next, in eval mode: of the gap behind each history.

        histories: (B, L), L of max_len or less. Returns (B, n_items + 1), column 0 -inf.
        """
        with eval_mode(self):
            scores = self.head(_at_the_gap(self, histories)).log_softmax(dim=-1)
        return scores


def _at_the_gap(network, histories):
    """States of a MASK behind each history. (B, L) -> (B, D)."""
    return network.encoder(with_mask_appended(histories, network.n_items))[:, -1]


def with_mask_appended(histories, n_items):
    """(B, L) -> (B, L + 1): the gap at the end that stands for what comes next."""
    return nn.functional.pad(histories, (0, 1), value=n_items + 1)


@dataclass(frozen=True, kw_only=True)
class BERT4RecConfig(ClozeConfig):
    """Options of `seqrec.models.BERT4Rec`, and of its training, see `ClozeConfig`."""

    D: int = 64
    H: int = 2
    n_blocks: int = 2
    hidden: int | None = None
    dropout: float = 0.1
    positions: str = "learned"
    norm_first: bool = True

    network: ClassVar = BERT4Rec

    def check_network_options(self, options: dict[str, Any]) -> None:
        """Raise ValueError for options that BERT4Rec would refuse. Builds nothing."""
        check_flag("norm_first", options.pop("norm_first"))
        check_encoder(**options)
