"""What every baseline promises, whatever it is inside: the same questions to each."""

import copy
import random

import numpy as np
import pandas as pd
import pytest
import torch

from seqrec import baselines
from tests.seqrec.baselines.models import MEMORYLESS, MODELS, SEQUENTIAL


@pytest.fixture(scope="session", params=MODELS)
def name(request):
    return request.param


@pytest.fixture(scope="session")
def make(name, shop):
    """A function that makes a new model, not fitted."""
    return lambda: MODELS[name](shop)


@pytest.fixture(scope="session")
def table(name, shop):
    """What the model learns from."""
    return shop.exposures if name in MEMORYLESS else shop.interactions


@pytest.fixture(scope="session")
def model(make, table):
    return make().fit(table)


def test_fit_returns_the_model_and_changes_no_setting(make, table):
    model = make()
    before = dict(vars(model))
    assert model.fit(table) is model
    assert all(vars(model)[name] is value for name, value in before.items())
    assert all(name.endswith("_") for name in set(vars(model)) - set(before))


def test_scores_have_one_column_per_product_and_never_rank_padding(model, shop):
    scores = model.score(shop.users, shop.histories)
    assert scores.shape == (len(shop.users), shop.n_items + 1)
    assert np.issubdtype(scores.dtype, np.floating)
    assert np.isneginf(scores[:, 0]).all()
    assert np.isfinite(scores[:, 1:]).all()


def test_a_score_belongs_to_its_row_whoever_else_is_asked_for(model, shop):
    everyone = model.score(shop.users, shop.histories)
    some = np.array([17, 3, 59, 3])
    np.testing.assert_allclose(
        model.score(some, shop.histories[some]), everyone[some], rtol=1e-5, atol=1e-6
    )
    assert model.score([], shop.histories[:0]).shape == (0, shop.n_items + 1)


def test_a_shuffled_log_gives_the_same_scores_to_the_last_bit(make, model, table, shop):
    """Exposures have no order, and what order clicks have is in their times."""
    again = make().fit(table.sample(frac=1, random_state=3, ignore_index=True))
    np.testing.assert_array_equal(
        again.score(shop.users, shop.histories), model.score(shop.users, shop.histories)
    )


def test_fitting_again_forgets_the_first_log(make, model, table, shop):
    # The products numbered backwards.
    other = table.assign(**{table.columns[1]: shop.n_items + 1 - table.iloc[:, 1]})
    twice = make().fit(other).fit(table)
    np.testing.assert_array_equal(
        twice.score(shop.users, shop.histories), model.score(shop.users, shop.histories)
    )


def test_no_global_random_state_is_touched(make, table, shop):
    def states():
        return torch.get_rng_state().tolist(), np.random.get_state()[1].tolist(), random.getstate()  # noqa: NPY002

    before = states()
    make().fit(table).score(shop.users, shop.histories)
    assert states() == before


def test_no_argument_is_edited(make, table, shop):
    log, users, histories = table.copy(), shop.users.copy(), shop.histories.copy()
    make().fit(log).score(users, histories)
    pd.testing.assert_frame_equal(log, table)
    np.testing.assert_array_equal(users, shop.users)
    np.testing.assert_array_equal(histories, shop.histories)


def test_a_copy_scores_alike(model, shop):
    np.testing.assert_array_equal(
        copy.deepcopy(model).score(shop.users, shop.histories),
        model.score(shop.users, shop.histories),
    )


def test_a_model_that_has_learned_nothing_says_so(make):
    with pytest.raises(RuntimeError, match="learned nothing yet: call fit"):
        make().score([1], np.array([[1]]))


def test_a_bad_log_stops_every_model(make, table):
    """Tests of the two tables list what is bad; here it is enough that no model goes round the
    check.
    """
    column = table.columns[1]  # product_id or item_id
    bad = table[column].to_numpy().copy()
    bad[2] = 51
    with pytest.raises(ValueError, match=f"'{column}', row 2.*: 51 is no product.*n_items=50"):
        make().fit(table.assign(**{column: bad}))
    with pytest.raises(ValueError, match="empty"):
        make().fit(table.iloc[:0])


def test_every_public_baseline_is_under_this_contract(shop):
    assert {type(make(shop)).__name__ for make in (MEMORYLESS | SEQUENTIAL).values()} == {
        name for name in baselines.__all__ if name[0].isupper()
    }
