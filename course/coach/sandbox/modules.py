"""Two modules with the same weights: a learner's and the reference's."""

from collections.abc import Callable, Mapping

import torch
from torch import nn

from course.coach.probe import ModuleProbe
from course.coach.sandbox.copies import fresh


class Misfit(Exception):
    """The parameters of two modules can't be matched by name."""


def build(answer: Callable, reference: Callable, probe: ModuleProbe) -> nn.Module:
    """The answer's module with the reference's (perturbed) parameters, in the probe's mode.

    Raises Misfit if they have other names or shapes.
    """
    init, init_kwargs = fresh((probe.init, dict(probe.init_kwargs)))
    torch.default_generator.manual_seed(probe.seed)
    module = answer(*init, **init_kwargs)
    if probe.same_weights:
        torch.default_generator.manual_seed(probe.seed)
        source = reference(*probe.init, **probe.init_kwargs)
        _perturb(source, probe.perturb)
        _check_parameters(module.state_dict(), source.state_dict())
        module.load_state_dict(source.state_dict())
    return module.train(probe.training)


def _perturb(module: nn.Module, scale: float) -> None:
    generator = torch.Generator().manual_seed(0)
    padding = {
        id(m.weight): m.padding_idx
        for m in module.modules()
        if isinstance(m, nn.Embedding) and m.padding_idx is not None
    }
    with torch.no_grad():
        for parameter in module.parameters():
            noise = scale * torch.randn(parameter.shape, generator=generator)
            if id(parameter) in padding:
                noise[padding[id(parameter)]] = 0
            parameter += noise.to(parameter)


def _check_parameters(
    got: Mapping[str, torch.Tensor], expected: Mapping[str, torch.Tensor]
) -> None:
    missing = [name for name in expected if name not in got]
    extra = [name for name in got if name not in expected]
    if missing or extra:
        lacks = f"It lacks {_listed(missing)}. " if missing else ""
        has = f"It has {_listed(extra)}, not asked for. " if extra else ""
        raise Misfit(
            f"{lacks}{has}Parameters and layers need the names that the exercise gives them."
        )
    for name, tensor in expected.items():
        if got[name].shape != tensor.shape:
            raise Misfit(
                f"`{name}` has shape {tuple(got[name].shape)}, expected {tuple(tensor.shape)}."
            )


def _listed(names: list[str]) -> str:
    shown = ", ".join(f"`{name}`" for name in names[:4])
    return shown if len(names) <= 4 else f"{shown} and {len(names) - 4} more"
