"""A log in blocks:

the same bits however it is cut and whoever makes it, and nothing lost or twice after a kill.
"""

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import distributed
import numpy as np
import pandas as pd
import pytest

from zooplus_sim import ZooplusSimulator, write_journeys
from zooplus_sim.__main__ import main
from zooplus_sim.logs import partitioned
from zooplus_sim.logs.records import JOURNAL, MANIFEST, checksum

OPTIONS = {"events_per_user": (3, 9), "seed": 5, "progress": False}


def shop(n_users=50):
    return ZooplusSimulator(n_users=n_users)


def same(one, other):
    pd.testing.assert_frame_equal(pd.read_parquet(one), pd.read_parquet(other))


def files(folder):
    return {path.name: path.read_bytes() for path in sorted(folder.iterdir())}


def write_in_blocks(folder, n_users=50, **options):
    return write_journeys(folder, shop(n_users), **{"users_per_block": 12} | OPTIONS | options)


def test_the_blocks_together_are_the_log_whatever_their_size(tmp_path):
    whole = shop().journeys(events_per_user=(3, 9), seed=5)
    for size in (1, 12, 50, 1_000):
        folder, truth = tmp_path / f"log{size}", tmp_path / f"truth{size}"
        manifest = write_in_blocks(folder, users_per_block=size, truth=truth)
        pd.testing.assert_frame_equal(
            pd.read_parquet(sorted(folder.glob("*.parquet"))), whole.interactions
        )
        pd.testing.assert_frame_equal(pd.read_parquet(sorted(truth.glob("*.parquet"))), whole.truth)
        assert (
            manifest["rows"]
            == len(whole.interactions)
            == sum(block["rows"] for block in manifest["blocks"])
        )
        assert (
            json.loads((folder / MANIFEST).read_text()) == manifest
            and not (folder / JOURNAL).exists()
        )


def test_called_again_it_keeps_what_is_whole_and_mends_what_is_not(tmp_path):
    write_in_blocks(tmp_path)
    before = files(tmp_path)
    parts = [name for name in before if name.endswith(".parquet")]
    changed = {name: (tmp_path / name).stat().st_mtime_ns for name in parts}
    (tmp_path / parts[1]).write_bytes(before[parts[1]][:-9])  # truncated
    (tmp_path / parts[2]).unlink()
    flipped = bytearray(before[parts[3]])
    flipped[100] ^= 1
    (tmp_path / parts[3]).write_bytes(flipped)
    write_in_blocks(tmp_path)
    assert files(tmp_path) == before
    assert [changed[name] == (tmp_path / name).stat().st_mtime_ns for name in parts] == [
        True,
        False,
        False,
        False,
        True,
    ]


def test_a_folder_of_another_log_is_refused(tmp_path):
    write_in_blocks(tmp_path)
    before = files(tmp_path)
    for other, name in (
        ({"seed": 6}, "journeys"),
        ({"n_users": 51}, "shop"),
        ({"users_per_block": 13}, "users_per"),
    ):
        with pytest.raises(ValueError, match=f"is of another log: {name}"):
            write_in_blocks(tmp_path, **other)
    assert files(tmp_path) == before


def killed_after(blocks):
    """What stands for a kill between two blocks."""

    class Killed(BaseException):
        pass

    left = [None] * blocks

    def make_block(*args):
        if not left:
            raise Killed
        left.pop()
        return make(*args)

    make = partitioned.make_block
    return Killed, make_block


def kill_after(blocks, folder, monkeypatch, **options):
    killed, make_block = killed_after(blocks)
    with monkeypatch.context() as patch:
        patch.setattr(partitioned, "make_block", make_block)
        with pytest.raises(killed):
            write_in_blocks(folder, **options)


def test_both_folders_say_that_they_are_unfinished(tmp_path, monkeypatch):
    log, truth = tmp_path / "log", tmp_path / "truth"
    kill_after(2, log, monkeypatch, truth=truth)
    for folder in (log, truth):
        assert (folder / JOURNAL).exists() and not (folder / MANIFEST).exists()
        assert len(list(folder.glob("*.parquet"))) == 2
    write_in_blocks(log, truth=truth)
    kill_after(2, log, monkeypatch, truth=truth)
    for folder in (log, truth):
        assert (folder / JOURNAL).exists() and (folder / MANIFEST).exists(), "it is being mended"


