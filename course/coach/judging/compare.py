"""Is one value as good as another? If not: what differs, in one sentence.

Exact for ints, bools and text; floats within a tolerance that grows with their coarseness; aware of
structure, type, shape, dtype and device. NaN equals NaN (whether NaN is right is the reference's
affair).
"""

import types
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
import torch

from course.coach.judging.short import short
from course.coach.verdict import State

# relative and absolute tolerance: single precision sums in another order differ in the last two of
# seven digits
_TOLERANCE = {
    "float64": (1e-6, 1e-9),
    "complex128": (1e-6, 1e-9),
    "float16": (1e-2, 1e-3),
    "bfloat16": (3e-2, 1e-2),
}
_DEFAULT_TOLERANCE = (1e-4, 1e-5)


@dataclass(frozen=True)
class Difference:
    """What differs: the kind (a State of a wrong answer) and a sentence."""

    state: State
    says: str


def difference(got: Any, expected: Any, where: str = "") -> Difference | None:
    """The first difference between `got` and `expected`, or None.

    `where` names the part looked at, or is "".
    """
    found = _difference(got, expected, where)
    return (
        found if found is None else Difference(found.state, found.says[:1].upper() + found.says[1:])
    )


def _difference(got: Any, expected: Any, where: str) -> Difference | None:
    if got is None and expected is not None:
        if where:
            return Difference(State.WRONG_TYPE, f"{where}is None, expected {_kind(expected)}.")
        return Difference(State.NOTHING_RETURNED, "It returned nothing. Did you forget `return`?")
    if isinstance(got, types.GeneratorType) and not isinstance(expected, types.GeneratorType):
        return Difference(
            State.WRONG_TYPE,
            f"{where or 'The result '}is a generator, expected {_kind(expected)}: `return`, not "
            "`yield`.",
        )
    for kind, compare in _COMPARERS:
        if isinstance(expected, kind):
            return compare(got, expected, where)
    return None if _equal(got, expected) else _differs(where, got, expected)


_KINDS = (
    (torch.Tensor, "a torch tensor"),
    (np.ndarray, "a numpy array"),
    (pd.DataFrame, "a DataFrame"),
    (pd.Series, "a Series"),
    (bool | np.bool_, "a bool"),  # before int: a bool is an int to Python
    (int | np.integer, "an int"),
    (float | np.floating, "a float"),
    (str, "a str"),
    (types.NoneType, "None"),
)


def _kind(value: Any) -> str:
    for kind, name in _KINDS:
        if isinstance(value, kind):
            return name
    name = type(value).__name__
    return f"an {name}" if name[0] in "aeiou" else f"a {name}"


def _wrong_type(got: Any, expected: Any, where: str, cure: str = "") -> Difference:
    return Difference(
        State.WRONG_TYPE,
        f"{where or 'The result '}is {_kind(got)}, expected {_kind(expected)}{cure}.",
    )


def _differs(where: str, got: Any, expected: Any) -> Difference:
    return Difference(
        State.WRONG, f"{where}is {short(got)}, expected {short(expected)}." if where else ""
    )


def _equal(got: Any, expected: Any) -> bool:
    if type(expected).__eq__ is object.__eq__:
        return type(got) is type(
            expected
        )  # no == of its own: nothing more can be said. A probe's `call` can.
    try:
        return bool(got == expected)
    except Exception:  # an == that raises or has no single answer: not the same thing
        return False


def _compare_bools(got: Any, expected: Any, where: str) -> Difference | None:
    if not isinstance(got, bool | np.bool_):
        return _wrong_type(got, expected, where)
    return None if bool(got) == bool(expected) else _differs(where, got, expected)


def _compare_numbers(got: Any, expected: Any, where: str) -> Difference | None:
    if isinstance(got, bool | np.bool_) or not isinstance(got, int | float | np.number):
        single = isinstance(got, torch.Tensor | np.ndarray) and np.prod(got.shape) == 1
        return _wrong_type(got, expected, where, ": `.item()` makes one of it" if single else "")
    if isinstance(expected, int | np.integer):
        if not isinstance(got, int | np.integer):
            return _wrong_type(got, expected, where)
        return None if int(got) == int(expected) else _differs(where, got, expected)
    close = np.isclose(float(got), float(expected), *_DEFAULT_TOLERANCE, equal_nan=True)
    return None if close else _differs(where, got, expected)


def _compare_sequences(got: Any, expected: Any, where: str) -> Difference | None:
    if type(got) is not type(expected) and not (
        isinstance(got, type(expected)) or isinstance(expected, type(got))
    ):
        return _wrong_type(got, expected, where)
    if len(got) != len(expected):
        return Difference(
            State.WRONG_SHAPE,
            f"{where or 'The result '}has {len(got)} entries, expected {len(expected)}.",
        )
    return _first(
        _difference(g, e, f"{_inside(where)}entry {i} ")
        for i, (g, e) in enumerate(zip(got, expected, strict=True))
    )


def _compare_dicts(got: Any, expected: dict, where: str) -> Difference | None:
    if not isinstance(got, dict):
        return _wrong_type(got, expected, where)
    if set(got) != set(expected):
        missing, extra = (
            [k for k in expected if k not in got],
            [k for k in got if k not in expected],
        )
        facts = [f"lacks {short(missing)}"] * bool(missing) + [
            f"has {short(extra)} too many"
        ] * bool(extra)
        return Difference(
            State.WRONG_SHAPE, f"{where or 'The dict '}{' and '.join(facts)} among its keys."
        )
    return _first(
        _difference(got[key], expected[key], f"{_inside(where)}key {key!r} ") for key in expected
    )


