"""Leave the notebook as it was: what an answer does to shared state while judged is undone."""

import builtins
import contextlib
import logging
import random
import sys
import threading
import warnings
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
import torch

from course.coach.sandbox.hearing import Heard, overheard


@contextlib.contextmanager
def isolated(answer: Callable, name: str) -> Iterator[Heard]:
    """On leaving, restore what an answer shares with the notebook.

    That is: random generators, torch's defaults, warning filters, the root logger, streams, its
    global names.

    Inside, what it writes and warns is heard instead of shown, `input()` and `exit()` raise, and
    `name` means `answer`, so that an answer may call itself although its cell has not bound it yet.
    """
    heard = Heard()
    with contextlib.ExitStack() as stack:
        stack.enter_context(_generators())
        stack.enter_context(_torch_defaults())
        stack.enter_context(_globals(answer, name))
        stack.enter_context(_root_logger())
        stack.enter_context(overheard(heard))
        stack.enter_context(_interpreter())
        warned = stack.enter_context(warnings.catch_warnings(record=True))
        warnings.simplefilter("always")
        try:
            yield heard
        finally:
            texts = (f"{warning.category.__name__}: {warning.message}" for warning in list(warned))
            heard.warned = tuple(dict.fromkeys(texts))  # each once, in order


def seed_everything(seed: int) -> None:
    """Seed the global generators: an answer that draws from one gets the reference's numbers."""
    random.seed(seed)
    # learners may draw from the global generator; the coach must know its state
    np.random.seed(seed)  # noqa: NPY002
    # torch.manual_seed also tells every other device, even absent ones: slow
    torch.default_generator.manual_seed(seed)


@contextlib.contextmanager
def _generators() -> Iterator[None]:
    python = random.getstate()
    legacy = np.random.get_state()  # noqa: NPY002
    cpu = torch.get_rng_state()
    has_cuda = torch.cuda.is_available() and torch.cuda.is_initialized()
    cuda = torch.cuda.get_rng_state_all() if has_cuda else []
    mps = torch.mps.get_rng_state() if torch.backends.mps.is_available() else None
    try:
        yield
    finally:
        random.setstate(python)
        np.random.set_state(legacy)  # noqa: NPY002
        torch.set_rng_state(cpu)
        if cuda:
            torch.cuda.set_rng_state_all(cuda)
        if mps is not None:
            torch.mps.set_rng_state(mps)


@contextlib.contextmanager
def _torch_defaults() -> Iterator[None]:
    # Grad mode needs no care here: it belongs to a thread, and the answer has a thread of its own.
    dtype = torch.get_default_dtype()
    threads = torch.get_num_threads()
    deterministic = torch.are_deterministic_algorithms_enabled()
    try:
        yield
    finally:
        torch.set_default_dtype(dtype)
        if torch.get_num_threads() != threads:
            torch.set_num_threads(threads)
        # the setter imports a compiler: seconds
        if torch.are_deterministic_algorithms_enabled() != deterministic:
            torch.use_deterministic_algorithms(deterministic)


@contextlib.contextmanager
def _globals(answer: Callable, name: str) -> Iterator[None]:
    """Undo rebinding of global names.

    (A list or table that lives there and is edited in place stays edited.)
    """
    space = globals_of(answer)
    if space is None:
        yield
        return
    before = dict(space)
    space[name] = answer
    try:
        yield
    finally:
        for key in [key for key in list(space) if key not in before]:
            del space[key]
        space.update(before)


def globals_of(answer: Callable) -> dict[str, Any] | None:
    """The global names that an answer's code sees; None for a builtin."""
    functions = [answer, *vars(answer).values()] if isinstance(answer, type) else [answer]
    return next((f.__globals__ for f in functions if hasattr(f, "__globals__")), None)


@contextlib.contextmanager
def _root_logger() -> Iterator[None]:
    root = logging.getLogger()
    level = root.level
    handlers = list(root.handlers)
    disabled = root.manager.disable
    try:
        yield
    finally:
        root.setLevel(level)
        root.handlers[:] = handlers
        logging.disable(disabled)


def _refuse_input(*_: object) -> str:
    raise RuntimeError(
        "nobody can answer input() while the coach judges; take the value as an argument"
    )


def _pass_by(*_: object, **__: object) -> None:
    """Nobody is there to go on from a breakpoint."""


def _exit(*_: object, **__: object) -> None:
    raise SystemExit("exit() was called")


@contextlib.contextmanager
def _interpreter() -> Iterator[None]:
    """Keep the interpreter alive and talking.

    `input()` would wait for ever, `exit()` end the kernel; on a bigger stack deep recursion fails
    politely.
    """
    shell = running_shell()
    saved_input = builtins.input
    saved_hook = sys.breakpointhook
    saved_limit = sys.getrecursionlimit()
    saved_stack = threading.stack_size(64 * 2**20)
    builtins.input = _refuse_input
    sys.breakpointhook = _pass_by
    if shell is not None:
        shell.ask_exit = _exit  # an attribute of the object hides the class's method
    try:
        yield
    finally:
        builtins.input = saved_input
        sys.breakpointhook = saved_hook
        sys.setrecursionlimit(saved_limit)
        threading.stack_size(saved_stack)
        if shell is not None:
            del shell.ask_exit


def running_shell() -> Any:
    """IPython's shell, or None outside IPython (which is not imported for the purpose)."""
    ipython = sys.modules.get("IPython")
    return None if ipython is None else ipython.get_ipython()
