"""Is this a count, a share, a number? One place, one wording: "name must be ..., got ...".

Each `check_...` returns the value as Python's own type, which JSON knows too, or raises ValueError.
"""

import math
import numbers
from typing import Any


def is_number(value: Any) -> bool:
    """Whether `value` is a finite real number; True and False are none."""
    return isinstance(value, numbers.Real) and not isinstance(value, bool) and math.isfinite(value)


def check_count(
    name: str, value: Any, lowest: int = 1, highest: int | None = None, suffix: str = ""
) -> int:
    """A whole number of `lowest` or more, and up to `highest`. Returns an int; raises ValueError.

    name:   what the message calls it.
    suffix: what else would be right, for the message: ", or None".
    """
    is_whole = isinstance(value, numbers.Integral) and not isinstance(value, bool)
    if not is_whole or value < lowest or (highest is not None and value > highest):
        span = f"of {lowest} or more" if highest is None else f"from {lowest} to {highest}"
        raise ValueError(f"{name} must be a whole number {span}{suffix}, got {value!r}.")
    return int(value)


def check_positive(name: str, value: Any, may_be_zero: bool = False, suffix: str = "") -> float:
    """A finite number above 0, or from 0. Returns a float; raises ValueError.

    name, suffix: as `check_count` has them.
    """
    if not is_number(value) or value < 0 or (value == 0 and not may_be_zero):
        sign = "0 or more" if may_be_zero else "positive"
        raise ValueError(f"{name} must be a finite number, {sign}{suffix}, got {value!r}.")
    return float(value)


def check_share(name: str, value: Any, may_be_zero: bool = True) -> float:
    """A number from 0 (or above it) to 1. Returns a float; raises ValueError."""
    if not is_number(value) or not 0 <= value <= 1 or (value == 0 and not may_be_zero):
        span = "from 0 to 1" if may_be_zero else "above 0, and up to 1"
        raise ValueError(f"{name} must be a share {span}, got {value!r}.")
    return float(value)


def check_flag(name: str, value: Any) -> bool:
    """True or False, and nothing that only counts as one. Returns it; raises ValueError."""
    if not isinstance(value, bool):
        raise ValueError(f"{name} must be True or False, got {value!r}.")
    return value
