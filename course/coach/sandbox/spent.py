"""When something has had its time: processor time at work, and patience with what only waits."""

from collections.abc import Callable
from typing import Protocol


class Stopped(BaseException):
    """Raised in an answer that is over its time.

    Not an Exception: `except Exception` in an answer must not catch it.
    """


class Patience(Protocol):
    """How long something may wait: see `waiting`."""

    def is_over(self, worked: float) -> bool:
        """Whether it waited too long, given its processor time so far."""


class Allowance:
    """How much one task may still use.

    limit:    seconds of processor time.
    worked:   gives the processor time of the task's thread so far.
    patience: with its waiting.
    """

    def __init__(self, limit: float, worked: Callable[[], float], patience: Patience) -> None:
        self._worked = worked
        self._end = worked() + limit
        self._patience = patience
        self._is_over = False

    def is_over(self) -> bool:
        """Whether the time is used up. Once over, over for good."""
        if not self._is_over:
            worked = self._worked()
            self._is_over = worked >= self._end or self._patience.is_over(worked)
        return self._is_over
