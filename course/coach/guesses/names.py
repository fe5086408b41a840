"""One of several names is to be guessed, or their order."""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from itertools import combinations
from typing import Any

from course.coach.guesses.reading import (
    Unreadable,
    check_names,
    check_question,
    got,
    lettered,
    named,
)

# What stands between names in one text.
_PARTS = re.compile(r"[,;>\n]")
_LONG_SLOT = 84  # columns of a cell's comment


@dataclass(frozen=True, kw_only=True)
class GuessChoice:
    """One of several names is to be guessed.

    id, asks: as of GuessNumber.
    choices:  two to ten names, as prose and cells write them. A guess may also be a letter, A for
              the first.

    The truth is a name, or several where each of them is right. Raises ValueError for a bad id, an
    empty question, and names that are alike or a single letter.
    """

    id: str
    asks: str
    choices: tuple[str, ...]

    def __post_init__(self) -> None:
        check_question(self.id, self.asks)
        check_names(self.id, self.choices, fewest=2)

    def slot(self) -> str:
        """What to write."""
        *most, last = (f'"{name}"' for name in self.choices)
        listed = f"{', '.join(most)} or {last}"
        if len(listed) <= _LONG_SLOT:
            return listed
        return f"a letter, in quotation marks: {lettered(self.choices)}"

    def read(self, value: Any) -> str:
        """The name. Raises Unreadable for one that is not asked for."""
        found = named(value, self.choices) if isinstance(value, str) else None
        if found is None:
            raise Unreadable(
                f"{got(value)} is none of the choices. Write one of them, or its letter, in "
                f"quotation marks: {lettered(self.choices)}."
            )
        return found

    def read_truth(self, value: Any) -> list[str]:
        """The names that are right. Raises ValueError for none, or one that is no choice."""
        given = {value} if isinstance(value, str) else set(value)
        right = [name for name in self.choices if name in given]
        if not right or len(right) < len(given):
            raise ValueError(f"{got(value)} is not among the choices: {lettered(self.choices)}")
        return right

    def shown(self, guess: str) -> str:
        """The name."""
        return guess

    def shown_truth(self, truth: list[str]) -> str:
        """The names that are right."""
        return " or ".join(truth)

    def is_good(self, guess: str, truth: list[str]) -> bool:
        """Is it a right one?"""
        return guess in truth

    def apart(self, guess: str, truth: list[str]) -> str:
        """In words."""
        return "right" if guess in truth else "not this one"

    def counts(self) -> str:
        """What counts as right goes without saying."""
        return ""

    def doubt(self, guess: str) -> str:
        """None."""
        return ""


@dataclass(frozen=True, kw_only=True)
class GuessOrder:
    """The order of several names is to be guessed.

    id, asks: as of GuessNumber; the question says which end comes first.
    items:    three to ten names, in an order that gives nothing away.

    Raises ValueError for a bad id, an empty question, and names that are alike or a single letter.
    """

    id: str
    asks: str
    items: tuple[str, ...]

    def __post_init__(self) -> None:
        check_question(self.id, self.asks)
        check_names(self.id, self.items, fewest=3)
        if any(_PARTS.search(name) for name in self.items):
            raise ValueError(f"guess {self.id}: , ; > and a new line part names; use none in one")

    def slot(self) -> str:
        """What to write."""
        return f"letters in your order, in quotation marks: {lettered(self.items)}"

    def read(self, value: Any) -> list[str]:
        """The names in order. Raises Unreadable unless each is there once."""
        found = [
            named(part, self.items) if isinstance(part, str) else None for part in _parts(value)
        ]
        if None in found or sorted(found) != sorted(self.items):
            raise Unreadable(
                f"{got(value)} is no order of all of these: {lettered(self.items)}. Write "
                "the letters in your order, each once, in quotation marks."
            )
        return found

    def read_truth(self, value: Iterable[str]) -> list[str]:
        """The names in order; others are left out. Raises ValueError if one of ours is missing."""
        found = [str(name) for name in value if isinstance(name, str) and name in self.items]
        if sorted(found) != sorted(self.items):
            raise ValueError(f"{got(value)} is no order of {', '.join(self.items)}")
        return found

    def shown(self, guess: list[str]) -> str:
        """From the first to the last."""
        return ", ".join(guess)

    def shown_truth(self, truth: list[str]) -> str:
        """From the first to the last."""
        return ", ".join(truth)

    def is_good(self, guess: list[str], truth: list[str]) -> bool:
        """Is each in its place?"""
        return guess == truth

    def apart(self, guess: list[str], truth: list[str]) -> str:
        """How many pairs stand the right way round."""
        pairs = list(combinations(truth, 2))
        kept = sum(guess.index(first) < guess.index(second) for first, second in pairs)
        return f"{kept} of {len(pairs)} pairs in the right order"

    def counts(self) -> str:
        """What counts as right."""
        return "the whole order counts"

    def doubt(self, guess: list[str]) -> str:
        """None."""
        return ""


def _parts(value: Any) -> list:
    """The names or letters that somebody wrote, as a list or in one text."""
    if not isinstance(value, str):
        return list(value) if isinstance(value, list | tuple) else [None]
    parts = [part for part in _PARTS.split(value) if part.strip()]
    if len(parts) == 1:
        # A few letters; a long text is none.
        parts = value.split() if " " in value.strip() else list(value.strip()[:20])
    return parts
