"""The mark of one answer: what it does on shown and hidden inputs, in a process of its own."""

import math
from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import lru_cache

from course.coach.find import chapter_of, find_exercise, load_key
from course.coach.judging.fault import Fault, same
from course.coach.judging.judge import expected_outcomes, find_faults, misconception_of
from course.coach.judging.observe import Outcome
from course.coach.key import Exercise
from course.coach.verdict import State
from course.marking.answers import Answer, find_answer
from course.marking.borrowing import borrows
from course.marking.inputs import Inputs, inputs_of, names_of, parcel, place_of
from course.marking.replies import outcome_of
from course.marking.rooms import Ended, Room, Rooms

HIDDEN = 2 / 3  # what hidden inputs weigh
SET_UP = 30.0  # seconds of processor time for the statements that an answer needs
_ENDED = "It ended the process in which it was marked."
_FICKLE = "The same call gave two results."


@dataclass(frozen=True)
class Mark:
    """What an answer is worth.

    share: of the points, 0 to 1.
    says:  why, in lines.
    """

    share: float
    says: tuple[str, ...] = ()


@dataclass
class _Seen:
    """The outcomes of an answer, in the order of the inputs, and those of the second calls."""

    outcomes: list[Outcome] = field(default_factory=list)
    again: list[Outcome] = field(default_factory=list)
    ended: str = ""


@lru_cache(maxsize=1)
def rooms() -> Rooms:
    """Where answers run; made when the first is marked."""
    return Rooms()


def mark(id: str, seed: int, cells: Sequence[str]) -> Mark:
    """The mark for exercise `id` of a notebook, of which nothing runs in this process.

    seed:  of the hidden inputs.
    cells: the notebook's code, in order, down to where the exercise is marked.

    Raises KeyNotFound if there is no such exercise.
    """
    exercise = find_exercise(id)
    given = names_of(load_key(chapter_of(id)).EXERCISES, exercise)
    answer = find_answer(cells, id, frozenset(given))
    if answer is None:
        return Mark(0.0, (f'There is no cell with @exercise("{id}").',))
    if answer.is_open:
        return Mark(0.0, (f"{State.NOT_ATTEMPTED.value}.",))
    if answer.is_class != isinstance(exercise.reference, type):
        due = "class" if isinstance(exercise.reference, type) else "function"
        return Mark(0.0, (f"Write a {due}, as in the stub.",))
    if borrows(exercise.reference, answer):
        name = exercise.reference.__name__
        return Mark(0.0, (f"The answer calls the library's {name}, which is the solution.",))
    inputs = inputs_of(exercise, seed)
    with rooms().room() as room:
        seen = _seen(room, inputs, answer, given)
    return _judged(exercise, inputs, seen)


def _seen(room: Room, inputs: Inputs, answer: Answer, given: dict[str, tuple[str, str]]) -> _Seen:
    """Ask an answer for all inputs, one by one, and then once more under another global seed."""
    exercise = inputs.exercise
    seen = _Seen()
    reference = exercise.reference
    needs = [(each.cell, each.number) for each in answer.needs]
    task = {
        "solution": place_of(reference),
        "given": given,
        "needs": needs,
        "statement": (answer.statement.cell, answer.statement.number),
        "name": exercise.stub_name,
        "seconds": math.ceil(SET_UP + exercise.time_limit),
    }
    try:
        room.grant(SET_UP)
        ready = room.ask(task)
        if ready != "ready":
            seen.outcomes.append(outcome_of(ready))
            seen.ended = f"Its cell can't be run: {seen.outcomes[-1].error}"
            return seen
        room.grant(exercise.time_limit)
        parcels = [parcel(exercise, probe) for probe in inputs.probes]
        for outcomes, global_seed in ((seen.outcomes, 0), (seen.again, 1)):
            for probe, packed in zip(inputs.probes, parcels, strict=True):
                if global_seed and (exercise.draws or probe.slowdown is not None):
                    outcomes.append(seen.outcomes[len(outcomes)])
                    continue
                outcomes.append(outcome_of(room.ask({"parcel": packed, "seed": global_seed})))
    except Ended as ended:
        seen.ended = str(ended)
    return seen


def _judged(exercise: Exercise, inputs: Inputs, seen: _Seen) -> Mark:
    if seen.ended.startswith("Its cell"):
        return Mark(0.0, (seen.ended,))
    faults = find_faults(inputs.exercise, inputs.probes, seen.outcomes, inputs.expected)
    if seen.ended == "end":
        reached = len(seen.outcomes)
        faults[reached:] = [Fault(State.RAISED, _ENDED)] * (len(faults) - reached)
    pairs = list(zip(seen.outcomes, seen.again, strict=False))
    for number, (once, again) in enumerate(pairs):
        if faults[number] is None and not same(exercise, once, again):
            faults[number] = Fault(State.NOT_DETERMINISTIC, _FICKLE)
    share = weighted([found is None for found in faults], inputs.shown)
    passed = faults.count(None)
    count = f"{passed} of {len(faults)} inputs, {len(faults) - inputs.shown} of them hidden"
    if not any(faults):
        return Mark(1.0, (f"{count}: {State.RIGHT.value}.",))
    first = next(found for found in faults if found is not None)
    return Mark(share, (f"{count}: {first.state.value}.", _sentence(exercise, inputs, seen, first)))


def weighted(passed: Sequence[bool], shown: int) -> float:
    """The share of the points: a third for the shown inputs, two thirds for the hidden ones.

    Where a key has no hidden input the shown ones are all.
    """
    parts = passed[:shown], passed[shown:]
    shares = [sum(part) / len(part) for part in parts if part]
    return shares[0] if len(shares) == 1 else (1 - HIDDEN) * shares[0] + HIDDEN * shares[1]


def _sentence(exercise: Exercise, inputs: Inputs, seen: _Seen, first: Fault) -> str:
    """What the coach says to a known mistake, or about the first fault."""
    shown = inputs.shown
    if len(seen.outcomes) < shown:
        return first.says
    due = expected_outcomes(exercise).outcomes
    probes = inputs.probes[:shown]
    known = misconception_of(exercise, probes, seen.outcomes[:shown], due)
    return first.says if known is None else known.says