def test_each_manifest_has_the_checksums_of_its_own_folder_first(tmp_path):
    manifest = write_in_blocks(tmp_path / "log", truth=tmp_path / "truth")
    of_truth = json.loads((tmp_path / "truth" / MANIFEST).read_text())
    for folder, document in ((tmp_path / "log", manifest), (tmp_path / "truth", of_truth)):
        names = [block["file"] for block in document["blocks"]]
        assert names == sorted(path.name for path in folder.glob("*.parquet"))
        for block in document["blocks"]:
            assert block["sha256"][0] == checksum(folder / block["file"])
            part = pd.read_parquet(folder / block["file"])
            assert block["rows"] == len(part)
            if folder.name == "log":
                users = part["user_id"]
                first = block["first_user"]
                assert (first, first + block["users"] - 1) == (users.min(), users.max())


def test_log_and_truth_may_not_change_places(tmp_path):
    log, truth = tmp_path / "log", tmp_path / "truth"
    write_in_blocks(log, truth=truth)
    before = files(log), files(truth)
    with pytest.raises(ValueError, match="is of another log: holds was"):
        write_in_blocks(truth, truth=log)
    with pytest.raises(ValueError, match="truth must be another folder"):
        write_in_blocks(log, truth=log)
    assert before == (files(log), files(truth))


def test_truth_of_a_folder_without_records_of_its_own_is_kept(tmp_path):
    """As it was written before truth had a manifest."""
    log, truth = tmp_path / "log", tmp_path / "truth"
    write_in_blocks(log, truth=truth)
    before = files(truth)
    (truth / MANIFEST).unlink()
    changed = {path: path.stat().st_mtime_ns for path in truth.glob("*.parquet")}
    write_in_blocks(log, truth=truth)
    assert files(truth) == before
    assert changed == {path: path.stat().st_mtime_ns for path in truth.glob("*.parquet")}


@pytest.mark.parametrize("name", ["part-000000.parquet", "mine.parquet"])
def test_somebody_else_s_files_are_refused_and_stay(tmp_path, name):
    (tmp_path / name).write_bytes(b"mine")
    with pytest.raises(ValueError, match=f"holds {name}, which is no part of this log. Cure: "):
        write_in_blocks(tmp_path)
    assert (tmp_path / name).read_bytes() == b"mine"


def test_a_second_run_in_the_same_folder_is_refused(tmp_path, monkeypatch):
    """Of the log's, and of the truth's, whichever they share."""
    log, truth = tmp_path / "log", tmp_path / "truth"
    seen = []

    def make_block(*args):
        for folder, other in ((log, None), (tmp_path / "new", truth), (truth, None)):
            with pytest.raises(ValueError, match="must be written by one run at a time"):
                write_in_blocks(folder, truth=other)
            seen.append(folder)
        return make(*args)

    make = partitioned.make_block
    monkeypatch.setattr(partitioned, "make_block", make_block)
    write_in_blocks(log, truth=truth)
    monkeypatch.undo()
    assert len(seen) == 3 * 5
    write_in_blocks(tmp_path / "alone", truth=tmp_path / "alone truth")
    assert files(log) == files(tmp_path / "alone")
    assert files(truth) == files(tmp_path / "alone truth")


def test_wrong_numbers_in_a_manifest_are_counted_again(tmp_path):
    right = write_in_blocks(tmp_path)
    wrong = json.loads(json.dumps(right))
    wrong["rows"] = 1
    for block in wrong["blocks"]:
        block.update(rows=7, first_user=99, users=-1)
    (tmp_path / MANIFEST).write_text(json.dumps(wrong))
    changed = {path: path.stat().st_mtime_ns for path in tmp_path.glob("*.parquet")}
    assert write_in_blocks(tmp_path) == right == json.loads((tmp_path / MANIFEST).read_text())
    assert changed == {path: path.stat().st_mtime_ns for path in tmp_path.glob("*.parquet")}


