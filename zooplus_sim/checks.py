"""Is this a count, and is there room for it? One wording: "name must be ..., got ..."."""

from __future__ import annotations

import numbers
import os
from collections.abc import Iterable, Mapping
from typing import Any

MOST = 10**9  # of anything that is counted: products with it still fit 64 bits
LONGEST = 80  # characters of a value in an error
LONGEST_TEXT = 430  # characters of an error before the file's name is set in front of it
FEW = 4  # entries of a list that an error repeats


def check_count(name: str, value: Any, most: int = MOST) -> int:
    """`value` as an int from 1 to `most`. Raises ValueError that names it otherwise."""
    whole = isinstance(value, numbers.Integral) and not isinstance(value, bool)
    if not whole or value < 1:
        raise ValueError(f"{name} must be a whole number of at least 1, got {told(value)}")
    if value > most:
        raise ValueError(f"{name} must be at most {most:,}, got {told(int(value))}")
    return int(value)


def check_memory(what: str, n_bytes: float, cure: str) -> None:
    """Raise ValueError if so many bytes are more than this machine has, before they are taken.

    what:    the name of the argument that asks for them
    n_bytes: at least so many will be needed
    cure:    what to do instead
    """
    there = memory()
    if n_bytes > there:
        raise ValueError(
            f"{what} must be less: it takes {n_bytes / 1e9:,.0f} GB of memory, and this machine "
            f"has {there / 1e9:,.0f}. Cure: {cure}."
        )


def memory() -> float:
    """Bytes of memory that this machine has; where it does not say, a terabyte."""
    try:
        return float(os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE"))
    except (AttributeError, ValueError, OSError):
        return 1e12


def told(value: object) -> str:
    """`value` for an error: short whatever it is. Of a table it tells the size only."""
    if isinstance(value, int) and value.bit_length() > 256:
        # Python refuses to write out numbers of more than 4,300 digits.
        return f"a whole number of about {value.bit_length() * 0.30103:,.0f} digits"
    if isinstance(value, Mapping) and value:
        return f"a table of {len(value):,} {_entries(value)}"
    if isinstance(value, list | tuple | set | frozenset) and len(value) > FEW:
        return f"a list of {len(value):,} entries"
    if isinstance(value, list | tuple) and value:
        inside = ", ".join(map(told, value))
        if isinstance(value, list):
            return cut(f"[{inside}]")
        return cut(f"({inside},)" if len(value) == 1 else f"({inside})")
    if isinstance(value, str | bytes):
        value = value[: LONGEST + 1]
    try:
        return cut(repr(value))
    except Exception:
        # Of an object whose own text is broken, the type says most.
        return f"a {type(value).__name__}"


def told_names(names: Iterable[str], longest: int = 2 * LONGEST) -> str:
    """Names in alphabetical order, as many as there is room for in `longest` characters."""
    return cut(", ".join(cut(name, LONGEST // 2) for name in sorted(names)), longest)


def cut(text: str, longest: int = LONGEST) -> str:
    """`text`, its end replaced by dots where it is longer than `longest` characters."""
    return text if len(text) <= longest else text[: longest - 4] + " ..."


def told_path(path: str | os.PathLike) -> str:
    """A path for an error: of a long one the end, which holds the name."""
    text = str(path)
    return text if len(text) <= 2 * LONGEST else "..." + text[3 - 2 * LONGEST :]


def _entries(value) -> str:
    return "entry" if len(value) == 1 else "entries"
