"""Hard negatives: not drawn, but chosen by the model itself.

Axis letters: B users, P positions of a user (all axes after B in one), N negatives, V columns.
"""

import math

import numpy.typing as npt
import torch

from seqrec.checks import check_count
from seqrec.losses.reading import as_tensor, positions, read_ids, read_own, refuse_rows


def hard_negatives(
    scores: npt.ArrayLike,
    targets: npt.ArrayLike,
    N: int,
    *,
    margin: int,
    reject_target: bool = True,
    own_items: npt.ArrayLike | None = None,
) -> torch.Tensor:
    """The N items that the model puts highest, below the `margin` best ones, which are left alone.

    The best of what a user has not clicked is often what the user clicks next. Huang et al.,
    "Embedding-based Retrieval in Facebook Search" (2020), did better with ranks 101 to 500 than
    with the very top.

    scores:        targets.shape + (V,), column j is item j; column 0 and items at -inf are never
                   taken.
    targets:       (B, ...) item ids, 0 = padding.
    N:             how many for each.
    margin:        0 or more, counted among the items that are not rejected.
    reject_target: whether a negative is never the target.
    own_items:     (B, M) items that are never taken for this user, 0 = nothing.

    Returns targets.shape + (N,) int64, hardest first. Nothing is random, so there is no log-Q.
    Raises ValueError for NaN, or where fewer than margin + N items are left.
    """
    scores = as_tensor(scores)
    targets = read_ids("targets", targets)
    if scores.shape[:-1] != targets.shape or not scores.is_floating_point():
        shape = tuple(targets.shape)
        raise ValueError(
            f"scores must be floats {shape} + (V,), got {scores.dtype} {tuple(scores.shape)}."
        )
    V = scores.shape[-1]
    flat = positions(targets)  # (B, P)
    wanted = check_count("margin", margin, lowest=0) + check_count("N", N)
    if wanted >= V:
        raise ValueError(
            f"margin + N = {margin} + {N} is more than the {V - 1} items of the scores."
        )
    own = read_own(own_items, targets, highest=V - 1)
    candidates = scores.detach().reshape(*flat.shape, V).clone()  # (B, P, V)
    candidates[..., 0] = -math.inf
    candidates.scatter_(2, own[:, None, :].expand(-1, flat.shape[1], -1), -math.inf)
    if reject_target:
        candidates.scatter_(2, flat[..., None], -math.inf)
    best, items = candidates.topk(wanted, dim=2)
    if best[flat != 0].isnan().any():
        raise ValueError("scores hold NaN, which would pass for the hardest negative of all.")
    refuse_rows(
        (best[..., -1] == -math.inf) & (flat != 0),
        f"fewer than margin + N = {margin} + {N} items are left to choose from. Cure: a smaller "
        "margin, or fewer own items.",
    )
    return items[..., margin:].masked_fill((flat == 0)[..., None], 0).reshape(*targets.shape, N)
