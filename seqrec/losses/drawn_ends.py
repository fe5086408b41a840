"""Rows that end at another click whenever they are seen.

A model is asked where a history ends. A row that is always cut at the same place shows it one and
the same ending in every epoch, so the position that answers later has learned from one click a row.
Here the end of a row is drawn anew each time.

Axis letters: B batch, W width of a long row, L length of what the model reads.
"""

import torch

from seqrec.data.padding import PAD
from seqrec.row_draws import RowDraws, rand


def at_drawn_ends(
    sequences: torch.Tensor,
    is_target: torch.Tensor,
    max_len: int,
    generator: torch.Generator | RowDraws,
) -> tuple[torch.Tensor, torch.Tensor]:
    """Of each row the max_len + 1 items up to a target, drawn among those of its newest max_len.

    sequences: (B, W) long, 0 = padding, real items on the right; W >= max_len + 1. Not edited.
    is_target: (B, W) bool, which of them may be predicted.
    max_len:   L, items that are read.
    generator: on the device of `sequences`.

    Every target that has an item before it is as likely as the others of its row. A row without
    one ends where it ended.
    Returns sequences and is_target of what is left, (B, L + 1) each, padded on the left.
    """
    follows = sequences[:, -max_len - 1 : -1] != PAD
    may_end = is_target[:, -max_len:] & (sequences[:, -max_len:] != PAD) & follows  # (B, L)
    draws = rand(generator, may_end.shape, device=sequences.device).masked_fill(~may_end, -1.0)
    dropped = max_len - 1 - draws.argmax(dim=1)  # (B,)
    dropped = torch.where(may_end.any(dim=1), dropped, 0)
    # Padding is put before the rows, so that a short one has max_len + 1 places left of any end.
    wide = torch.nn.functional.pad(torch.stack([sequences, is_target.long()]), (max_len, 0))
    columns = torch.arange(wide.shape[2] - max_len - 1, wide.shape[2], device=sequences.device)
    columns = (columns - dropped[:, None]).expand(2, -1, -1)  # (2, B, L + 1)
    sequences, is_target = wide.gather(2, columns)
    return sequences, is_target.bool()
