"""Times of a log, as NumPy's numbers or datetimes, whatever a shop's table made of them."""

import numpy as np
import pandas as pd
from pandas.api import types

from seqrec.data.refusals import refuse_all, refuse_first, refuse_missing

#: What makes a time of a column that holds none; the first that fits.
CURES = (
    (types.is_bool_dtype, ".astype('int64') on the column"),
    (types.is_timedelta64_dtype, ".dt.total_seconds() on the column"),
    (types.is_complex_dtype, ".map(lambda time: time.real) on the column"),
    (lambda dtype: isinstance(dtype, pd.CategoricalDtype), ".astype(object) on the column"),
    (lambda dtype: isinstance(dtype, pd.PeriodDtype), ".dt.to_timestamp() on the column"),
)
#: The same for a column of objects, by what pandas calls them.
OF_OBJECTS = {
    **dict.fromkeys(("date", "datetime", "datetime64"), "pd.to_datetime(...) on the column"),
    **dict.fromkeys(
        ("decimal", "integer", "floating", "mixed-integer-float"),
        ".astype('float64') on the column",
    ),
    "boolean": ".astype('int64') on the column",
}


def normal_times(times):
    """The times as a Series (n,) of NumPy's integers, floats or datetimes (which keep their zone).

    times: Series, pandas', Arrow's or plain; numbers, datetimes, or Arrow's dates.

    Raises ValueError that names the first one that is missing, infinite, or no time.
    """
    dtype = times.dtype
    refuse_missing(times, "drop these rows")
    if types.is_datetime64_any_dtype(dtype):
        return times.astype(_datetime(dtype.pyarrow_dtype)) if _is_arrow(dtype) else times
    if types.is_integer_dtype(dtype) or types.is_float_dtype(dtype):
        values = times.to_numpy()
        if values.dtype.kind == "f":
            refuse_first(times, ~np.isfinite(values), "is not a time", "drop these rows")
        return times if values.dtype == dtype else pd.Series(values, times.index, name=times.name)
    is_text = np.fromiter((isinstance(value, str) for value in times), bool, len(times))
    cure = "pd.to_numeric(...) or pd.to_datetime(...) on the column"
    refuse_first(times, is_text, "is text, and text sorts '10' before '9'", cure)
    refuse_all(times, f"is not a time; this column has dtype {dtype}", _cure(times))


def time_numbers(times):
    """Times as numbers that sort as they do: (n,) integers or floats.

    A datetime becomes its clock ticks since 1970 in UTC. May be a view of `times`. Raises as
    `normal_times` does.
    """
    times = normal_times(times)
    return (times if times.dtype.kind in "iuf" else times.astype("int64")).to_numpy()


def joined_times(first, second):
    """The times of one column behind those of another, as one Series.

    Raises ValueError where integers would lose digits beside floats.
    """
    first = normal_times(first)
    second = normal_times(second)
    if {first.dtype.kind, second.dtype.kind} in ({"i", "f"}, {"u", "f"}, {"i", "u"}):
        for times in (first, second):
            if times.dtype.kind in "iu":
                is_large = np.abs(times.astype(object)).to_numpy() > 2**53
                problem = f"has digits that are lost beside {second.dtype} and {first.dtype}"
                refuse_first(times, is_large, problem, "one dtype for the times of both logs")
    return pd.concat([first, second], ignore_index=True)


def _is_arrow(dtype):
    return isinstance(dtype, pd.ArrowDtype)


def _datetime(arrow_type):
    """The dtype of pandas for a timestamp or date of Arrow's."""
    if not hasattr(arrow_type, "tz"):
        # A date; of the days and milliseconds it has, pandas counts the seconds.
        return "datetime64[s]"
    if arrow_type.tz is None:
        return f"datetime64[{arrow_type.unit}]"
    return pd.DatetimeTZDtype(arrow_type.unit, arrow_type.tz)


def _cure(times):
    for is_kind, cure in CURES:
        if is_kind(times.dtype):
            return cure
    kind = types.infer_dtype(times, skipna=False)
    if kind == "integer" and max(map(abs, times)) < 2**63:
        return ".astype('int64') on the column"
    return OF_OBJECTS.get(kind, ".map({...}) on the column, with a number for each of its values")
