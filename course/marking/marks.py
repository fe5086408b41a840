"""The mark of one answer: what it does on shown and hidden inputs, in a process of its own."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

from course.coach.find import chapter_of, find_exercise, load_key
from course.coach.judging.fault import Fault, same
from course.coach.judging.judge import expected_outcomes, find_faults, misconception_of
from course.coach.key import Exercise
from course.coach.verdict import State
from course.marking.answers import find_answer
from course.marking.asking import Asking, Seen
from course.marking.borrowing import borrows
from course.marking.inputs import Inputs, inputs_of, names_of
from course.marking.peeking import peeks
from course.marking.rooms import Rooms

HIDDEN = 2 / 3  # what hidden inputs weigh
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
    name = peeks(answer)
    if name:
        return Mark(0.0, (f"The answer uses {name[:80]}, which looks at what runs it.",))
    inputs = inputs_of(exercise, seed)
    seen = Asking(rooms(), inputs, answer, given).seen()
    if seen.unready:
        return Mark(0.0, (seen.unready,))
    return _judged(exercise, inputs, seen)


def _judged(exercise: Exercise, inputs: Inputs, seen: Seen) -> Mark:
    faults = [_fault(exercise, inputs, seen, number) for number in range(len(inputs.probes))]
    share = weighted([found is None for found in faults], inputs.shown)
    passed = faults.count(None)
    count = f"{passed} of {len(faults)} inputs, {len(faults) - inputs.shown} of them hidden"
    if not any(faults):
        return Mark(1.0, (f"{count}: {State.RIGHT.value}.",))
    number = next(number for number, found in enumerate(faults) if found is not None)
    first = faults[number]
    says = _sentence(exercise, inputs, seen, first)
    if says == first.says and number in seen.outcomes:
        lines = getattr(seen.outcomes[number].error, "__notes__", [])
        says = " ".join([says, *(f"That was {line}." for line in lines)])
    return Mark(share, (f"{count}: {first.state.value}.", says))


def _fault(exercise: Exercise, inputs: Inputs, seen: Seen, number: int) -> Fault | None:
    """What is wrong on one input."""
    got, again = seen.outcomes.get(number), seen.again.get(number)
    if got is None and seen.lost.get(number) == "end":
        return Fault(State.RAISED, _ENDED)
    due = inputs.expected[number]
    reached = [] if got is None else [got]
    (found,) = find_faults(exercise, [inputs.probes[number]], reached, [due])
    if found is None and number in seen.lost:
        return Fault(State.NOT_DETERMINISTIC, _FICKLE)
    if found is None and again is not None and not same(exercise, got, again):
        return Fault(State.NOT_DETERMINISTIC, _FICKLE)
    return found


def weighted(passed: Sequence[bool], shown: int) -> float:
    """The share of the points: a third for the shown inputs, two thirds for the hidden ones.

    Where a key has no hidden input the shown ones are all.
    """
    parts = passed[:shown], passed[shown:]
    shares = [sum(part) / len(part) for part in parts if part]
    return shares[0] if len(shares) == 1 else (1 - HIDDEN) * shares[0] + HIDDEN * shares[1]


def _sentence(exercise: Exercise, inputs: Inputs, seen: Seen, first: Fault) -> str:
    """What the coach says to a known mistake, or about the first fault."""
    shown = range(inputs.shown)
    if any(number not in seen.outcomes for number in shown):
        return first.says
    due = expected_outcomes(exercise).outcomes
    got = [seen.outcomes[number] for number in shown]
    known = misconception_of(exercise, inputs.probes[: inputs.shown], got, due)
    return first.says if known is None else known.says
