"""Each public format gives the rows that its file holds, value by value, however it is packed."""

import bz2
import gzip
import io
import lzma
import tarfile
import zipfile

import numpy as np
import pytest

from seqrec.data import benchmark_log, load_public_log, validate_interactions
from seqrec.data.public_logs.formats import FORMATS, NAMED
from seqrec.data.public_logs.joined import Columns
from seqrec.data.public_logs.packed import line_blocks
from seqrec.data.public_logs.recognise import members_of
from seqrec.data.public_logs.tables import TableReader
from tests.seqrec.data.public_logs.written import WRITTEN, rows_of


def write(folder, name, data):
    path = folder / name
    path.write_bytes(data if isinstance(data, bytes) else data.encode())
    return path


def same(log, rows):
    assert sorted(log.columns) == sorted(rows)
    for name, values in rows.items():
        assert log[name].tolist() == values, name
    return True


def zipped(names, data):
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        for name in names:
            archive.writestr(name, data)
    return buffer.getvalue()


def tarred(name, data):
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w:gz") as archive:
        for each, held in (("dataset/README", b"1 2\n"), (f"dataset/{name}", data)):
            info = tarfile.TarInfo(each)
            info.size = len(held)
            archive.addfile(info, io.BytesIO(held))
    return buffer.getvalue()


PACKINGS = {
    "": lambda name, data: data,
    ".gz": lambda name, data: gzip.compress(data[:20]) + gzip.compress(data[20:]),
    ".bz2": lambda name, data: bz2.compress(data[:20]) + bz2.compress(data[20:]),
    ".xz": lambda name, data: lzma.compress(data[:20]) + lzma.compress(data[20:]),
    ".zip": lambda name, data: zipped([name], data),
    ".tar.gz": tarred,
}


def test_there_is_a_file_for_each_format():
    assert set(WRITTEN) == {each.name for each in FORMATS if not each.refusal}


@pytest.mark.parametrize("packing", PACKINGS)
@pytest.mark.parametrize("name", WRITTEN)
def test_a_format_is_recognised_and_gives_the_rows_of_its_file(name, packing, tmp_path):
    written = WRITTEN[name]
    data = PACKINGS[packing](written.file, written.text().encode())
    path = write(tmp_path, written.file + packing, data)
    # In an archive of several files, common names don't tell which.
    format = name if packing == ".tar.gz" and NAMED[name].is_common else None
    log = load_public_log(path, format, progress=False)
    assert log.attrs["public_log"]["format"] == name
    assert same(log, rows_of(name))
    assert validate_interactions(log) is log
    assert len(benchmark_log(log, min_count=1)) == len(log)


@pytest.mark.parametrize("name", WRITTEN)
def test_the_content_alone_tells_the_format(name, tmp_path):
    path = write(tmp_path, "log", WRITTEN[name].text())
    assert load_public_log(path).attrs["public_log"]["format"] == name


@pytest.mark.parametrize("name", WRITTEN)
@pytest.mark.parametrize(
    ("users", "items"),
    [
        (["007", "7"], ["NA", "null"]),
        (["7", "x"], ["1", "01"]),
        (["é", "a b"], ["0", "00"]),
        (["-1", "one"], ["nan", "inf"]),
    ],
)
def test_odd_ids_stay_what_they_are(name, users, items, tmp_path):
    if name == "user-item" and "a b" in users:
        users = ["é", "a_b"]
    if name == "lastfm-1k":
        items = [f"{item}\t\tx" for item in items]
    ids = list(zip(users, items, strict=True))
    path = write(tmp_path, "log", WRITTEN[name].text(ids))
    log = load_public_log(path, name)
    assert log["user_id"].tolist() == users
    assert log["item_id"].tolist() == [item.replace("\t\t", "\t") for item in items]


@pytest.mark.parametrize("number", [2**53 + 1, 2**63 - 1, 2**63, 2**64 - 1, 10**25])
def test_large_ids_keep_their_digits(number, tmp_path):
    path = write(tmp_path, "log", f"1 {number}\n1 {number - 1}\n")
    items = load_public_log(path)["item_id"]
    kind = "O" if number > 2**64 else ("u" if number >= 2**63 else "i")
    assert items.tolist() == (
        [str(number), str(number - 1)] if kind == "O" else [number, number - 1]
    )
    assert items.to_numpy().dtype.kind == kind


