"""What must hold of any prediction, whatever the shop."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.zooplus_sim.oracle.worlds import as_histories
from tests.zooplus_sim.worlds import corner_shop, worlds
from zooplus_sim import Oracle, World, ZooplusSimulator
from zooplus_sim.oracle import oracle as oracle_module

SAME = {"rtol": 0, "atol": 1e-13}


@pytest.fixture(scope="module", params=["default", "corner shop"])
def sim(request):
    return ZooplusSimulator(
        60, 300, world=World.default() if request.param == "default" else corner_shop()
    )


@pytest.fixture(scope="module")
def oracle(sim):
    return Oracle(sim)


@pytest.fixture(scope="module")
def histories(sim):
    """(40, 30), of different lengths, left-padded."""
    histories = as_histories(sim.journeys(events_per_user=30, users=40, seed=2))
    lengths = np.random.default_rng(0).integers(0, 31, 40)
    lengths[:3] = 0, 1, 30
    return np.stack(
        [
            np.r_[np.zeros(30 - n, dtype=int), row[:n]]
            for n, row in zip(lengths, histories, strict=True)
        ]
    )


def last_clicks(histories):
    """(rows that have a click, one column of each)."""
    rows = np.flatnonzero((histories > 0).any(1))
    n_clicks = (histories[rows] > 0).sum(1)
    return rows, 30 - 1 - np.random.default_rng(1).integers(0, n_clicks)


@given(
    world=worlds(),
    more_products=st.integers(0, 9),
    seed=st.integers(0, 999),
    length=st.integers(1, 25),
)
@settings(max_examples=40, deadline=None)
def test_rows_are_distributions_over_the_products(world, more_products, seed, length):
    sim = ZooplusSimulator(len(world.product_types) + more_products, 5, seed, world=world)
    histories = as_histories(sim.journeys(events_per_user=length, seed=seed))
    oracle = Oracle(sim)
    positions = np.arange(5) % length
    for probability in (
        oracle.filter(histories),
        oracle.next_item_probabilities(histories),
        oracle.masked_item_probabilities(histories, positions),
    ):
        assert probability.dtype == np.float64
        assert (probability >= 0).all()
        assert (probability[..., 0] == 0).all()
        np.testing.assert_allclose(probability.sum(-1), 1, **SAME)
    truth = histories[np.arange(5), positions]
    assert (oracle.masked_item_probabilities(histories, positions)[np.arange(5), truth] > 0).all()


def test_padding_changes_nothing(oracle, histories):
    padded = np.pad(histories, ((0, 0), (7, 0)))
    np.testing.assert_allclose(
        oracle.next_item_probabilities(padded), oracle.next_item_probabilities(histories), **SAME
    )
    np.testing.assert_allclose(oracle.filter(padded)[:, 7:], oracle.filter(histories), **SAME)
    rows, positions = last_clicks(histories)
    np.testing.assert_allclose(
        oracle.masked_item_probabilities(padded[rows], positions + 7),
        oracle.masked_item_probabilities(histories[rows], positions),
        **SAME,
    )


def test_a_position_sees_nothing_of_what_follows(oracle, histories):
    everywhere = oracle.filter(histories)
    for t in (0, 7, 20):
        np.testing.assert_allclose(
            oracle.filter(histories[:, : t + 1]), everywhere[:, : t + 1], **SAME
        )
        np.testing.assert_allclose(
            oracle.next_item_probabilities(histories[:, : t + 1]), everywhere[:, t], **SAME
        )


def test_a_gap_at_the_end_is_the_next_item(oracle, histories):
    rows = np.flatnonzero((histories > 0).any(1))
    masked = oracle.masked_item_probabilities(histories[rows], np.full(len(rows), 29))
    np.testing.assert_allclose(masked, oracle.next_item_probabilities(histories[rows, :-1]), **SAME)


def test_what_stands_in_the_gap_is_not_read(oracle, histories):
    rows, positions = last_clicks(histories)
    expected = oracle.masked_item_probabilities(histories[rows], positions)
    for token in (0, 1, 61, -5):
        masked = histories[rows]
        masked[np.arange(len(rows)), positions] = token
        np.testing.assert_array_equal(oracle.masked_item_probabilities(masked, positions), expected)


def test_histories_do_not_touch_each_other(oracle, histories, monkeypatch):
    """Neither the order of the rows nor the size of a chunk nor who else is asked about changes a
    prediction.
    """
    rows, positions = last_clicks(histories)
    rows, positions = rows[:20], positions[:20]
    everywhere = oracle.filter(histories)
    masked = oracle.masked_item_probabilities(histories[rows], positions)
    order = np.random.default_rng(3).permutation(len(rows))
    for chunk, numbers in (
        (3, 2**23),
        (17, 2**23),
        (256, 1),
    ):  # the last: no memory for more than one at a time
        monkeypatch.setattr(oracle_module, "CHUNK", chunk)
        monkeypatch.setattr(oracle_module, "CHUNK_NUMBERS", numbers)
        np.testing.assert_allclose(
            oracle.filter(histories[rows[order]]), everywhere[rows[order]], **SAME
        )
        got = oracle.masked_item_probabilities(histories[rows[order]], positions[order])
        np.testing.assert_allclose(got, masked[order], **SAME)


def test_nothing_is_edited_in_place(oracle, histories):
    before, probability = histories.copy(), oracle.filter(histories)
    rows, positions = last_clicks(histories)
    oracle.masked_item_probabilities(histories, np.full(len(histories), 29))
    oracle.expected_outcome(histories, np.full(len(histories), 3))
    oracle.ceiling(histories)
    np.testing.assert_array_equal(histories, before)
    np.testing.assert_array_equal(oracle.filter(histories), probability)


def test_masked_item_is_what_the_chain_rule_makes_of_the_filter(oracle, histories):
    """Far beyond what can be enumerated:

    each candidate's likelihood as a product of next-item predictions.
    """
    rows, positions = last_clicks(histories)
    rows, positions = rows[:12], positions[:12]
    log_likelihood = np.full((12, 61), -np.inf)
    for item in range(1, 61):
        filled = histories[rows]
        filled[np.arange(12), positions] = item
        padded = np.pad(filled, ((0, 0), (1, 0)))  # the first column predicts the first click
        chance = np.take_along_axis(oracle.filter(padded)[:, :-1], filled[:, :, None], axis=2)[
            ..., 0
        ]
        log_likelihood[:, item] = np.where(
            filled > 0, np.log(np.where(filled > 0, chance, 1.0)), 0.0
        ).sum(1)
    weight = np.exp(log_likelihood - log_likelihood.max(1, keepdims=True))
    got = oracle.masked_item_probabilities(histories[rows], positions)
    np.testing.assert_allclose(got, weight / weight.sum(1, keepdims=True), rtol=0, atol=1e-12)


def test_very_long_histories_stay_exact(sim, oracle):
    """800 clicks have a likelihood far below the smallest float:

    a gap in their middle is still the chain rule's.
    """
    clicks = as_histories(sim.journeys(events_per_user=800, users=1, seed=4))
    near = np.flatnonzero(oracle.filter(clicks[:, :400])[0, -1] > 0)[:4]
    filled = np.repeat(clicks, 4, axis=0)
    filled[:, 400] = near
    chance = np.take_along_axis(oracle.filter(filled[:, :-1]), filled[:, 1:, None], axis=2)[..., 0]
    log_likelihood = np.log(chance[:, 399:]).sum(1)
    got = oracle.masked_item_probabilities(clicks, np.array([400]))[0, near]
    expected = np.exp(log_likelihood - log_likelihood[0])
    np.testing.assert_allclose(got / got[0], expected, rtol=1e-9)


def test_a_shop_without_order_or_habit_does_not_care_about_order():
    """eps = 1, kappa = 0:

    shuffled histories give the same prediction (sessions are there, but say nothing).
    """
    sim = ZooplusSimulator(40, 50, world=World.default().replace(distraction=1.0, habit=0.0))
    histories = as_histories(sim.journeys(events_per_user=12))
    shuffled = np.random.default_rng(0).permuted(histories, axis=1)
    oracle = Oracle(sim)
    np.testing.assert_allclose(
        oracle.next_item_probabilities(histories), oracle.next_item_probabilities(shuffled), **SAME
    )
    outcomes = oracle.expected_outcome(histories, histories[:, 0])
    np.testing.assert_allclose(outcomes, oracle.expected_outcome(shuffled, histories[:, 0]), **SAME)


def test_a_restart_sees_the_last_w_clicks_only(oracle, histories):
    full = histories[(histories > 0).all(1)]
    changed = full.copy()
    changed[:, :-5] = full[:, :-5][:, ::-1]
    restarted = oracle.restarted(5)
    got = restarted.next_item_probabilities(full)
    np.testing.assert_array_equal(got, restarted.next_item_probabilities(changed))
    np.testing.assert_array_equal(got, oracle.next_item_probabilities(full[:, -5:]))
    np.testing.assert_array_equal(
        oracle.restarted(99).next_item_probabilities(histories),
        oracle.next_item_probabilities(histories),
    )
