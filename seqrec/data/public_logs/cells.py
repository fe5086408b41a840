"""Columns of a block of lines, read from its bytes with NumPy; nothing is guessed or filled in.

Letters: N lines, K fields of each. A column comes as its values (N,) and a bool array (N,) that is
False where a field is no such value.
"""

from io import BytesIO
from typing import NamedTuple

import numpy as np
import pandas as pd

from seqrec.checks import shown
from seqrec.data.public_logs.refusals import bad_cell, bad_line, decoded

#: Digits of a whole number that int64 holds whatever they are.
MOST_DIGITS = 18
#: Bytes of a number with a point, such as a rating.
WIDEST_NUMBER = 24
#: Lines that tell whether a column of ids may hold whole numbers.
FEW = 64


class Texts(NamedTuple):
    """A column of texts: each different one once."""

    # (N,)
    codes: np.ndarray
    # (different,) str
    texts: np.ndarray


class Cells:
    """A block of lines, each with the same number of fields.

    data:      bytes, whole lines, the last with its line end.
    separator: one byte between two fields.
    names:     of the fields (K).
    first:     number of the first line in the file, from 1.

    Raises BadLog for a line with another number of fields, one that is no UTF-8 or holds a NUL.
    """

    def __init__(self, data: bytes, separator: bytes, names: list[str], first: int) -> None:
        self.data = data
        self.separator = separator
        self.names = names
        self.first = first
        self.bytes = np.frombuffer(data, np.uint8)
        self._check_text()
        is_end = self.bytes == ord("\n")
        self.n_lines = int(np.count_nonzero(is_end))
        marks = np.flatnonzero(is_end | (self.bytes == ord(separator)))
        n_fields = len(names)
        if (
            len(marks) != self.n_lines * n_fields
            or not is_end[marks[n_fields - 1 :: n_fields]].all()
        ):
            self._refuse_lines()
        self.ends = marks.reshape(self.n_lines, n_fields)
        self.starts = np.concatenate([[0], marks[:-1] + 1]).reshape(self.n_lines, n_fields)

    def _check_text(self):
        if self.bytes.min(initial=1) == 0:
            line = self.first + self.data.count(b"\n", 0, self.data.index(b"\0"))
            raise bad_line(line, "holds a NUL byte, which no text does")
        if self.bytes.max(initial=0) < 128:
            return
        try:
            self.data.decode("utf-8")
        except UnicodeDecodeError as error:
            number = self.data.count(b"\n", 0, error.start)
            decoded(self.data.split(b"\n")[number], self.first + number)

    def _refuse_lines(self):
        for number, line in enumerate(self.data.split(b"\n")[:-1], start=self.first):
            found = line.count(self.separator) + 1
            if found != len(self.names):
                raise bad_line(
                    number,
                    f"must have {len(self.names)} fields ({', '.join(self.names)[:120]}), got "
                    f"{found}: {shown(line.decode('utf-8', 'replace'))}",
                )

    def place(self, *names: str) -> int:
        """The place of the first of these names that is a field's."""
        return next(self.names.index(name) for name in names if name in self.names)

    def refuse(self, good: np.ndarray, name: str, due: str) -> None:
        """Raise BadLog for the first line in which `good` (N,) is False, if there is one."""
        if good.all():
            return
        line = int(np.argmin(good))
        place = self.place(name)
        text = self.data[self.starts[line, place] : self.ends[line, place]]
        raise bad_cell(self.first + line, name, due, text)

    def column(self, name: str) -> tuple[np.ndarray, np.ndarray]:
        """Where the field begins and ends in each line: two arrays (N,)."""
        place = self.place(name)
        return self.starts[:, place], self.ends[:, place]

    def ids(self, name: str) -> np.ndarray | Texts:
        """Ids (N,): int64 where all are whole numbers as Python writes them, else text.

        Raises BadLog for an empty one.
        """
        starts, ends = self.column(name)
        self.refuse(ends > starts, name, "an id")
        if self._are_integers(starts[:FEW], ends[:FEW]).all():
            values, good = integers(self.bytes, starts, ends)
            if (good & ~self._has_leading_zero(starts, ends)).all():
                return values
        return self.texts([name])[name]

    def _are_integers(self, starts, ends):
        good = integers(self.bytes, starts, ends)[1]
        return good & ~self._has_leading_zero(starts, ends)

    def _has_leading_zero(self, starts, ends):
        return (ends - starts > 1) & (self.bytes[starts] == ord("0"))

    def texts(self, names: list[str]) -> dict[str, Texts]:
        """Columns as text, each different text once."""
        places = {self.place(name): name for name in names}
        table = pd.read_csv(
            BytesIO(self.data),
            sep=self.separator.decode(),
            header=None,
            index_col=False,
            names=range(len(self.names)),
            usecols=list(places),
            dtype=object,
            na_filter=False,
            quoting=3,
            lineterminator="\n",
            skip_blank_lines=False,
            low_memory=False,
        )
        coded = {name: pd.factorize(table[place].to_numpy()) for place, name in places.items()}
        return {name: Texts(*each) for name, each in coded.items()}

    def numbers(self, name: str) -> tuple[np.ndarray, np.ndarray]:
        """Numbers written as digits with or without a point: float64 (N,), and which are such."""
        starts, ends = self.column(name)
        widths = ends - starts
        good = (widths > 0) & (widths <= WIDEST_NUMBER)
        letters = self._letters(starts, np.where(good, ends, starts))
        is_digit = letters - np.uint8(ord("0")) <= 9
        is_point = letters == ord(".")
        good &= (is_digit | is_point | (letters == 0)).all(axis=1)
        good &= is_digit.any(axis=1) & (is_point.sum(axis=1) <= 1)
        texts = np.ascontiguousarray(letters).view(f"S{letters.shape[1]}").ravel()
        values = np.zeros(self.n_lines)
        codes, found = _different(texts[good])
        values[good] = found.astype(float)[codes]
        return values, good

    def words(self, name: str, known: tuple[str, ...]) -> pd.Categorical:
        """A column of a few known words. Raises BadLog for another."""
        found = self.texts([name])[name]
        codes = pd.Index(known).get_indexer(found.texts)[found.codes]
        self.refuse(codes >= 0, name, " or ".join(known))
        return pd.Categorical.from_codes(codes, categories=list(known))

    def _letters(self, starts, ends):
        """The bytes of fields, filled up with zeros on the right: (N, widest), one at least."""
        widths = ends - starts
        columns = np.arange(max(1, int(widths.max(initial=0))))
        places = np.minimum(starts[:, None] + columns, len(self.bytes) - 1)
        return np.where(columns < widths[:, None], self.bytes[places], np.uint8(0))


def integers(letters: np.ndarray, starts: np.ndarray, ends: np.ndarray) -> tuple:
    """Whole numbers of digits only: int64 (N,), and which fields are such.

    letters: bytes of the block. starts, ends: (N,), where each field begins and ends.
    """
    widths = ends - starts
    good = (widths > 0) & (widths <= MOST_DIGITS)
    values = np.zeros(len(starts), np.int64)
    for place in range(min(int(widths.max(initial=0)), MOST_DIGITS)):
        inside = widths > place
        digits = letters[ends - 1 - place] - np.uint8(ord("0"))
        good &= ~inside | (digits <= 9)
        values += np.where(inside, digits, 0) * np.int64(10**place)
    return values, good


def _different(texts):
    """Codes (N,) of short texts, and the different ones; one number each where eight bytes do."""
    if texts.dtype.itemsize <= 8:
        codes, found = pd.factorize(texts.astype("S8").view(np.uint64))
        return codes, found.view("S8")
    return np.arange(len(texts)), texts
