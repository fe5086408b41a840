"""Columns of numbers and of ready-made vectors: standardised on training's products, and holes."""

import json

import numpy as np
import pandas as pd
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from seqrec.items import Content, FeatureTable, Number, Vectors
from seqrec.recommender import SASRecConfig, SequentialRecommender
from tests.seqrec.recommender.shops import going_round, small_recommender

VECTORS = st.integers(1, 4).flatmap(
    lambda W: st.lists(
        st.lists(st.floats(-1e3, 1e3, width=32), min_size=W, max_size=W), min_size=2, max_size=6
    )
)
HOLES = (None, float("nan"), pd.NA, pd.NaT)


def shop(**columns):
    return pd.DataFrame({name: pd.Series(list(cells)) for name, cells in columns.items()})


def fitted(kind, known, unknown="refuse"):
    return FeatureTable([kind], unknown=unknown).fit(shop(x=known))


@settings(max_examples=40)
@given(known=VECTORS, new=st.integers(0, 99))
def test_a_vector_is_standardised_place_by_place_on_the_products_of_training(known, new):
    table = fitted(Vectors("x"), known)
    values = np.array(known)
    asked = values + np.random.default_rng(new).normal(size=values.shape)
    plain = np.zeros(values.shape)
    for place, column in enumerate(values.T):
        if np.ptp(column) > 1e-9 * abs(column).max():
            plain[:, place] = (asked[:, place] - column.mean()) / column.std()
    matrix = table.transform(shop(x=asked))
    assert matrix.dtype == np.float32 and np.isfinite(matrix).all()
    varies = plain.any(axis=0)
    np.testing.assert_allclose(matrix[:, varies], plain[:, varies], rtol=1e-5, atol=1e-5)
    assert table.names_ == [f"x[{place}]" for place in range(values.shape[1])]


@pytest.mark.parametrize(
    "as_cell",
    [
        tuple,
        np.array,
        lambda cell: np.array(cell, np.float16),
        lambda cell: np.array(cell, np.int8),
        torch.tensor,
        lambda cell: torch.tensor(cell, dtype=torch.bfloat16),
        lambda cell: torch.tensor(cell, dtype=torch.float32, requires_grad=True),
    ],
)
def test_whatever_holds_the_same_numbers_is_the_same_vector(as_cell):
    cells = [[1, 2], [3, 5], [8, 9]]
    expected = fitted(Vectors("x"), cells).transform(shop(x=cells))
    others = [as_cell(cell) for cell in cells]
    np.testing.assert_array_equal(fitted(Vectors("x"), others).transform(shop(x=others)), expected)


def test_a_place_that_never_varies_says_nothing_of_anybody():
    table = fitted(Vectors("x"), [[0.1, 1], [0.1, 3]])
    np.testing.assert_array_equal(table.transform(shop(x=[[7.0, 3]])), [[0, 1]])


@pytest.mark.parametrize(
    ("cells", "error", "says"),
    [
        ([[1, 2], [1, 2, 3]], ValueError, "row 1: the vector must hold 2 numbers, got 3"),
        ([[1, 2], 7], TypeError, "row 1: 7 is no vector of numbers"),
        ([[1, 2], "[1, 2]"], TypeError, r"row 1: '\[1, 2\]' is no vector.*json.loads"),
        ([[1, 2], [1, "2"]], TypeError, "row 1: .* is no vector of numbers"),
        ([[1, 2], [True, False]], TypeError, "row 1: .* is no vector of numbers"),
        ([[1, 2], [1, None]], TypeError, "row 1: .* is no vector of numbers"),
        ([[1, 2], [[1], [2]]], TypeError, "row 1: .* is no vector of numbers"),
        ([[1, 2], [[1], [2, 3]]], TypeError, "row 1: .* is no vector of numbers"),
        ([[1, 2], [1j, 2]], TypeError, "row 1: .* is no vector of numbers"),
        ([[1, 2], []], TypeError, "row 1: .* is no vector of numbers"),
        ([[1, 2], torch.tensor([True, False])], TypeError, "row 1: .* is no vector"),
        ([[1, 2], [1, float("nan")]], ValueError, "row 1: place 1 must be finite, got nan"),
        ([[1, 2], [float("inf"), 1]], ValueError, "row 1: place 0 must be finite, got inf"),
    ],
)
@pytest.mark.parametrize("unknown", ["refuse", "zero"])
def test_what_is_no_vector_is_refused_by_row_and_reason(cells, error, says, unknown):
    with pytest.raises(error, match=f"column 'x', {says}"):
        fitted(Vectors("x"), cells, unknown)
    with pytest.raises(error, match=f"column 'x', {says}"):
        fitted(Vectors("x"), [[1, 2], [3, 4]], unknown).transform(shop(x=cells))


