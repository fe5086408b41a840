"""A folder that is there as a whole or not at all, whoever is killed or comes second.

    with whole_folder(Path("sequences")) as folder:
        (folder / "part.txt").write_text("whole")

What is written goes into a folder beside it, under a name of its own, and gets its name at the end.
"""

import glob
import os
import shutil
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from uuid import uuid4

from filelock import FileLock, Timeout

from seqrec.checks import shown

UNFINISHED = ".partial"


@contextmanager
def whole_folder(out: Path) -> Iterator[Path]:
    """Yields a new folder, which becomes `out` if nothing goes wrong and is deleted if it does.

    out: must not be there.

    Raises ValueError if it is, or if another process is writing it just now; OSError where nothing
    can be written.
    """
    out.parent.mkdir(parents=True, exist_ok=True)
    lock = FileLock(out.with_name(f".{out.name}.lock"), timeout=0)
    try:
        lock.acquire()
    except Timeout:
        raise ValueError(
            f"{shown(out.name)} is being written by another process. Cure: wait for it, or another "
            "folder."
        ) from None
    try:
        refuse_taken(out)
        # Of runs that were killed: whoever holds the lock is alone.
        for left in out.parent.glob(f".{glob.escape(out.name)}.*{UNFINISHED}"):
            shutil.rmtree(left, ignore_errors=True)
        unfinished = out.with_name(f".{out.name}.{uuid4().hex}{UNFINISHED}")
        unfinished.mkdir()
        try:
            yield unfinished
            os.rename(unfinished, out)
        finally:
            _remove(unfinished)
    finally:
        lock.release()


def _remove(folder: Path) -> None:
    """Delete a folder, though another thread that has not heard of the end still writes there."""
    for _ in range(100):
        shutil.rmtree(folder, ignore_errors=True)
        if not folder.exists():
            return
        time.sleep(0.05)


def refuse_taken(out: Path) -> None:
    """Raise ValueError if something with this name is there."""
    if out.is_symlink() or out.exists():
        raise ValueError(
            f"{shown(str(out), 200)} is there already. Cure: another folder, or delete it first."
        )
