"""A folder brings back the same bits, or says why not."""

import json
import os

import numpy as np
import pandas as pd
import pytest
import torch

from seqrec.recommender import SASRecConfig, SequentialRecommender
from seqrec.recommender import folder as model_files
from tests.seqrec.recommender.shops import (
    COUNTED,
    SMALL,
    going_round,
    pure_noise,
    small_recommender,
)

LOGS = {
    "text": going_round().assign(user_id=lambda log: "user " + log["user_id"].astype(str)),
    "integers": pure_noise(n_users=20, n_events=6, n_items=12).astype(
        {"item_id": "int32", "user_id": "uint16"}
    ),
    "nullable": pure_noise(n_users=20, n_events=6, n_items=12).astype(
        {"item_id": "Int64", "user_id": "Int64"}
    ),
    "datetimes": going_round().assign(
        timestamp=lambda log: pd.to_datetime(log["timestamp"], unit="D")
    ),
}


@pytest.mark.parametrize("name", SMALL | COUNTED)
@pytest.mark.parametrize("kind", LOGS)
def test_a_loaded_model_gives_the_same_bits(name, kind, tmp_path):
    log = LOGS[kind]
    model = small_recommender(name, unknown_items="refuse", positive_from=None).fit(log)
    assert model.save(tmp_path / "new" / "folder") is model
    loaded = SequentialRecommender.load(tmp_path / "new" / "folder", device="cpu")
    np.testing.assert_array_equal(loaded.score_items(log), model.score_items(log))
    np.testing.assert_array_equal(loaded.recommend(log, 3), model.recommend(log, 3))
    assert loaded.recommend(log, 3).dtype == model.recommend(log, 3).dtype
    pairs = log["user_id"], log["item_id"]
    np.testing.assert_array_equal(loaded.predict(*pairs), model.predict(*pairs))
    assert loaded.get_params() == model.get_params()
    loaded.save(tmp_path / "again")
    assert contents(tmp_path / "again") == contents(tmp_path / "new" / "folder")


def contents(folder):
    return {path.name: path.read_bytes() for path in folder.iterdir()}


def test_a_loaded_model_can_be_fitted_anew(tmp_path):
    model = small_recommender().fit(LOGS["text"])
    model.save(tmp_path)
    again = SequentialRecommender.load(tmp_path, device="cpu").fit(LOGS["text"])
    np.testing.assert_array_equal(again.score_items(LOGS["text"]), model.score_items(LOGS["text"]))


def test_settings_may_be_numbers_of_numpy_and_a_device_of_torch(tmp_path):
    config = SASRecConfig(D=np.int64(4), H=1, n_blocks=1)
    model = small_recommender(config, max_len=np.int32(3), positive_from=np.float32(1))
    model.device = torch.device("cpu")
    model.fit(LOGS["text"]).save(tmp_path)
    loaded = SequentialRecommender.load(tmp_path, device="cpu")
    np.testing.assert_array_equal(loaded.score_items(LOGS["text"]), model.score_items(LOGS["text"]))
    assert loaded.get_params() == model.get_params() | {"device": "cpu"}


def test_the_folder_holds_a_document_that_people_can_read_and_no_pickle(tmp_path):
    small_recommender(max_len=5).fit(LOGS["text"]).save(tmp_path)
    document, tensors = sorted(tmp_path.iterdir())
    said = json.loads(document.read_text())
    assert (said["kind"], said["version"]) == ("seqrec recommender", 1)
    assert said["contents"]["items"]["values"] == ["bowl", "food", "mat", "toy"]
    assert (
        said["contents"]["settings"]["model"]["class"] == "SASRecConfig"
        and said["contents"]["max_len"] == 5
    )
    assert tensors.suffix == ".safetensors"
    assert not any(
        b"\x80\x04" in path.read_bytes()[:2] or path.suffix == ".pkl" for path in tmp_path.iterdir()
    )


def test_histories_stay_at_home_if_asked(tmp_path):
    model = small_recommender().fit(LOGS["text"])
    model.save(tmp_path, with_histories=False)
    assert not any(
        b"user 1" in data or b'"histories"' in data for data in contents(tmp_path).values()
    )
    loaded = SequentialRecommender.load(tmp_path, device="cpu")
    np.testing.assert_array_equal(loaded.score_items(LOGS["text"]), model.score_items(LOGS["text"]))
    with pytest.raises(ValueError, match="saved without histories. Cure: score_items"):
        loaded.predict(["user 1"], ["mat"])
    loaded.save(tmp_path / "again")
    assert SequentialRecommender.load(tmp_path / "again", device="cpu").histories_ is None


class Killed(BaseException):
    pass


@pytest.mark.parametrize("renames", [0, 1])
def test_a_save_that_is_killed_leaves_the_old_model_whole(renames, tmp_path, monkeypatch):
    """Two files take their names, one after the other; before each of the two the process dies."""
    old, new = (
        small_recommender("SASRec").fit(LOGS["text"]),
        small_recommender("BST").fit(LOGS["text"]),
    )
    old.save(tmp_path)
    done, replace = [], os.replace

    def replace_or_die(*names):
        if len(done) == renames:
            raise Killed
        done.append(replace(*names))

    monkeypatch.setattr(os, "replace", replace_or_die)
    with pytest.raises(Killed):
        new.save(tmp_path)
    monkeypatch.undo()
    loaded = SequentialRecommender.load(tmp_path, device="cpu")
    np.testing.assert_array_equal(loaded.score_items(LOGS["text"]), old.score_items(LOGS["text"]))
    new.save(tmp_path)
    assert len(list(tmp_path.iterdir())) == 2  # what was left lying is gone
    loaded = SequentialRecommender.load(tmp_path, device="cpu")
    np.testing.assert_array_equal(loaded.score_items(LOGS["text"]), new.score_items(LOGS["text"]))


@pytest.mark.parametrize("which", [0, 1])
def test_no_flipped_byte_goes_unnoticed(which, tmp_path):
    """At 60 places of either file, and the last byte:

    an error, or (spaces of the document) the very same model.
    """
    model = small_recommender().fit(LOGS["text"])
    model.save(tmp_path)
    path = sorted(tmp_path.iterdir())[which]
    whole = path.read_bytes()
    kept = model_files.load_folder(tmp_path)[1]
    for place in [*np.linspace(0, len(whole) - 1, 60, dtype=int), len(whole) - 1]:
        path.write_bytes(whole[:place] + bytes([whole[place] ^ 1]) + whole[place + 1 :])
        try:
            _, document = model_files.load_folder(tmp_path)
        except ValueError:
            continue
        assert which == 0 and document == kept
