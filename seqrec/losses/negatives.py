"""Negatives: items that a model is told the user did not want.

    uniform_negatives(targets, N, n_items, seed=0)           every item is as likely as any other
    popularity_negatives(targets, N, item_counts, seed=0)    in proportion to clicks ** alpha
    in_batch_negatives(targets, N, seed=0)                   in proportion to clicks in this batch
    hard_negatives(scores, targets, N, margin=5)             those that the model itself puts on top

`targets` are item ids (B, L), 0 = padding, or of any shape that begins with users; negatives add an
axis of N at the end. Negatives of padding are 0: they meet the PAD row of an embedding, and no
loss. `own_items` (B, M) are what each user is known to like, 0 = nothing, repeats are fine. They
and the target are *rejected* if asked, exactly and without drawing twice (`weighted_draws` tells
how). Take own items from the training data only: to leave out what a user will click tomorrow is to
tell the model what tomorrow brings.

Torch in and out; arrays are taken too. `labelled_samples` takes the negatives of (N,) targets as
they are. `seed` is an integer, a torch.Generator on the device of the targets, CPU or CUDA (MPS
lacks float64: draw on the CPU there), or `seqrec.row_draws.RowDraws` of the B users.

Axis letters: B users, L length, P positions of a user (all axes after B in one), N negatives, M own
items, V columns.
"""

import math
from typing import NamedTuple

import torch

from seqrec.checks import check_count
from seqrec.losses.weighted_draws import Remainder, is_among
from seqrec.row_draws import RowDraws


def uniform_negatives(targets, N, n_items, *, seed, reject_target=True, own_items=None):
    """N negatives for each target, every item 1..n_items as likely as any other. Returns
    targets.shape + (N,) int64.

    Without rejection each of them is the target itself with probability 1 / n_items.
    Raises ValueError for ids out of range, or where rejection leaves nothing to draw.
    """
    weights = torch.ones(check_count("n_items", n_items) + 1)
    return _draw(targets, N, weights, seed, reject_target, own_items)


def popularity_negatives(
    targets, N, item_counts, *, alpha=0.75, seed, reject_target=True, own_items=None
):
    """N negatives for each target, item j with probability proportional to item_counts[j] ** alpha.

    item_counts: (n_items + 1,) clicks per item, for example ``torch.bincount(items,
                 minlength=n_items + 1)``; column 0 is not looked at. An item that nobody clicked is
                 never drawn, unless alpha is 0.
    alpha:       0 is uniform, 1 as popular as clicks; 0.75 was best for word2vec (Mikolov et al.,
                 2013).

    Returns targets.shape + (N,) int64. Raises ValueError as `uniform_negatives`, or for bad counts.
    """
    if not 0 <= alpha < math.inf:
        raise ValueError(
            f"alpha must be 0 or more, got {alpha!r}: less would favour items that nobody clicks."
        )
    return _draw(targets, N, _tensor(item_counts).double() ** alpha, seed, reject_target, own_items)


def in_batch_negatives(targets, N, *, seed, reject_target=True, own_items=None):
    """N negatives for each target, drawn from all targets of the batch: a click is drawn, and its
    item taken.

    Large systems do this because the embeddings of these items are at hand. The law is popularity
    in the batch.
    Returns targets.shape + (N,) int64. Raises ValueError for a batch that holds nothing else to
    draw.
    """
    targets = _read_ids("targets", targets)
    highest = max(
        (int(ids.max()) for ids in (targets, _read_own(own_items, targets)) if ids.numel()),
        default=0,
    )
    counts = torch.bincount(targets.flatten(), minlength=highest + 1)
    return _draw(targets, N, counts, seed, reject_target, own_items)


