"""The public face of the simulator:

what it offers, what it promises about its tables, and what it refuses.
"""

import inspect
import pickle
import subprocess
import sys

import numpy as np
import pandas as pd
import pytest

from tests.zooplus_sim.worlds import corner_shop
from zooplus_sim import Journeys, World, ZooplusSimulator, generate_training_data

# --- As in the tutorial ---


def test_the_signatures_that_learners_know():
    first = list(inspect.signature(ZooplusSimulator).parameters.values())[:3]
    assert [(p.name, p.default) for p in first] == [
        ("n_products", 50),
        ("n_users", 1000),
        ("seed", 42),
    ]
    assert list(inspect.signature(generate_training_data).parameters)[:2] == [
        "sim",
        "num_interactions",
    ]
    assert list(inspect.signature(ZooplusSimulator.get_reward).parameters) == [
        "self",
        "user_id",
        "product_id",
    ]


def test_a_walk_through_the_shop():
    shop = ZooplusSimulator(n_products=60, n_users=30, seed=1)
    assert shop.products.index.tolist() == list(range(1, 61))
    assert set(shop.user_to_persona_map) == set(range(30))
    for user, persona in shop.user_to_persona_map.items():
        assert set(shop.personas[persona]) <= set(shop.products["category"]), user
    assert shop.get_random_user() in shop.user_to_persona_map
    assert shop.get_reward(0, 1) in (0, 1)


def test_single_draws_repeat_with_the_seed():
    def draws(seed):
        shop = ZooplusSimulator(seed=seed)
        return [
            (user := shop.get_random_user(), shop.get_reward(user, n % 50 + 1)) for n in range(100)
        ]

    assert draws(1) == draws(1) != draws(2)


def test_personas_are_the_caller_s_to_edit():
    """A copy: what a learner does to it changes no shop."""
    shop = ZooplusSimulator()
    persona = next(iter(shop.personas))
    shop.personas[persona].clear()
    assert shop.personas[persona] == World.default().personas[0].click_probability


# --- Journeys ---


def test_columns_and_dtypes_are_fixed():
    log = ZooplusSimulator(n_users=5, world=corner_shop()).journeys(events_per_user=3)
    assert isinstance(log, Journeys)
    assert {name: str(dtype) for name, dtype in log.interactions.dtypes.items()} == {
        "user_id": "int64",
        "item_id": "int64",
        "timestamp": "int64",
        "outcome": "float64",
        "session_id": "int64",
    }
    assert {name: str(dtype) for name, dtype in log.truth.dtypes.items()} == {
        "persona": "category",
        "tier": "category",
        "mission": "category",
        "step": "int8",
        "distraction": "bool",
        "repeat": "bool",
    }
    assert list(log.interactions) == ["user_id", "item_id", "timestamp", "outcome", "session_id"]
    assert list(log.truth) == ["persona", "tier", "mission", "step", "distraction", "repeat"]
    for column, part in (("persona", "personas"), ("tier", "tiers"), ("mission", "missions")):
        assert log.truth[column].cat.categories.tolist() == [
            entry.name for entry in getattr(corner_shop(), part)
        ]


def test_the_truth_stays_out_of_the_interactions():
    log = ZooplusSimulator(n_users=5).journeys(events_per_user=3)
    assert not set(log.interactions) & set(log.truth)
    assert log.interactions.index.equals(log.truth.index), "and is on the same rows"


def test_rows_come_by_user_and_then_by_time():
    shop = ZooplusSimulator(n_users=50)
    log = shop.journeys(events_per_user=(1, 30)).interactions
    assert log["user_id"].is_monotonic_increasing
    assert log.equals(log.sort_values(["user_id", "timestamp"], kind="stable"))
    assert not log.duplicated(["user_id", "timestamp"]).any()
    assert shop.journeys(events_per_user=1, users=[7, 3]).interactions["user_id"].tolist() == [7, 3]


@pytest.mark.parametrize("count", [1, 4, (2, 5), [3, 3]])
def test_counts_are_kept(count):
    low, high = count if isinstance(count, tuple | list) else (count, count)
    shop = ZooplusSimulator(n_users=200, world=corner_shop())
    events = shop.journeys(events_per_user=count).interactions.groupby("user_id").size()
    sessions = (
        shop.journeys(sessions_per_user=count)
        .interactions.groupby("user_id")["session_id"]
        .nunique()
    )
    for counted in (events, sessions):
        assert len(counted) == 200 and set(counted) == set(range(low, high + 1))


def test_the_caller_s_users_are_left_alone():
    users = np.array([4, 1])
    ZooplusSimulator(n_users=5).journeys(events_per_user=2, users=users)
    assert users.tolist() == [4, 1]


def test_a_log_can_be_edited_without_harm_to_the_shop():
    shop = ZooplusSimulator(n_users=5)
    first = shop.journeys(events_per_user=3)
    keep = first.interactions.copy()
    first.interactions.loc[:, "item_id"] = 0
    shop.products.loc[:, "popularity"] = 0.0
    pd.testing.assert_frame_equal(shop.journeys(events_per_user=3).interactions, keep)


