"""A difference between two values, in one sentence.

where: the part looked at, with a space behind it ("entry 2 "), or "" for the whole.
"""

import types
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
import torch

from course.coach.judging.short import short
from course.coach.sandbox.text import name_of
from course.coach.sandbox.values import Unread
from course.coach.verdict import State

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


@dataclass(frozen=True)
class Difference:
    """What differs: the kind (a State of a wrong answer) and a sentence."""

    state: State
    says: str


def kind_of(value: Any) -> str:
    """What a value is, with its article: "a bool", "an int"."""
    if isinstance(value, Unread):
        return _with_article(value.name)
    for kind, name in _KINDS:
        if isinstance(value, kind):
            return name
    return _with_article(name_of(type(value)))


def _with_article(name: str) -> str:
    return f"an {name}" if name[:1] in "aeiou" else f"a {name}"


def inside(where: str) -> str:
    """`where`, to be followed by a part of it."""
    return f"{where.rstrip()}, " if where else ""


def differs(where: str, got: Any, expected: Any) -> Difference:
    """Another value; of the whole, the failing case shows both."""
    says = f"{where}is {short(got)}, expected {short(expected)}." if where else ""
    return Difference(State.WRONG, says)


def wrong_type(got: Any, expected: Any, where: str, cure: str = "") -> Difference:
    """Another kind of value; `cure` ends the sentence."""
    says = f"{where or 'The result '}is {kind_of(got)}, expected {kind_of(expected)}{cure}."
    return Difference(State.WRONG_TYPE, says)


def unread(got: Unread, where: str) -> Difference:
    """A value that was not taken, and why."""
    return Difference(State.WRONG_TYPE, f"{where or 'The result '}{got.why}.")


def wrong_shape(name: str, got: tuple, expected: tuple) -> Difference:
    """Another shape; `name` is `where`, or what the whole is called."""
    return Difference(State.WRONG_SHAPE, f"{name}has shape {got}, expected {expected}.")


def wrong_count(name: str, got: int, expected: int, of: str) -> Difference:
    """Another number `of` things: entries, rows."""
    return Difference(State.WRONG_SHAPE, f"{name}has {got} {of}, expected {expected}.")


def wrong_dtype(name: str, got: Any, expected: Any) -> Difference:
    """Another dtype, of torch, NumPy or pandas."""
    shown = (str(dtype).removeprefix("torch.") for dtype in (got, expected))
    return Difference(State.WRONG_DTYPE, "{}has dtype {}, expected {}.".format(name, *shown))


def wrong_layout(name: str, got: torch.layout, expected: torch.layout) -> Difference:
    """A sparse tensor for an ordinary one, or the other way round."""
    shown = [str(layout).removeprefix("torch.") for layout in (got, expected)]
    cure = ": `.to_dense()` makes one of it" if expected == torch.strided else ""
    return Difference(
        State.WRONG_TYPE, f"{name}has the layout {shown[0]}, expected {shown[1]}{cure}."
    )


def wrong_device(name: str, got: torch.Tensor, expected: torch.Tensor) -> Difference:
    """Another device than the input's."""
    return Difference(
        State.WRONG_DEVICE,
        f"{name}is on the device {got.device.type}, expected {expected.device.type}, where the "
        "input is. Make new tensors with `device=` the input's.",
    )
