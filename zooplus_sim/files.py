"""Tables to files, CSV or Parquet by suffix: a file is there whole, or it is not there."""

from __future__ import annotations

import errno
import os
import secrets
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import BinaryIO

import pandas as pd
from tqdm.auto import tqdm

from zooplus_sim.checks import told, told_path

try:
    import fcntl
except ImportError:
    # Windows, where a file that is open can't be deleted anyway.
    fcntl = None  # type: ignore[assignment]

SUFFIXES = (".csv", ".parquet")
UNFINISHED = ".zooplus_sim-*.tmp"  # what files are called until they are whole
FULL = (errno.ENOSPC, getattr(errno, "EDQUOT", errno.ENOSPC))  # no room on a disk, or no more of it
ROWS_AT_A_TIME = 500_000  # rows written between two moves of the progress bar


def check_file(given: str | os.PathLike) -> Path:
    """The path, if a file can be written there. Links are followed, so that a link stays one.

    Raises ValueError for what is there and is no plain file (a folder, a pipe, a device), and for a
    path that can't be; FileNotFoundError if its folder does not exist.
    """
    path = resolved(given)
    if path.is_dir():
        raise ValueError(f"{told_path(given)}: is a folder; expected a file to write")
    if os.path.lexists(path) and not path.is_file():
        raise ValueError(
            f"{told_path(given)} must be a plain file or a new one, got a pipe, a device or a "
            "broken link. Cure: another name."
        )
    if not path.parent.is_dir():
        folder = told_path(path.parent)
        raise FileNotFoundError(f"{told_path(given)}: there is no folder {folder!r}; make it first")
    return path


def check_folder(given: str | os.PathLike) -> Path:
    """The absolute path, if a folder is or can be made there.

    Raises ValueError for what is there and is no folder.
    """
    path = resolved(given)
    if os.path.lexists(given) and not path.is_dir():
        raise ValueError(
            f"{told_path(given)} must be a folder or a new name, got a file, a pipe, a device or "
            "a broken link. Cure: another name."
        )
    return path


def resolved(given: str | os.PathLike) -> Path:
    """The absolute path without links. Raises ValueError for text that is no path."""
    text = os.fspath(given)
    if not isinstance(text, str) or not text or "\0" in text:
        raise ValueError(f"the path {told(text)} must be a text, not empty and without NUL")
    path = os.path.realpath(text)
    try:
        os.lstat(path)
    except (FileNotFoundError, NotADirectoryError):
        pass
    except OSError as error:
        # A name that is too long, or a folder that may not be read.
        raise OSError(error.errno, error.strerror, told_path(text)) from None
    return Path(path)


def check_table_paths(paths: Sequence[str | os.PathLike]) -> list[Path]:
    """The paths, if a table can be written to each. Links are followed, so that a link stays one.

    Raises ValueError for an unknown suffix, for what is no plain file, a missing folder, the same
    file twice, or Parquet without pyarrow.
    """
    checked: list[Path] = []
    for given in paths:
        suffix = resolved(given).suffix
        if suffix.lower() not in SUFFIXES:
            raise ValueError(
                f"{told_path(given)}: unknown suffix {told(suffix)}; expected "
                f"{' or '.join(SUFFIXES)}"
            )
        try:
            path = check_file(given)
        except FileNotFoundError as error:
            raise ValueError(str(error)) from None
        for other in checked:
            if path == other or (path.exists() and other.exists() and path.samefile(other)):
                raise ValueError(
                    f"{told_path(given)}: given twice; expected a file of its own for each table"
                )
        if suffix.lower() == ".parquet":
            _pyarrow(given)
        checked.append(path)
    return checked