def test_a_shop_can_be_pickled_and_goes_on_the_same():
    shop = ZooplusSimulator(n_users=5, seed=3, world=corner_shop())
    shop.get_random_user()
    copy = pickle.loads(pickle.dumps(shop))
    assert [shop.get_random_user() for _ in range(5)] == [copy.get_random_user() for _ in range(5)]
    one, other = (sim.journeys(events_per_user=3).interactions for sim in (shop, copy))
    pd.testing.assert_frame_equal(one, other)


def test_repr_names_what_makes_the_shop():
    world = corner_shop()
    text = repr(ZooplusSimulator(60, 5, 9, world=world))
    assert text == (
        "ZooplusSimulator(n_products=60, n_users=5, seed=9, "
        f"world='Corner shop' {world.fingerprint})"
    )


# --- What is refused ---


@pytest.mark.parametrize("name", ["n_products", "n_users"])
@pytest.mark.parametrize(
    "value", [0, -1, 2.5, 50.0, "50", None, True, np.float64(50), float("nan")]
)
def test_a_size_that_is_none_is_named(name, value):
    with pytest.raises(ValueError, match=f"{name} must be a whole number of at least 1, got "):
        ZooplusSimulator(**{name: value})


@pytest.mark.parametrize("seed", [-1, 1.5, "1", None, True])
def test_a_seed_that_is_none_is_named(seed):
    with pytest.raises(
        ValueError, match="seed must be a whole number that is not negative.*got .*"
    ):
        ZooplusSimulator(seed=seed)
    with pytest.raises(
        ValueError, match="seed must be a whole number that is not negative.*got .*"
    ):
        ZooplusSimulator().journeys(events_per_user=1, seed=seed)


def test_fewer_products_than_types_are_refused():
    n_types = len(World.default().product_types)
    with pytest.raises(
        ValueError, match=f"n_products must be at least {n_types}.*got {n_types - 1}"
    ):
        ZooplusSimulator(n_types - 1)
    assert ZooplusSimulator(n_types).products["product_type"].is_unique


@pytest.mark.parametrize("world", ["my_shop.toml", {}, World])
def test_a_world_of_another_kind_is_refused(world):
    with pytest.raises(
        TypeError, match=r"world must be a World, got a \w+. Cure: such as World.from_toml"
    ):
        ZooplusSimulator(world=world)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({}, "give either events_per_user or sessions_per_user"),
        ({"events_per_user": 1, "sessions_per_user": 1}, "not both"),
        ({"events_per_user": 0}, "events_per_user must be a whole number of at least 1.*got 0"),
        ({"sessions_per_user": -2}, "sessions_per_user must be .*got -2"),
        ({"sessions_per_user": 1.5}, "sessions_per_user must be .*got 1.5"),
        ({"events_per_user": (0, 5)}, "events_per_user must be .*got 0"),
        (
            {"events_per_user": (5, 2)},
            r"events_per_user must be a range .* low <= high.*got \(5, 2\)",
        ),
        (
            {"events_per_user": (1, 2, 3)},
            r"events_per_user must be a number or a range.*got \(1, 2, 3\)",
        ),
        ({"events_per_user": (1, 2.5)}, "events_per_user must be .*got 2.5"),
        ({"events_per_user": "5"}, "events_per_user must be .*got '5'"),
        ({"events_per_user": 1, "users": 0}, "users must be .*got 0"),
        (
            {"events_per_user": 1, "users": 11},
            r"users must be at most the 10 of this shop, got 11. Cure: Z.*\(n_users=11\)",
        ),
        ({"events_per_user": 1, "users": True}, "users must be .*got True"),
        ({"events_per_user": 1, "users": []}, r"users must be .*got \[\]"),
        (
            {"events_per_user": 1, "users": [1.0]},
            r"users must be a number of users, or a list.*got \[1.0\]",
        ),
        ({"events_per_user": 1, "users": [[1]]}, r"users must be .*got \[\[1\]\]"),
        ({"events_per_user": 1, "users": "Anna"}, "users must be .*got 'Anna'"),
        ({"events_per_user": 1, "users": [3, 10]}, "users must be ids from 0 to 9, got 10"),
        ({"events_per_user": 1, "users": [-1]}, "users must be ids from 0 to 9, got -1"),
        ({"events_per_user": 1, "users": [3, 5, 3]}, "users must hold each id once, got 3 twice"),
        ({"events_per_user": 1, "workers": 0}, "workers must be .*got 0"),
        ({"events_per_user": 1, "chunk_size": 0}, "chunk_size must be .*got 0"),
        ({"events_per_user": 1, "chunk_size": 2.0}, "chunk_size must be .*got 2.0"),
    ],
)
def test_journeys_refuses(options, message):
    with pytest.raises(ValueError, match=message):
        ZooplusSimulator(n_users=10).journeys(**options)


# --- What it needs ---


def test_it_imports_numpy_and_pandas_and_none_of_the_rest():
    code = """
import sys
for name in ("torch", "seqrec", "solutions", "scipy", "matplotlib", "pyarrow", "sklearn"):
    sys.modules[name] = None
import zooplus_sim
zooplus_sim.ZooplusSimulator(n_users=3).journeys(events_per_user=2)
"""
    subprocess.run([sys.executable, "-c", code], check=True)
