"""Several processes save into one folder, others read it, some are killed: it is always whole."""

import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pytest

from seqrec.recommender import SequentialRecommender
from seqrec.recommender import folder as model_files
from seqrec.recommender.folder import DOCUMENT, load_folder, save_folder
from seqrec.training import files
from seqrec.training.files import lock_file, one_writer
from tests.seqrec.recommender.savers import LOG, N_SAVES, model_of

ROOT = Path(__file__).resolve().parents[3]
pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="kill -9 and fork are of POSIX")


def report(task, folder):
    """What `savers` prints; it has to end well."""
    command = [sys.executable, "-m", "tests.seqrec.recommender.savers", task, folder]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr[-3000:]
    return done.stdout.split()


def scores(model):
    return model.score_items(LOG)


def test_two_savers_and_two_readers_at_once_leave_a_whole_model(tmp_path):
    folder = tmp_path / "model"
    assert report("together", folder) == ["ok"] * 4
    loaded = scores(SequentialRecommender.load(folder, device="cpu"))
    assert any(
        np.array_equal(loaded, scores(model_of(saver, save)))
        for saver in range(2)
        for save in range(N_SAVES)
    )
    assert len(list(folder.glob("tensors-*"))) == 1
    assert len(list(folder.iterdir())) == 2


def test_a_saver_that_is_killed_at_any_moment_leaves_the_old_model_or_the_new_one(tmp_path):
    folder = tmp_path / "model"
    model_of(0, 0).save(folder)
    moments = report("killed", folder)
    assert len(moments) >= 10
    old, new = scores(model_of(0, 0)), scores(model_of(1, 0))
    for moment in moments:
        left = tmp_path / moment
        found = scores(SequentialRecommender.load(left, device="cpu"))
        assert np.array_equal(found, old) or np.array_equal(found, new)
        # The lock of a dead process is nobody's, and what it left is cleared.
        model_of(1, 0).save(left)
        assert np.array_equal(scores(SequentialRecommender.load(left, device="cpu")), new)
        assert len(list(left.iterdir())) == 2


def test_a_reader_that_is_overtaken_reads_the_document_again(tmp_path, monkeypatch):
    first, second = model_of(0, 0), model_of(1, 0)
    first.save(tmp_path)
    read_tensors = model_files._read_tensors
    overtaken = []

    def late(folder, digest):
        if not overtaken:
            overtaken.append(second.save(tmp_path))
        return read_tensors(folder, digest)

    monkeypatch.setattr(model_files, "_read_tensors", late)
    loaded = SequentialRecommender.load(tmp_path, device="cpu")
    assert overtaken and np.array_equal(scores(loaded), scores(second))


def test_tensors_that_are_gone_for_good_are_missed_after_one_more_look(tmp_path):
    model_of(0, 0).save(tmp_path)
    next(tmp_path.glob("tensors-*")).unlink()
    with pytest.raises(ValueError, match="is missing, which recommender.json asks for. Cure: "):
        load_folder(tmp_path)


def test_a_reader_needs_no_lock_and_a_saver_waits_for_one(tmp_path, monkeypatch):
    model_of(0, 0).save(tmp_path)
    monkeypatch.setattr(files, "WAIT", 0)
    other = model_of(1, 0)
    with one_writer(tmp_path / DOCUMENT), ThreadPoolExecutor(1) as elsewhere:
        assert lock_file(tmp_path / DOCUMENT).exists()
        SequentialRecommender.load(tmp_path, device="cpu")
        with pytest.raises(ValueError, match="is being written by another process. Cure: "):
            elsewhere.submit(other.save, tmp_path).result()
    other.save(tmp_path)


def test_a_folder_that_nobody_may_write_to_can_be_read(tmp_path, monkeypatch):
    """As superuser a test can't take the right away: writing and locking are what must not be."""
    model_of(0, 0).save(tmp_path)

    def never(*_, **__):
        raise AssertionError("a reader writes")

    for name in ("write_whole", "one_writer", "clear_leftovers"):
        monkeypatch.setattr(model_files, name, never)
    SequentialRecommender.load(tmp_path, device="cpu")


def test_a_model_with_two_names_for_one_tensor_is_saved(tmp_path):
    tensor = model_of(0, 0).scorer_.popularity
    save_folder(tmp_path, {"a": tensor, "b": tensor}, {})
    assert set(load_folder(tmp_path)[0]) == {"a", "b"}
