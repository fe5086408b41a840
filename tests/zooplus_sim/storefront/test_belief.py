"""The belief equals a sum over all hidden paths and intents, and comes true as often as it says."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.zooplus_sim.oracle.worlds import tiny_shop
from tests.zooplus_sim.storefront.story import SlateStory
from tests.zooplus_sim.worlds import worlds
from zooplus_sim import Belief, Browsing, Oracle, RandomPolicy, Storefront, ZooplusSimulator

CLOSE = {"rtol": 0, "atol": 1e-10}


def visits(shop, browsing, *, shoppers, n_steps, slate_size, seed=0):
    """Slates (B, L, K), half of them with an empty place, items (B, L) and places (B, L)."""
    front = Storefront(
        shop,
        shoppers=shoppers,
        n_steps=n_steps,
        slate_size=slate_size,
        browsing=browsing,
        seed=seed,
    )
    policy, (observation, info), seen = RandomPolicy(front), front.reset(), []
    while True:
        slates = policy(observation, info)
        slates[::2, info["step"] % slate_size] = 0
        observation, _, _, truncated, info = front.step(slates)
        seen.append((slates, info["item_id"], info["place"]))
        if truncated.all():
            return [np.stack(column, axis=1) for column in zip(*seen, strict=True)]


def assert_equals_the_story(shop, browsing, slates, items, places, asked):
    """After each event of each shopper. asked: (N, K) slates that might be shown next."""
    world, n_steps = shop.world, items.shape[1]
    stories = [
        SlateStory(shop, browsing, *(values.tolist() for values in visit))
        for visit in zip(slates, places, strict=True)
    ]
    belief = Belief(shop, len(items), browsing)
    for t in range(n_steps + 1):
        found = {
            "persona": (belief.personas(), world.personas),
            "tier": (belief.tiers(), world.tiers),
            "mission": (belief.missions(), world.missions),
        }
        intents = belief.item_probabilities()
        clicks = [belief.click_probabilities(np.tile(slate, (len(items), 1))) for slate in asked]
        for row, story in enumerate(stories):
            before = items[row, :t].tolist()
            np.testing.assert_allclose(intents[row], story.next_intent(before), **CLOSE)
            for slate, got in zip(asked, clicks, strict=True):
                np.testing.assert_allclose(
                    got[row], story.clicks_next(before, slate.tolist()), **CLOSE
                )
            hidden = story.hidden(before)
            for name, (got, parts) in found.items():
                expected = [hidden[name].get(part.name, 0.0) for part in parts]
                np.testing.assert_allclose(got[row], expected, **CLOSE, err_msg=name)
        if t < n_steps:
            belief.observe(items[:, t], slates[:, t], places[:, t])


def test_equals_the_enumeration_on_a_tiny_shop():
    shop = ZooplusSimulator(8, 300, seed=3, world=tiny_shop())
    browsing = Browsing(swap=0.6, look_on=0.7)
    slates, items, places = visits(shop, browsing, shoppers=6, n_steps=3, slate_size=4)
    assert (places >= 0).any() and (places > 0).any() and (places < 0).any()
    asked = np.array([[8, 0, 6, 3, 4]])
    assert_equals_the_story(shop, browsing, slates, items, places, asked)


def test_what_was_found_though_it_was_shown_below_an_empty_place():
    """Whether both were looked at, one or none:

    the chances do not factor, so each counts for what the tier is.
    """
    shop = ZooplusSimulator(8, 1, seed=3, world=tiny_shop())
    a, b = shop.products.index[shop.products["product_type"] == "Tin"].tolist()
    slates = np.array(
        [[[0, a, b], [0, b, a]], [[0, b, a], [0, a, b]]]
    )  # (2 shoppers, 2 events, 3 places)
    items, places = np.array([[a, b], [b, a]]), np.array([[-1, -1], [-1, 1]])
    assert_equals_the_story(shop, Browsing(swap=0.6), slates, items, places, np.array([[0, a, b]]))


@given(
    world=worlds(),
    more_products=st.integers(0, 4),
    n_steps=st.integers(1, 3),
    slate_size=st.integers(1, 5),
    take=st.sampled_from([0.0, 0.5, 0.99]),
    swap=st.sampled_from([0.0, 0.5, 1.0]),
    fatigue=st.sampled_from([0.05, 0.7, 1.0]),
    seed=st.integers(0, 10**6),
)
@settings(max_examples=25)
def test_any_world(world, more_products, n_steps, slate_size, take, swap, fatigue, seed):
    shop = ZooplusSimulator(len(world.product_types) + more_products, 2, seed, world=world)
    browsing = Browsing(take=take, swap=swap * take, fatigue=fatigue)
    visit = visits(shop, browsing, shoppers=2, n_steps=n_steps, slate_size=slate_size, seed=seed)
    asked = np.random.default_rng(seed).permutation(shop.n_products)[None, :3] + 1
    assert_equals_the_story(shop, browsing, *visit, asked)


# --- Against its relatives ---


@pytest.fixture(scope="module")
def shop():
    return ZooplusSimulator(n_users=400)


def test_without_slates_it_is_the_oracle(shop):
    histories = (
        shop.journeys(events_per_user=9, users=30, seed=2)
        .interactions["item_id"]
        .to_numpy()
        .reshape(30, 9)
    )
    belief, oracle = Belief(shop, 30), Oracle(shop).filter(histories)
    for t in range(9):
        belief.observe(histories[:, t])
        np.testing.assert_allclose(belief.item_probabilities(), oracle[:, t], rtol=0, atol=1e-12)


def test_what_is_left_unclicked_tells_something(shop):
    """Product a, found without the slate, says something else of the tier if b was on the slate and
    left there.
    """
    tables = shop.tables
    a, b = np.flatnonzero(tables.type_of_product == tables.type_of_product[1])
    alone, beside = Belief(shop, 1), Belief(shop, 1)
    alone.observe(np.array([a]))
    beside.observe(np.array([a]), np.array([[b]]), np.array([-1]))
    assert np.abs(alone.tiers() - beside.tiers()).max() > 0.01


def test_best_slates_are_greedy_and_better_than_others(shop):
    belief = Belief(shop, 30)
    belief.observe(shop.journeys(events_per_user=1, users=30).interactions["item_id"].to_numpy())
    best = belief.best_slates(4)
    chance = belief.click_probabilities(best)
    products = np.arange(1, 51)
    for place in range(4):
        tried = np.zeros((50, 30))
        for item in products:
            slates = best[:, : place + 1].copy()
            slates[:, place] = item
            fresh = (best[:, :place] != item).all(1)
            slates[~fresh, place] = 0
            tried[item - 1] = belief.click_probabilities(slates)[:, place]
        np.testing.assert_allclose(chance[:, place], tried.max(0), rtol=1e-12)


def test_no_place_is_filled_with_what_has_no_chance():
    """Nothing but what they came for is ever taken, and that is known:

    one product, and empty places.
    """
    world = tiny_shop().replace(distraction=0.0, habit=0.0, order=1000.0)
    persona = world.personas[1]  # the collector plays first: Ball, then Tin
    shop = ZooplusSimulator(8, 50, seed=3, world=world.replace(personas=(persona,)))
    best = Belief(shop, 1, Browsing(swap=0.0)).best_slates(4)
    kinds = shop.products["product_type"]
    assert sorted(kinds[best[best > 0]]) == ["Ball"] * (kinds == "Ball").sum()
    assert (best[0, (best > 0).sum() :] == 0).all()


# --- It comes true ---


def test_click_probabilities_come_true(shop):
    """On 8,000 steps, half of the slates random and half the best; an error of a few percent would
    show.

    Differences of a click and its probability are uncorrelated, each being conditional on all
    before: their squares add up to the variance of their sum.
    """
    n_steps = 20
    front = Storefront(shop, n_steps=n_steps, browsing=Browsing(swap=0.7, fatigue=0.6))
    belief, random, (observation, info) = (
        Belief(shop, 400, front.browsing),
        RandomPolicy(front),
        front.reset(seed=8),
    )
    chance, came = [], []
    for _ in range(n_steps):
        slates = random(observation, info)
        slates[::2] = belief.best_slates(5)[::2]
        chance.append(belief.click_probabilities(slates))
        observation, _, _, _, info = front.step(slates)
        came.append(info["place"][:, None] == np.arange(5))
        belief.observe(info["item_id"], slates, info["place"])
    chance, came = np.concatenate(chance), np.concatenate(came)

    def z_score(inside):
        excess = (came - chance)[inside]
        return excess.sum() / np.sqrt((excess**2).sum())

    everything = np.ones(came.shape, dtype=bool)
    assert abs(z_score(everything)) < 3
    for place in range(5):
        assert abs(z_score(everything & (np.arange(5) == place))) < 3, place
    for low, high in ((0, 0.01), (0.01, 0.05), (0.05, 0.1), (0.1, 0.2), (0.2, 1)):
        inside = (chance >= low) & (chance < high)
        assert inside.sum() > 300 and abs(z_score(inside)) < 3, low
    total = chance.sum(1)
    excess = came.sum(1) - total
    assert abs(excess.sum() / np.sqrt((total * (1 - total)).sum())) < 3


# --- What is refused ---


@pytest.mark.parametrize(
    ("event", "message"),
    [
        (([3, 51],), r"items\[1\]: 51 is no product; expected 1 to 50"),
        (([3],), r"items must be .*got int64 of shape \(1,\)"),
        (([[3, 4], [5, 6]],), r"items must be one product each, \(2,\).*got shape \(2, 2\)"),
        (([3, 4], [[1, 2], [3, 4]]), "slates, places must be both or none.*got one of the two"),
        (([3, 4], [[1, 1], [3, 4]], [-1, -1]), r"slates\[0\]: product 1 twice"),
        (
            ([3, 4], [[1, 2]], [-1, -1]),
            r"slates must be integers \(2, K\).*got int64 of shape \(1, 2\)",
        ),
        (
            ([3, 4], [[1, 2], [3, 4]], [-1]),
            r"places must be integers \(2,\).*got int64 of shape \(1,\)",
        ),
        (([3, 4], [[1, 2], [3, 4]], [-1, 2]), r"places\[1\] must be a place from 0 to 1.*got 2"),
        (
            ([3, 4], [[1, 2], [3, 4]], [-1, 0]),
            r"items\[1\]: got 4, but the place that was clicked, 0, showed 3",
        ),
    ],
)
def test_events_that_do_not_fit_together_are_refused(shop, event, message):
    with pytest.raises(ValueError, match=message):
        Belief(shop, 2).observe(*(np.array(part) for part in event))


def test_an_event_that_cannot_be_is_refused(shop):
    """Nobody who takes nothing clicks."""
    belief = Belief(shop, 1, Browsing(take=0.0, swap=0.0))
    with pytest.raises(ValueError, match=r"items\[0\]: 3 cannot follow so on the events before it"):
        belief.observe(np.array([3]), np.array([[3]]), np.array([0]))
