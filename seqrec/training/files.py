"""Files that several processes may write: each is there as a whole or not at all.

    one_writer(path)        inside, nobody else writes there
    write_whole(path)       the old file is left, or the new one
    clear_leftovers(path)   what killed writers left behind

A lock is an empty file beside what it guards. The system gives it up when its process ends, however
that ends, so one that lies there means nothing.
"""

import errno
import glob
import os
import secrets
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import filelock
from filelock import FileLock, Timeout

# Seconds: longer than any save takes.
WAIT = 600
# Since then who gets a lock looks whether its file has been removed meanwhile, and tries again.
# Before, two processes could have locked two files of one name.
_IS_REMOVABLE = tuple(map(int, filelock.__version__.split(".")[:2])) >= (4, 2)
_CANNOT_WRITE = (errno.EACCES, errno.EPERM, errno.EROFS)


@contextmanager
def one_writer(path: str | os.PathLike, wait: float | None = None) -> Iterator[None]:
    """Inside, no other process, and no other thread of this one, is inside for the same path.

    path: of what is guarded; its folder is there.
    wait: for the other, in seconds; None waits as long as any save may take.

    Where no lock file can be made, nothing can be written either: then there is no lock, and who
    writes gets the error. Raises ValueError if the other one is still inside.
    """
    path = Path(path).absolute()
    # A singleton can be taken again by who has it: a run saves its checkpoint.
    lock = FileLock(lock_file(path), is_singleton=True, poll_interval=0.01)
    try:
        lock.acquire(timeout=WAIT if wait is None else wait)
    except Timeout as error:
        raise ValueError(
            f"{path} is being written by another process. Cure: another path, or wait until that "
            "one has ended."
        ) from error
    except OSError as error:
        if error.errno not in _CANNOT_WRITE:
            raise
        lock = None
    try:
        yield
    finally:
        if lock is not None:
            _release(lock)


def _release(lock):
    """Give a lock up, and remove its file while nobody else can have it."""
    if lock.lock_counter == 1 and _IS_REMOVABLE:
        # Windows removes it afterwards.
        with suppress(OSError):
            os.unlink(lock.lock_file)
    lock.release()


def lock_file(path):
    """The file whose lock guards a path."""
    return path.with_name(f".{path.name}.lock")


def write_whole(path, data):
    """Write bytes to `path`: the old file is left, or the new one as a whole.

    path: of the file. data: bytes.

    The new file is on the disk before it takes the old one's name. Its name before is nobody
    else's. Raises OSError, with the name of the file, where the disk is full.
    """
    path = Path(path)
    partial = path.with_name(f"{path.name}.{secrets.token_hex(8)}.partial")
    try:
        with open(partial, "xb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        os.replace(partial, path)
    except OSError as error:
        # Of a full disk the system tells no name.
        if error.errno is None or error.filename is not None:
            raise
        raise OSError(error.errno, error.strerror, str(path)) from error
    finally:
        partial.unlink(missing_ok=True)


def clear_leftovers(path):
    """Remove what killed calls of `write_whole` left behind.

    path: as they had it. The caller is inside `one_writer`, so none of them is alive.
    """
    name = glob.escape(path.name)
    # An earlier version gave the same name to all.
    for pattern in (f"{name}.{'[0-9a-f]' * 16}.partial", f"{name}.partial"):
        for partial in path.parent.glob(pattern):
            partial.unlink(missing_ok=True)
