"""Is this a count, a share, a number? One place, one wording: "name must be ..., got ...".

Each `check_...` returns the value as Python's own type, which JSON knows too, or raises ValueError.
"""

import math
import numbers
import os
from typing import Any

import numpy as np

#: Characters of a value that a message quotes.
QUOTED = 60
#: Seeds are 0 to SEEDS - 1: what PyTorch's and NumPy's generators both take.
SEEDS = 2**64


def shown(value: Any, most: int = QUOTED) -> str:
    """The repr of a value as a message quotes it, cut in the middle where it is long."""
    try:
        text = repr(value)
    except Exception:
        # A number of more than 4,300 digits, or a __repr__ that fails.
        text = f"<{type(value).__name__}>"
    return cut(text, most)


def cut(text: str, most: int) -> str:
    """A text of at most `most` characters: its beginning and its end."""
    if len(text) <= most:
        return text
    half = (most - 5) // 2
    return f"{text[:half]} ... {text[-half:]}"


def is_number(value: Any) -> bool:
    """Whether `value` is a finite real number; True and False are none."""
    if not isinstance(value, numbers.Real) or isinstance(value, bool):
        return False
    try:
        return math.isfinite(value)
    except OverflowError:
        # An integer that no float can hold.
        return False


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
        raise ValueError(f"{name} must be a whole number {span}{suffix}, got {shown(value)}.")
    return int(value)


def check_positive(name: str, value: Any, may_be_zero: bool = False, suffix: str = "") -> float:
    """A finite number above 0, or from 0. Returns a float; raises ValueError.

    name, suffix: as `check_count` has them.
    """
    if not is_number(value) or value < 0 or (value == 0 and not may_be_zero):
        sign = "0 or more" if may_be_zero else "positive"
        raise ValueError(f"{name} must be a finite number, {sign}{suffix}, got {shown(value)}.")
    return float(value)


def check_share(name: str, value: Any, may_be_zero: bool = True) -> float:
    """A number from 0 (or above it) to 1. Returns a float; raises ValueError."""
    if not is_number(value) or not 0 <= value <= 1 or (value == 0 and not may_be_zero):
        span = "from 0 to 1" if may_be_zero else "above 0, and up to 1"
        raise ValueError(f"{name} must be a share {span}, got {shown(value)}.")
    return float(value)


def check_flag(name: str, value: Any) -> bool:
    """True or False, and nothing that only counts as one. Returns it; raises ValueError."""
    if not isinstance(value, bool):
        raise ValueError(f"{name} must be True or False, got {shown(value)}.")
    return value


def check_seed(name: str, value: Any) -> int:
    """A whole number from 0 to 2**64 - 1. Returns an int; raises ValueError."""
    is_whole = isinstance(value, numbers.Integral) and not isinstance(value, bool)
    if not is_whole or not 0 <= value < SEEDS:
        raise ValueError(
            f"{name} must be a whole number from 0 to 2**64 - 1, got {shown(value)}. "
            f"Cure: {name}=0, or another such number."
        )
    return int(value)


def numpy_generator(name: str, seed: Any) -> np.random.Generator:
    """The Generator that is given, or a new one of a seed.

    name: what the message calls it.

    Raises ValueError for what is neither a Generator nor a seed of `check_seed`.
    """
    if isinstance(seed, np.random.Generator):
        return seed
    return np.random.default_rng(check_seed(name, seed))


def check_room(name: str, value: Any, n_bytes: int) -> None:
    """Raise ValueError, before any memory is taken, for an array that this machine can't hold.

    name:    the parameter that makes it large.
    value:   what it is.
    n_bytes: of the array.
    """
    room = memory_bytes()
    if n_bytes > room:
        raise ValueError(
            f"{name} must be small enough for this machine's memory of {room:,} bytes, got "
            f"{shown(value)}, which takes {shown(int(n_bytes))} bytes. Cure: a smaller {name}."
        )


def memory_bytes() -> int:
    """Bytes of this machine's memory; where the system doesn't tell, 2**40."""
    try:
        return os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    except (AttributeError, OSError, ValueError):
        return 2**40
