"""Missions that wait for what was clicked long ago: simulated, and predicted exactly."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.zooplus_sim.oracle.story import Story
from tests.zooplus_sim.oracle.test_calibration import hits, z_score
from tests.zooplus_sim.oracle.worlds import as_histories, tiny_shop
from tests.zooplus_sim.storefront.story import SlateStory
from tests.zooplus_sim.worlds import with_memory, worlds_with_memory
from zooplus_sim import Belief, Browsing, Oracle, World, ZooplusSimulator

CLOSE = {"rtol": 0, "atol": 1e-12}
L, J = 4, 9


@pytest.fixture(scope="module")
def shop():
    """To move in a shopper must know the Tin and the Ball, to refill the Ball."""
    walker, collector = tiny_shop().personas
    next_mission = {
        "move_in": {"refill": 0.5, "play": 0.3, "move_in": 0.2},
        "play": {"move_in": 0.6, "refill": 0.3, "play": 0.1},
        "refill": {"move_in": 0.9, "play": 0.1},
    }
    walker = replace(walker, next_mission=next_mission)
    world = tiny_shop().replace(personas=[walker, collector])
    world = with_memory(world, {"move_in": ["Tin", "Ball"], "refill": ["Ball"]})
    return ZooplusSimulator(J - 1, 300, seed=3, world=world)


@pytest.fixture(scope="module")
def story(shop):
    return Story(shop)


@pytest.fixture(scope="module")
def histories(shop):
    """(12, L): what shoppers did, and what nobody would do."""
    rng = np.random.default_rng(0)
    done = as_histories(shop.journeys(events_per_user=L, users=8))
    return np.concatenate([done, rng.integers(1, J, (4, L))])


def test_the_enumeration_is_of_a_distribution(story):
    total = sum(path.probability for path in story.paths((None, None, None)))
    assert total == pytest.approx(1, abs=1e-12)


def test_next_item_at_every_position(shop, story, histories):
    everywhere = Oracle(shop).filter(histories)
    for row, clicks in enumerate(histories.tolist()):
        for t in range(L):
            np.testing.assert_allclose(everywhere[row, t], story.next(clicks[: t + 1]), **CLOSE)


@pytest.mark.parametrize("position", range(L))
def test_masked_item(shop, story, histories, position):
    """What stood in the gap decides on which missions could begin after it."""
    got = Oracle(shop).masked_item_probabilities(histories, np.full(len(histories), position))
    for row, clicks in enumerate(histories.tolist()):
        np.testing.assert_allclose(got[row], story.gap(clicks, position), **CLOSE)


def test_in_rows_of_different_lengths(shop, story, histories):
    rng = np.random.default_rng(1)
    rows = [clicks[: rng.integers(1, L + 1)] for clicks in histories.tolist()]
    gaps = [int(rng.integers(len(row))) for row in rows]
    padded = np.array([[0] * (L - len(row)) + row for row in rows])
    oracle = Oracle(shop)
    following = oracle.next_item_probabilities(padded)
    gap = oracle.masked_item_probabilities(padded, np.array([L - len(row) for row in rows]) + gaps)
    for number, (row, place) in enumerate(zip(rows, gaps, strict=True)):
        np.testing.assert_allclose(following[number], story.next(row), **CLOSE)
        np.testing.assert_allclose(gap[number], story.gap(row, place), **CLOSE)


def test_expected_outcome_and_click_probability(shop, story, histories):
    oracle = Oracle(shop)
    items = np.tile(np.arange(1, J), (len(histories), 1))
    outcome = oracle.expected_outcome(histories, items)
    q = np.r_[0, np.full(J - 1, 1 / (J - 1))]
    click = oracle.click_probability(histories, items, negatives=q, n_negatives=3)
    for row, clicks in enumerate(histories.tolist()):
        totals = story.totals((*clicks, None))
        np.testing.assert_allclose(outcome[row], totals.outcome[1:] / totals.weight[1:], **CLOSE)
        p = story.next(clicks)[1:]
        np.testing.assert_allclose(click[row], p / (p + 3 * q[1:]), **CLOSE)


@given(
    world=worlds_with_memory(),
    more_products=st.integers(0, 4),
    seed=st.integers(0, 10**6),
    length=st.integers(1, 5),
)
@settings(
    max_examples=40,
    deadline=None,
    suppress_health_check=[HealthCheck.filter_too_much, HealthCheck.too_slow],
)
def test_any_world(world, more_products, seed, length):
    sim = ZooplusSimulator(len(world.product_types) + more_products, 2, seed, world=world)
    oracle, story = Oracle(sim), Story(sim)
    history = as_histories(sim.journeys(events_per_user=length, users=1, seed=seed))
    clicks = history[0].tolist()[:4]
    np.testing.assert_allclose(
        oracle.filter(history)[0, len(clicks) - 1], story.next(clicks), **CLOSE
    )
    for position in range(len(clicks)):
        got = oracle.masked_item_probabilities(np.array([clicks]), np.array([position]))
        np.testing.assert_allclose(got, [story.gap(clicks, position)], **CLOSE)


def test_a_belief_that_saw_slates(shop):
    """The storefront's filter too: what is owned is seen, whatever the slate."""
    browsing = Browsing()
    items, slates, places = [2, 5, 3], [[2, 1], [4, 6], [7, 3]], [0, -1, 1]
    belief = Belief(shop, 1, browsing)
    story = SlateStory(shop, browsing, slates, places)
    for t in range(3):
        belief.observe(np.array(items[t : t + 1]), np.array([slates[t]]), np.array([places[t]]))
        clicks = items[: t + 1]
        np.testing.assert_allclose(
            belief.item_probabilities()[0], story.next_intent(clicks), **CLOSE
        )
        missions = story.hidden(clicks)["mission"]
        expected = [missions.get(mission.name, 0.0) for mission in shop.world.missions]
        np.testing.assert_allclose(belief.missions()[0], expected, **CLOSE)


