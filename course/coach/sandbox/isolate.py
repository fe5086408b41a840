"""Leave the notebook as it was: what an answer does to shared state while judged is undone."""

import contextlib
import random
import warnings
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
import torch

from course.coach.sandbox import watchdog
from course.coach.sandbox.code import functions_of
from course.coach.sandbox.hearing import Heard, overheard
from course.coach.sandbox.names import names_kept
from course.coach.sandbox.settings import (
    generators,
    interpreter,
    library_options,
    process,
    root_logger,
    running_shell,
    torch_defaults,
)


@contextlib.contextmanager
def isolated(answer: Callable, name: str) -> Iterator[Heard]:
    """On leaving, restore what an answer shares with the notebook.

    Undone: random generators; torch's defaults; NumPy's handling of errors, options of pandas and
    Matplotlib; warning filters and the root logger; streams; its global names, and those of
    builtins, NumPy, torch, pandas, the doors of the libraries and a few modules more (`names`);
    working directory, environment, import path, language; limits and hooks of the interpreter;
    open figures of Matplotlib.

    Not undone: what is edited in place (a list of an earlier cell, a library's private table),
    names of other modules, new modules, other loggers, threads and processes that were started,
    files.

    Inside, what it writes and warns is heard instead of shown, what it displays is shown once (see
    `displays`), `input()` and `exit()` raise, signals can't be rebound, and `name` means `answer`,
    so that an answer may call itself although its cell has not bound it yet.
    """
    heard = Heard()
    if running_shell() is not None:
        watchdog.prepare()
    with contextlib.ExitStack() as stack:
        stack.enter_context(generators())
        stack.enter_context(torch_defaults())
        stack.enter_context(library_options())
        stack.enter_context(process())
        stack.enter_context(_globals(answer, name))
        stack.enter_context(root_logger())
        stack.enter_context(overheard(heard))
        stack.enter_context(interpreter())
        warned = stack.enter_context(warnings.catch_warnings(record=True))
        warnings.simplefilter("always")
        # left first: what undoes the rest needs the names
        stack.enter_context(names_kept())
        yield heard
    heard.warned = tuple(dict.fromkeys(map(_told, list(warned))))  # each once, in order


def _told(warning: warnings.WarningMessage) -> str:
    try:
        return f"{warning.category.__name__}: {warning.message}"
    except Exception:
        return "a warning whose text can't be read"


def seed_everything(seed: int) -> None:
    """Seed the global generators: an answer that draws from one gets the reference's numbers."""
    random.seed(seed)
    # learners may draw from the global generator; the coach must know its state
    np.random.seed(seed)  # noqa: NPY002
    # torch.manual_seed also tells every other device, even absent ones: slow
    torch.default_generator.manual_seed(seed)


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
    return next((function.__globals__ for function in functions_of(answer)), None)
