"""The catalogue and the world's arrays hold what the configuration says, computed here with plain
dictionaries.
"""

import math
from itertools import permutations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.zooplus_sim.worlds import corner_shop, worlds
from zooplus_sim import World, ZooplusSimulator
from zooplus_sim.world.tables import build_tables


@pytest.mark.parametrize("n_products", [50, 51, 2_000])
@pytest.mark.parametrize("world", [World.default(), corner_shop()], ids=lambda world: world.name)
def test_catalogue(world, n_products):
    products = ZooplusSimulator(n_products, world=world).products
    assert products.index.name == "product_id"
    assert products.index.tolist() == list(range(1, n_products + 1)), "0 is left for padding"
    assert products.columns.tolist() == [
        "name",
        "category",
        "product_type",
        "species",
        "price_tier",
        "price",
        "popularity",
    ]
    assert not products.isna().any().any()
    assert products["name"].is_unique
    assert (products["price"] > 0).all()
    tiers = [tier.name for tier in world.tiers]
    sizes = products["product_type"].value_counts()
    assert sizes.max() - sizes.min() <= 1 and len(sizes) == len(world.product_types)
    for kind in world.product_types:
        variants = products[products["product_type"] == kind.name].sort_values(
            "popularity", ascending=False
        )
        assert set(variants["category"]) == {kind.category} and set(variants["species"]) == {
            kind.species
        }
        n = len(variants)
        weight = [
            rank**-world.popularity_exponent * math.exp(-rank / (world.popularity_cutoff * n))
            for rank in range(1, n + 1)
        ]
        np.testing.assert_allclose(
            variants["popularity"], np.array(weight) / math.fsum(weight), rtol=1e-9
        )
        places = variants["price_tier"].map(tiers.index).to_numpy()
        assert (np.diff(places) % len(tiers) == 1 % len(tiers)).all(), (
            "tiers take turns in the order of popularity"
        )
        factor = variants["price_tier"].map({tier.name: tier.price_factor for tier in world.tiers})
        assert (
            abs(variants["price"] / (kind.price * factor) - 1) < 0.1 + 0.52 / (kind.price * factor)
        ).all()


def test_an_id_says_nothing_about_its_product():
    products = ZooplusSimulator(2_000).products
    for column in ("popularity", "price"):
        assert abs(np.corrcoef(products.index, products[column])[0, 1]) < 0.1
    same_type = products["product_type"].to_numpy()[1:] == products["product_type"].to_numpy()[:-1]
    assert same_type.mean() < 0.1


def test_the_seed_makes_the_catalogue():
    shops = [ZooplusSimulator(100, seed=seed).products for seed in (1, 1, 2)]
    assert shops[0].equals(shops[1])
    assert not shops[0].equals(shops[2])


def test_a_hundred_thousand_products():
    products = ZooplusSimulator(100_000, n_users=3).products
    assert len(products) == 100_000 and products["name"].is_unique


@given(cutoff=st.floats(1e-6, 1e6), exponent=st.floats(0, 1000))
@settings(max_examples=20, deadline=None)
def test_popularity_is_a_distribution_however_sharp(cutoff, exponent):
    world = corner_shop().replace(popularity_cutoff=cutoff, popularity_exponent=exponent)
    products = ZooplusSimulator(60, 5, world=world).products
    np.testing.assert_allclose(products.groupby("product_type")["popularity"].sum(), 1)


