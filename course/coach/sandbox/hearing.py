"""Hear what an answer writes, by whatever way, instead of showing it in the notebook.

Four ways lead there: Python's streams of now; a kernel's streams that somebody kept, such as a
logging handler of an earlier cell; Python's own streams below them; descriptors 1 and 2.
"""

import contextlib
import io
import sys
import threading
import types
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

from course.coach.sandbox.descriptors import Tap
from course.coach.sandbox.displays import Displays

KEPT_CHARACTERS = 400  # of what the answer prints


@dataclass
class Heard:
    """What an answer said while it ran.

    printed:   the first KEPT_CHARACTERS of what it printed in the first call that printed; what
               went by the descriptors, where that is all there was.
    n_lines:   how many lines it printed in all.
    warned:    its warnings, each once, in order.
    listening: False: what follows is not noted.
    is_enough: True: of what follows only the lines are counted.
    tap:       what went by the descriptors.
    displays:  what it displayed.
    """

    printed: str = ""
    n_lines: int = 0
    warned: tuple[str, ...] = ()
    listening: bool = True
    is_enough: bool = False
    tap: Tap = field(default_factory=lambda: Tap(4 * KEPT_CHARACTERS), repr=False)
    displays: Displays = field(default_factory=Displays, repr=False)

    def hear(self, text: str) -> None:
        """Note what is written to a stream: a million prints must not fill the memory."""
        if self.listening:
            self._note(text, text.count("\n"))

    def end_call(self) -> None:
        """A call is over. The next one, on another input, is likely to print the same again."""
        self.is_enough = bool(self.printed)
        self.displays.end_call()

    def stop(self) -> None:
        """Note nothing of what follows, and show nothing."""
        self.listening = False
        self.tap.mute()
        self.displays.stop()

    def close(self) -> None:
        """Note what went by the descriptors, now that nothing more comes."""
        self._note(self.tap.head.decode(errors="replace"), self.tap.n_lines)

    def _note(self, text: str, n_lines: int) -> None:
        if not self.is_enough:
            self.printed += text[: max(0, KEPT_CHARACTERS - len(self.printed))]
        self.n_lines += n_lines


class _Ear(io.TextIOBase):
    """A text stream in place of another one, for a while.

    Whoever keeps it (a bar, a logging handler, a library that was just imported) writes to the
    other one afterwards.
    """

    encoding = "utf-8"

    def __init__(self, heard: Heard, beyond: Any, descriptor: int) -> None:
        self._heard = heard
        self._beyond = beyond
        self._descriptor = descriptor
        self.over = False

    def write(self, text: str) -> int:
        if not self.over:
            self._heard.hear(text)
        elif self._beyond is not None:
            self._beyond.write(text)
        return len(text)

    def fileno(self) -> int:
        return self._descriptor


@contextlib.contextmanager
def overheard(heard: Heard) -> Iterator[None]:
    """Inside, what is written goes into `heard`, and nothing to the notebook.

    Of what is displayed, the notebook shows what the first displaying call displayed.
    """
    out = _Ear(heard, sys.stdout, descriptor=1)
    err = _Ear(heard, sys.stderr, descriptor=2)
    with contextlib.ExitStack() as stack:
        stack.callback(heard.close)
        stack.enter_context(heard.displays.opened())
        stack.enter_context(heard.tap.opened())
        stack.enter_context(_kernel_streams(heard))
        stack.enter_context(contextlib.redirect_stdout(out))
        stack.enter_context(contextlib.redirect_stderr(err))
        try:
            yield
        finally:
            out.over = err.over = True


@contextlib.contextmanager
def _kernel_streams(heard: Heard) -> Iterator[None]:
    """Take the kernel's streams off the notebook, whoever kept one, or a method of one."""
    kernel = sys.modules.get("ipykernel.iostream")
    if kernel is None:
        yield
        return
    streams = kernel.OutStream
    own_write = types.FunctionType(streams.write.__code__, streams.write.__globals__)
    own_write.__kwdefaults__ = streams.write.__kwdefaults__

    def write(stream: Any, text: str) -> int | None:
        # The thread that watches a descriptor brings what was written there before the judging.
        if threading.current_thread() is getattr(stream, "watch_fd_thread", None):
            return own_write(stream, text)
        heard.hear(text)
        return len(text)

    with _exchanged(streams.write, write), _exchanged(streams.flush, lambda stream: None):
        yield


@contextlib.contextmanager
def _exchanged(function: Any, by: Callable) -> Iterator[None]:
    """Inside, `function` does what `by` does.

    Its code is exchanged, not its name in the class: bars, and IPython from version 9, hold methods
    that were looked up earlier.
    """
    code = function.__code__
    defaults = function.__kwdefaults__
    function.__kwdefaults__ = {"by": by}
    function.__code__ = _calls.__code__
    try:
        yield
    finally:
        function.__code__ = code
        function.__kwdefaults__ = defaults


def _calls(*args: Any, by: Callable) -> Any:
    return by(*args)
