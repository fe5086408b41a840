"""Descriptors 1 and 2, below Python's streams: subprocesses and C libraries write there."""

import contextlib
import os
import sys
import threading
from collections.abc import Iterator

NUMBERS = (1, 2)
_CHUNK = 2**16
# Seconds for what is still in the pipe. A child process that lives on keeps the pipe open, and is
# not waited for.
_LAG = 0.5


class Tap:
    """What came out of the descriptors.

    head:    the first `kept` bytes.
    n_lines: how many lines came in all.
    """

    def __init__(self, kept: int) -> None:
        self.head = b""
        self.n_lines = 0
        self._kept = kept
        self._is_open = False
        self._lock = threading.Lock()

    def mute(self) -> None:
        """Drop what is written to the descriptors from now on."""
        with self._lock:  # a thread left behind by the time limit may come late: they are restored
            if self._is_open:
                _flush()
                null = os.open(os.devnull, os.O_WRONLY)
                for number in NUMBERS:
                    os.dup2(null, number)
                os.close(null)

    @contextlib.contextmanager
    def opened(self) -> Iterator[None]:
        """Inside, the descriptors lead here; on leaving, to where they led before."""
        with contextlib.ExitStack() as stack:
            for plug in _plugs():
                stack.callback(os.close, plug)
            # A pipe, not a file: nothing fills up, however much is written.
            source, sink = os.pipe()
            reader = threading.Thread(
                target=self._read, args=(source,), daemon=True, name="coach listening"
            )
            reader.start()
            stack.callback(reader.join, _LAG)
            stack.callback(os.close, sink)
            _flush()
            for number in NUMBERS:
                # on Windows a process without a console has nothing there
                with contextlib.suppress(OSError):
                    own = os.dup(number)
                    stack.callback(os.close, own)
                    stack.callback(os.dup2, own, number)
                    os.dup2(sink, number)
            stack.callback(self._close)
            self._is_open = True
            yield

    def _close(self) -> None:
        with self._lock:
            self._is_open = False
        _flush()

    def _read(self, source: int) -> None:
        while chunk := os.read(source, _CHUNK):
            self.head += chunk[: self._kept - len(self.head)]
            self.n_lines += chunk.count(b"\n")
        os.close(source)


def _plugs() -> list[int]:
    """Something in each closed descriptor of 0, 1 and 2.

    The pipe would get that number, and what an answer writes there its wrong end.
    """
    plugs = []
    while (number := os.open(os.devnull, os.O_RDWR)) <= max(NUMBERS):
        plugs.append(number)
    os.close(number)
    return plugs


def _flush() -> None:
    # each may be None, closed, or lead nowhere
    for stream in (sys.__stdout__, sys.__stderr__):
        with contextlib.suppress(Exception):
            stream.flush()
