"""MovieLens 1M, from a folder, a zip and the web; with a small file in its format, and the real one
where it is.
"""

import hashlib
import lzma
import os
from pathlib import Path

import numpy as np
import pytest

from seqrec.data import (
    benchmark_log,
    build_sequences,
    load_movielens_1m,
    movielens,
    validate_interactions,
)
from tests.seqrec.data.loopback import serving
from tests.seqrec.data.small_movielens import small_files, zipped

FILES = small_files()


def write(folder, files=FILES):
    folder.mkdir(parents=True, exist_ok=True)
    for name, data in files.items():
        (folder / name).write_bytes(data)
    return folder


def same(one, other):
    return all(a.equals(b) for a, b in zip(one, other, strict=True))


def test_the_tables_are_what_the_files_say(tmp_path):
    tables = load_movielens_1m(write(tmp_path))
    first = FILES["ratings.dat"].decode().splitlines()[0].split("::")
    assert tables.interactions.iloc[0].tolist() == [
        int(first[0]),
        int(first[1]),
        int(first[3]),
        float(first[2]),
    ]
    assert len(tables.interactions) == FILES["ratings.dat"].count(b"\n")
    assert validate_interactions(tables.interactions, require_outcome=True) is tables.interactions
    assert "Café" in tables.items["title"][0] and isinstance(tables.items["genres"][0], tuple)
    assert tables.users["zip_code"][0] == "00001"  # text: a number would lose its zeros


def test_folder_zip_and_download_hold_the_same(tmp_path, monkeypatch, capsys):
    expected = load_movielens_1m(write(tmp_path / "a"))
    write(tmp_path / "b" / "ml-1m")
    data = zipped(FILES)
    (tmp_path / "ml-1m.zip").write_bytes(data)
    monkeypatch.setattr(movielens, "SHA256", hashlib.sha256(data).hexdigest())
    for place in (tmp_path / "b", tmp_path, tmp_path / "ml-1m.zip"):
        assert same(load_movielens_1m(place, download=False), expected)
    assert capsys.readouterr().out == ""
    with serving(data) as (url, requests):
        monkeypatch.setattr(movielens, "URL", url)
        monkeypatch.setenv("SEQREC_DATA", str(tmp_path / "new"))
        assert same(load_movielens_1m(progress=False), expected)
        assert "Harper & Konstan (2015)" in capsys.readouterr().out
        assert same(load_movielens_1m(progress=False), expected)  # now it is there
    assert requests == [None]


def test_nothing_there_and_no_download_is_an_error(tmp_path):
    with pytest.raises(
        FileNotFoundError, match="there is no MovieLens 1M in .* Cure: download=True"
    ):
        load_movielens_1m(tmp_path, download=False)


BAD = {
    "a column less": (
        "ratings.dat",
        b"1::2::3\n",
        "line 1: '1::2::3' has 3 fields, expected 4: user_id::item_id",
    ),
    "a column more": ("movies.dat", b"1::Toy::Film::2000\n", "has 4 fields, expected 3"),
    "no number": (
        "ratings.dat",
        b"1::2::3::4\n1::two::3::4\n",
        "line 2: item_id is 'two', expected a whole number",
    ),
    "a missing number": (
        "users.dat",
        b"1::F::::3::00001\n",
        "line 1: age is '', expected a whole number",
    ),
    "empty": ("ratings.dat", b"", "ratings.dat is empty"),
    "another separator": ("ratings.dat", b"1,2,3,4\n", "has 1 fields"),
}


@pytest.mark.parametrize("name", BAD)
def test_another_format_is_an_error_that_names_the_line(tmp_path, name):
    file, data, message = BAD[name]
    with pytest.raises(ValueError, match=message):
        load_movielens_1m(write(tmp_path, FILES | {file: data}))


def test_a_damaged_zip_is_an_error(tmp_path):
    path, data = tmp_path / "ml-1m.zip", zipped(FILES)
    for bad in (data[: len(data) // 2], b"<html>", b"", data.replace(b"Food", b"Foot", 1)):
        path.write_bytes(bad)
        with pytest.raises(ValueError, match="is cut short, damaged, or no zip at all"):
            load_movielens_1m(tmp_path)
    path.write_bytes(zipped({"ratings.dat": b"1::2::3::4\n"}))
    with pytest.raises(ValueError, match="has no movies.dat, users.dat in it"):
        load_movielens_1m(tmp_path)


def test_the_benchmarks_log_drops_rare_films_and_keeps_the_files_order_of_equal_times(tmp_path):
    ratings = load_movielens_1m(write(tmp_path)).interactions
    ratings["timestamp"] //= 86_400  # many share a day
    counts = ratings["item_id"].value_counts()
    for file in (ratings, ratings.iloc[::-1], ratings.sample(frac=1, random_state=0)):
        rows = [row for row in file.itertuples(index=False) if counts[row.item_id] >= 5]
        # Python's sort is stable.
        plain = sorted(rows, key=lambda row: (row.user_id, row.timestamp))
        log = benchmark_log(file)
        assert list(log.itertuples(index=False)) == plain
        assert log.index.tolist() == list(range(len(plain)))
    assert 0 < len(log) < len(ratings) and log.duplicated(["user_id", "timestamp"]).any()


@pytest.mark.skipif(
    "SEQREC_DATA" not in os.environ, reason="SEQREC_DATA names no folder with the real data"
)
def test_the_real_data_gives_the_file_that_papers_use(tmp_path):
    """6,040 users, 3,416 items, 999,611 events.

    And the same events in the same order where that file is there.
    """
    data = Path(os.environ["SEQREC_DATA"])
    packed = data / "ml-1m" / "ratings.dat.xz"
    if packed.exists():
        files = {name: (packed.parent / name).read_bytes() for name in ("movies.dat", "users.dat")}
        data = write(tmp_path, files | {"ratings.dat": lzma.decompress(packed.read_bytes())})
    log = benchmark_log(load_movielens_1m(data, download=False).interactions)
    assert (log["user_id"].nunique(), log["item_id"].nunique(), len(log)) == (6_040, 3_416, 999_611)
    literature = Path(os.environ["SEQREC_DATA"]) / "ml-1m.txt.xz"
    if literature.exists():
        users, items = np.loadtxt(lzma.open(literature), dtype=np.int64).T
        theirs = np.split(
            items[users.argsort(kind="stable")], np.cumsum(np.bincount(users)[1:])[:-1]
        )
        assert fingerprints(build_sequences(log, 10_000)["item_sequence"]) == fingerprints(theirs)


def fingerprints(sequences):
    """Each user's films in order, each by how often it was rated.

    The same however users and films are numbered.
    """
    counts = np.bincount(np.concatenate(sequences))
    return sorted(counts[items].tobytes() for items in sequences)
