"""A number is to be guessed."""

import math
import re
from dataclasses import dataclass
from typing import Any

from course.coach.guesses.reading import (
    QUOTED,
    Unreadable,
    check_question,
    decimals,
    got,
    grouped,
    plain_number,
)

_QUOTED_NUMBER = re.compile(r"\s*(-?\d+(?:\.\d+)?)\s*%?\s*")


@dataclass(frozen=True, kw_only=True)
class GuessNumber:
    """A number is to be guessed.

    id:        "chapter.number", counted apart from exercises and quizzes.
    asks:      the question in a few words, for the cards and the table at the chapter's end.
    unit:      "%", "of 5", "epochs"; "" for a bare number.
    low, high: the number can't be beyond them.
    close:     counts as close if it is not further away than this; or
    factor:    counts as close if it is not more than so many times too high or too low.
    digits:    decimals of the truth on the card.

    Raises ValueError for a bad id, an empty question, unless one of close and factor is given, and
    for a range without room.
    """

    id: str
    asks: str
    unit: str = ""
    low: float = 0
    high: float = math.inf
    close: float | None = None
    factor: float | None = None
    digits: int = 0

    def __post_init__(self) -> None:
        check_question(self.id, self.asks)
        if (self.close is None) == (self.factor is None):
            raise ValueError(f"guess {self.id}: give close or factor, one of them")
        if self.close is not None and not 0 <= self.close < math.inf:
            raise ValueError(f"guess {self.id}: close is {self.close}; give 0 or more")
        if self.factor is not None and not (1 <= self.factor < math.inf and self.low >= 0):
            raise ValueError(f"guess {self.id}: factor must be 1 or more, and low 0 or more")
        if not self.low < self.high:
            raise ValueError(f"guess {self.id}: low is {self.low}, high {self.high}")

    def slot(self) -> str:
        """What to write."""
        if self.unit == "%":
            return "a number, in %"
        return f"a number ({self.unit})" if self.unit else "a number"

    def read(self, value: Any) -> float:
        """The number. Raises Unreadable for text, NaN, True, and what can't be."""
        quoted = _QUOTED_NUMBER.fullmatch(value) if isinstance(value, str) else None
        if quoted and len(quoted[1]) < QUOTED:
            raise Unreadable(
                f'Write the number without quotation marks: `guess("{self.id}", {quoted[1]})`.'
            )
        number = plain_number(value)
        if number is None or math.isnan(number):
            raise Unreadable(f"{got(value)} is no number. Write {self.slot()}: digits alone.")
        if not self.low <= number <= self.high or math.isinf(number):
            raise Unreadable(f"{got(value)} can't be. Write {self.slot()}{self._range()}.")
        return number

    def read_truth(self, value: Any) -> float:
        """The number that a cell has computed. Raises ValueError for what is none or not finite."""
        number = plain_number(value)
        if number is None or not math.isfinite(number):
            raise ValueError(f"{got(value)} is no number to compare a guess with")
        return number

    def shown(self, guess: float) -> str:
        """As it was typed, with its unit."""
        return f"{grouped(guess)} {self.unit}".strip()

    def shown_truth(self, truth: float) -> str:
        """With its unit and `digits` decimals."""
        return f"{truth:z,.{self.digits}f} {self.unit}".strip()

    def is_good(self, guess: float, truth: float) -> bool:
        """Is the guess close, as this question counts it?"""
        # At the very edge it is, whatever floats make of the difference.
        if self.close is not None:
            return abs(guess - truth) <= self.close + 1e-9 * max(1, abs(truth))
        if guess <= 0 or truth <= 0:
            return guess == truth
        return max(guess / truth, truth / guess) <= self.factor * (1 + 1e-9)

    def apart(self, guess: float, truth: float) -> str:
        """How far the guess is from the truth, in words."""
        side = "high" if guess > truth else "low"
        if self.factor is not None and guess > 0 and truth > 0:
            times = max(guess / truth, truth / guess)
            if times < 1.05:
                return "as good as exact"
            return (
                f"{times:.1f} times too {side}" if times < 10 else f"{times:,.0f} times too {side}"
            )
        difference = f"{abs(guess - truth):,.{max(self.digits, decimals(guess))}f}"
        if not float(difference.replace(",", "")):
            return "exact"
        return f"{self._points(difference)} too {side}"

    def counts(self) -> str:
        """What counts as close."""
        if self.factor is not None:
            return f"close is within a factor of {self.factor:g}"
        if self.close == 0:
            return "the exact number counts"
        return f"close is within {self._points(f'{self.close:g}')}"

    def doubt(self, guess: float) -> str:
        """A question about a guess that may be a slip; "" for others."""
        if self.unit == "%" and 0 < guess < 1:
            return f"That is less than 1 %. Did you mean {grouped(100 * guess)}?"
        return ""

    def _points(self, number: str) -> str:
        """A difference; of shares in percent it is one in points."""
        if self.unit != "%":
            return number
        return f"{number} point" if number == "1" else f"{number} points"

    def _range(self) -> str:
        if math.isinf(self.high):
            return f", {grouped(self.low)} or more"
        return f", from {grouped(self.low)} to {grouped(self.high)}"
