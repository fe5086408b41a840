"""How far a learner has come: in this kernel, and before it.

What runs is kept in memory, and `save` adds it to the file beside the learner's copy, if there is
one (`progress_file`). So a scoreboard knows what was solved last week, and a guess whose answer was
shown stays what it was.
"""

from enum import Enum
from pathlib import Path

from course.coach import progress_file
from course.coach.record import SOLVED, TRIED, Noted, Record, merged
from course.coach.verdict import State, Verdict


class Progress(Enum):
    """How an exercise stands on the scoreboard."""

    SOLVED = "solved by you"
    EARLIER = "solved by you, earlier"
    REFERENCE = "reference used"
    NOT_TRIED = "not tried"

    @property
    def is_solved(self) -> bool:
        """Now or earlier."""
        return self in (Progress.SOLVED, Progress.EARLIER)


class _Kernel:
    """What is known in this kernel."""

    def __init__(self) -> None:
        self.seen: dict[str, Progress] = {}
        self.last: str | None = None
        # Guesses whose answer this kernel has shown.
        self.shown: set[str] = set()
        # What the file says and what is new; the latter goes once it is written.
        self.kept = Record()
        self.news = Record()
        self.told: set[str] = set()
        self.place: Path | None = None
        self.is_placed = False


_here = _Kernel()


def record(verdict: Verdict) -> None:
    """Note a verdict: it replaces the one before. A stub is no try."""
    id = verdict.exercise_id
    progress = {State.RIGHT: Progress.SOLVED, State.NOT_ATTEMPTED: Progress.NOT_TRIED}
    _here.seen[id] = progress.get(verdict.state, Progress.REFERENCE)
    _here.last = id
    if verdict.state is not State.NOT_ATTEMPTED:
        _note(Record(exercises={id: SOLVED if verdict.right else TRIED}))


def standing(exercise_id: str) -> Progress:
    """How the exercise stands now: by this kernel's verdict, or solved earlier."""
    known = so_far().exercises.get(exercise_id)
    if exercise_id in _here.seen:
        now = _here.seen[exercise_id]
        return Progress.EARLIER if known == SOLVED and not now.is_solved else now
    return {SOLVED: Progress.EARLIER, TRIED: Progress.REFERENCE}.get(known, Progress.NOT_TRIED)


def last_judged() -> str | None:
    """The exercise that was judged, or the guess that ran, last in this kernel; None before."""
    return _here.last


def note_choice(quiz_id: str, letter: str) -> None:
    """A choice of a quiz was opened by name."""
    _note(Record(quizzes={quiz_id: [letter]}))


def note_guess(guess_id: str, noted: Noted) -> None:
    """A guess, or one with its answer, takes the place of one that has none."""
    _here.last = guess_id
    _note(Record(guesses={guess_id: noted}))


def note_shown(guess_id: str) -> None:
    """The answer is on the page."""
    _here.last = guess_id
    _here.shown.add(guess_id)


def is_shown(guess_id: str) -> bool:
    """Has this kernel shown the answer?"""
    return guess_id in _here.shown


def guess_of(guess_id: str) -> Noted | None:
    """The guess, of this kernel or of one before; None if there is none."""
    return so_far().guesses.get(guess_id)


def so_far() -> Record:
    """All that is known: what the file said when it was read last, and what this kernel added."""
    _place()
    return merged(_here.kept, _here.news)


def save() -> str:
    """Add what is new to the file; a sentence where it is to be told and was not yet, else ""."""
    path = _place()
    if path is None or not _here.news:
        return ""
    try:
        _here.kept, note = progress_file.add(path, _here.news)
    except progress_file.NotKept as error:
        note = str(error)
    else:
        _here.news = Record()
    if note in _here.told:
        return ""
    _here.told.add(note)
    return note


def read_again() -> str:
    """Look what the kernels of other chapters have added; a sentence where that can't be read."""
    path = _place()
    if path is None:
        return ""
    _here.kept, note = progress_file.read(path)
    return note


def where() -> Path | None:
    """The file in which this learner's progress is kept; None where none is."""
    return _place()


def kept_where() -> str:
    """A sentence on what outlives this kernel."""
    path = _place()
    if path is None:
        return "Nothing is kept beyond this kernel: this is not a copy of yours."
    return f"Kept in `{path.name}`, beside your copy."


def forget() -> None:
    """Start anew, as a fresh kernel does."""
    _here.__init__()


def _note(news: Record) -> None:
    _here.news = merged(_here.news, news)


def _place() -> Path | None:
    """Where the file is, found once: an answer may change the folder. Reads it then."""
    if not _here.is_placed:
        _here.is_placed = True
        _here.place = progress_file.place()
        read_again()
    return _here.place
