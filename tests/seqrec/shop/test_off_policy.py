"""Off-policy estimates on problems so small that every outcome can be enumerated."""

import itertools

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from seqrec.shop.off_policy import ips, snips

LOGGING, TARGET = np.array([0.6, 0.3, 0.1]), np.array([0.1, 0.2, 0.7])
CLICK = np.array([0.2, 0.5, 0.8])  # P(reward 1 | arm)
TRUE = (TARGET * CLICK).sum()


def logs_of(n):
    """Every log of n rounds: its probability, arms and rewards."""
    rounds = list(itertools.product(range(3), (0.0, 1.0)))
    for log in itertools.product(rounds, repeat=n):
        arms, rewards = np.array([arm for arm, _ in log]), np.array([reward for _, reward in log])
        p = np.prod(LOGGING[arms] * np.where(rewards > 0, CLICK[arms], 1 - CLICK[arms]))
        yield p, rewards, LOGGING[arms], TARGET[arms]


def test_ips_is_unbiased_and_its_squared_error_too():
    """Over all 216 logs of three rounds:

    the mean value is the truth, the mean squared s.e. the true variance.
    """
    logs = [(p, ips(*log)) for p, *log in logs_of(3)]
    assert sum(p for p, _ in logs) == pytest.approx(1)
    assert sum(p * estimate.value for p, estimate in logs) == pytest.approx(TRUE)
    variance = sum(p * (estimate.value - TRUE) ** 2 for p, estimate in logs)
    assert sum(p * estimate.standard_error**2 for p, estimate in logs) == pytest.approx(variance)


def test_snips_is_biased_in_small_logs_and_less_in_larger_ones():
    bias = [abs(sum(p * snips(*log).value for p, *log in logs_of(n)) - TRUE) for n in (2, 4)]
    assert 1e-4 < bias[1] < 0.75 * bias[0]


def long_log(seed, N=4_000):
    rng = np.random.default_rng(seed)
    arms = rng.choice(3, N, p=LOGGING)
    return (rng.random(N) < CLICK[arms]).astype(float), LOGGING[arms], TARGET[arms]


@pytest.mark.parametrize("estimator", [ips, snips])
def test_the_interval_holds_the_truth_as_often_as_it_says(estimator):
    inside = []
    for seed in range(400):
        estimate = estimator(*long_log(seed, N=600))
        inside.append(abs(estimate.value - TRUE) < 1.96 * estimate.standard_error)
    assert abs(np.mean(inside) - 0.95) < 4 * np.sqrt(0.95 * 0.05 / 400)


@given(st.integers(0, 2**20), st.floats(0.05, 1.0))
def test_snips_does_not_mind_the_scale_of_the_propensities(seed, scale):
    rewards, logging, target = long_log(seed, N=50)
    one, other = snips(rewards, logging, target), snips(rewards, logging * scale, target)
    np.testing.assert_allclose(other, one)
    assert ips(rewards, logging * scale, target).value == pytest.approx(
        ips(rewards, logging, target).value / scale
    )


@given(st.integers(0, 2**20), st.floats(-5, 5))
def test_rewards_of_c_more_are_worth_c_more_to_snips(seed, c):
    rewards, logging, target = long_log(seed, N=50)
    assert snips(rewards + c, logging, target).value == pytest.approx(
        snips(rewards, logging, target).value + c
    )


@given(st.integers(0, 2**20))
def test_a_policy_that_judges_itself_gets_the_mean(seed):
    rewards, logging, _ = long_log(seed, N=50)
    for estimator in (ips, snips):
        estimate = estimator(rewards, logging, logging)
        assert estimate.value == pytest.approx(
            rewards.mean()
        ) and estimate.effective_size == pytest.approx(50)


def test_effective_size_counts_rounds_that_matter():
    assert ips([1, 0, 1, 0], [0.5] * 4, [0.5, 0.5, 0, 0]).effective_size == pytest.approx(2)


def test_a_target_of_which_nothing_was_shown_has_no_value():
    assert np.isnan(snips([1, 0], [0.5, 0.5], [0, 0])).all()
    assert ips([1, 0], [0.5, 0.5], [0, 0]).value == 0, "and nothing warns that this is no answer"


@pytest.mark.parametrize(
    ("log", "message"),
    [
        (([1, 0], [0.5, 0.0], [1, 1]), r"logging\[1\] is 0.0, expected above 0"),
        (([1, 0], [0.5, 1.5], [1, 1]), r"logging\[1\] is 1.5"),
        (([1, 0], [0.5, 0.5], [-1, 1]), r"target\[0\] is -1.0, expected from 0 to 1"),
        (([1, np.nan], [0.5, 0.5], [1, 1]), r"rewards\[1\] is nan"),
        (([1, 0, 1], [0.5, 0.5], [1, 1]), "alike"),
        (([1], [0.5], [1]), "N of 2 or more"),
    ],
)
def test_nonsense_is_refused(log, message):
    for estimator in (ips, snips):
        with pytest.raises(ValueError, match=message):
            estimator(*log)
