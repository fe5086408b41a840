"""What an answer gave back, as plain values: nothing of the answer's own has a say when it is read.

A subclass of an array, a number or a list may compare, convert or print itself as it likes. So each
value is rebuilt from what its base class holds; of what isn't of a known type, only the name and
the text are kept. Read inside the time limit: also a text may take for ever.
"""

import dataclasses
import sys
from collections.abc import Callable
from typing import Any

import numpy as np
import pandas as pd
import torch
from pandas.api.types import is_object_dtype as is_object

from course.coach.sandbox.copies import fresh
from course.coach.sandbox.text import name_of, text_of

# Entries of all parts of a value together: a view of 10^12 entries costs its maker nothing.
MOST_ENTRIES = 2**24
DEEPEST = 50
# Whose classes may speak for themselves: not those of a cell, nor a stand-in of `unittest.mock`.
_KNOWN = ("seqrec", "zooplus_sim", "course", "torch", "numpy", "pandas", "collections", "datetime")
_KNOWN += ("decimal", "enum", "fractions", "pathlib", "types", "uuid", "zoneinfo")
_MADE_BY_CLASS_STATEMENT = 1 << 9  # Py_TPFLAGS_HEAPTYPE
_ATOMS = {int, float, complex, bool, str, bytes, type(None)}

# Taken when the coach is imported: an answer may put others in their places.
_set_class = object.__dict__["__class__"].__set__
_module_of = type.__dict__["__module__"].__get__
_full_name_of = type.__dict__["__qualname__"].__get__
_flags_of = type.__dict__["__flags__"].__get__
_size = np.ndarray.size.__get__
_view = np.ndarray.view
_numel = torch.Tensor.numel
_detach = torch.Tensor.detach
_as_subclass = torch.Tensor.as_subclass
_clone = torch.Tensor.clone
_frame_copy = pd.DataFrame.copy
_series_copy = pd.Series.copy
_untouched = torch._C.DisableTorchFunctionSubclass


@dataclasses.dataclass(frozen=True)
class Unread:
    """In place of a value that isn't taken.

    name: of its type.
    text: what it says of itself, cut.
    why:  what is wrong with it, as the end of a sentence ("has 10 entries"); "": only its type.
    """

    name: str
    text: str
    why: str = ""


def taken(value: Any) -> Any:
    """`value` rebuilt of exact arrays, tensors, tables, numbers, texts and containers of these.

    It shares nothing with the original. What can't be had is an Unread in its place.
    """
    return _Reader().read(value, 0)


def as_plain_tensor(tensor: torch.Tensor) -> torch.Tensor:
    """The same numbers and the same gradients, without what a subclass adds."""
    if type(tensor) is torch.Tensor:
        return tensor
    with _untouched():
        return _as_subclass(tensor, torch.Tensor)


def is_known(kind: type) -> bool:
    """Whether a type is built in, or found under its name in a library that is trusted."""
    if not _flags_of(kind) & _MADE_BY_CLASS_STATEMENT:
        return True
    module = _module_of(kind)
    if type(module) is not str or module.partition(".")[0] not in _KNOWN:
        return False
    found = sys.modules.get(module)
    for part in _full_name_of(kind).split("."):
        found = getattr(found, part, None)
    return found is kind


