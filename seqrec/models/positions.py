"""Where in the sequence? Attention sees a bag; these vectors tell it the order.

They are added to the embeddings; two kinds act inside attention instead, see
`seqrec.models.relations`. Positions are counted from the end: 0 is the newest, at the right.
So a click keeps its position however much padding stands on the left, and position 0, the one that
predicts, is trained by every sequence, short or long.

Axis letters: L length, D width.
"""

import torch
from torch import nn

from seqrec.items.embedding import EMBEDDING_LENGTH


def sinusoidal_positions(max_len, D):
    """Waves of D / 2 lengths, sine and cosine of each (Vaswani et al., 2017, section 3.5).

        PE(pos, 2i) = sin(pos / 10000^(2i / D))        PE(pos, 2i + 1) = cos(pos / 10000^(2i / D))

    Returns (max_len, D) float32, row pos is position pos. Raises ValueError for an odd D.
    """
    check_pairs(D)
    # float64: a large pos keeps its fractions of a wave.
    pos = torch.arange(max_len, dtype=torch.float64)[:, None]  # (max_len, 1)
    angle = pos / 10_000 ** (torch.arange(0, D, 2, dtype=torch.float64) / D)  # (max_len, D / 2)
    return torch.stack([angle.sin(), angle.cos()], dim=2).reshape(max_len, D).float()


def check_pairs(D):
    """Raise ValueError if the width is odd."""
    if D % 2:
        raise ValueError(
            f"sinusoidal positions come in pairs of sine and cosine, so D must be even, got {D}."
        )


class Positions(nn.Module):
    """A vector per position. Row 0 of `weight` (max_len, D) is the newest position."""

    def forward(self, L):
        """The vectors of L positions, newest last: (L, D). Raises ValueError beyond max_len."""
        if L > len(self.weight):
            max_len = len(self.weight)
            raise ValueError(
                f"the sequence is {L} long, max_len is {max_len}. Cure: keep the newest {max_len}."
            )
        return self.weight[:L].flip(0)


class LearnedPositions(Positions, nn.Embedding):
    """One learned vector per position, as in BERT, SASRec and BST: its ids are positions."""


class SinusoidalPositions(Positions):
    """Fixed waves. Nothing to learn, and defined for positions that training never met."""

    def __init__(self, max_len, D):
        super().__init__()
        # About as long as an embedding: neither drowns the other.
        waves = sinusoidal_positions(max_len, D) * EMBEDDING_LENGTH * D**-0.5
        self.register_buffer("weight", waves, persistent=False)


class NoPositions(Positions):
    """Zeros: the bag again, to see what positions are worth."""

    def __init__(self, max_len, D):
        super().__init__()
        self.register_buffer("weight", torch.zeros(max_len, D), persistent=False)


#: By name. Where distances are told inside attention, nothing is added to the embeddings.
POSITIONS = {
    "learned": LearnedPositions,
    "sinusoidal": SinusoidalPositions,
    "none": NoPositions,
    "rotary": NoPositions,
    "relative": NoPositions,
}
