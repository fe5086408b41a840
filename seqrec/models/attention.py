"""Attention, and the transformer encoder that every later model is made of.

    visible_mask(items, causal)        who may look at whom
    attention(q, k, v, visible)        softmax(q k' / sqrt(d)) v, with its weights
    MultiHeadAttention                 several attentions side by side
    TransformerBlock                   attention and a position-wise network, each with a residual and a norm
    SequenceEncoder                    item ids in, one vector per position out

After Vaswani et al., "Attention Is All You Need" (2017). One convention for masks: a boolean,
`visible`, is True where a query may look at a key. `scaled_dot_product_attention` agrees; the masks
of `nn.MultiheadAttention` and `nn.TransformerEncoder` mean the opposite.

Axis letters: B batch, L length, D width, H heads, V = n_items + 2 vocabulary (0 is PAD, n_items + 1
is MASK).
"""

import torch
from torch import nn
from torch.nn.functional import scaled_dot_product_attention

from seqrec.checks import check_count, is_number
from seqrec.data.padding import PAD
from seqrec.models.length_groups import by_groups, groups_of_like_length
from seqrec.models.positions import POSITIONS, check_pairs

ACTIVATIONS = {"relu": nn.ReLU, "gelu": nn.GELU, "leaky_relu": nn.LeakyReLU}


def visible_mask(items, causal):
    """Which position may look at which.

    items:  (B, L) long, 0 = padding.
    causal: if True, a position sees itself and what came before; if False, both sides.
    Returns (B, 1, L, L) bool, 1 for all heads: [b, 0, i, j] is True where position i may look at
    position j. Padding is looked at by nobody but itself: every position sees itself, because a
    softmax over nothing is NaN.
    """
    L = items.shape[1]
    visible = (items != PAD)[:, None, None, :].expand(
        -1, 1, L, -1
    )  # (B, 1, L, L): keys that are items
    if causal:
        visible = visible & torch.ones(L, L, dtype=torch.bool, device=items.device).tril()
    return visible | torch.eye(L, dtype=torch.bool, device=items.device)


def attention(q, k, v, visible):
    """Scaled dot-product attention, written out (Vaswani et al., equation 1).

        weights = softmax(q k' / sqrt(d))   over the keys that are visible        output = weights v

    q: (..., L, d) queries. k, v: (..., S, d) keys and values. visible: bool, (..., L, S) or what
    broadcasts to it.
    Returns output (..., L, d) and weights (..., L, S): 0 where not visible, and each row sums to 1.
    A query that sees nothing has no softmax: its row is NaN.
    """
    scores = q @ k.transpose(-2, -1) / q.shape[-1] ** 0.5  # (..., L, S)
    weights = scores.masked_fill(~visible, float("-inf")).softmax(dim=-1)
    return weights @ v, weights


class MultiHeadAttention(nn.Module):
    """H attentions side by side, each on its own D / H of the width (Vaswani et al., section
    3.2.2).

    `project` makes queries, keys and values of the input in one product, `merge` mixes the outputs
    of the heads. Both are laid out as `in_proj` and `out_proj` of `nn.MultiheadAttention`, so
    weights can be copied.

    Raises ValueError if H does not divide D.
    """

    def __init__(self, D, H):
        super().__init__()
        check_heads(D, H)
        self.H = H
        self.project = nn.Linear(D, 3 * D)
        self.merge = nn.Linear(D, D)

    def forward(self, x, visible, need_weights=False):
        """x: (B, L, D). visible: (B, 1, L, L) bool. Returns output (B, L, D), and weights (B, H, L,
        L) or None.

        With `need_weights` the formula is computed as written; without, by PyTorch's fused kernel,
        which never holds the weights. Both give the same output.
        """
        q, k, v = (
            split_heads(part, self.H) for part in self.project(x).chunk(3, dim=-1)
        )  # (B, H, L, D/H) each
        if need_weights:
            output, weights = attention(q, k, v, visible)
        else:
            output, weights = scaled_dot_product_attention(q, k, v, attn_mask=visible), None
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
    """Attention, then a network of two layers for each position by itself, both added to what came
    in.

        norm_first (pre-norm)    x + attention(norm(x)),   then   x + ffn(norm(x))
        otherwise (post-norm)    norm(x + attention(x)),   then   norm(x + ffn(x))

    Post-norm is the paper's. Pre-norm leaves a straight path from the output to the embeddings and
    needs no warm-up (Xiong et al., "On Layer Normalization in the Transformer Architecture", 2020).

    D: width. H: heads. hidden: units of the network, usually 4 D. dropout: of each branch before it
    is added.
    activation: "relu", "gelu" or "leaky_relu".
    """

    def __init__(self, D, H, *, hidden, dropout=0.0, norm_first=True, activation="relu"):
        super().__init__()
        if activation not in ACTIVATIONS:
            raise ValueError(
                f"activation {activation!r} is unknown. Cure: one of {', '.join(ACTIVATIONS)}."
            )
        self.norm_first = norm_first
        self.attention = MultiHeadAttention(D, H)
        self.ffn = nn.Sequential(
            nn.Linear(D, hidden), ACTIVATIONS[activation](), nn.Linear(hidden, D)
        )
        self.norms = nn.ModuleList([nn.LayerNorm(D), nn.LayerNorm(D)])
        self.dropout = nn.Dropout(dropout)

    def forward(self, x, visible, need_weights=False):
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


