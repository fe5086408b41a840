"""Use an answer on probes and write down what it did."""

import builtins
import contextlib
import functools
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pandas as pd
import torch
from torch import nn

from course.coach.judging.compare import difference
from course.coach.judging.short import described, short
from course.coach.key import Exercise
from course.coach.probe import ModuleProbe, Probe
from course.coach.sandbox.code import name_of_code
from course.coach.sandbox.copies import fresh
from course.coach.sandbox.gradients import gradients_of, with_gradients
from course.coach.sandbox.hearing import Heard
from course.coach.sandbox.isolate import isolated, seed_everything
from course.coach.sandbox.modules import Misfit, build
from course.coach.sandbox.other_device import Elsewhere, all_elsewhere, mark_all
from course.coach.sandbox.time_limit import Stopped, guarded, most_waiting
from course.coach.sandbox.values import taken

_BUILTINS = vars(builtins)
_DATA = list | dict | set | np.ndarray | pd.DataFrame | pd.Series | torch.Tensor


@dataclass(frozen=True)
class Outcome:
    """What an answer did on one probe.

    value:     what it returned, as plain values.
    error:     what it raised, or None.
    said:      what the error says, with its name; "" without one.
    edited:    by name, each argument that it changed in place, as short text of what it holds
               afterwards.
    gradients: by argument or parameter name; empty where the probe does not ask.
    misplaced: whether the result is on another device than the input (where the probe asks).
    misfit:    why the reference's parameters can't be copied into the answer's module, or "".
    seconds:   processor time of the call.
    stopped:   whether it was stopped by the time limit.
    """

    value: Any = None
    error: BaseException | None = None
    said: str = ""
    edited: Mapping[str, str] = field(default_factory=dict)
    gradients: Mapping[str, Any] = field(default_factory=dict)
    misplaced: bool = False
    misfit: str = ""
    seconds: float = 0.0
    stopped: bool = False


@dataclass
class Observation:
    """The outcomes of one answer, in the probes' order.

    outcomes: one a probe; fewer if the answer could not even be stopped.
    heard:    what it said until it was stopped for the first time.
    """

    outcomes: list[Outcome] = field(default_factory=list)
    heard: Heard = field(default_factory=Heard)

    def is_whole(self, probes: Sequence[Probe]) -> bool:
        """Whether each probe was reached, and none was stopped."""
        return len(self.outcomes) == len(probes) and not any(one.stopped for one in self.outcomes)


def observe(
    answer: Callable, exercise: Exercise, probes: Sequence[Probe], *, time_limit: float
) -> Observation:
    """Run `answer` on each probe, guarded and isolated.

    Where it is stopped, the probes behind have as much time again, all together.
    """
    seen = Observation()

    def run() -> None:
        for probe in probes:
            seen.outcomes.append(outcome(answer, exercise, probe, seed=0))
            seen.heard.end_call()

    with isolated(answer, name_of_code(answer)) as seen.heard:
        has_unwound = _run(run, time_limit, most_waiting(time_limit))
    # a copy: an abandoned thread may go on writing
    outcomes = list(seen.outcomes)
    if has_unwound and len(outcomes) < len(probes):
        outcomes.append(Outcome(stopped=True))
        outcomes += _rest(answer, exercise, probes[len(outcomes) :], time_limit)
    return Observation(outcomes, seen.heard)


def observe_again(
    answer: Callable, exercise: Exercise, probes: Sequence[Probe], *, time_limit: float
) -> dict[int, Outcome]:
    """By the probe's number, what a second call under another global seed does.

    Timed probes are left out; so are those that are not reached within the limit.
    """
    again: dict[int, Outcome] = {}

    def run() -> None:
        for number, probe in enumerate(probes):
            if probe.slowdown is None:
                again[number] = outcome(answer, exercise, probe, seed=1)

    with isolated(answer, name_of_code(answer)) as unheard:
        unheard.stop()
        _run(run, time_limit, most_waiting(time_limit))
    return dict(again)


