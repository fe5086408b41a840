"""Ask an answer for all inputs, one after the other, in its own process.

Where it ends that process, or does not end itself, one input is lost: the later ones are put to a
fresh copy. A few times, so that an answer that never ends is not waited for at each input.
"""

import math
from collections import deque
from dataclasses import dataclass, field
from typing import Any

from course.coach.judging.observe import Outcome
from course.marking.answers import Answer
from course.marking.inputs import Inputs, parcel, place_of
from course.marking.replies import outcome_of
from course.marking.rooms import Ended, Room, Rooms

COPIES = 3  # fresh copies of one answer, beyond the first
SET_UP = 30.0  # seconds of processor time for the statements that an answer needs


@dataclass
class Seen:
    """What an answer did. By the input's number, from 0.

    outcomes: of the first calls.
    again:    of the second calls, under another global seed.
    lost:     why there is no outcome: "time" or "end"; of a first call, or else of a second one.
    unready:  why the answer could not be asked at all, or "".
    """

    outcomes: dict[int, Outcome] = field(default_factory=dict)
    again: dict[int, Outcome] = field(default_factory=dict)
    lost: dict[int, str] = field(default_factory=dict)
    unready: str = ""


@dataclass(frozen=True)
class _Question:
    number: int
    global_seed: int


class Asking:
    """One answer, the questions that are left, and the time that is left for them."""

    def __init__(
        self, rooms: Rooms, inputs: Inputs, answer: Answer, given: dict[str, tuple[str, str]]
    ) -> None:
        self._rooms = rooms
        self._inputs = inputs
        self._task = _task(inputs, answer, given)
        self._parcels = [parcel(inputs.exercise, probe) for probe in inputs.probes]
        numbers = range(len(inputs.probes))
        self._left = deque(_Question(number, seed) for seed in (0, 1) for number in numbers)
        self._seconds = inputs.seconds
        self._seen = Seen()

    def seen(self) -> Seen:
        """Ask for all inputs, and for all once more."""
        why = ""
        for _ in range(1 + COPIES):
            with self._rooms.room() as room:
                try:
                    if not self._is_ready(room):
                        return self._seen
                    self._ask(room)
                except Ended as ended:
                    why = str(ended)
                    self._lose(self._left.popleft(), why)
            if not self._left or self._seconds <= 0:
                break
        # a second call that was not asked for proves nothing
        for question in self._left:
            if not question.global_seed:
                self._lose(question, why)
        return self._seen

    def _is_ready(self, room: Room) -> bool:
        room.grant(SET_UP)
        try:
            ready = room.ask(self._task)
        except Ended as ended:
            ready = {"error": [], "text": _UNREADY[str(ended)]}
        if ready != "ready" and not self._seen.outcomes:
            self._seen.unready = f"Its cell can't be run: {outcome_of(ready).error}"
        return ready == "ready"

    def _ask(self, room: Room) -> None:
        while self._left:
            question = self._left[0]
            if not self._is_known(question):
                if self._seconds <= 0 and question.global_seed:
                    return
                self._put(room, question)
            self._left.popleft()

    def _is_known(self, question: _Question) -> bool:
        """Whether nothing is to be asked: the second call of what was lost, or may not be alike."""
        number = question.number
        if not question.global_seed:
            return False
        if number in self._seen.outcomes:
            timed = self._inputs.probes[number].slowdown is not None
            return timed or self._inputs.exercise.draws
        return True

    def _put(self, room: Room, question: _Question) -> None:
        # as long for one input as the coach gives for all of them
        granted = min(self._inputs.exercise.time_limit, self._seconds)
        if granted <= 0:
            raise Ended("time")
        before = room.grant(granted)
        reply = room.ask({"parcel": self._parcels[question.number], "seed": question.global_seed})
        self._seconds -= max(0.0, room.used() - before)
        outcomes = self._seen.again if question.global_seed else self._seen.outcomes
        outcomes[question.number] = outcome_of(reply)

    def _lose(self, question: _Question, why: str) -> None:
        if not self._is_known(question):
            self._seen.lost.setdefault(question.number, why)


_UNREADY = {"time": "it did not end in time", "end": "it ended the process"}


def _task(inputs: Inputs, answer: Answer, given: dict[str, tuple[str, str]]) -> dict[str, Any]:
    """What an answer's process is to run before it is asked."""
    return {
        "solution": place_of(inputs.exercise.reference),
        "given": given,
        "needs": [(each.cell, each.number) for each in answer.needs],
        "statement": (answer.statement.cell, answer.statement.number),
        "name": inputs.exercise.stub_name,
        "seconds": math.ceil(SET_UP + inputs.seconds + inputs.exercise.time_limit),
    }
