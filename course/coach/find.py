"""Find what an answer key holds by its number: exercise "7.1" is in `course/keys/ch07.py`.

A page that is no chapter has a name instead of a number. One with exercises has the number of its
key too, above those of all chapters: `PAGES` says which.

A key is imported when it is first asked for, by its name: a chapter pays for its own only, and the
coach needs no key.
"""

import importlib
import pkgutil
from types import ModuleType

from course.coach.guesses.kinds import Guess
from course.coach.key import Exercise, Quiz

KEYS = "course.keys"
#: The pages beside the chapters, by file name, each with the number of its key; None: no exercises.
PAGES = {"glossary": None, "in_one_scroll": "20", "play_as_anna": None}


class KeyNotFound(LookupError):
    """No key holds this id."""


def chapter_of(id: str) -> str:
    """The chapter of an exercise, a quiz or a guess: "7.1" -> "07".

    Raises KeyNotFound for other texts.
    """
    chapter, dot, number = str(id).partition(".")
    if not (dot and chapter.isdecimal() and number.isdecimal()):
        raise KeyNotFound(f'{id!r} is not an id; ids look like "2.3": chapter, full stop, number')
    return chapter.zfill(2)


def chapters() -> tuple[str, ...]:
    """The chapters that have a key, in order: ("01", "02", ...)."""
    keys = importlib.import_module(KEYS)
    names = (module.name for module in pkgutil.iter_modules(keys.__path__))
    return tuple(sorted(name[2:] for name in names if name.startswith("ch")))


def load_key(chapter: str) -> ModuleType:
    """The module of one chapter's key. Raises KeyNotFound if the chapter has none."""
    chapter = str(chapter).zfill(2)
    if chapter not in chapters():
        raise KeyNotFound(
            f"chapter {chapter} has no answer key (expected course/keys/ch{chapter}.py)"
        )
    return importlib.import_module(f"{KEYS}.ch{chapter}")


def find_exercise(id: str) -> Exercise:
    """The exercise of this id, or KeyNotFound."""
    return _find(id, "exercise", load_key(chapter_of(id)).EXERCISES)


def find_quiz(id: str) -> Quiz:
    """The quiz of this id, or KeyNotFound."""
    return _find(id, "quiz", load_key(chapter_of(id)).QUIZZES)


def find_guess(id: str) -> Guess:
    """The guess of this id, or KeyNotFound."""
    return _find(id, "guess", load_key(chapter_of(id)).GUESSES)


def _find(id: str, kind: str, entries: tuple) -> Exercise | Quiz | Guess:
    for entry in entries:
        if entry.id == id:
            return entry
    known = ", ".join(entry.id for entry in entries) or "none"
    raise KeyNotFound(
        f"there is no {kind} {id} in course/keys/ch{chapter_of(id)}.py (it has: {known})"
    )
