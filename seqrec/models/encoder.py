"""Item ids in, one vector per position out: the encoder of every transformer here.

    SequenceEncoder    embedding + position, then blocks
    check_encoder      whether its settings make sense, before anything is built
    draw_weights       what the layers of a network start from

Axis letters: B batch, L length, D width, H heads, V = n_items + 2 vocabulary (0 is PAD, n_items + 1
is MASK).
"""

import torch
from torch import nn

from seqrec.checks import check_count, is_number, shown
from seqrec.data.padding import PAD
from seqrec.items.embedding import EMBEDDING_LENGTH
from seqrec.models.attention import check_heads, visible_mask
from seqrec.models.blocks import BLOCKS, make_block
from seqrec.models.length_groups import by_groups, groups_of_like_length
from seqrec.models.positions import POSITIONS, check_pairs
from seqrec.models.relations import check_even_heads


class SequenceEncoder(nn.Module):
    """Embedding + position, then blocks, then (pre-norm) a last norm.

    Positions are counted from the end, so more padding on the left changes nothing at real
    positions.

    n_items:    items are 1..n_items; 0 is PAD, whose embedding stays 0; n_items + 1 is MASK
    max_len:    longest sequence
    D:          width
    H:          heads
    n_blocks:   0 or more
    hidden:     units of each block's network, 4 D if None; HSTU's blocks have none
    causal:     whether a position sees only itself and what came before
    dropout:    of the embeddings, and of each block's branches
    norm_first: pre-norm or post-norm, see `TransformerBlock`; the other blocks are pre-norm
    activation: "relu", "gelu" or "leaky_relu", of a `TransformerBlock`
    positions:  "learned" or "sinusoidal", added to the embeddings; "rotary" or "relative", told
                inside attention (`seqrec.models.relations`); or "none"
    block:      "transformer"; "gated" (`seqrec.models.gated`); "hstu" (`seqrec.models.hstu`)

    Raises ValueError for settings that make no sense, and TypeError for a misspelt one.
    """

    def __init__(
        self,
        n_items: int,
        max_len: int,
        *,
        D: int,
        H: int,
        n_blocks: int,
        hidden: int | None = None,
        causal: bool,
        dropout: float = 0.0,
        norm_first: bool = True,
        activation: str = "relu",
        positions: str = "learned",
        block: str = "transformer",
    ):
        super().__init__()
        check_count("n_items", n_items)
        check_count("max_len", max_len)
        check_encoder(
            D=D, H=H, n_blocks=n_blocks, hidden=hidden, positions=positions, block=block,
            norm_first=norm_first,
        )  # fmt: skip
        self.n_items = n_items
        self.max_len = max_len
        self.D = D
        self.causal = causal
        self.item = nn.Embedding(n_items + 2, D, padding_idx=PAD)  # (V, D)
        self.position = POSITIONS[positions](max_len, D)
        self.dropout = nn.Dropout(dropout)
        self.blocks = nn.ModuleList(
            make_block(
                D,
                H,
                kind=block,
                positions=positions,
                max_len=max_len,
                hidden=hidden,
                dropout=dropout,
                norm_first=norm_first,
                activation=activation,
            )
            for _ in range(n_blocks)
        )
        self.norm = nn.LayerNorm(D) if norm_first else nn.Identity()
        draw_weights(self)

    def forward(
        self, items: torch.Tensor, need_weights: bool = False
    ) -> torch.Tensor | tuple[torch.Tensor, list[torch.Tensor]]:
        """items: (B, L) long, padded on the left, L of max_len or less.

        Returns states (B, L, D); with `need_weights` also a list of weights (B, H, L, L), one for
        each block. The states of padding are finite and mean nothing. A large batch of uneven rows
        is computed in groups (see `seqrec.models.length_groups`), which changes what dropout draws
        and nothing else.
        """
        groups = None if need_weights else groups_of_like_length(items, self.D)
        if groups:
            return by_groups(self._states, items, groups)
        return self._states(items, need_weights)

    def _states(self, items, need_weights=False):
        visible = visible_mask(items, self.causal)
        x = self.dropout(self.item(items) + self.position(items.shape[1]))  # (B, L, D) + (L, D)
        kept = []
        for block in self.blocks:
            x, weights = block(x, visible, need_weights)
            kept.append(weights)
        return (self.norm(x), kept) if need_weights else self.norm(x)


def check_encoder(
    *,
    D,
    H,
    n_blocks,
    hidden=None,
    dropout=0.0,
    positions="learned",
    block="transformer",
    norm_first=True,
):
    """Raise ValueError for settings of a SequenceEncoder that make no sense. Builds nothing.

    For what they are see `SequenceEncoder`.
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
            f"positions {shown(positions)} are unknown. Cure: one of {', '.join(POSITIONS)}."
        )
    if positions == "sinusoidal":
        check_pairs(D)
    if positions == "rotary":
        check_even_heads(D, H)
    if block not in BLOCKS:
        raise ValueError(f"block {shown(block)} is unknown. Cure: one of {', '.join(BLOCKS)}.")
    if block == "hstu" and hidden is not None:
        raise ValueError(
            f"hidden is {hidden}, but HSTU's blocks have no network with hidden units. Cure: "
            "hidden=None, or another block."
        )
    if block != "transformer" and not norm_first:
        raise ValueError(
            f"the {block} block is pre-norm only. Cure: norm_first=True, or block='transformer'."
        )


def check_dropout(dropout):
    """Raise ValueError if `dropout` is no probability."""
    if not is_number(dropout) or not 0 <= dropout <= 1:
        raise ValueError(
            f"dropout probability has to be between 0 and 1, but got {shown(dropout)}."
        )


def draw_weights(module: nn.Module) -> None:
    """Fill a network's layers: embeddings N(0, s^2 / D) but PAD 0, linear ones by Xavier's law.

    Norms stay. s is EMBEDDING_LENGTH; see there why. `nn.init.normal_` would fill the PAD row too,
    so that row is set back. It draws from PyTorch's global generator, as layers do when they are
    made.
    """
    for part in module.modules():
        if isinstance(part, nn.Embedding):
            nn.init.normal_(part.weight, std=EMBEDDING_LENGTH * part.embedding_dim**-0.5)
            if part.padding_idx is not None:
                nn.init.zeros_(part.weight[part.padding_idx])
        elif isinstance(part, nn.Linear):
            nn.init.xavier_uniform_(part.weight)
            if part.bias is not None:
                nn.init.zeros_(part.bias)
