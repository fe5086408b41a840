"""Does something wait (`time.sleep`, a lock), or would it work if the machine let it?

Wall time alone can't tell: on a busy machine a thread that has work stands in a queue for most of a
minute. Linux counts how long each thread stood there, so that waiting is what remains: wall time
less work less queueing. Elsewhere only a small share of a processor, for long, tells of waiting.
"""

import os
import threading
import time
from collections.abc import Callable

# Part of a while that must be waiting to count: others may hold the interpreter's lock in between.
_MOST = 0.5
# Processor time of other threads, in limits, for which the task may wait. An answer may start
# others that spin for ever.
_FOR_OTHERS = 10.0
# Where queues aren't counted: below this share of a processor it waits.
_SHARE = 0.05
_WINDOW = 10.0  # seconds, at least, over which the share is taken

# Taken when the coach is imported: an answer may put others in their places.
_clock = time.monotonic
_process_time = time.process_time
_own_number = threading.get_native_id
_open = os.open
_read = os.read
_close = os.close
_listed = os.listdir
_READS = os.O_RDONLY


class Queue:
    """Patience with a thread of this process, where Linux counts its time in queues.

    thread:  its native number.
    seconds: that it may wait in all.
    limit:   of its processor time.
    worked:  its processor time so far.
    """

    def __init__(self, thread: int, seconds: float, limit: float, worked: float) -> None:
        self._thread = thread
        self._left = seconds
        self._others = _process_time() - worked + _FOR_OTHERS * limit
        self._before: tuple[float, float, float] | None = None

    def is_over(self, worked: float) -> bool:
        """Whether it waited too long. To be asked often: what others do is seen when asked."""
        try:
            now = _clock(), worked, _queued(self._thread)
        except OSError:  # the thread is gone
            return False
        if self._before is not None:
            wall, work, queued = (b - a for a, b in zip(self._before, now, strict=True))
            waited = wall - work - queued
            if waited > _MOST * wall and not self._waits_for_others(worked):
                self._left -= waited
        self._before = now
        return self._left <= 0

    def _waits_for_others(self, worked: float) -> bool:
        """Whether another thread has work to do, say one of torch's.

        It includes the thread itself where another one asks: it may stand in a queue that it has
        not left yet, and that is counted only then.
        """
        return _process_time() - worked < self._others and _others_run()


class Share:
    """Patience with a thread, where queues aren't counted.

    window: seconds of wall time in which it must have worked a little.
    worked: its processor time so far.
    """

    def __init__(self, window: float, worked: float) -> None:
        self._window = window
        self._began = _clock()
        self._worked = worked

    def is_over(self, worked: float) -> bool:
        """Whether it did hardly anything in the last window."""
        seconds = _clock() - self._began
        if seconds < self._window:
            return False
        share = (worked - self._worked) / seconds
        self._began += seconds
        self._worked = worked
        return share < _SHARE


def patience(
    thread: int, seconds: float, limit: float, worked: Callable[[], float]
) -> Queue | Share:
    """The patience that this machine can have with a thread (see `Queue`)."""
    if _COUNTS_QUEUES:
        return Queue(thread, seconds, limit, worked())
    return Share(max(4 * seconds, _WINDOW), worked())


def _queued(thread: int) -> float:
    """Seconds for which a thread stood in a queue for a processor, so far."""
    return int(_text(b"/proc/self/task/%d/schedstat" % thread).split()[1]) * 1e-9


def _others_run() -> bool:
    """Whether a thread of this process, but for the one that asks, runs or stands in a queue."""
    own = _own_number()
    for name in _listed(b"/proc/self/task"):
        if int(name) != own and _state(name) == b"R":
            return True
    return False


def _state(thread: bytes) -> bytes:
    try:
        # its name, in brackets, may hold brackets too
        return _text(b"/proc/self/task/" + thread + b"/stat").rpartition(b")")[2].split()[0]
    except OSError:  # gone meanwhile
        return b""


def _text(path: bytes) -> bytes:
    number = _open(path, _READS)
    try:
        return _read(number, 4096)
    finally:
        _close(number)


def _counts_queues() -> bool:
    """A system without this count has no such file, or only zeros there."""
    try:
        counts = _text(b"/proc/self/task/%d/schedstat" % _own_number()).split()
        return len(counts) == 3 and int(counts[2]) > 0
    except (OSError, ValueError):
        return False


_COUNTS_QUEUES = _counts_queues()
