"""Says that the kernel must be restarted, where a call can't be ended from inside.

A few calls in C neither hear a signal nor release the interpreter's lock: `sum(range(10**12))`.
Nothing in this process can act then, so a small process beside a notebook's kernel keeps the time,
and writes to the terminal that the kernel was started from.
"""

import contextlib
import os
import subprocess
import sys
from collections.abc import Iterator

_MESSAGE = (
    "This cell can't be stopped from inside: a call in it listens to nothing. Restart the kernel "
    "(in the notebook: press 0 twice) and change the cell."
)
# Wall time, since the process beside has no other: late rather than wrong on a busy machine.
_TIMES = 10.0
_LEAST = 30.0
# Each word that it reads is a number of seconds until it speaks; 0: never mind.
_BESIDE = """
import os, select, sys
wait = None
while True:
    ready = select.select([0], [], [], wait)[0]
    words = os.read(0, 4096).split() if ready else [b"0"]
    if not ready:
        os.write(2, sys.argv[1].encode() + b"\\n")
    if not words:
        break
    wait = float(words[-1]) or None
"""

_beside: list[subprocess.Popen] = []  # at most one, started with the kernel's first exercise


def prepare() -> None:
    """Start the process beside this one: once, in a notebook's kernel, where there are pipes."""
    if _beside or os.name != "posix":
        return
    with contextlib.suppress(OSError):
        process = start(_original_stderr())
        _beside.append(process)


def start(stderr: int) -> subprocess.Popen:
    """A process that keeps the time, and writes to a descriptor."""
    return subprocess.Popen(
        [sys.executable, "-I", "-S", "-c", _BESIDE, _MESSAGE],
        stdin=subprocess.PIPE,
        stdout=subprocess.DEVNULL,
        stderr=stderr,
        start_new_session=True,  # an interrupt of the kernel is none of its business
    )


@contextlib.contextmanager
def overseen(limit: float, least: float = _LEAST) -> Iterator[None]:
    """Inside, somebody speaks up when `limit` seconds of processor time must be long over.

    least: seconds of wall time that pass before, whatever the limit.
    """
    _tell(_TIMES * limit + least)
    try:
        yield
    finally:
        _tell(0)


def _tell(seconds: float) -> None:
    for process in _beside:
        with contextlib.suppress(OSError):  # somebody may have ended it
            os.write(process.stdin.fileno(), b"%.3f " % seconds)


def _original_stderr() -> int:
    """The descriptor of the terminal: a kernel may have put a pipe to itself in its place."""
    kept = getattr(sys.stderr, "_original_stdstream_copy", None)
    return kept if isinstance(kept, int) else 2
