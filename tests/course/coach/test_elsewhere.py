"""A pretended device behaves like a real one where it matters, and computes the same numbers."""

import pytest
import torch
from torch import nn

from course.coach.sandbox.other_device import (
    DEVICE,
    DevicesMixed,
    Elsewhere,
    all_elsewhere,
    is_elsewhere,
    mark,
    mark_all,
)


@pytest.fixture
def x():
    tensor = torch.arange(6.0).reshape(2, 3)
    mark(tensor)
    with Elsewhere():
        yield tensor


@pytest.mark.parametrize(
    "make",
    [
        lambda x: x * 2 + torch.tensor(1.0),
        lambda x: x + torch.arange(3, device=x.device),
        lambda x: x @ x.T,
        lambda x: torch.zeros_like(x),
        lambda x: x.new_zeros(4),
        lambda x: torch.ones(3, 3, dtype=torch.bool, device=x.device).tril(),
        lambda x: x[torch.tensor([1, 0])],
        lambda x: torch.zeros(2).to(x.device),
        lambda x: torch.zeros(2).to(x),
        lambda x: x.cpu().to(x.device),
        lambda x: torch.where(x > 1, x, 0).softmax(-1).max(-1).values,
        lambda x: x.split(1)[0],
        lambda x: torch.nn.functional.scaled_dot_product_attention(x[None], x[None], x[None]),
    ],
)
def test_results_are_where_their_inputs_are(x, make):
    result = make(x)
    assert is_elsewhere(result)
    assert result.device == DEVICE


@pytest.mark.parametrize(
    "make",
    [
        lambda x: x + torch.zeros(3),
        lambda x: torch.stack([x[0], torch.zeros(3)]),
        lambda x: torch.where(torch.ones(2, 3, dtype=torch.bool), x, 0),
        lambda x: x.__setitem__(0, torch.zeros(3)),
        lambda x: nn.Linear(3, 3)(x),
        lambda x: x.numpy(),
    ],
)
def test_devices_do_not_mix(x, make):
    with pytest.raises(DevicesMixed):
        make(x)


def test_what_is_fetched_is_here(x):
    assert not is_elsewhere(x.cpu())
    assert not is_elsewhere(x.to("cpu"))
    assert x.sum().item() == 15
    assert x.tolist() == [[0, 1, 2], [3, 4, 5]]
    assert x.cpu().numpy().sum() == 15


def test_a_module_moves_with_its_parameters(x):
    layer = nn.Linear(3, 2)
    mark_all(list(layer.parameters()))
    assert all_elsewhere([layer(x), {"deep": (layer(x),)}])


def test_outside_everything_is_as_ever():
    tensor = torch.ones(3)
    mark(tensor)
    assert tensor.device.type == "cpu"
    assert torch.equal(tensor + torch.zeros(3), torch.ones(3))