def test_a_right_checksum_of_a_wrong_file_does_not_make_it_right(tmp_path):
    """Parts that have changed places, in the folder and in the manifest."""
    right = write_in_blocks(tmp_path)
    before = files(tmp_path)
    one, other = (tmp_path / block["file"] for block in right["blocks"][:2])
    one.write_bytes(before[other.name])
    other.write_bytes(before[one.name])
    wrong = json.loads(json.dumps(right))
    first, second = wrong["blocks"][:2]
    first["sha256"], second["sha256"] = second["sha256"], first["sha256"]
    (tmp_path / MANIFEST).write_text(json.dumps(wrong))
    assert write_in_blocks(tmp_path) == right
    assert files(tmp_path) == before


@pytest.mark.parametrize("name", [MANIFEST, JOURNAL])
@pytest.mark.parametrize("content", [b"", b'{"format": 1, "sho', b"[]", b"\xff\x00", b"[" * 10**5])
def test_a_damaged_record_is_named_with_its_cure(tmp_path, name, content):
    write_in_blocks(tmp_path)
    (tmp_path / MANIFEST).unlink()
    (tmp_path / name).write_bytes(content)
    before = files(tmp_path)
    with pytest.raises(ValueError, match=f"{name} is damaged or cut short.* Cure: another folder"):
        write_in_blocks(tmp_path)
    assert files(tmp_path) == before


def test_too_many_blocks_are_refused_before_there_is_any(tmp_path):
    with pytest.raises(ValueError, match="users_per_block must be at least 1000 for 1000000000"):
        write_in_blocks(tmp_path / "log", n_users=10**9, users_per_block=1)
    assert not (tmp_path / "log").exists()


def test_the_journal_begins_whole_so_a_run_killed_in_its_first_block_goes_on(tmp_path, monkeypatch):
    class Killed(BaseException):
        pass

    def killed(*args, **options):
        raise Killed

    with monkeypatch.context() as patch:
        patch.setattr(partitioned, "make_block", killed)
        with pytest.raises(Killed):
            write_in_blocks(tmp_path)
    lines = (tmp_path / JOURNAL).read_text().splitlines()
    assert [json.loads(line)["users_per_block"] for line in lines] == [12]
    write_in_blocks(tmp_path)
    assert (tmp_path / MANIFEST).exists()


def test_threads_change_no_bit(tmp_path):
    write_in_blocks(tmp_path / "one")
    write_in_blocks(tmp_path / "three", workers=3)
    assert files(tmp_path / "one") == files(tmp_path / "three")
    with pytest.raises(ValueError, match="workers"):
        write_in_blocks(tmp_path / "none", workers=0)


def test_numpy_s_numbers_are_plain_numbers(tmp_path):
    write_in_blocks(tmp_path / "plain")
    odd = {"events_per_user": (np.int8(3), np.uint64(9)), "seed": np.int64(5)}
    write_in_blocks(tmp_path / "odd", users_per_block=np.uint8(12), **odd)
    assert files(tmp_path / "plain") == files(tmp_path / "odd")
    write_in_blocks(tmp_path / "one", events_per_user=np.int64(3))


def test_wrong_settings_make_no_folder(tmp_path):
    for wrong in ({"events_per_user": None}, {"seed": -1}, {"users_per_block": 0}):
        with pytest.raises(ValueError, match="|".join(("give either", "seed", "users_per_block"))):
            write_in_blocks(tmp_path / "log", **wrong)
    assert not (tmp_path / "log").exists()


SCRIPT = """
from tests.zooplus_sim.logs.test_partitioned import write_in_blocks
write_in_blocks({folder!r}, n_users=4_000, users_per_block=100)
"""


