"""Columns that grow block by block, and become one at the end."""

import numpy as np
import pandas as pd

from seqrec.checks import memory_bytes
from seqrec.data.ids import is_reversible
from seqrec.data.public_logs.cells import Texts
from seqrec.data.public_logs.refusals import BadLog, bad_line

#: Of a text: its characters, and what Python and an index of it take besides.
BYTES_OF_A_TEXT = 200


class IdColumn:
    """Ids in the order in which they come: whole numbers as long as all are, else text."""

    def __init__(self) -> None:
        self.parts: list[np.ndarray] = []
        # Code of each text so far.
        self.codes: dict[str, int] = {}
        self.are_text: list[bool] = []

    def add(self, ids: np.ndarray | Texts) -> None:
        """ids: (n,) int64, or text."""
        is_text = isinstance(ids, Texts)
        self.are_text.append(is_text)
        self.parts.append(self._coded(*ids) if is_text else ids)

    def add_texts(self, texts: list[str]) -> None:
        """The same, of texts one by one."""
        codes = self.codes
        self.are_text.append(True)
        self.parts.append(np.array([codes.setdefault(text, len(codes)) for text in texts], int))

    def _coded(self, codes, texts):
        known = self.codes
        new = np.array([known.setdefault(text, len(known)) for text in texts], np.int64)
        return new[codes]

    @property
    def n_bytes(self) -> int:
        """About what it takes."""
        return sum(part.nbytes for part in self.parts) + BYTES_OF_A_TEXT * len(self.codes)

    def joined(self, name: str, first_line: int) -> tuple[np.ndarray, np.ndarray | None]:
        """All ids, as numbers (n,) and None if all are such, else as codes (n,) and their texts.

        Numbers are int64, or uint64 where one needs it.

        name:       of the column, for the message.
        first_line: number of the line of the first row.

        Raises BadLog for a negative number.
        """
        if not any(self.are_text):
            return np.concatenate(self.parts), None
        parts = []
        for part, is_text in zip(self.parts, self.are_text, strict=True):
            if not is_text:
                codes, numbers = pd.factorize(part)
                part = self._coded(codes, map(str, numbers))
            parts.append(part)
        codes = np.concatenate(parts)
        texts = np.array(list(self.codes), dtype=object)
        if is_reversible(pd.Series(texts, dtype=object)):
            numbers = pd.Series([int(text) for text in texts]).to_numpy()[codes]
            if numbers.min() < 0:
                raise _negative(name, numbers, first_line)
            return numbers, None
        return codes, texts


def _negative(name, numbers, first_line):
    row = int(np.argmax(numbers < 0))
    problem = f"{name} must be an id, which is never negative, got {numbers[row]}"
    return bad_line(first_line + row, problem, "if it marks nobody or nothing, take such lines out")


class Columns:
    """The columns of a log: `user_id`, `item_id`, `session_id` as ids, the others as numbers."""

    def __init__(self) -> None:
        self.ids: dict[str, IdColumn] = {}
        self.values: dict[str, list] = {}
        self.n_rows = 0

    def id_column(self, name: str) -> IdColumn:
        """The column of that name, a new one the first time."""
        return self.ids.setdefault(name, IdColumn())

    def add(self, name: str, values: np.ndarray | pd.Categorical) -> None:
        """The next values of a column of numbers or words."""
        self.values.setdefault(name, []).append(values)

    def end_block(self, n_rows: int) -> None:
        """Count the rows that were added. Raises BadLog where memory won't hold them joined."""
        self.n_rows += n_rows
        parts = [part for parts in self.values.values() for part in parts]
        taken = sum(column.n_bytes for column in self.ids.values())
        taken += sum(part.nbytes for part in parts)
        room = memory_bytes()
        # Joined, each column is there twice for a moment.
        if 2 * taken > room:
            raise BadLog(
                f"its first {self.n_rows:,} rows take more than half of this machine's memory of "
                f"{room:,} bytes. Cure: a part of the file; or build_sequences_at_scale, with the "
                "rows in several Parquet files."
            )

    def table(self, has_clock: bool, first_line: int = 1) -> tuple[pd.DataFrame, int]:
        """All rows (user_id, item_id, timestamp and what else there is), and how many are repeats.

        has_clock:  whether times are the log's; if not, they don't tell two rows apart.
        first_line: number of the line of the first row.

        Raises BadLog for an id that is a negative number.
        """
        numbers = {}
        columns = {}
        for name, column in self.ids.items():
            numbers[name], texts = column.joined(name, first_line)
            is_text = texts is not None
            # Of pandas' own dtype for text it would make a copy.
            columns[name] = (
                pd.Series(texts[numbers[name]], dtype=object) if is_text else numbers[name]
            )
        for name, parts in self.values.items():
            is_words = isinstance(parts[0], pd.Categorical)
            columns[name] = _words(parts) if is_words else np.concatenate(parts)
            numbers[name] = columns[name].codes if is_words else columns[name]
        if not has_clock:
            del numbers["timestamp"]
        first = [name for name in ("user_id", "item_id", "timestamp") if name in columns]
        names = [*first, *sorted(columns.keys() - first)]
        return pd.DataFrame({name: columns[name] for name in names}), count_repeats(numbers)


def _words(parts):
    codes = np.concatenate([part.codes for part in parts])
    return pd.Categorical.from_codes(codes, dtype=parts[0].dtype)


def count_repeats(columns: dict[str, np.ndarray]) -> int:
    """How many rows are equal to one before them.

    columns: arrays of numbers (n,), none negative.
    """
    key = None
    for values in columns.values():
        key = values if key is None else _both(key, values)
    return int(pd.Series(key).duplicated().sum())


def _both(key, values):
    """One number (n,) for each pair of two columns, another one for another pair."""
    if not _fit(key, values):
        key = pd.factorize(key)[0]
    if not _fit(key, values):
        values = pd.factorize(values)[0]
    return key * np.int64(int(values.max()) + 1) + values


def _fit(key, values):
    if key.dtype.kind != "i" or values.dtype.kind != "i":
        return False
    return (int(key.max()) + 1) * (int(values.max()) + 1) < 2**63
