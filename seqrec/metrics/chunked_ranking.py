"""The rank of a target in a catalogue so large that not even one batch of scores fits into memory.

A rank needs no sorting, and no scores that are kept: it is a count. So the items can come in
chunks, and each chunk is forgotten once it has been counted.

Axis letters: B batch, V items, D width, S seen items, C items of a chunk.
"""

import torch


@torch.no_grad()
def ranks_in_chunks(
    states: torch.Tensor,
    vectors: torch.Tensor,
    targets: torch.Tensor,
    items_at_once: int = 2**14,
) -> torch.Tensor:
    """`seqrec.metrics.ranks` of the scores `states @ vectors.T`: from 1, ties against the model.

    states:        (B, D).
    vectors:       (V, D), one per item.
    targets:       (B,) rows of `vectors`, from 0.
    items_at_once: C, items of a chunk.
    Returns (B,) long. Memory: B * items_at_once scores. Ties are those of equal scores after
    rounding: two equal vectors may differ in the last bit of their scores if they stand in
    different chunks.
    Raises ValueError for a score that is NaN, and for a target that is no row.
    """
    _check_targets(targets, len(vectors))
    own = _dots(states, vectors, targets[:, None])  # (B, 1)
    better = torch.zeros_like(targets)
    for start in range(0, len(vectors), items_at_once):
        scores = _without_nan(states @ vectors[start : start + items_at_once].T, start)  # (B, C)
        inside = (targets >= start) & (targets < start + scores.shape[1])
        # The target itself is not a rival.
        scores[inside, targets[inside] - start] = -torch.inf
        better += (scores >= own).sum(dim=1)
    return better + 1


@torch.no_grad()
def unseen_ranks_in_chunks(
    states: torch.Tensor,
    vectors: torch.Tensor,
    targets: torch.Tensor,
    seen: torch.Tensor,
    items_at_once: int = 2**14,
) -> torch.Tensor:
    """`ranks_in_chunks` among the items that a user has not had.

    seen: (B, S) rows of `vectors` that are left out, -1 = nothing, repeats are fine. A target among
          them ranks last.
    Returns (B,) long. Memory: B * S * D numbers more.
    """
    ranks = ranks_in_chunks(states, vectors, targets, items_at_once)
    own = _dots(states, vectors, targets[:, None])
    is_rival = _is_first(seen) & (seen != targets[:, None])
    ranks -= (is_rival & (_dots(states, vectors, seen) >= own)).sum(dim=1)
    return torch.where((seen == targets[:, None]).any(dim=1), len(vectors), ranks)


def _check_targets(targets, V):
    if len(targets) and not 0 <= int(targets.min()) <= int(targets.max()) < V:
        raise ValueError(
            f"targets must be rows of `vectors`, 0 to {V - 1}; got {int(targets.min())} to "
            f"{int(targets.max())}."
        )


def _without_nan(scores, start):
    if scores.isnan().any():
        raise ValueError(f"a score of items {start} to {start + scores.shape[1] - 1} is NaN.")
    return scores


def _dots(states, vectors, items):
    """Scores of a few items of each row. items: (B, S), -1 counts as item 0. Returns (B, S)."""
    return (vectors[items.clamp(min=0)] @ states[:, :, None]).squeeze(-1)


def _is_first(items):
    """True where an item stands for the first time in its row; False at -1. (B, S) -> (B, S)."""
    ordered, order = items.sort(dim=1, stable=True)
    is_new = torch.ones_like(items, dtype=torch.bool)
    is_new[:, 1:] = ordered[:, 1:] != ordered[:, :-1]
    return torch.zeros_like(is_new).scatter(1, order, is_new) & (items >= 0)
