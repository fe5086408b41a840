"""A launch:

the old shop as it was, new products as the old ones are, and an oracle that is exact afterwards
too.
"""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.zooplus_sim.oracle.story import Story
from tests.zooplus_sim.oracle.worlds import as_histories, tiny_shop
from tests.zooplus_sim.worlds import corner_shop
from zooplus_sim import Oracle, ZooplusSimulator

DAY = "2027-01-01"


@pytest.fixture(scope="module")
def before():
    return ZooplusSimulator(100, 600, seed=3)


@pytest.fixture(scope="module")
def after(before):
    return before.launch(60, on=DAY, seed=5)


def test_old_products_are_who_they_were_and_lose_popularity_in_proportion(before, after):
    old, kept = before.products, after.products.iloc[:100]
    same = ["name", "category", "product_type", "species", "price_tier", "price"]
    pd.testing.assert_frame_equal(kept[same], old[same], check_index_type=False)
    scale = (kept["popularity"] / old["popularity"]).groupby(old["product_type"])
    np.testing.assert_allclose(scale.max(), scale.min())
    assert (scale.max() < 1).all()
    assert (
        kept["launched"].isna().all()
        and (after.products["launched"].iloc[100:] == pd.Timestamp(DAY, tz="UTC")).all()
    )


def test_new_products_are_of_the_old_kind(before, after):
    world, new = before.world, after.products.iloc[100:]
    assert after.products.index.tolist() == list(range(1, 161)) and after.n_products == 160
    assert after.products["name"].is_unique and not new.drop(columns="launched").isna().any().any()
    sizes = new["product_type"].value_counts()
    assert len(sizes) == len(world.product_types) and sizes.max() - sizes.min() <= 1
    kinds = {kind.name: kind for kind in world.product_types}
    factors = {tier.name: tier.price_factor for tier in world.tiers}
    for row in new.itertuples():
        kind = kinds[row.product_type]
        assert (row.category, row.species) == (kind.category, kind.species) and row.name.endswith(
            kind.name
        )
        usual = kind.price * factors[row.price_tier]
        assert abs(row.price / usual - 1) < 0.1 + 0.52 / usual
        old = before.products.query("product_type == @row.product_type")["popularity"]
        shrunk = after.products.loc[old.index, "popularity"]
        assert np.isclose(shrunk, row.popularity).any()  # as popular as one of its type
    np.testing.assert_allclose(after.products.groupby("product_type")["popularity"].sum(), 1)


def test_the_old_shop_does_not_notice(before):
    untouched = ZooplusSimulator(100, 600, seed=3)
    log = before.journeys(events_per_user=5, seed=1).interactions
    pd.testing.assert_frame_equal(before.products, untouched.products)
    pd.testing.assert_frame_equal(log, untouched.journeys(events_per_user=5, seed=1).interactions)
    assert "launched" not in before.products and log["item_id"].max() <= 100
    assert log["timestamp"].min() < pd.Timestamp(DAY).timestamp()


def test_shoppers_are_the_same_persons_and_come_after_the_launch(before, after):
    assert after.user_to_persona_map == before.user_to_persona_map
    log = after.journeys(events_per_user=30, seed=1)
    assert log.interactions["timestamp"].min() >= pd.Timestamp(DAY).timestamp()
    earlier = before.journeys(events_per_user=30, seed=1)
    assert (log.truth["tier"] == earlier.truth["tier"]).all() and (
        log.truth["persona"] == earlier.truth["persona"]
    ).all()


def test_new_products_are_clicked_as_often_as_their_popularity_says(before, after):
    clicks = after.journeys(events_per_user=(10, 40), seed=2).interactions["item_id"].to_numpy()
    law = Oracle(after).next_item_probabilities(np.zeros((1, 0), dtype=int))[0]
    first = after.journeys(events_per_user=1, seed=2).interactions["item_id"].to_numpy()
    p, n = law[101:].sum(), len(first)
    assert abs((first > 100).mean() - p) < 4 * np.sqrt(p * (1 - p) / n)
    assert len(np.unique(clicks[clicks > 100])) > 50


def test_the_oracle_after_a_launch_equals_a_sum_over_all_hidden_paths():
    shop = ZooplusSimulator(6, 100, seed=3, world=tiny_shop()).launch(3, on=DAY, seed=1)
    oracle, story = Oracle(shop), Story(shop)
    seen = as_histories(shop.journeys(events_per_user=4, seed=2))
    histories = np.concatenate(
        [seen[(seen > 6).any(axis=1)][:6], np.random.default_rng(0).integers(1, 10, (4, 4))]
    )
    everywhere = oracle.filter(histories)
    for row, clicks in enumerate(histories.tolist()):
        for t in range(4):
            np.testing.assert_allclose(
                everywhere[row, t], story.next(clicks[: t + 1]), rtol=0, atol=1e-12
            )


@settings(max_examples=15, deadline=None)
@given(n_new=st.integers(1, 200), seed=st.integers(0, 2**64))
def test_any_number_can_be_launched_and_the_seed_decides(n_new, seed):
    shop = ZooplusSimulator(40, 5, world=corner_shop())
    one, same = (shop.launch(n_new, on=DAY, seed=seed).products for _ in range(2))
    pd.testing.assert_frame_equal(one, same)
    assert len(one) == 40 + n_new and one["name"].is_unique
    np.testing.assert_allclose(one.groupby("product_type")["popularity"].sum(), 1)


def test_another_seed_launches_others_and_a_launch_can_follow_a_launch(before, after):
    assert not before.launch(60, on=DAY, seed=6).products["price"].equals(after.products["price"])
    later = after.launch(10, on="2028-01-01", seed=5)
    same = [name for name in after.products if name != "popularity"]
    pd.testing.assert_frame_equal(
        later.products[same].iloc[:160], after.products[same], check_index_type=False
    )
    assert later.products["launched"].nunique() == 2 and later.world.start.year == 2028
    with pytest.raises(ValueError, match="on must be a day after 2027-01-01.*got '2026-06-01"):
        after.launch(10, on="2026-06-01")


@pytest.mark.parametrize(
    "arguments, says",
    [
        ({"n_new": 0, "on": DAY}, "n_new must be .*got 0"),
        (
            {"n_new": 5, "on": "2025-01-01"},
            "on must be a day after 2026-01-05.*got '2025-01-01",
        ),
        ({"n_new": 5, "on": DAY, "seed": -1}, "seed must be .*got -1"),
    ],
)
def test_a_launch_that_makes_no_sense_is_refused(before, arguments, says):
    with pytest.raises(ValueError, match=says):
        before.launch(**arguments)
