"""A recommender that reads content:

products that nobody clicked, products that come later, and what is refused.
"""

import json
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
import torch

from seqrec.data import leave_last_two_out
from seqrec.items import Content, Labels, Number, Words
from seqrec.recommender import SASRecConfig, SequentialRecommender
from tests.seqrec.recommender.shops import (
    CONTENT,
    READING,
    SMALL,
    described,
    going_round,
    small_recommender,
)

LOG = going_round()
SHOP = pd.DataFrame(
    {
        "item_id": ["bowl", "food", "mat", "toy", "kibble", "rug"],
        "kind": ["a", "b", "c", "d", "b", "c"],
        "price": [4.0, 2.0, 8.0, 3.0, 2.0, 8.0],
        "name": ["tin", "good", "soft", "fun", "good", "soft"],
    }
)
FOLLOWS = {"bowl": ("food", "kibble"), "food": ("mat", "rug"), "mat": ("toy",), "toy": ("bowl",)}


def fitted(name="SASRec with content", items=SHOP, epochs=15, learning_rate=0.03, **settings):
    model = small_recommender(name, epochs=epochs, learning_rate=learning_rate, **settings)
    return model.fit(LOG, items=items)


@pytest.mark.parametrize("name", READING)
def test_a_product_that_nobody_clicked_is_ranked_with_the_one_that_it_is_like(name):
    """Kibble is food in all but id, a rug a mat:

    whoever comes from the bowl gets both foods before all else.
    """
    model = fitted(name, epochs=60, learning_rate=0.01)
    last = LOG.sort_values("timestamp").groupby("user_id")["item_id"].last()
    for user, items in zip(
        LOG["user_id"].unique(), model.recommend(LOG, top_k=2).tolist(), strict=True
    ):
        expected = FOLLOWS[last[user]]
        assert set(items[: len(expected)]) == set(expected)


@pytest.mark.parametrize("name", READING)
def test_a_catalogue_known_beforehand_and_products_added_later_give_the_same_bits(name):
    at_once, later = fitted(name, epochs=2), fitted(name, SHOP.iloc[:4], epochs=2)
    before, networks = later.score_items(LOG), later.network_
    assert later.add_items(SHOP.iloc[5:]).add_items(SHOP.iloc[4:5]) is later
    np.testing.assert_array_equal(later.score_items(LOG), at_once.score_items(LOG))
    assert later.item_index_.item_ids_.tolist() == sorted(SHOP["item_id"])
    pairs = LOG["user_id"], LOG["item_id"]
    np.testing.assert_array_equal(later.predict(*pairs), at_once.predict(*pairs))
    known = [
        later.item_index_.item_ids_.tolist().index(item) for item in ("bowl", "food", "mat", "toy")
    ]
    after = later.score_items(LOG)[:, known].astype(float)
    after -= np.logaddexp.reduce(after, axis=1, keepdims=True)
    np.testing.assert_allclose(
        after, before, atol=1e-5
    )  # among themselves the old ones stand as they stood
    assert networks.n_items == 4  # a network that somebody holds does not change under their hands


@pytest.mark.parametrize("name", READING)
def test_it_can_be_saved_before_and_after_products_were_added(name, tmp_path):
    model = fitted(name, SHOP.iloc[:4], epochs=1)
    for step in range(2):
        model.save(tmp_path / str(step))
        loaded = SequentialRecommender.load(tmp_path / str(step), device="cpu")
        np.testing.assert_array_equal(loaded.score_items(LOG), model.score_items(LOG))
        np.testing.assert_array_equal(loaded.add_items(newcomer()).score_items(LOG), added(model))
        assert loaded.get_params() == model.get_params() | {"device": "cpu"}
        if step == 0:
            model.add_items(SHOP.iloc[4:])
    assert "pickle" not in (tmp_path / "0" / "recommender.json").read_text()


def newcomer():
    return pd.DataFrame({"item_id": ["ball"], "kind": ["d"], "price": [3.5], "name": ["fun"]})


def added(model):
    """Scores with the newcomer; the model itself stays as it is."""
    before = dict(vars(model))
    scores = model.add_items(newcomer()).score_items(LOG)
    vars(model).update(before)
    return scores


def test_nothing_is_learned_from_a_product_that_nobody_clicked():
    """Not a price, not a label, not that nobody clicked it:

    the weights are those of the shop without it.
    """
    odd = pd.DataFrame({"item_id": ["ark"], "kind": ["e"], "price": [1e6], "name": ["odd"]})
    plain = fitted(items=SHOP.iloc[:4], epochs=2)
    with pytest.warns(
        UserWarning,
        match="1 of 5 products have cells read as zeros; first: column 'kind', item 'ark'",
    ):
        other = fitted(items=pd.concat([SHOP.iloc[:4], odd]), epochs=2)
    assert other.features_.to_document() == plain.features_.to_document()
    for name, weight in plain.network_.named_parameters():
        assert torch.equal(weight, other.network_.get_parameter(name)), name


def test_the_order_of_the_catalogue_and_its_other_columns_mean_nothing():
    shuffled = SHOP.sample(frac=1, random_state=3).assign(colour="red")
    np.testing.assert_array_equal(
        fitted(items=shuffled, epochs=1).score_items(LOG), fitted(epochs=1).score_items(LOG)
    )


