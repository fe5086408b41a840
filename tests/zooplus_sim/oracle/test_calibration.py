"""What the oracle says comes true as often as it says, on a hundred thousand clicks of the default
world.

A right oracle passes 3 standard errors in 997 of 1,000 logs; the seed is fixed. Where many numbers
are compared at once the bound is 4.
"""

import numpy as np
import pytest

from tests.zooplus_sim.oracle.worlds import as_histories
from zooplus_sim import Oracle, ZooplusSimulator

L = 41


@pytest.fixture(scope="module")
def sim():
    return ZooplusSimulator(n_users=2600)


@pytest.fixture(scope="module")
def journeys(sim):
    return sim.journeys(events_per_user=L, seed=17)


@pytest.fixture(scope="module")
def clicks(journeys):
    return as_histories(journeys)


@pytest.fixture(scope="module")
def oracle(sim):
    return Oracle(sim)


@pytest.fixture(scope="module")
def predictions(oracle, clicks):
    """(B, L - 1, J): 104,000 predictions, of the click after each of the first L - 1."""
    return oracle.filter(clicks[:, :-1])


def z_score(realised, expected, axis=None):
    """How many standard errors the mean of `realised - expected` is from 0.

    Clicks of one user depend on each other, yet these differences are uncorrelated: each prediction
    is conditional on all clicks before it (they are martingale differences), so that their squares
    add up to the variance of the sum.
    """
    excess = realised - expected
    return excess.sum(axis) / np.sqrt((excess**2).sum(axis))


def hits(predictions, target, k):
    """Whether the target is among the k products of the highest probability.

    (..., J), (...) -> (...) bool.
    """
    chance = np.take_along_axis(predictions, target[..., None], -1)
    before_it = (predictions == chance) & (
        np.arange(predictions.shape[-1]) < target[..., None]
    )  # one order for ties
    return ((predictions > chance) | before_it).sum(-1) < k


@pytest.mark.parametrize("k", [1, 3, 10])
def test_hit_rates(predictions, clicks, k):
    expected = np.sort(predictions, axis=-1)[..., -k:].sum(-1)
    assert abs(z_score(hits(predictions, clicks[:, 1:], k), expected)) < 3


def test_hit_rates_at_each_position(predictions, clicks):
    expected = np.sort(predictions, axis=-1)[..., -5:].sum(-1)
    z = z_score(hits(predictions, clicks[:, 1:], 5), expected, axis=0)  # (L - 1,)
    assert (np.abs(z) < 4).all()
    assert (np.abs(z) < 3).mean() > 0.9


def test_reliability_by_bin(predictions, clicks):
    """Of the products that were given between 10 and 20 %, that share is clicked; and so in each
    bin.
    """
    came = np.zeros(predictions.shape, dtype=bool)
    np.put_along_axis(came, clicks[:, 1:, None], True, axis=-1)
    edges = [0, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 1.001]
    bins = np.digitize(predictions, edges)
    n_tested = 0
    for number in range(1, len(edges)):
        inside = bins == number
        inside[..., 0] = False
        chance = predictions[inside]
        variance = (chance * (1 - chance)).sum()
        if variance > 20:
            n_tested += 1
            assert abs(came[inside].sum() - chance.sum()) < 4 * np.sqrt(variance), edges[number]
    assert n_tested > 10


def test_realised_log_loss_is_the_expected_one(predictions, clicks):
    """The entropy of the predictions is their own expected loss:

    neither over- nor under-confident.
    """
    with np.errstate(divide="ignore", invalid="ignore"):
        log = np.where(predictions > 0, np.log(predictions), 0.0)
    realised = np.take_along_axis(log, clicks[:, 1:, None], -1)[..., 0]
    assert abs(z_score(realised, (predictions * log).sum(-1))) < 3


def test_masked_item(oracle, clicks):
    """On sequences of 20 clicks with a gap anywhere."""
    sequences = clicks[:1000, :20]
    positions = np.random.default_rng(0).integers(0, 20, 1000)
    probability = oracle.masked_item_probabilities(sequences, positions)
    target = sequences[np.arange(1000), positions]
    for k in (1, 3, 10):
        expected = np.sort(probability, axis=-1)[:, -k:].sum(-1)
        assert abs(z_score(hits(probability, target, k), expected)) < 4


def test_knowing_what_follows_helps(oracle, predictions, clicks):
    """The cloze task is the easier one:

    the mean probability of the truth is higher with both sides in sight.
    """
    sequences, truth = clicks[:500, :20], clicks[:500, 10:11]
    both = oracle.masked_item_probabilities(sequences, np.full(500, 10))
    assert (
        np.take_along_axis(both, truth, 1).mean()
        > np.take_along_axis(predictions[:500, 9], truth, 1).mean()
    )


def test_click_probability(oracle, clicks):
    """Labelled samples as a classifier would meet them:

    one positive, three negatives from a skewed q, no target.
    """
    rng = np.random.default_rng(0)
    histories, target = clicks[:, :-1], clicks[:, -1]
    q = np.bincount(clicks.ravel(), minlength=51) ** 0.5
    q /= q.sum()
    negatives = rng.choice(51, size=(len(clicks), 3), p=q)
    while (again := negatives == target[:, None]).any():
        negatives[again] = rng.choice(51, size=again.sum(), p=q)
    items = np.concatenate([target[:, None], negatives], axis=1)
    chance = oracle.click_probability(
        histories, items, negatives=q, n_negatives=3, reject_target=True
    )
    label = np.arange(4) == 0
    for low, high in ((0, 0.1), (0.1, 0.5), (0.5, 1.01), (0, 1.01)):
        inside = (chance >= low) & (chance < high)
        assert abs(z_score((label * inside).sum(1), (chance * inside).sum(1))) < 4
    assert chance[:, 0].mean() > chance[:, 1:].mean()


def test_expected_outcome(oracle, journeys, clicks):
    at = [1, 4, 12, 25, L - 1]
    realised = as_histories(journeys, "outcome")[:, at]
    expected = np.stack([oracle.expected_outcome(clicks[:, :t], clicks[:, t]) for t in at], axis=1)
    quarter = np.digitize(expected, np.quantile(expected, [0.25, 0.5, 0.75]))
    for number in range(4):
        assert abs(z_score(realised[quarter == number], expected[quarter == number])) < 4
    assert realised[quarter == 3].mean() > realised[quarter == 0].mean()


def test_what_is_revealed_is_used_and_stays_calibrated(sim, oracle, journeys, clicks):
    histories, target = clicks[:, :8], clicks[:, 8:9]
    personas = [sim.user_to_persona_map[user] for user in range(len(clicks))]
    starts = np.diff(as_histories(journeys, "session_id")[:, :8], axis=1, prepend=-1) > 0
    loss = {}
    for name, revealed in {
        "nothing": {},
        "persona": {"personas": personas},
        "boundaries": {"session_starts": starts},
        "both": {"personas": personas, "session_starts": starts},
    }.items():
        probability = oracle.next_item_probabilities(histories, **revealed)
        best = np.sort(probability, axis=-1)[:, -3:].sum(-1)
        assert abs(z_score(hits(probability, target[:, 0], 3), best)) < 4
        loss[name] = -np.log(np.take_along_axis(probability, target, 1)).mean()
    assert loss["both"] < loss["persona"] < loss["nothing"]
    assert loss["both"] < loss["boundaries"] < loss["nothing"]
