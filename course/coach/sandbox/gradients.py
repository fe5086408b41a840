"""Gradients of an answer, to be compared with the reference's."""

from collections.abc import Iterator, Mapping
from typing import Any

import torch

from course.coach.sandbox.values import as_plain_tensor, taken


def with_gradients(
    args: tuple, kwargs: dict, names: list[str]
) -> tuple[tuple, dict, dict[str, torch.Tensor]]:
    """Arguments whose floating-point tensors lead back to leaves, and the leaves by name.

    The arguments are copies of the leaves, which may be edited in place.

    names: of all arguments, positional ones first.
    """
    leaves = {}

    def tracked(name: str, value: Any) -> Any:
        if not (isinstance(value, torch.Tensor) and value.is_floating_point()):
            return value
        leaves[name] = value.detach().requires_grad_()
        return leaves[name].clone()

    given = [*args, *kwargs.values()]
    values = [tracked(name, value) for name, value in zip(names, given, strict=True)]
    return tuple(values[: len(args)]), dict(zip(kwargs, values[len(args) :], strict=True)), leaves


def gradients_of(value: Any, leaves: Mapping[str, torch.Tensor]) -> dict[str, torch.Tensor | None]:
    """d(sum of w * output) / d(leaf) for each leaf, with fixed w in [0.5, 1.5).

    A plain sum would let a softmax hide. None for a leaf that no gradient reaches.
    """
    generator = torch.Generator().manual_seed(0)
    total = torch.zeros(())
    for output in _floating(value):
        weights = torch.rand(output.shape, generator=generator) + 0.5
        total = total + torch.where(output.isfinite(), output, 0).mul(weights.to(output)).sum()
    if not leaves or not total.requires_grad:
        return dict.fromkeys(leaves)
    gradients = torch.autograd.grad(total, list(leaves.values()), allow_unused=True)
    return {name: taken(gradient) for name, gradient in zip(leaves, gradients, strict=True)}


def _floating(value: Any) -> Iterator[torch.Tensor]:
    if isinstance(value, torch.Tensor) and value.is_floating_point():
        yield as_plain_tensor(value)
    elif isinstance(value, tuple | list):
        for entry in value:
            yield from _floating(entry)
    elif isinstance(value, dict):
        for entry in value.values():
            yield from _floating(entry)
