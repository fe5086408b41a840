"""A cell of a catalogue: is it there? And what is wrong with some of them."""

import pandas as pd

#: What is wrong with some cells: pairs of a row and a sentence's end.
Wrong = list[tuple[int, str]]


def is_missing(cell):
    """None, NaN, NaT or pd.NA; a list is never missing."""
    return pd.api.types.is_scalar(cell) and bool(pd.isna(cell))


def check_column(kind):
    """Raise ValueError unless the column has a name."""
    if not isinstance(kind.column, str) or not kind.column or kind.column == "item_id":
        raise ValueError(
            f"{type(kind).__name__} needs the name of a column of the catalogue, got "
            f"{kind.column!r}. (item_id says which product a row is, not what it is.)"
        )
