"""Formats whose lines are fields with a separator: a block of lines at a time, with NumPy."""

import numpy as np
import pandas as pd

from seqrec.checks import shown
from seqrec.data.public_logs.cells import Cells, Texts, integers
from seqrec.data.public_logs.clocks import seconds_of_cells
from seqrec.data.public_logs.format import Format
from seqrec.data.public_logs.joined import Columns
from seqrec.data.public_logs.refusals import BadLog, bad_line, decoded

#: Stars of all formats are 0 to 5.
MOST_STARS = 5
#: Larger than any price, and than the milliseconds of a session of a month.
HUGE = 2.0**32
#: What stands for a separator of two characters: a byte that no field holds.
ONE_BYTE = b"\x1f"
BYTE_ORDER_MARK = b"\xef\xbb\xbf"


class TableReader:
    """Reads blocks of lines into columns. `add` is called with each block in turn."""

    def __init__(self, format: Format, columns: Columns) -> None:
        self.format = format
        self.columns = columns
        self.names = list(format.fields)
        # Number of the next line.
        self.line = 1

    def add(self, data: bytes) -> None:
        """The next whole lines. Raises BadLog for what the format does not allow."""
        if self.line == 1:
            data = data.removeprefix(BYTE_ORDER_MARK)
            if not self.names:
                header, _, data = data.partition(b"\n")
                self.names = header_of(header, self.format)
                self.line = 2
        data = self._with_one_byte(data)
        if not data:
            return
        separator = self.format.separator.encode()
        cells = Cells(data, ONE_BYTE if len(separator) > 1 else separator, self.names, self.line)
        self._read(cells)
        self.columns.end_block(cells.n_lines)
        self.line += cells.n_lines

    def _with_one_byte(self, data):
        """Lines that end with a line feed alone, fields with one byte between them."""
        if b"\r" in data:
            data = data.replace(b"\r\n", b"\n")
        if data and not data.endswith(b"\n"):
            data += b"\n"
        separator = self.format.separator.encode()
        if len(separator) == 1:
            return data
        if ONE_BYTE in data:
            line = self.line + data.count(b"\n", 0, data.index(ONE_BYTE))
            raise bad_line(line, "holds the control character 31, which no field does")
        return data.replace(separator, ONE_BYTE)

    def _read(self, cells):
        format = self.format
        columns = self.columns
        user = cells.ids(self._name(format.user))
        columns.id_column("user_id").add(user)
        if format.pair:
            columns.id_column("item_id").add(_pairs(cells, format.pair))
        else:
            columns.id_column("item_id").add(cells.ids(self._name(format.item)))
        if format.session:
            columns.id_column("session_id").add(user)
        columns.add("timestamp", self._times(cells))
        if format.outcome:
            columns.add("outcome", _numbers(cells, self._name(format.outcome), MOST_STARS))
        if format.price:
            columns.add("price", _numbers(cells, self._name(format.price), HUGE))
        if format.event:
            columns.add("event", cells.words(self._name(format.event), format.events))
        elif format.events:
            columns.add("event", _one_word(format.events[0], cells.n_lines))

    def _times(self, cells):
        format = self.format
        if not format.times:
            # No clock: the number of the line is the order.
            return np.arange(cells.first, cells.first + cells.n_lines)
        times = seconds_of_cells(cells, self._name(format.times), format.written)
        if not format.offset:
            return times
        name = self._name(format.offset)
        milliseconds, good = integers(cells.bytes, *cells.column(name))
        cells.refuse(good & (milliseconds < HUGE), name, "whole milliseconds")
        return times + milliseconds / 1000

    def _name(self, names):
        return next(name for name in names if name in self.names)


def header_of(line: bytes, format: Format) -> list[str]:
    """The names in the first line. Raises BadLog where one of the format is missing or doubled."""
    text = decoded(line, 1)
    names = text.rstrip("\r").split(format.separator)
    for alike in format.needed:
        found = [name for name in names if name in alike]
        if len(found) != 1:
            many = "missing" if not found else "there more than once"
            raise BadLog(
                f"column {alike[0]!r} of {format.name} is {many}: the first line is "
                f"{shown(text, 120)}. Cure: the file as the source has "
                "it, or load_interactions(path, columns={...}) for a table with other names."
            )
    return names


def _numbers(cells, name, most):
    values, good = cells.numbers(name)
    cells.refuse(good & (values <= most), name, f"a number from 0 to {most:,.0f}")
    return values


def _pairs(cells, names):
    """Two fields as one text with the separator between, which neither holds."""
    # A pair without its second part would make one item of many.
    for name in names:
        starts, ends = cells.column(name)
        cells.refuse(ends > starts, name, "a name")
    first, second = cells.texts(list(names)).values()
    both = first.codes.astype(np.int64) * len(second.texts) + second.codes
    codes, found = pd.factorize(both)
    ones, others = np.divmod(found, len(second.texts))
    separator = cells.separator.decode()
    texts = [
        separator.join(pair) for pair in zip(first.texts[ones], second.texts[others], strict=True)
    ]
    return Texts(codes, np.array(texts, dtype=object))


def _one_word(word, n):
    return pd.Categorical.from_codes(np.zeros(n, np.int8), categories=[word])
