"""The oracle equals a sum over all hidden paths of the story, to 1e-12."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.zooplus_sim.oracle.story import Story
from tests.zooplus_sim.oracle.worlds import as_histories, tiny_shop
from tests.zooplus_sim.worlds import worlds
from zooplus_sim import Oracle, ZooplusSimulator

CLOSE = {"rtol": 0, "atol": 1e-12}
L, J = 4, 9


@pytest.fixture(scope="module")
def shop():
    return ZooplusSimulator(J - 1, 300, seed=3, world=tiny_shop())


@pytest.fixture(scope="module")
def oracle(shop):
    return Oracle(shop)


@pytest.fixture(scope="module")
def story(shop):
    return Story(shop)


@pytest.fixture(scope="module")
def histories(shop):
    """(14, L):

    what shoppers did, what nobody would do, and more clicks on one type than are remembered.
    """
    by_type = [
        shop.products.index[shop.products["product_type"] == kind].tolist()
        for kind in ("Tin", "Ball")
    ]
    rng = np.random.default_rng(0)
    return np.concatenate(
        [
            as_histories(shop.journeys(events_per_user=L, users=6)),
            rng.integers(1, J, (4, L)),
            rng.choice(by_type[0], (2, L)),
            rng.choice(by_type[1], (2, L)),
        ]
    )


def test_the_enumeration_is_of_a_distribution(story):
    """What the oracle is held to sums to 1 over all pairs of clicks."""
    assert sum(path.probability for path in story.paths((None, None))) == pytest.approx(
        1, abs=1e-12
    )


def test_next_item_at_every_position(oracle, story, histories):
    everywhere = oracle.filter(histories)
    for row, clicks in enumerate(histories.tolist()):
        for t in range(L):
            np.testing.assert_allclose(everywhere[row, t], story.next(clicks[: t + 1]), **CLOSE)
    np.testing.assert_allclose(
        oracle.next_item_probabilities(histories), everywhere[:, -1], **CLOSE
    )


def test_first_item(oracle, story):
    first = story.next([])
    np.testing.assert_allclose(
        oracle.next_item_probabilities(np.zeros((1, 0), dtype=int)), [first], **CLOSE
    )
    np.testing.assert_allclose(
        oracle.filter(np.zeros((1, 2), dtype=int)), [[first, first]], **CLOSE
    )


@pytest.mark.parametrize("position", range(L))
def test_masked_item(oracle, story, histories, position):
    got = oracle.masked_item_probabilities(histories, np.full(len(histories), position))
    for row, clicks in enumerate(histories.tolist()):
        np.testing.assert_allclose(got[row], story.gap(clicks, position), **CLOSE)


def test_masked_item_in_rows_of_different_lengths(oracle, story, histories):
    rng = np.random.default_rng(1)
    rows = [clicks[: rng.integers(1, L + 1)] for clicks in histories.tolist()]
    gaps = [int(rng.integers(len(row))) for row in rows]
    padded = np.array([[0] * (L - len(row)) + row for row in rows])
    got = oracle.masked_item_probabilities(padded, np.array([L - len(row) for row in rows]) + gaps)
    for row, gap, probability in zip(rows, gaps, got, strict=True):
        np.testing.assert_allclose(probability, story.gap(row, gap), **CLOSE)


def test_more_clicks_on_a_type_than_are_remembered_on_both_sides_of_the_gap(oracle, story, shop):
    """R = 2: the habit of a click may reach over the gap, end at it, or be cut off by it."""
    a, b = shop.products.index[shop.products["product_type"] == "Tin"].tolist()
    clicks = [b, a, b, a, a]
    for position in range(5):
        got = oracle.masked_item_probabilities(np.array([clicks]), np.array([position]))
        np.testing.assert_allclose(got, [story.gap(clicks, position)], **CLOSE)


def test_expected_outcome(oracle, story, histories):
    items = np.tile(np.arange(1, J), (len(histories), 1))
    got = oracle.expected_outcome(histories, items)
    for row, clicks in enumerate(histories.tolist()):
        totals = story.totals((*clicks, None))
        np.testing.assert_allclose(got[row], totals.outcome[1:] / totals.weight[1:], **CLOSE)
    np.testing.assert_allclose(oracle.expected_outcome(histories, items[:, 3]), got[:, 3], **CLOSE)


@pytest.mark.parametrize("reject_target", [False, True])
@pytest.mark.parametrize("n_negatives", [1, 4])
def test_click_probability(oracle, story, histories, n_negatives, reject_target):
    """Every positive with every negative that may be drawn for it, counted by label and item."""
    negatives = np.array([0, 0.3, 0.05, 0.0, 0.15, 0.1, 0.2, 0.1, 0.1])
    items = np.arange(1, J)
    got = oracle.click_probability(
        histories,
        np.tile(items, (len(histories), 1)),
        negatives=negatives,
        n_negatives=n_negatives,
        reject_target=reject_target,
    )
    for row, clicks in enumerate(histories.tolist()):
        samples = np.zeros((2, J))  # [label, item]
        for positive, chance in enumerate(story.next(clicks)):
            samples[1, positive] += chance
            allowed = [item for item in items if not (reject_target and item == positive)]
            for item in allowed:
                drawn = negatives[item] / sum(negatives[other] for other in allowed)
                samples[0, item] += chance * n_negatives * drawn
        np.testing.assert_allclose(
            got[row], (samples[1] / samples.sum(0).clip(1e-300))[1:], **CLOSE
        )


def test_with_the_persona_revealed(oracle, story, histories):
    for persona in ("walker", "collector"):
        got = oracle.next_item_probabilities(histories, personas=[persona] * len(histories))
        for row, clicks in enumerate(histories.tolist()):
            weight = story.totals((*clicks, None)).by_persona[persona]
            np.testing.assert_allclose(got[row], weight / weight.sum(), **CLOSE)


def test_with_past_session_boundaries_revealed(shop, oracle, story):
    log = shop.journeys(events_per_user=L, users=8, seed=1)
    histories, sessions = as_histories(log), as_histories(log, "session_id")
    starts = np.diff(sessions, axis=1, prepend=-1) > 0
    assert len(np.unique(starts, axis=0)) > 3
    got = oracle.filter(histories, session_starts=starts)
    for row, clicks in enumerate(histories.tolist()):
        for t in range(L):
            by_opens = story.totals((*clicks[: t + 1], None)).by_opens
            known = tuple(starts[row, : t + 1].tolist())
            weight = sum(weight for opens, weight in by_opens.items() if opens[:-1] == known)
            np.testing.assert_allclose(got[row, t], weight / weight.sum(), **CLOSE)


@given(
    world=worlds(),
    more_products=st.integers(0, 4),
    seed=st.integers(0, 10**6),
    length=st.integers(1, 4),
)
@settings(max_examples=60, deadline=None)
def test_any_world(world, more_products, seed, length):
    """Random shops:

    strict order or none, no or nothing but distractions, sessions of one click, certain ends.
    """
    sim = ZooplusSimulator(len(world.product_types) + more_products, 2, seed, world=world)
    oracle, story = Oracle(sim), Story(sim)
    history = as_histories(sim.journeys(events_per_user=length, users=1, seed=seed))
    clicks = history[0].tolist()
    np.testing.assert_allclose(oracle.filter(history)[0, -1], story.next(clicks), **CLOSE)
    for position in range(length):
        got = oracle.masked_item_probabilities(history, np.array([position]))
        np.testing.assert_allclose(got, [story.gap(clicks, position)], **CLOSE)
    totals = story.totals((*clicks[:-1], None))
    items = np.flatnonzero(totals.weight)
    got = oracle.expected_outcome(history[:, :-1], items[None])
    np.testing.assert_allclose(got[0], totals.outcome[items] / totals.weight[items], **CLOSE)