@contextmanager
def whole_files(paths: Sequence[Path]) -> Iterator[list[BinaryIO]]:
    """Files open for writing that take their names at the end of the block: all of them, or none.

    None does after an exception. Until the end each has a temporary name of its own in its own
    folder, so that even a killed process leaves no half file under a name that was asked for, and
    two processes never write into one file. What is there under a name is replaced.

    Raises OSError that names the file.
    """
    files: list[BinaryIO] = []
    try:
        for path in paths:
            try:
                files.append(_new_file(path.parent))
            except OSError as error:
                # The file that was asked for is named, not the temporary one.
                problem = f"cannot be written: {error.strerror}"
                raise OSError(error.errno, problem, str(path)) from None
        yield files
        for file in files:
            file.flush()
            os.fsync(file.fileno())
            if fcntl is None:
                file.close()
        for file, path in zip(files, paths, strict=True):
            # Still open and locked: nobody takes it for a leftover.
            os.replace(file.name, path)
    finally:
        for file in files:
            # A full disk: what could not be flushed before cannot be flushed now.
            with suppress(OSError):
                file.close()
            Path(file.name).unlink(missing_ok=True)


@contextmanager
def named_if_full(path: Path) -> Iterator[None]:
    """A full disk is told with the name of what cannot be written, which the system leaves out."""
    try:
        yield
    except OSError as error:
        if error.errno not in FULL or error.filename is not None:
            raise
        raise OSError(error.errno, error.strerror, str(path)) from None


def clear_leftovers(folders: Iterable[Path]) -> None:
    """Delete the unfinished files of killed processes; those that are being written stay."""
    for folder in folders:
        for path in folder.glob(UNFINISHED):
            # Not ours to delete, or gone already: it does no harm where it is.
            with suppress(OSError):
                _delete_if_left(path)


def _new_file(folder: Path) -> BinaryIO:
    """A new file with a temporary name, locked as long as it is open."""
    while True:
        # Not tempfile: its files can be read by their owner only.
        name = folder / UNFINISHED.replace("*", secrets.token_hex(6))
        file = open(name, "xb")  # noqa: SIM115
        if fcntl is None:
            return file
        # A file system without locks keeps what is left behind.
        with suppress(OSError):
            fcntl.flock(file, fcntl.LOCK_EX)
        # Between its first and its second moment another process may have cleared it away.
        if name.exists():
            return file
        file.close()


def _delete_if_left(path: Path) -> None:
    """Raises OSError where another process has the file open."""
    if fcntl is None:
        path.unlink()
        return
    if not path.is_file() or path.is_symlink():
        return
    with path.open("r+b") as file:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        path.unlink()


def write_table(table: pd.DataFrame, file: BinaryIO, path: Path, *, progress: bool = False) -> None:
    """Write the columns of `table`, not its index, in the format that the suffix of `path` names.

    Text and categories are text in CSV and stay categories in Parquet; other columns keep their
    dtype in Parquet.

    table:    any number of rows
    file:     open for writing
    path:     what the file will be called
    progress: whether to show a bar

    Raises ValueError for Parquet without pyarrow.
    """
    starts = tqdm(
        range(0, len(table), ROWS_AT_A_TIME), desc=path.name, unit="block", disable=not progress
    )
    if path.suffix.lower() == ".csv":
        for start in starts:
            rows = table.iloc[start : start + ROWS_AT_A_TIME]
            rows.to_csv(file, index=False, header=start == 0, lineterminator="\n")
        return
    pyarrow = _pyarrow(path)
    schema = pyarrow.Schema.from_pandas(table, preserve_index=False)
    with pyarrow.parquet.ParquetWriter(file, schema) as writer:
        for start in starts:
            rows = table.iloc[start : start + ROWS_AT_A_TIME]
            writer.write_table(pyarrow.Table.from_pandas(rows, schema, preserve_index=False))


def _pyarrow(path):
    """The package pyarrow. Raises ValueError that says how to get it."""
    try:
        import pyarrow
        import pyarrow.parquet
    except ImportError:
        cure = "pip install pyarrow, or name a .csv file"
        raise ValueError(
            f"{path}: Parquet needs the package pyarrow, which is not installed: {cure}"
        ) from None
    return pyarrow
