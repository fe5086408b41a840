"""What every baseline promises, whatever it is inside: one list of models, the same questions to each."""

import copy
import random

import numpy as np
import pandas as pd
import pytest
import torch

from seqrec.baselines import LinUCB, MLPClick
from seqrec.exposures import click_rates

MODELS = {
    "MLPClick": lambda shop: MLPClick(shop.n_items, epochs=2, progress=False),
    "LinUCB": lambda shop: LinUCB(shop.n_items, click_rates(shop.exposures, shop.categories)),
}


@pytest.fixture(scope="session", params=MODELS)
def make(request, shop):
    """A function that makes a new model, not fitted."""
    return lambda: MODELS[request.param](shop)


@pytest.fixture(scope="session")
def model(make, shop):
    return make().fit(shop.exposures)


def test_fit_returns_the_model_and_changes_no_setting(make, shop):
    model = make()
    before = dict(vars(model))
    assert model.fit(shop.exposures) is model
    assert all(vars(model)[name] is value for name, value in before.items())
    assert all(name.endswith("_") for name in set(vars(model)) - set(before))


def test_scores_have_one_column_per_product_and_never_rank_padding(model, shop):
    scores = model.score(shop.users)
    assert scores.shape == (len(shop.users), shop.n_items + 1)
    assert np.issubdtype(scores.dtype, np.floating)
    assert np.isneginf(scores[:, 0]).all()
    assert np.isfinite(scores[:, 1:]).all()


def test_a_score_belongs_to_its_user_whoever_else_is_asked_for(model, shop):
    everyone = model.score(shop.users)
    some = np.array([17, 3, 59, 3])
    np.testing.assert_allclose(model.score(some), everyone[some], rtol=1e-5, atol=1e-6)
    assert model.score([]).shape == (0, shop.n_items + 1)


def test_the_column_is_the_product_id_even_where_products_were_never_shown(make, shop):
    """Only three products are ever shown, and each user clicks one of them: a shifted column cannot pass."""
    rows = [(user, product, int(product == 5 + 20 * (user % 2))) for user in shop.users for product in (5, 7, 25)]
    exposures = pd.DataFrame(rows * 20, columns=["user_id", "product_id", "clicked"])
    model = make()
    if isinstance(model, LinUCB):
        model.contexts = pd.DataFrame({"even": (shop.users % 2 == 0) * 1.0, "odd": (shop.users % 2) * 1.0}, shop.users)
        model.alpha = 0
    else:
        model.epochs = 20
    favourite = model.fit(exposures).score(shop.users)[:, [5, 7, 25]].argmax(axis=1)
    np.testing.assert_array_equal(favourite, np.where(shop.users % 2 == 0, 0, 2))


def test_a_shuffled_log_gives_the_same_scores_to_the_last_bit(make, model, shop):
    again = make().fit(shop.shuffled(seed=3))
    np.testing.assert_array_equal(again.score(shop.users), model.score(shop.users))


def test_what_a_user_did_a_moment_ago_changes_nothing(model, shop):
    feeding, hygiene = np.full((2, 10), 4), np.full((2, 10), 30)
    np.testing.assert_array_equal(model.score([8, 9], feeding), model.score([8, 9], hygiene))


def test_fitting_again_forgets_the_first_log(make, model, shop):
    other = shop.exposures.assign(clicked=1 - shop.exposures["clicked"])
    twice = make().fit(other).fit(shop.exposures)
    np.testing.assert_array_equal(twice.score(shop.users), model.score(shop.users))


def test_no_global_random_state_is_touched(make, shop):
    def states():
        return torch.get_rng_state().tolist(), np.random.get_state()[1].tolist(), random.getstate()  # noqa: NPY002

    before = states()
    make().fit(shop.exposures).score(shop.users)
    assert states() == before


def test_no_argument_is_edited(make, shop):
    exposures, users = shop.exposures.copy(), shop.users.copy()
    make().fit(exposures).score(users)
    pd.testing.assert_frame_equal(exposures, shop.exposures)
    np.testing.assert_array_equal(users, shop.users)


def test_a_copy_scores_alike(model, shop):
    np.testing.assert_array_equal(copy.deepcopy(model).score(shop.users), model.score(shop.users))


def test_a_model_that_has_learned_nothing_says_so(make):
    for ask in (lambda: make().score([1]), lambda: make().click_probability([1], [1])):
        with pytest.raises(RuntimeError, match="learned nothing yet: call fit"):
            ask()


@pytest.mark.parametrize("user", [-1, 60, 10**12])
def test_an_unknown_user_is_named(model, user):
    with pytest.raises(ValueError, match=f"user {user} is unknown"):
        model.score([3, user])
    with pytest.raises(ValueError, match=f"user {user} is unknown"):
        model.click_probability([3, user], [1, 1])


@pytest.mark.parametrize("product", [0, -1, 51])
def test_an_unknown_product_is_named(model, product):
    with pytest.raises(ValueError, match=f"product {product} is unknown: ids run from 1 to n_items=50"):
        model.click_probability([3, 3], [1, product])


@pytest.mark.parametrize("users", [[1.0, 2.0], [[1], [2]], ["1"], 3])
def test_users_that_are_no_flat_list_of_integers_are_refused(model, users):
    with pytest.raises(ValueError, match="user_ids must be a flat list of integers"):
        model.score(users)


def test_a_bad_exposure_stops_every_model(make, shop):
    """`test_exposures` lists the bad tables; here it is enough that no model goes round the check."""
    with pytest.raises(ValueError, match="'clicked', row 2.*: 3 is neither 0 nor 1"):
        make().fit(shop.exposures.assign(clicked=[0, 1, 3] + [0] * (len(shop.exposures) - 3)))
