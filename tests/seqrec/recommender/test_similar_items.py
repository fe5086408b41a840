"""The neighbours of an item are those whose vectors point the same way."""

import numpy as np
import pytest
import torch

from tests.seqrec.recommender.shops import (
    READING,
    SMALL,
    described,
    going_round,
    pure_noise,
    small_recommender,
)

LOG = pure_noise(n_users=12, n_events=6, n_items=8)
WITH_VECTORS = [name for name in SMALL if name not in ("BST", "MeanPoolBST", "XLNet")]


def plain(model, item, top_k):
    """[(neighbour, cosine)] of one item, best first, by loops."""
    vectors = dict(
        zip(model.item_index_.item_ids_, model.network_.item_vectors.detach().numpy(), strict=True)
    )
    cosines = {}
    for other, vector in vectors.items():
        lengths = np.linalg.norm(vectors[item]) * np.linalg.norm(vector)
        cosines[other] = float(vectors[item] @ vector / lengths)
    del cosines[item]
    return sorted(cosines.items(), key=lambda pair: -pair[1])[:top_k]


@pytest.mark.parametrize("name", [*WITH_VECTORS, "SASRec with content"])
def test_they_are_the_largest_cosines_of_all_other_items(name):
    model = small_recommender(name).fit(LOG, items=described(range(1, 9)))
    asked = [5, 1, 5]
    frame = model.similar_items(asked, top_k=3)
    assert list(frame) == ["item_id", "rank", "similar_id", "cosine"]
    assert frame["item_id"].tolist() == [5] * 3 + [1] * 3 + [5] * 3
    assert frame["rank"].tolist() == [1, 2, 3] * 3
    expected = [pair for item in asked for pair in plain(model, item, 3)]
    assert frame["similar_id"].tolist() == [item for item, _ in expected]
    np.testing.assert_allclose(frame["cosine"], [cosine for _, cosine in expected], atol=1e-5)
    assert set(model.similar_items([2], top_k=7)["similar_id"]) == set(range(1, 9)) - {2}


def test_an_item_is_no_neighbour_of_itself_where_others_have_its_vector():
    model = small_recommender().fit(LOG)
    with torch.no_grad():
        model.network_.encoder.item.weight[1:] = 1.0
    for item in range(1, 9):
        near = model.similar_items([item], top_k=3)
        assert item not in near["similar_id"].tolist() and near["similar_id"].is_unique
        np.testing.assert_allclose(near["cosine"], 1, atol=1e-5)


def test_a_new_product_has_neighbours_too():
    model = small_recommender("SASRec with content").fit(LOG, items=described(range(1, 9)))
    model.add_items(described([20]))
    assert model.similar_items([20], 8)["similar_id"].isin(range(1, 9)).all()


@pytest.mark.parametrize("name", sorted(set(SMALL) & {"BST", "MeanPoolBST"}))
def test_a_model_without_such_vectors_says_so(name):
    with pytest.raises(ValueError, match=f"{name} has none.*Cure: a model such as SASRecConfig"):
        small_recommender(name).fit(LOG).similar_items([1])


@pytest.mark.parametrize(
    ("items", "top_k", "message"),
    [
        ([99], 3, "99 is not among the 4 items|holds integers"),
        (["eel"], 3, "'eel' is not among the 4 items"),
        (["mat"], 4, "top_k must be a whole number from 1 to 3, got 4"),
        (["mat"], 0, "top_k must be a whole number from 1 to 3, got 0"),
        ([None], 1, "missing value"),
    ],
)
def test_what_has_no_neighbours_is_refused(items, top_k, message):
    model = small_recommender().fit(going_round(n_users=5))
    with pytest.raises(ValueError, match=message):
        model.similar_items(items, top_k)
    assert len(model.similar_items([], 2)) == 0
    with pytest.raises(TypeError, match="must be a list"):
        model.similar_items("mat", 2)


def test_every_model_is_asked_here():
    assert set(READING) >= {f"{name} with content" for name in WITH_VECTORS}
