"""One at a time: a lock on a file, with the standard library alone.

The system frees it when its holder ends, however it ends. On Linux and macOS the programs that the
holder started hold it too, so that a pip whose caller was killed is waited for. On Windows they
don't.
"""

import contextlib
import os
import time
from collections.abc import Iterator
from pathlib import Path

if os.name == "nt":
    import msvcrt
else:
    import fcntl

SECONDS_BETWEEN_TRIES = 0.1


@contextlib.contextmanager
def alone(lock: Path, doing: str) -> Iterator[tuple[int, ...]]:
    """Wait until nobody else holds `lock`, then hold it.

    lock:  a file for this and nothing else. It stays: whoever removed it would part two that wait.
    doing: what the other one does, for the line that is printed while this one waits.

    Yields what `subprocess.run` takes as `pass_fds`, so that a program holds the lock as well.
    Raises OSError where the file can't be made. A file system without locks is used without.
    """
    lock.parent.mkdir(parents=True, exist_ok=True)
    with open(lock, "a+b") as file:
        if taken_by_another(file.fileno()):
            print(f"{doing} is running elsewhere: waiting for it to end.", flush=True)
            while taken_by_another(file.fileno()):
                time.sleep(SECONDS_BETWEEN_TRIES)
        yield () if os.name == "nt" else (file.fileno(),)


def taken_by_another(descriptor: int) -> bool:
    """Take the lock of an open file, or tell that another has it."""
    try:
        if os.name == "nt":
            os.lseek(descriptor, 0, os.SEEK_SET)
            msvcrt.locking(descriptor, msvcrt.LK_NBLCK, 1)
        else:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except (BlockingIOError, PermissionError):
        return True
    except OSError:
        # No locks here, as on some network drives.
        return False
    return False