def hard_negatives(scores, targets, N, *, margin, reject_target=True, own_items=None):
    """The N items that the model puts highest below a safe margin: the `margin` best ones are left
    alone.

    The best of what a user has not clicked is often what the user clicks next. Huang et al.,
    "Embedding-based Retrieval in Facebook Search" (2020), did better with ranks 101 to 500 than
    with the very top.

    scores: targets.shape + (V,), column j is item j; column 0 and items at -inf are never taken.
    margin: 0 or more, counted among the items that are not rejected.

    Returns targets.shape + (N,) int64, hardest first. Nothing is random here, so there is no log-Q
    either.
    Raises ValueError for NaN, or where fewer than margin + N items are left.
    """
    scores, targets = _tensor(scores), _read_ids("targets", targets)
    if scores.shape[:-1] != targets.shape or not scores.is_floating_point():
        shape = tuple(targets.shape)
        raise ValueError(
            f"scores must be floats {shape} + (V,), got {scores.dtype} {tuple(scores.shape)}."
        )
    V, flat = scores.shape[-1], _positions(targets)
    wanted = check_count("margin", margin, lowest=0) + check_count("N", N)
    if wanted >= V:
        raise ValueError(
            f"margin + N = {margin} + {N} is more than the {V - 1} items of the scores."
        )
    own = _read_own(own_items, targets, highest=V - 1)
    candidates = scores.detach().reshape(*flat.shape, V).clone()  # (B, P, V)
    candidates[..., 0] = -math.inf
    candidates.scatter_(2, own[:, None, :].expand(-1, flat.shape[1], -1), -math.inf)
    if reject_target:
        candidates.scatter_(2, flat[..., None], -math.inf)
    best, items = candidates.topk(wanted, dim=2)
    if best[flat != 0].isnan().any():
        raise ValueError("scores hold NaN, which would pass for the hardest negative of all.")
    _refuse_rows(
        (best[..., -1] == -math.inf) & (flat != 0),
        f"fewer than margin + N = {margin} + {N} items are left to choose from. Cure: a smaller "
        "margin, or fewer own items.",
    )
    return items[..., margin:].masked_fill((flat == 0)[..., None], 0).reshape(*targets.shape, N)


class Collisions(NamedTuple):
    """How many negatives are no negatives."""

    drawn: int  # negatives of real targets
    target: int  # of these, how many are the target itself
    own: int  # of these, how many are another item that the user is known to like


def collisions(negatives, targets, own_items=None):
    """Count the negatives that hit the target, and those that hit another item of the user.

    negatives: targets.shape + (N,). targets: (B, ...), 0 = padding. own_items: (B, M), 0 = nothing.
    Returns :class:`Collisions`. Theory expects the sum of q(target) over the draws for the first, 1
    in n_items with uniform negatives, and the sum of q(other own items) for the second.
    """
    targets, negatives = _read_ids("targets", targets), _read_ids("negatives", negatives)
    _check_negatives(negatives, targets)
    own = _read_own(own_items, targets).sort(dim=1).values
    real = (targets != 0)[..., None].expand_as(negatives)
    is_target = negatives == targets[..., None]
    is_own = is_among(own, negatives.flatten(1)).reshape(negatives.shape) & ~is_target
    return Collisions(*(int(hit.sum()) for hit in (real, is_target & real, is_own & real)))


def log_q(negatives, targets, weights, *, reject_target=True, own_items=None):
    """The log-probability with which a sampler draws each negative: what `sampled_softmax_loss`
    corrects by.

    negatives, targets, reject_target, own_items: as the sampler returned and had them.
    weights: (n_items + 1,) what q is proportional to before rejection, column 0 is not looked at:
             ``torch.ones(n_items + 1)`` for uniform, ``item_counts ** alpha`` for popularity and
             ``torch.bincount(targets.flatten(), minlength=n_items + 1)`` for in-batch negatives.

    Rejection makes what remains likelier: q(j) = w(j) / (sum of all w - sum of the rejected w).
    Returns targets.shape + (N,) float64, 0 at padding. Raises ValueError for a negative that this
    sampler never draws.
    """
    targets, negatives = _read_ids("targets", targets), _read_ids("negatives", negatives)
    _check_negatives(negatives, targets)
    weights = _read_weights(weights, targets)
    negatives = _read_ids("negatives", negatives, highest=len(weights) - 1)
    remainder = _remainder(weights, targets, reject_target, own_items)
    log_p = remainder.log_probability(
        negatives.reshape(*remainder.left.shape, negatives.shape[-1])
    ).reshape(negatives.shape)
    log_p = log_p.masked_fill((targets == 0)[..., None], 0)
    never = (~(log_p > -math.inf)).nonzero()  # NaN where nothing is left to draw
    if len(never):
        where = tuple(never[0].tolist())
        raise ValueError(
            f"negatives at {where} hold {int(negatives[where])}, which this sampler never draws. "
            "Cure: the weights, own_items and reject_target that the negatives were drawn with."
        )
    return log_p


