"""Texts that are the same on every run: no addresses, and cut with a sign of it."""

import re
from typing import Any

_ADDRESS = re.compile(r" at 0x[0-9a-fA-F]+")
_TEXT = 100  # characters
_name_of = type.__dict__["__name__"].__get__


def scrub(text: str, length: int = 300) -> str:
    """`text` without memory addresses, cut after `length` characters."""
    # an address may be cut in two; what comes long after the end need not be searched
    text = _ADDRESS.sub("", text[: 4 * length])
    return text if len(text) <= length else text[: length - 2].rstrip() + " …"


def name_of(kind: type) -> str:
    """The name of a type, whatever its metaclass says, cut."""
    return scrub(str(_name_of(kind)), 60)


def text_of(value: Any) -> str:
    """What an object says of itself, cut; its type's name if it can't."""
    try:
        text = str.__str__(repr(value))
    except Exception:
        return f"<{name_of(type(value))} without a text>"
    return scrub(text, _TEXT)
