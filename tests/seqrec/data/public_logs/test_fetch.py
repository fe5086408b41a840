"""Public logs from the web: from their makers, with their makers' checksum, or not at all."""

import hashlib

import pytest

from seqrec.data import download_public_log, load_public_log
from seqrec.data.download import download
from seqrec.data.public_logs import fetch
from seqrec.data.public_logs.format import SEE_THE_PAGE
from seqrec.data.public_logs.formats import NAMED
from tests.seqrec.data.loopback import serving
from tests.seqrec.data.public_logs.test_formats import same, zipped
from tests.seqrec.data.public_logs.written import WRITTEN, rows_of

DATA = zipped(["ml-100k/u.data"], WRITTEN["movielens-100k"].text().encode())
MD5 = hashlib.md5(DATA).hexdigest()


def test_a_log_is_fetched_once_with_its_licence_and_can_be_loaded(tmp_path, monkeypatch, capsys):
    monkeypatch.setenv("SEQREC_DATA", str(tmp_path / "data"))
    with serving(DATA) as (url, requests):
        archive = fetch.Archive(url, MD5, "for research")
        monkeypatch.setitem(fetch.ARCHIVES, "movielens-100k", archive)
        path = download_public_log("movielens-100k", progress=False)
        assert download_public_log("movielens-100k", progress=False) == path
    assert requests == [None] and path.parent == tmp_path / "data"
    assert "for research" in capsys.readouterr().out
    assert same(load_public_log(path), rows_of("movielens-100k"))


def test_another_file_than_its_makers_have_is_deleted_and_refused(tmp_path, monkeypatch):
    with serving(DATA) as (url, _):
        archive = fetch.Archive(url, "0" * 32, "")
        monkeypatch.setitem(fetch.ARCHIVES, "movielens-100k", archive)
        with pytest.raises(ValueError, match=f"has the MD5 {MD5}, expected 0000"):
            download_public_log("movielens-100k", tmp_path, progress=False)
    assert not [path for path in tmp_path.iterdir() if not path.name.endswith(".lock")]


def test_every_archive_is_at_its_makers_address_and_has_a_format():
    for name, archive in fetch.ARCHIVES.items():
        assert archive.url.startswith("https://files.grouplens.org/datasets/movielens/ml-")
        assert len(archive.md5) == 32 and int(archive.md5, 16)
        assert name.startswith("movielens-") and archive.licence


def test_only_licences_whose_text_was_looked_up_are_claimed():
    claimed = {name for name, format in NAMED.items() if format.licence != SEE_THE_PAGE}
    looked_up = {"yoochoose-clicks", "yoochoose-buys", "lastfm-1k", "user-item"}
    assert claimed == looked_up | {name for name in NAMED if name.startswith("movielens-")}


@pytest.mark.parametrize("name", [each for each in NAMED if not each.startswith("movielens-")])
def test_of_other_logs_the_address_and_the_licence_are_said(name, tmp_path):
    with pytest.raises(ValueError) as error:
        download_public_log(name, tmp_path)
    said = str(error.value)
    assert NAMED[name].address in said and NAMED[name].licence in said and len(said) <= 600


@pytest.mark.parametrize("name", ["ml-1m", "movielens-csv", "x" * 999, None, 7, ["movielens-1m"]])
def test_a_name_that_is_none_is_refused(name, tmp_path):
    with pytest.raises(ValueError, match="name must be one of movielens-100k") as error:
        download_public_log(name, tmp_path)
    assert len(str(error.value)) <= 600


def test_a_folder_that_can_not_be_written_is_named(tmp_path):
    taken = tmp_path / "file"
    taken.touch()
    with pytest.raises(OSError, match="nothing can be written to .*SEQREC_DATA"):
        download_public_log("movielens-100k", taken)


def test_a_download_has_one_checksum(tmp_path):
    for checksums in ({}, {"sha256": "0" * 64, "md5": "0" * 32}):
        with pytest.raises(ValueError, match="must get one checksum"):
            download("http://127.0.0.1:1/x", tmp_path / "x", **checksums)
