"""Odd arguments: what is a number counts as the plain one, all else is refused by name."""

import numbers

import numpy as np
import pandas as pd
import pytest

from tests.fuzz.fuzzing import refusal, rounds
from zooplus_sim import (
    Belief,
    RandomPolicy,
    Storefront,
    ZooplusSimulator,
    checks,
    generate_training_data,
    run,
    shuffle_test,
)

SHOP = ZooplusSimulator(n_users=3)
LOG = SHOP.journeys(events_per_user=6).interactions
LARGE = (10**9, 10**9 + 1, 10**12, 2**63, 2**64, 2**600, 10**5_000)
ODD = (
    *(True, False, None, 0, -1, 1, 2, 3, 1.0, 2.5, -0.0, float("nan"), float("inf"), 1j),
    *("", "2", "x" * 5_000, b"2", [], [2], (1, 2), (2, 1), (1, 2, 3), {}, {"a": 1}, set(), print),
    *(np.int8(2), np.uint64(2), np.int64(-2), np.float64(2), np.bool_(True), np.array(2)),
    *(np.array([2]), np.array([0, 1]), np.zeros((200, 3)), pd.Timestamp("2027-01-01"), pd.NA),
    *(range(2), [0, 0], [2**70], ["0"], [[0], [1, 2]], np.array([True]), object()),
    *LARGE,
)


def frame(journeys):
    return journeys.interactions


def episode(front):
    return run(front, RandomPolicy(front))


#: By argument: the call, which makes something that can be compared.
CALLS = {
    "n_products": lambda value: ZooplusSimulator(value, 3).products,
    "n_users": lambda value: ZooplusSimulator(27, value).journeys(events_per_user=1, users=1).truth,
    "seed of the shop": lambda value: ZooplusSimulator(27, 3, value).products,
    "events_per_user": lambda value: frame(SHOP.journeys(events_per_user=value)),
    "sessions_per_user": lambda value: frame(SHOP.journeys(sessions_per_user=value)),
    "users": lambda value: frame(SHOP.journeys(events_per_user=2, users=value)),
    "seed": lambda value: frame(SHOP.journeys(events_per_user=2, seed=value)),
    "workers": lambda value: frame(SHOP.journeys(events_per_user=2, workers=value)),
    "chunk_size": lambda value: frame(SHOP.journeys(events_per_user=2, chunk_size=value)),
    "n_new": lambda value: SHOP.launch(value, on="2027-01-01").products,
    "on": lambda value: SHOP.launch(2, on=value).products,
    "seed of a launch": lambda value: SHOP.launch(2, on="2027-01-01", seed=value).products,
    "num_interactions": lambda value: generate_training_data(SHOP, value, seed=0),
    "seed of exposures": lambda value: generate_training_data(SHOP, 5, seed=value),
    "n_shuffles": lambda value: shuffle_test(LOG, n_shuffles=value),
    "seed of a shuffle": lambda value: shuffle_test(LOG, seed=value),
    "shoppers": lambda value: episode(Storefront(SHOP, shoppers=value, n_steps=2)),
    "slate_size": lambda value: episode(Storefront(SHOP, slate_size=value, n_steps=2)),
    "n_steps": lambda value: episode(Storefront(SHOP, n_steps=value)),
    "seed of a storefront": lambda value: episode(Storefront(SHOP, seed=value, n_steps=2)),
    "seed of a policy": lambda value: RandomPolicy(Storefront(SHOP), value).seed,
    "n_shoppers": lambda value: Belief(SHOP, value).exposures,
}
MAY_BE_NONE = {"users", "shoppers", "seed of exposures"}
NO_NUMBER = {"users", "shoppers", "on", "events_per_user", "sessions_per_user"}


@pytest.fixture(autouse=True)
def _some_memory(monkeypatch):
    """The same machine for all: what is too much here is too much there."""
    monkeypatch.setattr(checks, "memory", lambda: 4e9)


def is_whole(value):
    return isinstance(value, numbers.Integral) and not isinstance(value, bool)


def test_odd_arguments_count_as_what_they_are_or_are_refused_by_name():
    for draw in rounds(300):
        name = list(CALLS)[draw.integers(len(CALLS))]
        value = ODD[draw.integers(len(ODD))]
        result, refused = refusal(lambda: CALLS[name](value), name.split()[0])  # noqa: B023
        if refused is not None:
            assert not (is_whole(value) and value in (2, 3)) or name in ("on", "n_products"), value
            continue
        if is_whole(value):
            assert value >= (0 if name.startswith("seed") else 1), (name, value)
            same(result, CALLS[name](int(value)))
        else:
            assert name in NO_NUMBER or (value is None and name in MAY_BE_NONE), (name, value)


def same(one, other):
    if isinstance(one, pd.DataFrame):
        pd.testing.assert_frame_equal(one, other)
    elif isinstance(one, np.ndarray):
        np.testing.assert_array_equal(one, other)
    else:
        assert one == other


@pytest.mark.parametrize("value", LARGE, ids=lambda value: f"{value.bit_length()} bits")
@pytest.mark.parametrize(
    "name", [name for name in CALLS if not name.startswith(("seed", "workers", "chunk", "n_users"))]
)
def test_what_is_too_large_is_refused_before_memory_is_taken(name, value):
    _, refused = refusal(lambda: CALLS[name](value), name)
    assert refused
