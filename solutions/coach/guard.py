"""Run something in a thread of its own, for so long and no longer.

A thread works inside torch calls and on Windows, where signals do not. A loop written in Python is stopped by an
exception raised in its thread; a thread stuck in C (`time.sleep`, one huge torch call) is left behind: it is a daemon
and stops when it comes back.
"""

import ctypes
import threading
import time
from collections.abc import Callable

_GRACE = 1.0  # seconds that a stopped thread gets to unwind
_STEP = 0.05  # seconds between looks: on Windows a longer wait could not be interrupted


class Stopped(BaseException):
    """Raised in a thread that is over its time. Not an Exception: `except Exception` in an answer must not catch it."""


def guarded(task: Callable[[], None], limit: float) -> bool:
    """Run `task()`; whether it ended within `limit` seconds. What it raises is its own affair: catch it inside.

    An interrupt of the kernel stops the thread too, and is passed on.
    """
    thread = threading.Thread(target=_quietly, args=(task,), daemon=True, name="coach")
    thread.start()
    try:
        if _ended(thread, limit):
            return True
    except KeyboardInterrupt:
        _stop(thread)
        raise
    _stop(thread)
    return False


def _quietly(task: Callable[[], None]) -> None:
    try:
        task()
    except BaseException:  # nothing may reach threading's own report on stderr
        pass


def _ended(thread: threading.Thread, seconds: float) -> bool:
    deadline = time.monotonic() + seconds
    while thread.is_alive() and (left := deadline - time.monotonic()) > 0:
        thread.join(min(left, _STEP))
    return not thread.is_alive()


def _stop(thread: threading.Thread) -> None:
    # Again and again: a bare `except:` inside a loop swallows some, but not the one that arrives between two rounds.
    deadline = time.monotonic() + _GRACE
    while thread.is_alive() and time.monotonic() < deadline:
        ctypes.pythonapi.PyThreadState_SetAsyncExc(ctypes.c_ulong(thread.ident), ctypes.py_object(Stopped))
        thread.join(_STEP)
