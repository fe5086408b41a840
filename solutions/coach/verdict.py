"""What the judge found out about one answer."""

from dataclasses import dataclass
from enum import Enum


class State(Enum):
    """How an answer stands. `RIGHT` alone puts the learner's own code to use."""

    RIGHT = "right"
    NOT_ATTEMPTED = "not attempted"
    MISCONCEPTION = "misconception"
    WRONG = "wrong"
    RAISED = "raised"
    TIME_LIMIT = "time limit"
    UNUSABLE = "unusable"


@dataclass(frozen=True, kw_only=True)
class Verdict:
    """The state of an answer, and what to tell the learner."""

    exercise_id: str
    title: str
    state: State
    says: str = ""

    def __repr__(self) -> str:
        return f"Exercise {self.exercise_id} · {self.title}: {self.state.value}. {self.says}".rstrip()
