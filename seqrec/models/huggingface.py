"""SASRec and BERT4Rec around GPT-2, BERT and others, in the place of chapter 06's encoder.

    BackboneEncoder    item ids in, one state per position out, as `seqrec.models.SequenceEncoder`
    CausalBackbone     SASRec around gpt2, llama or xlnet: trained by `next_item_loss`
    MaskedBackbone     BERT4Rec around bert, modernbert or xlnet: trained by `cloze_loss`

What stays ours is what makes a recommender of it: item vectors in, the same vectors as the
prediction head (tied), PAD and MASK without probability. See `seqrec.models.backbones` for what
comes from the library.

Axis letters: B batch, L length, D width, C context numbers of a click.
"""

from dataclasses import dataclass
from typing import Any, ClassVar

import torch
from torch import nn

from seqrec.data.padding import PAD
from seqrec.models.architectures import check_backbone
from seqrec.models.backbones import backbone_config, check_rotary, library_inputs, make_backbone
from seqrec.models.bert4rec import BERT4Rec
from seqrec.models.config import ClozeConfig, NextItemConfig
from seqrec.models.encoder import check_encoder, draw_weights
from seqrec.models.sasrec import SASRec


class BackboneEncoder(nn.Module):
    """item vector + W_context context  ->  a backbone  ->  states.

    n_items:   items are 1..n_items; 0 is PAD, n_items + 1 is MASK
    max_len:   longest sequence
    backbone:  a name of `seqrec.models.BACKBONES`
    causal:    whether a position sees only itself and what came before
    n_context: C, numbers that come with each click besides its item: of the click, its session or
               its user; 0 for none
    D, H, n_blocks, hidden, dropout, options: see `seqrec.models.backbone_config`

    `item` may be replaced by `seqrec.items.ItemEmbedding`.

    Raises ValueError for settings that make no sense.
    """

    def __init__(
        self, n_items: int, max_len: int, *, backbone: str, causal: bool, D: int, H: int,
        n_blocks: int, hidden: int | None = None, dropout: float = 0.0, n_context: int = 0,
        options: dict[str, Any] | None = None,
    ):  # fmt: skip
        super().__init__()
        check_backbone(backbone, causal)
        self.n_items = n_items
        self.max_len = max_len
        self.causal = causal
        self.backbone_name = backbone
        self.item = nn.Embedding(n_items + 2, D, padding_idx=PAD)
        self.context = nn.Linear(n_context, D, bias=False) if n_context else None
        draw_weights(self)
        sizes = {"max_len": max_len, "D": D, "H": H, "n_blocks": n_blocks, "hidden": hidden}
        self.backbone = make_backbone(backbone, **sizes, dropout=dropout, options=options)

    def forward(self, items: torch.Tensor, context: torch.Tensor | None = None) -> torch.Tensor:
        """items: (B, L) long, padded on the left, L of max_len or less.

        context: (B, L, C), if the encoder reads it

        Returns states (B, L, D). The states of padding are finite and mean nothing.
        Raises ValueError for a sequence that is too long, and for a context that is missing, not
        asked for, or of another shape.
        """
        L = items.shape[1]
        if L > self.max_len:
            raise ValueError(
                f"the sequence is {L} long, max_len is {self.max_len}. Cure: keep the newest "
                f"{self.max_len}."
            )
        vectors = self.item(items)  # (B, L, D)
        expected = None if self.context is None else (*items.shape, self.context.in_features)
        given = None if context is None else tuple(context.shape)
        if expected != given:
            raise ValueError(f"context must be {expected}, got {given}.")
        if context is not None:
            vectors = vectors + self.context(context)
        inputs = library_inputs(self.backbone_name, vectors, items != PAD, self.causal)
        return self.backbone(**inputs).last_hidden_state


class CausalBackbone(SASRec):
    """SASRec with another encoder.

    n_items:  items are 1..n_items
    max_len:  clicks that are read
    backbone: "gpt2", "llama" or "xlnet"
    The others: see `BackboneEncoder`.
    """

    def __init__(
        self, n_items: int, max_len: int, *, backbone: str = "gpt2", D: int = 64, H: int = 2,
        n_blocks: int = 2, hidden: int | None = None, dropout: float = 0.1, n_context: int = 0,
        options: dict[str, Any] | None = None,
    ):  # fmt: skip
        super().__init__(n_items, max_len, D=D, H=H, n_blocks=0)
        self.encoder = BackboneEncoder(
            n_items, max_len, backbone=backbone, causal=True, D=D, H=H, n_blocks=n_blocks,
            hidden=hidden, dropout=dropout, n_context=n_context, options=options,
        )  # fmt: skip


class MaskedBackbone(BERT4Rec):
    """BERT4Rec with another encoder.

    n_items:  items are 1..n_items, n_items + 1 is MASK
    max_len:  clicks that are read; the encoder has one position more, for the MASK behind them
    backbone: "bert", "modernbert" or "xlnet"
    The others: see `BackboneEncoder`.
    """

    def __init__(
        self, n_items: int, max_len: int, *, backbone: str = "bert", D: int = 64, H: int = 2,
        n_blocks: int = 2, hidden: int | None = None, dropout: float = 0.1,
        options: dict[str, Any] | None = None,
    ):  # fmt: skip
        super().__init__(n_items, max_len, D=D, H=H, n_blocks=0)
        self.encoder = BackboneEncoder(
            n_items, max_len + 1, backbone=backbone, causal=False, D=D, H=H, n_blocks=n_blocks,
            hidden=hidden, dropout=dropout, options=options,
        )  # fmt: skip


def check_backbone_options(*, causal, backbone, D, H, n_blocks, hidden, dropout, options):
    """Raise ValueError for settings of a BackboneEncoder that make no sense. Builds no network."""
    check_backbone(backbone, causal)
    check_encoder(D=D, H=H, n_blocks=n_blocks, hidden=hidden, dropout=dropout)
    check_rotary(D, H)
    sizes = {"max_len": 1, "D": D, "H": H, "n_blocks": n_blocks, "hidden": hidden}
    backbone_config(backbone, **sizes, dropout=dropout, options=options)


@dataclass(frozen=True, kw_only=True)
class CausalBackboneConfig(NextItemConfig):
    """Options of `seqrec.models.CausalBackbone`, and of its loss, see `NextItemConfig`.

    backbone: "gpt2", "llama" or "xlnet"
    options:  see `seqrec.models.backbone_config`

    Raises ImportError where `transformers` is not installed.
    """

    backbone: str = "gpt2"
    D: int = 64
    H: int = 2
    n_blocks: int = 2
    hidden: int | None = None
    dropout: float = 0.1
    options: dict | None = None

    network: ClassVar = CausalBackbone

    def check_network_options(self, options: dict[str, Any]) -> None:
        """Raise ValueError for options that the backbone would refuse. Builds no network."""
        check_backbone_options(causal=True, **options)


@dataclass(frozen=True, kw_only=True)
class MaskedBackboneConfig(ClozeConfig):
    """Options of `seqrec.models.MaskedBackbone`, and of its training, see `ClozeConfig`.

    backbone: "bert", "modernbert" or "xlnet"
    options:  see `seqrec.models.backbone_config`

    Raises ImportError where `transformers` is not installed.
    """

    backbone: str = "bert"
    D: int = 64
    H: int = 2
    n_blocks: int = 2
    hidden: int | None = None
    dropout: float = 0.1
    options: dict | None = None

    network: ClassVar = MaskedBackbone

    def check_network_options(self, options: dict[str, Any]) -> None:
        """Raise ValueError for options that the backbone would refuse. Builds no network."""
        check_backbone_options(causal=False, **options)
