"""Exposures: who was shown what, and whether they clicked.

An exposure table has one row per product shown: `user_id` (integer, 0 or more), `product_id`
(1..n_items) and `clicked` (0 or 1). It has no time and no order, which makes it the table that
memoryless models learn from. A journey log holds clicks only; `exposures_from_interactions` adds
the products that were *not* clicked.

Axis letters: N exposures.
"""

import numpy as np
import pandas as pd
import torch

from seqrec.checks import check_count, check_positive
from seqrec.data.ids import normal_ids, places_in
from seqrec.data.interactions import validate_interactions
from seqrec.data.refusals import found, refuse_first
from seqrec.data.tables import as_frame
from seqrec.losses.negatives import uniform_negatives

COLUMNS = ("user_id", "product_id", "clicked")


def read_exposures(exposures, n_items):
    """Check an exposure table and return its columns, sorted by (user, product, click).

    Rows with the same three values cannot be told apart, so after sorting nothing is left of the
    order in which the log was written. What learns from these arrays is a function of the *bag* of
    exposures, to the last bit.

    exposures: DataFrame with the columns `user_id`, `product_id`, `clicked`, and others, which are
               ignored.
    n_items:   products are 1..n_items.

    Returns users (N,) int64, items (N,) int64, clicks (N,) float64. Raises TypeError if it is no
    DataFrame, ValueError that names the column, the first bad row, its value and the cure.
    """
    exposures = as_frame(exposures, "exposures")
    columns = list(exposures.columns)
    for name in COLUMNS:
        if columns.count(name) != 1:
            raise ValueError(
                f"column {name!r} must be there once, found {found(columns)}. Cure: rename the one "
                "that holds it."
            )
    if exposures.empty:
        raise ValueError(
            "the exposure table is empty: nothing to learn from. Cure: check the filter before it."
        )

    users = _integers(exposures["user_id"])
    items = _integers(exposures["product_id"])
    outside = (items < 1) | (items > n_items)
    refuse_first(
        exposures["product_id"],
        outside,
        "is no product",
        f"ids run from 1 to n_items={n_items}, 0 is padding",
    )
    clicked = exposures["clicked"]
    refuse_first(
        clicked,
        ~clicked.isin([0, 1]).to_numpy(bool),
        "is neither 0 nor 1",
        "use 1 for a click, 0 for none",
    )
    clicks = clicked.to_numpy(dtype=np.float64)

    order = np.lexsort((clicks, items, users))
    return users[order], items[order], clicks[order]


def _integers(column):
    """The ids in a column as int64 (or uint64), or the ValueError that says which is none."""
    ids = normal_ids(column).to_numpy()
    if ids.dtype.kind not in "iu":
        raise ValueError(
            f"column {column.name!r} holds {column.dtype}. Cure: encode it as integers first."
        )
    return ids


def read_ids(ids, name):
    """Integer ids as an array (N,) int64 (or uint64).

    Raises ValueError on any other dtype or shape.
    """
    ids = ids.to_numpy() if isinstance(ids, pd.Series | pd.Index) else np.asarray(ids)
    if ids.ndim == 1 and ids.dtype == object:
        ids = pd.Series(ids).infer_objects().to_numpy()
    if ids.ndim != 1 or (ids.size and ids.dtype.kind not in "iu"):
        raise ValueError(
            f"{name} must be a flat list of integers, not {ids.dtype} of shape {ids.shape}"
        )
    return ids if ids.size and ids.max() >= 2**63 else ids.astype(np.int64)


def read_item_ids(item_ids, n_items):
    """Item ids (N,) int64. Raises ValueError that names the first id outside 1..n_items."""
    item_ids = read_ids(item_ids, "item_ids")
    wrong = item_ids[(item_ids < 1) | (item_ids > n_items)]
    if wrong.size:
        raise ValueError(
            f"product {wrong[0]} is unknown: ids run from 1 to n_items={n_items}, 0 is padding"
        )
    return item_ids


