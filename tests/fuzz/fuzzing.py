"""Odd inputs by the thousand: how many, and what may come of one.

An input is either used, and then the caller of `refusal` checks the result, or refused in words
that help. Everything else is a fault: an error of somebody else's, an endless message, a message
without the name of what is wrong.
"""

import os
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np

LONGEST = 600  # characters of an error
REFUSALS = (ValueError, TypeError, OSError)


def rounds(few: int) -> Iterator[np.random.Generator]:
    """A generator for each of `few` rounds; for FUZZ times as many under `make fuzz`.

    Round 17 is the same in the short run and in the long one.
    """
    for number in range(few * int(os.environ.get("FUZZ", "1"))):
        yield np.random.default_rng(number)


def refusal(call: Callable[[], Any], *names: str) -> tuple[Any, str | None]:
    """(What `call` returned, None), or (None, why it refused).

    names: the message must hold one of them: the file, the column, the entry, the parameter.

    Raises AssertionError for an error that no reader could use.
    """
    try:
        return call(), None
    except REFUSALS as error:
        said = str(error)
        assert len(said) <= LONGEST, f"{len(said)} characters: {said[:LONGEST]} ..."
        assert not names or any(name in said for name in names), f"none of {names} in: {said}"
        return None, said
