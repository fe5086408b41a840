"""Run something for so much processor time and no more.

Processor time, because on a busy machine a wall clock runs on while nothing is done, and the same
answer would be right at one time and stopped at another. Only what waits (`time.sleep`, a lock) is
measured by the wall, since it uses no processor; what stands in a queue for a processor does not
wait (`waiting`).

In the main thread, where a notebook's cells run, a timer's signal ends it (`by_signal`); elsewhere,
and on Windows, a second thread does (`by_thread`).
"""

import signal
import threading
from collections.abc import Callable

from course.coach.sandbox.by_signal import run_with_signals
from course.coach.sandbox.by_thread import run_in_thread
from course.coach.sandbox.spent import Stopped
from course.coach.sandbox.watchdog import overseen

__all__ = ["Stopped", "guarded", "most_waiting"]

_LEAST_WAITING = 2.0


def most_waiting(limit: float) -> float:
    """Seconds for which a task of `limit` seconds may wait."""
    return max(limit, _LEAST_WAITING)


def guarded(task: Callable[[], None], limit: float, waits: float | None = None) -> bool:
    """Run `task()`, and say whether it ended within `limit` seconds of processor time.

    waits: seconds that it may wait; None: `most_waiting`.

    What it raises is its own affair: catch it inside. An interrupt of the kernel stops it too, and
    is passed on.
    """
    is_main = threading.current_thread() is threading.main_thread()
    run = run_with_signals if is_main and hasattr(signal, "setitimer") else run_in_thread
    with overseen(limit):
        return run(task, limit, most_waiting(limit) if waits is None else waits)
