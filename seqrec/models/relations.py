"""How far apart? What attention is told of two positions, besides what stands there.

    Rotary              queries and keys turn with their position: a product knows their distance
    RelativeBias        a learned number for each head and distance, added to the score
    RelatedAttention    multi-head attention that is told so

The other kinds of positions (`seqrec.models.positions`) are added to the embeddings, once. These
act in every block, on every pair. Both depend on distances only, so padding changes nothing.

Axis letters: B batch, L length, H heads, d width of a head.
"""

import torch
from torch import nn
from torch.nn.functional import scaled_dot_product_attention

from seqrec.models.attention import MultiHeadAttention, check_heads, merge_heads, split_heads


class Rotary(nn.Module):
    """Each pair of columns is turned by an angle that grows with the position.

    After Su et al., "RoFormer" (2021), equation 15: pair i of a head turns by p / 10000^(2i / d) at
    position p. The product of a query and a key that were turned by p and r depends on p - r.
    Nothing to learn.

    D:       width
    H:       heads
    max_len: longest sequence

    Raises ValueError if a head's width is odd.
    """

    def __init__(self, D: int, H: int, max_len: int):
        super().__init__()
        check_even_heads(D, H)
        d = D // H
        # float64: a large position keeps its fractions of a turn.
        p = torch.arange(max_len, dtype=torch.float64)[:, None]  # (max_len, 1)
        angle = p / 10_000 ** (torch.arange(0, d, 2, dtype=torch.float64) / d)  # (max_len, d / 2)
        self.register_buffer("cos", angle.cos().float(), persistent=False)
        self.register_buffer("sin", angle.sin().float(), persistent=False)

    def turned(self, x: torch.Tensor) -> torch.Tensor:
        """x: (B, H, L, d) queries or keys. Returns them turned, of the same shape and lengths."""
        L = x.shape[-2]
        cos, sin = self.cos[:L], self.sin[:L]  # (L, d / 2) each
        even, odd = x[..., 0::2], x[..., 1::2]
        both = [even * cos - odd * sin, even * sin + odd * cos]
        return torch.stack(both, dim=-1).flatten(-2)

    def bias(self, L: int) -> None:
        """Nothing is added to scores."""


class RelativeBias(nn.Module):
    """A number for each head and distance, added to the scores of attention; all begin at 0.

    After Raffel et al., "Exploring the Limits of Transfer Learning with a Unified Text-to-Text
    Transformer" (2020), section 2.1, and the positional half of HSTU's bias (Zhai et al., 2024,
    section 3.2); a number for every distance, no buckets, and each block has its own.

    D:       width, which H has to divide
    H:       heads
    max_len: longest sequence
    """

    def __init__(self, D: int, H: int, max_len: int):
        super().__init__()
        check_heads(D, H)
        # column max_len - 1 + (query's place - key's place): the middle one is a position itself
        self.weight = nn.Parameter(torch.zeros(H, 2 * max_len - 1))

    def turned(self, x: torch.Tensor) -> torch.Tensor:
        """Queries and keys stay as they are."""
        return x

    def bias(self, L: int) -> torch.Tensor:
        """(H, L, L): for each head what is added where query i looks at key j."""
        place = torch.arange(L, device=self.weight.device)
        middle = self.weight.shape[1] // 2
        return self.weight[:, middle + place[:, None] - place]


class RelatedAttention(MultiHeadAttention):
    """Multi-head attention, told of distances.

    D:        width
    H:        heads, which have to divide it
    relation: a `Rotary` or a `RelativeBias`
    """

    def __init__(self, D: int, H: int, relation: nn.Module):
        super().__init__(D, H)
        self.relation = relation

    def forward(
        self, x: torch.Tensor, visible: torch.Tensor, need_weights: bool = False
    ) -> tuple[torch.Tensor, torch.Tensor | None]:
        """x: (B, L, D). visible: (B, 1, L, L) bool. As `MultiHeadAttention` has it."""
        parts = self.project(x).chunk(3, dim=-1)  # (B, L, D) each
        q, k, v = (split_heads(part, self.H) for part in parts)  # (B, H, L, D/H) each
        q, k = self.relation.turned(q), self.relation.turned(k)
        bias = self.relation.bias(x.shape[1])
        bias = x.new_zeros(()) if bias is None else bias
        hidden_or_bias = bias.masked_fill(~visible, float("-inf"))  # (B, H or 1, L, L)
        if not need_weights:
            output = scaled_dot_product_attention(q, k, v, attn_mask=hidden_or_bias)
            return self.merge(merge_heads(output)), None
        scores = q @ k.transpose(-2, -1) / q.shape[-1] ** 0.5 + hidden_or_bias
        weights = scores.softmax(dim=-1)
        return self.merge(merge_heads(weights @ v)), weights


def check_even_heads(D, H):
    """Raise ValueError if a head's width is odd, or none: what turns comes in pairs."""
    check_heads(D, H)
    if D // H % 2:
        raise ValueError(
            f"rotary positions turn pairs of columns, but a head is {D // H} wide "
            f"(D {D}, {H} heads). Cure: a width that is a multiple of {2 * H}."
        )


#: Kinds of positions that act inside attention; the others are in `seqrec.models.positions`.
RELATIONS = {"rotary": Rotary, "relative": RelativeBias}