def rows_of_users(user_ids, known):
    """Row of each user in `known`, a pandas Index: (N,) int64.

    Raises ValueError that names the first stranger.
    """
    user_ids = read_ids(user_ids, "user_ids")
    rows = places_in(known, user_ids)
    if (rows < 0).any():
        strangers = user_ids[rows < 0]
        raise ValueError(
            f"user {strangers[0]} is unknown ({len(strangers)} of {len(user_ids)} are): a "
            f"memoryless model has nothing to say about users outside the {len(known)} that it was "
            "given. Cure: leave them out, or fit with them."
        )
    return rows


def exposures_from_interactions(
    interactions: pd.DataFrame,
    n_items: int,
    *,
    n_negatives: int = 4,
    seed: int | torch.Generator = 0,
) -> pd.DataFrame:
    """Turn a log of clicks into exposures: each click once, and beside it products drawn uniformly.

    A drawn product may be one that the user likes, or the clicked one itself: nothing is rejected.
    With r negatives a click, a perfect classifier says P(clicked | u, i) = p(i | u) / (p(i | u) + r
    / n_items). That grows with p(i | u): it ranks the products as p(i | u) does.

    interactions: a log as `validate_interactions` wants it, one row per click, `item_id` in
                  1..n_items.
    n_items:      products are 1..n_items.
    n_negatives:  drawn products a click.
    seed:         of the draw, an integer or a torch.Generator.

    Returns a DataFrame `user_id, product_id, clicked` of len(interactions) * (1 + n_negatives)
    rows, the clicks first.
    Raises ValueError for a bad log, an `item_id` above `n_items`, or `n_negatives` below 1.
    """
    interactions = validate_interactions(interactions)
    users = normal_ids(interactions["user_id"]).to_numpy()
    clicked = _integers(interactions["item_id"])
    check_count("n_negatives", n_negatives)
    drawn = uniform_negatives(clicked, n_negatives, n_items, seed=seed, reject_target=False)
    negatives = drawn.numpy()  # (N, n_negatives)
    return pd.DataFrame(
        {
            "user_id": np.concatenate([users, users.repeat(n_negatives)]),
            "product_id": np.concatenate([clicked, negatives.ravel()]),
            "clicked": np.repeat([1, 0], [clicked.size, negatives.size]),
        }
    )


def click_rates(
    exposures: pd.DataFrame, categories: pd.Series, *, prior: float = 5.0
) -> pd.DataFrame:
    """What a shop knows of its users without asking: how often each clicks, category by category.

    Each rate is drawn towards the category's overall rate by `prior` imagined exposures, so that a
    user who was shown two aquariums and clicked both is not taken for certain:

        rate[u, c] = (clicks[u, c] + prior * rate[c]) / (shown[u, c] + prior)

    Compute it on the *past* of the exposures that a model then learns from: a rate that has seen
    the click which it explains knows the answer.

    exposures:  as `read_exposures` wants them.
    categories: category names, indexed by product id.
    prior:      in imagined exposures, more than 0.

    Returns a DataFrame indexed by `user_id` with the columns `bias` (1.0) and one per category, in
    sorted order.
    Raises ValueError if `prior` is not positive, or a product has no category.
    """
    # Else a user who was never shown a category has no rate of theirs.
    check_positive("prior", prior)
    users, items, clicks = read_exposures(exposures, n_items=int(categories.index.max()))
    names = categories.reindex(items)
    if names.isna().any():
        raise ValueError(
            f"product {names.index[names.isna()][0]} has no category. Cure: add it to `categories`."
        )
    cells = pd.DataFrame({"user_id": users, "category": names.to_numpy(), "clicked": clicks})
    overall = cells.groupby("category")["clicked"].mean()
    table = cells.pivot_table(
        index="user_id",
        columns="category",
        values="clicked",
        aggfunc=["sum", "count"],
        fill_value=0,
    )
    rates = (table["sum"] + prior * overall) / (table["count"] + prior)
    rates.insert(0, "bias", 1.0)
    return rates.rename_axis(columns=None)
