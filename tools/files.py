"""Files that are whole or not there, whenever their writer is killed.

With the standard library alone.
"""

import contextlib
import os
import re
import secrets
from collections.abc import Iterator
from pathlib import Path

# `.NAME.5f3a9c01.part`: hidden, and of one writer alone.
PART = re.compile(r"\.(.+)\.[0-9a-f]{8}\.part")


@contextlib.contextmanager
def part_of(target: Path) -> Iterator[Path]:
    """A name beside `target` that nobody else has, to be written and then moved.

    Makes the folder. The name is gone at the end.
    """
    target.parent.mkdir(parents=True, exist_ok=True)
    part = target.with_name(f".{target.name}.{secrets.token_hex(4)}.part")
    try:
        yield part
    finally:
        part.unlink(missing_ok=True)


def write_whole(target: Path, content: str | bytes) -> None:
    """Write a file, over an older one if there is one: it holds the old or the new."""
    data = content.encode() if isinstance(content, str) else content
    with part_of(target) as part:
        part.write_bytes(data)
        os.replace(part, target)


def move_to_free_name(source: Path, target: Path) -> bool:
    """Give the file `source` the name `target` unless something has that name; tell whether it did.

    `source` may be left: where it can, this makes a second name of the same file, for no system but
    Windows renames without overwriting.
    """
    try:
        if os.name == "nt":
            os.rename(source, target)
        else:
            os.link(source, target, follow_symlinks=False)
    except FileExistsError:
        return False
    except OSError:
        # No second names here, as on a USB stick.
        if os.path.lexists(target):
            return False
        os.rename(source, target)
    return True


def parts_in(folder: Path) -> list[Path]:
    """What writers are writing in `folder` now, or left there when they were killed."""
    return [path for path in folder.glob(".*.part") if PART.fullmatch(path.name)]
