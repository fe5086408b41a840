"""The storefront tells the same story as a plain loop over one shopper, in any world, whatever is
shown.
"""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.zooplus_sim.storefront.plain_visit import PlainVisitor
from tests.zooplus_sim.worlds import corner_shop, worlds
from zooplus_sim import Browsing, Storefront, ZooplusSimulator


def random_slates(rng, n_steps, n_shoppers, slate_size, n_products):
    """(n_steps, B, K), some places empty, few products so that they return often."""
    slates = np.zeros((n_steps, n_shoppers, slate_size), dtype=np.int64)
    for slate in slates.reshape(-1, slate_size):
        slate[:] = rng.permutation(np.r_[1 : n_products + 1, np.zeros(slate_size, dtype=int)])[
            :slate_size
        ]
    return slates


def assert_same_visit(shop, slates, seed, browsing=None):
    n_steps, _, slate_size = slates.shape
    users = [4, 0, 5]
    browsing = Browsing() if browsing is None else browsing
    front = Storefront(
        shop, shoppers=users, slate_size=slate_size, n_steps=n_steps, browsing=browsing, seed=seed
    )
    plain = [
        PlainVisitor(shop, user, browsing, slates[:, row].tolist()).visit(seed)
        for row, user in enumerate(users)
    ]
    parts = {
        "persona": shop.world.personas,
        "tier": shop.world.tiers,
        "mission": shop.world.missions,
    }
    observation, info = front.reset()
    for step in range(n_steps):
        coming = info["truth"]
        observation, reward, _, _, info = front.step(slates[step])
        for row, rows in enumerate(plain):
            event = rows[step]
            for name in ("user_id", "item_id", "timestamp", "outcome", "place"):
                assert info[name][row] == event[name], name
            for name in ("distraction", "intended_item"):
                assert coming[name][row] == event[name], name
            for name, all_parts in parts.items():
                assert all_parts[coming[name][row]].name == event[name], name
            assert reward[row] == (event["place"] >= 0)
            assert observation[row].tolist() == [0] * (n_steps - step - 1) + [
                r["item_id"] for r in rows[: step + 1]
            ]
            np.testing.assert_allclose(
                info["exposures"][row, 1:], list(event["exposures"].values()), atol=1e-12
            )
    return np.array([[event["place"] for event in rows] for rows in plain])


@given(
    world=worlds(),
    more_products=st.integers(0, 12),
    slate_size=st.integers(1, 6),
    n_steps=st.integers(1, 8),
    take=st.sampled_from([0.0, 0.5, 0.99]),
    swap=st.sampled_from([0.0, 0.5, 1.0]),
    look_on=st.sampled_from([0.0, 0.7, 1.0]),
    fatigue=st.sampled_from([0.01, 0.6, 1.0]),
    memory=st.sampled_from([0.0, 0.7, 1.0]),
    seed=st.integers(0, 2**70),
)
@settings(max_examples=40)
def test_any_world_any_slates(
    world, more_products, slate_size, n_steps, take, swap, look_on, fatigue, memory, seed
):
    shop = ZooplusSimulator(len(world.product_types) + more_products, 6, seed % 1000, world=world)
    browsing = Browsing(
        look_on=look_on, take=take, swap=swap * take, fatigue=fatigue, memory=memory
    )
    rng = np.random.default_rng(seed)
    assert_same_visit(
        shop, random_slates(rng, n_steps, 3, slate_size, shop.n_products), seed, browsing
    )


def test_long_visits_with_many_clicks():
    """Every part of the law is met:

    clicks at each place, on what was wanted and on something else, and none.
    """
    shop = ZooplusSimulator(12, 6, world=corner_shop())
    slates = random_slates(np.random.default_rng(0), 60, 3, 6, shop.n_products)
    places = assert_same_visit(shop, slates, seed=11, browsing=Browsing(look_on=0.95, swap=0.8))
    assert set(places.ravel()) == {-1, 0, 1, 2, 3, 4, 5}


def test_the_comparison_can_fail(monkeypatch):
    """Shoppers who forget a little faster are caught."""
    shop = ZooplusSimulator(12, 6, world=corner_shop())
    slates = random_slates(np.random.default_rng(0), 20, 3, 6, shop.n_products)
    right = Browsing.after
    monkeypatch.setattr(Browsing, "after", lambda self, *args: right(Browsing(memory=0.69), *args))
    with pytest.raises(AssertionError):
        assert_same_visit(shop, slates, seed=11)
