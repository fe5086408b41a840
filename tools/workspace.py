"""The learner's own copy of the chapters. Nothing in it is ever overwritten.

Copies come without outputs: whoever guesses must not have the answer below the question.
Two at once don't harm each other, and a run that is killed leaves whole files only: a file is
written under another name and then given its own, unless something has it by then.
"""

import contextlib
import os
from collections.abc import Iterator
from pathlib import Path

from tools.alone import alone
from tools.bare import copy_bare
from tools.files import move_to_free_name, part_of, parts_in


class WorkspaceError(Exception):
    """A chapter that is not there, or a folder that can't be written; the message says more."""


def add_new_chapters(chapters: Path, workspace: Path) -> list[Path]:
    """Copy into `workspace` each file of `chapters` that it does not have; return the new ones.

    Pictures too. Notebooks come without outputs.

    Raises WorkspaceError where the workspace can't be written.
    """
    listed = [
        source.relative_to(chapters)
        for source in sorted(chapters.rglob("*"))
        if source.is_file() and not hidden(source.relative_to(chapters))
    ]
    missing = [relative for relative in listed if not os.path.lexists(workspace / relative)]
    folders = sorted({workspace / relative.parent for relative in listed})
    if not missing and not any(parts_in(folder) for folder in folders):
        # Nothing is written: a complete workspace may be on a read-only drive.
        return []
    with only_writer(workspace, folders):
        return [
            workspace / relative
            for relative in missing
            if put(chapters / relative, workspace / relative)
        ]


def reset(chapters: Path, workspace: Path, name: str) -> tuple[Path, Path | None]:
    """Put a fresh copy of one chapter into `workspace`.

    name: a number ("2" or "02") or a file name ("02_sequences", "play_as_anna", with or without
          ".ipynb")

    Returns the fresh file and, where there was another, the place where it is kept:
    `02_sequences.old-1.ipynb`.
    Raises WorkspaceError if there is no such chapter, or where the workspace can't be written.
    """
    source = find(chapters, name)
    target = workspace / source.name
    with only_writer(workspace, [workspace]), part_of(target) as part:
        copy_bare(source, part)
        kept = keep(target) if os.path.lexists(target) else None
        os.replace(part, target)
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


def keep(path: Path) -> Path:
    """Give a file the first unused name of `.old-1`, `.old-2`, ... before its suffix; the name."""
    number = 1
    while not move_to_free_name(
        path, kept := path.with_name(f"{path.stem}.old-{number}{path.suffix}")
    ):
        number += 1
    return kept


def put(source: Path, target: Path) -> bool:
    """Copy, unless something has the target's name; tell whether it was copied."""
    with part_of(target) as part:
        copy_bare(source, part)
        return move_to_free_name(part, target)


@contextlib.contextmanager
def only_writer(workspace: Path, folders: list[Path]) -> Iterator[None]:
    """Write into the workspace alone, and without what killed runs left there.

    folders: those that are written into

    Raises WorkspaceError for what the system says against it.
    """
    try:
        workspace.mkdir(parents=True, exist_ok=True)
        with alone(lock_of(workspace), "Another start of this course"):
            for part in (part for folder in folders for part in parts_in(folder)):
                part.unlink(missing_ok=True)
            yield
    except OSError as error:
        raise WorkspaceError(
            f"{workspace.name}/ must be a folder that can be written, got: {str(error)[:300]}.\n"
            "Cure: free some disk, or put the course into a folder that is yours; then run the "
            "same command again."
        ) from error


def lock_of(workspace: Path) -> Path:
    """The file by which writers wait for each other.

    In `build/` of a checkout. Beside a folder in somebody's home there is no place for it: inside.
    """
    if (workspace.parent / "chapters").is_dir():
        return workspace.parent / "build" / "workspace.lock"
    return workspace / ".copies.lock"


def hidden(relative: Path) -> bool:
    """Checkpoints and other files that editors leave behind."""
    return any(part.startswith((".", "__")) for part in relative.parts)
