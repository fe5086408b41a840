"""A table reaches its file whole or not at all, and reads back as it was."""

import contextlib
import errno
import os
import signal
import socket
import stat
import subprocess
import sys

import numpy as np
import pandas as pd
import pytest

from zooplus_sim import World, ZooplusSimulator, files
from zooplus_sim.__main__ import main
from zooplus_sim.files import (
    check_file,
    check_folder,
    check_table_paths,
    clear_leftovers,
    whole_files,
    write_table,
)

# --- Contents ---


def written(table, path):
    with whole_files([path]) as (file,):
        write_table(table, file, path)
    return path


@pytest.fixture(scope="module")
def shop():
    return ZooplusSimulator(n_users=12)


@pytest.fixture(scope="module")
def log(shop):
    return shop.journeys(events_per_user=(1, 20))


@pytest.mark.parametrize("rows_at_a_time", [30, 10**6])
def test_parquet_reads_back_the_same(tmp_path, monkeypatch, shop, log, rows_at_a_time):
    """Dtypes, categories and all, in however many pieces it was written."""
    monkeypatch.setattr(files, "ROWS_AT_A_TIME", rows_at_a_time)
    for table in (log.interactions, log.truth, shop.products.reset_index()):
        again = pd.read_parquet(written(table, tmp_path / "table.parquet"))
        pd.testing.assert_frame_equal(again, table)


@pytest.mark.parametrize("rows_at_a_time", [30, 10**6])
def test_csv_reads_back_the_same(tmp_path, monkeypatch, shop, log, rows_at_a_time):
    monkeypatch.setattr(files, "ROWS_AT_A_TIME", rows_at_a_time)
    for table in (log.interactions, log.truth, shop.products.reset_index()):
        path = written(table, tmp_path / "table.csv")
        pd.testing.assert_frame_equal(pd.read_csv(path, dtype=table.dtypes.to_dict()), table)
        assert b"\r" not in path.read_bytes(), "the same bytes on every system"


@pytest.mark.parametrize(("suffix", "read"), [("csv", pd.read_csv), ("parquet", pd.read_parquet)])
def test_the_index_is_not_written(tmp_path, log, suffix, read):
    shuffled = log.interactions.iloc[::-1]
    again = read(written(shuffled, tmp_path / f"table.{suffix}"))
    pd.testing.assert_frame_equal(again, shuffled.reset_index(drop=True))


def test_csv_needs_no_dtypes_to_read_a_log(tmp_path, log):
    path = written(log.interactions, tmp_path / "log.csv")
    pd.testing.assert_frame_equal(pd.read_csv(path), log.interactions)
    assert path.read_text().startswith("user_id,item_id,timestamp,outcome,session_id\n0,")


def test_suffixes_may_be_in_capitals(tmp_path, log):
    path = tmp_path / "LOG.CSV"
    assert check_table_paths([path]) == [path]
    assert len(pd.read_csv(written(log.interactions, path))) == len(log.interactions)


# --- Whole or not at all ---


def test_nothing_has_its_name_before_the_end(tmp_path):
    paths = [tmp_path / "a.csv", tmp_path / "b.csv"]
    with whole_files(paths) as opened:
        for file in opened:
            file.write(b"x" * 100_000)
            file.flush()
        assert not any(path.exists() for path in paths)
        assert len(os.listdir(tmp_path)) == 2
        assert not list(tmp_path.glob("*.csv")), "half a file does not look like a table"
    assert sorted(os.listdir(tmp_path)) == ["a.csv", "b.csv"]


@pytest.mark.parametrize(
    "error", [OSError("disk full"), KeyboardInterrupt(), ValueError("no"), MemoryError()]
)
def test_an_exception_leaves_everything_as_it_was(tmp_path, error):
    (tmp_path / "a.csv").write_text("old")
    with (
        pytest.raises(type(error)),
        whole_files([tmp_path / "a.csv", tmp_path / "b.csv"]) as (a, b),
    ):
        a.write(b"new")
        b.write(b"new")
        raise error
    assert os.listdir(tmp_path) == ["a.csv"]
    assert (tmp_path / "a.csv").read_text() == "old"


def test_a_disk_that_is_full_at_the_last_moment_leaves_everything_as_it_was(tmp_path, monkeypatch):
    """What is buffered may fail to reach the disk as late as at the end."""

    def full(file):
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr(os, "fsync", full)
    (tmp_path / "a.csv").write_text("old")
    with pytest.raises(OSError, match="No space left"), whole_files([tmp_path / "a.csv"]) as (a,):
        a.write(b"new")
    assert os.listdir(tmp_path) == ["a.csv"]
    assert (tmp_path / "a.csv").read_text() == "old"


