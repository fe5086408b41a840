"""Folders of models that count, changed by somebody who makes the checksums right.

What loads must answer what the original answers. Left out is what nobody can know: ids, and
settings that leave no trace in what was counted.
"""

import copy
import functools

import numpy as np

from seqrec.recommender import SequentialRecommender
from seqrec.recommender.folder import load_folder, save_folder
from tests.fuzz.fuzzing import refusal, rounds
from tests.fuzz.mutations import changed_document, changed_tensors
from tests.seqrec.recommender.shops import COUNTED, going_round, small_recommender

LOG = going_round(n_users=6, n_events=4)
NAMES = list(COUNTED)
FREE = {"values", "smoothing", "window", "decay", "n_neighbours", "l2"}


@functools.cache
def fitted(name):
    return small_recommender(name, max_len=3).fit(LOG)


def answers(model):
    pairs = model.predict(LOG["user_id"], LOG["item_id"])
    return np.append(model.score_items(LOG).reshape(-1), pairs)


def test_no_folder_that_contradicts_itself_answers_otherwise(tmp_path):
    n_refused = 0
    for number, rng in enumerate(rounds(150)):
        name = NAMES[number % len(NAMES)]
        fitted(name).save(tmp_path / name)
        tensors, document = load_folder(tmp_path / name)
        if rng.random() < 0.5:
            place, document = changed_document(rng, copy.deepcopy(document))
            if FREE & {*map(str, place)}:
                continue
        else:
            tensors = changed_tensors(rng, tensors)
        folder = tmp_path / "odd"
        save_folder(folder, tensors, document)
        found, said = refusal(lambda: answers(SequentialRecommender.load(folder)), "odd")  # noqa: B023
        n_refused += said is not None
        if said is None:
            np.testing.assert_array_equal(found, answers(fitted(name)))
    assert n_refused > 50
