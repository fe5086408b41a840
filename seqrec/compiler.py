"""torch's compiler stays unloaded until somebody compiles.

The first optimiser of a process imports `torch._dynamo`: some 800 modules, which take seconds and
80 MB; so does the first network without memory. What it is for, "don't compile this" and "break
the graph here", means nothing as long as nothing can be compiled.
"""

import contextlib
import functools
import sys

import torch
from torch import nn
from torch.optim import Optimizer
from torch.overrides import TorchFunctionMode

# The methods of every optimiser that torch (from 2.6 on) marks as not to be compiled, and where it
# keeps a marked one, once it has made it.
_MARKED = ("add_param_group", "load_state_dict", "state_dict", "zero_grad")
_KEPT = "__dynamo_disable"


def leave_compiler_unloaded() -> None:
    """Let the optimisers of `torch.optim` work without loading the compiler.

    As soon as it is loaded (`torch.compile`), they work as torch has it. To be called before the
    first optimiser is made; later, or where torch is written otherwise, it changes nothing.
    """
    for name in _MARKED:
        method = getattr(Optimizer, name)
        plain = getattr(method, "__wrapped__", None)
        if plain is not None and not hasattr(plain, _KEPT):
            setattr(plain, _KEPT, _unmarked(method, plain))
    for kind in vars(torch.optim).values():
        step = vars(kind).get("step") if isinstance(kind, type) else None
        if getattr(getattr(step, "__code__", None), "co_name", "") == "_use_grad":
            kind.step = _unbroken(step)


@contextlib.contextmanager
def without_memory():
    """Modules made inside are on `meta`: shapes and dtypes, no content, nothing drawn.

    `torch.device("meta")` alone draws, from no generator and into no memory, and loads the
    compiler for it.
    """
    with torch.device("meta"), _Undrawn():
        yield


class _Undrawn(TorchFunctionMode):
    """Leaves tensors as they are where they would be drawn from a normal law."""

    def __torch_function__(self, func, types, args=(), kwargs=None):
        if func in (nn.init.normal_, torch.Tensor.normal_):
            return args[0] if args else kwargs["tensor"]
        return func(*args, **(kwargs or {}))


def _unmarked(method, plain):
    def call(*args, **kwargs):
        if not _is_loaded():
            return plain(*args, **kwargs)
        if getattr(plain, _KEPT, None) is call:
            delattr(plain, _KEPT)
        return method(*args, **kwargs)  # which makes its mark now

    return call


def _unbroken(step):
    """An optimiser's step, with gradients only where it is to be differentiated, as torch does."""

    @functools.wraps(step)
    def call(self, *args, **kwargs):
        if _is_loaded():
            return step(self, *args, **kwargs)
        with torch.set_grad_enabled(self.defaults["differentiable"]):
            return step.__wrapped__(self, *args, **kwargs)

    return call


def _is_loaded() -> bool:
    return "torch._dynamo" in sys.modules