class _Reader:
    """Reads one value with all its parts."""

    def __init__(self) -> None:
        self._left = MOST_ENTRIES

    def read(self, value: Any, depth: int) -> Any:
        kind = type(value)
        if kind in _ATOMS:
            self._left -= 1
            return value
        if depth > DEEPEST:
            return Unread(name_of(kind), "…", f"is nested more than {DEEPEST} deep")
        if kind in _EXACT:
            return _EXACT[kind](self, value, depth)
        for base, read in _READERS:
            if issubclass(kind, base):
                return read(self, value, depth)
        if not is_known(kind):
            return Unread(name_of(kind), text_of(value))
        if dataclasses.is_dataclass(kind):
            return self._dataclass(value, depth)
        try:
            return fresh(value)
        except Exception:  # generators, locks and the like have no copy: judged by their type
            return value

    def has_room(self, entries: int) -> bool:
        self._left -= entries
        return self._left >= 0

    def array(self, value: np.ndarray, depth: int) -> Any:
        if issubclass(type(value), np.ma.MaskedArray):
            cure = "`.filled(...)` makes an ordinary one of it"
            return Unread("MaskedArray", "a masked array", f"is a masked array: {cure}")
        plain = _view(value, np.ndarray)
        if not self.has_room(_size(plain)):
            return _too_many("array", plain.shape)
        plain = plain.copy()
        if plain.dtype == object:
            flat = plain.reshape(-1)
            for place, entry in enumerate(flat.tolist()):
                flat[place] = self.read(entry, depth + 1)
        return plain

    def tensor(self, value: torch.Tensor, _: int) -> Any:
        with _untouched():
            is_sparse = value.layout != torch.strided
            entries = value._nnz() if value.layout == torch.sparse_coo else _numel(value)
            if not self.has_room(entries) or (is_sparse and _numel(value) > MOST_ENTRIES):
                return _too_many("tensor", tuple(value.shape))
            return _clone(as_plain_tensor(_detach(value)))

    def frame(self, value: pd.DataFrame, depth: int) -> Any:
        table = _exact(value, pd.DataFrame, _frame_copy)
        if isinstance(table, Unread):
            return table
        if not self.has_room(table.size):
            return _too_many("table", table.shape)
        for position, dtype in enumerate(table.dtypes):
            if is_object(dtype):
                cells = self._cells(table.iloc[:, position], depth)
                table.isetitem(position, pd.Series(cells, index=table.index, dtype=object))
        return table

    def series(self, value: pd.Series, depth: int) -> Any:
        column = _exact(value, pd.Series, _series_copy)
        if isinstance(column, Unread):
            return column
        if not self.has_room(column.size):
            return _too_many("Series", column.shape)
        if is_object(column.dtype):
            column.iloc[:] = self._cells(column, depth)
        return column

    def scalar(self, value: np.generic, _: int) -> Any:
        if is_known(type(value)):
            return value
        plain = np.array(value)[()]
        return plain if is_known(type(plain)) else Unread(name_of(type(value)), "…")

    def list(self, value: list, depth: int) -> Any:
        if not self.has_room(list.__len__(value)):
            return _too_many("list", (list.__len__(value),))
        if _ATOMS.issuperset(map(type, list.__iter__(value))):
            return list.copy(value)
        return [self.read(entry, depth + 1) for entry in list.__iter__(value)]

    def tuple(self, value: tuple, depth: int) -> Any:
        kind = type(value)
        if kind is torch.Size:
            return value
        if not self.has_room(tuple.__len__(value)):
            return _too_many("tuple", (tuple.__len__(value),))
        entries = [self.read(entry, depth + 1) for entry in tuple.__iter__(value)]
        has_names = kind is not tuple and hasattr(kind, "_fields") and is_known(kind)
        return tuple.__new__(kind, entries) if has_names else tuple(entries)

    def dict(self, value: dict, depth: int) -> Any:
        if not self.has_room(dict.__len__(value)):
            return _too_many("dict", (dict.__len__(value),))
        pairs = list(dict.items(value))
        return {self.read(key, depth + 1): self.read(entry, depth + 1) for key, entry in pairs}

    def set(self, value: Any, depth: int) -> Any:
        base = set if issubclass(type(value), set) else frozenset
        if not self.has_room(base.__len__(value)):
            return _too_many("set", (base.__len__(value),))
        return base([self.read(entry, depth + 1) for entry in base.__iter__(value)])

    def _dataclass(self, value: Any, depth: int) -> Any:
        result = object.__new__(type(value))
        for field in dataclasses.fields(value):
            held = object.__getattribute__(value, field.name)
            object.__setattr__(result, field.name, self.read(held, depth + 1))
        return result

    def _cells(self, column: pd.Series, depth: int) -> np.ndarray:
        cells = np.empty(len(column), dtype=object)
        for row, cell in enumerate(column):
            cells[row] = self.read(cell, depth + 1)
        return cells


def _exact(value: Any, base: type, copied: Callable) -> Any:
    """A copy of a table as one of the library's own class, without attributes put on it."""
    if type(value) is not base:
        _set_class(value, base)
    result = copied(value)
    axes = result.axes if all(is_known(type(axis)) for axis in result.axes) else None
    return Unread("table", "a table", "has an index of an unknown kind") if axes is None else result


def _too_many(name: str, shape: tuple) -> Unread:
    sizes = " x ".join(f"{size:,}" for size in shape[:8])
    why = f"has {sizes} entries, more than the {MOST_ENTRIES:,} that are looked at"
    return Unread(name, f"{name} of {sizes} entries", why)


# by base class; bool has no subclasses
_READERS = (
    (np.ndarray, _Reader.array),
    (torch.Tensor, _Reader.tensor),
    (pd.DataFrame, _Reader.frame),
    (pd.Series, _Reader.series),
    (np.generic, _Reader.scalar),
    (list, _Reader.list),
    (tuple, _Reader.tuple),
    (dict, _Reader.dict),
    (set | frozenset, _Reader.set),
    (int, lambda reader, value, depth: int.__int__(value)),
    (float, lambda reader, value, depth: float.__float__(value)),
    (complex, lambda reader, value, depth: complex.__complex__(value)),
    (str, lambda reader, value, depth: str.__str__(value)),
    (bytes, lambda reader, value, depth: bytes.__getitem__(value, slice(None))),
)
_EXACT = {base: read for base, read in _READERS if isinstance(base, type)}
