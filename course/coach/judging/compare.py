"""Is one value as good as another? If not: what differs, in one sentence.

Exact for ints, bools and text; floats within a tolerance that grows with their coarseness; aware of
structure, type, shape, dtype and device. NaN equals NaN (whether NaN is right is the reference's
affair).
"""

import types
from collections.abc import Iterator
from typing import Any

import numpy as np
import pandas as pd
import torch

from course.coach.judging.short import short
from course.coach.judging.wording import (
    Difference,
    differs,
    inside,
    kind_of,
    unread,
    wrong_count,
    wrong_device,
    wrong_dtype,
    wrong_layout,
    wrong_shape,
    wrong_type,
)
from course.coach.sandbox.values import Unread
from course.coach.verdict import State

_isclose = np.isclose  # an answer may put another in its place
# Relative and absolute tolerance: single precision sums in another order differ in the last two of
# seven digits.
_TOLERANCE = {
    "float64": (1e-6, 1e-9),
    "complex128": (1e-6, 1e-9),
    "float16": (1e-2, 1e-3),
    "bfloat16": (3e-2, 1e-2),
}
_DEFAULT_TOLERANCE = (1e-4, 1e-5)
# Of each value there is one object, in whose place no equal one can stand.
_ONE_OF_EACH = (type, torch.dtype, torch.layout, torch.memory_format)


def difference(got: Any, expected: Any, where: str = "") -> Difference | None:
    """The first difference between `got` and `expected`, or None.

    where: names the part looked at, or is "".
    """
    found = _difference(got, expected, where)
    if found is None:
        return None
    return Difference(found.state, found.says[:1].upper() + found.says[1:])


def _difference(got: Any, expected: Any, where: str) -> Difference | None:
    if got is None and expected is not None:
        if where:
            return Difference(State.WRONG_TYPE, f"{where}is None, expected {kind_of(expected)}.")
        return Difference(State.NOTHING_RETURNED, "It returned nothing. Did you forget `return`?")
    if isinstance(got, types.GeneratorType) and not isinstance(expected, types.GeneratorType):
        return wrong_type(got, expected, where, ": `return`, not `yield`")
    if isinstance(got, Unread) and got.why:
        is_same = isinstance(expected, Unread) and got == expected
        return None if is_same else unread(got, where)
    for kind, compare in _COMPARERS:
        if isinstance(expected, kind):
            return compare(got, expected, where)
    return None if _equal(got, expected) else differs(where, got, expected)


def _equal(got: Any, expected: Any) -> bool:
    if issubclass(type(expected), _ONE_OF_EACH):
        return got is expected
    # Without an == of its own nothing more can be said than the type. A probe's `call` can.
    if type(expected).__eq__ is object.__eq__:
        return type(got) is type(expected)
    try:
        return bool(got == expected)
    except Exception:  # an == that raises or has no single answer: not the same thing
        return False


def _first(differences: Iterator[Difference | None]) -> Difference | None:
    return next((found for found in differences if found is not None), None)


def _compare_bools(got: Any, expected: Any, where: str) -> Difference | None:
    if not isinstance(got, bool | np.bool_):
        return wrong_type(got, expected, where)
    return None if bool(got) == bool(expected) else differs(where, got, expected)


def _compare_numbers(got: Any, expected: Any, where: str) -> Difference | None:
    if isinstance(got, bool | np.bool_) or not isinstance(got, int | float | np.number):
        single = isinstance(got, torch.Tensor | np.ndarray) and np.prod(got.shape) == 1
        return wrong_type(got, expected, where, ": `.item()` makes one of it" if single else "")
    if isinstance(expected, int | np.integer):
        if not isinstance(got, int | np.integer):
            return wrong_type(got, expected, where)
        return None if int(got) == int(expected) else differs(where, got, expected)
    if isinstance(got, int) and got.bit_length() > 1000:  # beyond all floats
        return differs(where, got, expected)
    close = _isclose(got, float(expected), *_DEFAULT_TOLERANCE, equal_nan=True)
    return None if close else differs(where, got, expected)


def _compare_sequences(got: Any, expected: Any, where: str) -> Difference | None:
    if not (isinstance(got, type(expected)) or isinstance(expected, type(got))):
        return wrong_type(got, expected, where)
    if len(got) != len(expected):
        return wrong_count(where or "The result ", len(got), len(expected), "entries")
    pairs = zip(got, expected, strict=True)
    return _first(_difference(g, e, f"{inside(where)}entry {i} ") for i, (g, e) in enumerate(pairs))


def _compare_dicts(got: Any, expected: dict, where: str) -> Difference | None:
    if not isinstance(got, dict):
        return wrong_type(got, expected, where)
    if set(got) != set(expected):
        missing = [key for key in expected if key not in got]
        extra = [key for key in got if key not in expected]
        facts = [f"lacks {short(missing)}"] if missing else []
        facts += [f"has {short(extra)} too many"] if extra else []
        return Difference(
            State.WRONG_SHAPE, f"{where or 'The dict '}{' and '.join(facts)} among its keys."
        )
    return _first(
        _difference(got[key], expected[key], f"{inside(where)}key {key!r} ") for key in expected
    )


