"""Settings of Python and its libraries, put back as they were."""

import builtins
import contextlib
import gc
import locale
import logging
import os
import random
import signal
import sys
import threading
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
import pandas as pd
import torch

# What a deep recursion in C still fits under, on the 8 MB of the main thread's stack.
_DEEPEST = 10_000
_ENDS = ("_exit", "abort")
# With another handler or timer nothing could end the answer.
_OF_SIGNALS = ("signal", "setitimer", "alarm", "pthread_sigmask", "set_wakeup_fd")


@contextlib.contextmanager
def generators() -> Iterator[None]:
    """The states of the global random generators."""
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
def torch_defaults() -> Iterator[None]:
    """dtype, device and modes of torch, and its number of threads: inside, one.

    Where others use the processors, threads that wait for each other spend several times the
    processor time, and the limit is one of processor time.
    """
    dtype = torch.get_default_dtype()
    device = torch.get_default_device()
    threads = torch.get_num_threads()
    deterministic = torch.are_deterministic_algorithms_enabled()
    gradients = torch.is_grad_enabled()
    modes = torch.overrides._len_torch_function_stack()
    if threads != 1:
        torch.set_num_threads(1)
    try:
        yield
    finally:
        # first of all: a mode that an answer was stopped in would see the calls below
        while torch.overrides._len_torch_function_stack() > modes:
            torch.overrides._pop_mode()
        torch.set_default_dtype(dtype)
        torch.set_grad_enabled(gradients)
        if torch.get_default_device() != device:
            torch.set_default_device(device)
        if torch.get_num_threads() != threads:
            torch.set_num_threads(threads)
        # the setter imports a compiler: seconds
        if torch.are_deterministic_algorithms_enabled() != deterministic:
            torch.use_deterministic_algorithms(deterministic)


@contextlib.contextmanager
def library_options() -> Iterator[None]:
    """What NumPy does about errors; options of pandas and, once it is imported, Matplotlib."""
    errors = np.geterr()
    shown = np.get_printoptions()
    options = dict(_leaves(pd.options.d))
    matplotlib = sys.modules.get("matplotlib")
    styles = dict.copy(matplotlib.rcParams) if hasattr(matplotlib, "rcParams") else {}
    try:
        yield
    finally:
        np.seterr(**errors)
        if np.get_printoptions() != shown:
            np.set_printoptions(**shown)
        for name, now in list(_leaves(pd.options.d)):
            if now is not options.get(name, now):
                pd.set_option(name, options[name])
        if styles:
            dict.update(matplotlib.rcParams, styles)


def _leaves(options: dict, path: str = "") -> Iterator[tuple[str, Any]]:
    for name, value in options.items():
        if isinstance(value, dict):
            yield from _leaves(value, f"{path}{name}.")
        else:
            yield path + name, value


@contextlib.contextmanager
def root_logger() -> Iterator[None]:
    """Level and handlers of the root logger, and what is disabled."""
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


@contextlib.contextmanager
def process() -> Iterator[None]:
    """Working directory, environment, import path, language, garbage collection."""
    folder = _folder()
    environment = dict(os.environ)
    lists = [(each, list(each)) for each in (sys.path, sys.meta_path, sys.path_hooks)]
    language = locale.setlocale(locale.LC_ALL)
    collects = gc.isenabled()
    try:
        yield
    finally:
        if folder is not None and folder != _folder():
            with contextlib.suppress(OSError):  # it may be gone
                os.chdir(folder)
        if dict(os.environ) != environment:
            os.environ.clear()
            os.environ.update(environment)
        for each, before in lists:
            each[:] = before
        if locale.setlocale(locale.LC_ALL) != language:
            locale.setlocale(locale.LC_ALL, language)
        (gc.enable if collects else gc.disable)()


def _folder() -> str | None:
    try:
        return os.getcwd()
    except OSError:
        return None


def _refuse_input(*_: object) -> str:
    raise RuntimeError(
        "nobody can answer input() while the coach judges; take the value as an argument"
    )


def _refuse_signals(*_: object) -> None:
    raise RuntimeError("signals and timers belong to the coach while it judges")


def _pass_by(*_: object, **__: object) -> None:
    """Nobody is there to go on from a breakpoint."""


def _exit(*_: object, **__: object) -> None:
    raise SystemExit("exit() was called")


def _limit_recursion(limit: int, set_limit: Callable = sys.setrecursionlimit) -> None:
    set_limit(min(limit, _DEEPEST))


@contextlib.contextmanager
def interpreter() -> Iterator[None]:
    """Keep the interpreter alive and talking.

    `input()` would wait for ever, `exit()` end the kernel, recursion without a limit crash it; on a
    bigger stack deep recursion in another thread fails politely.
    """
    shell = running_shell()
    limit = sys.getrecursionlimit()
    digits = sys.get_int_max_str_digits()
    stack = threading.stack_size(64 * 2**20)
    hooks = sys.gettrace(), sys.getprofile()
    if shell is not None:
        shell.ask_exit = _exit  # an attribute of the object hides the class's method
    with contextlib.ExitStack() as put_back:
        put_back.enter_context(_instead(builtins, "input", _refuse_input))
        put_back.enter_context(_instead(sys, "breakpointhook", _pass_by))
        put_back.enter_context(_instead(sys, "setrecursionlimit", _limit_recursion))
        for name in _ENDS:
            put_back.enter_context(_instead(os, name, _exit))
        for name in _OF_SIGNALS:
            put_back.enter_context(_instead(signal, name, _refuse_signals))
        try:
            yield
        finally:
            if (sys.gettrace(), sys.getprofile()) != hooks:
                sys.settrace(hooks[0])
                sys.setprofile(hooks[1])
            threading.stack_size(stack)
            sys.set_int_max_str_digits(digits)
            if shell is not None:
                vars(shell).pop("ask_exit", None)
    sys.setrecursionlimit(limit)


@contextlib.contextmanager
def _instead(owner: Any, name: str, by: Any) -> Iterator[None]:
    """Inside, a name of a module means something else (where the module has it)."""
    missing = object()
    before = getattr(owner, name, missing)
    if before is missing:
        yield
        return
    setattr(owner, name, by)
    try:
        yield
    finally:
        setattr(owner, name, before)


def running_shell() -> Any:
    """IPython's shell, or None outside IPython (which is not imported for the purpose)."""
    ipython = sys.modules.get("IPython")
    return None if ipython is None else ipython.get_ipython()
