"""What models without memory promise beyond the contract of all baselines."""

import numpy as np
import pandas as pd
import pytest

from seqrec.baselines import LinUCB
from tests.seqrec.baselines.models import MEMORYLESS


@pytest.fixture(scope="session", params=MEMORYLESS)
def make(request, shop):
    """A function that makes a new model, not fitted."""
    return lambda: MEMORYLESS[request.param](shop)


@pytest.fixture(scope="session")
def model(make, shop):
    return make().fit(shop.exposures)


def test_the_column_is_the_product_id_even_where_products_were_never_shown(make, shop):
    """Three products are shown, and each user clicks one of them: a shifted column can't pass."""
    rows = [
        (user, product, int(product == 5 + 20 * (user % 2)))
        for user in shop.users
        for product in (5, 7, 25)
    ]
    exposures = pd.DataFrame(rows * 20, columns=["user_id", "product_id", "clicked"])
    model = make()
    if isinstance(model, LinUCB):
        model.contexts = pd.DataFrame(
            {"even": (shop.users % 2 == 0) * 1.0, "odd": (shop.users % 2) * 1.0}, shop.users
        )
        model.alpha = 0
    else:
        model.epochs = 20
    favourite = model.fit(exposures).score(shop.users)[:, [5, 7, 25]].argmax(axis=1)
    np.testing.assert_array_equal(favourite, np.where(shop.users % 2 == 0, 0, 2))


def test_what_a_user_did_a_moment_ago_changes_nothing(model, shop):
    feeding, hygiene = np.full((2, 10), 4), np.full((2, 10), 30)
    np.testing.assert_array_equal(model.score([8, 9], feeding), model.score([8, 9], hygiene))


@pytest.mark.parametrize("user", [-1, 60, 10**12])
def test_an_unknown_user_is_named(model, user):
    with pytest.raises(ValueError, match=f"user {user} is unknown"):
        model.score([3, user])
    with pytest.raises(ValueError, match=f"user {user} is unknown"):
        model.click_probability([3, user], [1, 1])


@pytest.mark.parametrize("product", [0, -1, 51])
def test_an_unknown_product_is_named(model, product):
    with pytest.raises(
        ValueError, match=f"product {product} is unknown: ids run from 1 to n_items=50"
    ):
        model.click_probability([3, 3], [1, product])


@pytest.mark.parametrize("users", [[1.0, 2.0], [[1], [2]], ["1"], 3])
def test_users_that_are_no_flat_list_of_integers_are_refused(model, users):
    with pytest.raises(ValueError, match="user_ids must be a flat list of integers"):
        model.score(users)


def test_a_model_that_has_learned_nothing_tells_no_probability(make):
    with pytest.raises(RuntimeError, match="learned nothing yet: call fit"):
        make().click_probability([1], [1])


def test_the_history_may_be_left_out(model, shop):
    np.testing.assert_array_equal(model.score(shop.users), model.score(shop.users, shop.histories))
