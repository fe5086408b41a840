"""A toy key with one exercise of each kind, and cells as a notebook would run them."""

import dataclasses
import linecache
import sys
import types
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
import pytest
import torch
from torch import nn

from course.coach import Choice, Exercise, Misconception, ModuleProbe, Probe, Quiz
from course.coach.progress import forget


def pad_left(items: list, length: int) -> list:
    """The last `length` items, zeros before them."""
    if length < 1:
        raise ValueError(f"length is {length}; give 1 or more")
    kept = list(items)[-length:]
    return [0] * (length - len(kept)) + kept


def _pads_right(items, length):
    if length < 1:
        raise ValueError
    kept = list(items)[-length:]
    return kept + [0] * (length - len(kept))


def _keeps_first(items, length):
    if length < 1:
        raise ValueError
    kept = list(items)[:length]
    return [0] * (length - len(kept)) + kept


def _never_refuses(items, length):
    kept = list(items)[-length:]
    return [0] * (length - len(kept)) + kept


def _pad_probes(rng: np.random.Generator) -> Iterator[Probe]:
    yield Probe(([7, 8], 4), label="a short history")
    yield Probe(([], 2), label="an empty history")
    yield Probe(([1, 2, 3], 2), label="a long history")
    yield Probe(([1, 2, 3], 0), label="no room at all")
    for _ in range(5):
        yield Probe(
            (rng.integers(1, 9, size=rng.integers(0, 7)).tolist(), int(rng.integers(1, 6))),
            label="any history",
        )


PAD = Exercise(
    id="2.1",
    title="Pad on the left",
    minutes=5,
    reference=pad_left,
    probes=_pad_probes,
    hints=(
        "Where should the newest click stand?",
        "Zeros first, then the clicks.",
        "Try `[0] * missing + kept`.",
    ),
    misconceptions=(
        Misconception(
            name="pads right", wrong=_pads_right, says="Your zeros come last. Put them first."
        ),
        Misconception(
            name="keeps first",
            wrong=_keeps_first,
            says="You keep the oldest clicks. Keep the newest.",
        ),
        Misconception(
            name="never refuses",
            wrong=_never_refuses,
            says="A length of 0 slips through. Refuse it.",
        ),
    ),
    time_limit=20.0,
)


def masked_mean(scores: torch.Tensor, visible: torch.Tensor) -> torch.Tensor:
    """Mean of the visible scores of each row. (B, L), (B, L) bool -> (B,)."""
    return torch.where(visible, scores, 0).sum(1) / visible.sum(1).clamp(min=1)


def _mean_of_all(scores, visible):
    return scores.mean(1)


def _divides_by_length(scores, visible):
    return torch.where(visible, scores, 0).sum(1) / scores.shape[1]


def _detached(scores, visible):
    return masked_mean(scores.detach(), visible)


def _mean_probes(rng: np.random.Generator) -> Iterator[Probe]:
    for shape in ((1, 2), (2, 3), (4, 5)):
        scores = torch.tensor(rng.normal(size=shape), dtype=torch.float32)
        visible = torch.tensor(rng.random(shape) < 0.6)
        yield Probe((scores, visible), gradients=True, label="random scores")
    yield Probe((torch.ones(2, 3), torch.zeros(2, 3, dtype=torch.bool)), label="all padding")
    visible = torch.ones(2, 3, dtype=torch.bool)
    yield Probe((torch.ones(2, 3), visible), elsewhere=True, label="tensors on a GPU")


MEAN = Exercise(
    id="2.2",
    title="Mean without padding",
    minutes=5,
    reference=masked_mean,
    probes=_mean_probes,
    hints=("One.", "Two.", "Three."),
    misconceptions=(
        Misconception(name="mean of all", wrong=_mean_of_all, says="Padding counts in your mean."),
        Misconception(
            name="divides by length",
            wrong=_divides_by_length,
            says="You divide by L, not by what is visible.",
        ),
        Misconception(
            name="detached", wrong=_detached, says="Nothing can learn from a detached score."
        ),
    ),
    time_limit=20.0,
)


class Gate(nn.Module):
    """x -> sigmoid(project(x)) * x. (B, D) -> (B, D)."""

    def __init__(self, width: int):
        super().__init__()
        self.project = nn.Linear(width, width)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return torch.sigmoid(self.project(x)) * x


class _NoGate(Gate):
    def forward(self, x):
        return torch.sigmoid(self.project(x))


class _NoSigmoid(Gate):
    def forward(self, x):
        return self.project(x) * x


class _NoBias(Gate):
    def forward(self, x):
        return torch.sigmoid(nn.functional.linear(x, self.project.weight)) * x


def _gate_probes(rng: np.random.Generator) -> Iterator[Probe]:
    for width in (2, 3):
        x = torch.tensor(rng.normal(size=(2, width)), dtype=torch.float32)
        yield ModuleProbe((x,), init=(width,), gradients=True, label=f"width {width}")


GATE = Exercise(
    id="2.3",
    title="A gate",
    minutes=5,
    reference=Gate,
    probes=_gate_probes,
    hints=("One.", "Two.", "Three."),
    misconceptions=(
        Misconception(
            name="no gate", wrong=_NoGate, says="You return the gate, not what passes it."
        ),
        Misconception(name="no sigmoid", wrong=_NoSigmoid, says="A gate is between 0 and 1."),
        Misconception(name="no bias", wrong=_NoBias, says="The projection's bias is lost."),
    ),
    time_limit=20.0,
)

QUIZ = Quiz(
    id="2.1",
    question="Why do we pad on the *left*? See `pad_left`.",
    choices=(
        Choice(
            "So that the newest click is always at `-1`",
            right=True,
            why="The model reads its answer there.",
        ),
        Choice("It is faster", why="Both sides cost the same."),
        Choice("PyTorch demands it", why="PyTorch takes either < side."),
    ),
)

ORDER = Quiz(
    id="2.2",
    question="What keeps order?",
    choices=(
        Choice("A list", right=True, why="It does."),
        Choice("A set", why="It does not."),
        Choice("A tuple", right=True, why="It does too."),
    ),
)


@pytest.fixture
def toy(monkeypatch: pytest.MonkeyPatch) -> types.SimpleNamespace:
    """The exercises of the toy key, which is also found as the key of chapter 02.

    `hasty` is `pad` in half a second.
    """
    key = types.ModuleType("course.keys.ch02")
    key.EXERCISES = (PAD, MEAN, GATE)
    key.QUIZZES = (QUIZ, ORDER)
    key.GUESSES = ()
    monkeypatch.setitem(sys.modules, "course.keys.ch02", key)
    monkeypatch.setattr("course.coach.find.chapters", lambda: ("02",))
    forget()
    hasty = dataclasses.replace(PAD, time_limit=0.5)
    yield types.SimpleNamespace(pad=PAD, hasty=hasty, mean=MEAN, gate=GATE, quiz=QUIZ, order=ORDER)
    forget()


@pytest.fixture
def cell() -> Callable[..., dict[str, Any]]:
    """Run source text as a notebook runs a cell; `cell(source, **names)` gives the names then."""
    count = 0

    def run(source: str, /, **names: Any) -> dict[str, Any]:
        nonlocal count
        count += 1
        file = f"<cell {count}>"
        linecache.cache[file] = (len(source), None, source.splitlines(keepends=True), file)
        space = {"__name__": "__main__", "torch": torch, "nn": nn, "np": np, **names}
        exec(compile(source, file, "exec"), space)
        return space

    return run