class SequenceEncoder(nn.Module):
    """Item ids in, one vector per position out: embedding + position, then blocks, then (pre-norm)
    a last norm.

    Positions are counted from the end, so more padding on the left changes nothing at real
    positions.

    n_items: items are 1..n_items; 0 is PAD, whose embedding stays 0; n_items + 1 is MASK.
    max_len: longest sequence. D: width. H: heads. n_blocks: 0 or more. hidden: units of each
    block's network.
    causal: whether a position sees only itself and what came before.
    positions: "learned", "sinusoidal" or "none". The others: see `TransformerBlock`.

    Raises ValueError for settings that make no sense, and TypeError for a misspelt one.
    """

    def __init__(
        self,
        n_items,
        max_len,
        *,
        D,
        H,
        n_blocks,
        hidden,
        causal,
        dropout=0.0,
        norm_first=True,
        activation="relu",
        positions="learned",
    ):
        super().__init__()
        check_count("n_items", n_items)
        check_count("max_len", max_len)
        check_encoder(D=D, H=H, n_blocks=n_blocks, hidden=hidden, positions=positions)
        self.n_items, self.max_len, self.D, self.causal = n_items, max_len, D, causal
        self.item = nn.Embedding(n_items + 2, D, padding_idx=PAD)
        self.position = POSITIONS[positions](max_len, D)
        self.dropout = nn.Dropout(dropout)
        self.blocks = nn.ModuleList(
            TransformerBlock(
                D, H, hidden=hidden, dropout=dropout, norm_first=norm_first, activation=activation
            )
            for _ in range(n_blocks)
        )
        self.norm = nn.LayerNorm(D) if norm_first else nn.Identity()
        draw_weights(self)

    def forward(self, items, need_weights=False):
        """items: (B, L) long, padded on the left, L of max_len or less.

        Returns states (B, L, D); with `need_weights` also a list of weights (B, H, L, L), one for
        each block. The states of padding are finite and mean nothing. A large batch of uneven rows
        is computed in groups (see `seqrec.models.length_groups`), which changes what dropout draws
        and nothing else.
        """
        groups = None if need_weights else groups_of_like_length(items, self.D)
        return (
            by_groups(self._states, items, groups) if groups else self._states(items, need_weights)
        )

    def _states(self, items, need_weights=False):
        visible = visible_mask(items, self.causal)
        x = self.dropout(self.item(items) + self.position(items.shape[1]))  # (B, L, D) + (L, D)
        kept = []
        for block in self.blocks:
            x, weights = block(x, visible, need_weights)
            kept.append(weights)
        return (self.norm(x), kept) if need_weights else self.norm(x)


def check_encoder(*, D, H, n_blocks, hidden=None, dropout=0.0, positions="learned"):
    """Raise ValueError for settings of a SequenceEncoder that make no sense. Builds nothing.

    hidden: None stands for a multiple of D.
    """
    check_count("D", D)
    check_count("H", H)
    check_count("n_blocks", n_blocks, lowest=0)
    if hidden is not None:
        check_count("hidden", hidden)
    check_heads(D, H)
    check_dropout(dropout)
    if positions not in POSITIONS:
        raise ValueError(
            f"positions {positions!r} are unknown. Cure: one of {', '.join(POSITIONS)}."
        )
    if positions == "sinusoidal":
        check_pairs(D)


def check_heads(D, H):
    """Raise ValueError if H does not divide D."""
    if D % H:
        raise ValueError(
            f"{H} heads cannot share a width of {D} evenly. Cure: a width that is a multiple of "
            f"{H}."
        )


def check_dropout(dropout):
    """Raise ValueError if `dropout` is no probability."""
    if not is_number(dropout) or not 0 <= dropout <= 1:
        raise ValueError(f"dropout probability has to be between 0 and 1, but got {dropout!r}.")


def draw_weights(module):
    """Fill a network's layers: embeddings N(0, 1 / D) but PAD 0, Xavier's law for linear layers;
    norms stay.

    So an item is a vector of length about 1, whatever the width. (With the 0.02 of large language
    models, short training ended lower here.) `nn.init.normal_` would fill the PAD row too, so that
    row is set back. It draws from PyTorch's global generator, as layers do when they are made.
    """
    for part in module.modules():
        if isinstance(part, nn.Embedding):
            nn.init.normal_(part.weight, std=part.embedding_dim**-0.5)
            if part.padding_idx is not None:
                nn.init.zeros_(part.weight[part.padding_idx])
        elif isinstance(part, nn.Linear):
            nn.init.xavier_uniform_(part.weight)
            if part.bias is not None:
                nn.init.zeros_(part.bias)
