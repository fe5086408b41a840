"""What the judge found out about one answer."""

from dataclasses import dataclass
from enum import Enum


class State(Enum):
    """How an answer stands. Only RIGHT puts the learner's own code to use."""

    RIGHT = "right"
    NOT_ATTEMPTED = "not attempted yet"
    MISCONCEPTION = "not yet"
    WRONG = "not yet (wrong result)"
    NOTHING_RETURNED = "not yet (nothing returned)"
    WRONG_TYPE = "not yet (wrong type)"
    WRONG_SHAPE = "not yet (wrong shape)"
    WRONG_DTYPE = "not yet (wrong dtype)"
    WRONG_DEVICE = "not yet (wrong device)"
    WRONG_GRADIENT = "not yet (wrong gradient)"
    WRONG_PARAMETERS = "not yet (other parameters)"
    EDITED_INPUT = "not yet (input edited)"
    NOT_DETERMINISTIC = "not yet (two calls, two results)"
    RAISED = "not yet (an error)"
    NOT_RAISED = "not yet (an error is due)"
    TIME_LIMIT = "stopped (time limit)"
    TOO_SLOW = "not yet (right, but slow)"
    UNUSABLE = "can't be judged"


@dataclass(frozen=True, kw_only=True)
class Case:
    """One call: what went in, what came out, what was expected.

    title: which input it is.
    rows:  (name, short text) pairs: input, yours, expected.
    """

    title: str
    rows: tuple[tuple[str, str], ...]


@dataclass(frozen=True, kw_only=True)
class Verdict:
    """The state of an answer, and what to tell the learner.

    exercise_id: "chapter.number".
    title:       of the exercise.
    state:       how the answer stands.
    says:        paragraphs; `code` is set as such.
    cause:       what names the mistake, a misconception's name or a detector's sentence; "" where
                 only the failing probe is known.
    cost:        what the mistake costs a model or a metric, one sentence or two; "" where it wasn't
                 measured.
    case:        the smallest failing probe, or None.
    notes:       what is tolerated but worth knowing (it printed, it warned).
    printed:     the first lines that the answer printed.
    probes:      how many there are; 0 if the answer was not run.
    passed:      on how many of them it is right.
    """

    exercise_id: str
    title: str
    state: State
    says: tuple[str, ...] = ()
    cause: str = ""
    cost: str = ""
    case: Case | None = None
    notes: tuple[str, ...] = ()
    printed: str = ""
    probes: int = 0
    passed: int = 0

    @property
    def right(self) -> bool:
        """Whether the learner's own code is put to use."""
        return self.state is State.RIGHT
