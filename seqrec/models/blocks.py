"""Blocks by name, each with what it is told of distances.

BLOCKS        their names
make_block    one of them
"""

from torch import nn

from seqrec.models.attention import TransformerBlock
from seqrec.models.gated import GatedBlock
from seqrec.models.hstu import HSTUBlock
from seqrec.models.relations import RELATIONS, RelatedAttention

BLOCKS = ("transformer", "gated", "hstu")


def make_block(
    D: int,
    H: int,
    *,
    kind: str,
    positions: str,
    max_len: int,
    hidden: int | None,
    dropout: float,
    norm_first: bool,
    activation: str,
) -> nn.Module:
    """A new block. For what the settings are see `SequenceEncoder`, which has checked them.

    kind: one of BLOCKS. norm_first and activation are a transformer block's, hidden is not HSTU's.
    """
    relation = RELATIONS[positions](D, H, max_len) if positions in RELATIONS else None
    if kind == "hstu":
        return HSTUBlock(D, H, dropout=dropout, relation=relation)
    options = {"hidden": 4 * D if hidden is None else hidden, "dropout": dropout}
    if kind == "gated":
        block = GatedBlock(D, H, **options)
    else:
        block = TransformerBlock(D, H, norm_first=norm_first, activation=activation, **options)
    if relation is not None:
        block.attention = RelatedAttention(D, H, relation)
    return block
