"""Pretend that tensors are on another device: a forgotten `device=` shows without a GPU.

Marked tensors live on the CPU, hold their numbers and compute as ever, but say that their device is
another one, pass the mark on to their results, and refuse to meet an unmarked tensor, as tensors on
a GPU do. (Torch's own stand-in, the meta device, holds no numbers and costs seconds of import.)
"""

from collections.abc import Iterator
from typing import Any

import torch
from torch.overrides import TorchFunctionMode

# A device that exists in every build of torch, and that no answer would name.
DEVICE = torch.device("meta")
_MARK = "_elsewhere"
_ANY_INDEX = ("__getitem__", "__setitem__")  # an index may come from the CPU


class DevicesMixed(RuntimeError):
    """A tensor made on the CPU met one that pretends to be elsewhere."""


class Elsewhere(TorchFunctionMode):
    """While active, marked tensors behave as if they were on another device."""

    def __torch_function__(
        self, func: Any, types: Any, args: tuple = (), kwargs: dict | None = None
    ) -> Any:
        kwargs = kwargs or {}
        if func == torch.Tensor.device.__get__ and is_elsewhere(args[0]):
            return DEVICE
        name = getattr(func, "__name__", "")
        given = [*args, *kwargs.values()]
        marked = any(map(is_elsewhere, _tensors(given)))
        if marked:
            _check_company(name, [given[0], *given[2:]] if name in _ANY_INDEX else given)
        args = tuple(_real(value) for value in args)
        result = func(*args, **{key: _real(value) for key, value in kwargs.items()})
        if name == "cpu" or (name == "to" and any(str(value) == "cpu" for value in given)):
            return result.clone() if is_elsewhere(result) else result  # a clone bears no mark
        if marked or any(map(_names_device, given)):
            mark_all(result)
        return result


def _check_company(name: str, values: list) -> None:
    if name in ("numpy", "__array__"):
        raise DevicesMixed(
            "can't convert a tensor on another device to numpy. Use Tensor.cpu() first"
        )
    # `to` only reads the other tensor's device
    if name == "to":
        return
    # a single number is welcome on any device
    if any(tensor.ndim and not is_elsewhere(tensor) for tensor in _tensors(values)):
        raise DevicesMixed(
            "expected all tensors to be on the same device, but found at least two devices"
        )


def _real(value: Any) -> Any:
    return torch.device("cpu") if _names_device(value) else value


def mark(tensor: torch.Tensor) -> None:
    """Let a tensor pretend to be elsewhere."""
    setattr(tensor, _MARK, True)


def is_elsewhere(tensor: Any) -> bool:
    """Whether a tensor pretends to be elsewhere."""
    return _MARK in getattr(tensor, "__dict__", {})


def mark_all(values: Any) -> None:
    """Mark every tensor in nested tuples, lists and dicts."""
    for tensor in _tensors([values]):
        mark(tensor)


def all_elsewhere(values: Any) -> bool:
    """Whether every tensor in nested tuples, lists and dicts is marked."""
    return all(map(is_elsewhere, _tensors([values])))


def _names_device(value: Any) -> bool:
    return isinstance(value, torch.device) and value == DEVICE


def _tensors(values: Any) -> Iterator[torch.Tensor]:
    for value in values:
        if isinstance(value, torch.Tensor):
            yield value
        elif isinstance(value, tuple | list):
            yield from _tensors(value)
        elif isinstance(value, dict):
            yield from _tensors(value.values())
