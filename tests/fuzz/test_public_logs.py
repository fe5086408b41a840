"""Damaged public logs: a refusal with the name of the file, or exactly what a slow reader finds."""

import ast
import bz2
import gzip
import json
import lzma
import warnings
from datetime import UTC, datetime

import pytest

from seqrec.data import load_public_log
from tests.fuzz.fuzzing import refusal, rounds
from tests.fuzz.mutations import accident
from tests.seqrec.data.public_logs.test_formats import tarred, zipped
from tests.seqrec.data.public_logs.written import WRITTEN, rows_of

#: Where the user, the item and the time stand in a line: places or names, and how it is written.
PLACES = {
    "movielens-100k": ("\t", 0, 1, 3, "seconds"),
    "movielens-dat": ("::", 0, 1, 3, "seconds"),
    "movielens-csv": (",", "userId", "movieId", "timestamp", "seconds"),
    "amazon-json": (None, "reviewerID", "asin", "unixReviewTime", "seconds"),
    "amazon-2014-csv": (",", 0, 1, 3, "seconds"),
    "amazon-2018-csv": (",", 1, 0, 3, "seconds"),
    "amazon-2023-json": (None, "user_id", "parent_asin", "timestamp", "milliseconds"),
    "amazon-2023-csv": (",", "user_id", "parent_asin", "timestamp", "milliseconds"),
    "steam": (None, "username", "product_id", "date", "calendar"),
    "retailrocket": (",", "visitorid", "itemid", "timestamp", "milliseconds"),
    "yoochoose-clicks": (",", 0, 2, 1, "calendar"),
    "yoochoose-buys": (",", 0, 2, 1, "calendar"),
    "diginetica": (";", "sessionId", "itemId", "eventdate", "calendar"),
    "lastfm-1k": ("\t", 0, (3, 5), 1, "calendar"),
    "gowalla": ("\t", 0, 4, 1, "calendar"),
    "user-item": (" ", 0, 1, None, None),
}


def slowly_read(name, data):
    """[(user, item, time)] as text and seconds, one line at a time."""
    separator, user, item, time, written = PLACES[name]
    text = data.removeprefix(b"\xef\xbb\xbf").decode().replace("\r\n", "\n")
    lines = text.removesuffix("\n").split("\n")
    if separator is None:
        rows = [parsed(line) for line in lines]
    else:
        rows = [line.split(separator) for line in lines]
        if isinstance(user, str):
            header, *rows = rows
            rows = [dict(zip(header, row, strict=True)) for row in rows]
    events = []
    for number, row in enumerate(rows, start=1):
        seconds = number if time is None else seconds_of(row[time], written)
        if name == "diginetica":
            seconds += int(row["timeframe"]) / 1000
        found = "\t".join(row[each] for each in item) if isinstance(item, tuple) else row[item]
        events.append((str(row[user]), str(found), seconds))
    return events


def parsed(line):
    try:
        return json.loads(line)
    except ValueError:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            return ast.literal_eval(line.strip())


def seconds_of(value, written):
    if written == "calendar":
        return datetime.fromisoformat(value).replace(tzinfo=UTC).timestamp()
    return int(value) / (1000 if written == "milliseconds" else 1)


@pytest.mark.parametrize("name", WRITTEN)
def test_a_damaged_file_gives_what_a_slow_reader_finds_or_is_refused(name, tmp_path):
    written = WRITTEN[name]
    for rng in rounds(12):
        data = (written.header + written.text()[len(written.header) :] * 3).encode()
        for _ in range(rng.integers(1, 3)):
            data = accident(rng, data) or b"\n"
        path = tmp_path / written.file
        path.write_bytes(data)
        given = name if rng.random() < 0.7 else None
        log, refused = refusal(lambda: load_public_log(path, given), written.file[:20])  # noqa: B023
        if refused is not None:
            assert "Cure: " in refused
            continue
        found = log.attrs["public_log"]["format"]
        events = slowly_read(found, data)
        columns = (log["user_id"].astype(str), log["item_id"].astype(str), log["timestamp"])
        assert list(zip(*columns, strict=True)) == events


def stream(data):
    """gzip without the time at which it was packed."""
    return gzip.compress(data, mtime=0)


PACKINGS = {
    ".gz": lambda name, data: stream(data) + stream(data),
    ".bz2": lambda name, data: bz2.compress(data) + bz2.compress(data),
    ".xz": lambda name, data: lzma.compress(data) + lzma.compress(data),
    ".zip": lambda name, data: zipped([name], data * 2),
    ".tar.gz": lambda name, data: tarred(name, data * 2),
}


@pytest.mark.parametrize("packing", PACKINGS)
def test_a_damaged_packing_gives_all_rows_or_is_refused(packing, tmp_path):
    written = WRITTEN["gowalla"]
    expected = rows_of("gowalla")
    text = written.text().encode()
    single = [each(text) for each in (stream, bz2.compress, lzma.compress)]
    for rng in rounds(25):
        data = accident(rng, PACKINGS[packing](written.file, text))
        path = tmp_path / f"{written.file}{packing}"
        path.write_bytes(data)
        log, refused = refusal(lambda: load_public_log(path), written.file[:20])  # noqa: B023
        if refused is None:
            # A cut behind the first stream leaves a whole file.
            n = 1 if data in single else 2
            assert all(log[column].tolist() == values * n for column, values in expected.items())
