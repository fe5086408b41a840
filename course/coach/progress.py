"""How far this kernel's learner has come.

Kept in memory, forgotten with the kernel, made again by running the cells.
"""

from enum import Enum
from typing import Any

from course.coach.verdict import State, Verdict


class Progress(Enum):
    """How an exercise stands on the scoreboard."""

    SOLVED = "solved by you"
    REFERENCE = "reference used"
    NOT_TRIED = "not tried"


_seen: dict[str, Progress] = {}
_answers: dict[str, Any] = {}
_last: list[str] = []  # the exercise judged last, if any


def record(verdict: Verdict, answer: Any) -> None:
    """Note a verdict and the answer that it is about: they replace those before.

    But a stub is no answer: one that runs later, in a copy of the cell, replaces none.
    """
    progress = {State.RIGHT: Progress.SOLVED, State.NOT_ATTEMPTED: Progress.NOT_TRIED}
    _seen[verdict.exercise_id] = progress.get(verdict.state, Progress.REFERENCE)
    if verdict.state is not State.NOT_ATTEMPTED or verdict.exercise_id not in _answers:
        _answers[verdict.exercise_id] = answer
    _last[:] = [verdict.exercise_id]


def standing(exercise_id: str) -> Progress:
    """How the exercise stands now."""
    return _seen.get(exercise_id, Progress.NOT_TRIED)


def answer_of(exercise_id: str) -> Any:
    """What the learner wrote, right or wrong; None if the exercise has not run.

    Its name in the notebook may mean the reference.
    """
    return _answers.get(exercise_id)


def last_judged() -> str | None:
    """The exercise that was judged last in this kernel, or None."""
    return _last[0] if _last else None


def forget() -> None:
    """Start anew, as a fresh kernel does."""
    _seen.clear()
    _answers.clear()
    _last.clear()
