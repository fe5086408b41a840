"""What losses and samplers are given: read and checked, each in one place.

Axis letters: B users, P positions of a user, N negatives, M own items, V columns, K rows of a
batch, C its columns.
"""

import math

import pandas as pd
import torch

from seqrec.data.ids import normal_ids

#: Kinds of `seqrec.losses.next_item_loss`.
LOSSES = ("softmax", "sampled_softmax", "bce", "gbce", "bpr")


def check_kind_of_loss(kind):
    """Raise ValueError for a kind of `next_item_loss` that does not exist."""
    if kind not in LOSSES:
        raise ValueError(f"kind {kind!r} of loss does not exist. There are: {', '.join(LOSSES)}.")


def check_shapes(real, **tensors):
    """Refuse a mask that is no mask, tensors of another shape than it has, and a mask of nothing.

    real:    (B, L) bool, True where a position is not padding.
    tensors: by name, (B, L) each.

    Raises ValueError.
    """
    if real.dtype != torch.bool:
        raise ValueError(
            f"real must be bool, True where a position is not padding, got {real.dtype}."
        )
    for name, tensor in tensors.items():
        if tensor.shape != real.shape:
            raise ValueError(
                f"{name} must have the shape of real, {tuple(real.shape)}, got "
                f"{tuple(tensor.shape)}."
            )
    if not real.any():
        raise ValueError(
            "the batch has no real position, so there is no mean: leave such batches out."
        )


def check_batch(logits, items, log_q):
    """Refuse what `seqrec.losses.in_batch_loss` can't use: see there.

    logits: (K, C). items: (C,). log_q: (C,) or None. Raises ValueError.
    """
    K, C = logits.shape if logits.ndim == 2 else (0, 0)
    given = [items] if log_q is None else [items, log_q]
    if not 1 <= K <= C or C < 2 or any(each.shape != (C,) for each in given):
        shapes = ", ".join(str(tuple(each.shape)) for each in (logits, *given))
        raise ValueError(
            "logits must be (K, C) with C of 2 or more, K at most C, items and log_q (C,), got "
            f"{shapes}."
        )
    if log_q is not None and not log_q.isfinite().all():
        column = int((~log_q.isfinite()).nonzero()[0])
        raise ValueError(
            f"log_q of item {int(items[column])} is {log_q[column]}: it can't have been drawn."
        )


def as_tensor(values):
    """`values` itself if it is a tensor, else a tensor of them."""
    return values if isinstance(values, torch.Tensor) else torch.tensor(values)


def positions(targets):
    """targets (B, ...) as (B, P)."""
    return targets.reshape(len(targets), math.prod(targets.shape[1:]))


def read_ids(name, ids, highest=None):
    """Item ids (B, ...) as int64.

    name:    of the argument, for messages.
    ids:     a tensor or what becomes one.
    highest: the largest id that may be there; None is any.

    Raises ValueError for no axis, for what is no integer, and for the first id out of range.
    """
    if isinstance(ids, pd.Series | pd.Index):
        ids = normal_ids(ids, name).to_numpy()
        if ids.dtype == object:
            raise ValueError(f"{name} must hold integer item ids, (B, ...), got text.")
    ids = as_tensor(ids)
    if ids.ndim == 0 or ids.is_floating_point() or ids.is_complex() or ids.dtype == torch.bool:
        raise ValueError(
            f"{name} must hold integer item ids, (B, ...), got {ids.dtype} {tuple(ids.shape)}."
        )
    # Torch compares few of the unsigned types; what is too large for int64 becomes negative here.
    numbers = ids.long()
    wrong = (numbers < 0) if highest is None else (numbers < 0) | (numbers > highest)
    if wrong.any():
        where = tuple(wrong.nonzero()[0].tolist())
        limits = "0 or more" if highest is None else f"0 to {highest}"
        raise ValueError(
            f"{name} at {where} holds {ids[where].item()}; expected {limits} (0 is padding)."
        )
    return numbers


def read_own(own_items, targets, highest=None):
    """Own items (B, M), with M of 0 if there are none.

    targets: (B, ...). highest: as `read_ids` has it. Raises ValueError, also for another shape.
    """
    if own_items is None:
        return targets.new_zeros(len(targets), 0)
    own = read_ids("own_items", own_items, highest)
    if own.ndim != 2 or len(own) != len(targets) or own.shape[1] == 0:
        raise ValueError(
            f"own_items must be ({len(targets)}, M), a row per row of targets, got "
            f"{tuple(own.shape)}."
        )
    return own


def read_weights(weights, targets):
    """Weights (V,) as float64, a copy with 0 at padding, on the device of the targets.

    targets: (B, ...), which must be among the V items. Raises ValueError.
    """
    weights = as_tensor(weights).to(targets.device, torch.float64, copy=True)
    if weights.ndim != 1 or not (weights[1:].isfinite() & (weights[1:] >= 0)).all():
        raise ValueError(
            "weights (or counts) must be (n_items + 1,) finite numbers of 0 or more, got "
            f"{weights}."
        )
    weights[:1] = 0
    if not weights.sum() > 0:
        raise ValueError("no item can be drawn: all weights (or counts) are 0.")
    read_ids("targets", targets, highest=len(weights) - 1)
    return weights


def check_negatives(negatives, targets):
    """Raise ValueError unless `negatives` are targets.shape + (N,)."""
    if negatives.shape[:-1] != targets.shape:
        raise ValueError(
            f"negatives must be {tuple(targets.shape)} + (N,), got {tuple(negatives.shape)}."
        )


def refuse_rows(bad, reason):
    """Raise ValueError that names the first row with a True in `bad` (B, P)."""
    if bad.any():
        raise ValueError(f"row {int(bad.any(dim=1).nonzero()[0])}: {reason}")
