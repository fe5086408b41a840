"""Copies that share nothing with the original."""

import copy
from typing import Any

import numpy as np
import pandas as pd
import torch


def fresh(value: Any) -> Any:
    """A deep copy of call arguments.

    Unlike pandas' own, it also copies lists and arrays that sit in table cells.
    """
    result = copy.deepcopy(value)
    for table in _tables(result):
        _copy_cells(table)
    return result


def snapshot(value: Any) -> Any:
    """What `value` holds now, detached from autograd and from whoever else may still edit it."""
    if isinstance(value, torch.Tensor):
        return value.detach().clone()
    if type(value) in (tuple, list):
        return type(value)(snapshot(entry) for entry in value)
    if type(value) is dict:
        return {key: snapshot(entry) for key, entry in value.items()}
    try:
        return fresh(value)
    except Exception:  # generators, locks and the like have no copy; they are judged by their type
        return value


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
        if table.dtype.kind == "O":
            table.iloc[:] = _copied(table)
        return
    for position, dtype in enumerate(table.dtypes):
        if dtype.kind == "O":
            cells = _copied(table.iloc[:, position])
            table.isetitem(position, pd.Series(cells, index=table.index, dtype=object))


def _copied(cells: pd.Series) -> np.ndarray:
    copies = np.empty(len(cells), dtype=object)
    for row, cell in enumerate(cells):
        copies[row] = copy.deepcopy(cell)
    return copies
