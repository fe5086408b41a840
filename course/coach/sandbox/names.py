"""What the names of libraries mean, put back: an answer may say `np.mean = ...` or `print = ...`.

Held are references, so it costs a look at each name. Names of a module with an underscore in front
are its own affair: it may fill in what it needs later.
"""

import builtins
import contextlib
import math
import os
import random
import sys
import time
from collections.abc import Iterator
from typing import Any

import numpy as np
import pandas as pd
import torch

_LIBRARIES = (math, random, os, time, np, np.linalg, np.random, pd, torch, torch.linalg)
_LIBRARIES += (torch.nn, torch.nn.init, torch.nn.functional, torch.optim)
_CLASSES = (torch.Tensor, torch.nn.Module, pd.DataFrame, pd.Series, pd.Index)
_OURS = ("seqrec", "seqrec.data", "seqrec.metrics", "seqrec.models", "zooplus_sim")
_MISSING = object()
# By owner, kept from one judgement to the next: only what changed is copied anew.
_kept: dict[int, "_Names"] = {}
# Taken when the coach is imported: an answer may put another in its place.
_from_iterator = np.fromiter


class _Names:
    """What an owner's names meant at one time."""

    def __init__(self, owner: Any, names: Any) -> None:
        self.owner = owner
        self.names = dict(names)
        self._print = _fingerprint(names)

    def are(self, now: Any) -> bool:
        """Whether the names mean the same now."""
        return len(now) == len(self.names) and _fingerprint(now) == self._print


@contextlib.contextmanager
def names_kept() -> Iterator[None]:
    """On leaving, what was bound to another value, or deleted, is as it was.

    Names that are new stay, but for builtins: a library may have added them.
    """
    plain = vars(builtins).copy()
    modules = {name: sys.modules[name] for name in _names_of_modules() if name in sys.modules}
    owners = [*_LIBRARIES, *_CLASSES, *(modules[name] for name in _OURS if name in modules)]
    before = [_names_of(owner, vars(owner)) for owner in owners]
    try:
        yield
    finally:
        _put_back(vars(builtins), plain)
        for name in [name for name in vars(builtins) if name not in plain]:
            delattr(builtins, name)
        _put_back(sys.modules, modules)
        for kept in before:
            if not kept.are(vars(kept.owner)):
                _restore(kept.owner, kept.names)


def _restore(owner: Any, names: dict[str, Any]) -> None:
    for name in _hiding(owner, names):
        delattr(owner, name)
    for name, value in _changed(vars(owner), names):
        if _is_put_back(owner, name):
            setattr(owner, name, value)


def _names_of(owner: Any, names: Any) -> _Names:
    kept = _kept.get(id(owner))
    if kept is None or not kept.are(names):
        kept = _Names(owner, names)
        _kept[id(owner)] = kept
    return kept


def _fingerprint(names: Any) -> tuple[bytes, str | None]:
    """Where the values lie, and the last name.

    Thousands of names are looked at twice a judgement, so each costs one look at its value. A name
    for another of the same value would come last.
    """
    places = _from_iterator(names.values(), object, len(names)).tobytes()
    return places, next(reversed(names), None)


def _hiding(owner: Any, before: dict[str, Any]) -> list[str]:
    """New names of a class that hide what it inherits."""
    if not isinstance(owner, type) or len(vars(owner)) == len(before):
        return []
    parents = owner.__mro__[1:]
    new = [name for name in vars(owner) if name not in before]
    return [name for name in new if any(name in vars(parent) for parent in parents)]


def _is_put_back(owner: Any, name: str) -> bool:
    return name[:1] != "_" or isinstance(owner, type)


def _names_of_modules() -> list[str]:
    return [*(vars(module)["__name__"] for module in _LIBRARIES), *_OURS]


def _changed(now: Any, before: dict[str, Any]) -> list[tuple[str, Any]]:
    get = now.get
    return [(key, value) for key, value in before.items() if get(key, _MISSING) is not value]


def _put_back(now: dict[str, Any], before: dict[str, Any]) -> None:
    for name, value in _changed(now, before):
        now[name] = value
