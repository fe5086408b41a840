"""Is a CSV file one table? Read once, cell by cell, before pandas reads it.

pandas takes a cell too many for an index, fills what is missing, renames a name that is there
twice, and does not know its file. Here each row must have a cell for each name, and what is wrong
is told with its line.
"""

import bz2
import csv
import gzip
import io
import lzma
import zipfile
from contextlib import contextmanager
from itertools import islice

from seqrec.checks import memory_bytes, shown

#: Options of pd.read_csv under which the cells of the file are still those of the table.
PLAIN_OPTIONS = {
    "sep", "delimiter", "encoding", "dtype", "converters", "usecols", "decimal", "thousands",
    "parse_dates", "date_format", "na_values", "keep_default_na", "na_filter", "true_values",
    "false_values", "names", "header", "dtype_backend", "engine", "low_memory", "memory_map",
}  # fmt: skip
#: Characters of a line: more than a hundred of the longest cells that `csv` reads.
LONGEST_LINE = 2**24
OPENERS = {".gz": gzip.open, ".bz2": bz2.open, ".xz": lzma.open}
BYTE_ORDER_MARKS = (
    (b"\xff\xfe\x00\x00", "utf-32"),
    (b"\xff\xfe", "utf-16"),
    (b"\xfe\xff", "utf-16"),
)


class BadCells(ValueError):
    """What is wrong with the cells of a file, where, and the cure."""


def is_plain(path, options):
    """Whether `check_cells` can read a file as pandas would under these options."""
    separator = options.get("sep", options.get("delimiter", ","))
    return (
        options.keys() <= PLAIN_OPTIONS
        and (isinstance(separator, str) and len(separator) == 1)
        and options.get("header", "infer") in ("infer", 0)
        and path.suffix.lower() != ".zst"
    )


def check_cells(path, separators, wanted, encoding, names, ids, *, skips_first=False):
    """The separator, and the names of the columns, of a file in which each row has them all.

    path:        Path.
    separators:  one, or those to choose from: the first under which the columns are there.
    wanted:      set of names that must be there.
    encoding:    of the file.
    names:       of the columns, instead of those in the first row; or None.
    ids:         set of names of columns in which no line ends within a cell.
    skips_first: whether the first row is no row of the table, though `names` are given.

    Raises BadCells.
    """
    try:
        found = {}
        widths = {}
        for separator in separators:
            rows = _first_rows(path, separator, encoding, 2 if skips_first else 1)
            widths[separator] = len(rows[-1]) if rows else 0
            found[separator] = names or (rows[0] if rows else [])
            if wanted <= set(found[separator]) and widths[separator] == len(found[separator]):
                break
        else:
            separator = max(separators, key=widths.get)
        refuse_doubled(found[separator])
        _check_rows(path, separator, encoding, found[separator], ids, skips_first)
    except UnicodeError as error:
        raise _wrong_encoding(path, encoding) from error
    return separator, found[separator]


def _first_rows(path, separator, encoding, n):
    """Up to n rows, blank ones left out."""
    with _lines(path, encoding) as lines:
        rows = csv.reader(lines, delimiter=separator, strict=True)
        try:
            return list(islice((row for row in rows if not _is_blank(row)), n))
        except csv.Error as error:
            raise _wrong_quotes(error, 1) from error


def _check_rows(path, separator, encoding, names, ids, skips_first):
    places = [place for place, name in enumerate(names) if name in ids]
    line = 0
    with _lines(path, encoding) as lines:
        rows = csv.reader(lines, delimiter=separator, strict=True)
        try:
            for row in rows:
                if skips_first and not _is_blank(row):
                    skips_first = False
                elif len(row) != len(names) or rows.line_num != line + 1:
                    _check_row(row, line + 1, names, places)
                line = rows.line_num
        except csv.Error as error:
            raise _wrong_quotes(error, line + 1) from error


