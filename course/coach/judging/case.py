"""One call, told to the learner: what went in, what came out, what was expected."""

from typing import Any

import numpy as np
import pandas as pd
import torch

from course.coach.judging.fault import Fault
from course.coach.judging.observe import Outcome, argument_names
from course.coach.judging.short import short, side_by_side
from course.coach.key import Exercise
from course.coach.probe import ModuleProbe, Probe
from course.coach.verdict import Case, State


def failing_case(
    exercise: Exercise, probe: Probe, found: Fault, got: Outcome | None, expected: Outcome
) -> Case:
    """A call with a fault. `got` is None where the answer was stopped."""
    yours, due = _sides(found, got, expected)
    rows = (("input", _call(exercise, probe)), ("yours", yours), ("expected", due))
    what = "It was stopped on this input" if got is None else "The smallest input that shows it"
    return Case(title=_title(what, probe), rows=rows)


def fickle_case(exercise: Exercise, probe: Probe, once: Outcome, again: Outcome) -> Case:
    """A call that came out in two ways."""
    first, second = _results(once, again)
    rows = (("input", _call(exercise, probe)), ("first call", first), ("second call", second))
    return Case(title=_title("The smallest input that shows it", probe), rows=rows)


def _title(what: str, probe: Probe) -> str:
    return f"{what}: {probe.label}" if probe.label else what


def entries_of(probe: Probe) -> int:
    """How many numbers a reader of the probe has to look at."""
    values = [probe.args, dict(probe.kwargs)]
    if isinstance(probe, ModuleProbe):
        values += [probe.init, dict(probe.init_kwargs)]
    return sum(map(_count, values))


def _count(value: Any) -> int:
    if isinstance(value, torch.Tensor):
        return value.numel()
    if isinstance(value, np.ndarray | pd.DataFrame | pd.Series):
        return int(value.size)
    if isinstance(value, dict):
        return sum(map(_count, value.values()))
    if isinstance(value, tuple | list):
        return sum(map(_count, value))
    return 1


def _call(exercise: Exercise, probe: Probe) -> str:
    names = argument_names(exercise, probe)
    values = [*probe.args, *probe.kwargs.values()]
    lines = [f"{name} = {short(value)}" for name, value in zip(names, values, strict=True)]
    if probe.elsewhere:
        lines.append("all tensors on another device than the CPU")
    if isinstance(probe, ModuleProbe):
        init = [short(value) for value in probe.init]
        init += [f"{key}={short(value)}" for key, value in probe.init_kwargs.items()]
        lines.insert(0, f"module = {exercise.stub_name}({', '.join(init)})")
    return "\n".join(lines)


def _sides(found: Fault, got: Outcome | None, expected: Outcome) -> tuple[str, str]:
    if got is None:
        return "no result in time", _result(expected)
    if found.state is State.EDITED_INPUT:
        lines = [f"{name} afterwards = {text}" for name, text in got.edited.items()]
        return "\n".join(lines), "arguments as they were"
    if found.state is State.WRONG_GRADIENT:
        return _gradients(got), _gradients(expected)
    return _results(got, expected)


def _results(one: Outcome, other: Outcome) -> tuple[str, str]:
    if one.error is None and other.error is None:
        return side_by_side(one.value, other.value)
    return _result(one), _result(other)


def _result(outcome: Outcome) -> str:
    return short(outcome.value) if outcome.error is None else outcome.said


def _gradients(outcome: Outcome) -> str:
    lines = []
    for name, gradient in outcome.gradients.items():
        text = "none" if gradient is None else short(gradient)
        lines.append(f"gradient of {name} = {text}")
    return "\n".join(lines)
