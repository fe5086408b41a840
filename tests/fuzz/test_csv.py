"""Fifty ways to damage a CSV file: its own cells come out, or an error with its name."""

import bz2
import gzip
import io
import lzma
import zipfile

import pytest

from seqrec.data import load_interactions
from tests.fuzz.fuzzing import refusal, rounds

HEADER = ["user_id", "item_id", "timestamp"]


def draw_rows(rng):
    """Rows of text: users and items of several kinds, times as numbers."""
    ids = [["1", "2", "3"], ["007", "7", "NA"], ["é", "a b", "null"], ["x;y", 'say "a"', "a,b"]]
    users = ids[rng.integers(len(ids))]
    items = ids[rng.integers(len(ids))]
    n = int(rng.integers(1, 9))
    return [[rng.choice(users), rng.choice(items), str(rng.integers(100))] for _ in range(n)]


def written(rows, separator=",", end="\n", quotes=False):
    """The text of a CSV file."""
    lines = []
    for row in rows:
        cells = []
        for cell in row:
            needs = quotes or any(each in cell for each in (separator, '"', "\n", "\r"))
            cells.append('"' + cell.replace('"', '""') + '"' if needs else cell)
        lines.append(separator.join(cells) + end)
    return "".join(lines)


def plain(rows, **options):
    return written([HEADER, *rows], **options).encode()


def with_row(row):
    """One more row, of any number of cells, somewhere below the first."""

    def damage(rng, rows):
        place = int(rng.integers(0, len(rows) + 1))
        return written([HEADER, *rows[:place], row, *rows[place:]]).encode()

    return damage


def of_text(change):
    return lambda rng, rows: change(plain(rows).decode()).encode()


def encoded(name):
    return lambda rng, rows: written([HEADER, *rows, ["é", "ü", "1"]]).encode(name)


def with_header(*names):
    return lambda rng, rows: written([list(names), *rows]).encode()


def zipped(*names):
    def damage(rng, rows):
        buffer = io.BytesIO()
        with zipfile.ZipFile(buffer, "w") as archive:
            for name in names:
                archive.writestr(name, plain(rows))
        return buffer.getvalue()

    return damage


def cut(pack):
    """The first part of a packed file."""

    def damage(rng, rows):
        data = pack(plain(rows * 40))
        return data[: int(rng.integers(0, len(data)))]

    return damage


