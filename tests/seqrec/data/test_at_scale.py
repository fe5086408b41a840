"""Sequences of a log in files equal those of the log in memory, whichever file an event is in."""

import numpy as np
import pandas as pd
import pytest

from seqrec.data import build_sequences, build_sequences_at_scale
from zooplus_sim import ZooplusSimulator, write_journeys

pytest.importorskip("dask", reason="the extra [scale] is not installed")


@pytest.fixture(scope="module")
def log():
    return ZooplusSimulator(n_users=60).journeys(events_per_user=(1, 9), seed=5).interactions


def read(folder):
    table = pd.read_parquet(folder).sort_values("user_id", ignore_index=True)
    return dict(zip(table["user_id"], map(list, table["item_sequence"]), strict=True))


def plain(log, max_len):
    table = build_sequences(log, max_len)
    return dict(zip(table["user_id"], map(list, table["item_sequence"]), strict=True))


@pytest.mark.parametrize("max_len", [1, 4, 50])
def test_of_a_folder_by_user(log, tmp_path, max_len):
    write_journeys(
        tmp_path / "log",
        ZooplusSimulator(n_users=60),
        events_per_user=(1, 9),
        seed=5,
        users_per_block=7,
    )
    build_sequences_at_scale(tmp_path / "log", tmp_path / "out", max_len, is_by_user=True)
    assert read(tmp_path / "out") == plain(log, max_len)


def test_of_files_that_split_users_and_their_times(log, tmp_path):
    (tmp_path / "log").mkdir()
    # Between files there is no order among equal times.
    log = log.drop_duplicates(["user_id", "timestamp"])
    for number, rows in enumerate(
        np.array_split(np.random.default_rng(0).permutation(len(log)), 5)
    ):
        log.iloc[rows].to_parquet(tmp_path / "log" / f"{number}.parquet")
    with pytest.raises(ValueError, match=r"may both hold user .* is_by_user=False"):
        build_sequences_at_scale(tmp_path / "log", tmp_path / "out", 5, is_by_user=True)
    build_sequences_at_scale(tmp_path / "log", tmp_path / "out", 5)
    assert read(tmp_path / "out") == plain(log, 5)


def test_of_users_with_names(log, tmp_path):
    (tmp_path / "log").mkdir()
    named = log.assign(
        user_id="user " + log["user_id"].astype(str), item_id="item " + log["item_id"].astype(str)
    )
    named.to_parquet(tmp_path / "log" / "all.parquet")
    build_sequences_at_scale(tmp_path / "log", tmp_path / "out", 5, is_by_user=True)
    assert read(tmp_path / "out") == plain(named, 5)


def test_nothing_is_overwritten_and_nothing_is_made_of_nothing(tmp_path):
    with pytest.raises(FileNotFoundError, match=r"holds no .parquet file"):
        build_sequences_at_scale(tmp_path, tmp_path / "out", 5)
    (tmp_path / "log.parquet").touch()
    with pytest.raises(ValueError, match="is there already"):
        build_sequences_at_scale(tmp_path, tmp_path, 5)