def _rest(
    answer: Callable, exercise: Exercise, probes: Sequence[Probe], seconds: float
) -> Iterator[Outcome]:
    """The outcomes on the probes behind one that did not end, in `seconds` together.

    Each has its share, and those behind it what it leaves.
    """
    left = seconds
    for number, probe in enumerate(probes):
        share = left / (len(probes) - number)
        found: list[Outcome] = []
        run = functools.partial(_note, found, answer, exercise, probe)
        # a sandbox each: the last call was left in the midst
        with isolated(answer, name_of_code(answer)) as unheard:
            unheard.stop()
            has_unwound = _run(run, share, share * most_waiting(seconds) / seconds)
        if not has_unwound:
            return
        reached = found[0] if found else Outcome(stopped=True, seconds=share)
        left = max(left - reached.seconds, 0.0)
        yield reached


def _note(found: list[Outcome], answer: Callable, exercise: Exercise, probe: Probe) -> None:
    found.append(outcome(answer, exercise, probe, seed=0))


def _run(task: Callable[[], None], limit: float, waits: float) -> bool:
    """Run `task()`, guarded, and say whether it is over: not so for a thread left behind in C."""
    over = []

    def run() -> None:
        try:
            task()
        finally:
            over.append(True)

    guarded(run, limit, waits)
    return bool(over)


def argument_names(exercise: Exercise, probe: Probe) -> list[str]:
    """The names of a probe's positional arguments, as the reference has them, then the keywords."""
    function = exercise.reference.forward if isinstance(probe, ModuleProbe) else exercise.reference
    skip = 1 if isinstance(probe, ModuleProbe) else 0
    code = getattr(function, "__code__", None)
    names = []
    if code is not None and probe.call is None:
        names = list(code.co_varnames[skip : code.co_argcount])[: len(probe.args)]
    names += [f"argument {i + 1}" for i in range(len(names), len(probe.args))]
    return names + list(probe.kwargs)


def outcome(answer: Callable, exercise: Exercise, probe: Probe, seed: int) -> Outcome:
    """Use `answer` on one probe. To be called inside `isolated`, in a thread of its own."""
    args, kwargs = fresh((probe.args, dict(probe.kwargs)))
    plain = _BUILTINS.copy()
    seed_everything(seed)
    started = time.thread_time()
    try:
        leaves: dict[str, torch.Tensor] = {}
        use = answer
        if isinstance(probe, ModuleProbe):
            use = build(answer, exercise.reference, probe)
            leaves = dict(use.named_parameters()) if probe.gradients else {}
        if probe.gradients:
            args, kwargs, inputs = with_gradients(args, kwargs, argument_names(exercise, probe))
            leaves |= inputs
        seed_everything(seed)
        with _elsewhere(use, args, kwargs) if probe.elsewhere else contextlib.nullcontext():
            try:
                value = probe.use(use, args, kwargs)
            finally:
                # before anything else of ours runs: all of it needs them
                _BUILTINS.update(plain)
        seconds = time.thread_time() - started
        return Outcome(
            value=taken(value),
            edited=_edited(exercise, probe, args, kwargs),
            gradients=gradients_of(value, leaves) if probe.gradients else {},
            misplaced=probe.elsewhere and not all_elsewhere(value),
            seconds=seconds,
        )
    except Stopped:
        raise
    except Misfit as misfit:
        return Outcome(misfit=str(misfit))
    # SystemExit and KeyboardInterrupt of the answer's own making too
    except BaseException as error:
        return Outcome(
            error=error, said=described(error), edited=_edited(exercise, probe, args, kwargs)
        )


def _edited(
    exercise: Exercise, probe: Probe, args: tuple, kwargs: Mapping[str, Any]
) -> dict[str, str]:
    names = argument_names(exercise, probe)
    held = [*args, *kwargs.values()]
    given = [*probe.args, *probe.kwargs.values()]
    edited = {}
    for name, argument, before in zip(names, held, given, strict=True):
        if _is_data(before):
            now = taken(argument)
            if difference(now, before) is not None:
                edited[name] = short(now)
    return edited


def _is_data(value: Any) -> bool:
    """Models, optimisers and generators change by being used; data does not."""
    return isinstance(value, _DATA)


def _elsewhere(use: Any, args: tuple, kwargs: dict) -> Elsewhere:
    mark_all([args, kwargs])
    if isinstance(use, nn.Module):
        mark_all([*use.parameters(), *use.buffers()])
    return Elsewhere()
