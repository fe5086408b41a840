"""The time limit in the main thread: a timer's signal raises Stopped in the midst of the answer.

Only the main thread hears signals while it is inside C, so this also ends what never comes back to
Python: `3**(3**17)`, a regular expression that tries everything, `time.sleep`, a lock.
"""

import contextlib
import contextvars
import signal
import sys
import threading
import time
from collections.abc import Callable, Iterator
from typing import Any

from course.coach.sandbox.spent import Allowance, Stopped
from course.coach.sandbox.waiting import patience

_TICK = 0.05  # seconds between looks
_KNOCK = 0.002  # after the end, while the answer goes on

# Taken when the coach is imported: an answer may put others in their places.
_signal = signal.signal
_setitimer = signal.setitimer if hasattr(signal, "setitimer") else None
_monotonic = time.monotonic
_thread_time = time.thread_time
_settrace = sys.settrace


class _Watch:
    """Hears the timer and the interrupt key."""

    def __init__(self, limit: float, waits: float) -> None:
        number = threading.get_native_id()
        self._allowance = Allowance(
            limit, _thread_time, patience(number, waits, limit, _thread_time)
        )
        self._knocks = False
        self.interrupted = False
        self.done = False

    def tick(self, _: int, frame: Any) -> None:
        if self.done:
            return
        if self._knocks or self._is_over():
            self._stop(frame)

    def _is_over(self) -> bool:
        try:
            return self._allowance.is_over()
        except:  # noqa: E722  the answer has put another `int` in place of ours: nothing is sure
            return True

    def interrupt(self, _: int, frame: Any) -> None:
        self.interrupted = True
        if not self.done:
            self._stop(frame)

    def _stop(self, frame: Any) -> None:
        if self._knocks:
            self._trace(frame)
        else:
            self._knocks = True
            _setitimer(signal.ITIMER_REAL, _KNOCK, _KNOCK)
        raise Stopped

    def _trace(self, frame: Any) -> None:
        """Once it was swallowed: raise in every line that follows, also in an `except:`."""
        while frame is not None and frame.f_code is not run_with_signals.__code__:
            if not frame.f_globals.get("__name__", "").startswith("course.coach."):
                frame.f_trace = self._line
            frame = frame.f_back
        _settrace(self._line)

    def _line(self, _: Any, event: str, __: Any) -> Any:
        # what a trace function raises ends the tracing: not on the way to the `except:`
        if event == "line" and not self.done:
            raise Stopped
        return self._line


def run_with_signals(task: Callable[[], None], limit: float, waits: float) -> bool:
    """Run `task()` here, in the main thread, and say whether it ended.

    limit: seconds of processor time.
    waits: seconds that it may wait.
    """
    watch = _Watch(limit, waits)
    ended = True
    with _signals(watch):
        try:
            try:
                # a context of its own: NumPy keeps there what it does about errors
                contextvars.copy_context().run(task)
            finally:
                watch.done = True  # at once: the next knock may come with any call
        except Stopped:
            ended = False
        except BaseException:  # its own affair
            pass
    if watch.interrupted:
        raise KeyboardInterrupt
    return ended


@contextlib.contextmanager
def _signals(watch: _Watch) -> Iterator[None]:
    """Inside, the timer and the interrupt key lead to `watch`; afterwards, where they led before.

    A timer that ran before goes on, a little late.
    """
    before = signal.getsignal(signal.SIGINT)
    # None: a handler that is not Python's, which could not be put back
    listens = callable(before)
    alarm = _signal(signal.SIGALRM, watch.tick)
    began = _monotonic()
    traced = sys.gettrace()
    left, interval = _setitimer(signal.ITIMER_REAL, _TICK, _TICK)
    if listens:
        _signal(signal.SIGINT, watch.interrupt)
    try:
        yield
    finally:
        watch.done = True
        _settrace(traced)
        _setitimer(signal.ITIMER_REAL, 0)
        if listens:
            _signal(signal.SIGINT, before)
        _signal(signal.SIGALRM, signal.SIG_DFL if alarm is None else alarm)
        if left:
            _setitimer(signal.ITIMER_REAL, max(left - (_monotonic() - began), _TICK), interval)
