"""One seed gives one log, whoever else is simulated, in whatever pieces, in whatever process."""

import hashlib
import os
import random
import subprocess
import sys

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.zooplus_sim.worlds import corner_shop
from zooplus_sim import ZooplusSimulator, generate_training_data

COUNTS = {"events_per_user": (1, 30)}


def whole(log) -> pd.DataFrame:
    return pd.concat([log.interactions, log.truth], axis=1)


@pytest.fixture(scope="module")
def shop():
    return ZooplusSimulator(n_users=40, seed=3, world=corner_shop())


@given(chunk_size=st.integers(1, 50), workers=st.integers(1, 4), seed=st.integers(0, 2**64))
@settings(max_examples=15, deadline=None)
def test_neither_chunks_nor_workers_change_a_bit(shop, chunk_size, workers, seed):
    one = shop.journeys(**COUNTS, seed=seed)
    other = shop.journeys(**COUNTS, seed=seed, chunk_size=chunk_size, workers=workers)
    pd.testing.assert_frame_equal(whole(one), whole(other), check_exact=True)


def test_a_large_log_is_the_same_in_chunks_and_threads():
    """Long enough for vector instructions and for threads to overtake each other."""
    shop = ZooplusSimulator(n_users=3_000)
    one = whole(shop.journeys(events_per_user=(1, 40), seed=1))
    for options in ({"chunk_size": 100_000}, {"chunk_size": 97, "workers": 4}):
        other = whole(shop.journeys(events_per_user=(1, 40), seed=1, **options))
        pd.testing.assert_frame_equal(one, other, check_exact=True)


@given(
    users=st.lists(st.integers(0, 39), min_size=1, unique=True),
    unit=st.sampled_from(["events", "sessions"]),
)
@settings(max_examples=15, deadline=None)
def test_a_user_s_journey_does_not_depend_on_the_others(shop, users, unit):
    counts = {f"{unit}_per_user": (1, 9)}
    everyone = whole(shop.journeys(**counts, seed=5))
    some = whole(shop.journeys(**counts, seed=5, users=users, chunk_size=3))
    rows = [everyone[everyone["user_id"] == user] for user in users]
    pd.testing.assert_frame_equal(some, pd.concat(rows, ignore_index=True), check_exact=True)


def test_a_larger_shop_has_the_same_first_users(shop):
    larger = ZooplusSimulator(n_users=500, seed=3, world=corner_shop())
    assert larger.user_to_persona_map.items() >= shop.user_to_persona_map.items()
    few, many = shop.journeys(**COUNTS, seed=5), larger.journeys(**COUNTS, seed=5, users=40)
    pd.testing.assert_frame_equal(whole(few), whole(many), check_exact=True)


def test_a_longer_journey_begins_like_a_shorter_one(shop):
    long = whole(shop.journeys(events_per_user=60, seed=5))
    short = whole(shop.journeys(events_per_user=25, seed=5))
    begin = long.groupby("user_id").head(25).reset_index(drop=True)
    pd.testing.assert_frame_equal(short, begin, check_exact=True)


def test_sessions_are_cut_from_the_same_journey_as_events(shop):
    long = whole(shop.journeys(events_per_user=60, seed=5))
    sessions = whole(shop.journeys(sessions_per_user=3, seed=5))
    assert (sessions.groupby("user_id")["session_id"].max() == 2).all()
    begin = long[long["session_id"] < 3].reset_index(drop=True)
    assert (long.groupby("user_id")["session_id"].max() >= 3).all(), (
        "sixty clicks hold three sessions"
    )
    pd.testing.assert_frame_equal(sessions, begin, check_exact=True)


def test_other_seeds_give_other_logs():
    shop = ZooplusSimulator(n_users=40, seed=3, world=corner_shop())
    logs = [
        whole(shop.journeys(events_per_user=20, seed=seed))
        for seed in (0, 1, 2**32, 2**32 + 1, 2**200)
    ]
    logs.append(
        whole(
            ZooplusSimulator(n_users=40, seed=4, world=corner_shop()).journeys(events_per_user=20)
        )
    )
    for column in ("item_id", "timestamp", "step", "outcome"):
        assert len({tuple(log[column]) for log in logs}) == len(logs), column


