"""A transformer block whose branches pass through a gate before they are added.

The block of LiGR (Borisyuk et al., "From Features to Transformers: Redefining Ranking for Scalable
Impact", 2025), which eSASRec (Tikhonovich et al., 2025) puts into SASRec, with SwiGLU (Shazeer,
"GLU Variants Improve Transformer", 2020) as the network of each position.

Axis letters: B batch, L length, D width, H heads.
"""

import torch
from torch import nn

from seqrec.models.attention import MultiHeadAttention


class SwiGLU(nn.Module):
    """(B, L, D) -> (B, L, D): W3 (silu(W1 x) * W2 x), `hidden` units of W1 and of W2."""

    def __init__(self, D: int, hidden: int):
        super().__init__()
        self.project = nn.Linear(D, 2 * hidden)
        self.merge = nn.Linear(hidden, D)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """x: (B, L, D), normed."""
        gate, value = self.project(x).chunk(2, dim=-1)  # (B, L, hidden) each
        return self.merge(nn.functional.silu(gate) * value)


class GatedBlock(nn.Module):
    """x + attention(norm(x)) * gate(norm(x)), then the same with a network for each position.

    A gate is sigmoid(W norm(x)), a number between 0 and 1 for each column: the block says itself
    how much of its branch is wanted here.

    D:       width
    H:       heads
    hidden:  units of the network
    dropout: of each branch, before its gate

    Raises ValueError if H does not divide D.
    """

    def __init__(self, D: int, H: int, *, hidden: int, dropout: float = 0.0):
        super().__init__()
        self.attention = MultiHeadAttention(D, H)
        self.ffn = SwiGLU(D, hidden)
        self.norms = nn.ModuleList([nn.LayerNorm(D), nn.LayerNorm(D)])
        self.gates = nn.ModuleList([nn.Linear(D, D), nn.Linear(D, D)])
        self.dropout = nn.Dropout(dropout)

    def forward(
        self, x: torch.Tensor, visible: torch.Tensor, need_weights: bool = False
    ) -> tuple[torch.Tensor, torch.Tensor | None]:
        """x: (B, L, D). visible: (B, 1, L, L) bool.

        Returns output (B, L, D), and weights (B, H, L, L) or None.
        """
        normed = self.norms[0](x)
        change, weights = self.attention(normed, visible, need_weights)
        x = x + self.dropout(change) * self.gates[0](normed).sigmoid()
        normed = self.norms[1](x)
        return x + self.dropout(self.ffn(normed)) * self.gates[1](normed).sigmoid(), weights