def test_a_driver_that_was_killed_goes_on_with_nothing_lost_and_nothing_twice(tmp_path):
    folder = tmp_path / "cut"
    driver = subprocess.Popen([sys.executable, "-c", SCRIPT.format(folder=str(folder))])
    try:
        until = time.monotonic() + 60
        while len(list(folder.glob("*.parquet"))) < 3:
            assert driver.poll() is None and time.monotonic() < until
            time.sleep(0.002)
    finally:
        driver.send_signal(signal.SIGKILL)
        driver.wait()
    assert not (folder / MANIFEST).exists()
    kept = {path: path.stat().st_mtime_ns for path in folder.glob("part-*.parquet")}
    recorded = {
        json.loads(line)["file"] for line in (folder / JOURNAL).read_text().splitlines()[1:-1]
    }
    with (folder / JOURNAL).open("a") as journal:
        journal.write('{"file": "part-0000')  # a line that was cut short
    write_in_blocks(folder, n_users=4_000, users_per_block=100)
    assert recorded and all(
        path.stat().st_mtime_ns == at for path, at in kept.items() if path.name in recorded
    )
    write_in_blocks(tmp_path / "whole", n_users=4_000, users_per_block=100)
    assert [path.name for path in sorted(folder.glob("part-*"))] == [
        f"part-{n:06}.parquet" for n in range(40)
    ]
    same(sorted(folder.glob("*.parquet")), sorted((tmp_path / "whole").glob("*.parquet")))


@pytest.fixture(scope="module")
def client():
    with (
        distributed.LocalCluster(
            2, threads_per_worker=1, host="127.0.0.1", dashboard_address=None
        ) as cluster,
        distributed.Client(cluster) as client,
    ):
        yield client


def test_two_workers_write_the_same_files_as_one_process(client, tmp_path):
    write_in_blocks(tmp_path / "here")
    with distributed.get_task_stream(client) as stream:
        write_in_blocks(tmp_path / "there", client=client, workers=2)
    assert len({task["worker"] for task in stream.data}) == 2  # both have worked
    assert files(tmp_path / "here") == files(tmp_path / "there")
    (tmp_path / "there" / "part-000001.parquet").write_bytes(b"")
    write_in_blocks(tmp_path / "there", client=client)
    assert files(tmp_path / "here") == files(tmp_path / "there")


def test_a_worker_that_was_killed_costs_nothing_but_time(client, tmp_path):
    first = next(iter(client.scheduler_info()["workers"]))
    pid = client.run(os.getpid)[first]
    folder = tmp_path / "cut"

    made = partitioned._made

    def kill_after_three(*args):
        for number, record in enumerate(made(*args)):
            if number == 3:
                os.kill(pid, signal.SIGKILL)
            yield record

    partitioned._made = kill_after_three
    try:
        write_in_blocks(folder, n_users=4_000, users_per_block=100, client=client)
    finally:
        partitioned._made = made
    write_in_blocks(tmp_path / "whole", n_users=4_000, users_per_block=100)
    assert files(folder) == files(tmp_path / "whole")
    client.wait_for_workers(2)  # its nanny has started another one


# --- The command line ---

LINE = ["--users", "50", "--events", "3-9", "--seed", "5", "--quiet"]


def test_a_name_without_a_suffix_is_a_folder_in_blocks(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    assert main([*LINE, "--out", "log", "--truth", "truth", "--catalogue", "products.csv"]) == 0
    assert main([*LINE, "--out", "small", "--users-per-block", "7"]) == 0
    assert main([*LINE, "--out", "one.parquet", "--truth", "one-truth.parquet"]) == 0
    same("log", "one.parquet")
    same(sorted(Path("small").glob("*.parquet")), "one.parquet")
    same("truth", "one-truth.parquet")
    assert len(pd.read_csv("products.csv")) == 50


def test_the_workers_of_a_scheduler_write_it(client, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    assert (
        main(
            [
                *LINE,
                "--out",
                "there",
                "--users-per-block",
                "7",
                "--scheduler",
                client.scheduler.address,
            ]
        )
        == 0
    )
    assert main([*LINE, "--out", "here", "--users-per-block", "7"]) == 0
    assert files(Path("here")) == files(Path("there"))


@pytest.mark.parametrize(
    ("line", "message"),
    [
        (["--out", "log.csv", "--scheduler", "tcp://127.0.0.1:9"], "--scheduler needs a folder"),
        (["--out", "log.csv", "--users-per-block", "9"], "--users-per-block needs a folder"),
        (["--out", "log", "--truth", "truth.csv"], "--truth must be one too"),
    ],
)
def test_what_needs_a_folder_says_so(line, message, tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    assert main([*LINE, *line]) == 2
    assert message in capsys.readouterr().err and not list(tmp_path.iterdir())
