"""A checkpoint belongs to one run at a time."""

import errno
from concurrent.futures import ThreadPoolExecutor

import filelock
import pytest

from seqrec.training import files, load_checkpoint
from seqrec.training.files import one_writer, write_whole
from tests.seqrec.training.toys import assert_same_weights, trained


def test_a_second_run_on_the_same_checkpoint_is_refused_and_the_first_one_is_not_disturbed(
    tmp_path,
):
    path = tmp_path / "run"

    def start_another(report):
        with (
            ThreadPoolExecutor(1) as elsewhere,
            pytest.raises(ValueError, match="run is being written by another process. Cure: "),
        ):
            elsewhere.submit(trained, checkpoint=path).result()

    network, _ = trained(checkpoint=path, checkpoint_every=3, callbacks=[start_another])
    assert_same_weights(network, trained()[0])
    assert [file.name for file in tmp_path.iterdir()] == ["run"]
    trained(checkpoint=path)


def test_a_lock_file_that_was_left_behind_is_nobodys(tmp_path):
    (tmp_path / ".run.lock").touch()
    trained(checkpoint=tmp_path / "run")
    assert load_checkpoint(tmp_path / "run")


def test_what_killed_saves_left_is_cleared_and_nothing_else(tmp_path):
    left = ["run.partial", "run.0123456789abcdef.partial"]
    others = ["other.0123456789abcdef.partial", "run.mine.partial", "running.partial"]
    for name in left + others:
        (tmp_path / name).touch()
    trained(checkpoint=tmp_path / "run")
    assert sorted(file.name for file in tmp_path.iterdir()) == sorted([*others, "run"])


def test_writers_at_once_have_files_of_their_own(tmp_path):
    path = tmp_path / "file"
    texts = [bytes([letter]) * 100_000 for letter in b"abcdefgh"]
    with ThreadPoolExecutor(8) as threads:
        for _ in threads.map(lambda text: write_whole(path, text), texts * 5):
            assert path.read_bytes() in texts
    assert list(tmp_path.iterdir()) == [path]


@pytest.mark.parametrize("number", [errno.EACCES, errno.EROFS])
def test_where_nothing_can_be_written_a_finished_run_can_be_read(tmp_path, monkeypatch, number):
    path = tmp_path / "run"
    network, _ = trained(checkpoint=path)

    def refused(*_, **__):
        raise OSError(number, "not here")

    monkeypatch.setattr(filelock.FileLock, "acquire", refused)
    assert_same_weights(trained(checkpoint=path, seed=3)[0], network)


def test_the_same_thread_may_save_what_it_has(tmp_path):
    with one_writer(tmp_path / "run"), one_writer(tmp_path / "run", wait=0):
        assert files.lock_file(tmp_path / "run").exists()
    assert not list(tmp_path.iterdir())