def _draw(targets, N, weights, seed, reject_target, own_items):
    targets = _read_ids("targets", targets)
    remainder = _remainder(_read_weights(weights, targets), targets, reject_target, own_items)
    _refuse_rows(
        remainder.left == 0,
        "nothing is left to draw once the target and own items are rejected. Cure: fewer own "
        "items, or weights above 0 for more items.",
    )
    generator = (
        seed
        if isinstance(seed, torch.Generator | RowDraws)
        else torch.Generator(targets.device).manual_seed(seed)
    )
    negatives = remainder.draw(check_count("N", N), generator).reshape(*targets.shape, N)
    return negatives.masked_fill_((targets == 0)[..., None], 0)


def _remainder(weights, targets, reject_target, own_items):
    own = _read_own(own_items, targets, highest=len(weights) - 1)
    return Remainder(weights, _positions(targets), own, reject_target)


def _positions(targets):
    """targets (B, ...) as (B, P)."""
    return targets.reshape(len(targets), math.prod(targets.shape[1:]))


def _tensor(values):
    return values if isinstance(values, torch.Tensor) else torch.tensor(values)


def _read_ids(name, ids, highest=None):
    ids = _tensor(ids)
    if ids.ndim == 0 or ids.is_floating_point() or ids.is_complex() or ids.dtype == torch.bool:
        raise ValueError(
            f"{name} must hold integer item ids, (B, ...), got {ids.dtype} {tuple(ids.shape)}."
        )
    wrong = (ids < 0) if highest is None else (ids < 0) | (ids > highest)
    if wrong.any():
        where = tuple(wrong.nonzero()[0].tolist())
        limits = "0 or more" if highest is None else f"0 to {highest}"
        raise ValueError(
            f"{name} at {where} holds {int(ids[where])}; expected {limits} (0 is padding)."
        )
    return ids.long()


def _read_own(own_items, targets, highest=None):
    """(B, M) with M of 1 or more: a column of padding if there are no own items."""
    if own_items is None:
        return targets.new_zeros(len(targets), 1)
    own = _read_ids("own_items", own_items, highest)
    if own.ndim != 2 or len(own) != len(targets) or own.shape[1] == 0:
        raise ValueError(
            f"own_items must be ({len(targets)}, M), a row per row of targets, got "
            f"{tuple(own.shape)}."
        )
    return own


def _read_weights(weights, targets):
    """(V,) float64 with 0 at padding, on the device of the targets, which must be among its items."""
    weights = _tensor(weights).to(targets.device, torch.float64, copy=True)
    if weights.ndim != 1 or not (weights[1:].isfinite() & (weights[1:] >= 0)).all():
        raise ValueError(
            "weights (or counts) must be (n_items + 1,) finite numbers of 0 or more, got "
            f"{weights}."
        )
    weights[:1] = 0
    if not weights.sum() > 0:
        raise ValueError("no item can be drawn: all weights (or counts) are 0.")
    _read_ids("targets", targets, highest=len(weights) - 1)
    return weights


def _check_negatives(negatives, targets):
    if negatives.shape[:-1] != targets.shape:
        raise ValueError(
            f"negatives must be {tuple(targets.shape)} + (N,), got {tuple(negatives.shape)}."
        )


def _refuse_rows(bad, reason):
    """Raise ValueError that names the first row with a True in `bad` (B, P)."""
    if bad.any():
        raise ValueError(f"row {int(bad.any(dim=1).nonzero()[0])}: {reason}")
