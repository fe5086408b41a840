"""The time limit outside the main thread, and on Windows: in a thread that can be left behind.

A loop written in Python is stopped by an exception raised in its thread; a thread stuck in C
(`time.sleep`, one huge torch call) is left behind: it is a daemon and stops when it comes back.
What holds the interpreter's lock for ever, `3**(3**17)`, can't be stopped from here: the
`watchdog` says so.
"""

import ctypes
import threading
import time
from collections.abc import Callable

from course.coach.sandbox.spent import Allowance, Stopped
from course.coach.sandbox.waiting import patience

_GRACE = 1.0  # seconds that the caller waits for a stopped thread to unwind
_STEP = 0.05  # seconds between looks: on Windows a longer wait could not be interrupted
_HURRY = 10.0  # seconds of knocking in quick succession; afterwards once a second


def run_in_thread(task: Callable[[], None], limit: float, waits: float) -> bool:
    """Run `task()` in a thread of its own, and say whether it ended.

    limit: seconds of processor time.
    waits: seconds that it may wait.
    """
    # not Thread.join: interrupted, it takes a running thread for ended (Python 3.11)
    done = threading.Event()
    clock: list[int] = []
    thread = threading.Thread(target=_quietly, args=(task, done, clock), daemon=True, name="coach")
    thread.start()

    def worked() -> float:
        return _worked(clock)

    allowance = Allowance(limit, worked, patience(thread.native_id, waits, limit, worked))
    try:
        while not done.wait(_STEP):
            if allowance.is_over():
                break
        else:
            return True
    except KeyboardInterrupt:
        _stop(thread, done)
        raise
    _stop(thread, done)
    return False


def _worked(clock: list[int]) -> float:
    """Processor time of the thread; where threads have no clock, of the whole process."""
    if not hasattr(time, "pthread_getcpuclockid"):
        return time.process_time()
    try:
        return time.clock_gettime(clock[0])
    except (IndexError, OSError):  # not begun, or gone
        return 0.0


def _quietly(task: Callable[[], None], done: threading.Event, clock: list[int]) -> None:
    # by the thread itself: with the number of one that is gone, the call may crash
    if hasattr(time, "pthread_getcpuclockid"):
        clock.append(time.pthread_getcpuclockid(threading.get_ident()))
    todo = [task]
    while not done.is_set():  # a late knock may fall between the task and its end
        try:
            if todo:
                todo.pop()()
            done.set()
        except BaseException:  # nothing may reach threading's own report on stderr
            pass


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
