"""The optimiser: AdamW, what its decay leaves alone, and how its learning rate goes.

Loshchilov and Hutter, "Decoupled Weight Decay Regularization" (2019): beside Adam's step every
weight shrinks by learning_rate * weight_decay. That is done to matrices only.

- A bias, or a norm's scale, is no complexity to be paid for.
- An embedding's row has a gradient only when its item is in the batch, but would shrink at every
  step: rare items would fade for being rare. And the PAD row, whose gradient is 0, stays exactly
  what it is.

A schedule is the factor by which each step multiplies the peak rate:

    factor = SCHEDULES["linear"](step, warmup_steps, total_steps)

`step` counts updates from 1, so that no step is wasted at a rate of 0. All rise to 1 within
`warmup_steps` and reach it exactly there; 0 and 1 both mean no warm-up. What one is good for in a
deep post-norm network, chapter 06 measures. Pure functions: a run that is resumed needs only its
step.
"""

import math
from collections.abc import Callable

import torch
from torch import nn

from seqrec.compiler import leave_compiler_unloaded


def constant(step: int, warmup_steps: int, total_steps: int) -> float:
    """min(1, step / warmup): up, then flat."""
    return min(1.0, step / max(warmup_steps, 1))


def linear(step: int, warmup_steps: int, total_steps: int) -> float:
    """Up in a straight line, then down in one that would meet 0 just after the last step."""
    peak = max(warmup_steps, 1)
    return min(step / peak, (total_steps + 1 - step) / (total_steps + 1 - peak))


def inverse_square_root(step: int, warmup_steps: int, total_steps: int) -> float:
    """min(step / warmup, sqrt(warmup / step)): up in a straight line, then down ever more slowly.

    Equation 3 of Vaswani et al., "Attention Is All You Need" (2017), divided by its highest value:

        D^-0.5 min(step^-0.5, step warmup^-1.5)      at step = warmup this is (D warmup)^-0.5
    """
    peak = max(warmup_steps, 1)
    return min(step / peak, math.sqrt(peak / step))


def one_cycle(step: int, warmup_steps: int, total_steps: int) -> float:
    """Half a cosine from 1/25 up to 1, half a cosine down to 1/250,000.

    After Smith and Topin, "Super-Convergence" (2018), with the constants and cosines of torch's
    OneCycleLR, less its cycle of momentum.
    """
    peak = max(warmup_steps, 1)
    if step < peak:
        return _half_cosine(1 / 25, 1.0, (step - 1) / (peak - 1))
    return _half_cosine(1.0, 1 / 250_000, (step - peak) / max(total_steps - peak, 1))


def _half_cosine(start, end, share):
    return end + (start - end) * (1 + math.cos(math.pi * share)) / 2


#: The schedules by name, as `TrainConfig(schedule=...)` takes them.
SCHEDULES: dict[str, Callable[[int, int, int], float]] = {
    "constant": constant,
    "linear": linear,
    "inverse_square_root": inverse_square_root,
    "one_cycle": one_cycle,
}


def adamw(network, learning_rate, weight_decay):
    """AdamW for all parameters of `network` that ask for a gradient: some decayed, some not.

    The fused version: one pass over the weights instead of a dozen, 3 to 5 times as fast on a CPU.
    Raises ValueError if there is nothing to train.
    """
    # By id, because a tied weight has two names.
    spared = {id(weight) for weight in _spared(network)}
    trained = [weight for weight in network.parameters() if weight.requires_grad]
    if not trained:
        raise ValueError(
            "the network has no parameter that asks for a gradient: there is nothing to train."
        )
    decayed = [weight for weight in trained if id(weight) not in spared]
    not_decayed = [weight for weight in trained if id(weight) in spared]
    groups = [
        {"params": decayed, "weight_decay": weight_decay},
        {"params": not_decayed, "weight_decay": 0.0},
    ]
    leave_compiler_unloaded()
    return torch.optim.AdamW(
        [group for group in groups if group["params"]], lr=learning_rate, fused=True
    )


def _spared(network):
    for module in network.modules():
        for weight in module.parameters(recurse=False):
            if weight.ndim < 2 or isinstance(module, nn.Embedding | nn.EmbeddingBag | nn.LayerNorm):
                yield weight
