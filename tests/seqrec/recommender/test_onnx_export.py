"""An ONNX file gives the scores of the recommender, whatever the batch and its histories."""

import json
from importlib.util import find_spec

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from seqrec.recommender import export_onnx
from seqrec.recommender import onnx_export as module
from tests.seqrec.recommender.shops import (
    COUNTED,
    MIXED,
    SMALL,
    described,
    pure_noise,
    small_recommender,
)

onnxruntime = pytest.importorskip("onnxruntime")
N_ITEMS = 12
MAX_LEN = 5
CAN = ("SASRec", "BERT4Rec", "BST", "MeanPoolBST", "SASRec with content")


def fitted(name, max_len=MAX_LEN):
    log = pure_noise(30, 8, N_ITEMS)
    items = described(list(range(1, N_ITEMS + 1))) if "content" in name else None
    return small_recommender(name, max_len=max_len).fit(log, items=items)


@pytest.fixture(scope="module")
def exported(tmp_path_factory):
    """By name: a model, and its session. Each is made once."""
    made = {}

    def get(name):
        if name not in made:
            model = fitted(name)
            path = export_onnx(model, tmp_path_factory.mktemp("onnx") / "model.onnx")
            made[name] = model, onnxruntime.InferenceSession(path)
        return made[name]

    return get


def scores_of(session, histories):
    return session.run(None, {"histories": histories})[0]


@st.composite
def histories(draw):
    """(B, L) of 1 to 9 histories, padded on the left, some of them empty."""
    L = draw(st.integers(1, MAX_LEN))
    rows = draw(st.lists(st.lists(st.integers(1, N_ITEMS), max_size=L), min_size=1, max_size=9))
    return np.array([[0] * (L - len(row)) + row for row in rows], np.int64)


@pytest.mark.parametrize("name", CAN)
@settings(max_examples=40)
@given(batch=histories())
def test_the_file_gives_the_scores_of_the_recommender(exported, name, batch):
    model, session = exported(name)
    np.testing.assert_allclose(
        scores_of(session, batch), model.scorer_(batch).numpy(), atol=1e-5, rtol=0
    )


@pytest.mark.parametrize("name", CAN[:3])
def test_large_batches_of_uneven_rows_too(exported, name):
    """Those that the network itself would compute in groups."""
    model, session = exported(name)
    rng = np.random.default_rng(0)
    batch = rng.integers(1, N_ITEMS + 1, (8000, MAX_LEN))
    batch[np.arange(MAX_LEN) < rng.integers(0, MAX_LEN + 1, (8000, 1))] = 0
    np.testing.assert_allclose(
        scores_of(session, batch), model.scorer_(batch).numpy(), atol=1e-5, rtol=0
    )


def test_more_padding_changes_no_score(exported):
    _, session = exported("SASRec")
    short = np.array([[3, 7]])
    long = np.array([[0, 0, 0, 3, 7]])
    np.testing.assert_allclose(scores_of(session, short), scores_of(session, long), atol=1e-6)


def test_the_file_says_which_item_a_column_is(exported):
    model, session = exported("BERT4Rec")
    said = session.get_modelmeta().custom_metadata_map
    assert json.loads(said["item_ids"]) == model.item_index_.item_ids_.tolist()
    assert (said["max_len"], said["model"]) == ("5", "BERT4RecConfig")
    with pytest.raises(onnxruntime.capi.onnxruntime_pybind11_state.Fail):
        # Five clicks are all that it reads.
        scores_of(session, np.ones((1, MAX_LEN + 1), np.int64))


def test_a_model_that_reads_one_click_can_be_exported(tmp_path):
    model = fitted("SASRec", max_len=1)
    session = onnxruntime.InferenceSession(export_onnx(model, tmp_path / "model.onnx"))
    batch = np.arange(N_ITEMS + 1)[:, None]
    np.testing.assert_allclose(scores_of(session, batch), model.scorer_(batch).numpy(), atol=1e-5)


def test_the_recommender_is_left_as_it_was(exported):
    model, _ = exported("BST")
    again = fitted("BST")
    batch = np.array([[0, 1, 2, 3, 4]])
    np.testing.assert_array_equal(model.scorer_(batch).numpy(), again.scorer_(batch).numpy())
    assert model.network_.training == again.network_.training


@pytest.mark.parametrize("name", sorted((SMALL | COUNTED | MIXED).keys() - set(CAN)))
def test_other_models_are_refused_with_the_reason(tmp_path, name):
    if name in ("GPT-2", "XLNet") and not find_spec("transformers"):
        pytest.skip("needs transformers")
    with pytest.raises(ValueError, match="has no ONNX export. Cure: one of these models"):
        export_onnx(fitted(name), tmp_path / "model.onnx")
    assert not list(tmp_path.iterdir())


def test_without_the_extra_the_cure_is_told(tmp_path, monkeypatch):
    monkeypatch.setattr(module, "find_spec", lambda name: None)
    with pytest.raises(ModuleNotFoundError, match=r"zooplus-course\[onnx\]"):
        export_onnx(fitted("SASRec"), tmp_path / "model.onnx")


def test_what_has_not_learned_is_refused(tmp_path):
    with pytest.raises(RuntimeError, match="call fit"):
        export_onnx(small_recommender("SASRec"), tmp_path / "model.onnx")
