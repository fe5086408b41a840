"""A bank of answers, right and wrong, written from the stubs alone, before their keys were read.

    @wrong("2.2", "pads on the right", "right|behind|after|end")
    def pad_left(sequences, max_len): ...

    @right("2.2", "a loop")
    def pad_left(sequences, max_len): ...

What an answer is worth as a test hangs on its independence. So half of the bank, told apart by a
hash, is never looked at when a rule of the coach or a key is designed.
"""

import hashlib
import re
from collections.abc import Callable
from dataclasses import dataclass

ANSWERS: list["Answer"] = []


@dataclass(frozen=True)
class Answer:
    """One answer to an exercise.

    id:      the exercise's, "2.2"
    written: a function or class in the stub's shape
    about:   of a wrong one, its mistake in a few words; of a right one, its style
    words:   of a wrong one, a regular expression: a diagnosis that holds one of its alternatives
             names the mistake; "" of a right one
    """

    id: str
    written: Callable
    about: str
    words: str = ""

    @property
    def is_right(self) -> bool:
        """Whether the coach has to accept it."""
        return not self.words

    @property
    def is_kept_aside(self) -> bool:
        """Whether it belongs to the half that no rule was designed with."""
        text = f"{self.id} {self.about}".encode()
        return hashlib.sha256(text).digest()[0] % 2 == 1

    def is_named_in(self, diagnosis: str) -> bool:
        """Whether a diagnosis tells the mistake, whatever its case."""
        return re.search(self.words, diagnosis, re.IGNORECASE) is not None


def wrong(id: str, about: str, words: str) -> Callable[[Callable], Callable]:
    """Put a wrong answer into the bank. Raises ValueError for words that match everything."""
    if re.search(words, "") or not words:
        raise ValueError(f"{id}, {about}: the words match the empty text")

    def put(written: Callable) -> Callable:
        ANSWERS.append(Answer(id, written, about, words))
        return written

    return put


def right(id: str, style: str) -> Callable[[Callable], Callable]:
    """Put a right answer into the bank."""

    def put(written: Callable) -> Callable:
        ANSWERS.append(Answer(id, written, style))
        return written

    return put
