"""The two numbers inside models that are no item, and a batch without the padding it can spare.

Inside a model, `0` is padding (`PAD`), `1..n_items` are items, and `n_items + 1` is the mask that a
cloze task puts in an item's place. So an embedding table has ``V = n_items + 2`` rows.

Axis letters: B batch, L length.
"""

import torch

PAD = 0


def mask_id(n_items: int) -> int:
    """The id that hides an item: the one after the last item.

    >>> mask_id(50)
    51
    """
    return n_items + 1


def without_empty_columns(items: torch.Tensor) -> torch.Tensor:
    """The batch without the padding that all its rows share. (B, L) -> (B, at most L)."""
    is_used = (items != PAD).any(dim=0)
    return items[:, int(is_used.int().argmax()) :] if is_used.any() else items[:, -1:]
