"""What the oracle is asked about, checked once at its border.

Errors are ValueErrors that name the place, what it must be and the value.

Axis letters: B batch, L length, N candidates, P personas.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from zooplus_sim.checks import told, told_names
from zooplus_sim.world.world import World


def check_histories(
    histories: npt.ArrayLike, n_products: int, name: str = "histories"
) -> np.ndarray:
    """(B, L) product ids, left-padded with 0, as int64.

    n_products: the largest id
    name:       of the argument, for the errors
    """
    histories = np.asarray(histories)
    if histories.ndim != 2 or histories.dtype.kind not in "iu":
        raise ValueError(
            f"{name} must be integers (B, L), got {histories.dtype} of shape {histories.shape}"
        )
    wrong = np.argwhere((histories < 0) | (histories > n_products))
    if len(wrong):
        row, column = wrong[0]
        raise ValueError(
            f"{name}[{row}, {column}] must be an id from 1 to {n_products}, or 0 for "
            f"padding, got {histories[row, column]}"
        )
    gap = np.argwhere((histories[:, 1:] == 0) & (histories[:, :-1] != 0))
    if len(gap):
        row, column = gap[0]
        raise ValueError(
            f"{name}[{row}, {column + 1}]: padding after a click; expected padding on the left only"
        )
    return histories.astype(np.int64)


def check_masked(
    sequences: npt.ArrayLike, positions: npt.ArrayLike, n_products: int
) -> tuple[np.ndarray, np.ndarray]:
    """(B, L) sequences with one masked column each, and the (B,) columns.

    A 1 is put where nothing is read.
    """
    sequences = np.array(sequences)
    positions = np.asarray(positions)
    fits = sequences.ndim == 2 and positions.shape == sequences.shape[:1]
    if not fits or positions.dtype.kind not in "iu":
        raise ValueError(
            "positions must be sequences (B, L) and one column number per row, (B,), got "
            f"{positions.dtype} of shape {positions.shape} for sequences of shape "
            f"{sequences.shape}"
        )
    wrong = np.flatnonzero((positions < 0) | (positions >= sequences.shape[1]))
    if len(wrong):
        raise ValueError(
            f"positions[{wrong[0]}] must be a column from 0 to {sequences.shape[1] - 1}, "
            f"got {positions[wrong[0]]}"
        )
    sequences[np.arange(len(sequences)), positions] = 1
    return check_histories(sequences, n_products, "sequences"), positions.astype(np.int64)


def check_items(name: str, items: npt.ArrayLike, batch: int, n_products: int) -> np.ndarray:
    """(B,) or (B, N) product ids, as (B, N) int64.

    name:       of the argument, for the errors
    batch:      B
    n_products: the largest id
    """
    items = np.asarray(items)
    if items.ndim not in (1, 2) or len(items) != batch or items.dtype.kind not in "iu":
        raise ValueError(
            f"{name} must be ids ({batch},) or ({batch}, N), got {items.dtype} of shape "
            f"{items.shape}"
        )
    items = items.reshape(batch, -1 if items.size else 0).astype(np.int64)
    wrong = (items < 1) | (items > n_products)
    refuse_items(name, items, wrong, f"is no product; expected 1 to {n_products}")
    return items


def refuse_items(
    name: str, items: np.ndarray, wrong: np.ndarray, reason: str, first_row: int = 0
) -> None:
    """Raise ValueError for the first entry of `items` that is `wrong`, if there is one.

    items:     (B, N) product ids
    wrong:     (B, N) bool
    reason:    what the error says of the entry
    first_row: the number of row 0, for the error
    """
    if wrong.any():
        row, column = np.argwhere(wrong)[0]
        raise ValueError(f"{name}[{first_row + row}]: {items[row, column]} {reason}")


def check_negatives(negatives: npt.ArrayLike, n_products: int) -> np.ndarray:
    """(n_products + 1,) probabilities of being drawn as a negative, 0 for padding."""
    q = np.asarray(negatives, dtype=np.float64)
    if q.shape != (n_products + 1,) or not (q >= 0).all() or q[0] != 0 or abs(q.sum() - 1) > 1e-9:
        raise ValueError(
            f"negatives must be ({n_products + 1},) probabilities that sum to 1, with 0 "
            f"for the padding id 0, got shape {q.shape} with sum {q.sum():g}"
        )
    return q


def check_scores(scores: npt.ArrayLike, batch: int, n_products: int) -> np.ndarray:
    """(B, n_products + 1) numbers, as float64; NaN is allowed in column 0 only, padding."""
    scores = np.asarray(scores, dtype=np.float64)
    if scores.shape != (batch, n_products + 1):
        raise ValueError(
            f"scores must be ({batch}, {n_products + 1}), a column per product and one "
            f"for padding, got shape {scores.shape}"
        )
    wrong = np.argwhere(np.isnan(scores[:, 1:]))
    if len(wrong):
        row, column = wrong[0]
        raise ValueError(f"scores[{row}, {column + 1}] must be numbers, got nan")
    return scores


def log_persona_prior(world: World, personas: Sequence[str] | None, batch: int) -> np.ndarray:
    """(P, B) log P(persona): uniform, or certainty where the personas are known.

    personas: (B,) names; None if nothing is known
    """
    names = [persona.name for persona in world.personas]
    if personas is None:
        return np.full((len(names), batch), -np.log(len(names)))
    given = np.asarray(personas, dtype=object)
    if given.shape != (batch,):
        raise ValueError(f"personas must be ({batch},) names, got shape {given.shape}")
    for row, name in enumerate(given):
        if name not in names:
            raise ValueError(
                f"personas[{row}] must be one of {told_names(names)}, got {told(name)}"
            )
    return np.where(np.array(names, dtype=object)[:, None] == given, 0.0, -np.inf)


def check_session_starts(session_starts: npt.ArrayLike, histories: np.ndarray) -> np.ndarray:
    """(B, L) bool, True where a click opens a session; what it says of padding is not read."""
    starts = np.asarray(session_starts)
    if starts.shape != histories.shape or starts.dtype != bool:
        raise ValueError(
            f"session_starts must be bool {histories.shape}, got {starts.dtype} of shape "
            f"{starts.shape}"
        )
    is_first = (histories > 0) & (np.cumsum(histories > 0, axis=1) == 1)
    wrong = np.argwhere(is_first & ~starts)
    if len(wrong):
        row, column = wrong[0]
        raise ValueError(
            f"session_starts[{row}, {column}]: got False; a shopper's first click opens a session"
        )
    return starts