def test_validation_reaches_products_that_only_validation_clicked():
    split = leave_last_two_out(LOG)
    log = split.train[split.train["item_id"] != "toy"]
    model = small_recommender("SASRec with content", epochs=2)
    with pytest.warns(
        UserWarning, match="cells read as zeros"
    ):  # a toy is of a kind that training does not know
        model.fit(log, items=SHOP, valid_interactions=split.valid)
    assert (
        np.isfinite(model.epochs_["valid_loss"]).all() and (split.valid["item_id"] == "toy").any()
    )
    item = model.network_.encoder.item
    assert item.rows[model.item_index_.encode(["toy", "rug"])].tolist() == [0, 0]
    best = model.epochs_["valid_loss"][model.best_epoch_ - 1]
    scores = model.score_items(split.train)
    targets = split.valid.set_index("user_id")["item_id"][split.train["user_id"].unique()]
    assert -scores[
        np.arange(len(scores)), model.item_index_.encode(targets) - 1
    ].mean() == pytest.approx(best, abs=0.5)


@pytest.mark.parametrize("name", SMALL)
def test_without_content_a_catalogue_changes_not_one_bit(name):
    plain = small_recommender(name).fit(LOG, items=SHOP["item_id"])
    np.testing.assert_array_equal(
        small_recommender(name).fit(LOG, items=SHOP).score_items(LOG), plain.score_items(LOG)
    )
    with pytest.raises(RuntimeError, match="reads no content"):
        plain.add_items(newcomer())


def test_content_alone_has_no_id_vectors_and_treats_alike_what_is_alike():
    model = fitted(replace(SMALL["SASRec"], content=replace(CONTENT, ids=False)), epochs=1)
    assert len(model.network_.encoder.item.id.weight) == 2
    scores = pd.DataFrame(model.score_items(LOG), columns=model.item_index_.item_ids_)
    np.testing.assert_allclose(scores["kibble"], scores["food"], rtol=1e-5)


def test_a_configuration_survives_json():
    config = SASRecConfig(
        D=8,
        content=Content(
            columns=[
                Labels("kind", separator="|"),
                Number("price", log=True),
                Words("name", buckets=np.int64(8)),
            ],
            ids=False,
            id_dropout=np.float32(0.5),
            unknown="zero",
        ),
    )
    from seqrec.recommender.documents import from_document, to_document

    assert from_document(json.loads(json.dumps(to_document(config)))) == config
    assert from_document(json.loads(json.dumps(to_document(SMALL["BST"])))) == SMALL["BST"]


@pytest.mark.parametrize(
    "items, error, says",
    [
        (None, TypeError, "items must be a DataFrame: the model reads content.*Got NoneType"),
        (SHOP["item_id"], TypeError, "items must be a DataFrame.*Got Series"),
        (SHOP.drop(columns="item_id"), ValueError, "items must have one column 'item_id'"),
        (
            SHOP.drop(columns="kind"),
            ValueError,
            "must have one column 'kind', found .*Cure: add or rename",
        ),
        (pd.concat([SHOP, SHOP.iloc[:1]]), ValueError, "items describe item 'bowl' twice"),
        (SHOP.assign(price="cheap"), TypeError, "column 'price', row 0: 'cheap' is no number"),
    ],
)
def test_a_catalogue_that_does_not_do_is_refused_before_training(items, error, says):
    with pytest.raises(error, match=says):
        fitted(items=items)


def test_an_unknown_label_is_refused_unless_zeros_will_do():
    strict = replace(SMALL["SASRec"], content=replace(CONTENT, unknown="refuse"))
    model = fitted(strict, epochs=1)
    odd = newcomer().assign(kind="e")
    with pytest.raises(
        ValueError, match="column 'kind', item 'ball': it has the label 'e', unknown to fit"
    ):
        model.add_items(odd)
    assert model.item_index_.n_items == 6  # and nothing has changed
    with pytest.warns(UserWarning, match="cells read as zeros"):
        fitted(epochs=1).add_items(odd)


@pytest.mark.parametrize(
    "items, error, says",
    [
        (SHOP.iloc[2:3], ValueError, "item 'mat' is known already, and so are 0 others"),
        (pd.concat([newcomer(), newcomer()]), ValueError, "describe item 'ball' twice"),
        (newcomer().drop(columns="price"), ValueError, "one column 'price'"),
        (
            newcomer().assign(item_id=7),
            ValueError,
            "holds integers, but what the model knows are text",
        ),
        (["ball"], TypeError, "items must be a DataFrame"),
    ],
)
def test_new_products_that_make_no_sense_are_refused(items, error, says):
    with pytest.raises(error, match=says):
        fitted(epochs=1).add_items(items)


@pytest.mark.parametrize(
    "make, error, says",
    [
        (
            lambda: Content(columns=["price"]),
            TypeError,
            "made of Labels, Number, Words, Vectors, got 'price'",
        ),
        (lambda: Content(columns=[]), ValueError, "one or more"),
        (
            lambda: Content(columns=[Number("price")], ids="no"),
            ValueError,
            "ids must be True or False",
        ),
        (
            lambda: Content(columns=[Number("price")], id_dropout=1),
            ValueError,
            "from 0 to below 1, got 1",
        ),
        (
            lambda: Content(columns=[Number("price")], unknown="mean"),
            ValueError,
            "'refuse' or 'zero'",
        ),
        (lambda: SASRecConfig(content=[Number("price")]), TypeError, "content must be a Content"),
    ],
)
def test_a_configuration_that_makes_no_sense_is_refused_when_it_is_made(make, error, says):
    with pytest.raises(error, match=says):
        make()


def test_the_example_catalogue_has_every_kind():
    assert set(described(range(1, 51))["kind"]) == set("abcd")
