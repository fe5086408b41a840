"""Answers of another type in the chapters' own exercises."""

import pytest
import torch

from course.coach import State, judge
from course.coach.find import find_exercise


def cloze_in_int32(items, *args, **kwargs):
    masked, is_masked = find_exercise("9.1").reference(items, *args, **kwargs)
    return masked.int(), is_masked


def graph_itself(graph, x, n_layers):
    return graph


def sparse_layers(graph, x, n_layers):
    return find_exercise("12.1").reference(graph, x, n_layers).to_sparse()


def sparse_graphs(graph, x, n_layers):
    return torch.stack([graph.to_sparse()] * (n_layers + 1))


def as_text(step, warmup_steps, total_steps):
    return str(find_exercise("7.5").reference(step, warmup_steps, total_steps))


def as_bytes(step, warmup_steps, total_steps):
    return as_text(step, warmup_steps, total_steps).encode()


@pytest.mark.parametrize(
    ("number", "answer"),
    [
        ("9.1", cloze_in_int32),
        ("12.1", graph_itself),
        ("12.1", sparse_layers),
        ("12.1", sparse_graphs),
        ("7.5", as_text),
        ("7.5", as_bytes),
    ],
)
def test_another_type_has_a_verdict_and_is_never_right(number, answer):
    exercise = find_exercise(number)
    verdict = judge(exercise, answer)
    assert not verdict.right
    assert verdict.passed == 0
    assert verdict.state in (
        State.WRONG,
        State.WRONG_TYPE,
        State.WRONG_SHAPE,
        State.WRONG_DTYPE,
        State.MISCONCEPTION,
    )
    assert judge(exercise, exercise.reference).right
