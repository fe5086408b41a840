"""Slates that are drawn: K different products in order, and how probable it was to draw these.

A log that tells with which probability it shows what it shows can be used again: see
`seqrec.shop.off_policy`. The law is that of Plackett and Luce: the first place is drawn from the
softmax of score / temperature, the second from the softmax over what is left, and so on.
`seqrec.recommender.scoring.best_items` draws from it, without a loop.

Axis letters: B shoppers, V = n_items + 1 columns (column 0 is padding), K places of a slate.
"""

import numpy as np
import numpy.typing as npt
import torch

from seqrec.checks import check_count
from seqrec.recommender.scoring import best_items
from seqrec.recommender.settings import read_list_settings


def draw_slates(
    scores: npt.ArrayLike, slate_size: int, temperature: float, rng: np.random.Generator
) -> np.ndarray:
    """A slate for each row of scores: (B, K) int64 products, best first, or as they were drawn.

    scores:      (B, V) log-probabilities or logits, -inf where never to be shown
    slate_size:  K
    temperature: 0 takes the best, of equals any. Above, a draw; more is bolder.
    rng:         NumPy's Generator

    Raises ValueError for scores that are no table or NaN, settings that make no sense, and a row in
    which fewer than `slate_size` products may be shown.
    """
    check_count("slate_size", slate_size)
    scores = _read_scores(scores, slate_size)
    read_list_settings(slate_size, scores.shape[1] - 1, temperature, False)
    products = torch.from_numpy(scores[:, 1:])
    slates, _ = best_items(products, slate_size, temperature=temperature, rng=rng)
    return slates


def slate_log_propensity(
    scores: npt.ArrayLike, slates: npt.ArrayLike, temperature: float
) -> np.ndarray:
    """Log-probability that `draw_slates` shows these slates, in this order: (B,) float64.

        log P = sum over places k of  s(k) / T - log sum over j not shown above k of exp(s(j) / T)

    scores:      (B, V) as `draw_slates` takes them
    slates:      (B, K) products, none twice in a row
    temperature: T, above 0

    A slate that is never drawn has -inf. Raises ValueError for a temperature of 0 (a best slate has
    no propensity worth the name: it is 1, and that of all others 0), for a product twice, and for
    an empty place.
    """
    scores, slates = _read_slates(scores, slates, temperature)
    # (B, V) logits of what is not shown yet.
    left = scores / temperature
    row = np.arange(len(scores))
    total = np.zeros(len(left))
    for items in slates.T:
        total += left[row, items] - np.logaddexp.reduce(left, axis=1)
        left[row, items] = -np.inf
    return total


def seen_places(
    slates: np.ndarray, places: np.ndarray
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """What a shopper has looked at for sure, and what it earned: the examples in a log of slates.

    A shopper goes from the top down and stops at the first product that is taken (Craswell et al.
    2008). So all above a click were seen and not wanted, and of what stands below it nothing is
    known. Without a click the whole slate counts as seen, though the shopper may have left halfway:
    an assumption, and it makes low places look worse.

    slates: (B, K) products, 0 = empty place
    places: (B,) the place clicked, 0 to K - 1, or -1 for none

    Returns rows (n,) of `slates`, products (n,) and rewards (n,) 0.0 or 1.0: row by row, from the
    top down.
    """
    was_seen = (np.arange(slates.shape[1]) <= places[:, None]) | (places[:, None] < 0)  # (B, K)
    rows, columns = np.nonzero(was_seen & (slates > 0))
    return rows, slates[rows, columns], (columns == places[rows]).astype(float)


def _read_scores(scores, slate_size):
    """A copy (B, V) float64, padding at -inf."""
    scores = np.array(scores, dtype=np.float64)
    if scores.ndim != 2 or scores.shape[1] < 2 or np.isnan(scores[:, 1:]).any():
        what = f"shape {scores.shape}" if scores.ndim != 2 or scores.shape[1] < 2 else "NaN"
        raise ValueError(f"scores must be numbers (B, n_items + 1), got {what}.")
    scores[:, 0] = -np.inf
    may_be = (scores > -np.inf).sum(axis=1)
    if (may_be < slate_size).any():
        row = int((may_be < slate_size).argmax())
        raise ValueError(
            f"row {row} of scores has only {may_be[row]} items that may be shown, for {slate_size} "
            "places."
        )
    return scores


def _read_slates(scores, slates, temperature):
    """Scores as above, and slates (B, K) without repeats."""
    slates = np.asarray(slates)
    if slates.ndim != 2 or len(slates) != len(scores):
        raise ValueError(
            f"slates must be (B, K) with a row per row of scores {np.shape(scores)}, got "
            f"{slates.shape}."
        )
    if not 0 < temperature < np.inf:
        raise ValueError(
            f"temperature must be above 0, got {temperature!r}: at 0 nothing is drawn."
        )
    ascending = np.sort(slates, axis=1)
    bad = (ascending[:, 1:] == ascending[:, :-1]).any(axis=1) | (slates < 1).any(axis=1)
    if bad.any():
        raise ValueError(
            f"slate {bad.argmax()} shows a product twice, or none at a place: "
            f"{slates[bad.argmax()]}."
        )
    return _read_scores(scores, slates.shape[1]), slates
