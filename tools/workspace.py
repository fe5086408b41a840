"""The learner's own copy of the chapters. Nothing in it is ever overwritten."""

import os
import shutil
from pathlib import Path


class WorkspaceError(Exception):
    """A chapter that is not there; the message lists those that are."""


def add_new_chapters(chapters: Path, workspace: Path) -> list[Path]:
    """Copy into `workspace` each file of `chapters` that it does not have; return the new ones.

    Pictures too.
    """
    new = []
    for source in sorted(chapters.rglob("*")):
        relative = source.relative_to(chapters)
        target = workspace / relative
        if source.is_file() and not hidden(relative) and not target.exists():
            put(source, target)
            new.append(target)
    return new


def reset(chapters: Path, workspace: Path, name: str) -> tuple[Path, Path | None]:
    """Put a fresh copy of one chapter into `workspace`.

    name: a number ("2" or "02") or a file name ("02_sequences", "play_as_anna", with or without
          ".ipynb")

    Returns the fresh file and, where there was another, the place where it is kept:
    `02_sequences.old-1.ipynb`.
    Raises WorkspaceError if there is no such chapter.
    """
    source = find(chapters, name)
    target = workspace / source.name
    kept = None
    if target.exists():
        kept = free_name(target)
        target.rename(kept)
    put(source, target)
    return target, kept


def find(chapters: Path, name: str) -> Path:
    """The notebook that `name` means."""
    available = sorted(chapters.glob("*.ipynb"))
    wanted = name.strip().removesuffix(".ipynb")
    for path in available:
        if wanted == path.stem or (wanted.isdecimal() and wanted.zfill(2) == path.stem[:2]):
            return path
    known = "\n  ".join(path.stem for path in available) or "(none)"
    raise WorkspaceError(
        f"There is no chapter {name!r}. Give its number or its name, one of:\n  {known}"
    )


def free_name(path: Path) -> Path:
    """`path` with the first unused `.old-1`, `.old-2`, ... before its suffix."""
    number = 1
    while (kept := path.with_name(f"{path.stem}.old-{number}{path.suffix}")).exists():
        number += 1
    return kept


def put(source: Path, target: Path) -> None:
    """Copy by way of a temporary name: an interruption leaves no half of a notebook."""
    target.parent.mkdir(parents=True, exist_ok=True)
    partial = target.with_name(target.name + ".part")
    shutil.copyfile(source, partial)
    os.replace(partial, target)


def hidden(relative: Path) -> bool:
    """Checkpoints and other files that editors leave behind."""
    return any(part.startswith((".", "__")) for part in relative.parts)