def _check_row(row, line, names, places):
    if _is_blank(row):
        return
    if len(row) != len(names):
        raise BadCells(
            f"line {line} has {len(row)} cells, and there are {len(names)} names: "
            f"{shown(names, 120)}. Cure: mend that "
            "line; or, if all have as many, header=0 and names=[...] with a name for each cell."
        )
    for place in places:
        if "\n" in row[place] or "\r" in row[place]:
            raise BadCells(
                f"line {line}: {shown(row[place])} in {names[place]!r} goes on in the next line. "
                "Cure: close the quote in that line, or quoting=3 if quotes mean nothing here."
            )


def refuse_doubled(names):
    """Raise BadCells for a name that is there twice: pandas would call one of them otherwise."""
    for name in names:
        if isinstance(name, str) and name and names.count(name) > 1:
            raise BadCells(
                f"column {shown(name)} is there {names.count(name)} times in its first row. Cure: "
                "header=0 and names=[...] with a name for each column, none twice."
            )


def _is_blank(row):
    return not row or (len(row) == 1 and not row[0].strip())


@contextmanager
def _lines(path, encoding):
    """The lines of a file, decompressed and decoded. Raises BadCells for one with a NUL."""
    with _binary(path) as file:
        text = io.TextIOWrapper(file, encoding=encoding, newline="")
        yield _without_nul(text)


def _without_nul(text):
    room = memory_bytes()
    done = 0
    # Never all of a line: a small file may unpack to one that no memory holds.
    lines = iter(lambda: text.readline(LONGEST_LINE), "")
    for number, line in enumerate(lines, start=1):
        done += len(line)
        if len(line) == LONGEST_LINE:
            raise BadCells(
                f"line {number} has {LONGEST_LINE:,} characters or more. Cure: line ends between "
                "the rows."
            )
        if done > room:
            raise BadCells(
                f"it has more than {room:,} characters, and this machine has as many bytes of "
                "memory. Cure: build_sequences_at_scale, with the rows in Parquet files."
            )
        if "\0" in line:
            order = "be" if line.startswith("\0") else "le"
            raise BadCells(
                f"line {number} holds a NUL character, which no text does. Cure: "
                f"encoding='utf-16-{order}' if every second character is one, else mend that line."
            )
        yield line


@contextmanager
def _binary(path):
    """The bytes of a file, decompressed as pandas would by its last ending."""
    ending = path.suffix.lower()
    if ending == ".zip":
        with zipfile.ZipFile(path) as archive:
            members = archive.namelist()
            if len(members) != 1:
                raise BadCells(
                    f"the zip holds {len(members)} files. Cure: a zip with this one file in it."
                )
            with archive.open(members[0]) as file:
                yield file
    else:
        with OPENERS.get(ending, open)(path, "rb") as file:
            yield file


def _wrong_quotes(error, line):
    problem = str(error)
    if "field limit" in problem:
        problem = f"a cell of more than {csv.field_size_limit():,} characters"
    if "end of data" in problem:
        problem = "a quote is opened and never closed"
    return BadCells(
        f"line {line}: {problem}. Cure: mend the quotes of that line, or quoting=3 if quotes mean "
        "nothing here."
    )


def _wrong_encoding(path, encoding):
    with _binary(path) as file:
        begin = file.read(400)
    for mark, other in BYTE_ORDER_MARKS:
        if begin.startswith(mark) and not encoding.startswith(other):
            return BadCells(f"it begins with the mark of {other}. Cure: encoding={other!r}.")
    if b"\0" in begin:
        order = "be" if begin[:1] == b"\0" else "le"
        return BadCells(f"it holds NUL bytes, as UTF-16 does. Cure: encoding='utf-16-{order}'.")
    line, cell = _undecoded(path, encoding)
    other = "latin-1" if encoding.startswith("utf-8") else "utf-8"
    return BadCells(
        f"line {line} is not {encoding.removesuffix('-sig')}: {cell}. Cure: encoding={other!r}, or "
        "the one in which it was written."
    )


def _undecoded(path, encoding):
    """The number of the first line that can't be decoded, and its text as far as it can."""
    with _binary(path) as file:
        for number, line in enumerate(file, start=1):
            try:
                line.decode(encoding)
            except UnicodeError:
                return number, shown(line)
    return 1, "its bytes"
