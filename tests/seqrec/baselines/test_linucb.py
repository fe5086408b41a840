"""LinUCB against Algorithm 1 of Li et al. (2010), event by event, and what its formulas promise."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from seqrec.baselines import LinUCB, click_rates

tried = settings(max_examples=50, deadline=None)  # no deadline: a busy machine is no fault
N_ITEMS, D = 4, 3
numbers = st.floats(-2, 2).map(lambda x: round(x, 3))


@st.composite
def event_logs(draw, min_events=0):
    B = draw(st.integers(min_events, 30))
    contexts = draw(arrays(float, (B, D), elements=numbers))
    arms = draw(arrays(int, B, elements=st.integers(1, N_ITEMS)))
    rewards = draw(arrays(float, B, elements=st.sampled_from([0.0, 0.5, 1.0])))
    return contexts, arms, rewards


class PlainLinUCB:
    """Algorithm 1, disjoint linear models, line by line: no batches, no stored inverse."""

    def __init__(self, alpha, ridge):
        self.alpha = alpha
        self.A = {arm: ridge * np.eye(D) for arm in range(1, N_ITEMS + 1)}
        self.b = {arm: np.zeros(D) for arm in range(1, N_ITEMS + 1)}

    def p(self, x, arm):
        theta = np.linalg.solve(self.A[arm], self.b[arm])
        return theta @ x + self.alpha * np.sqrt(x @ np.linalg.solve(self.A[arm], x))

    def update(self, x, arm, reward):
        self.A[arm] = self.A[arm] + np.outer(x, x)
        self.b[arm] = self.b[arm] + reward * x


def upper_bounds(model, contexts):
    mean, width = model.mean_and_width(contexts, np.arange(1, N_ITEMS + 1))
    return mean + model.alpha * width


@tried
@given(
    event_logs(),
    arrays(float, (5, D), elements=numbers),
    st.sampled_from([0.0, 0.7, 2.4]),
    st.sampled_from([0.5, 1.0]),
)
def test_scores_equal_algorithm_1_event_by_event(log, asked, alpha, ridge):
    plain = PlainLinUCB(alpha, ridge)
    for event in zip(*log, strict=True):
        plain.update(*event)
    expected = [[plain.p(x, arm) for arm in range(1, N_ITEMS + 1)] for x in asked]
    model = LinUCB(N_ITEMS, alpha=alpha, ridge=ridge).update(*log)
    np.testing.assert_allclose(upper_bounds(model, asked), expected, rtol=1e-7, atol=1e-7)


@tried
@given(event_logs(), st.data())
def test_one_batch_equals_any_batches_in_any_order(log, data):
    whole = LinUCB(N_ITEMS).update(*log)
    order = np.array(data.draw(st.permutations(range(len(log[1])))), dtype=int)
    cuts = sorted(data.draw(st.lists(st.integers(0, len(order)), max_size=3)))
    parts = LinUCB(N_ITEMS).update(*(column[:0] for column in log))
    for rows in np.split(order, cuts):
        parts.update(*(column[rows] for column in log))
    for name in ("A_", "b_", "theta_"):
        np.testing.assert_allclose(getattr(parts, name), getattr(whole, name), rtol=1e-9, atol=1e-9)


@tried
@given(event_logs(min_events=1))
def test_fitting_a_log_equals_updating_row_by_row(log):
    contexts, arms, rewards = log
    users = np.arange(len(arms)) * 3 + 1
    clicks = (rewards > 0).astype(int)
    exposures = pd.DataFrame({"user_id": users, "product_id": arms, "clicked": clicks})
    model = LinUCB(N_ITEMS, pd.DataFrame(contexts, index=users)).fit(exposures)
    online = LinUCB(N_ITEMS)
    for row in range(len(arms)):
        online.update(contexts[[row]], arms[[row]], clicks[[row]])
    np.testing.assert_allclose(
        model.score(users)[:, 1:], upper_bounds(online, contexts), rtol=1e-9, atol=1e-9
    )
    every_arm = np.tile(np.arange(1, N_ITEMS + 1), len(users))
    means = model.click_probability(np.repeat(users, N_ITEMS), every_arm).reshape(-1, N_ITEMS)
    np.testing.assert_allclose(
        means, online.mean_and_width(contexts, np.arange(1, N_ITEMS + 1))[0], rtol=1e-9, atol=1e-9
    )


@tried
@given(
    arrays(float, D, elements=numbers), st.integers(0, 10_000), st.sampled_from([0.5, 1.0, 10.0])
)
def test_the_width_shrinks_as_one_over_the_root_of_the_events(x, n, ridge):
    """After n events in x: sqrt(x^T (ridge I + n x x^T)^-1 x) = |x| / sqrt(ridge + n |x|^2)."""
    model = LinUCB(N_ITEMS, ridge=ridge).update(np.tile(x, (n, 1)), np.full(n, 2), np.zeros(n))
    _, width = model.mean_and_width(x[None], [2, 3])
    assert width[0, 0] == pytest.approx(np.sqrt(x @ x / (ridge + n * (x @ x))), rel=1e-6, abs=1e-9)
    assert width[0, 1] == pytest.approx(np.sqrt(x @ x / ridge), rel=1e-6, abs=1e-9)


def test_many_single_updates_gather_no_error():
    rng = np.random.default_rng(0)
    X, rewards = rng.normal(size=(3_000, D)), rng.random(3_000)
    model = LinUCB(1)
    for x, reward in zip(X, rewards, strict=True):
        model.update(x[None], [1], [reward])
    np.testing.assert_allclose(
        model.theta_[1], np.linalg.solve(np.eye(D) + X.T @ X, X.T @ rewards), rtol=1e-10
    )


@tried
@given(event_logs(), arrays(float, (3, D), elements=numbers), st.data())
def test_the_selected_arm_is_the_first_best_candidate(log, asked, data):
    model = LinUCB(N_ITEMS).update(*log)
    bounds = np.pad(upper_bounds(model, asked), ((0, 0), (1, 0)))
    shared = data.draw(arrays(int, data.draw(st.integers(1, 5)), elements=st.integers(1, N_ITEMS)))
    own = data.draw(
        arrays(int, (3, data.draw(st.integers(1, 5))), elements=st.integers(1, N_ITEMS))
    )
    for candidates in (shared, own):
        rows = np.broadcast_to(candidates, (3, candidates.shape[-1]))
        for arm, row, bound in zip(model.select(asked, candidates), rows, bounds, strict=True):
            assert arm in row
            assert bound[arm] == pytest.approx(max(bound[other] for other in row))
    np.testing.assert_array_equal(LinUCB(N_ITEMS).select(asked, [3, 1, 4]), [3, 3, 3])


def test_the_bonus_finds_the_better_arm_that_greed_never_tries():
    """Arm 1 pays 0.5 and arm 2 pays 1. All begin equal, so the first arm is tried first."""
    pays = {1: 0.5, 2: 1.0}
    shown = {}
    for alpha in (0.0, 1.0):
        model = LinUCB(2, alpha=alpha)
        for _ in range(200):
            arm = model.select([[1.0]], [1, 2])
            model.update([[1.0]], arm, [pays[arm[0]]])
        shown[alpha] = model.A_[1:, 0, 0] - model.ridge
    assert shown[0.0].tolist() == [200, 0]
    assert shown[1.0][1] > 150


def test_the_true_mean_lies_within_the_bonus_as_often_as_promised():
    """Li et al., eq. (4): with alpha = 1 + sqrt(ln(2 / delta) / 2), in 1 - delta of all cases."""
    delta, rng = 0.1, np.random.default_rng(5)
    theta = np.array([0.2, 0.5, 0.3])
    X = rng.dirichlet(np.ones(D), size=(400, 40))  # (logs, events, D): x . theta is a probability
    rewards = (rng.random((400, 40)) < X @ theta).astype(float)
    inside = []
    for contexts, reward in zip(X, rewards, strict=True):
        model = LinUCB(1, alpha=1 + np.sqrt(np.log(2 / delta) / 2)).update(
            contexts[1:], np.ones(39, int), reward[1:]
        )
        mean, width = model.mean_and_width(contexts[:1], [1])
        inside.append(abs(mean[0, 0] - contexts[0] @ theta) <= model.alpha * width[0, 0])
    assert np.mean(inside) >= 1 - delta


def test_past_click_rates_tell_it_nearly_all_about_the_users(large_shops):
    """Contexts from the first half of the log, learning from the second: the product it ranks first
    without a bonus is clicked nearly as often as the best one is, and the error of its
    probabilities is small beside their spread.
    """
    for shop in large_shops:
        half = len(shop.exposures) // 2
        contexts = click_rates(shop.exposures.iloc[:half], shop.categories)
        model = LinUCB(shop.n_items, contexts, alpha=0).fit(shop.exposures.iloc[half:])
        told = model.score(shop.users)[:, 1:]
        assert np.square(told - shop.truth).mean() < 0.15 * shop.truth.var()
        first = np.take_along_axis(shop.truth, told.argmax(axis=1)[:, None], axis=1)
        assert first.mean() > 0.95 * shop.truth.max(axis=1).mean()


@pytest.mark.parametrize(
    ("ask", "message"),
    [
        (
            lambda: LinUCB(3, ridge=0).select([[1.0]], [1]),
            "ridge must be .*(positive|of 1 or more), got 0",
        ),
        (lambda: LinUCB(3, alpha=-1).select([[1.0]], [1]), "alpha must be .*0 or more, got -1"),
        (
            lambda: LinUCB(3).select([1.0], [1]),
            r"contexts must have the shape \(B, D\), not \(1,\)",
        ),
        (
            lambda: LinUCB(3).select([[1.0], [np.nan]], [1]),
            "context row 1 holds a value that is not finite",
        ),
        (lambda: LinUCB(3).select([[1.0]], []), "no candidates"),
        (lambda: LinUCB(3).select([[1.0]], [1, 4]), "product 4 is unknown"),
        (lambda: LinUCB(3).update([[1.0]], [0], [1.0]), "product 0 is unknown"),
        (lambda: LinUCB(3).update([[1.0]], [1, 2], [1.0]), "do not match"),
        (lambda: LinUCB(3).update([[1.0], [1.0]], [1, 2], [1.0, np.inf]), "that of event 1 is not"),
        (
            lambda: LinUCB(3).update([[1.0]], [1], [1.0]).select([[1.0, 2.0]], [1]),
            "have 2 features, .* learned 1",
        ),
    ],
)
def test_nonsense_is_refused_with_the_number(ask, message):
    with pytest.raises(ValueError, match=message):
        ask()


def test_a_failed_fit_leaves_the_model_as_it_was():
    exposures = pd.DataFrame({"user_id": [0, 1], "product_id": [1, 2], "clicked": [1, 0]})
    model = LinUCB(2, pd.DataFrame({"bias": [1.0, 1.0]})).fit(exposures)
    before = model.score([0, 1])
    with pytest.raises(ValueError, match="user 9 is unknown"):
        model.fit(exposures.assign(user_id=[0, 9]))
    np.testing.assert_array_equal(model.score([0, 1]), before)


def test_fit_without_a_table_of_contexts_says_what_is_missing():
    with pytest.raises(
        TypeError, match="contexts must be a DataFrame indexed by user id, not NoneType"
    ):
        LinUCB(2).fit(pd.DataFrame({"user_id": [0], "product_id": [1], "clicked": [1]}))
