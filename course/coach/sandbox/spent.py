"""When something has had its time: processor time at work, wall time where it only waits."""

import time
from collections.abc import Callable

# Below this share of a processor it waits. Ten others at work beside it leave it more.
_WAITING = 0.05
_LEAST_WAIT = 2.0  # seconds of waiting that are always granted
# And this share counts as used, come what may: a loop of short naps ends too.
_AT_LEAST = 0.05
_clock = time.monotonic


class Stopped(BaseException):
    """Raised in an answer that is over its time.

    Not an Exception: `except Exception` in an answer must not catch it.
    """


class Allowance:
    """How much one task may still use.

    limit:  seconds of processor time. It may wait as many seconds of wall time (at least 2) in one
            piece.
    worked: gives the processor time of the task's thread so far.
    """

    def __init__(self, limit: float, worked: Callable[[], float]) -> None:
        self._worked = worked
        self._end = worked() + limit
        self._began = _clock()
        self._window = max(limit, _LEAST_WAIT)
        self._begin_window(worked())

    def is_over(self) -> bool:
        """Whether the time is used up."""
        worked = self._worked()
        if worked + _AT_LEAST * (_clock() - self._began) >= self._end:
            return True
        seconds = _clock() - self._window_began
        if seconds < self._window:
            return False
        waited = worked - self._worked_before < _WAITING * seconds
        self._begin_window(worked)
        if waited:
            self._end = worked  # once over, over for good
        return waited

    def _begin_window(self, worked: float) -> None:
        self._window_began = _clock()
        self._worked_before = worked
