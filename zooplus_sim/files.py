"""Tables to files, CSV or Parquet by suffix: a file is there whole, or it is not there."""

from __future__ import annotations

import os
import secrets
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import BinaryIO

import pandas as pd
from tqdm.auto import tqdm

SUFFIXES = (".csv", ".parquet")
UNFINISHED = ".zooplus_sim-*.tmp"  # what files are called until they are whole
ROWS_AT_A_TIME = 500_000  # rows written between two moves of the progress bar


def check_table_paths(paths: Sequence[str | os.PathLike]) -> list[Path]:
    """The paths, if a table can be written to each. Links are followed, so that a link stays one.

    Raises ValueError for an unknown suffix, a folder instead of a file, a missing folder, the same
    file twice, or Parquet without pyarrow.
    """
    checked: list[Path] = []
    for given in paths:
        path = Path(os.path.realpath(given))
        if path.suffix.lower() not in SUFFIXES:
            raise ValueError(
                f"{given}: unknown suffix {path.suffix!r}; expected {' or '.join(SUFFIXES)}"
            )
        if path.is_dir():
            raise ValueError(f"{given}: is a folder; expected a file to write")
        if not path.parent.is_dir():
            raise ValueError(f"{given}: there is no folder {str(path.parent)!r}; make it first")
        for other in checked:
            if path == other or (path.exists() and other.exists() and path.samefile(other)):
                raise ValueError(f"{given}: given twice; expected a file of its own for each table")
        if path.suffix.lower() == ".parquet":
            _pyarrow(given)
        checked.append(path)
    return checked


@contextmanager
def whole_files(paths: Sequence[Path]) -> Iterator[list[BinaryIO]]:
    """Files open for writing that take their names at the end of the block: all of them, or none.

    None does after an exception. Until the end each has a temporary name in its own folder, so that
    even a killed process leaves no half file under a name that was asked for. What is there under a
    name is replaced.

    Raises OSError that names the file.
    """
    files: list[BinaryIO] = []
    try:
        for path in paths:
            # Not tempfile: its files can be read by their owner only.
            unfinished = path.with_name(UNFINISHED.replace("*", secrets.token_hex(6)))
            try:
                files.append(open(unfinished, "xb"))
            except OSError as error:
                # The file that was asked for is named, not the temporary one.
                problem = f"cannot be written: {error.strerror}"
                raise OSError(error.errno, problem, str(path)) from None
        yield files
        for file in files:
            file.flush()
            os.fsync(file.fileno())
            file.close()
        for file, path in zip(files, paths, strict=True):
            os.replace(file.name, path)
    finally:
        for file in files:
            # A full disk: what could not be flushed before cannot be flushed now.
            with suppress(OSError):
                file.close()
            Path(file.name).unlink(missing_ok=True)


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
