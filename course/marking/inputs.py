"""The inputs that an answer is marked on, and the parcels in which they cross to it.

The shown ones are those of the notebook. The hidden ones come from the same key under other seeds,
and are new: none of them is a shown one.
"""

import io
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import Any

import cloudpickle
import numpy as np
import torch

import course.keys
from course.coach.judging.judge import find_faults, observe
from course.coach.judging.observe import Outcome, argument_names
from course.coach.key import Exercise
from course.coach.probe import ModuleProbe, Probe
from course.coach.sandbox.modules import build

SEEDS = 16  # seeds that are tried for hidden inputs, at most
LEAST = 4  # hidden inputs of an exercise; as many as there are shown ones, if these are more
_REFERENCE_LIMIT = 60.0  # seconds

# What a key defines, such as how a probe uses an answer, travels as code: answers import no keys.
cloudpickle.register_pickle_by_value(course.keys)


@dataclass(frozen=True)
class Inputs:
    """Probes and what the reference does on them.

    shown: how many of the probes are those of the notebook; the rest are hidden.
    """

    exercise: Exercise
    probes: tuple[Probe, ...]
    expected: tuple[Outcome, ...]
    shown: int

    @property
    def seconds(self) -> float:
        """Processor time for all inputs: for each what the coach gives for a shown one."""
        return self.exercise.time_limit * len(self.probes) / self.shown


@lru_cache(maxsize=64)
def inputs_of(exercise: Exercise, seed: int) -> Inputs:
    """The shown inputs, then the hidden ones of a seed, and what the reference does on them.

    Raises RuntimeError for a broken key, whose reference does not end.
    """
    shown = exercise.make_probes()
    probes = (*shown, *hidden_probes(exercise, seed))
    seen = observe(exercise.reference, exercise, probes, time_limit=_REFERENCE_LIMIT)
    if len(seen.outcomes) < len(probes) or any(
        find_faults(exercise, probes, seen.outcomes, seen.outcomes)
    ):
        raise RuntimeError(f"the reference of exercise {exercise.id} does not end, or disagrees")
    return Inputs(exercise, probes, tuple(seen.outcomes), len(shown))


def hidden_probes(exercise: Exercise, seed: int) -> list[Probe]:
    """The hidden inputs of a seed: none is a shown one, and no two are the same.

    Of several seeds, where one has few new ones: most keys repeat their edge cases.
    """
    shown = exercise.make_probes()
    known = {fingerprint(probe) for probe in shown}
    hidden: list[Probe] = []
    for more in range(SEEDS):
        for probe in exercise.probes(np.random.default_rng([seed, more] if more else seed)):
            mark = fingerprint(probe)
            if mark not in known:
                known.add(mark)
                hidden.append(probe)
        if len(hidden) >= max(LEAST, len(shown)):
            break
    return hidden


class _Plainly(cloudpickle.Pickler):
    """Pickles a tensor by its numbers: torch's own way holds an address."""

    def reducer_override(self, value: Any) -> Any:
        if not isinstance(value, torch.Tensor):
            return super().reducer_override(value)
        numbers = value.detach().to_dense()
        if numbers.dtype is torch.bfloat16:
            numbers = numbers.float()
        return np.asarray, (numbers.numpy(), str(value.dtype), str(value.layout))


def fingerprint(probe: Probe) -> bytes:
    """Bytes that two probes share if they put the same question."""
    question = replace(probe, label="")
    sink = io.BytesIO()
    _Plainly(sink).dump(question)
    return sink.getvalue()


def parcel(exercise: Exercise, probe: Probe) -> bytes:
    """A probe as bytes for the process of an answer.

    Beside it the names of its arguments and, of a module, the weights that the answer's is to have:
    what the coach takes from the reference.
    """
    what: dict[str, Any] = {"probe": probe, "names": argument_names(exercise, probe)}
    if isinstance(probe, ModuleProbe) and probe.same_weights:
        what["weights"] = build(exercise.reference, exercise.reference, probe).state_dict()
        what["probe"] = replace(probe, perturb=0.0)
    return cloudpickle.dumps(what)


def names_of(exercises: Sequence[Exercise], own: Exercise) -> dict[str, tuple[str, str]]:
    """What the other exercises of a chapter ask for, by name: (module, name) of its reference.

    Later cells call an earlier exercise by its name. Those that the libraries hold are given to an
    answer, right, whatever the learner made of them.
    """
    others = [each for each in exercises if each.id != own.id]
    places = {each.stub_name: place_of(each.reference) for each in others}
    return {name: place for name, place in places.items() if place is not None}


def place_of(reference: Any) -> tuple[str, str] | None:
    """(module, name) of a reference that our libraries hold; None for one that only a key holds."""
    if not reference.__module__.startswith(("seqrec.", "zooplus_sim.")):
        return None
    return reference.__module__, reference.__qualname__
