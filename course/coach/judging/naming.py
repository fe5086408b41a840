"""Which known mistake explains what an answer did?

A learner's code is never the key's, letter for letter: the same mistake may come with another
dtype, or fail on an edge where the key's version does not. So a misconception explains an answer if
it fails where the answer fails, mostly with the same numbers, and hardly anywhere else.
"""

import re
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
import pandas as pd
import torch

from course.coach.judging.compare import difference
from course.coach.judging.fault import fault, same
from course.coach.judging.observe import Outcome
from course.coach.key import Exercise, Misconception
from course.coach.probe import Probe

LEAST_SHARE = 0.6  # of the failing probes, that the misconception has to explain
MOST_ELSEWHERE = 2  # probes on which the misconception fails and the answer does not


def explanation(
    exercise: Exercise,
    probes: Sequence[Probe],
    got: Sequence[Outcome],
    expected: Sequence[Outcome],
    outcomes_of: Callable[[Misconception], Sequence[Outcome]],
) -> Misconception | None:
    """The misconception that explains the most failing probes, with the fewest elsewhere.

    outcomes_of: what a misconception does on the probes

    Of two that explain as much, the one that the key lists first. None if nothing explains enough.
    """
    best = None
    best_score = 0.0
    reached = list(zip(probes, got, expected, strict=False))
    fails = [fault(exercise, *trio) is not None for trio in reached]
    for known in exercise.misconceptions:
        wrong = outcomes_of(known)
        explained = 0
        elsewhere = 0
        for (probe, mine, due), failed, theirs in zip(reached, fails, wrong, strict=False):
            if fault(exercise, probe, theirs, due) is None:
                continue
            if not failed:
                elsewhere += 1
            elif is_the_same_mistake(exercise, mine, theirs, due):
                explained += 1
        if explained < max(1.0, LEAST_SHARE * sum(fails)):
            continue
        if elsewhere > min(MOST_ELSEWHERE, explained):
            continue
        score = explained - 0.5 * elsewhere
        if score > best_score:
            best = known
            best_score = score
    return best


def is_the_same_mistake(exercise: Exercise, mine: Outcome, theirs: Outcome, due: Outcome) -> bool:
    """Whether two wrong outcomes are alike: exactly, or in wrong values without their types."""
    if mine.error is not None and theirs.error is not None:
        return type(mine.error) is type(theirs.error) and _bare(mine) == _bare(theirs)
    if same(exercise, mine, theirs):
        return True
    if mine.error is not None or theirs.error is not None or mine.misfit or theirs.misfit:
        return False
    if mine.stopped or theirs.stopped:
        return False
    value = loose(mine.value)
    if difference(value, loose(theirs.value)) is not None:
        return False
    # Where the value is right, the mistake is another one: a dtype, an edited input, a gradient.
    return due.error is not None or difference(value, loose(due.value)) is not None


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
