"""The cloze: hide some clicks of a sequence, and ask for them.

After Taylor, "Cloze Procedure" (1953), Devlin et al., "BERT" (2018), and Sun et al., "BERT4Rec"
(2019). What is hidden is replaced by MASK, id n_items + 1. (BERT leaves a tenth of the chosen words
as they are and swaps another tenth for random ones; BERT4Rec does not, and neither do we.)

Axis letters: B batch, L length.
"""

import torch

from seqrec.checks import check_share
from seqrec.data.padding import PAD
from seqrec.row_draws import rand


def cloze(items, n_items, mask_prob, generator, *, last_only=0.0, preference=None):
    """Hide some items of each row, at random.

    items:      (B, L) long, 0 = padding, real items on the right; not edited.
    n_items:    items are 1..n_items; n_items + 1 is MASK.
    mask_prob:  every item is hidden with this probability, more than 0, at most 1. A row of which
                none would be hidden hides one, each of its items alike, so that every row with an
                item is a question.
    generator:  torch.Generator on the device of `items`, or a `seqrec.row_draws.RowDraws` of its
                rows.
    last_only:  share of rows, drawn at random, in which the newest item is hidden and nothing else.
                That is the question of serving: nothing stands to the right of the gap.
    preference: (B, L) or None: how many times as often as `mask_prob` an item is hidden, because of
                how it ended: ``1 + 2 * outcomes`` asks more often for what was bought; 0 never asks
                for an item, and a row of nothing else has no gap.

    Padding is never hidden. Returns the masked items (B, L), and where they were hidden (B, L)
    bool. Raises ValueError for a share that is none, and for a preference of another shape or
    below 0.
    """
    check_share("mask_prob", mask_prob, may_be_zero=False)
    check_share("last_only", last_only)
    B, L = items.shape
    prob = torch.full((B, L), float(mask_prob), device=items.device)
    if preference is not None:
        if preference.shape != items.shape or (preference < 0).any():
            raise ValueError(
                f"preference must be {tuple(items.shape)} numbers of 0 or more, got "
                f"{tuple(preference.shape)}, the least of them {float(preference.min()):g}."
            )
        prob = prob * preference
    may_hide = (items != PAD) & (prob > 0)
    # An item is hidden if its draw is below its probability; the smallest ratio of a row is hidden
    # in any case.
    ratio = rand(generator, (B, L), device=items.device) / prob
    ratio = ratio.masked_fill(~may_hide, float("inf"))
    is_masked = (ratio < 1).scatter(1, ratio.argmin(dim=1, keepdim=True), True)
    newest = torch.arange(L, device=items.device) == L - 1  # (L,)
    is_last_only = (rand(generator, (B,), device=items.device) < last_only) & may_hide[:, -1]
    is_masked = torch.where(is_last_only[:, None], newest, is_masked) & may_hide
    return torch.where(is_masked, n_items + 1, items), is_masked
