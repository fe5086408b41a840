"""Archives that are bombs, locked or of another kind, and machines without a home folder."""

import io
import tracemalloc
import zipfile
from pathlib import Path

import pytest

from seqrec.data import load_movielens_1m
from seqrec.reproduce.__main__ import main
from tests.seqrec.data.small_movielens import small_files, zipped
from tests.seqrec.data.test_movielens import write

FILES = small_files()


def bomb(size):
    """A zip of some hundred kilobytes whose ratings have `size` bytes."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as archive:
        with archive.open(zipfile.ZipInfo("ml-1m/ratings.dat"), "w") as file:
            for _ in range(size // 2**20):
                file.write(b"1::1::1::1\n" * 95_325 + b"\n")
        for name in ("movies.dat", "users.dat"):
            archive.writestr("ml-1m/" + name, FILES[name])
    return buffer.getvalue()


def with_directory(data, offset, value, name=b"ml-1m/ratings.dat"):
    """The zip with other bytes in the entry of its directory, from `offset` of it on."""
    begin = data.rindex(b"PK\x01\x02", 0, data.rindex(name)) + offset
    return data[:begin] + value + data[begin + len(value) :]


def deflated(files):
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in files.items():
            archive.writestr("ml-1m/" + name, data)
    return buffer.getvalue()


def stream_damaged(data):
    """Nonsense where the packed ratings begin."""
    begin = data.index(b"ml-1m/ratings.dat") + len(b"ml-1m/ratings.dat")
    return data[:begin] + b"\xff" * 50 + data[begin + 50 :]


def twice(files):
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        for folder in ("ml-1m/", "copy/"):
            for name, data in files.items():
                archive.writestr(folder + name, data)
    return buffer.getvalue()


ARCHIVES = {
    "a bomb": (lambda: bomb(2**26), "says that ratings.dat has 67,.* bytes, up to 33,554,432"),
    "a bomb that lies": (
        lambda: with_directory(bomb(2**26), 24, (1000).to_bytes(4, "little")),
        "cut short, damaged",
    ),
    "a directory that promises more": (
        lambda: with_directory(zipped(FILES), 24, (10**7).to_bytes(4, "little")),
        "cut short, damaged",
    ),
    "locked": (
        lambda: with_directory(zipped(FILES), 8, b"\x01\x00"),
        "holds ratings.dat encrypted",
    ),
    "packed otherwise": (
        lambda: with_directory(zipped(FILES), 10, b"\x63\x00"),
        "cut short, damaged",
    ),
    "a damaged stream": (lambda: stream_damaged(deflated(FILES)), "cut short, damaged"),
    "two of each": (lambda: twice(FILES), "has 2 files ratings.dat in it"),
    "no zip": (lambda: b"PK" + bytes(500), "no zip at all"),
    "nothing": (lambda: b"", "no zip at all"),
}


@pytest.mark.parametrize("kind", ARCHIVES)
def test_an_archive_that_is_not_movielens_is_one_clear_error(tmp_path, kind):
    make, message = ARCHIVES[kind]
    (tmp_path / "ml-1m.zip").write_bytes(make())
    with pytest.raises(ValueError, match=f"ml-1m.zip .*{message}") as error:
        load_movielens_1m(tmp_path)
    assert "Cure: " in str(error.value) and len(str(error.value)) < 600


def test_a_bomb_takes_no_memory(tmp_path):
    (tmp_path / "ml-1m.zip").write_bytes(bomb(2**27))
    tracemalloc.start()
    try:
        with pytest.raises(ValueError, match="says that ratings.dat has"):
            load_movielens_1m(tmp_path)
        assert tracemalloc.get_traced_memory()[1] < 2**22
    finally:
        tracemalloc.stop()


@pytest.mark.parametrize("number", ["-5", "1_000", " 7", "9" * 30, "1e3", "٣"])
def test_a_number_that_only_python_reads_is_refused(tmp_path, number):
    ratings = FILES["ratings.dat"] + f"1::2::3::{number}\n".encode()
    with pytest.raises(ValueError, match=r"ratings.dat, line \d+: timestamp is .*whole number"):
        load_movielens_1m(write(tmp_path, FILES | {"ratings.dat": ratings}))


def test_a_file_that_is_too_large_is_not_read(tmp_path):
    write(tmp_path)
    with (tmp_path / "users.dat").open("r+b") as file:
        file.truncate(2**33)
    with pytest.raises(ValueError, match="users.dat has 8,589,934,592 bytes, up to 1,048,576"):
        load_movielens_1m(tmp_path)


def test_without_a_home_folder_the_command_names_the_variable_and_obeys_it(
    tmp_path, monkeypatch, capsys
):
    def nobody():
        raise RuntimeError("Could not determine home directory.")

    # No HOME, and no entry in the system's list of users.
    monkeypatch.setattr(Path, "home", staticmethod(nobody))
    monkeypatch.delenv("SEQREC_DATA", raising=False)
    told = told_by_the_command(capsys)
    assert "no home folder" in told and "SEQREC_DATA" in told
    (tmp_path / "ratings.dat").mkdir()
    (tmp_path / "ml-1m.zip").write_bytes(b"no zip")
    monkeypatch.setenv("SEQREC_DATA", str(tmp_path))
    assert str(tmp_path / "ml-1m.zip") in told_by_the_command(capsys)


def told_by_the_command(capsys):
    with pytest.raises(SystemExit) as stopped:
        main(["movielens-1m", "--model", "sasrec"])
    assert stopped.value.code == 2
    return capsys.readouterr().err


def test_a_home_folder_that_cannot_be_written_to_is_named_with_the_cure(tmp_path, monkeypatch):
    monkeypatch.delenv("SEQREC_DATA", raising=False)
    (tmp_path / "home").touch()
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    with pytest.raises(OSError, match="nothing can be written to .*home.*Cure: the env.*SEQREC_D"):
        load_movielens_1m()
    monkeypatch.setenv("SEQREC_DATA", str(write(tmp_path / "data")))
    assert len(load_movielens_1m().interactions)


def test_a_character_that_would_shift_the_columns_is_refused(tmp_path):
    write(tmp_path, small_files(3))
    (tmp_path / "movies.dat").write_bytes(b"101\x1f1::Film (1999)::Drama\n")
    with pytest.raises(ValueError, match=r"movies\.dat, line 1: .* control character 31"):
        load_movielens_1m(tmp_path)
