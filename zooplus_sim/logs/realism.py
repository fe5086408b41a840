"""Does a log look like a real shop's?

A few numbers, each beside the range that published shops span.
"""

from __future__ import annotations

import numpy as np
import pandas as pd

from zooplus_sim.logs.shuffling import shuffle_test

# The Zipf slope is fitted over these ranks, as a share of the items: the head, without the tail.
SLOPE_RANKS = (0.01, 0.30)
SESSION_GAP = 1800  # seconds without a click that end a session, where a log has no session_id

# Ranges of published shops. Carts and orders: RetailRocket (2,664,312 views, 69,332 carts, 22,457
# orders) at one end, OTTO (194,720,954 clicks, 16,896,191 carts, 5,098,951 orders) at the other.
RANGES = {
    "Gini of item popularity": (0.55, 0.70),
    "Zipf slope": (0.50, 0.70),
    "session length, mean": (4.0, 9.0),
    "session length, 90th percentile": (9.0, 15.0),
    "repeats": (0.10, 0.35),
    "carts per 100 clicks": (2.6, 8.7),
    "orders per cart": (0.25, 0.35),
    "rules lost by a shuffle": (0.54, 0.98),
    "NDCG@10 lost by a shuffle": (0.25, 0.60),
}


def realism_report(log: pd.DataFrame) -> pd.DataFrame:
    """Where a log lies beside published real shops.

    log: user_id, item_id, timestamp (seconds); optional session_id (without it, 30 minutes without
         a click end a session) and outcome (0 looked, 0.5 cart, 1 bought; without it carts and
         orders are left out)

    Returns a DataFrame indexed by measure with `value`, `low`, `high` and `verdict`: "inside",
    "below" or "above" the published range, or why there is no value ("no rules").

    - Gini of item popularity: over the items that were clicked at all.
    - Zipf slope: -d log(clicks) / d log(rank), least squares over evenly spaced log ranks in the
      head (1 % to 30 % of the items): a pure Zipf law has no cut-off in the tail, a shop has.
    - repeats: share of clicks on an item that the same user clicked before.
    - lost by a shuffle: see `shuffle_test`; its predictor is a first-order chain.

    Raises ValueError for a missing column or an empty log.
    """
    for column in ("user_id", "item_id", "timestamp"):
        if column not in log:
            raise ValueError(
                f"log: column {column!r} is missing; found "
                f"{', '.join(map(str, log.columns)) or 'none'}"
            )
    if len(log) == 0:
        raise ValueError("log: it has no rows")
    log = log.sort_values(["user_id", "timestamp"], kind="stable")
    clicks = np.sort(log["item_id"].value_counts().to_numpy())[::-1].astype(float)
    lengths = _session_lengths(log)
    order = shuffle_test(log)
    values = {
        "Gini of item popularity": gini(clicks),
        "Zipf slope": zipf_slope(clicks),
        "session length, mean": lengths.mean(),
        "session length, 90th percentile": np.quantile(lengths, 0.9),
        "repeats": log.duplicated(["user_id", "item_id"]).mean(),
        "rules lost by a shuffle": order.rules_lost,
        "NDCG@10 lost by a shuffle": order.ndcg_lost,
    }
    if "outcome" in log:
        carts = (log["outcome"] > 0).sum()
        values["carts per 100 clicks"] = 100 * carts / len(log)
        values["orders per cart"] = (log["outcome"] >= 1).sum() / carts if carts else None
    missing = {
        "rules lost by a shuffle": "no rules",
        "NDCG@10 lost by a shuffle": "no hits",
        "orders per cart": "no carts",
    }
    rows = []
    for measure, (low, high) in RANGES.items():
        if measure in values:
            value = values[measure]
            if value is None or not np.isfinite(value):
                verdict = missing.get(measure, "too few items")
            else:
                verdict = "below" if value < low else "above" if value > high else "inside"
            rows.append((measure, np.nan if value is None else float(value), low, high, verdict))
    report = pd.DataFrame(rows, columns=["measure", "value", "low", "high", "verdict"])
    return report.set_index("measure")


def gini(clicks: np.ndarray) -> float:
    """0 if all items are clicked alike; towards 1 if a few take all. clicks: (items,) counts."""
    clicks = np.sort(clicks)
    n = len(clicks)
    return float((2 * np.arange(1, n + 1) - n - 1) @ clicks / (n * clicks.sum()))


def click_gini(item_id: np.ndarray, n_items: int) -> float:
    """`gini` of a click log over a whole catalogue: a product without a click counts 0.

    item_id: (N,) integers from 1 to n_items, one a click
    n_items: products of the catalogue
    """
    return gini(np.bincount(item_id, minlength=n_items + 1)[1:])


def zipf_slope(clicks: np.ndarray) -> float:
    """Slope of log(clicks) over log(rank) in the head, sign turned; NaN for too few items.

    clicks: (items,) counts, the largest first
    """
    low, high = (max(1, round(share * len(clicks))) for share in SLOPE_RANKS)
    if high - low < 4:
        return float("nan")
    rank = np.unique(np.geomspace(low, high, 50).round().astype(int))
    return float(-np.polyfit(np.log(rank), np.log(clicks[rank - 1]), 1)[0])


def starts_session(user: np.ndarray, timestamp: np.ndarray, gap: float = SESSION_GAP) -> np.ndarray:
    """True where a session begins: at a user's first event, and after `gap` seconds without one.

    user:      (N,) each user's events together and in order of time
    timestamp: (N,) seconds
    gap:       seconds; a session begins after more than these

    Returns (N,) bool.
    """
    begins = np.ones(len(user), dtype=bool)
    begins[1:] = (user[1:] != user[:-1]) | (np.diff(timestamp) > gap)
    return begins


def _session_lengths(log: pd.DataFrame) -> np.ndarray:
    if "session_id" in log:
        return log.groupby(["user_id", "session_id"], sort=False).size().to_numpy()
    begins = starts_session(log["user_id"].to_numpy(), log["timestamp"].to_numpy())
    return np.diff(np.append(np.flatnonzero(begins), len(log)))
