"""What a class has done: the lines that its learners' coaches wrote into one folder.

Whoever may write into the folder may write anything: a line is believed only as far as its form
goes, and what is shown of it is shown as text. A damaged line is skipped and counted.
"""

import json
import re
import time
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from course.coach.class_lines import ENDING, LONGEST
from course.coach.find import KeyNotFound, find_exercise
from course.coach.verdict import State

LARGEST = 2_000_000  # bytes of a file; of a larger one the end is read
_EXERCISE = re.compile(r"\d{1,2}\.\d{1,2}")


@dataclass(frozen=True)
class Line:
    """One verdict.

    who:   the learner's id, or the name that was given with it.
    at:    seconds since 1970, by the learner's clock.
    """

    who: str
    exercise: str
    state: State
    cause: str
    at: float


@dataclass(frozen=True)
class Standing:
    """How an exercise stands in the room.

    causes: (cause, how many learners), the most frequent first; where no cause is known, the state.
    names:  by cause, of the learners who gave theirs.
    """

    exercise: str
    right: int
    causes: tuple[tuple[str, int], ...]
    names: dict[str, tuple[str, ...]]

    @property
    def tried(self) -> int:
        """How many learners have tried it."""
        return self.right + sum(number for _, number in self.causes)


def read(folder: Path) -> tuple[list[Line], int]:
    """All lines of a folder, and how many were damaged. Raises OSError if there is no folder."""
    return Reader(folder).look()


class Reader:
    """Reads a folder again and again, each line once.

    folder: of the class.
    """

    def __init__(self, folder: Path):
        self.folder = folder
        self._lines: dict[str, list[Line]] = {}
        self._damaged: dict[str, int] = {}
        self._ends: dict[str, int] = {}

    def look(self) -> tuple[list[Line], int]:
        """All lines up to now, and how many were damaged. Raises OSError without a folder."""
        for path in sorted(path for path in self.folder.iterdir() if path.suffix == ENDING):
            self._read_on(path)
        lines = [line for own in self._lines.values() for line in own]
        return lines, sum(self._damaged.values())

    def _read_on(self, path: Path) -> None:
        name = path.stem
        with open(path, "rb") as file:
            size = file.seek(0, 2)
            begin = self._ends.get(name, 0)
            if begin == 0 or size < begin:
                # New, or begun anew.
                self._lines[name], self._damaged[name], begin = [], 0, 0
            cut = size - begin > LARGEST
            begin = max(begin, size - LARGEST)
            file.seek(begin)
            data = file.read(size - begin)
        # The last piece has no end yet: somebody is writing it. The first may have no beginning.
        whole, end, _ = data.rpartition(b"\n")
        self._ends[name] = begin + len(whole + end)
        for text in filter(bytes.strip, whole.split(b"\n")[1 if cut else 0 :]):
            line = parsed(text, name)
            self._lines[name] += [line] if line else []
            self._damaged[name] += line is None


def parsed(text: bytes, id: str) -> Line | None:
    """A line of the learner of that id; None if it is damaged."""
    try:
        said = json.loads(text)
        exercise, cause, name = said["exercise"], said["cause"], said.get("name", "")
        state, at = State[said["state"]], float(said["at"])
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError, OverflowError):
        return None
    if not all(isinstance(each, str) and len(each) <= LONGEST for each in (exercise, cause, name)):
        return None
    if not _EXERCISE.fullmatch(exercise) or not abs(at) < 1e12:
        return None
    return Line(name or id, exercise, state, cause, at)


def now_in(lines: Iterable[Line], minutes: float, now: float | None = None) -> list[Standing]:
    """How each exercise stands that somebody tried in the last `minutes`: each learner's last try.

    now: seconds since 1970; this moment by default.
    """
    since = (time.time() if now is None else now) - 60 * minutes
    last: dict[tuple[str, str], Line] = {}
    for line in sorted((line for line in lines if line.at >= since), key=lambda line: line.at):
        last[line.exercise, line.who] = line
    exercises = sorted({exercise for exercise, _ in last}, key=_in_order)
    return [
        _standing(id, [line for (exercise, _), line in last.items() if exercise == id])
        for id in exercises
    ]


def _standing(exercise: str, lines: Sequence[Line]) -> Standing:
    wrong = [line for line in lines if line.state is not State.RIGHT]
    counts = Counter(line.cause or line.state.value for line in wrong)
    return Standing(
        exercise,
        len(lines) - len(wrong),
        tuple(sorted(counts.items(), key=lambda pair: (-pair[1], pair[0]))),
        {
            cause: tuple(sorted(w.who for w in wrong if (w.cause or w.state.value) == cause))
            for cause in counts
        },
    )


def _in_order(exercise: str) -> tuple[int, ...]:
    return tuple(int(part) for part in exercise.split("."))


def about(exercise: str, cause: str = "") -> str:
    """An exercise's title, or what the coach says of a wrong idea of it; "" if there is none."""
    try:
        found = find_exercise(exercise)
    except KeyNotFound:
        return ""
    if not cause:
        return found.title
    return next((wrong.says for wrong in found.misconceptions if wrong.name == cause), "")
