"""What lies in a model's folder and is no file of it: readers end, and savers go on."""

import os

import pytest

from seqrec.recommender import SequentialRecommender
from tests.project.cures_of_recommender import known


@pytest.fixture
def folder(tmp_path):
    known().save(tmp_path / "model")
    return tmp_path / "model"


@pytest.mark.parametrize("make", [os.mkfifo, os.mkdir])
def test_tensors_that_are_no_file_are_refused_and_not_waited_for(folder, make):
    (tensors,) = folder.glob("tensors-*")
    tensors.unlink()
    make(tensors)
    with pytest.raises(ValueError, match="must be a file, got a folder, a pipe or a device"):
        SequentialRecommender.load(folder)


def test_a_folder_among_the_tensors_does_not_fail_a_save_that_is_done(folder):
    (folder / "tensors-0.safetensors").mkdir()
    known().save(folder)
    SequentialRecommender.load(folder)