def _compare_tensors(got: Any, expected: torch.Tensor, where: str) -> Difference | None:
    if not isinstance(got, torch.Tensor):
        return _wrong_type(got, expected, where)
    name = where or "The result "
    if got.shape != expected.shape:
        return Difference(
            State.WRONG_SHAPE,
            f"{name}has shape {tuple(got.shape)}, expected {tuple(expected.shape)}.",
        )
    if got.dtype != expected.dtype:
        return _wrong_dtype(name, got.dtype, expected.dtype)
    if got.device.type != expected.device.type:
        return _wrong_device(name, got, expected)
    if expected.dtype in (torch.bfloat16, torch.float16):
        got, expected = got.float(), expected.float()
        return _entries(got.cpu().numpy(), expected.cpu().numpy(), where, _TOLERANCE["bfloat16"])
    tolerance = _TOLERANCE.get(str(expected.dtype).removeprefix("torch."), _DEFAULT_TOLERANCE)
    return _entries(
        got.detach().cpu().resolve_conj().numpy(),
        expected.detach().cpu().resolve_conj().numpy(),
        where,
        tolerance,
    )


def _compare_arrays(got: Any, expected: np.ndarray, where: str) -> Difference | None:
    if not isinstance(got, np.ndarray):
        return _wrong_type(got, expected, where)
    name = where or "The result "
    if got.shape != expected.shape:
        return Difference(
            State.WRONG_SHAPE, f"{name}has shape {got.shape}, expected {expected.shape}."
        )
    if got.dtype != expected.dtype and not (
        got.dtype.kind in "US" and expected.dtype.kind == got.dtype.kind
    ):
        return _wrong_dtype(name, got.dtype, expected.dtype)
    if expected.dtype == object:
        pairs = zip(got.ravel(), expected.ravel(), strict=True)
        return _first(
            _difference(g, e, f"{_inside(where)}entry {i} ") for i, (g, e) in enumerate(pairs)
        )
    return _entries(got, expected, where, _TOLERANCE.get(expected.dtype.name, _DEFAULT_TOLERANCE))


def _compare_frames(got: Any, expected: pd.DataFrame, where: str) -> Difference | None:
    if not isinstance(got, pd.DataFrame):
        return _wrong_type(got, expected, where)
    name = where or "The table "
    if list(got.columns) != list(expected.columns):
        return Difference(
            State.WRONG_SHAPE,
            f"{name}has the columns {short(list(got.columns))}, expected "
            f"{short(list(expected.columns))}.",
        )
    if len(got) != len(expected):
        return Difference(
            State.WRONG_SHAPE, f"{name}has {len(got)} rows, expected {len(expected)}."
        )
    columns = range(len(expected.columns))
    found = _first(
        _columns(
            got.iloc[:, c], expected.iloc[:, c], f"{_inside(where)}column {expected.columns[c]!r} "
        )
        for c in columns
    )
    return found or _index(got, expected, name)


def _compare_series(got: Any, expected: pd.Series, where: str) -> Difference | None:
    if not isinstance(got, pd.Series):
        return _wrong_type(got, expected, where)
    name = where or "The Series "
    if len(got) != len(expected):
        return Difference(
            State.WRONG_SHAPE, f"{name}has {len(got)} entries, expected {len(expected)}."
        )
    return _columns(got, expected, where) or _index(got, expected, name)


def _columns(got: pd.Series, expected: pd.Series, where: str) -> Difference | None:
    if got.dtype != expected.dtype:
        return _wrong_dtype(where or "The Series ", got.dtype, expected.dtype)
    return _compare_arrays(got.to_numpy(), expected.to_numpy(), where)


def _index(got: Any, expected: Any, name: str) -> Difference | None:
    if got.index.equals(expected.index):
        return None
    cure = (
        ": `reset_index(drop=True)` gives a new one"
        if isinstance(expected.index, pd.RangeIndex)
        else ""
    )
    shown = short(got.index.tolist()), short(expected.index.tolist())
    return Difference(State.WRONG, f"{name}has the index {shown[0]}, expected {shown[1]}{cure}.")


def _wrong_dtype(name: str, got: Any, expected: Any) -> Difference:
    shown = (str(dtype).removeprefix("torch.") for dtype in (got, expected))
    return Difference(State.WRONG_DTYPE, "{}has dtype {}, expected {}.".format(name, *shown))


def _wrong_device(name: str, got: torch.Tensor, expected: torch.Tensor) -> Difference:
    return Difference(
        State.WRONG_DEVICE,
        f"{name}is on the device {got.device.type}, expected {expected.device.type}, where the "
        "input is. Make new tensors with `device=` the input's.",
    )


def _entries(
    got: np.ndarray, expected: np.ndarray, where: str, tolerance: tuple[float, float]
) -> Difference | None:
    if expected.dtype.kind in "fc":
        same = np.isclose(got, expected, *tolerance, equal_nan=True)
    else:
        same = (got == expected) | (
            (got != got) & (expected != expected)
        )  # a missing date differs from itself
    if np.all(same):
        return None
    at = tuple(int(i) for i in np.argwhere(~same)[0])
    place = f"{_inside(where)}entry [{', '.join(map(str, at))}] " if at else where or "The result "
    wrong = int(np.size(same) - np.count_nonzero(same))
    rest = f" {wrong} of {np.size(same)} entries differ." if wrong > 1 else ""
    return Difference(
        State.WRONG, f"{place}is {short(got[at])}, expected {short(expected[at])}.{rest}"
    )


def _inside(where: str) -> str:
    return f"{where.rstrip()}, " if where else ""


def _first(differences: Iterator[Difference | None]) -> Difference | None:
    return next((found for found in differences if found is not None), None)


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
