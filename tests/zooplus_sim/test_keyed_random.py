"""Keyed draws are SplitMix64's, uniform, and independent along every part of the key."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.zooplus_sim.significance import LEVEL, chi_square
from zooplus_sim.keyed_random import Channel, check_seed, generator, stream_keys, uniform

MASK = 2**64 - 1
# The first outputs of Vigna's splitmix64.c with state 1234567.
SPLITMIX64 = (
    6457827717110365317,
    3203168211198807973,
    9817491932198370423,
    4593380528125082431,
    16408922859458223821,
)


def plain_splitmix64(state: int, n: int) -> int:
    """The n-th output (n = 1, 2, ...) of the generator that starts in `state`, in whole numbers of
    any size.
    """
    z = (state + n * 0x9E3779B97F4A7C15) & MASK
    z = ((z ^ (z >> 30)) * 0xBF58476D1CE4E5B9) & MASK
    z = ((z ^ (z >> 27)) * 0x94D049BB133111EB) & MASK
    return z ^ (z >> 31)


def test_published_outputs_of_splitmix64():
    for n, output in enumerate(SPLITMIX64, start=1):
        assert plain_splitmix64(1234567, n) == output
        assert uniform(np.array([1234567], dtype=np.uint64), n)[0] == (output >> 11) * 2.0**-53


@given(state=st.integers(0, MASK), counter=st.integers(0, 2**40))
def test_any_draw_is_splitmix64_s(state, counter):
    draw = uniform(np.array([state], dtype=np.uint64), counter)[0]
    assert draw == (plain_splitmix64(state, counter) >> 11) * 2.0**-53
    assert 0 <= draw < 1


def test_arguments_are_left_alone():
    keys, users = np.arange(5, dtype=np.uint64), np.arange(5)
    uniform(keys, 3)
    stream_keys(0, Channel.CLICK, users)
    assert keys.tolist() == users.tolist() == [0, 1, 2, 3, 4]


def grid(
    seeds=(0,), channels=(Channel.ITEM,), n_users=300_000, counters=(8,), first_user=0
) -> np.ndarray:
    """Draws for all of these keys, flat, users fastest."""
    users = np.arange(first_user, first_user + n_users)
    return np.concatenate(
        [
            uniform(stream_keys(seed, c, users), n)
            for seed in seeds
            for c in channels
            for n in counters
        ]
    )


NEIGHBOURS = {
    "users": lambda: (grid()[:-1], grid()[1:]),
    "counters": lambda: (grid(counters=(8,)), grid(counters=(9,))),
    "steps": lambda: (grid(counters=(8,)), grid(counters=(16,))),
    "seeds": lambda: (grid(seeds=(0,)), grid(seeds=(1,))),
    "channels": lambda: (grid(channels=(Channel.CLICK,)), grid(channels=(Channel.ITEM,))),
    "user and counter": lambda: (grid()[1:], grid(counters=(9,))[:-1]),
}


@pytest.mark.parametrize("name", NEIGHBOURS)
def test_neighbours_are_uniform_and_independent(name):
    """Neighbouring draws fill a 16 x 16 board evenly:

    each is uniform, and one says nothing about the other.
    """
    left, right = ((part * 16).astype(int) for part in NEIGHBOURS[name]())
    assert (
        chi_square(np.zeros(len(left), dtype=int), left * 16 + right, np.full((1, 256), 1 / 256))
        > LEVEL
    )
    correlation = np.corrcoef(*NEIGHBOURS[name]())[0, 1]
    assert abs(correlation) * len(left) ** 0.5 < 5


def test_the_board_sees_dependence():
    left, right = NEIGHBOURS["users"]()
    right = np.where(np.arange(len(right)) % 40 == 0, left, right)
    board = (left * 16).astype(int) * 16 + (right * 16).astype(int)
    assert chi_square(np.zeros(len(left), dtype=int), board, np.full((1, 256), 1 / 256)) < LEVEL


def test_high_and_low_bits_are_even():
    bits = (grid() * 2**53).astype(np.int64)
    for shift in (0, 1, 20, 45):
        cell = bits >> shift & 255
        assert (
            chi_square(np.zeros(len(cell), dtype=int), cell, np.full((1, 256), 1 / 256)) > LEVEL
        ), shift


def test_one_user_s_long_stream_is_even():
    key = stream_keys(3, Channel.CLICK, np.array([17]))
    draws = np.concatenate([uniform(key, counter) for counter in range(20_000)])
    board = (draws[:-1:2] * 16).astype(int) * 16 + (draws[1::2] * 16).astype(int)
    assert chi_square(np.zeros(len(board), dtype=int), board, np.full((1, 256), 1 / 256)) > LEVEL


def test_streams_are_all_different():
    seeds = [
        0,
        1,
        2,
        5,
        2**32,
        *(5 + 2**32 * channel for channel in Channel if channel),
        2**64 + 5,
        2**200,
    ]
    users = np.r_[np.arange(5_000), np.arange(2**31, 2**31 + 1000), np.arange(2**40, 2**40 + 1000)]
    keys = np.concatenate(
        [stream_keys(seed, channel, users) for seed in seeds for channel in Channel]
    )
    assert len(np.unique(keys)) == len(keys)


def test_streams_do_not_run_into_each_other():
    """All are pieces of one long sequence: no piece may begin where another is."""
    keys = np.concatenate(
        [stream_keys(seed, channel, np.arange(60)) for seed in (0, 1) for channel in Channel]
    )
    draws = np.concatenate([uniform(keys, counter) for counter in range(200)])
    assert len(np.unique(draws)) == len(draws)


def test_generators_are_all_different():
    draws = [
        generator(seed, channel).random()
        for seed in (0, 1, 5, 2**32 + 5, 2**64)
        for channel in Channel
    ]
    assert len(set(draws)) == len(draws)


def test_a_stream_does_not_know_who_else_is_drawn():
    users = np.array([9, 2, 100_000])
    alone = [stream_keys(4, Channel.CLICK, np.array([user]))[0] for user in users]
    assert stream_keys(4, Channel.CLICK, users).tolist() == alone


@pytest.mark.parametrize(
    "seed",
    [
        -1,
        1.0,
        "1",
        None,
        True,
        np.float64(3),
        np.int64(-1),
        np.bool_(True),
        np.array(1),
        2**512,
        -(10**5000),
    ],
    ids=lambda seed: type(seed).__name__,
)
def test_a_seed_that_is_none_is_named(seed):
    with pytest.raises(
        ValueError, match="seed must be a whole number that is not negative.*got .*"
    ):
        check_seed(seed)


@pytest.mark.parametrize("kind", [np.int8, np.uint16, np.int64, np.uint64])
def test_numpy_seeds_are_plain_seeds(kind):
    assert check_seed(kind(7)) == 7
    assert (
        stream_keys(kind(7), Channel.ITEM, np.arange(3)).tolist()
        == stream_keys(7, Channel.ITEM, np.arange(3)).tolist()
    )
