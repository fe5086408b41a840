"""Model folders that met with an accident, or with somebody who makes the checksums right.

What loads must predict what the original predicts. By rule left out, because nobody can know: ids,
values of weights, and settings that leave no trace in the shape of a tensor.
"""

import copy
import functools
import shutil

import numpy as np
import pytest

from seqrec.recommender import SequentialRecommender
from seqrec.recommender.folder import DOCUMENT, load_folder, save_folder
from tests.fuzz.fuzzing import refusal, rounds
from tests.fuzz.mutations import accident, changed_document, changed_tensors
from tests.seqrec.recommender.shops import SMALL, described, going_round, small_recommender

LOG = going_round(n_users=6, n_events=4)
NAMES = ["SASRec", "SASRec with content", "BST", "SRGNN"] + ["GPT-2"] * ("GPT-2" in SMALL)
# Entries without a trace in a tensor's shape: heads, rounds, ids.
FREE = {"H", "n_steps", "values"}


@functools.cache
def fitted(name):
    items = described(LOG["item_id"]) if "content" in name else None
    return small_recommender(name, max_len=3).fit(LOG, items=items)


def answers(model):
    pairs = model.predict(LOG["user_id"], LOG["item_id"])
    return np.append(model.score_items(LOG).reshape(-1), pairs)


@pytest.fixture(scope="module")
def saved(tmp_path_factory):
    """{name: (folder, what the model answers)}."""
    folder = tmp_path_factory.mktemp("saved")
    return {name: (folder / name, answers(fitted(name).save(folder / name))) for name in NAMES}


def refused(folder, expected):
    """Why the folder is refused; None if it answers as before. AssertionError for other answers."""
    found, said = refusal(lambda: answers(SequentialRecommender.load(folder, device="cpu")), "odd")
    if said is None:
        np.testing.assert_array_equal(found, expected)
    return said


def test_no_accident_is_taken_for_a_model(saved, tmp_path):
    folder = tmp_path / "odd"
    original, expected = saved["SASRec"]
    other = saved["BST"][0]
    for rng in rounds(500):
        shutil.copytree(original, folder, dirs_exist_ok=True)
        document, tensors = sorted(folder.iterdir())
        path = (document, tensors)[int(rng.integers(2))]
        match int(rng.integers(12)):
            case 0:
                path.unlink()
            case 1:
                document.rename(folder / "a")
                tensors.rename(document)
                (folder / "a").rename(tensors)
            case 2:
                tensors.write_bytes(next(other.glob("tensors*")).read_bytes())
            case 3:
                document.write_bytes((other / DOCUMENT).read_bytes())
            case _:
                path.write_bytes(accident(rng, path.read_bytes()))
        refused(folder, expected)
        shutil.rmtree(folder)


def test_no_folder_that_contradicts_itself_answers_otherwise(saved, tmp_path):
    n_refused = 0
    for number, rng in enumerate(rounds(150)):
        original, expected = saved[NAMES[number % len(NAMES)]]
        tensors, document = load_folder(original)
        if number % 3:
            place, document = changed_document(rng, copy.deepcopy(document))
            if FREE & {*map(str, place)}:
                continue
        else:
            tensors = changed_tensors(rng, tensors)
        save_folder(tmp_path / "odd", tensors, document)
        n_refused += refused(tmp_path / "odd", expected) is not None
    assert n_refused > 50
