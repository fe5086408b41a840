"""Which known mistake explains what an answer did?

A learner's code is never the key's, letter for letter: the same mistake may come with another
dtype, or fail on an edge where the key's version does not. So a misconception explains an answer if
it fails where the answer fails, mostly with the same numbers, and hardly anywhere else.
"""

import re
from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

import numpy as np
import pandas as pd
import torch

from course.coach.judging.compare import difference
from course.coach.judging.fault import Fault, fault, same
from course.coach.judging.observe import Outcome
from course.coach.key import Exercise, Misconception
from course.coach.probe import Probe

LEAST_SHARE = 0.6  # of the failing probes, that the misconception has to explain
MOST_ELSEWHERE = 2  # probes on which the misconception fails and the answer does not


class Behaviour(NamedTuple):
    """What an answer, or a misconception, does on each probe.

    outcomes: one a probe
    faults:   what is wrong with each; None where nothing is
    values:   what was returned, `loose`
    """

    outcomes: Sequence[Outcome]
    faults: Sequence[Fault | None]
    values: Sequence[Any]


def behaviour_of(
    exercise: Exercise, probes: Sequence[Probe], got: Sequence[Outcome], expected: Sequence[Outcome]
) -> Behaviour:
    """The Behaviour that these outcomes are."""
    trios = zip(probes, got, expected, strict=False)
    return Behaviour(
        tuple(got),
        tuple(fault(exercise, *trio) for trio in trios),
        tuple(loose(outcome.value) for outcome in got),
    )


def explanation(
    exercise: Exercise,
    mine: Behaviour,
    due: Behaviour,
    known_behaviour: Callable[[Misconception], Behaviour],
) -> Misconception | None:
    """The misconception that explains the most failing probes, with the fewest elsewhere.

    mine, due:       of the answer, and of the reference
    known_behaviour: of a misconception

    Of two that explain as much, the one that the key lists first. None if nothing explains enough.
    """
    best = None
    best_score = 0.0
    fails = [found is not None for found in mine.faults]
    least = max(1.0, LEAST_SHARE * sum(fails))
    for known in exercise.misconceptions:
        theirs = known_behaviour(known)
        pairs = list(zip(fails, theirs.faults, strict=False))
        elsewhere = sum(found is not None and not failed for failed, found in pairs)
        both = [n for n, (failed, found) in enumerate(pairs) if failed and found is not None]
        if len(both) < least or elsewhere > MOST_ELSEWHERE:
            continue
        explained = _explained(exercise, mine, theirs, due, both, least)
        score = explained - 0.5 * elsewhere
        if explained >= least and elsewhere <= explained and score > best_score:
            best = known
            best_score = score
    return best


def _explained(
    exercise: Exercise,
    mine: Behaviour,
    theirs: Behaviour,
    due: Behaviour,
    both: Sequence[int],
    least: float,
) -> int:
    """On how many probes two are wrong alike; counted only as long as `least` can be reached."""
    left = len(both)
    explained = 0
    for number in both:
        left -= 1
        explained += is_the_same_mistake(exercise, mine, theirs, due, number)
        if explained + left < least:
            break
    return explained


def is_the_same_mistake(
    exercise: Exercise, mine: Behaviour, theirs: Behaviour, due: Behaviour, number: int
) -> bool:
    """Whether two are wrong alike on a probe: exactly, or in wrong values without their types."""
    one = mine.outcomes[number]
    other = theirs.outcomes[number]
    if one.error is not None and other.error is not None:
        return type(one.error) is type(other.error) and _bare(one) == _bare(other)
    if one.error is not None or other.error is not None or one.stopped or other.stopped:
        return False
    if one.misfit or other.misfit:
        return same(exercise, one, other)
    if difference(mine.values[number], theirs.values[number]) is not None:
        # Alike all the same: to their type's rounding, or to the exercise's own comparison.
        return same(exercise, one, other)
    # Where the value is right, the mistake is another one: a dtype, an edited input, a gradient.
    if difference(mine.values[number], due.values[number]) is not None:
        return True
    kinds = mine.faults[number].state, theirs.faults[number].state
    return kinds[0] is kinds[1] and same(exercise, one, other)


def _bare(outcome: Outcome) -> str:
    """An error's text without what hangs on the input."""
    return re.sub(r"[\d.\s]+", " ", str(outcome.said))


def loose(value: Any) -> Any:
    """A value without its types: numbers as float64 arrays, sequences as lists, tables as dicts."""
    if isinstance(value, torch.Tensor):
        value = value.detach().cpu().to_dense()
        value = value.double().numpy() if not value.is_complex() else value.numpy()
    if isinstance(value, pd.DataFrame):
        return {str(name): loose(value[name].to_numpy()) for name in value.columns}
    if isinstance(value, pd.Series):
        return loose(value.to_numpy())
    if isinstance(value, int) and value.bit_length() > 1000:
        return value  # beyond all floats
    if isinstance(value, bool | int | float | np.number | np.bool_):
        return np.asarray(value, np.float64) if np.isrealobj(value) else value
    if isinstance(value, np.ndarray):
        if value.dtype == object:
            return [loose(entry) for entry in value.ravel()]
        return value.astype(np.float64) if value.dtype.kind in "biuf" else value
    if isinstance(value, list | tuple):
        return _loose_sequence(value)
    if isinstance(value, dict):
        return {key: loose(entry) for key, entry in value.items()}
    return value


def _loose_sequence(value: Any) -> Any:
    entries = [loose(entry) for entry in value]
    if isinstance(value, tuple):
        return entries  # several results, each of its own kind
    shapes = {entry.shape if isinstance(entry, np.ndarray) else None for entry in entries}
    if len(shapes) == 1 and None not in shapes:
        return np.stack(entries)  # a list of numbers is as good as an array
    return entries