def test_lines_of_windows_a_mark_and_no_last_line_end_change_nothing(tmp_path):
    for name, written in WRITTEN.items():
        data = b"\xef\xbb\xbf" + written.text().removesuffix("\n").replace("\n", "\r\n").encode()
        assert same(load_public_log(write(tmp_path, "log", data), name), rows_of(name))


@pytest.mark.parametrize("block", [1, 7, 30, 1000])
def test_a_log_is_the_same_in_any_blocks_also_where_ids_turn_to_text_late(block, tmp_path):
    text = "1 5\n2 6\n10 5\n1 7\n007 5\n2 x\n2 6\n"
    path = write(tmp_path, "log.txt", text)
    columns = Columns()
    reader = TableReader(NAMED["user-item"], columns)
    for lines in line_blocks(path, members_of(None), progress=False, block=block):
        reader.add(lines)
    log, n_repeats = columns.table(has_clock=False)
    assert log["user_id"].tolist() == ["1", "2", "10", "1", "007", "2", "2"]
    assert log["item_id"].tolist() == ["5", "6", "5", "7", "5", "x", "6"]
    assert log["timestamp"].tolist() == [1, 2, 3, 4, 5, 6, 7]
    assert n_repeats == 1


def test_lines_that_are_there_twice_are_kept_and_counted(tmp_path):
    for name, written in WRITTEN.items():
        path = write(tmp_path, "log", written.header + written.text()[len(written.header) :] * 3)
        log = load_public_log(path, name)
        assert len(log) == 3 * len(written.ids)
        assert log.attrs["public_log"]["duplicates"] == 2 * len(written.ids), name


def test_rows_that_differ_in_one_column_alone_are_no_duplicates(tmp_path):
    lines = ["1,2,3.0,900000000", "1,2,3.5,900000000", "1,2,3.0,900000001", "1,3,3.0,900000000"]
    text = "userId,movieId,rating,timestamp\n" + "\n".join([*lines, lines[0]])
    path = write(tmp_path, "ratings.csv", text)
    assert load_public_log(path).attrs["public_log"]["duplicates"] == 1


def test_users_of_2014_and_2018_are_told_from_items_by_what_they_look_like(tmp_path):
    for name in ("amazon-2014-csv", "amazon-2018-csv"):
        other = WRITTEN["amazon-2014-csv" if name == "amazon-2018-csv" else "amazon-2018-csv"].file
        log = load_public_log(write(tmp_path, other, WRITTEN[name].text()))
        assert same(log, rows_of(name))


def test_older_names_of_columns_are_read(tmp_path):
    digi = WRITTEN["diginetica"]
    header = "session_id;user_id;item_id;timeframe;eventdate\n"
    path = write(tmp_path, "log", digi.text().replace(digi.header, header))
    assert same(load_public_log(path), rows_of("diginetica"))
    text = WRITTEN["amazon-2023-json"].text().replace('"timestamp"', '"sort_timestamp"')
    assert same(load_public_log(write(tmp_path, "log", text)), rows_of("amazon-2023-json"))


def test_reviews_of_2014_may_be_python_dicts(tmp_path):
    written = WRITTEN["amazon-json"]
    text = written.text().replace('"', "'").replace("\\'", '"')
    assert same(load_public_log(write(tmp_path, "x.json", text)), rows_of("amazon-json"))


def test_a_zip_of_movielens_is_read_as_it_is_offered(tmp_path):
    text = WRITTEN["movielens-csv"].text()
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        for name, held in (("movies.csv", "a,b\n"), ("ratings.csv", text), ("tags.csv", "c\n")):
            archive.writestr(f"ml-25m/{name}", held)
    path = write(tmp_path, "ml-25m.zip", buffer.getvalue())
    assert same(load_public_log(path), rows_of("movielens-csv"))


def test_many_random_ratings_are_what_pandas_reads(tmp_path):
    import pandas as pd

    rng = np.random.default_rng(0)
    n = 60_000
    table = pd.DataFrame(
        {
            "userId": rng.integers(0, 10**6, n),
            "movieId": rng.integers(0, 10**12, n),
            "rating": rng.integers(1, 11, n) / 2,
            "timestamp": rng.integers(0, 2 * 10**9, n),
        }
    )
    path = tmp_path / "ratings.csv.gz"
    table.to_csv(path, index=False)
    log = load_public_log(path)
    expected = table.set_axis(["user_id", "item_id", "outcome", "timestamp"], axis=1)
    assert log.equals(expected[["user_id", "item_id", "timestamp", "outcome"]])