def test_journeys_seed_leaves_the_shoppers_who_they_are():
    shop = ZooplusSimulator(n_users=40, seed=3)
    one, two = (
        shop.journeys(events_per_user=4, seed=seed).truth[["persona", "tier"]] for seed in (0, 1)
    )
    pd.testing.assert_frame_equal(one, two)
    assert one["persona"].tolist()[::4] == list(shop.user_to_persona_map.values())


@pytest.mark.parametrize("kind", [np.int8, np.uint32, np.int64])
def test_numpy_numbers_are_plain_numbers(kind):
    plain = ZooplusSimulator(50, 20, 7).journeys(events_per_user=(3, 9), users=5, seed=11)
    shop = ZooplusSimulator(kind(50), kind(20), kind(7))
    numpy = shop.journeys(
        events_per_user=(kind(3), kind(9)), users=kind(5), seed=kind(11), chunk_size=kind(2)
    )
    pd.testing.assert_frame_equal(whole(plain), whole(numpy))


def test_the_global_random_state_is_neither_read_nor_written():
    def everything():
        shop = ZooplusSimulator(seed=2)
        shop.get_reward(shop.get_random_user(), 1)
        return whole(shop.journeys(events_per_user=5)), generate_training_data(shop, 50)

    np.random.seed(1)  # noqa: NPY002 - the global state is what this test is about
    random.seed(1)
    before = np.random.get_state()[1].tolist(), random.getstate()  # noqa: NPY002
    first = everything()
    assert (np.random.get_state()[1].tolist(), random.getstate()) == before  # noqa: NPY002
    np.random.seed(2)  # noqa: NPY002
    random.seed(2)
    for one, other in zip(first, everything(), strict=True):
        pd.testing.assert_frame_equal(one, other)


def test_asking_twice_gives_the_same():
    """`journeys` keeps nothing back from one call to the next, and draws nothing from the shop's
    own generator.
    """
    shop = ZooplusSimulator(n_users=10)
    first = whole(shop.journeys(events_per_user=5))
    state = shop.rng.bit_generator.state
    pd.testing.assert_frame_equal(first, whole(shop.journeys(events_per_user=5)))
    assert shop.rng.bit_generator.state == state


FINGERPRINT = """
import hashlib, pandas
from zooplus_sim import World, ZooplusSimulator, generate_training_data
shop = ZooplusSimulator(n_users=50, seed=2)
log = shop.journeys(events_per_user=(1, 40), seed=9, workers=2)
tables = [log.interactions, log.truth, shop.products, generate_training_data(shop, 500, seed=1)]
text = "".join(table.to_csv() for table in tables)
text += World.default().fingerprint + str(shop.user_to_persona_map)
print(hashlib.sha256(text.encode()).hexdigest())
"""


def test_every_process_gives_the_same():
    """Whatever its hash seed, and its folder."""
    outputs = {
        subprocess.run(
            [sys.executable, "-c", FINGERPRINT],
            env={
                **os.environ,
                "PYTHONHASHSEED": hash_seed,
                "PYTHONPATH": os.getcwd(),
                "OMP_NUM_THREADS": "1",
            },
            capture_output=True,
            text=True,
            check=True,
        ).stdout
        for hash_seed in ("1", "2")
    }
    assert len(outputs) == 1 and len(outputs.pop()) == 65


def test_the_default_log_is_what_it_was():
    """Bit for bit, before missions could wait for what was clicked."""
    log = ZooplusSimulator(n_users=200, seed=2).journeys(events_per_user=(1, 40), seed=9)
    table = whole(log)[["user_id", "item_id", "session_id", "mission", "step", "outcome"]]
    text = table.to_csv(index=False, lineterminator="\n")
    assert hashlib.sha256(text.encode()).hexdigest()[:16] == "349e5a23b4e6571e"
