"""Whose code an answer is, asked past everything that the answer itself could say.

What stands below `@exercise` may be any object: one whose attributes, `__class__` or text hang. So
nothing here looks an attribute up the ordinary way, and it needs no time limit.
"""

import inspect
import types
from collections.abc import Iterator
from typing import Any

_MOST_WRAPPERS = 100
_name_of_type = type.__dict__["__name__"].__get__
_names_in_type = type.__dict__["__dict__"].__get__


def is_class(value: Any) -> bool:
    """Whether it is a class, whatever its `__class__` says."""
    return issubclass(type(value), type)


def name_of_code(answer: Any) -> str:
    """The name of a function or class, behind its decorators; "" of anything else."""
    inner = unwrapped(answer)
    if is_class(inner):
        return _name_of_type(inner)
    return inner.__name__ if type(inner) is types.FunctionType else ""


def functions_of(answer: Any) -> Iterator[types.FunctionType]:
    """The functions written in Python that an answer consists of, behind their decorators."""
    parts = list(_names_in_type(answer).values()) if is_class(answer) else [answer]
    for part in parts:
        inner = unwrapped(part)
        if type(inner) is types.FunctionType:
            yield inner


def unwrapped(value: Any) -> Any:
    """What is behind the decorators that left a `__wrapped__` (functools.wraps)."""
    for _ in range(_MOST_WRAPPERS):
        inner = _wrapped(value)
        if inner is None:
            break
        value = inner
    return value


def _wrapped(value: Any) -> Any:
    kind = type(value)
    if kind is types.FunctionType:
        return vars(value).get("__wrapped__")
    if kind in (staticmethod, classmethod):
        return value.__func__
    if is_class(value):
        return _names_in_type(value).get("__wrapped__")
    return inspect.getattr_static(value, "__wrapped__", None)
