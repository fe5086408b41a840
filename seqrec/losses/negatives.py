"""Negatives: items that a model is told the user did not want.

    uniform_negatives(targets, N, n_items, seed=0)           every item is as likely as any other
    popularity_negatives(targets, N, item_counts, seed=0)    in proportion to clicks ** alpha
    in_batch_negatives(targets, N, seed=0)                   in proportion to clicks in this batch

(In `hard`: those that the model itself puts on top.)

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

import numpy.typing as npt
import torch

from seqrec.checks import check_count, check_room, check_seed
from seqrec.losses.reading import (
    as_tensor,
    check_negatives,
    positions,
    read_ids,
    read_own,
    read_weights,
    refuse_rows,
)
from seqrec.losses.weighted_draws import Remainder, is_among
from seqrec.row_draws import RowDraws


def uniform_negatives(
    targets: npt.ArrayLike,
    N: int,
    n_items: int,
    *,
    seed: int | torch.Generator | RowDraws,
    reject_target: bool = True,
    own_items: npt.ArrayLike | None = None,
) -> torch.Tensor:
    """N negatives for each target, every item 1..n_items as likely as any other.

    Without rejection each of them is the target itself with probability 1 / n_items.

    targets:       (B, ...) item ids, 0 = padding.
    N:             how many for each.
    n_items:       items are 1..n_items.
    seed:          see the module.
    reject_target: whether a negative is never the target.
    own_items:     (B, M) items that are never drawn for this user, 0 = nothing.

    Returns targets.shape + (N,) int64. Raises ValueError for ids out of range, or where rejection
    leaves nothing to draw.
    """
    n_items = check_count("n_items", n_items)
    check_room("n_items", n_items, 8 * (n_items + 1))
    weights = torch.ones(n_items + 1)
    return _draw(targets, N, weights, seed, reject_target, own_items)


def popularity_negatives(
    targets: npt.ArrayLike,
    N: int,
    item_counts: npt.ArrayLike,
    *,
    alpha: float = 0.75,
    seed: int | torch.Generator | RowDraws,
    reject_target: bool = True,
    own_items: npt.ArrayLike | None = None,
) -> torch.Tensor:
    """N negatives for each target, item j with probability proportional to item_counts[j] ** alpha.

    item_counts: (n_items + 1,) clicks per item, for example
                 ``torch.bincount(items, minlength=n_items + 1)``; column 0 is not looked at. An
                 item that nobody clicked is never drawn, unless alpha is 0.
    alpha:       0 is uniform, 1 as popular as clicks; 0.75 was best for word2vec (Mikolov et al.,
                 2013).

    The other arguments are those of `uniform_negatives`.
    Returns targets.shape + (N,) int64. Raises ValueError as `uniform_negatives`, or for bad counts.
    """
    if not 0 <= alpha < math.inf:
        raise ValueError(
            f"alpha must be 0 or more, got {alpha!r}: less would favour items that nobody clicks."
        )
    weights = as_tensor(item_counts).double() ** alpha
    return _draw(targets, N, weights, seed, reject_target, own_items)


def in_batch_negatives(
    targets: npt.ArrayLike,
    N: int,
    *,
    seed: int | torch.Generator | RowDraws,
    reject_target: bool = True,
    own_items: npt.ArrayLike | None = None,
) -> torch.Tensor:
    """N negatives for each target: clicks drawn from all targets of the batch, and their items.

    Large systems do this because the embeddings of these items are at hand. The law is popularity
    in the batch. The arguments are those of `uniform_negatives`.

    Returns targets.shape + (N,) int64. Raises ValueError for a batch with nothing else to draw.
    """
    targets = read_ids("targets", targets)
    own = read_own(own_items, targets)
    highest = max((int(ids.max()) for ids in (targets, own) if ids.numel()), default=0)
    counts = torch.bincount(targets.flatten(), minlength=highest + 1)
    return _draw(targets, N, counts, seed, reject_target, own_items)


class Collisions(NamedTuple):
    """How many negatives are no negatives.

    drawn:  negatives of real targets.
    target: how many of these are the target itself.
    own:    how many of these are another item that the user is known to like.
    """

    drawn: int
    target: int
    own: int


def collisions(negatives, targets, own_items=None):
    """Count the negatives that hit the target, and those that hit another item of the user.

    negatives: targets.shape + (N,).
    targets:   (B, ...), 0 = padding.
    own_items: (B, M), 0 = nothing.

    Returns :class:`Collisions`. Theory expects the sum of q(target) over the draws for the first, 1
    in n_items with uniform negatives, and the sum of q(other own items) for the second.
    """
    targets = read_ids("targets", targets)
    negatives = read_ids("negatives", negatives)
    check_negatives(negatives, targets)
    own = read_own(own_items, targets).sort(dim=1).values
    real = (targets != 0)[..., None].expand_as(negatives)
    is_target = negatives == targets[..., None]
    is_own = is_among(own, negatives.flatten(1)).reshape(negatives.shape) & ~is_target
    return Collisions(*(int(hit.sum()) for hit in (real, is_target & real, is_own & real)))


def log_q(
    negatives: npt.ArrayLike,
    targets: npt.ArrayLike,
    weights: npt.ArrayLike,
    *,
    reject_target: bool = True,
    own_items: npt.ArrayLike | None = None,
) -> torch.Tensor:
    """The log-probability of each negative to be drawn: `sampled_softmax_loss` corrects by it.

    negatives:     targets.shape + (N,), as the sampler returned them.
    targets:       (B, ...), as the sampler had them.
    weights:       (n_items + 1,) what q is proportional to before rejection, column 0 is not looked
                   at: ``torch.ones(n_items + 1)`` for uniform, ``item_counts ** alpha`` for
                   popularity, ``torch.bincount(targets.flatten(), minlength=n_items + 1)`` for
                   in-batch negatives.
    reject_target: as the sampler had it.
    own_items:     as the sampler had them.

    Rejection makes what remains likelier: q(j) = w(j) / (sum of all w - sum of the rejected w).
    Returns targets.shape + (N,) float64, 0 at padding. Raises ValueError for a negative that this
    sampler never draws.
    """
    targets = read_ids("targets", targets)
    negatives = read_ids("negatives", negatives)
    check_negatives(negatives, targets)
    weights = read_weights(weights, targets)
    negatives = read_ids("negatives", negatives, highest=len(weights) - 1)
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
    N = check_count("N", N)
    targets = read_ids("targets", targets)
    generator = _generator(seed, targets.device)
    check_room("N", N, 8 * N * targets.numel())
    remainder = _remainder(read_weights(weights, targets), targets, reject_target, own_items)
    refuse_rows(
        remainder.left == 0,
        "nothing is left to draw once the target and own items are rejected. Cure: fewer own "
        "items, or weights above 0 for more items.",
    )
    negatives = remainder.draw(N, generator).reshape(*targets.shape, N)
    return negatives.masked_fill_((targets == 0)[..., None], 0)


def _generator(seed, device):
    """What is drawn from: the generator that is given, or a new one of a seed."""
    if isinstance(seed, torch.Generator | RowDraws):
        return seed
    return torch.Generator(device).manual_seed(check_seed("seed", seed))


def _remainder(weights, targets, reject_target, own_items):
    own = read_own(own_items, targets, highest=len(weights) - 1)
    return Remainder(weights, positions(targets), own, reject_target)