@pytest.mark.skipif(not hasattr(signal, "SIGKILL"), reason="POSIX signals")
def test_a_killed_process_leaves_no_half_file_under_the_name(tmp_path):
    code = """
import os, signal, sys
from pathlib import Path
from zooplus_sim import files
with files.whole_files([Path("log.csv"), Path("truth.csv")]) as opened:
    for file in opened:
        file.write(b"half")
        file.flush()
    os.kill(os.getpid(), signal.SIGKILL)
"""
    (tmp_path / "log.csv").write_text("old")
    env = {**os.environ, "PYTHONPATH": os.getcwd()}
    done = subprocess.run([sys.executable, "-c", code], cwd=tmp_path, env=env)
    assert done.returncode == -signal.SIGKILL
    assert (tmp_path / "log.csv").read_text() == "old"
    assert not (tmp_path / "truth.csv").exists()
    assert sorted(path.suffix for path in tmp_path.iterdir()) == [".csv", ".tmp", ".tmp"]


def test_a_folder_that_refuses_is_named_and_nothing_begins(tmp_path):
    paths = [tmp_path / "a.csv", tmp_path / "missing" / "b.csv"]
    with pytest.raises(OSError, match="cannot be written.*b.csv"), whole_files(paths):
        raise AssertionError("the block must not be entered")
    assert os.listdir(tmp_path) == []


@pytest.mark.skipif(os.name == "nt", reason="POSIX permissions and links")
def test_permissions_are_those_of_any_new_file(tmp_path):
    (tmp_path / "plain").touch()
    with whole_files([tmp_path / "a.csv"]) as (file,):
        file.write(b"x")
    assert stat.S_IMODE((tmp_path / "a.csv").stat().st_mode) == stat.S_IMODE(
        (tmp_path / "plain").stat().st_mode
    )


@pytest.mark.skipif(os.name == "nt", reason="POSIX permissions and links")
def test_a_link_stays_a_link(tmp_path):
    (tmp_path / "far").mkdir()
    (tmp_path / "link.csv").symlink_to(tmp_path / "far" / "log.csv")
    for text in (b"first", b"second"):
        with whole_files(check_table_paths([tmp_path / "link.csv"])) as (file,):
            file.write(text)
        assert (tmp_path / "link.csv").is_symlink()
        assert (tmp_path / "far" / "log.csv").read_bytes() == text


# --- What is refused ---


@pytest.mark.parametrize(
    "name", ["log", "log.xlsx", "log.csv.gz", "csv", ".csv", "log.parquet.tmp"]
)
def test_an_unknown_suffix_is_named(tmp_path, name):
    with pytest.raises(ValueError, match=f"{name}: unknown suffix '.*'; expected .csv or .parquet"):
        check_table_paths([tmp_path / name])


def test_a_folder_is_no_file(tmp_path):
    (tmp_path / "folder.csv").mkdir()
    with pytest.raises(ValueError, match="folder.csv: is a folder; expected a file to write"):
        check_table_paths([tmp_path / "folder.csv"])


def test_a_missing_folder_is_named(tmp_path):
    with pytest.raises(ValueError, match="log.csv: there is no folder '.*missing'; make it first"):
        check_table_paths([tmp_path / "missing" / "log.csv"])


@pytest.mark.parametrize("there", [True, False])
def test_one_file_for_two_tables_is_refused_however_it_is_spelt(tmp_path, monkeypatch, there):
    monkeypatch.chdir(tmp_path)
    if there:
        (tmp_path / "log.csv").touch()
        os.link("log.csv", "hard.csv")
    os.symlink("log.csv", "soft.csv")
    names = [
        "log.csv",
        "./log.csv",
        tmp_path / "log.csv",
        "soft.csv",
        *(["hard.csv"] if there else []),
    ]
    for name in names:
        with pytest.raises(
            ValueError, match="given twice; expected a file of its own for each table"
        ):
            check_table_paths(["log.csv", name])
    assert len(check_table_paths(["log.csv", "log.parquet"])) == 2


