"""What the kinds of guesses share: checks of a key, numbers and names as people write them."""

import math
import re
import string
from typing import Any

#: Characters of what a learner or a cell wrote that a card quotes.
QUOTED = 40
_ID = re.compile(r"\d+\.\d+")


class Unreadable(ValueError):
    """What was written is no guess of this kind. The text says what to write."""


def check_question(id: str, asks: str) -> None:
    """Raises ValueError for a bad id or an empty question: an author's error."""
    if not isinstance(id, str) or not _ID.fullmatch(id):
        raise ValueError(f'guess id {id!r} is not "chapter.number"; write for instance "2.3"')
    if not asks.strip():
        raise ValueError(f"guess {id} asks nothing")


def check_names(id: str, names: tuple[str, ...], fewest: int) -> None:
    """Raises ValueError for too few or too many names, two alike, or one that is a letter."""
    if not fewest <= len(names) <= 10:
        raise ValueError(f"guess {id} has {len(names)} names; give {fewest} to 10")
    if len({key_of(name) for name in names}) < len(names):
        raise ValueError(f"guess {id}: two names read the same: {', '.join(names)}")
    if any(len(name.strip()) < 2 for name in names):
        raise ValueError(f"guess {id}: a name of one letter is taken for that of a choice")


def got(value: Any) -> str:
    """What was written, quoted and cut, for a sentence that begins with it."""
    try:
        text = " ".join(repr(value).split())
    except Exception:
        text = type(value).__name__
    text = text.replace("`", "'")
    return f"`{text if len(text) <= QUOTED else text[: QUOTED - 1] + '…'}`"


def plain_number(value: Any) -> float | None:
    """A float, also from NumPy or a tensor of one element; None for text, True and the rest."""
    try:
        if hasattr(value, "item") and not isinstance(value, type):
            value = value.item()
        if isinstance(value, bool | str | bytes | complex):
            return None
        return float(value)
    except Exception:
        return None


def decimals(value: float) -> int:
    """How many decimals a number is written with, at most 4."""
    _, _, after = f"{value:.10g}".partition(".")
    return min(len(after), 4) if after.isdecimal() else 0


def grouped(value: float) -> str:
    """A number as somebody would write it: 1,000 and 0.25; huge and tiny ones with an exponent."""
    if value and not 1e-6 <= abs(value) < 1e12:
        return f"{value:.4g}"
    return f"{value:,.10g}" if math.isfinite(value) else str(value)


def named(text: str, names: tuple[str, ...]) -> str | None:
    """The name that a text means, by itself, in other case, or by its letter; None for no name."""
    by_key = {key_of(name): name for name in names}
    by_key |= {letter.lower(): name for letter, name in zip(letters(names), names, strict=True)}
    return by_key.get(key_of(text))


def key_of(name: str) -> str:
    """A name without what does not matter in it: case, spaces, quotation marks."""
    return " ".join(name.strip(" \t'\"").casefold().split())


def letters(names: tuple[str, ...]) -> str:
    """ABC for three names."""
    return string.ascii_uppercase[: len(names)]


def lettered(names: tuple[str, ...]) -> str:
    """Names with their letters: "A MSE; B BPR; C softmax"."""
    return "; ".join(f"{letter} {name}" for letter, name in zip(letters(names), names, strict=True))