def flipped(pack):
    """A packed file with one bit of its middle turned over."""

    def damage(rng, rows):
        data = bytearray(pack(plain(rows * 40)))
        data[int(rng.integers(len(data) // 3, len(data)))] ^= 1 << int(rng.integers(8))
        return bytes(data)

    return damage


#: (damage, name of the file, whether its rows must come out, must not, or may).
MUST, MUST_NOT, MAY = "must", "must not", "may"
DAMAGES = {
    "none": (lambda rng, rows: plain(rows), "log.csv", MUST),
    "semicolons": (lambda rng, rows: plain(rows, separator=";"), "log.csv", MUST),
    "tabs": (lambda rng, rows: plain(rows, separator="\t"), "log.csv", MUST),
    "bars": (lambda rng, rows: plain(rows, separator="|"), "log.csv", MUST),
    "all quoted": (lambda rng, rows: plain(rows, quotes=True), "log.csv", MUST),
    "lines of Windows": (lambda rng, rows: plain(rows, end="\r\n"), "log.csv", MUST),
    "lines of an old Mac": (lambda rng, rows: plain(rows, end="\r"), "log.csv", MUST),
    "blank lines": (of_text(lambda text: "\n" + text.replace("\n", "\n\n")), "log.csv", MUST),
    "no last line end": (of_text(lambda text: text.rstrip("\n")), "log.csv", MUST),
    "a mark of UTF-8": (lambda rng, rows: b"\xef\xbb\xbf" + plain(rows), "log.csv", MUST),
    "gzip": (lambda rng, rows: gzip.compress(plain(rows)), "log.csv.gz", MUST),
    "bzip2": (lambda rng, rows: bz2.compress(plain(rows)), "log.CSV.BZ2", MUST),
    "xz": (lambda rng, rows: lzma.compress(plain(rows)), "log.csv.xz", MUST),
    "zip": (zipped("log.csv"), "log.csv.zip", MUST),
    "more columns": (
        lambda rng, rows: written([[*HEADER, "more"], *([*row, "NA"] for row in rows)]).encode(),
        "log.csv",
        MUST,
    ),
    "UTF-16": (encoded("utf-16"), "log.csv", MUST_NOT),
    "UTF-16 without a mark": (encoded("utf-16-le"), "log.csv", MUST_NOT),
    "UTF-16, the other way": (encoded("utf-16-be"), "log.csv", MUST_NOT),
    "UTF-32": (encoded("utf-32"), "log.csv", MUST_NOT),
    "latin-1": (encoded("latin-1"), "log.csv", MUST_NOT),
    "another code page": (encoded("cp850"), "log.csv", MUST_NOT),
    "a cell too many": (with_row(["1", "2", "3", "4"]), "log.csv", MUST_NOT),
    "an empty cell too many": (with_row(["1", "2", "3", ""]), "log.csv", MUST_NOT),
    "all rows with a cell too many": (
        lambda rng, rows: written([HEADER, *(["9", *row] for row in rows)]).encode(),
        "log.csv",
        MUST_NOT,
    ),
    "a counted row in front": (
        lambda rng, rows: written([HEADER, *([str(i), *r] for i, r in enumerate(rows))]).encode(),
        "log.csv",
        MUST_NOT,
    ),
    "a cell too few": (with_row(["1", "2"]), "log.csv", MUST_NOT),
    "one cell": (with_row(["1"]), "log.csv", MUST_NOT),
    "a missing user": (with_row(["", "2", "3"]), "log.csv", MUST_NOT),
    "a missing item": (with_row(["1", "", "3"]), "log.csv", MUST_NOT),
    "a missing time": (with_row(["1", "2", "NA"]), "log.csv", MUST_NOT),
    "a time in words": (with_row(["1", "2", "noon"]), "log.csv", MUST_NOT),
    "an endless time": (with_row(["1", "2", "inf"]), "log.csv", MUST_NOT),
    "a negative user": (
        lambda rng, rows: written([HEADER, ["-1", "5", "1"]]).encode(),
        "log.csv",
        MUST_NOT,
    ),
    "a line that ends in an id": (with_row(["1", "a\nb", "3"]), "log.csv", MUST_NOT),
    "an open quote": (of_text(lambda text: text + '1,"2,3\n'), "log.csv", MUST_NOT),
    "an open quote, closed later": (
        of_text(lambda text: text + '1,"2,3\n1,2",4\n'),
        "log.csv",
        MUST_NOT,
    ),
    "text behind a quote": (of_text(lambda text: text + '1,"2"2,3\n'), "log.csv", MUST_NOT),
    "a NUL": (of_text(lambda text: text + "1,\0,3\n"), "log.csv", MUST_NOT),
    "an endless cell": (of_text(lambda text: text + f"1,{'x' * 150_000},3\n"), "log.csv", MUST_NOT),
    "a name twice": (with_header("user_id", "user_id", "item_id"), "log.csv", MUST_NOT),
    "another name": (with_header("user_id", "sku", "timestamp"), "log.csv", MUST_NOT),
    "no header": (lambda rng, rows: written(rows).encode(), "log.csv", MUST_NOT),
    "only a header": (lambda rng, rows: plain([]), "log.csv", MUST_NOT),
    "a longer header": (with_header(*HEADER, "more"), "log.csv", MUST_NOT),
    "another separator": (lambda rng, rows: plain(rows, separator="#"), "log.csv", MUST_NOT),
    "nothing": (lambda rng, rows: b"", "log.csv", MUST_NOT),
    "bytes": (lambda rng, rows: rng.bytes(300), "log.csv", MUST_NOT),
    "a zip of two": (zipped("log.csv", "other.csv"), "log.csv.zip", MUST_NOT),
    "no gzip at all": (lambda rng, rows: plain(rows), "log.csv.gz", MUST_NOT),
    "gzip cut short": (cut(gzip.compress), "log.csv.gz", MUST_NOT),
    "gzip damaged": (flipped(gzip.compress), "log.csv.gz", MAY),
    "bzip2 cut short": (cut(bz2.compress), "log.csv.bz2", MUST_NOT),
    "xz damaged": (flipped(lzma.compress), "log.csv.xz", MAY),
    "Parquet of text": (lambda rng, rows: plain(rows), "log.parquet", MUST_NOT),
    "Parquet cut short": (lambda rng, rows: b"PAR1" + plain(rows), "log.parquet", MUST_NOT),
}


@pytest.mark.parametrize("kind", DAMAGES)
def test_a_damaged_file_gives_its_own_cells_or_is_refused_by_name(kind, tmp_path):
    damage, name, outcome = DAMAGES[kind]
    for rng in rounds(4):
        rows = draw_rows(rng)
        path = tmp_path / name
        path.write_bytes(damage(rng, rows))
        log, refused = refusal(lambda: load_interactions(path), name)  # noqa: B023
        if refused is not None:
            assert outcome != MUST and "Cure: " in refused, refused
            continue
        assert outcome != MUST_NOT, log
        repeats = len(log) // len(rows)
        assert [[str(cell) for cell in row[:3]] for row in log.to_numpy(object)] == rows * repeats