@given(world=worlds(), more=st.integers(0, 9))
@settings(max_examples=20, deadline=None)
def test_tables_are_the_configuration(world, more):
    products = ZooplusSimulator(len(world.product_types) + more, 1, world=world).products
    tables = build_tables(world, products)
    tiers, types, missions, personas = (
        world.tiers,
        world.product_types,
        world.missions,
        world.personas,
    )
    distance = {
        (a.name, b.name): abs(i - j) for i, a in enumerate(tiers) for j, b in enumerate(tiers)
    }

    for p, persona in enumerate(personas):
        taste = [
            persona.click_probability.get(t.category, world.unlisted_click_probability)
            for t in types
        ]
        np.testing.assert_allclose(tables.taste[p], np.array(taste) / math.fsum(taste), atol=1e-12)
        assert tables.tier_prior[p].tolist() == [
            persona.tiers.get(tier.name, 0.0) for tier in tiers
        ]
        assert tables.first_mission[p].tolist() == [
            persona.first_mission.get(m.name, 0.0) for m in missions
        ]
        for m, previous in enumerate(missions):
            row = persona.next_mission.get(previous.name, {})
            assert tables.next_mission[p, m].tolist() == [
                row.get(name.name, 0.0) for name in missions
            ]
        assert tables.cart_rate[p] == persona.cart_rate
        for j, category in products["category"].items():
            chance = persona.click_probability.get(category, world.unlisted_click_probability)
            assert tables.exposure_click[p, j] == chance

    for m, mission in enumerate(missions):
        for k in range(tables.steps.shape[1]):
            is_step = k < len(mission.steps)
            assert (
                (types[tables.steps[m, k]].name == mission.steps[k])
                if is_step
                else tables.steps[m, k] == -1
            )
            if is_step:
                lift = 1 + world.late_step_lift * (k / (len(mission.steps) - 1) if k else 0)
                assert tables.step_cart_factor[m, k] == pytest.approx(lift, abs=1e-12)
        for t, kind in enumerate(types):
            assert tables.step_of_type[m, t] == (
                mission.steps.index(kind.name) if kind.name in mission.steps else -1
            )
        assert tables.all_steps[m] == 2 ** len(mission.steps) - 1

    for g, tier in enumerate(tiers):
        for other, there in enumerate(tiers):
            match = world.outcome_tier_match[distance[tier.name, there.name]]
            assert tables.tier_cart_factor[g, other] == match
        weight = {
            j: row["popularity"] * world.tier_match[distance[tier.name, row["price_tier"]]]
            for j, row in products.iterrows()
        }
        for j, kind in products["product_type"].items():
            total = math.fsum(weight[i] for i in products.index[products["product_type"] == kind])
            assert tables.product_popularity[g, j] == pytest.approx(weight[j] / total, abs=1e-12)
            assert types[tables.type_of_product[j]].name == kind
            assert tiers[tables.tier_of_product[j]].name == products["price_tier"][j]
    assert (tables.product_popularity[:, 0] == 0).all() and (tables.exposure_click[:, 0] == 0).all()
    assert tables.type_of_product[0] == tables.tier_of_product[0] == -1


@pytest.mark.parametrize("order", [0.0, 0.6, 3.0])
def test_the_chance_of_a_whole_order_is_plackett_luce(order):
    """P(a, b, c, ...) = product of weight / (sum of the weights that are left), for all 120 orders
    of five steps.
    """
    world = corner_shop().replace(order=order)
    step_probability = ZooplusSimulator(world=world).tables.step_probability
    total = 0.0
    for sequence in permutations(range(5)):
        left, chance, by_formula = 2**5 - 1, 1.0, 1.0
        for place, step in enumerate(sequence):
            chance *= step_probability[left, step]
            left -= 2**step
            by_formula *= math.exp(-order * step) / math.fsum(
                math.exp(-order * other) for other in sequence[place:]
            )
        assert chance == pytest.approx(by_formula, rel=1e-12)
        total += chance
    assert total == pytest.approx(1, abs=1e-12)


@pytest.mark.parametrize("order", [50.0, 1000.0])
def test_a_strict_order_takes_the_first_step_left(order):
    step_probability = ZooplusSimulator(
        world=World.default().replace(order=order)
    ).tables.step_probability
    assert (step_probability[0] == 0).all(), "nothing is left"
    for left in range(1, len(step_probability)):
        first = (left & -left).bit_length() - 1
        assert step_probability[left, first] == pytest.approx(1, abs=1e-12)
