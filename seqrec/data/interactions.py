"""The table of interactions, and the one function that checks it at the border.

One row per event::

    user_id     integers (none negative) or text, see :mod:`seqrec.data.ids`
    item_id     the same
    timestamp   numbers, or datetimes with or without a time zone
    outcome     how the event ended, a finite number; looked at by what learns from outcomes only
    session_id  ids too; looked at by what cuts at sessions only

Rows may come in any order and times may tie: :mod:`seqrec.data.chronology` sorts them, stably.
Nothing is ever changed behind your back. A column that would lose something is refused, with the
line of code that converts it.
"""

from collections.abc import Mapping

import numpy as np
import pandas as pd
from pandas.api import types

from seqrec.data.ids import check_ids
from seqrec.data.refusals import found, refuse_all, refuse_first, refuse_missing
from seqrec.data.tables import as_frame, renamed
from seqrec.data.times import normal_times

REQUIRED = ("user_id", "item_id", "timestamp")


def validate_interactions(
    interactions: pd.DataFrame,
    require_outcome: bool = False,
    *,
    columns: Mapping[str, str] | None = None,
) -> pd.DataFrame:
    """Return `interactions`, the same object and unchanged, or say what is wrong with it.

    interactions:    DataFrame with the columns that this module's docstring lists; further columns
                     are ignored. Another library's table (polars, pyarrow) comes back as a new
                     DataFrame, if that loses nothing.
    require_outcome: if True, `outcome` must be there and hold numbers (a classifier or regressor
                     needs it to train). If False, it is not looked at.
    columns:         {name in the table: name here} for those that are called otherwise, such as
                     {"sku": "item_id"}; what comes back is a new DataFrame then.

    Raises TypeError if it is no such table, and ValueError for an empty log, a missing or doubled
    column, a missing value, a negative id, an id that is neither an integer nor text, a time that
    is text, an infinite number. The message names the column, the first bad row (counted from 0),
    the value found there and the cure.

    >>> log = pd.DataFrame({"user_id": [7, 7], "item_id": [3, 5], "timestamp": [10.0, 20.0]})
    >>> validate_interactions(log) is log
    True
    >>> validate_interactions(log.assign(timestamp=["10", "9"]))
    Traceback (most recent call last):
    ValueError: column 'timestamp', row 0: '10' is text, and text sorts '10' before '9'. Cure: \
pd.to_numeric(...) or pd.to_datetime(...) on the column.
    """
    interactions = renamed(as_frame(interactions, "interactions"), columns, "interactions")
    columns = list(interactions.columns)
    needed = REQUIRED + (("outcome",) if require_outcome else ())
    for name in needed:
        if name not in columns:
            raise ValueError(
                f"column {name!r} is missing; found {found(columns)}. "
                f"Cure: {_cure_missing(name, columns)}"
            )
    present = [name for name in (*REQUIRED, "outcome", "session_id") if name in columns]
    for name in present:
        if columns.count(name) > 1:
            raise ValueError(
                f"column {name!r} is there {columns.count(name)} times in {found(columns)}. "
                "Cure: keep one."
            )
    if len(interactions) == 0:
        raise ValueError(
            "the log is empty: it has columns but no row. Cure: check the filter before it."
        )
    checks = {"timestamp": normal_times, "outcome": check_outcomes}
    for name in needed:
        checks.get(name, check_ids)(interactions[name])
    return interactions


def interactions_from_clicks(clicks: pd.DataFrame) -> pd.DataFrame:
    """Turn a log of exposures with columns `user_id, product_id, clicked` into interactions.

    clicks: DataFrame, one row per exposure in the order in which they happened; `clicked` is 0 or
            1, or a bool.

    Returns a new DataFrame with one row per click: `user_id`, `item_id`, `timestamp` and `outcome`.
    Such a log has no clock, so the timestamp of a click is its row number among all exposures
    (int64): only the order means something. The outcome is 1.0 in each row, because an exposure
    without a click is not an event of the user.

    Raises TypeError or ValueError: not a DataFrame, a missing or doubled column, ids that
    :func:`check_ids` refuses, `clicked` other than 0 or 1, no click at all.

    >>> clicks = pd.DataFrame({"user_id": [1, 2, 1], "product_id": [9, 9, 4], "clicked": [1, 0, 1]})
    >>> interactions_from_clicks(clicks)
       user_id  item_id  timestamp  outcome
    0        1        9          0      1.0
    1        1        4          2      1.0
    """
    clicks = as_frame(clicks, "clicks")
    columns = list(clicks.columns)
    for name in ("user_id", "product_id", "clicked"):
        if columns.count(name) != 1:
            raise ValueError(
                f"one column {name!r} is due, found {found(columns)}. "
                f"Cure: {_cure_missing(name, columns)}"
            )
    check_ids(clicks["user_id"])
    check_ids(clicks["product_id"])
    clicked = clicks["clicked"]
    good = clicked.isin([0, 1]).to_numpy(bool)
    refuse_first(clicked, ~good, "is neither 0 nor 1", "pass the log as it was recorded")
    rows = np.flatnonzero(clicked.to_numpy(bool))
    if len(rows) == 0:
        raise ValueError(
            "column 'clicked' is 0 in every row: no click, no interaction. Cure: a longer log."
        )
    return pd.DataFrame(
        {
            "user_id": clicks["user_id"].iloc[rows].reset_index(drop=True),
            "item_id": clicks["product_id"].iloc[rows].reset_index(drop=True),
            "timestamp": rows,
            "outcome": np.ones(len(rows)),
        }
    )


def check_outcomes(outcomes):
    """Raise ValueError unless the Series `outcomes` holds finite numbers."""
    dtype = outcomes.dtype
    refuse_missing(outcomes, "drop these rows, or the whole column if you only want to recommend")
    if types.is_float_dtype(dtype):
        bad = ~np.isfinite(outcomes.to_numpy())
        refuse_first(outcomes, bad, "is not an outcome", "drop these rows")
    elif not types.is_integer_dtype(dtype):
        problem = f"is not an outcome; outcomes are numbers, and this column has dtype {dtype}"
        cure = ".astype(float) on the column"
        if pd.to_numeric(outcomes.astype(object), errors="coerce").isna().any():
            cure = ".map({...}) on the column, with a number for each of its values"
        refuse_all(outcomes, problem, cure)


def _cure_missing(name, columns):
    """The most likely cure for a missing column."""
    alike = [column for column in columns if str(column).lower() == name]
    if alike:
        return f"interactions.rename(columns={{{alike[0]!r}: {name!r}}})."
    if name == "item_id" and "product_id" in columns:
        return (
            "interactions_from_clicks(...) for a log of exposures, or rename 'product_id' to "
            "'item_id'."
        )
    return f"rename the column that holds it to {name!r}, or add it."
