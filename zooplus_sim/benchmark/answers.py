"""Files of predictions, read piece by piece: NumPy, Parquet or CSV, one file or a folder of them.

.npz      track (a text), user_id (B,), and one of
              probabilities (B, n)   of the products 1 to n, in this order
              scores        (B, n)   likewise, larger is better
              items         (B, k)   product ids, the best first; 0 = a place left empty
.parquet  columns track, user_id, and one of these as a list in each row
.csv      ranked lists in long form, a row for each place: track,user_id,item_id,rank
          with rank 1, 2, ...

The track is the token of the manifest, in each row: so no file is judged as the answer to another
question.
"""

from __future__ import annotations

import os
import zipfile
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd

from zooplus_sim.checks import told, told_names, told_path

KINDS = ("probabilities", "scores", "items")
COLUMNS = ("track", "user_id", "item_id", "rank")  # of a CSV file
SUFFIXES = (".npz", ".parquet", ".csv")
ROWS = 256  # of a piece: as many as the oracle takes at a time
NOT_ALL = "Cure: write the file again, whole"


class PredictionsError(ValueError):
    """Predictions that can't be judged: the message says what is wrong, where, and the cure."""


@dataclass(frozen=True, kw_only=True, eq=False)
class Piece:
    """Some rows of predictions, not yet checked but for their shape.

    where:   the file, for errors
    first:   number of the first row in it
    tokens:  the different values of `track` in these rows
    user_id: (B,)
    kind:    "probabilities", "scores" or "items"
    values:  (B, width)
    """

    where: str
    first: int
    tokens: list[object]
    user_id: np.ndarray
    kind: str
    values: np.ndarray


def read_predictions(path: str | os.PathLike) -> Iterator[Piece]:
    """The pieces of a file, or of all files of a folder in the order of their names.

    Raises PredictionsError for a file that can't be read, and OSError where there is none.
    """
    path = Path(path)
    files = [path]
    if path.is_dir():
        files = sorted(file for file in path.iterdir() if file.suffix.lower() in SUFFIXES)
    if not files or files[0].suffix.lower() not in SUFFIXES:
        raise PredictionsError(
            f"{told_path(path)} must be a file that ends in .npz, .parquet or .csv, or a folder of "
            "such files. Cure: write one of these."
        )
    readers = {".npz": _read_npz, ".parquet": _read_parquet, ".csv": _read_csv}
    for file in files:
        yield from readers[file.suffix.lower()](file)


def _read_npz(path: Path) -> Iterator[Piece]:
    where = told_path(path)
    broken = (zipfile.BadZipFile, zlib.error, EOFError, ValueError, KeyError, OSError)
    if not path.is_file():
        raise FileNotFoundError(2, "there is no such file", where)
    try:
        with np.load(path, allow_pickle=False) as content:
            arrays = {name: content[name] for name in content.files}
    except broken as error:
        raise PredictionsError(
            f"{where} is no .npz file, or cut short ({type(error).__name__}). {NOT_ALL}, with "
            "numpy.savez."
        ) from None
    kind = _kind(where, arrays)
    user_id = arrays["user_id"]
    values = arrays[kind]
    if user_id.ndim != 1 or values.ndim != 2 or len(values) != len(user_id):
        raise PredictionsError(
            f"{where}: {kind} must have two axes, a row for each user_id, got shape "
            f"{values.shape} for user_id of shape {user_id.shape}. Cure: one row per user."
        )
    tokens = list(np.unique(arrays["track"]))
    for first in range(0, len(user_id), ROWS):
        rows = slice(first, first + ROWS)
        yield Piece(
            where=where,
            first=first,
            tokens=tokens,
            user_id=user_id[rows],
            kind=kind,
            values=values[rows],
        )


def _read_parquet(path: Path) -> Iterator[Piece]:
    where = told_path(path)
    try:
        import pyarrow
        import pyarrow.parquet
    except ImportError:
        raise PredictionsError(
            f"{where}: Parquet needs the package pyarrow. Cure: pip install pyarrow, or an .npz "
            "file"
        ) from None
    if not path.is_file():
        raise FileNotFoundError(2, "there is no such file", where)
    try:
        with pyarrow.parquet.ParquetFile(path) as file:
            kind = _kind(where, file.schema_arrow.names)
            first = 0
            for batch in file.iter_batches(ROWS, columns=["track", "user_id", kind]):
                yield Piece(
                    where=where,
                    first=first,
                    tokens=batch["track"].unique().to_pylist(),
                    user_id=batch["user_id"].to_numpy(zero_copy_only=False),
                    kind=kind,
                    values=_rows_of_lists(where, first, kind, batch[kind]),
                )
                first += len(batch)
    except (pyarrow.ArrowException, OSError) as error:
        raise PredictionsError(
            f"{where} is no Parquet file, or cut short ({type(error).__name__}). {NOT_ALL}."
        ) from None


