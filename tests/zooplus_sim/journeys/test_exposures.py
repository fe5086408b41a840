"""The log without order:

a million exposures have the click rates of the persona table, and no order in them.
"""

from dataclasses import replace

import numpy as np
import pytest

from tests.zooplus_sim.significance import LEVEL, chi_square, coin_flips
from tests.zooplus_sim.worlds import corner_shop
from zooplus_sim import World, ZooplusSimulator, generate_training_data

N = 1_000_000


@pytest.fixture(scope="module")
def shop():
    return ZooplusSimulator(n_products=100, n_users=1000, seed=5)


@pytest.fixture(scope="module")
def log(shop):
    return generate_training_data(shop, N, seed=3)


def chances(shop, log, world):
    """P(click) of each row, from the configuration by name, and a number for its persona and
    category.
    """
    personas = [persona.name for persona in world.personas]
    categories = sorted({kind.category for kind in world.product_types})
    table = np.array(
        [
            [p.click_probability.get(c, world.unlisted_click_probability) for c in categories]
            for p in world.personas
        ]
    )
    persona = np.array(
        [personas.index(shop.user_to_persona_map[user]) for user in range(shop.n_users)]
    )[log["user_id"]]
    category = shop.products["category"].map(categories.index).to_numpy()[log["product_id"] - 1]
    return persona * len(categories) + category, table[persona, category]


def test_clicks_follow_the_persona_table(shop, log):
    cell, chance = chances(shop, log, shop.world)
    listed = {category for persona in shop.world.personas for category in persona.click_probability}
    assert not listed.issuperset(shop.products["category"]), (
        "the shop sells something that no persona lists"
    )
    assert len(np.unique(cell)) == len(shop.world.personas) * shop.products["category"].nunique()
    assert coin_flips(cell, log["clicked"].to_numpy() == 1, chance) > LEVEL


def test_another_table_is_noticed(shop, log):
    """A single cell off by 0.02, or the unlisted category by a fifth."""
    first, *others = shop.world.personas
    category, chance = next(iter(first.click_probability.items()))
    table = {**first.click_probability, category: chance + 0.02}
    other = shop.world.replace(personas=[replace(first, click_probability=table), *others])
    unlisted = shop.world.replace(
        unlisted_click_probability=shop.world.unlisted_click_probability * 1.2
    )
    for world in (other, unlisted):
        cell, chance = chances(shop, log, world)
        assert coin_flips(cell, log["clicked"].to_numpy() == 1, chance) < LEVEL


def test_users_and_products_are_uniform_and_independent(shop, log):
    user, product = log["user_id"].to_numpy(), log["product_id"].to_numpy() - 1
    assert chi_square(np.zeros(N, dtype=int), user, np.full((1, 1000), 1 / 1000)) > LEVEL
    assert chi_square(user % 100, product, np.full((100, 100), 1 / 100)) > LEVEL


def test_a_row_says_nothing_about_the_next(shop, log):
    _, chance = chances(shop, log, shop.world)
    surprise = (log["clicked"].to_numpy() - chance) / np.sqrt(chance * (1 - chance))
    user = log["user_id"].to_numpy()
    assert abs((surprise[1:] * surprise[:-1]).mean()) * N**0.5 < 5
    assert abs(np.corrcoef(user[1:], user[:-1])[0, 1]) * N**0.5 < 5


def test_shape_of_the_log(log):
    assert log.columns.tolist() == ["user_id", "product_id", "clicked"]
    assert (log.dtypes == np.int64).all()
    assert log["user_id"].between(0, 999).all() and log["product_id"].between(1, 100).all()
    assert set(log["clicked"]) == {0, 1}


def test_a_seed_repeats_and_none_goes_on():
    first, second = (ZooplusSimulator(seed=5) for _ in range(2))
    assert generate_training_data(first, 50, seed=3).equals(
        generate_training_data(second, 50, seed=3)
    )
    assert not generate_training_data(first, 50, seed=3).equals(
        generate_training_data(first, 50, seed=4)
    )
    one, two = (generate_training_data(first, 50) for _ in range(2))
    assert not one.equals(two), "a second call gives other exposures"
    assert one.equals(generate_training_data(second, 50)), "the same in a shop of the same seed"


@pytest.mark.parametrize("n", [0, -3, 2.5, "10", None, True])
def test_a_count_that_is_none_is_named(n):
    with pytest.raises(
        ValueError, match=r"num_interactions must be a whole number of at least 1.*got .*"
    ):
        generate_training_data(ZooplusSimulator(), n)


# --- One at a time ---


def test_single_rewards_follow_the_table_too():
    shop = ZooplusSimulator(7, 3, world=corner_shop())
    n = 4_000
    for user in range(3):
        for product in range(1, 8):
            persona = shop.personas[shop.user_to_persona_map[user]]
            chance = persona.get(
                shop.products.loc[product, "category"], shop.world.unlisted_click_probability
            )
            clicks = sum(shop.get_reward(user, product) for _ in range(n))
            assert abs(clicks - n * chance) <= 5.5 * (n * chance * (1 - chance)) ** 0.5, (
                user,
                product,
            )


def test_random_users_are_uniform():
    shop = ZooplusSimulator(n_users=20)
    users = np.array([shop.get_random_user() for _ in range(20_000)])
    assert chi_square(np.zeros(len(users), dtype=int), users, np.full((1, 20), 1 / 20)) > LEVEL


def test_rewards_and_users_are_plain_ints():
    shop = ZooplusSimulator()
    assert type(shop.get_random_user()) is int
    assert type(shop.get_reward(np.int64(3), np.int32(5))) is int


@pytest.mark.parametrize("user", [-1, 1000, 2.0, "3", None, True])
def test_an_unknown_user_is_named(user):
    with pytest.raises(KeyError, match=r"user_id must be from 0 to 999, got "):
        ZooplusSimulator().get_reward(user, 1)


@pytest.mark.parametrize("product", [0, -1, 51, 1.0, "1", None])
def test_an_unknown_product_is_named(product):
    with pytest.raises(KeyError, match=r"product_id must be from 1 to 50, got "):
        ZooplusSimulator().get_reward(0, product)


def test_the_default_shop_keeps_the_tutorial_s_persona_table():
    """A promise to learners who come from there:

    of all constants of the default world, these are not tuned.
    """
    categories = ("Dog Food", "Dog Toy", "Cat Food", "Cat Toy", "Fish Supplies")
    table = {
        "new_puppy_parent": (0.40, 0.50, 0.10, 0.05, 0.02),
        "cat_connoisseur": (0.05, 0.02, 0.55, 0.45, 0.05),
        "budget_shopper": (0.25, 0.15, 0.40, 0.20, 0.20),
        "fish_hobbyist": (0.02, 0.02, 0.10, 0.08, 0.60),
    }
    assert ZooplusSimulator().personas == {
        name: dict(zip(categories, row, strict=True)) for name, row in table.items()
    }
    assert World.default().unlisted_click_probability == 0.01
