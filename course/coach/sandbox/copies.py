"""Copies that share nothing with the original."""

import copy
from typing import Any

import numpy as np
import pandas as pd
from pandas.api.types import is_object_dtype as is_object


def fresh(value: Any) -> Any:
    """A deep copy of call arguments.

    Unlike pandas' own, it also copies lists and arrays that sit in table cells.
    """
    result = copy.deepcopy(value)
    for table in _tables(result):
        _copy_cells(table)
    return result


def _tables(value: Any) -> list[pd.DataFrame | pd.Series]:
    if isinstance(value, pd.DataFrame | pd.Series):
        return [value]
    if isinstance(value, dict):
        value = list(value.values())
    if isinstance(value, tuple | list):
        return [table for entry in value for table in _tables(entry)]
    return []


def _copy_cells(table: pd.DataFrame | pd.Series) -> None:
    if isinstance(table, pd.Series):
        if is_object(table.dtype):
            table.iloc[:] = _copied(table)
        return
    for position, dtype in enumerate(table.dtypes):
        if is_object(dtype):
            cells = _copied(table.iloc[:, position])
            table.isetitem(position, pd.Series(cells, index=table.index, dtype=object))


def _copied(cells: pd.Series) -> np.ndarray:
    copies = np.empty(len(cells), dtype=object)
    for row, cell in enumerate(cells):
        copies[row] = copy.deepcopy(cell)
    return copies
