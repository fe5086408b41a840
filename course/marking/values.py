"""Values as bytes and back: numbers, arrays, tensors, tables and containers of exact types.

An answer's results cross a pipe in this form. Nothing of it is code: whatever arrives, reading it
makes plain values only, or raises `Unreadable`.
"""

import dataclasses
import json
import math
import struct
import sys
from collections.abc import Callable
from typing import Any

import numpy as np
import pandas as pd
import torch

from course.marking.trees import DTYPES, LARGEST, LIBRARIES, PLAIN_KINDS, Other, tree_of


class Unreadable(ValueError):
    """Bytes that are no message, or one that is too large."""


def pack(value: Any) -> bytes:
    """The bytes of a value. Where a part has no plain form, an `Other` takes its place."""
    blobs: list[bytes] = []
    tree = json.dumps(tree_of(value, blobs)).encode()
    sizes = json.dumps([len(blob) for blob in blobs]).encode()
    data = b"".join([struct.pack(">II", len(tree), len(sizes)), tree, sizes, *blobs])
    return data if len(data) <= LARGEST else pack(Other("a result that is too large"))


def unpack(data: bytes) -> Any:
    """The value of `pack`'s bytes. Raises Unreadable for others, and nothing else."""
    try:
        n_tree, n_sizes = struct.unpack_from(">II", data)
        start = 8 + n_tree + n_sizes
        tree = json.loads(data[8 : 8 + n_tree])
        blobs = []
        for size in json.loads(data[8 + n_tree : start]):
            if type(size) is not int or not 0 <= size <= len(data) - start:
                raise Unreadable("a part is longer than the message")
            blobs.append(data[start : start + size])
            start += size
        return _value(tree, blobs)
    except Exception as error:
        raise Unreadable(f"not a message: {type(error).__name__}") from None


def _value(tree: list, blobs: list[bytes]) -> Any:
    return _READERS[tree[0]](blobs, *tree[1:])


def _entries_into(kind: Callable) -> Callable:
    return lambda blobs, entries: kind([_value(entry, blobs) for entry in entries])


def _read_dict(blobs: list[bytes], pairs: list) -> dict:
    return {_value(key, blobs): _value(entry, blobs) for key, entry in pairs}


def _read_array(blobs: list[bytes], dtype: str, shape: list[int], number: int) -> np.ndarray:
    kind = np.dtype(str(dtype))
    if kind.kind not in PLAIN_KINDS:
        raise Unreadable(f"an array of {kind}")
    blob = blobs[number]
    if len(blob) != math.prod(shape) * kind.itemsize:
        raise Unreadable("an array of another length than its shape")
    flat = np.frombuffer(blob, kind) if blob else np.empty(math.prod(shape), kind)
    return flat.reshape(shape).copy()


def _read_objects(blobs: list[bytes], shape: list[int], entries: list) -> np.ndarray:
    values = np.empty(len(entries), dtype=object)
    for number, entry in enumerate(entries):
        values[number] = _value(entry, blobs)
    return values.reshape(shape)


def _read_tensor(blobs: list[bytes], name: str, shape: list[int], number: int) -> torch.Tensor:
    if not blobs[number]:
        return torch.empty(shape, dtype=DTYPES[name])
    flat = torch.frombuffer(bytearray(blobs[number]), dtype=DTYPES[name])
    return flat.reshape(shape)


def _read_column(blobs: list[bytes], dtype: str, entries: list) -> pd.Series:
    return pd.Series(_value(entries, blobs), dtype=str(dtype) or None)


def _read_index(blobs: list[bytes], kind: str, *parts: Any) -> pd.Index:
    if kind == "range":
        return pd.RangeIndex(*parts)
    if kind == "many":
        return pd.MultiIndex.from_tuples(_value(parts[0], blobs))
    return pd.Index(_read_column(blobs, *parts[0]))


def _read_series(blobs: list[bytes], column: list, index: list) -> pd.Series:
    return _read_column(blobs, *column).set_axis(_read_index(blobs, *index))


def _read_frame(blobs: list[bytes], labels: list, columns: list, index: list) -> pd.DataFrame:
    rows = _read_index(blobs, *index)
    parts = [_read_column(blobs, *column).set_axis(rows) for column in columns]
    table = pd.concat(parts, axis=1) if parts else pd.DataFrame(index=rows)
    return table.set_axis(_value(labels, blobs), axis=1)


def _read_record(blobs: list[bytes], where: str, name: str, fields: list) -> Any:
    if not where.startswith(LIBRARIES):
        raise Unreadable("a record of another library")
    # what is expected is loaded already
    kind = getattr(sys.modules[where], name)
    values = _value(fields, blobs)
    if issubclass(kind, tuple):
        return tuple.__new__(kind, list(values.values()))
    if not dataclasses.is_dataclass(kind) or set(values) != {f.name for f in _fields(kind)}:
        raise Unreadable("a record with other fields")
    record = object.__new__(kind)
    for field, entry in values.items():
        object.__setattr__(record, field, entry)
    return record


def _fields(kind: type) -> tuple:
    return dataclasses.fields(kind)


_READERS = {
    "=": lambda blobs, value: value if value is None else bool(value),
    "int": lambda blobs, text: int(text, 16),
    "float": lambda blobs, text: float.fromhex(text),
    "str": lambda blobs, text: str(text),
    "list": _entries_into(list),
    "tuple": _entries_into(tuple),
    "set": _entries_into(set),
    "frozenset": _entries_into(frozenset),
    "dict": _read_dict,
    "array": _read_array,
    "scalar": lambda blobs, *parts: _read_array(blobs, *parts)[()],
    "objects": _read_objects,
    "tensor": _read_tensor,
    "dtype": lambda blobs, name: DTYPES[name],
    "series": _read_series,
    "frame": _read_frame,
    "record": _read_record,
    "other": lambda blobs, name: Other(str(name)[:80]),
}
