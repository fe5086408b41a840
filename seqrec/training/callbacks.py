"""Functions that are told of each epoch while a network trains, and may end the training."""

from collections.abc import Callable, Iterable
from typing import NamedTuple

import numpy as np
import torch
from torch import nn


class EpochReport(NamedTuple):
    """What a callback is told after each epoch.

    epoch:   from 1.
    metrics: the epoch's row of the history: `train_loss`, what `validate` said, `seconds` and so
             on, by name.
    network: as it is after this epoch, in eval mode.
    """

    epoch: int
    metrics: dict[str, float]
    network: nn.Module


#: True ends the training; False and None let it go on.
Callback = Callable[[EpochReport], bool | None]


def read_callbacks(callbacks: Iterable[Callback] | None) -> tuple[Callback, ...]:
    """The callbacks as a tuple. Raises TypeError for what is no function or no list of them."""
    if callbacks is None:
        return ()
    if callable(callbacks) or not isinstance(callbacks, Iterable):
        raise TypeError(
            f"callbacks must be a list of functions, got {callbacks!r}. Cure: callbacks=[function]."
        )
    callbacks = tuple(callbacks)
    for place, callback in enumerate(callbacks):
        if not callable(callback):
            raise TypeError(
                f"callbacks[{place}] must be a function of an EpochReport, got {callback!r}. Cure: "
                "the function itself, not what it returns."
            )
    return callbacks


@torch.no_grad()
def is_stop_wanted(callbacks: tuple[Callback, ...], report: EpochReport) -> bool:
    """Tell each callback; whether one of them returned True.

    What a callback raises is raised. Raises TypeError for an answer that is neither True, False nor
    None.
    """
    answers = [callback(report) for callback in callbacks]
    for callback, answer in zip(callbacks, answers, strict=True):
        if answer is not None and not isinstance(answer, bool | np.bool_):
            raise TypeError(
                f"a callback must return True (stop), False or None, got {answer!r} of {callback}. "
                "Cure: `return` nothing, or a comparison."
            )
    return any(answers)