# --- In a world of the default's size ---


@pytest.fixture(scope="module")
def tank_owners():
    """The default world; tank care is for those who have a tank, and so on."""
    return with_memory(
        World.default(),
        {
            "tank_care": ["Aquarium Tank"],
            "pet_hygiene": ["Grooming Brush"],
            "cat_play": ["Scratching Post"],
        },
    )


@pytest.fixture(scope="module")
def log(tank_owners):
    return ZooplusSimulator(n_users=1500, world=tank_owners).journeys(events_per_user=31, seed=17)


@pytest.fixture(scope="module")
def predictions(tank_owners, log):
    """(B, L - 1, J), of the click after each of the first L - 1."""
    oracle = Oracle(ZooplusSimulator(n_users=1500, world=tank_owners))
    return oracle.filter(as_histories(log)[:, :-1])


def test_no_mission_begins_before_its_time(tank_owners, log):
    """In the default world's log some would."""
    shops = {
        True: log,
        False: ZooplusSimulator(n_users=300).journeys(events_per_user=31, seed=17),
    }
    products = ZooplusSimulator(world=tank_owners).products["product_type"]
    early = {}
    for waits, journeys in shops.items():
        table = journeys.interactions.assign(mission=journeys.truth["mission"].astype(str))
        table["type"] = table["item_id"].map(products)
        early[waits] = 0
        for mission in tank_owners.missions:
            for needed in mission.requires:
                known = (table["type"] == needed).groupby(table["user_id"]).cumsum() > 0
                before = known.groupby(table["user_id"]).shift(fill_value=False)
                opens = table.groupby("user_id")["session_id"].diff().fillna(1) > 0
                begins = opens & (table["mission"] == mission.name)
                assert begins.sum() > 50
                early[waits] += (begins & ~before).sum()
    assert early[True] == 0
    assert early[False] > 100


@pytest.mark.parametrize("k", [1, 3, 10])
def test_hit_rates_come_true(log, predictions, k):
    clicks = as_histories(log)
    expected = np.sort(predictions, axis=-1)[..., -k:].sum(-1)
    assert abs(z_score(hits(predictions, clicks[:, 1:], k), expected)) < 3


def test_log_loss_comes_true(log, predictions):
    clicks = as_histories(log)
    with np.errstate(divide="ignore", invalid="ignore"):
        logs = np.where(predictions > 0, np.log(predictions), 0.0)
    realised = np.take_along_axis(logs, clicks[:, 1:, None], -1)[..., 0]
    assert abs(z_score(realised, (predictions * logs).sum(-1))) < 3


def test_an_oracle_that_knows_of_no_requirements_is_worse(log, predictions):
    """In nats per click, by many standard errors; and it is not even calibrated."""
    clicks = as_histories(log)
    plain = Oracle(ZooplusSimulator(n_users=1500)).filter(clicks[:, :-1])
    target = clicks[:, 1:, None]
    gain = np.log(np.take_along_axis(predictions, target, -1))
    gain -= np.log(np.take_along_axis(plain, target, -1))
    assert gain.mean() > 0
    assert gain.mean() > 5 * gain.mean((1, 2)).std() / np.sqrt(len(gain))
