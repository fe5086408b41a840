"""How far apart? What attention is told of two positions, besides what stands there.

    Rotary          queries and keys turn with their position: a product knows the distance alone
    RelativeBias    a learned number for each head and distance, added to the score

The other kinds of positions (`seqrec.models.positions`) are added to the embeddings, once. These
act in every block, on every pair. Both depend on distances only, so padding changes nothing.

Axis letters: B batch, L length, H heads, d width of a head.
"""

import torch
from torch import nn

from seqrec.models.attention import check_heads


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
