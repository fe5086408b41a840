"""What can't be written is told with its name, and a name that is none is refused."""

import errno
import os

import pytest

from seqrec.training.files import write_whole
from tests.seqrec.training.toys import trained


def full(*args):
    raise OSError(errno.ENOSPC, "No space left on device")


def test_a_full_disk_is_told_with_the_name_and_leaves_the_old_file(tmp_path, monkeypatch):
    path = tmp_path / "model"
    write_whole(path, b"old")
    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(OSError, match="No space left") as caught:
        write_whole(path, b"new")
    assert caught.value.filename == str(path) and caught.value.errno == errno.ENOSPC
    assert path.read_bytes() == b"old" and list(tmp_path.iterdir()) == [path]


def test_an_empty_name_is_no_checkpoint(tmp_path, monkeypatch):
    """It was taken for none: a run of a day would have left nothing to go on from."""
    monkeypatch.chdir(tmp_path)
    with pytest.raises(ValueError, match="checkpoint must be the path of a file, got ''"):
        trained(checkpoint="")


def test_nobody_is_told_to_delete_a_folder(tmp_path):
    with pytest.raises(ValueError, match="is not a file. Cure: the path of one"):
        trained(checkpoint=tmp_path)
