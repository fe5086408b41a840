"""Attention, and the block that every transformer here is made of.

    visible_mask(items, causal)    who may look at whom
    attention(q, k, v, visible)    softmax(q k' / sqrt(d)) v, with its weights
    MultiHeadAttention             several attentions side by side
    TransformerBlock               attention, then a network per position; each adds to what came in

After Vaswani et al., "Attention Is All You Need" (2017). One convention for masks: a boolean,
`visible`, is True where a query may look at a key. `scaled_dot_product_attention` agrees; the masks
of `nn.MultiheadAttention` and `nn.TransformerEncoder` mean the opposite.

Axis letters: B batch, L length, S keys, D width, H heads, d width of a head.
"""

import torch
from torch import nn
from torch.nn.functional import scaled_dot_product_attention

from seqrec.checks import shown
from seqrec.data.padding import PAD

ACTIVATIONS = {"relu": nn.ReLU, "gelu": nn.GELU, "leaky_relu": nn.LeakyReLU}


def visible_mask(items: torch.Tensor, causal: bool) -> torch.Tensor:
    """Which position may look at which.

    items:  (B, L) long, 0 = padding
    causal: if True, a position sees itself and what came before; if False, both sides

    Returns (B, 1, L, L) bool, 1 for all heads: [b, 0, i, j] is True where position i may look at
    position j. Padding is looked at by nobody but itself: every position sees itself, because a
    softmax over nothing is NaN.
    """
    L = items.shape[1]
    visible = (items != PAD)[:, None, None, :].expand(-1, 1, L, -1)  # (B, 1, L, L): real keys
    if causal:
        visible = visible & torch.ones(L, L, dtype=torch.bool, device=items.device).tril()
    return visible | torch.eye(L, dtype=torch.bool, device=items.device)


def attention(q, k, v, visible):
    """Scaled dot-product attention, written out (Vaswani et al., equation 1).

        weights = softmax(q k' / sqrt(d))   over the keys that are visible        output = weights v

    q:       (..., L, d) queries
    k, v:    (..., S, d) keys and values
    visible: bool, (..., L, S) or what broadcasts to it

    Returns output (..., L, d) and weights (..., L, S): 0 where not visible, and each row sums to 1.
    A query that sees nothing has no softmax: its row is NaN.
    """
    scores = q @ k.transpose(-2, -1) / q.shape[-1] ** 0.5  # (..., L, S)
    weights = scores.masked_fill(~visible, float("-inf")).softmax(dim=-1)
    return weights @ v, weights


class MultiHeadAttention(nn.Module):
    """H attentions side by side, each on D / H of the width (Vaswani et al., section 3.2.2).

    `project` makes queries, keys and values of the input in one product, `merge` mixes the outputs
    of the heads. Both are laid out as `in_proj` and `out_proj` of `nn.MultiheadAttention`, so
    weights can be copied.

    D: width
    H: heads

    Raises ValueError if H does not divide D.
    """

    def __init__(self, D: int, H: int):
        super().__init__()
        check_heads(D, H)
        self.H = H
        self.project = nn.Linear(D, 3 * D)
        self.merge = nn.Linear(D, D)

    def forward(
        self, x: torch.Tensor, visible: torch.Tensor, need_weights: bool = False
    ) -> tuple[torch.Tensor, torch.Tensor | None]:
        """x: (B, L, D). visible: (B, 1, L, L) bool.

        With `need_weights` the formula is computed as written; without, by PyTorch's fused kernel,
        which never holds the weights. Both give the same output.

        Returns output (B, L, D), and weights (B, H, L, L) or None.
        """
        parts = self.project(x).chunk(3, dim=-1)  # (B, L, D) each
        q, k, v = (split_heads(part, self.H) for part in parts)  # (B, H, L, D/H) each
        if need_weights:
            output, weights = attention(q, k, v, visible)
        else:
            output = scaled_dot_product_attention(q, k, v, attn_mask=visible)
            weights = None
        return self.merge(merge_heads(output)), weights


def split_heads(x, H):
    """(B, L, D) -> (B, H, L, D/H): head h gets columns h D/H to (h + 1) D/H."""
    B, L, D = x.shape
    return x.view(B, L, H, D // H).transpose(1, 2)


def merge_heads(x):
    """(B, H, L, D/H) -> (B, L, D): the inverse of `split_heads`."""
    B, H, L, d = x.shape
    return x.transpose(1, 2).reshape(B, L, H * d)


class TransformerBlock(nn.Module):
    """Attention, then a network of two layers for each position, both added to what came in.

        norm_first (pre-norm)    x + attention(norm(x)),   then   x + ffn(norm(x))
        otherwise (post-norm)    norm(x + attention(x)),   then   norm(x + ffn(x))

    Post-norm is the paper's. Pre-norm leaves a straight path from the output to the embeddings and
    needs no warm-up (Xiong et al., "On Layer Normalization in the Transformer Architecture", 2020).

    D:          width
    H:          heads
    hidden:     units of the network, usually 4 D
    dropout:    of each branch before it is added
    norm_first: pre-norm or post-norm, see above
    activation: "relu", "gelu" or "leaky_relu"

    Raises ValueError for another activation, and if H does not divide D.
    """

    def __init__(
        self,
        D: int,
        H: int,
        *,
        hidden: int,
        dropout: float = 0.0,
        norm_first: bool = True,
        activation: str = "relu",
    ):
        super().__init__()
        if activation not in ACTIVATIONS:
            raise ValueError(
                f"activation {shown(activation)} is unknown. Cure: one of {', '.join(ACTIVATIONS)}."
            )
        self.norm_first = norm_first
        self.attention = MultiHeadAttention(D, H)
        self.ffn = nn.Sequential(
            nn.Linear(D, hidden), ACTIVATIONS[activation](), nn.Linear(hidden, D)
        )
        self.norms = nn.ModuleList([nn.LayerNorm(D), nn.LayerNorm(D)])
        self.dropout = nn.Dropout(dropout)

    def forward(
        self, x: torch.Tensor, visible: torch.Tensor, need_weights: bool = False
    ) -> tuple[torch.Tensor, torch.Tensor | None]:
        """x: (B, L, D). visible: (B, 1, L, L) bool.

        Returns output (B, L, D), and weights (B, H, L, L) or None.
        """
        before_attention, before_ffn = self.norms
        if self.norm_first:
            change, weights = self.attention(before_attention(x), visible, need_weights)
            x = x + self.dropout(change)
            return x + self.dropout(self.ffn(before_ffn(x))), weights
        change, weights = self.attention(x, visible, need_weights)
        x = before_attention(x + self.dropout(change))
        return before_ffn(x + self.dropout(self.ffn(x))), weights


def check_heads(D, H):
    """Raise ValueError if H does not divide D."""
    if D % H:
        raise ValueError(
            f"{H} heads cannot share a width of {D} evenly. Cure: a width that is a multiple of "
            f"{H}."
        )
