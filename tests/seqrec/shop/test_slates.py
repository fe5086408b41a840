"""Drawn slates and their propensities, against a plain loop and against frequencies."""

import itertools

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from seqrec.shop import draw_slates
from seqrec.shop.slates import seen_places, slate_log_propensity


def some_scores(seed, B=3, J=5):
    scores = np.random.default_rng(seed).normal(size=(B, J + 1)) * 2
    scores[:, 0] = -np.inf
    return scores


def plain_propensity(scores, slate, temperature):
    """One slate, one place after another, from plain exponentials."""
    weights = {item: np.exp(scores[item] / temperature) for item in range(1, len(scores))}
    p = 1.0
    for item in slate:
        p *= weights[item] / sum(weights.values())
        del weights[item]
    return p


@given(st.integers(0, 2**20), st.sampled_from([0.3, 1.0, 4.0]), st.integers(1, 5))
def test_a_propensity_is_that_of_drawing_place_by_place(seed, temperature, K):
    scores = some_scores(seed)
    slates = draw_slates(scores, K, temperature, np.random.default_rng(seed))
    expected = [
        plain_propensity(row, slate, temperature) for row, slate in zip(scores, slates, strict=True)
    ]
    np.testing.assert_allclose(
        np.exp(slate_log_propensity(scores, slates, temperature)), expected, rtol=1e-9
    )


@pytest.mark.parametrize("temperature", [0.5, 1.0, 3.0])
def test_propensities_of_all_slates_sum_to_1(temperature):
    slates = np.array(list(itertools.permutations(range(1, 6), 3)))
    scores = np.tile(some_scores(1, B=1), (len(slates), 1))
    assert np.exp(slate_log_propensity(scores, slates, temperature)).sum() == pytest.approx(1)


def test_slates_come_as_often_as_their_propensities_say():
    """Chi-square over the 20 slates of 2 of 5 products; 20,000 draws."""
    slates = np.array(list(itertools.permutations(range(1, 6), 2)))
    scores, N = some_scores(2, B=1), 20_000
    drawn = draw_slates(np.tile(scores, (N, 1)), 2, 0.8, np.random.default_rng(0))
    counts = np.array([(drawn == slate).all(axis=1).sum() for slate in slates])
    expected = N * np.exp(slate_log_propensity(np.tile(scores, (20, 1)), slates, 0.8))
    assert counts.sum() == N
    assert ((counts - expected) ** 2 / expected).sum() < 19 + 4 * np.sqrt(2 * 19)


@given(st.integers(0, 2**20))
def test_towards_temperature_0_the_slate_is_the_best_and_certain(seed):
    scores = some_scores(seed)
    best = np.argsort(-scores, axis=1)[:, :3]
    for temperature in (0.0, 1e-6):
        assert (draw_slates(scores, 3, temperature, np.random.default_rng(seed)) == best).all()
    np.testing.assert_allclose(slate_log_propensity(scores, best, 1e-6), 0, atol=1e-6)


@given(st.integers(0, 2**20), st.floats(-50, 50))
def test_a_constant_added_to_all_scores_changes_nothing(seed, shift):
    scores = some_scores(seed)
    slates = draw_slates(scores, 4, 1.0, np.random.default_rng(seed))
    assert (draw_slates(scores + shift, 4, 1.0, np.random.default_rng(seed)) == slates).all()
    np.testing.assert_allclose(
        slate_log_propensity(scores + shift, slates, 1.0), slate_log_propensity(scores, slates, 1.0)
    )


def test_large_scores_do_not_overflow():
    scores = np.array([[-np.inf, 5000.0, 4999.0, -5000.0]])
    log_p = slate_log_propensity(scores, [[1, 2, 3]], 1.0)
    np.testing.assert_allclose(log_p, [-np.log1p(np.exp(-1))])


def test_what_may_not_be_shown_is_not_and_has_no_propensity():
    scores = np.tile([[9.0, 1.0, -np.inf, 0.0, 2.0]], (50, 1))
    slates = draw_slates(scores, 3, 2.0, np.random.default_rng(0))
    assert not (slates == 2).any() and np.isfinite(slate_log_propensity(scores, slates, 2.0)).all()
    assert (slate_log_propensity(scores, np.tile([[1, 2, 3]], (50, 1)), 2.0) == -np.inf).all()


def test_no_argument_is_edited():
    scores, slates = some_scores(0), np.array([[1, 2], [3, 4], [5, 1]])
    kept = scores.copy(), slates.copy()
    draw_slates(scores, 2, 1.0, np.random.default_rng(0)), slate_log_propensity(scores, slates, 1.0)
    assert (scores == kept[0]).all() and (slates == kept[1]).all()


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: draw_slates(np.zeros(4), 1, 1.0, None), r"got shape \(4,\)"),
        (lambda: draw_slates([[0, np.nan]], 1, 1.0, None), "got NaN"),
        (
            lambda: draw_slates(np.zeros((1, 4)), 4, 1.0, None),
            "only 3 items that may be shown, for 4 places",
        ),
        (lambda: draw_slates(np.zeros((1, 4)), 1, -1.0, None), "0 or more, got -1"),
        (lambda: slate_log_propensity(np.zeros((1, 4)), [[1]], 0.0), "temperature must be above 0"),
        (
            lambda: slate_log_propensity(np.zeros((1, 4)), [[1, 2, 1]], 1.0),
            "slate 0 shows a product twice",
        ),
        (lambda: slate_log_propensity(np.zeros((1, 4)), [[1, 0]], 1.0), "or none at a place"),
        (lambda: slate_log_propensity(np.zeros((2, 4)), [[1]], 1.0), r"got \(1, 1\)"),
    ],
)
def test_nonsense_is_refused(call, message):
    with pytest.raises(ValueError, match=message):
        call()


def plain_seen(slates, places):
    told = []
    for row, (slate, place) in enumerate(zip(slates, places, strict=True)):
        for column, item in enumerate(slate):
            if item and (place < 0 or column <= place):
                told.append((row, item, float(column == place)))
    return told


@given(st.integers(0, 2**20))
def test_seen_is_everything_down_to_the_click(seed):
    rng = np.random.default_rng(seed)
    slates = np.stack([rng.permutation(6)[:4] for _ in range(5)])
    places = np.array([rng.choice([-1, *np.flatnonzero(slate)]) for slate in slates])
    assert list(zip(*seen_places(slates, places), strict=True)) == plain_seen(
        slates.tolist(), places.tolist()
    )
