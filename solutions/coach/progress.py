"""How far this kernel's learner has come: kept in memory, forgotten with the kernel, remade by running the cells."""

from enum import Enum

from solutions.coach.verdict import State, Verdict


class Progress(Enum):
    """How an exercise stands on the scoreboard."""

    SOLVED = "solved by you"
    REFERENCE = "reference used"
    NOT_TRIED = "not tried"


_seen: dict[str, Progress] = {}
_last: list[str] = []  # the exercise judged last, if any


def record(verdict: Verdict) -> None:
    """Note the verdict; a later one on the same exercise replaces it."""
    standing = {State.RIGHT: Progress.SOLVED, State.NOT_ATTEMPTED: Progress.NOT_TRIED}
    _seen[verdict.exercise_id] = standing.get(verdict.state, Progress.REFERENCE)
    _last[:] = [verdict.exercise_id]


def standing(exercise_id: str) -> Progress:
    """How the exercise stands now."""
    return _seen.get(exercise_id, Progress.NOT_TRIED)


def last_judged() -> str | None:
    """The exercise that was judged last in this kernel, or None."""
    return _last[0] if _last else None


def forget() -> None:
    """Start anew, as a fresh kernel does."""
    _seen.clear()
    _last.clear()
