"""The file beside a learner's copy that outlives the kernel: `course_progress.json`.

Written by the kernels of all open chapters, one at a time: each reads it, adds what is new, and
puts the whole in its place at once. Nothing is sent anywhere. Whatever the disk does, a chapter
goes on: `add` raises NotKept, with a sentence for the learner.
"""

import contextlib
import errno
import os
import re
import secrets
from collections.abc import Iterator
from pathlib import Path

from filelock import FileLock, Timeout

from course.coach.record import LARGEST, Newer, Record, from_json, merged, to_json
from course.coach.sandbox.settings import running_shell

NAME = "course_progress.json"
#: An environment variable: another file, or "" for none.
ELSEWHERE = "COURSE_PROGRESS"
#: Seconds to wait for another kernel, which is done in a few milliseconds.
WAIT = 2.0
_CHAPTER = re.compile(r"\d\d_\w+.*\.ipynb")


class NotKept(Exception):
    """Progress could not be written; the text says why, and what the learner can do."""


def place() -> Path | None:
    """Where this kernel's learner's progress is kept; None where none is.

    Beside the chapters of the folder that the kernel runs in. Not in `chapters/` and `solutions/`
    of an author's checkout, whose outputs are stored; and only in a notebook's kernel.
    """
    told = os.environ.get(ELSEWHERE)
    if told is not None:
        return Path(told).absolute() if told else None
    if not hasattr(running_shell(), "kernel"):
        return None
    return beside_chapters(Path.cwd())


def beside_chapters(folder: Path) -> Path | None:
    """The file of a folder of chapters; None for other folders and for an author's."""
    authors = folder.name in ("chapters", "solutions") and (folder.parent / "solutions").is_dir()
    try:
        has_chapters = any(_CHAPTER.fullmatch(name) for name in os.listdir(folder))
    except OSError:
        return None
    return folder / NAME if has_chapters and not authors else None


def read(path: Path) -> tuple[Record, str]:
    """What is in the file, and a sentence about it where it can't be read; nothing if it is new.

    Nothing is written.
    """
    try:
        record, whole = from_json(_bytes(path))
    except FileNotFoundError:
        return Record(), ""
    except Newer:
        return Record(), _newer(path)
    except OSError as error:
        return Record(), f"Your progress in {path.name} can't be read: {_why(error)}."
    return record, "" if whole else f"{path.name} is damaged: some of your progress can't be read."


def add(path: Path, news: Record) -> tuple[Record, str]:
    """Add `news` to the file; all that is in it now, and a sentence if it had to be set aside.

    A damaged file gets another name, and what can be read of it goes on. Raises NotKept.
    """
    try:
        with _alone(path):
            _clear(path)
            try:
                before, whole = from_json(_bytes(path))
            except FileNotFoundError:
                before, whole = Record(), True
            now = merged(before, news)
            if now == before and whole:
                return now, ""
            with _written_beside(path, to_json(now)) as part:
                # Only now: where the disk is full, the damaged file keeps its place.
                note = "" if whole else _set_aside(path)
                os.replace(part, path)
            return now, note
    except Newer:
        raise NotKept(_newer(path)) from None
    except Timeout:
        raise NotKept(
            f"Your progress is not kept for now: something else holds {path.name}. The next "
            "exercise tries again."
        ) from None
    except OSError as error:
        raise NotKept(
            f"Your progress is not kept: {path.name} can't be written ({_why(error)}). The chapter "
            "goes on without."
        ) from None


def _bytes(path: Path) -> bytes:
    with open(path, "rb") as file:
        return file.read(LARGEST + 1)


@contextlib.contextmanager
def _written_beside(path: Path, data: bytes) -> Iterator[Path]:
    """A file of another name that holds `data`, to be given the name of `path`."""
    part = path.with_name(f".{path.name}.{secrets.token_hex(4)}.part")
    try:
        with open(part, "xb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        yield part
    finally:
        with contextlib.suppress(OSError):
            part.unlink()


def _clear(path: Path) -> None:
    """Remove what kernels left that were killed while they wrote."""
    for part in path.parent.glob(f".{path.name}.*.part"):
        with contextlib.suppress(OSError):
            part.unlink()


def _set_aside(path: Path) -> str:
    """Give a damaged file a free name that says so; a sentence about it."""
    number = 1
    while (aside := path.with_name(f"{path.stem}.damaged-{number}.json")).exists():
        number += 1
    os.replace(path, aside)
    return f"{path.name} was damaged. It is now {aside.name}; what could be read of it is kept."


@contextlib.contextmanager
def _alone(path: Path) -> Iterator[None]:
    """Inside, no other kernel is. Where no lock can be had, none is needed, or writing will tell.

    Raises Timeout if another one does not leave.
    """
    lock = FileLock(path.with_name(f".{path.name}.lock"), timeout=WAIT, poll_interval=0.02)
    try:
        lock.acquire()
    except Timeout:
        raise
    except (OSError, NotImplementedError):
        yield
        return
    try:
        yield
    finally:
        lock.release()


def _newer(path: Path) -> str:
    return (
        f"{path.name} was written by a newer version of the course. Your progress is not kept "
        "until the course is brought up to date; the file is left as it is."
    )


def _why(error: OSError) -> str:
    if error.errno in (errno.ENOSPC, errno.EDQUOT, errno.EFBIG):
        return "the disk is full"
    if error.errno in (errno.EACCES, errno.EPERM, errno.EROFS):
        return "the folder can't be written"
    return (error.strerror or type(error).__name__)[:100]
