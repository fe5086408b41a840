"""What is wrong with one outcome, and whether two outcomes are wrong in the same way."""

from dataclasses import dataclass
from typing import Any

from course.coach.judging.compare import difference
from course.coach.judging.observe import Outcome
from course.coach.judging.short import described, short
from course.coach.key import Exercise
from course.coach.probe import Probe
from course.coach.sandbox.other_device import DevicesMixed
from course.coach.sandbox.values import Unread
from course.coach.verdict import State

_MIXED = (
    "It mixes devices: a tensor made inside is not where the input is. Make it with `device=` "
    "the input's."
)
_MISPLACED = (
    "The result is on another device than the input. Make new tensors with `device=` the input's."
)
# Seconds of processor time; less never counts as slow: clocks and caches are that coarse.
_ALWAYS_GRANTED = 0.25


@dataclass(frozen=True)
class Fault:
    """One thing that is wrong: the state of the verdict and a sentence."""

    state: State
    says: str


def fault(exercise: Exercise, probe: Probe, got: Outcome, expected: Outcome) -> Fault | None:
    """What is wrong with `got`, the most telling first; None if nothing is."""
    if got.stopped:
        return over_time(exercise)
    if got.misfit:
        return Fault(State.WRONG_PARAMETERS, got.misfit)
    return (
        _wrong_error(got, expected)
        or _edited(got, expected)
        or (_wrong_value(exercise, got.value, expected.value) if got.error is None else None)
        or _wrong_device(got, expected)
        or _wrong_gradient(got, expected)
        or _slow(probe, got, expected)
    )


def over_time(exercise: Exercise) -> Fault:
    """That the answer did not end."""
    seconds = f"{exercise.time_limit:g} second{'s' * (exercise.time_limit != 1)}"
    return Fault(
        State.TIME_LIMIT,
        f"It did not end within {seconds} and was stopped. Is there a loop that never ends?",
    )


def same(exercise: Exercise, one: Outcome, other: Outcome) -> bool:
    """Whether two calls did the same."""
    if one.stopped or other.stopped:
        return one.stopped and other.stopped
    if one.edited.keys() != other.edited.keys() or one.misfit != other.misfit:
        return False
    if one.error is not None or other.error is not None:
        return type(one.error) is type(other.error)
    if difference(one.value, other.value) is not None:
        if _wrong_value(exercise, one.value, other.value) is not None:
            return False
    return _wrong_gradient(one, other) is None


def _wrong_error(got: Outcome, expected: Outcome) -> Fault | None:
    if expected.error is None:
        if got.error is None:
            return None
        if issubclass(type(got.error), DevicesMixed):
            return Fault(State.WRONG_DEVICE, _MIXED)
        return Fault(State.RAISED, f"It raised `{got.said}`.")
    due = type(expected.error).__name__
    if got.error is None:
        return Fault(
            State.NOT_RAISED,
            f"This input is to be refused with a `{due}`, but your code accepted it.",
        )
    if not issubclass(type(got.error), type(expected.error)):
        return Fault(State.RAISED, f"It raised `{got.said}`, where a `{due}` is due.")
    return None


def _edited(got: Outcome, expected: Outcome) -> Fault | None:
    names = [name for name in got.edited if name not in expected.edited]
    if not names:
        return None
    return Fault(
        State.EDITED_INPUT,
        f"It changed its argument `{names[0]}` in place: whoever called it now holds other data. "
        "Work on a copy.",
    )


def _wrong_value(exercise: Exercise, got: Any, expected: Any) -> Fault | None:
    if exercise.compare is None or got is None or isinstance(got, Unread):
        found = difference(got, expected)
        return None if found is None else Fault(found.state, found.says)
    try:
        says = exercise.compare(got, expected)
    except Exception as error:
        says = (
            f"The result, {short(got)}, can't be compared with the expected one: "
            f"{described(error)}."
        )
    return None if says is None else Fault(State.WRONG, says)


def _wrong_device(got: Outcome, expected: Outcome) -> Fault | None:
    misplaced = got.misplaced and not expected.misplaced
    return Fault(State.WRONG_DEVICE, _MISPLACED) if misplaced else None


def _wrong_gradient(got: Outcome, expected: Outcome) -> Fault | None:
    for name, gradient in expected.gradients.items():
        mine = got.gradients.get(name)
        if mine is None and gradient is not None:
            return Fault(
                State.WRONG_GRADIENT,
                f"The result is right, but no gradient reaches `{name}`: something on the way is "
                "detached.",
            )
        if mine is not None and gradient is None:
            if mine.count_nonzero() == 0:
                continue
            return Fault(
                State.WRONG_GRADIENT,
                f"The result is right, but a gradient reaches `{name}`, and none should.",
            )
        found = difference(mine, gradient, f"the gradient of `{name}` ")
        if found is not None:
            return Fault(
                State.WRONG_GRADIENT, f"The result is right, but its gradient is not. {found.says}"
            )
    return None


def _slow(probe: Probe, got: Outcome, expected: Outcome) -> Fault | None:
    if probe.slowdown is None:
        return None
    if got.seconds <= max(_ALWAYS_GRANTED, probe.slowdown * expected.seconds):
        return None
    return Fault(
        State.TOO_SLOW,
        f"The result is right, but takes more than {probe.slowdown:g} times as long as it needs "
        "to. Can one operation on the whole array replace a Python loop?",
    )
