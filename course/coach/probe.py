"""How an answer is used to be judged: one call (`Probe`), or one use of a module (`ModuleProbe`).

Both are frozen and checked when they are made.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True)
class Probe:
    """One call that an answer is judged by.

    args, kwargs: what the answer is called with. Every call gets a deep copy.
    label:        what is special about it, in a few words ("an empty history"); shown with a
                  failing probe.
    call:         how to use the answer, for answers that are not simply called:
                  `call(answer, *args, **kwargs)`; for a class, for instance,
                  `call=lambda Index, items: Index().fit(items).decode([1])`.
    edge:         an input that everyday use does not have: it is shown only if all plain ones are
                  right, so that nobody looks for a rare fault who has a plain one.
    gradients:    also compare the gradient of a fixed weighted sum of the output with respect to
                  each floating-point tensor among the arguments.
    elsewhere:    pretend that the tensors (and a module's parameters) are on another device than
                  the CPU, to see whether the answer makes new ones where its input is. Works
                  without a GPU.
    slowdown:     the answer may take at most this many times the reference's time (at least a
                  quarter of a second is always granted). For the one large probe that tells a
                  vectorised answer from a loop; None: not timed.

    Raises TypeError if args is not a tuple.
    """

    args: tuple = ()
    kwargs: Mapping[str, Any] = field(default_factory=dict)
    label: str = ""
    call: Callable[..., Any] | None = field(default=None, kw_only=True)
    edge: bool = field(default=False, kw_only=True)
    gradients: bool = field(default=False, kw_only=True)
    elsewhere: bool = field(default=False, kw_only=True)
    slowdown: float | None = field(default=None, kw_only=True)

    def __post_init__(self) -> None:
        if not isinstance(self.args, tuple):
            raise TypeError(
                f"Probe args is a {type(self.args).__name__}; wrap it: Probe(({self.args!r},))"
            )

    def use(self, answer: Callable, args: tuple, kwargs: Mapping[str, Any]) -> Any:
        """What `answer` gives for these (copied) arguments."""
        return answer(*args, **kwargs) if self.call is None else self.call(answer, *args, **kwargs)


@dataclass(frozen=True)
class ModuleProbe(Probe):
    """One use of an `nn.Module` class: construct it, give it known weights, call it.

    args, kwargs, label and gradients are as for Probe, of the call after construction (gradients:
    those of the parameters, as well as of floating-point arguments).

    init, init_kwargs: the constructor's arguments.
    call:              `call(module, *args, **kwargs)` of the finished module; None:
                       `module(*args, **kwargs)`.
    seed:              torch's global seed at construction and again before the call.
    training:          whether the module is in training mode when called.
    same_weights:      give the answer the reference's parameters and buffers, by name, so that a
                       random initialisation does not matter. An answer whose names or shapes differ
                       is told so. False: where initialisation is what is asked for.
    perturb:           scale of normal noise added to the reference's parameters before they are
                       copied, so that a bias that starts at 0 or a gain that starts at 1 can't hide
                       a mistake. Rows of `padding_idx` stay as they are.
    """

    init: tuple = field(default=(), kw_only=True)
    init_kwargs: Mapping[str, Any] = field(default_factory=dict, kw_only=True)
    seed: int = field(default=0, kw_only=True)
    training: bool = field(default=False, kw_only=True)
    same_weights: bool = field(default=True, kw_only=True)
    perturb: float = field(default=0.1, kw_only=True)
