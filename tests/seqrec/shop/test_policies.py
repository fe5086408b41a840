"""Models as policies: what they show, what they tell of it, and what they learn."""

import numpy as np
import pandas as pd
import pytest

from seqrec.baselines import LinUCB, MarkovChain, Popularity
from seqrec.shop import LinUCBPolicy, SoftmaxPolicy, product_scores
from seqrec.shop.slates import slate_log_propensity
from tests.seqrec.recommender.shops import pure_noise, small_recommender

J, K = 12, 3
LOG = pure_noise(n_users=30, n_events=9, n_items=J)
HISTORIES = np.array([[0, 0, 4, 7], [1, 2, 3, 12], [0, 0, 0, 0]])


@pytest.fixture(scope="module")
def recommender():
    return small_recommender(epochs=2).fit(LOG, items=np.arange(1, J + 1))


def test_a_recommenders_scores_are_those_of_its_log(recommender):
    """Column j is product j, and a history that is empty is answered by popularity."""
    scores = product_scores(recommender, J)(HISTORIES)
    assert scores.shape == (3, J + 1) and (scores[:, 0] == -np.inf).all()
    events = [
        (user, item, time)
        for user, row in enumerate(HISTORIES)
        for time, item in enumerate(row)
        if item
    ]
    log = pd.DataFrame(events, columns=["user_id", "item_id", "timestamp"])
    np.testing.assert_allclose(scores[:2, 1:], recommender.score_items(log), rtol=1e-5)
    np.testing.assert_allclose(scores[2, 1:], recommender.scorer_.popularity.cpu().numpy())


def test_only_the_newest_events_are_read(recommender):
    long = np.concatenate([np.ones((3, 9), int), np.full((3, 5), 2)], axis=1)  # max_len is 5
    np.testing.assert_array_equal(
        product_scores(recommender, J)(long), product_scores(recommender, J)(long[:, 5:])
    )


def test_baselines_fit_too():
    for model in (Popularity(J).fit(LOG), MarkovChain(J).fit(LOG)):
        np.testing.assert_array_equal(
            product_scores(model, J)(HISTORIES), model.score(np.zeros(3, int), HISTORIES)
        )


def test_a_recommender_of_other_items_is_refused(recommender):
    with pytest.raises(ValueError, match=r"12 items are not the products 1\.\.13"):
        product_scores(recommender, 13)


def fixed_scores(histories):
    return np.tile(np.append(-np.inf, np.linspace(1, -1, J)), (len(histories), 1))


def test_without_temperature_the_best_are_shown_with_certainty():
    policy = SoftmaxPolicy(fixed_scores, K)
    assert policy(HISTORIES, {"step": 0}).tolist() == [[1, 2, 3]] * 3
    assert policy.log_propensities_[0].tolist() == [0, 0, 0]


def test_propensities_are_those_of_the_slates_that_were_shown():
    policy, shown = SoftmaxPolicy(fixed_scores, K, temperature=0.7, seed=3), []
    for step in range(4):
        shown.append(policy(HISTORIES, {"step": step}))
    assert list(policy.log_propensities_) == [0, 1, 2, 3]
    for step, slates in enumerate(shown):
        expected = slate_log_propensity(fixed_scores(HISTORIES), slates, 0.7)
        np.testing.assert_array_equal(policy.log_propensities_[step], expected)
    assert len({tuple(slates.ravel()) for slates in shown}) == 4, "each step has luck of its own"
    again = SoftmaxPolicy(fixed_scores, K, temperature=0.7, seed=3)
    assert (again(HISTORIES, {"step": 2}) == shown[2]).all(), "and the same step the same"
    policy(HISTORIES, {"step": 0})
    assert list(policy.log_propensities_) == [0], "an episode begins anew"


def one_context(histories):
    return np.ones((len(histories), 1))


def test_linucb_learns_what_was_seen_and_no_more():
    policy = LinUCBPolicy(LinUCB(J, alpha=0.5), one_context, K)
    policy(HISTORIES, {"step": 0})
    slates = np.array([[1, 2, 3], [4, 5, 6], [7, 8, 9]])
    policy(HISTORIES, {"step": 1, "slates": slates, "place": np.array([1, -1, 0])})
    plain = LinUCB(J, alpha=0.5).update(np.ones((6, 1)), [1, 2, 4, 5, 6, 7], [0, 1, 0, 0, 0, 1])
    np.testing.assert_array_equal(policy.model.A_, plain.A_)
    np.testing.assert_array_equal(policy.model.b_, plain.b_)


def test_linucb_learns_each_answer_once_and_none_of_another_episode():
    policy = LinUCBPolicy(LinUCB(J), one_context, K)
    answer = {"slates": np.array([[1, 2, 3]] * 3), "place": np.array([0, 0, 0])}
    policy(HISTORIES, {"step": 0})
    for _ in range(3):
        policy(HISTORIES, {"step": 1, **answer})
    assert policy.model.A_[1, 0, 0] == 1 + 3
    policy(HISTORIES, {"step": 0, **answer})
    assert policy.model.A_[1, 0, 0] == 1 + 3


def test_a_bandit_that_knows_nothing_shows_all_alike():
    policy = LinUCBPolicy(LinUCB(J), one_context, K)
    slates = policy(np.zeros((2_000, 1), int), {"step": 0})
    counts = np.bincount(slates.ravel(), minlength=J + 1)[1:]
    assert abs(counts - 500).max() < 5 * np.sqrt(500) and all(
        len(set(slate)) == K for slate in slates.tolist()
    )


def test_linucb_finds_the_products_that_are_clicked():
    """Product 5 is clicked wherever it stands, nothing else ever is."""
    policy = LinUCBPolicy(LinUCB(J, alpha=0.5), one_context, K)
    info = {"step": 0}
    for step in range(1, 30):
        slates = policy(HISTORIES, info)
        is_five = slates == 5
        info = {
            "step": step,
            "slates": slates,
            "place": np.where(is_five.any(1), is_five.argmax(1), -1),
        }
    assert (policy(HISTORIES, info)[:, 0] == 5).all()
