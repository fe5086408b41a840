"""Arguments that look like none, names of any length, full disks: refused by name, never obeyed."""

import errno
import os

import numpy as np
import pytest

from zooplus_sim import ZooplusSimulator, write_journeys
from zooplus_sim.__main__ import main

FEW = ["--users", "5", "--events", "3", "--quiet"]


@pytest.fixture(autouse=True)
def folder(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.mark.parametrize("option", ["--world", "--truth", "--catalogue", "--write-world"])
def test_an_empty_name_is_not_left_out(folder, capsys, option):
    line = [] if option == "--write-world" else [*FEW, "--out", "log.csv"]
    with pytest.raises(SystemExit) as stopped:
        main([*line, option, ""])
    assert stopped.value.code == 2 and f"{option}: must be a name" in capsys.readouterr().err
    assert not list(folder.iterdir())


@pytest.mark.parametrize("name", ["x" * 3000, "x/" * 2000, "x" * 240])
@pytest.mark.parametrize("option", ["--world", "--truth", "--catalogue", "--scheduler"])
def test_an_error_is_short_however_long_a_name_is(capsys, option, name):
    assert main([*FEW, "--out", "log.csv", option, name]) == 2
    assert 20 < len(capsys.readouterr().err) < 600


def full(*args):
    raise OSError(errno.ENOSPC, "No space left on device")


@pytest.mark.parametrize("out", ["log.csv", "log.parquet", "log"])
def test_a_full_disk_is_told_with_the_name(folder, capsys, monkeypatch, out):
    monkeypatch.setattr(os, "fsync", full)
    assert main([*FEW, "--out", out]) == 2
    assert f"/{out}: No space left on device" in capsys.readouterr().err


@pytest.mark.parametrize(("log", "truth"), [("log", "log/truth"), ("log/log", "log")])
def test_a_truth_within_the_log_is_refused(folder, log, truth):
    """Who reads the outer folder reads the inner one too."""
    with pytest.raises(ValueError, match="one inside the other. Cure: another name"):
        write_journeys(log, ZooplusSimulator(n_users=2), events_per_user=2, truth=truth)
    assert not list(folder.iterdir())


@pytest.mark.parametrize("users", [None, 999_999_999])
def test_more_users_than_memory_holds_are_refused_before_there_are_ids(monkeypatch, users):
    shop = ZooplusSimulator(n_users=999_999_999)

    def too_many(*args):
        raise AssertionError("ids were made")

    monkeypatch.setattr(np, "arange", too_many)
    with pytest.raises(ValueError, match="sessions_per_user must be less"):
        shop.journeys(sessions_per_user=10**6, users=users)