def _compare_tensors(got: Any, expected: torch.Tensor, where: str) -> Difference | None:
    if not isinstance(got, torch.Tensor):
        return wrong_type(got, expected, where)
    name = where or "The result "
    if got.shape != expected.shape:
        return wrong_shape(name, tuple(got.shape), tuple(expected.shape))
    if got.dtype != expected.dtype:
        return wrong_dtype(name, got.dtype, expected.dtype)
    if got.device.type != expected.device.type:
        return wrong_device(name, got, expected)
    if got.layout != expected.layout:
        return wrong_layout(name, got.layout, expected.layout)
    tolerance = _TOLERANCE.get(str(expected.dtype).removeprefix("torch."), _DEFAULT_TOLERANCE)
    if expected.dtype in (torch.bfloat16, torch.float16):
        tolerance = _TOLERANCE["bfloat16"]
    return _entries(_numbers(got), _numbers(expected), where, tolerance)


def _numbers(tensor: torch.Tensor) -> np.ndarray:
    tensor = tensor.detach().cpu().to_dense().resolve_conj().resolve_neg()
    # numpy has no bfloat16
    is_half = tensor.dtype in (torch.bfloat16, torch.float16)
    return (tensor.float() if is_half else tensor).numpy()


def _compare_arrays(got: Any, expected: np.ndarray, where: str) -> Difference | None:
    if not isinstance(got, np.ndarray):
        return wrong_type(got, expected, where)
    name = where or "The result "
    if got.shape != expected.shape:
        return wrong_shape(name, got.shape, expected.shape)
    both_text = got.dtype.kind in "US" and expected.dtype.kind == got.dtype.kind
    if got.dtype != expected.dtype and not both_text:
        return wrong_dtype(name, got.dtype, expected.dtype)
    if expected.dtype == object:
        pairs = zip(got.ravel(), expected.ravel(), strict=True)
        return _first(
            _difference(g, e, f"{inside(where)}entry {i} ") for i, (g, e) in enumerate(pairs)
        )
    return _entries(got, expected, where, _TOLERANCE.get(expected.dtype.name, _DEFAULT_TOLERANCE))


def _compare_frames(got: Any, expected: pd.DataFrame, where: str) -> Difference | None:
    if not isinstance(got, pd.DataFrame):
        return wrong_type(got, expected, where)
    name = where or "The table "
    if list(got.columns) != list(expected.columns):
        return Difference(
            State.WRONG_SHAPE,
            f"{name}has the columns {short(list(got.columns))}, expected "
            f"{short(list(expected.columns))}.",
        )
    if len(got) != len(expected):
        return wrong_count(name, len(got), len(expected), "rows")
    places = [f"{inside(where)}column {expected.columns[c]!r} " for c in range(len(got.columns))]
    found = _first(
        _columns(got.iloc[:, c], expected.iloc[:, c], place) for c, place in enumerate(places)
    )
    return found or _index(got, expected, name)


def _compare_series(got: Any, expected: pd.Series, where: str) -> Difference | None:
    if not isinstance(got, pd.Series):
        return wrong_type(got, expected, where)
    name = where or "The Series "
    if len(got) != len(expected):
        return wrong_count(name, len(got), len(expected), "entries")
    return _columns(got, expected, where) or _index(got, expected, name)


def _columns(got: pd.Series, expected: pd.Series, where: str) -> Difference | None:
    if got.dtype != expected.dtype:
        return wrong_dtype(where or "The Series ", got.dtype, expected.dtype)
    return _compare_arrays(got.to_numpy(), expected.to_numpy(), where)


def _index(got: Any, expected: Any, name: str) -> Difference | None:
    if expected.index.equals(got.index):
        return None
    is_plain = isinstance(expected.index, pd.RangeIndex)
    cure = ": `reset_index(drop=True)` gives a new one" if is_plain else ""
    shown = short(got.index.tolist()), short(expected.index.tolist())
    return Difference(State.WRONG, f"{name}has the index {shown[0]}, expected {shown[1]}{cure}.")


def _entries(
    got: np.ndarray, expected: np.ndarray, where: str, tolerance: tuple[float, float]
) -> Difference | None:
    if expected.dtype.kind in "fc":
        same = _isclose(got, expected, *tolerance, equal_nan=True)
    else:
        # a missing date differs from itself
        same = (got == expected) | ((got != got) & (expected != expected))
    if np.all(same):
        return None
    at = tuple(int(i) for i in np.argwhere(~same)[0])
    place = f"{inside(where)}entry [{', '.join(map(str, at))}] " if at else where or "The result "
    wrong = int(np.size(same) - np.count_nonzero(same))
    rest = f" {wrong} of {np.size(same)} entries differ." if wrong > 1 else ""
    return Difference(
        State.WRONG, f"{place}is {short(got[at])}, expected {short(expected[at])}.{rest}"
    )


# bool before int: a bool is an int to Python
_COMPARERS = (
    (bool | np.bool_, _compare_bools),
    (int | float | np.integer | np.floating, _compare_numbers),
    (torch.Tensor, _compare_tensors),
    (np.ndarray, _compare_arrays),
    (pd.DataFrame, _compare_frames),
    (pd.Series, _compare_series),
    (dict, _compare_dicts),
    (list | tuple, _compare_sequences),
)
