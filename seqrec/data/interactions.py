"""The table of interactions, and the one function that checks it at the border.

One row per event::

    user_id     integers (none negative) or text
    item_id     integers (none negative) or text
    timestamp   numbers, or datetimes with or without a time zone
    outcome     how the event ended, a finite number; needed to train, optional to recommend
    session_id  optional; integers (none negative) or text

Rows may come in any order and times may tie: :mod:`seqrec.data.chronology` sorts them, stably.
Nothing is ever converted behind your back. A column that has to be converted is refused, with the
line of code that converts it.
"""

import numpy as np
import pandas as pd
from pandas.api import types

REQUIRED = ("user_id", "item_id", "timestamp")


def validate_interactions(
    interactions: pd.DataFrame, require_outcome: bool = False
) -> pd.DataFrame:
    """Return `interactions`, the same object and unchanged, or say what is wrong with it.

    interactions:    DataFrame with the columns that this module's docstring lists; further columns
                     are ignored.
    require_outcome: if True, a log without `outcome` is refused (a classifier or regressor needs it
                     to train).

    Raises TypeError if it is not a DataFrame, and ValueError for an empty log, a missing or doubled
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
    if not isinstance(interactions, pd.DataFrame):
        raise TypeError(
            f"interactions must be a pandas DataFrame, got {type(interactions).__name__}."
        )
    columns = list(interactions.columns)
    for name in REQUIRED + (("outcome",) if require_outcome else ()):
        if name not in columns:
            raise ValueError(
                f"column {name!r} is missing; found {columns}. Cure: {_cure_missing(name, columns)}"
            )
    present = [name for name in (*REQUIRED, "outcome", "session_id") if name in columns]
    for name in present:
        if columns.count(name) > 1:
            raise ValueError(
                f"column {name!r} is there {columns.count(name)} times in {columns}. "
                "Cure: keep one."
            )
    if len(interactions) == 0:
        raise ValueError(
            "the log is empty: it has columns but no row. Cure: check the filter before it."
        )
    checks = {"timestamp": _check_times, "outcome": _check_outcomes}
    for name in present:
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
    if not isinstance(clicks, pd.DataFrame):
        raise TypeError(f"clicks must be a pandas DataFrame, got {type(clicks).__name__}.")
    columns = list(clicks.columns)
    for name in ("user_id", "product_id", "clicked"):
        if columns.count(name) != 1:
            raise ValueError(
                f"one column {name!r} is due, found {columns}. Cure: {_cure_missing(name, columns)}"
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


def check_ids(ids):
    """Raise ValueError unless a Series holds ids: integers, none negative, or text, none missing.

    >>> check_ids(pd.Series([3.0, 4.5], name="item_id"))
    Traceback (most recent call last):
    ValueError: column 'item_id', row 1: 4.5 is not an id; ids are integers or text, and this \
column has dtype float64. Cure: find out where it comes from.
    """
    _refuse_missing(ids, "drop these rows")
    not_an_id = f"is not an id; ids are integers or text, and this column has dtype {ids.dtype}"
    if types.is_integer_dtype(ids.dtype):
        if ids.min() < 0:
            cure = "if it marks 'nobody' or 'nothing', drop these rows"
            refuse_first(ids, (ids < 0).to_numpy(bool), "is negative, and no id is", cure)
    elif types.is_float_dtype(ids.dtype):
        values = ids.to_numpy()
        whole = np.isfinite(values) & (values == np.floor(values))
        refuse_first(ids, ~whole, not_an_id, "find out where it comes from")
        refuse_first(ids, np.ones(len(ids), bool), not_an_id, ".astype('int64') on the column")
    elif not _is_text(ids):
        is_text = np.fromiter((isinstance(value, str) for value in ids), bool, len(ids))
        bad = ~is_text if is_text[0] and not is_text.all() else np.ones(len(ids), bool)
        refuse_first(ids, bad, not_an_id, ".astype('int64') or .astype(str) on the column")


def _check_times(times):
    """Raise ValueError unless the Series `times` holds finite numbers or datetimes."""
    dtype = times.dtype
    _refuse_missing(times, "drop these rows")
    if types.is_float_dtype(dtype):
        refuse_first(times, ~np.isfinite(times.to_numpy()), "is not a time", "drop these rows")
    elif not (types.is_integer_dtype(dtype) or types.is_datetime64_any_dtype(dtype)):
        is_text = np.fromiter((isinstance(value, str) for value in times), bool, len(times))
        cure = "pd.to_numeric(...) or pd.to_datetime(...) on the column"
        refuse_first(times, is_text, "is text, and text sorts '10' before '9'", cure)
        refuse_first(times, ~is_text, f"is not a time; this column has dtype {dtype}", cure)


def _check_outcomes(outcomes):
    """Raise ValueError unless the Series `outcomes` holds finite numbers."""
    dtype = outcomes.dtype
    _refuse_missing(outcomes, "drop these rows, or the whole column if you only want to recommend")
    if types.is_float_dtype(dtype):
        bad = ~np.isfinite(outcomes.to_numpy())
        refuse_first(outcomes, bad, "is not an outcome", "drop these rows")
    elif not types.is_integer_dtype(dtype):
        problem = f"is not an outcome; outcomes are numbers, and this column has dtype {dtype}"
        every_row = np.ones(len(outcomes), bool)
        refuse_first(outcomes, every_row, problem, ".astype(float) on the column")


def _is_text(values):
    if isinstance(values.dtype, pd.StringDtype):
        return True
    return types.infer_dtype(values, skipna=False) == "string"


def _refuse_missing(column, cure):
    if column.hasnans:
        refuse_first(column, column.isna().to_numpy(), "is a missing value", cure)


def refuse_first(column, bad, problem, cure):
    """Raise ValueError for the first row in which `bad` is True, if there is one.

    column:  Series (n,), the message names it and shows its value in that row.
    bad:     (n,) bool array.
    problem: what is wrong with the value, as the end of a sentence that begins with it.
    cure:    what to do about it.
    """
    if not bad.any():
        return
    row = int(np.argmax(bad))
    value = _plain(column.iloc[row])
    label = _plain(column.index[row])
    where = f"row {row}"
    if not (isinstance(label, int) and label == row):
        where += f" (index label {label!r})"
    raise ValueError(f"column {column.name!r}, {where}: {value!r} {problem}. Cure: {cure}.")


def _plain(value):
    """NumPy's numbers as Python's, which a message shows as they are typed."""
    return value.item() if isinstance(value, np.generic) else value


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
