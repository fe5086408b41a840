"""Run something in a thread of its own, for so long and no longer.

A thread works inside torch calls and on Windows, where signals do not. A loop written in Python is
stopped by an exception raised in its thread; a thread stuck in C (`time.sleep`, one huge torch
call) is left behind: it is a daemon and stops when it comes back.
"""

import ctypes
import threading
import time
from collections.abc import Callable

_GRACE = 1.0  # seconds that the caller waits for a stopped thread to unwind
_STEP = 0.05  # seconds between looks: on Windows a longer wait could not be interrupted
_HURRY = 10.0  # seconds of knocking in quick succession; afterwards once a second


class Stopped(BaseException):
    """Raised in a thread that is over its time.

    Not an Exception: `except Exception` in an answer must not catch it.
    """


def guarded(task: Callable[[], None], limit: float) -> bool:
    """Run `task()`, and say whether it ended within `limit` seconds.

    What it raises is its own affair: catch it inside. An interrupt of the kernel stops the thread
    too, and is passed on.
    """
    # not Thread.join: interrupted, it takes a running thread for ended (Python 3.11)
    done = threading.Event()
    thread = threading.Thread(target=_quietly, args=(task, done), daemon=True, name="coach")
    thread.start()
    try:
        if _wait(done, limit):
            return True
    except KeyboardInterrupt:
        _stop(thread, done)
        raise
    _stop(thread, done)
    return False


def _quietly(task: Callable[[], None], done: threading.Event) -> None:
    todo = [task]
    while not done.is_set():  # a late knock may fall between the task and its end
        try:
            if todo:
                todo.pop()()
            done.set()
        except BaseException:  # nothing may reach threading's own report on stderr
            pass


def _wait(done: threading.Event, seconds: float) -> bool:
    deadline = time.monotonic() + seconds
    while not done.is_set() and (left := deadline - time.monotonic()) > 0:
        done.wait(min(left, _STEP))
    return done.is_set()


def _stop(thread: threading.Thread, done: threading.Event) -> None:
    threading.Thread(target=_knock, args=(thread, done), daemon=True, name="coach knocking").start()
    done.wait(_GRACE)


def _knock(thread: threading.Thread, done: threading.Event) -> None:
    """Raise Stopped in the thread until it hears.

    A bare `except:` inside a loop swallows nearly all, but not the one that arrives between two
    rounds.
    """
    hurry = time.monotonic() + _HURRY
    while thread.is_alive() and not done.is_set():
        ctypes.pythonapi.PyThreadState_SetAsyncExc(
            ctypes.c_ulong(thread.ident), ctypes.py_object(Stopped)
        )
        done.wait(0.002 if time.monotonic() < hurry else 1.0)
