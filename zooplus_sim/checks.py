"""Is this a count? One place, one wording."""

from __future__ import annotations

import numbers


def check_count(name: str, value: object) -> int:
    """`value` as an int of at least 1. Raises ValueError that names it otherwise."""
    if isinstance(value, bool) or not isinstance(value, numbers.Integral) or value < 1:
        raise ValueError(f"{name}: got {value!r}; expected a whole number of at least 1")
    return int(value)