def _rows_of_lists(where: str, first: int, kind: str, column) -> np.ndarray:
    """(B, width) of a column of lists; ranked lists are filled up with 0."""
    import pyarrow.types as types

    is_list = types.is_list(column.type) or types.is_large_list(column.type)
    if not is_list and not types.is_fixed_size_list(column.type):
        raise PredictionsError(
            f"{where}: {kind} must be a column of lists, got {column.type}. Cure: one list per user"
        )
    lengths = column.value_lengths().to_numpy(zero_copy_only=False)
    width = int(np.nanmax(lengths))
    short = np.flatnonzero(lengths != width)
    if len(short) and (kind != "items" or column.null_count):
        raise PredictionsError(
            f"{where}, row {first + short[0]}: {kind} must be lists of one length, got "
            f"{lengths[short[0]]:g} and {width}. Cure: a number for each product."
        )
    flat = column.flatten().to_numpy(zero_copy_only=False)
    values = np.zeros((len(column), width), dtype=flat.dtype)
    values[np.arange(width) < lengths[:, None]] = flat
    return values


def _read_csv(path: Path) -> Iterator[Piece]:
    where = told_path(path)
    with path.open("rb") as file:
        file.seek(0, os.SEEK_END)
        if file.tell():
            file.seek(-1, os.SEEK_END)
            if file.read(1) != b"\n":
                raise PredictionsError(
                    f"{where} is cut short: its last line does not end. {NOT_ALL}."
                )
    try:
        table = pd.read_csv(path)
    except (ValueError, OverflowError) as error:
        raise PredictionsError(
            f"{where} is no table in CSV ({told(str(error))}). Cure: the columns "
            f"{','.join(COLUMNS)}."
        ) from None
    for name in COLUMNS:
        if name not in table:
            raise PredictionsError(
                f"{where} must have the columns {','.join(COLUMNS)}, got "
                f"{told_names(map(str, table.columns))}. Cure: a first line with these names."
            )
        numbers = name == "track" or table[name].dtype.kind == "i"
        if len(table) and not numbers:
            raise PredictionsError(
                f"{where}: {name} must be whole numbers, got {table[name].dtype}. Cure: no empty "
                "and no other entries."
            )
    yield from _lists(where, table)


def _lists(where: str, table: pd.DataFrame) -> Iterator[Piece]:
    """The users of a table in long form, with ranks 1, 2, ... each once."""
    table = table.sort_values(["user_id", "rank"], kind="stable")
    place = table.groupby("user_id").cumcount().to_numpy()
    wrong = np.flatnonzero(table["rank"].to_numpy() != place + 1)
    if len(wrong):
        row = table.iloc[wrong[0]]
        raise PredictionsError(
            f"{where}, row {table.index[wrong[0]]}: user {row['user_id']} must have the ranks 1, "
            f"2, ... each once, got rank {row['rank']} at place {place[wrong[0]] + 1}. Cure: "
            "number each user's products from 1."
        )
    users, number = np.unique(table["user_id"].to_numpy(), return_inverse=True)
    values = np.zeros((len(users), place.max(initial=-1) + 1), dtype=np.int64)
    values[number, place] = table["item_id"]
    for first in range(0, len(users), ROWS):
        rows = slice(first, first + ROWS)
        yield Piece(
            where=where,
            first=first,
            tokens=list(table["track"].unique()),
            user_id=users[rows],
            kind="items",
            values=values[rows],
        )


def _kind(where: str, names) -> str:
    """Which of the three a file holds."""
    for name in ("track", "user_id"):
        if name not in names:
            raise PredictionsError(
                f"{where}: {name} is missing, got {told_names(names)}. Cure: track is the token of "
                "the manifest, user_id the users of test.csv."
            )
    kinds = [kind for kind in KINDS if kind in names]
    if len(kinds) != 1:
        raise PredictionsError(
            f"{where} must hold one of {', '.join(KINDS)}, got {told_names(names)}. Cure: one kind "
            "of predictions in a file."
        )
    return kinds[0]
