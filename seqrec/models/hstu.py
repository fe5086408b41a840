"""HSTU: a block that weighs each pair by itself, without a softmax, and gates what it found.

After Zhai et al., "Actions Speak Louder than Words: Trillion-Parameter Sequential Transducers for
Generative Recommendations" (2024), equations 1 to 3, without the bias of times.

Axis letters: B batch, L length, D width, H heads.
"""

import torch
from torch import nn
from torch.nn.functional import silu

from seqrec.models.attention import check_heads, merge_heads, split_heads


class HSTUBlock(nn.Module):
    """One layer, no network per position behind it.

        u, v, q, k = silu(W1 norm(x))
        weights    = silu(q k' + bias) / count    over the keys that are visible, each by itself
        x          + W2 (norm(weights v) * u)

    A softmax has to give all of its weight to something. Here each key is weighed by itself, so a
    query may take little from anywhere. The paper divides by a constant; we divide by the count of
    visible keys: for one query that is a constant too, and the norm behind takes it out.

    D:        width
    H:        heads
    dropout:  of what is added
    relation: a module of `seqrec.models.relations`, or None

    Raises ValueError if H does not divide D.
    """

    def __init__(self, D: int, H: int, *, dropout: float = 0.0, relation: nn.Module | None = None):
        super().__init__()
        check_heads(D, H)
        self.H = H
        self.relation = relation
        self.project = nn.Linear(D, 4 * D)
        self.merge = nn.Linear(D, D)
        self.norms = nn.ModuleList([nn.LayerNorm(D), nn.LayerNorm(D)])
        self.dropout = nn.Dropout(dropout)

    def forward(
        self, x: torch.Tensor, visible: torch.Tensor, need_weights: bool = False
    ) -> tuple[torch.Tensor, torch.Tensor | None]:
        """x: (B, L, D). visible: (B, 1, L, L) bool.

        Returns output (B, L, D), and weights (B, H, L, L) or None. They may be negative, and do not
        sum to 1.
        """
        before, behind = self.norms
        u, *parts = silu(self.project(before(x))).chunk(4, dim=-1)  # (B, L, D) each
        v, q, k = (split_heads(part, self.H) for part in parts)  # (B, H, L, D/H) each
        scores = _scores(q, k, self.relation)  # (B, H, L, L)
        weights = silu(scores) * visible / visible.sum(dim=-1, keepdim=True)
        found = merge_heads(weights @ v)  # (B, L, D)
        x = x + self.dropout(self.merge(behind(found) * u))
        return x, weights if need_weights else None


def _scores(q, k, relation):
    if relation is None:
        return q @ k.transpose(-2, -1)
    scores = relation.turned(q) @ relation.turned(k).transpose(-2, -1)
    bias = relation.bias(q.shape[-2])
    return scores if bias is None else scores + bias
