"""A value as JSON and raw bytes; `values` makes messages of that, and reads them.

Types are exact: of a subclass only its plain numbers are taken, and what has no plain form becomes
an `Other`.
"""

import dataclasses
from typing import Any

import numpy as np
import pandas as pd
import torch

LARGEST = 64 * 2**20  # bytes of one message
LIBRARIES = ("seqrec.", "zooplus_sim.")
PLAIN_KINDS = "biufcUSmM"
DTYPES = {
    str(dtype).removeprefix("torch."): dtype
    for dtype in vars(torch).values()
    if isinstance(dtype, torch.dtype) and not str(dtype).startswith("torch.q")
}


@dataclasses.dataclass(frozen=True)
class Other:
    """Something that can't be handed over by value; equal to nothing.

    name: what it is, such as "a generator".
    """

    name: str

    def __eq__(self, other: object) -> bool:
        return False

    __hash__ = None

    def __repr__(self) -> str:
        return f"<{self.name}>"


def tree_of(value: Any, blobs: list[bytes]) -> list:
    """A value as JSON: [kind, ...]; the raw bytes of arrays go into `blobs`."""
    kind = type(value)
    if value is None or kind is bool:
        return ["=", value]
    if kind is int:
        return ["int", hex(value)]
    if kind is float:
        return ["float", value.hex()]
    if kind is str:
        return ["str", value]
    if kind in (list, tuple, set, frozenset):
        return [kind.__name__, [tree_of(entry, blobs) for entry in value]]
    if kind is dict:
        pairs = [[tree_of(key, blobs), tree_of(entry, blobs)] for key, entry in value.items()]
        return ["dict", pairs]
    if isinstance(value, np.generic):
        return ["scalar", *_array(np.asarray(value), blobs)[1:]]
    if isinstance(value, np.ndarray):
        return _array(np.ndarray.view(value, np.ndarray), blobs)
    if isinstance(value, torch.Tensor):
        return _tensor(value, blobs)
    if isinstance(value, pd.Series | pd.DataFrame):
        return _table(value, blobs)
    if kind is torch.dtype:
        return ["dtype", str(value).removeprefix("torch.")]
    return _record(value, blobs)


def _array(value: np.ndarray, blobs: list[bytes]) -> list:
    if value.size * max(value.itemsize, 1) > LARGEST:
        return ["other", f"an array of shape {value.shape}"]
    if value.dtype == object:
        entries = [tree_of(entry, blobs) for entry in value.ravel().tolist()]
        return ["objects", list(value.shape), entries]
    if value.dtype.kind not in PLAIN_KINDS:
        return ["other", f"an array of {value.dtype}"]
    blobs.append(value.tobytes())
    return ["array", value.dtype.str, list(value.shape), len(blobs) - 1]


def _tensor(value: torch.Tensor, blobs: list[bytes]) -> list:
    name = str(value.dtype).removeprefix("torch.")
    if value.layout is not torch.strided or name not in DTYPES:
        return ["other", f"a tensor of {value.layout}, {value.dtype}"]
    plain = torch.Tensor.detach(value).as_subclass(torch.Tensor)
    if plain.numel() * plain.element_size() > LARGEST:
        return ["other", f"a tensor of shape {tuple(plain.shape)}"]
    flat = plain.cpu().resolve_conj().resolve_neg().contiguous().reshape(-1)
    blobs.append(flat.view(torch.uint8).numpy().tobytes() if flat.numel() else b"")
    return ["tensor", name, list(plain.shape), len(blobs) - 1]


def _table(value: pd.Series | pd.DataFrame, blobs: list[bytes]) -> list:
    index = _index(value.index, blobs)
    if isinstance(value, pd.Series):
        return ["series", _column(value, blobs), index]
    labels = tree_of(value.columns.tolist(), blobs)
    columns = [_column(value.iloc[:, c], blobs) for c in range(value.shape[1])]
    return ["frame", labels, columns, index]


def _column(value: pd.Series, blobs: list[bytes]) -> list:
    """[dtype, entries]: dtypes that NumPy lacks travel by their name and a list."""
    if isinstance(value.dtype, np.dtype):
        return ["", _array(value.to_numpy(), blobs)]
    entries = [None if pd.isna(entry) else entry for entry in value.astype(object)]
    return [str(value.dtype), tree_of(entries, blobs)]


def _index(index: pd.Index, blobs: list[bytes]) -> list:
    if type(index) is pd.RangeIndex:
        return ["range", index.start, index.stop, index.step]
    if isinstance(index, pd.MultiIndex):
        return ["many", tree_of(index.tolist(), blobs)]
    return ["index", _column(index.to_series(), blobs)]


def _record(value: Any, blobs: list[bytes]) -> list:
    """A named tuple or a dataclass of our libraries, by its fields."""
    kind = type(value)
    where = str(kind.__module__)
    if where.startswith(LIBRARIES):
        if isinstance(value, tuple):
            fields = {str(n): entry for n, entry in enumerate(value)}
        elif dataclasses.is_dataclass(kind):
            fields = {field.name: getattr(value, field.name) for field in dataclasses.fields(kind)}
        else:
            return ["other", f"a {kind.__name__}"]
        return ["record", where, kind.__qualname__, tree_of(fields, blobs)]
    if isinstance(value, Other):
        return ["other", value.name]
    return ["other", f"a {kind.__name__}"]
