"""What everything that recommends promises, recommenders and baselines alike, whatever log it is
asked about.
"""

import copy
import functools
import random
from importlib.util import find_spec

import numpy as np
import pandas as pd
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from seqrec.data import pad_left
from seqrec.models.registry import MODELS
from tests.seqrec.baselines import models as baselines
from tests.seqrec.baselines.conftest import open_shop
from tests.seqrec.recommender.shops import (
    COUNTED,
    MIXED,
    READING,
    SMALL,
    WITH_AN_EXTRA,
    described,
    plain_histories,
    small_recommender,
)

LEARNED = SMALL | COUNTED | MIXED
LEARNED |= {name: READING[name] for name in ("SASRec with content", "BST with content")}
NAMES = [*LEARNED, *baselines.MODELS]
MAX_LEN = 5

# Any log of the shop's users and items; times tie, users have one event or many.
EVENTS = st.lists(
    st.tuples(st.integers(0, 7), st.integers(1, 50), st.integers(0, 9)), min_size=1, max_size=30
)
LOGS = EVENTS.map(
    lambda rows: pd.DataFrame(rows, columns=["user_id", "item_id", "timestamp"]).assign(outcome=1.0)
)
UNTIED = LOGS.map(lambda log: log.assign(timestamp=np.arange(len(log))))


# A catalogue with kinds that no click teaches is read with a warning.
pytestmark = pytest.mark.filterwarnings("ignore:.*cells read as zeros")


@functools.cache
def shop():
    return open_shop(n_users=20, n_exposures=500, seed=1)


def fitted(name, log=None):
    if name in LEARNED:
        items = described(range(1, shop().n_items + 1))
        return small_recommender(name, max_len=MAX_LEN).fit(
            shop().interactions if log is None else log, items=items
        )
    table = (
        shop().exposures
        if name in baselines.MEMORYLESS
        else shop().interactions
        if log is None
        else log
    )
    return baselines.MODELS[name](shop()).fit(table)


MODEL = functools.cache(fitted)


def answer(model, log):
    """(U, n_items) scores of the log's users in order of first appearance, whoever is asked."""
    if hasattr(model, "score_items"):
        return model.score_items(log)
    histories = plain_histories(log, 10**6)
    return model.score(
        np.array(list(histories)), pad_left(histories.values(), max(map(len, histories.values())))
    )[:, 1:]


def close(left, right):
    np.testing.assert_allclose(left, right, rtol=1e-4, atol=1e-5)


def random_state():
    """Of all three generators that anybody could draw from by mistake."""
    numpy_state = np.random.get_state()[1].tolist()  # noqa: NPY002
    return torch.get_rng_state().tolist(), numpy_state, random.getstate()


@pytest.mark.parametrize("name", NAMES)
@settings(max_examples=15)
@given(log=LOGS, data=st.data())
def test_whatever_the_log(name, log, data):
    model = MODEL(name)
    before = log.copy()
    state = random_state()
    scores = answer(model, log)
    users = log["user_id"].unique()

    assert scores.shape == (len(users), shop().n_items) and np.issubdtype(scores.dtype, np.floating)
    assert np.isfinite(scores).all()
    pd.testing.assert_frame_equal(log, before)  # no argument is edited
    assert state == random_state()  # nor are dice thrown
    np.testing.assert_array_equal(answer(model, log), scores)  # asking changes nothing
    np.testing.assert_array_equal(answer(copy.deepcopy(model), log), scores)

    user = data.draw(st.sampled_from(users.tolist()))
    alone = log[log["user_id"] == user]
    close(answer(model, alone)[0], scores[users.tolist().index(user)])  # the others do not matter


@pytest.mark.parametrize("name", NAMES)
@settings(max_examples=10)
@given(log=UNTIED, seed=st.integers(0, 99))
def test_order_is_in_the_times_and_not_in_the_rows(name, log, seed):
    shuffled = log.sample(frac=1, random_state=seed)
    users, again = log["user_id"].unique(), shuffled["user_id"].unique().tolist()
    close(
        answer(MODEL(name), shuffled)[[again.index(user) for user in users]],
        answer(MODEL(name), log),
    )


@pytest.mark.parametrize("name", [name for name in NAMES if name not in baselines.MEMORYLESS])
@settings(max_examples=10)
@given(log=LOGS)
def test_who_a_user_is_does_not_matter_to_a_sequential_model(name, log):
    strangers = log.assign(user_id=[f"user {7 - user}" for user in log["user_id"]])
    close(answer(MODEL(name), strangers), answer(MODEL(name), log))


@pytest.mark.parametrize("name", LEARNED)
@settings(max_examples=15)
@given(log=LOGS)
def test_scores_are_log_probabilities_of_what_the_network_says_after_the_newest_items(name, log):
    model = MODEL(name)
    scores = answer(model, log)
    np.testing.assert_allclose(np.exp(scores.astype(float)).sum(axis=1), 1, rtol=1e-4)
    histories = torch.tensor(pad_left(plain_histories(log, MAX_LEN).values(), MAX_LEN))
    plain = np.stack(
        [LEARNED[name].scores(model.scorer_.network, row[None])[0, 1:].numpy() for row in histories]
    )
    close(scores, plain)


@pytest.mark.parametrize("name", LEARNED)
@settings(max_examples=5)
@given(log=LOGS.filter(lambda log: log["user_id"].duplicated().any()))
def test_fitting_again_forgets_the_first_log_and_gives_the_same_bits_on_the_same(name, log):
    twice = fitted(name, log.assign(item_id=51 - log["item_id"])).fit(
        log, items=described(range(1, 51))
    )
    np.testing.assert_array_equal(answer(twice, log), answer(fitted(name, log), log))


@pytest.mark.parametrize("name", LEARNED)
@settings(max_examples=5)
@given(log=UNTIED.filter(lambda log: log["user_id"].duplicated().any()), seed=st.integers(0, 99))
def test_a_shuffled_log_teaches_the_same_to_the_last_bit(name, log, seed):
    shuffled = fitted(name, log.sample(frac=1, random_state=seed))
    np.testing.assert_array_equal(answer(shuffled, log), answer(fitted(name, log), log))


@pytest.mark.parametrize("name", LEARNED)
def test_fit_returns_the_model_and_changes_no_setting(name):
    model = small_recommender(name)
    before = dict(vars(model))
    assert (
        model.fit(shop().interactions, items=described(range(1, 51))) is model
        and before == model.get_params()
    )
    assert all(vars(model)[name] is value for name, value in before.items())
    assert all(name.endswith("_") for name in set(vars(model)) - set(before))
    assert not model.scorer_.network.training  # asked directly, it answers without dropout


def test_every_model_that_a_recommender_takes_is_under_this_contract():
    missing = set() if find_spec("transformers") else WITH_AN_EXTRA
    known = {type(config) for config in (SMALL | COUNTED | MIXED).values()}
    assert known == set(MODELS.values()) - missing
