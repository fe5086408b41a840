"""The vectorised simulator tells the same story as the plain loop, bit for bit, in any world."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.zooplus_sim.journeys.plain_journeys import PlainShopper
from tests.zooplus_sim.worlds import corner_shop, worlds, worlds_with_memory
from zooplus_sim import World, ZooplusSimulator
from zooplus_sim.journeys import journey_tables, journeys, shoppers
from zooplus_sim.journeys.journeys import draw_counts


def assert_same_log(sim, *, seed, count, unit, users, **options):
    fast = sim.journeys(**{f"{unit}_per_user": count}, users=users, seed=seed, **options)
    counts = draw_counts(
        count if isinstance(count, tuple) else (count, count), seed, np.array(users)
    )
    rows = []
    for user, n in zip(users, counts.tolist(), strict=True):
        rows += PlainShopper(sim, user).journey(seed=seed, count=n, unit=unit)
    plain = pd.DataFrame(rows)
    got = pd.concat([fast.interactions, fast.truth], axis=1)
    for column in got.columns:
        assert got[column].tolist() == plain[column].tolist(), column


@given(
    world=worlds(),
    more_products=st.integers(0, 12),
    unit=st.sampled_from(["events", "sessions"]),
    low=st.integers(1, 5),
    more=st.integers(0, 8),
    chunk_size=st.integers(1, 4),
    seed=st.integers(0, 2**70),
)
@settings(max_examples=35, deadline=None)
def test_any_world_any_chunk(world, more_products, unit, low, more, chunk_size, seed):
    sim = ZooplusSimulator(len(world.product_types) + more_products, 6, seed % 1000, world=world)
    users = [4, 0, 5]
    assert_same_log(
        sim, seed=seed, count=(low, low + more), unit=unit, users=users, chunk_size=chunk_size
    )


@given(
    world=worlds_with_memory(),
    more_products=st.integers(0, 12),
    count=st.integers(1, 12),
    chunk_size=st.integers(1, 4),
    seed=st.integers(0, 2**70),
)
@settings(max_examples=20, deadline=None, suppress_health_check=[HealthCheck.filter_too_much])
def test_any_world_in_which_missions_wait(world, more_products, count, chunk_size, seed):
    sim = ZooplusSimulator(len(world.product_types) + more_products, 6, seed % 1000, world=world)
    options = {"unit": "sessions", "users": [4, 0, 5], "chunk_size": chunk_size}
    assert_same_log(sim, seed=seed, count=(1, count), **options)


@pytest.mark.parametrize("world", [World.default(), corner_shop()], ids=lambda world: world.name)
@pytest.mark.parametrize(("unit", "count"), [("events", (1, 60)), ("sessions", (1, 12))])
def test_long_journeys(world, unit, count):
    sim = ZooplusSimulator(n_users=30, world=world)
    assert_same_log(sim, seed=11, count=count, unit=unit, users=list(range(6)), chunk_size=4)


def test_no_draw_serves_twice(monkeypatch):
    """Two decisions that read the same number would not be independent."""
    seen, keep = [], []

    def recorded(keys, counter):
        keep.append(keys)  # so that no other array takes its place in memory
        seen.extend((int(key), counter) for key in keys)
        return uniform(keys, counter)

    uniform = journeys.uniform
    for module in (journeys, journey_tables, shoppers):
        monkeypatch.setattr(module, "uniform", recorded)
    sim = ZooplusSimulator(n_users=3, seed=5)
    sim.journeys(events_per_user=(20, 40), seed=5)  # the same seed as the shop's: the hardest case
    assert len(seen) > 300
    assert len(set(seen)) == len(seen)


def test_the_comparison_can_fail(monkeypatch):
    """A ring that forgets one click too early is caught."""
    sim = ZooplusSimulator(n_users=30, world=corner_shop())
    other = ZooplusSimulator(n_users=30, world=corner_shop().replace(habit_memory=2))
    monkeypatch.setattr(sim, "journeys", other.journeys)
    with pytest.raises(AssertionError, match="item_id"):
        assert_same_log(sim, seed=11, count=40, unit="events", users=[0, 1, 2])