def test_parquet_without_pyarrow_says_what_to_install(tmp_path, monkeypatch):
    monkeypatch.setitem(sys.modules, "pyarrow", None)
    with pytest.raises(
        ValueError,
        match="log.parquet: Parquet needs the package pyarrow.* pip install pyarrow, or name",
    ):
        check_table_paths([tmp_path / "log.parquet"])
    path = tmp_path / "log.csv"
    assert check_table_paths([path]) == [path]
    table = pd.DataFrame({"a": np.arange(3)})
    pd.testing.assert_frame_equal(pd.read_csv(written(table, path)), table)


# --- What is there and is no file ---


def places_that_are_no_files(folder):
    """A pipe, a socket, a link in a circle and a device, all with a good suffix."""
    os.mkfifo(folder / "pipe.csv")
    os.symlink("circle.csv", folder / "circle.csv")
    os.symlink(os.devnull, folder / "device.csv")
    with socket.socket(socket.AF_UNIX) as door, contextlib.chdir(folder):
        door.bind("socket.csv")
    return ["pipe.csv", "circle.csv", "device.csv", "socket.csv"]


def check_table(path):
    return check_table_paths([path])


@pytest.mark.skipif(os.name == "nt", reason="POSIX files")
def test_what_is_no_file_is_refused_and_stays(tmp_path):
    for name in places_that_are_no_files(tmp_path):
        before = (tmp_path / name).lstat()
        for check in (check_table, check_file, check_folder):
            # A device has no suffix, which is said first.
            with pytest.raises(ValueError, match=f"{name}(: unknown suffix ''| must be a .* or)"):
                check(tmp_path / name)
        if name != "device.csv":
            assert (tmp_path / name).lstat() == before
        with pytest.raises(ValueError, match=f"{name} must be a plain file"):
            World.default().to_toml(tmp_path / name)


@pytest.mark.skipif(os.name == "nt", reason="POSIX links")
def test_a_link_to_a_missing_place_is_refused(tmp_path):
    os.symlink(tmp_path / "missing" / "log.csv", tmp_path / "link.csv")
    os.symlink(tmp_path / "missing", tmp_path / "link")
    with pytest.raises(ValueError, match="link.csv: there is no folder '.*missing'"):
        check_table_paths([tmp_path / "link.csv"])
    with pytest.raises(ValueError, match="link must be a folder or a new name"):
        check_folder(tmp_path / "link")
    assert sorted(os.listdir(tmp_path)) == ["link", "link.csv"]


@pytest.mark.parametrize("path", ["", "a\0b.csv", b"bytes.csv", "a" * 5_000 + ".csv"])
def test_a_path_that_can_not_be_is_named_in_few_words(path):
    for check in (check_table, check_file, check_folder):
        with pytest.raises((ValueError, OSError)) as caught:
            check(path)
        assert len(str(caught.value)) < 600


# --- What killed runs left behind ---


def test_what_a_killed_run_left_is_cleared_and_what_is_being_written_stays(tmp_path):
    left = tmp_path / ".zooplus_sim-0123456789ab.tmp"
    left.write_bytes(b"half")
    (tmp_path / ".zooplus_sim-folder.tmp").mkdir()
    other = tmp_path / "other.tmp"
    other.touch()
    with whole_files([tmp_path / "log.csv"]) as (file,):
        file.write(b"whole")
        clear_leftovers([tmp_path])
        assert not left.exists() and other.exists()
    assert (tmp_path / "log.csv").read_bytes() == b"whole"


def test_the_next_run_clears_what_the_last_one_left(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    for line in (
        ["--out", "log.csv", "--users", "3", "--events", "2", "--quiet"],
        ["--out", "log", "--users", "3", "--events", "2", "--quiet"],
        ["--write-world", "shop.toml"],
    ):
        folder = "log" if "log" in line else "."
        os.makedirs(folder, exist_ok=True)
        left = tmp_path / folder / ".zooplus_sim-0123456789ab.tmp"
        left.write_bytes(b"half")
        assert main(line) == 0
        assert not left.exists()


@pytest.mark.skipif(files.fcntl is None, reason="there a file that is open can't be deleted")
def test_a_file_that_was_cleared_at_its_first_moment_is_begun_again(tmp_path, monkeypatch):
    """Between opening and locking, another process may take it for a leftover."""
    flock = files.fcntl.flock
    cleared = []

    def meddle(file, how):
        if not cleared:
            cleared.append(file.name)
            os.unlink(file.name)
        flock(file, how)

    monkeypatch.setattr(files.fcntl, "flock", meddle)
    with whole_files([tmp_path / "log.csv"]) as (file,):
        file.write(b"whole")
    assert os.listdir(tmp_path) == ["log.csv"] and len(cleared) == 1
