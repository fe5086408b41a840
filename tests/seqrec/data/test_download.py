"""A download resumes, is trusted only by its checksum, and says what went wrong."""

import hashlib
import socket

import numpy as np
import pytest

from seqrec.data.download import download
from tests.seqrec.data.loopback import serving

DATA = np.random.default_rng(0).bytes(300_000)
SHA256 = hashlib.sha256(DATA).hexdigest()


def names_in(folder):
    """Of all files but the locks, which stay."""
    return [path.name for path in folder.iterdir() if not path.name.startswith(".")]


def fetch(url, path):
    return download(url, path, sha256=SHA256, progress=False)


def test_it_arrives_whole_and_is_not_fetched_again(tmp_path):
    path = tmp_path / "new" / "file.zip"
    with serving(DATA) as (url, requests):
        assert fetch(url, path) == path and path.read_bytes() == DATA
        fetch(url, path)
    assert requests == [None] and names_in(path.parent) == ["file.zip"]


@pytest.mark.parametrize("knows_ranges", [True, False])
def test_what_broke_off_is_resumed_where_the_server_can(tmp_path, knows_ranges):
    path = tmp_path / "file.zip"
    with serving(DATA, breaks_after=100_000, knows_ranges=knows_ranges) as (url, requests):
        with pytest.raises(
            OSError, match="broke off after 100,000 of 300,000 bytes. Cure: call again"
        ):
            fetch(url, path)
        assert not path.exists()
        assert fetch(url, path).read_bytes() == DATA
    assert requests == [None, 100_000]


def test_a_part_that_is_complete_is_taken_and_one_that_is_too_long_is_not(tmp_path):
    path, part = tmp_path / "file.zip", tmp_path / "file.zip.part"
    for there in (DATA, DATA + b"more"):
        path.unlink(missing_ok=True)
        part.write_bytes(there)
        with serving(DATA) as (url, _):
            assert fetch(url, path).read_bytes() == DATA


def test_a_wrong_checksum_is_refused_and_nothing_of_it_stays(tmp_path):
    with (
        serving(DATA[:-1] + b"!") as (url, _),
        pytest.raises(ValueError, match=f"expected {SHA256}.*It was deleted"),
    ):
        fetch(url, tmp_path / "file.zip")
    assert not names_in(tmp_path)


def test_a_part_of_another_file_is_found_out(tmp_path):
    (tmp_path / "file.zip.part").write_bytes(b"x" * 1000)
    with serving(DATA) as (url, _), pytest.raises(ValueError, match="damaged or another file"):
        fetch(url, tmp_path / "file.zip")
    assert not names_in(tmp_path)


def test_a_damaged_file_that_is_there_is_refused_not_replaced(tmp_path):
    path = tmp_path / "file.zip"
    path.write_bytes(DATA[:1000])
    with serving(DATA) as (url, requests), pytest.raises(ValueError, match=f"Cure: delete {path}"):
        fetch(url, path)
    assert requests == [] and path.stat().st_size == 1000


@pytest.mark.parametrize("status", [403, 404, 500])
def test_a_server_that_refuses_is_quoted(tmp_path, status):
    with (
        serving(DATA, status=status) as (url, _),
        pytest.raises(OSError, match=f"server says {status}, .*Cure: try"),
    ):
        fetch(url, tmp_path / "file.zip")
    assert not (tmp_path / "file.zip").exists()


def test_without_a_network_the_way_by_hand_is_named(tmp_path):
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    path = tmp_path / "file.zip"
    with pytest.raises(
        OSError, match=f"can't be had: .*fetch .* by other means and put it at {path}"
    ):
        fetch(f"http://127.0.0.1:{port}/file.zip", path)
