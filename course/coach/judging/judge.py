"""Judge an answer against its key: the outcomes on the probes, then the diagnosis."""

import inspect
from collections.abc import Callable, Sequence
from functools import lru_cache, partial
from typing import Any

import torch

from course.coach.consequence import cost_of
from course.coach.judging.case import entries_of, failing_case, fickle_case
from course.coach.judging.detectors import detected
from course.coach.judging.fault import Fault, fault, over_time, same
from course.coach.judging.naming import Behaviour, behaviour_of, explanation
from course.coach.judging.observe import Observation, Outcome, observe, observe_again, outcome
from course.coach.judging.short import short
from course.coach.judging.source import failing_line, file_of, holes
from course.coach.key import Exercise, Misconception
from course.coach.probe import Probe
from course.coach.sandbox.code import is_class, name_of_code
from course.coach.sandbox.isolate import isolated
from course.coach.sandbox.text import name_of, scrub
from course.coach.sandbox.time_limit import guarded
from course.coach.verdict import State, Verdict

_REFERENCE_LIMIT = 60.0  # seconds; a reference that needs them has a broken key
_ATOMS = {int, float, complex, bool, str, bytes, type(None)}
_FICKLE = (
    "The same call gave two results. Something is drawn without the seed that was passed, "
    "or kept between calls: a global, a default argument that is a list or dict."
)


def judge(exercise: Exercise, answer: Any) -> Verdict:
    """How `answer` stands. Nothing that it raises comes through: what it did is in the Verdict.

    The order of the diagnosis: nothing that can be judged; not attempted; right; wrong just as a
    known misconception is; one result the first time and another the second; else the smallest
    probe on which it fails.
    """
    verdict = _unusable(exercise, answer) or _not_attempted(exercise, answer)
    if verdict is not None:
        return verdict
    probes = exercise.make_probes()
    expected = expected_outcomes(exercise)
    seen = observe(answer, exercise, probes, time_limit=exercise.time_limit)
    faults = find_faults(exercise, probes, seen.outcomes, expected.outcomes)
    facts = {
        "notes": _notes(seen, expected),
        "printed": scrub(seen.heard.printed),
        "probes": len(probes),
        "passed": faults.count(None),
    }
    known = None
    if any(faults):
        known = misconception_of(exercise, probes, seen.outcomes, expected.outcomes)
    again = {}
    if known is None and seen.is_whole(probes) and not exercise.draws:
        again = observe_again(answer, exercise, probes, time_limit=exercise.time_limit)
    fickle = _fickle(exercise, probes, seen.outcomes, again)
    if fickle is None and not any(faults):
        return _verdict(exercise, State.RIGHT, *_on_what_is_built(exercise), **facts)
    if fickle is not None:
        case = fickle_case(exercise, probes[fickle], seen.outcomes[fickle], again[fickle])
        return _verdict(exercise, State.NOT_DETERMINISTIC, _FICKLE, case=case, **facts)
    number = _telling(probes, faults)
    found = faults[number]
    got = None if found.state is State.TIME_LIMIT else seen.outcomes[number]
    # wrong parameters are wrong before any call
    case = None
    if found.state is not State.WRONG_PARAMETERS:
        case = failing_case(exercise, probes[number], found, got, expected.outcomes[number])
    if known is not None:
        facts |= {"cause": known.name, "cost": cost_of(exercise.id, known.name)}
        return _verdict(exercise, State.MISCONCEPTION, known.says, case=case, **facts)
    general = detected(exercise, answer, probes, faults, seen.outcomes, expected.outcomes)
    says = (general.says, _sentence(exercise, answer, found, got), *_on_the_others(faults))
    cause = general.says if general.is_cause else ""
    return _verdict(exercise, found.state, *filter(None, says), cause=cause, case=case, **facts)


def find_faults(
    exercise: Exercise, probes: Sequence[Probe], got: Sequence[Outcome], expected: Sequence[Outcome]
) -> list[Fault | None]:
    """What is wrong on each probe; None where nothing is.

    Probes that were not reached count as over time.
    """
    faults = [fault(exercise, *trio) for trio in zip(probes, got, expected, strict=False)]
    return faults + [over_time(exercise)] * (len(probes) - len(got))


@lru_cache(maxsize=128)
def expected_outcomes(exercise: Exercise) -> Observation:
    """The reference's outcomes on the exercise's probes.

    Raises RuntimeError if it does not end: a broken key.
    """
    probes = exercise.make_probes()
    seen = observe(exercise.reference, exercise, probes, time_limit=_REFERENCE_LIMIT)
    stopped = [outcome.stopped for outcome in seen.outcomes]
    if len(stopped) < len(probes) or any(stopped):
        number = [*stopped, True].index(True) + 1
        raise RuntimeError(
            f"the reference of exercise {exercise.id} does not end on probe {number}"
        )
    return seen


@lru_cache(maxsize=512)
def known_behaviour(exercise: Exercise, misconception: Misconception) -> Behaviour:
    """What a misconception does on the exercise's probes."""
    probes = exercise.make_probes()
    seen = observe(misconception.wrong, exercise, probes, time_limit=exercise.time_limit)
    return behaviour_of(exercise, probes, seen.outcomes, expected_outcomes(exercise).outcomes)


