"""What sequential models promise beyond the contract of all baselines."""

import numpy as np
import pandas as pd
import pytest

from seqrec.baselines import Popularity
from tests.seqrec.baselines.models import SEQUENTIAL


@pytest.fixture(scope="session", params=SEQUENTIAL)
def make(request, shop):
    """A function that makes a new model, not fitted."""
    return lambda: SEQUENTIAL[request.param](shop)


@pytest.fixture(scope="session")
def model(make, shop):
    return make().fit(shop.interactions)


@pytest.fixture(scope="session")
def gappy_log():
    """Each of 100 shoppers goes round 7, 9, 20: 47 of the 50 products are never clicked."""
    rows = [(user, (7, 9, 20)[(user + step) % 3], step) for user in range(100) for step in range(8)]
    return pd.DataFrame(rows, columns=["user_id", "item_id", "timestamp"])


def order_of(scores):
    """Products in the order of their scores, best first; ties by id."""
    return np.argsort(-scores, axis=-1, kind="stable")


def test_user_ids_mean_nothing(model, shop):
    strangers = shop.users[::-1] + 10**12
    np.testing.assert_array_equal(
        model.score(strangers, shop.histories), model.score(shop.users, shop.histories)
    )


@pytest.mark.parametrize("extra", [1, 7, 40])
def test_extra_padding_changes_no_score(model, shop, extra):
    padded = np.pad(shop.histories, ((0, 0), (extra, 0)))
    np.testing.assert_allclose(
        model.score(shop.users, padded),
        model.score(shop.users, shop.histories),
        rtol=1e-5,
        atol=1e-6,
    )


def test_a_history_is_read_alike_alone_and_in_a_batch_of_longer_ones(model, shop):
    alone = [history[history > 0][None] for history in shop.histories]
    scores = np.concatenate([model.score([0], history) for history in alone])
    np.testing.assert_allclose(
        scores, model.score(shop.users, shop.histories), rtol=1e-5, atol=1e-6
    )


def test_the_column_is_the_product_id_even_where_products_were_never_clicked(make, gappy_log):
    model = make()
    if hasattr(model, "epochs"):
        model.epochs = 40
    scores = model.fit(gappy_log).score([0, 1, 2], np.array([[7, 9, 20], [9, 20, 7], [20, 7, 9]]))
    assert {7, 9, 20} == set(order_of(scores)[:, :3].ravel().tolist())
    if not isinstance(model, Popularity):
        np.testing.assert_array_equal(order_of(scores)[:, 0], [7, 9, 20])


@pytest.mark.parametrize("width", [0, 1, 5])
def test_an_empty_history_gets_the_order_of_popularity(model, shop, width):
    popular = Popularity(shop.n_items).fit(shop.interactions).score([0], np.zeros((1, 0), int))
    np.testing.assert_array_equal(
        order_of(model.score([3], np.zeros((1, width), int))), order_of(popular)
    )


def test_a_product_that_nobody_clicked_leads_back_to_popularity(make, gappy_log):
    model = make().fit(gappy_log)
    empty, unheard = model.score([1, 2], np.array([[0, 0], [0, 33]]))
    np.testing.assert_allclose(unheard, empty, rtol=1e-6)
    assert np.isfinite(unheard[1:]).all()


def test_a_user_with_one_click_does_not_disturb_the_others(make, shop):
    """The log of the shop holds such users; a log of nothing else has nothing that follows
    anything.
    """
    size = shop.interactions.groupby("user_id")["item_id"].transform("size")
    assert (size == 1).any()
    make().fit(shop.interactions)


@pytest.mark.parametrize(
    ("users", "histories", "message"),
    [
        ([1], [[1, 51]], "product 51 is unknown: ids run from 1 to n_items=50, 0 is padding"),
        ([1], [[-1, 2]], "product -1 is unknown"),
        ([1, 2], [[1, 2]], "2 user_ids and 1 histories do not match"),
        ([1], [1, 2], r"histories must be integers \(B, L\), not int64 of shape \(2,\)"),
        ([1], [[1.0, 2.0]], r"histories must be integers \(B, L\), not float64"),
        ([1, 2], [[0, 3], [3, 0]], "history 1 has padding after a click. Cure: pad on the left"),
    ],
)
def test_a_bad_history_is_refused_with_the_number(model, users, histories, message):
    with pytest.raises(ValueError, match=message):
        model.score(users, np.array(histories))


def test_item_ids_that_are_text_are_sent_to_the_index(make, shop):
    with pytest.raises(ValueError, match="column 'item_id' holds .*ItemIndex"):
        make().fit(shop.interactions.assign(item_id=shop.interactions["item_id"].astype(str)))
