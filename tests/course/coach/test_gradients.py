"""Gradients of answers are found where they are, and nothing breaks where there are none."""

import torch

from course.coach.sandbox.gradients import gradients_of, with_gradients


def gradients(function, **tensors):
    args, _, leaves = with_gradients(tuple(tensors.values()), {}, list(tensors))
    return gradients_of(function(*args), leaves)


def test_they_are_those_of_one_fixed_weighted_sum():
    x = torch.tensor([1.0, 2.0, 3.0])
    found = gradients(lambda x: x * x, x=x)["x"]
    weights = found / (2 * x)
    assert ((weights >= 0.5) & (weights < 1.5)).all()
    assert torch.equal(found, gradients(lambda x: x**2, x=x)["x"])


def test_a_softmax_has_one_although_its_sum_is_constant():
    assert gradients(lambda x: x.softmax(-1), x=torch.tensor([1.0, 2.0]))["x"].abs().max() > 0.01


def test_logits_of_minus_infinity_are_left_out():
    found = gradients(lambda x: x.masked_fill(x < 0, float("-inf")), x=torch.tensor([-1.0, 2.0]))[
        "x"
    ]
    assert found[0] == 0
    assert 0.5 <= found[1] < 1.5


def test_an_argument_that_is_not_used_has_none():
    found = gradients(lambda x, y: x * 2, x=torch.ones(2), y=torch.ones(2))
    assert found["y"] is None
    assert found["x"] is not None
    assert gradients(lambda x: torch.zeros(2), x=torch.ones(2)) == {"x": None}


def test_outputs_in_tuples_and_dicts_count():
    found = gradients(lambda x, y: ({"a": x}, [y.sum(), 3]), x=torch.ones(2), y=torch.ones(2))
    assert all(gradient.abs().min() >= 0.5 for gradient in found.values())


def test_leaves_may_be_edited_in_place_by_the_answer():
    assert gradients(lambda x: x.mul_(2), x=torch.ones(2))["x"] is not None
