"""What is kept of a learner: a few words about each exercise, quiz and guess. No code, no time.

As JSON:

    {"format": "zooplus-course progress 1",
     "exercises": {"2.1": "solved", "2.2": "tried"},
     "quizzes": {"2.1": ["B", "A"]},
     "guesses": {"2.1": {"value": 40.0, "sure": 0.8, "truth": 62.0, "good": false}}}

`merged` puts two together so that nothing is lost in whatever order it happens: what is solved
stays solved, choices come in the order in which they were opened, a guess whose answer was shown
stays.
"""

import json
import math
import re
from dataclasses import dataclass, field
from typing import Any

FORMAT = "zooplus-course progress 1"
#: Bytes: more than a course can fill.
LARGEST = 1_000_000
SOLVED, TRIED = "solved", "tried"
_FORMATS = re.compile(r"zooplus-course progress \d{1,9}")
_ID = re.compile(r"\d{1,3}\.\d{1,3}")
_LETTERS = re.compile(r"[A-Z]")


class Newer(Exception):
    """A newer version of the course wrote it: to be left alone."""


@dataclass(frozen=True)
class Noted:
    """One guess.

    value: as its question reads it: a number, a name, or names in order.
    sure:  how sure the learner was, 0 to 1; None where that was not said.
    truth: what the cell showed afterwards; None before.
    good:  whether the guess was right or close; None before.
    """

    value: Any
    sure: float | None = None
    truth: Any = None
    good: bool | None = None

    @property
    def is_answered(self) -> bool:
        """Has its answer been shown?"""
        return self.good is not None


@dataclass(frozen=True)
class Record:
    """What is known of a learner, by the number of the exercise, quiz or guess.

    exercises: SOLVED or TRIED.
    quizzes:   the letters of the choices that were opened, the first one first.
    guesses:   the guesses.
    """

    exercises: dict[str, str] = field(default_factory=dict)
    quizzes: dict[str, list[str]] = field(default_factory=dict)
    guesses: dict[str, Noted] = field(default_factory=dict)

    def __bool__(self) -> bool:
        return bool(self.exercises or self.quizzes or self.guesses)


def merged(older: Record, newer: Record) -> Record:
    """Both in one."""
    exercises = dict(older.exercises)
    for id, standing in newer.exercises.items():
        exercises[id] = SOLVED if SOLVED in (standing, exercises.get(id)) else TRIED
    quizzes = dict(older.quizzes)
    for id, letters in newer.quizzes.items():
        quizzes[id] = list(dict.fromkeys([*quizzes.get(id, []), *letters]))
    guesses = dict(older.guesses)
    for id, noted in newer.guesses.items():
        if id not in guesses or not guesses[id].is_answered:
            guesses[id] = noted
    return Record(exercises, quizzes, guesses)


def to_json(record: Record) -> bytes:
    """The bytes of the file."""
    guesses = {id: _without_none(vars(noted)) for id, noted in record.guesses.items()}
    content = {
        "format": FORMAT,
        "exercises": record.exercises,
        "quizzes": record.quizzes,
        "guesses": guesses,
    }
    return (json.dumps(content, indent=1, ensure_ascii=True, allow_nan=False) + "\n").encode()


def from_json(data: bytes) -> tuple[Record, bool]:
    """What bytes of a file say, and whether all of it was understood.

    Entries that nobody could have written are left out. Ids that the course does not have stay: a
    chapter may have lost an exercise. Raises Newer for the file of a newer version.
    """
    try:
        content = json.loads(data) if len(data) <= LARGEST else None
    except (ValueError, RecursionError):
        content = None
    if not isinstance(content, dict) or not isinstance(content.get("format"), str):
        return Record(), False
    if content["format"] != FORMAT:
        if _FORMATS.fullmatch(content["format"]):
            raise Newer
        return Record(), False
    parts = {}
    whole = True
    for name, reads in (
        ("exercises", _exercise),
        ("quizzes", _quiz),
        ("guesses", _noted),
    ):
        entries = content.get(name, {})
        if not isinstance(entries, dict):
            entries, whole = {}, False
        read = {id: reads(entry) for id, entry in entries.items() if _ID.fullmatch(id)}
        parts[name] = {id: entry for id, entry in read.items() if entry is not None}
        whole = whole and len(parts[name]) == len(entries)
    return Record(**parts), whole


def _without_none(entries: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in entries.items() if value is not None}


def _exercise(entry: Any) -> str | None:
    return entry if entry in (SOLVED, TRIED) else None


def _quiz(entry: Any) -> list[str] | None:
    if not isinstance(entry, list) or not 0 < len(entry) <= 26:
        return None
    plain = all(isinstance(letter, str) and _LETTERS.fullmatch(letter) for letter in entry)
    return entry if plain and len(set(entry)) == len(entry) else None


def _noted(entry: Any) -> Noted | None:
    if not isinstance(entry, dict) or not entry.keys() <= {"value", "sure", "truth", "good"}:
        return None
    noted = Noted(**{"value": None} | entry)
    sure = noted.sure is None or (_is_number(noted.sure) and 0 <= noted.sure <= 1)
    # An answer has both of these, an open guess none.
    answered = isinstance(noted.good, bool) and _is_value(noted.truth)
    is_open = noted.good is None and noted.truth is None
    return noted if _is_value(noted.value) and sure and (answered or is_open) else None


def _is_value(value: Any) -> bool:
    if isinstance(value, list):
        return 0 < len(value) <= 26 and all(map(_is_name, value))
    return _is_name(value) or _is_number(value)


def _is_name(value: Any) -> bool:
    return isinstance(value, str) and len(value) <= 200 and value.isprintable()


def _is_number(value: Any) -> bool:
    try:
        return (
            isinstance(value, int | float) and not isinstance(value, bool) and math.isfinite(value)
        )
    except OverflowError:
        return False