def misconception_of(
    exercise: Exercise, probes: Sequence[Probe], got: Sequence[Outcome], expected: Sequence[Outcome]
) -> Misconception | None:
    """The misconception that explains what the answer did, see `explanation`; or None."""
    mine = behaviour_of(exercise, probes, got, expected)
    due = behaviour_of(exercise, probes, expected, expected)
    return explanation(exercise, mine, due, partial(known_behaviour, exercise))


def accepts(exercise: Exercise, answer: Callable, time_limit: float) -> bool:
    """Whether `answer` is right on all probes: no diagnosis, and done with the first fault."""
    expected = expected_outcomes(exercise)
    right = []

    def run() -> None:
        for probe, due in zip(exercise.make_probes(), expected.outcomes, strict=True):
            if fault(exercise, probe, outcome(answer, exercise, probe, seed=0), due) is not None:
                return
        right.append(True)

    with isolated(answer, name_of_code(answer)) as heard:
        heard.stop()
        guarded(run, time_limit)
    return bool(right)


def _verdict(exercise: Exercise, state: State, *says: str, **facts: Any) -> Verdict:
    return Verdict(exercise_id=exercise.id, title=exercise.title, state=state, says=says, **facts)


def _unusable(exercise: Exercise, answer: Any) -> Verdict | None:
    if not callable(answer):
        return _verdict(
            exercise,
            State.UNUSABLE,
            f"Below `@exercise` stands {_in_short(answer)}, not a function or class.",
        )
    wants_class = isinstance(exercise.reference, type)
    if wants_class != is_class(answer):
        due, given = ("class", "function") if wants_class else ("function", "class")
        return _verdict(
            exercise, State.UNUSABLE, f"Write a {due}, as in the stub; this is a {given}."
        )
    wants_module = wants_class and issubclass(exercise.reference, torch.nn.Module)
    if wants_module and not issubclass(answer, torch.nn.Module):
        return _verdict(
            exercise,
            State.UNUSABLE,
            f"Write `class {name_of_code(answer)}(nn.Module)`: the class needs its parent.",
        )
    return None


def _in_short(value: Any) -> str:
    # of anything else the text may hang: only its type is told
    return short(value) if type(value) in _ATOMS else f"an object of type {name_of(type(value))}"


def _not_attempted(exercise: Exercise, answer: Callable) -> Verdict | None:
    empty, lines = holes(answer)
    if empty:
        return _verdict(exercise, State.NOT_ATTEMPTED)
    if lines:
        where = ("line " if len(lines) == 1 else "lines ") + ", ".join(map(str, lines))
        return _verdict(
            exercise,
            State.NOT_ATTEMPTED,
            f"Still to be filled in: the `...` in {where} of the cell.",
        )
    return None


def _fickle(
    exercise: Exercise, probes: Sequence[Probe], seen: Sequence[Outcome], again: dict[int, Outcome]
) -> int | None:
    """The smallest probe on which the second call did something else than the first."""
    found = [n for n, second in again.items() if not same(exercise, seen[n], second)]
    return min(found, key=lambda n: (entries_of(probes[n]), n), default=None)


def _telling(probes: Sequence[Probe], faults: Sequence[Fault | None]) -> int:
    """The probe to show: the first that did not end, else the smallest with a fault.

    A plain one if one fails; a device probe only if nothing else does.
    """
    failed = [number for number, found in enumerate(faults) if found is not None]
    endless = [number for number in failed if faults[number].state is State.TIME_LIMIT]
    if endless:
        return endless[0]

    def rank(number: int) -> tuple[bool, bool, int, int]:
        probe = probes[number]
        return probe.elsewhere, probe.edge, entries_of(probe), number

    return min(failed, key=rank)


def _on_what_is_built(exercise: Exercise) -> tuple[str, ...]:
    """What a right answer is good for, and how ours differs."""
    return tuple(filter(None, (exercise.built, exercise.ours)))


def _on_the_others(faults: Sequence[Fault | None]) -> tuple[str, ...]:
    """What became of the other inputs, where the answer did not end on some."""
    endless = sum(found is not None and found.state is State.TIME_LIMIT for found in faults)
    if endless in (0, len(faults)):
        return ()
    right = faults.count(None)
    return (f"It did not end on {endless} of {len(faults)} inputs, and is right on {right}.",)


def _sentence(exercise: Exercise, answer: Callable, found: Fault, got: Outcome | None) -> str:
    """The sentence about a fault, with the line of the cell where an error came up."""
    if got is None or got.error is None:
        return found.says
    line = failing_line(got.error, file_of(answer))
    if line:
        return f"{found.says} That was {line}."
    if issubclass(type(got.error), TypeError):
        parameters = ", ".join(inspect.signature(exercise.reference).parameters)
        stub = f"{exercise.stub_name}({parameters})"
        return f"{found.says} Does the first line still read as in the stub, `{stub}`?"
    return found.says


def _notes(seen: Observation, expected: Observation) -> tuple[str, ...]:
    new = [text for text in seen.heard.warned if text not in expected.heard.warned]
    notes = [f"It warned: {scrub(text, 160)}" for text in new]
    if seen.heard.printed:
        lines = max(seen.heard.n_lines, 1)
        notes.append(f"It printed {lines:,} line{'s' * (lines != 1)} on the way.")
    return tuple(notes)
