"""A small file that unpacks to a large table is refused before it takes memory, by name."""

import gzip
import shutil

import pandas as pd
import pytest

from seqrec.data import build_sequences_at_scale, csv_cells, load_interactions, log_folders

LOG = pd.DataFrame({"user_id": [1] * 2000, "item_id": 2, "timestamp": 3})
HEADER = "user_id,item_id,timestamp\n"


def little_memory(monkeypatch, module, n_bytes=1000):
    monkeypatch.setattr(module, "memory_bytes", lambda: n_bytes)


def never(*args, **kwargs):
    raise AssertionError("the file was read")


def test_a_parquet_file_larger_than_memory_is_refused_unread(tmp_path, monkeypatch):
    LOG.to_parquet(tmp_path / "log.parquet")
    little_memory(monkeypatch, log_folders, 95_999)
    monkeypatch.setattr(pd, "read_parquet", never)
    # 2,000 rows of three times 8 bytes, in Arrow and in pandas.
    with pytest.raises(ValueError, match=r"log\.parquet' must fit .* got 2,000 rows, .* 96,000"):
        load_interactions(tmp_path / "log.parquet")


def test_a_part_larger_than_memory_is_refused_unread(tmp_path, monkeypatch):
    pytest.importorskip("dask", reason="the extra [scale] is not installed")
    (tmp_path / "log").mkdir()
    LOG.to_parquet(tmp_path / "log" / "a.parquet")
    little_memory(monkeypatch, log_folders)
    with pytest.raises(ValueError, match="must fit .* Cure: write its rows as several"):
        build_sequences_at_scale(tmp_path / "log", tmp_path / "out", 5)
    assert not (tmp_path / "out").exists()


def test_a_line_without_an_end_is_not_read_whole(tmp_path, monkeypatch):
    monkeypatch.setattr(csv_cells, "LONGEST_LINE", 5000)
    path = tmp_path / "log.csv.gz"
    path.write_bytes(gzip.compress(HEADER.encode() + b"1" * 10**6))
    with pytest.raises(ValueError, match=r"log\.csv\.gz .* line 2 has 5,000 characters or more"):
        load_interactions(path)


def test_a_csv_that_unpacks_to_more_than_memory_is_refused(tmp_path, monkeypatch):
    path = tmp_path / "log.csv.gz"
    path.write_bytes(gzip.compress((HEADER + "1,2,3\n" * 1000).encode()))
    monkeypatch.setattr(pd, "read_csv", never)
    little_memory(monkeypatch, csv_cells)
    with pytest.raises(ValueError, match=r"log\.csv\.gz .* more than 1,000 characters"):
        load_interactions(path)


@pytest.mark.parametrize("place", ["truth/a.parquet", "year=2020/a.parquet", "b.PARQUET", "b.pq"])
def test_what_pandas_would_read_with_the_parts_is_refused(tmp_path, place):
    """Else one reader took these rows for the log's, and the other one left them out."""
    log = tmp_path / "log.parquet"
    (log / place).parent.mkdir(parents=True)
    LOG.to_parquet(log / "a.parquet")
    if (log / "a.parquet") != (log / place):
        LOG.to_parquet(log / place)
    calls = [lambda: load_interactions(log)]
    calls.append(lambda: build_sequences_at_scale(log, tmp_path / "out", 5))
    for call in calls:
        with pytest.raises(ValueError, match="got another place or ending. Cure: move it there"):
            call()
    shutil.move(log / place, tmp_path / "elsewhere")
    assert len(load_interactions(log)) == len(LOG)


def test_what_no_reader_takes_for_a_part_may_lie_there(tmp_path):
    log = tmp_path / "log.parquet"
    (log / ".hidden").mkdir(parents=True)
    (log / "_truth").mkdir()
    for place in ("a.parquet", ".hidden/a.parquet", "_truth/a.parquet", "_b.parquet"):
        LOG.to_parquet(log / place)
    assert len(load_interactions(log)) == len(LOG)


def test_what_is_no_parquet_is_told_without_options_of_csv(tmp_path):
    path = tmp_path / "log.parquet"
    path.write_bytes(b"PAR1" * 100)
    with pytest.raises(ValueError, match=r"log\.parquet.*Cure: another copy") as caught:
        load_interactions(path)
    assert "sep=" not in str(caught.value)