def test_vectors_of_another_length_than_in_training_are_refused():
    table = fitted(Vectors("x"), [[1, 2, 3]])
    with pytest.raises(ValueError, match="row 0: the vector must hold 3 numbers, got 2"):
        table.transform(shop(x=[[1, 2], [3, 4]]))


@pytest.mark.parametrize("hole", HOLES)
def test_a_missing_vector_is_refused_or_zeros_with_a_warning_and_moves_no_mean(hole):
    known = [[1.0, 2.0], [3.0, 8.0]]
    with pytest.raises(ValueError, match="column 'x', row 2: it is missing"):
        fitted(Vectors("x"), [*known, hole])
    with pytest.warns(UserWarning, match="1 of 3 products"):
        matrix = fitted(Vectors("x"), [*known, hole], "zero").transform(shop(x=[*known, hole]))
    np.testing.assert_array_equal(matrix, [[-1, -1], [1, 1], [0, 0]])


def test_a_column_of_holes_alone_is_refused():
    with pytest.raises(ValueError, match="column 'x' has no vector at all. Cure: leave it out"):
        fitted(Vectors("x"), [None, None], "zero")


@pytest.mark.parametrize("hole", HOLES)
@pytest.mark.parametrize("unknown", ["refuse", "zero"])
@pytest.mark.parametrize("log", [False, True])
def test_a_missing_number_is_the_mean_of_those_that_training_had_if_asked_for(
    hole, unknown, log, recwarn
):
    known = [1.0, 100.0, hole]
    table = fitted(Number("x", log=log, missing="mean"), known, unknown)
    np.testing.assert_allclose(table.transform(shop(x=known))[:, 0], [-1, 1, 0], atol=1e-6)
    assert not recwarn.list


@settings(max_examples=30)
@given(
    known=st.lists(st.one_of(st.none(), st.floats(0.1, 100)), min_size=2, max_size=6),
    filling=st.floats(0.1, 100),
    log=st.booleans(),
)
def test_a_stated_filling_is_as_if_the_catalogue_said_so(known, filling, log):
    filled = [filling if cell is None else cell for cell in known]
    table = fitted(Number("x", log=log, missing=filling), known)
    same = fitted(Number("x", log=log), filled)
    np.testing.assert_array_equal(table.transform(shop(x=known)), same.transform(shop(x=filled)))


@pytest.mark.parametrize("missing", ["median", None, True, float("nan"), float("inf"), [0.0]])
def test_a_filling_that_makes_no_sense_is_refused(missing):
    with pytest.raises(ValueError, match=r"missing of Number\('x'\) must be 'refuse', 'mean' or"):
        Number("x", missing=missing)


def test_a_filling_without_a_logarithm_is_refused():
    with pytest.raises(ValueError, match="'mean' or a positive number, got 0"):
        Number("x", log=True, missing=0)


@pytest.mark.parametrize("missing", ["refuse", "mean", 3, np.float32(0.5)])
def test_both_kinds_come_back_from_json_with_the_same_bits(missing):
    columns = [Number("price", missing=missing), Vectors("x")]
    catalogue = shop(price=[1.0, 2.0, 5.0], x=np.array([[0.1, 2], [0.3, 4], [7, 8.5]], np.float32))
    table = FeatureTable(columns).fit(catalogue)
    again = FeatureTable.from_document(json.loads(json.dumps(table.to_document())))
    np.testing.assert_array_equal(again.transform(catalogue), table.transform(catalogue))
    assert again.columns == columns


def test_a_number_that_was_saved_before_there_were_fillings_is_refused_its_holes_as_before():
    document = FeatureTable([Number("x")]).fit(shop(x=[1.0, 2.0])).to_document()
    del document["columns"][0]["missing"]
    assert FeatureTable.from_document(document).columns == [Number("x")]


def test_a_recommender_reads_vectors_and_fillings_and_is_the_same_once_loaded(tmp_path):
    log = going_round()
    ids = sorted(log["item_id"].unique())
    rng = np.random.default_rng(0)
    catalogue = pd.DataFrame({"item_id": [*ids, "new"]})
    catalogue["picture"] = list(rng.normal(size=(len(catalogue), 5)))
    catalogue["price"] = [None, *rng.normal(size=len(ids))]
    content = Content(columns=[Vectors("picture"), Number("price", missing="mean")])
    model = small_recommender(SASRecConfig(D=8, H=1, n_blocks=1, content=content), epochs=2)
    model.fit(log, items=catalogue)
    model.save(tmp_path / "model")
    again = SequentialRecommender.load(tmp_path / "model")
    np.testing.assert_array_equal(model.score_items(log), again.score_items(log))
    assert again.features_.columns == list(content.columns)
    later = catalogue.iloc[-1:].assign(item_id="later", price=None)
    np.testing.assert_array_equal(
        model.add_items(later).score_items(log), again.add_items(later).score_items(log)
    )
