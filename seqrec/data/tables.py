"""Tables of other libraries as pandas', where that loses nothing; else the call that does it.

polars and pyarrow hand their columns over through Arrow, integers with holes among them. What is
not computed yet (Dask, a lazy frame of polars, Spark) is not computed behind your back.
"""

from collections.abc import Mapping

import pandas as pd

from seqrec.checks import shown
from seqrec.data.refusals import found

#: Methods that make a pandas table of one that is refused, most of all Dask's and polars'.
CONVERSIONS = ("compute", "collect", "to_pandas", "toPandas", "_to_pandas")


def as_frame(table, name):
    """`table` itself if it is a pandas DataFrame, else a new DataFrame with the same columns.

    name: what the message calls it.

    Raises TypeError for what is no table, or would lose something; the message names its module
    and, if there is one, the method that converts it. Raises ImportError without pyarrow.
    """
    if isinstance(table, pd.DataFrame):
        return table
    is_whole = hasattr(table, "columns") and not hasattr(table, "compute")
    if is_whole and hasattr(table, "__arrow_c_stream__"):
        return _from_arrow(_pyarrow(table, name).table(table))
    if is_whole and hasattr(table, "__dataframe__"):
        _pyarrow(table, name)
        from pyarrow import interchange

        return _from_arrow(interchange.from_dataframe(table))
    cure = next((method for method in CONVERSIONS if hasattr(table, method)), None)
    cure = "" if cure is None else f" Cure: {name}.{cure}()."
    raise TypeError(f"{name} must be a pandas DataFrame, got {_kind(table)}.{cure}")


def renamed(table, columns, name):
    """A DataFrame with some of its columns renamed: a new one, or `table` itself without any.

    columns: {name in the table: new name} or None.
    name:    what the message calls the table.

    Raises ValueError for a column that is not there, and TypeError for what is no dictionary.
    """
    if columns is None:
        return table
    if not isinstance(columns, Mapping):
        raise TypeError(
            f"columns must be a dict such as {{'sku': 'item_id'}}, got {shown(columns)}. Cure: "
            "{name in the table: name here}."
        )
    for column in columns:
        if column not in table.columns:
            raise ValueError(
                f"{name} has no column {shown(column)}; found {found(table.columns)}. Cure: a "
                "`columns` whose keys are names in the table."
            )
    return table.rename(columns=columns)


def _from_arrow(table):
    """A DataFrame of Arrow's own columns; categories become pandas'."""
    from pyarrow import types

    def dtype(kind):
        return None if types.is_dictionary(kind) else pd.ArrowDtype(kind)

    return table.to_pandas(types_mapper=dtype)


def _pyarrow(table, name):
    try:
        import pyarrow
    except ModuleNotFoundError:
        raise ImportError(
            f"{name} is a {_kind(table)}, which is read through Arrow. Cure: pip install pyarrow, "
            f"or {name}.to_pandas()."
        ) from None
    return pyarrow


def _kind(table):
    kind = type(table)
    return f"{kind.__module__}.{kind.__qualname__}".removeprefix("builtins.")
