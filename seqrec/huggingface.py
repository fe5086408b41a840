"""Hugging Face backbones in the place of chapter 06's encoder: SASRec and BERT4Rec around GPT-2, BERT and others.

    BackboneEncoder     item ids in, one state per position out, as `seqrec.attention.SequenceEncoder`
    CausalBackbone      SASRec around gpt2, llama or xlnet: trained by `next_item_loss`
    MaskedBackbone      BERT4Rec around bert, modernbert or xlnet: trained by `cloze_loss`

What stays ours is what makes a recommender of it: item vectors in, the same vectors as the prediction head (tied), PAD
and MASK without probability. See `seqrec.backbones` for what comes from the library.

Axis letters: B batch, L length, D width, C context numbers of a click.
"""

from torch import nn

from seqrec.attention import draw_weights
from seqrec.backbones import check_backbone, library_inputs, make_backbone
from seqrec.bert4rec import BERT4Rec
from seqrec.sasrec import SASRec
from seqrec.sequences import PAD


class BackboneEncoder(nn.Module):
    """item vector + W_context context  ->  a backbone  ->  states.

    n_items: items are 1..n_items; 0 is PAD, n_items + 1 is MASK. max_len: longest sequence.
    causal: whether a position sees only itself and what came before. backbone: a name of `seqrec.backbones.BACKBONES`.
    n_context: C, numbers that come with each click besides its item: of the click, its session or its user. 0 for none.
    The others: see `seqrec.backbones.backbone_config`.

    `item` may be replaced by `seqrec.item_features.ItemEmbedding`.
    """

    def __init__(
        self, n_items, max_len, *,
        backbone, causal, D, H, n_blocks, hidden=None, dropout=0.0, n_context=0, options=None,
    ):  # fmt: skip
        super().__init__()
        check_backbone(backbone, causal)
        self.n_items, self.max_len, self.causal, self.backbone_name = n_items, max_len, causal, backbone
        self.item = nn.Embedding(n_items + 2, D, padding_idx=PAD)
        self.context = nn.Linear(n_context, D, bias=False) if n_context else None
        draw_weights(self)
        self.backbone = make_backbone(
            backbone, max_len=max_len, D=D, H=H, n_blocks=n_blocks, hidden=hidden, dropout=dropout, options=options
        )

    def forward(self, items, context=None):
        """items: (B, L) long, padded on the left, L of max_len or less. context: (B, L, C), if the encoder reads it.

        Returns states (B, L, D). The states of padding are finite and mean nothing. Raises ValueError for a sequence
        that is too long, and for a context that is missing, not asked for, or of another shape.
        """
        L = items.shape[1]
        if L > self.max_len:
            raise ValueError(
                f"the sequence is {L} long, max_len is {self.max_len}. Cure: keep the newest {self.max_len}."
            )
        vectors = self.item(items)  # (B, L, D)
        wanted = None if self.context is None else (*items.shape, self.context.in_features)
        if wanted != (None if context is None else tuple(context.shape)):
            raise ValueError(f"context must be {wanted}, got {None if context is None else tuple(context.shape)}.")
        if context is not None:
            vectors = vectors + self.context(context)
        inputs = library_inputs(self.backbone_name, vectors, items != PAD, self.causal)
        return self.backbone(**inputs).last_hidden_state


class CausalBackbone(SASRec):
    """SASRec with another encoder. n_items, max_len: as SASRec. The others: as `BackboneEncoder`."""

    def __init__(
        self, n_items, max_len, *,
        backbone="gpt2", D=64, H=2, n_blocks=2, hidden=None, dropout=0.1, n_context=0, options=None,
    ):  # fmt: skip
        super().__init__(n_items, max_len, D=D, H=H, n_blocks=0)
        self.encoder = BackboneEncoder(
            n_items, max_len, backbone=backbone, causal=True, D=D, H=H, n_blocks=n_blocks, hidden=hidden,
            dropout=dropout, n_context=n_context, options=options,
        )  # fmt: skip


class MaskedBackbone(BERT4Rec):
    """BERT4Rec with another encoder, which has one position more than max_len, for the MASK behind a history."""

    def __init__(
        self, n_items, max_len, *,
        backbone="bert", D=64, H=2, n_blocks=2, hidden=None, dropout=0.1, options=None,
    ):  # fmt: skip
        super().__init__(n_items, max_len, D=D, H=H, n_blocks=0)
        self.encoder = BackboneEncoder(
            n_items, max_len + 1, backbone=backbone, causal=False, D=D, H=H, n_blocks=n_blocks, hidden=hidden,
            dropout=dropout, options=options,
        )  # fmt: skip
