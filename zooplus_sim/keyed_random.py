"""Randomness by key: a draw is a function of (seed, channel, user, counter), and of nothing else.

What was drawn before does not matter. So a log is the same bit for bit on one worker or many, in
chunks of any size, and two recommenders can meet the *same* shoppers. The generator is SplitMix64
(Steele, Lea & Flood 2014, "Fast splittable pseudorandom number generators"): the n-th draw of a
stream is `mix(key + n * GAMMA)`, so any draw can be had without the ones before it.
"""

from __future__ import annotations

from enum import IntEnum
from typing import Any

import numpy as np

from zooplus_sim.checks import told

GAMMA = np.uint64(0x9E3779B97F4A7C15)
# The multipliers and shifts of SplitMix64's finalizer; the last shift leaves 53 bits.
_M1 = np.uint64(0xBF58476D1CE4E5B9)
_M2 = np.uint64(0x94D049BB133111EB)
_S27, _S30, _S31, _S11 = (np.uint64(shift) for shift in (27, 30, 31, 11))
LARGEST_SEED = 2**512
DRAWS_PER_STEP = 8  # counters that one event may use in one channel


class Channel(IntEnum):
    """What a draw decides. Channels are independent: reading one changes nothing in another."""

    WORLD = 0  # catalogue, persona, tier: who and what there is
    ARRIVAL = 1  # how many events, and when
    MISSION = 2  # which mission, and whether the session goes on
    CLICK = 3  # distraction, product type, outcome
    ITEM = 4  # product within the type
    POLICY = 5  # what a recommender shows
    BROWSE = 6  # what a shopper takes from a slate


def _mix(x: np.ndarray) -> np.ndarray:
    """SplitMix64's finalizer: every input bit reaches every output bit.

    In place: x must be a fresh uint64 array.
    """
    x ^= x >> _S30
    x *= _M1
    x ^= x >> _S27
    x *= _M2
    x ^= x >> _S31
    return x


def check_seed(seed: Any) -> int:
    """`seed` as a plain int. Raises ValueError unless it is a whole number from 0 to 2**512 - 1."""
    whole = isinstance(seed, int | np.integer) and not isinstance(seed, bool)
    if not whole or not 0 <= seed < LARGEST_SEED:
        raise ValueError(
            f"seed must be a whole number that is not negative, and below 2**512, got {told(seed)}"
        )
    return int(seed)


def stream_keys(seed: int, channel: Channel, users: np.ndarray) -> np.ndarray:
    """One stream per user.

    seed:    see `check_seed`
    channel: what the draws decide
    users:   (U,) integers >= 0

    Returns (U,) uint64 keys for `uniform`. Raises ValueError for a seed that cannot be.
    """
    root = _sequence(seed, channel).generate_state(1, np.uint64)[0]
    keys = (np.asarray(users).astype(np.uint64) + np.uint64(1)) * GAMMA
    keys ^= root
    return _mix(_mix(keys) + root)


def uniform(keys: np.ndarray, counter: int) -> np.ndarray:
    """One draw per key, uniform on [0, 1) with 53 random bits.

    keys:    (U,) uint64, see `stream_keys`
    counter: which draw of the stream, from 0

    Returns (U,) floats.
    """
    bits = _mix(keys + np.uint64(counter * int(GAMMA) & 0xFFFFFFFFFFFFFFFF))
    bits >>= _S11
    return bits * 2.0**-53


def first_draws(seed: int, channel: Channel, users: np.ndarray, n: int) -> np.ndarray:
    """The first n draws of each user's stream, whoever else is asked for.

    seed, channel, users: as `stream_keys` has them
    n:                    how many, at least 1

    Returns (U, n) floats.
    """
    keys = stream_keys(seed, channel, users)
    return np.stack([uniform(keys, counter) for counter in range(n)], axis=1)


def generator(seed: int, channel: Channel) -> np.random.Generator:
    """An ordinary NumPy generator for what is drawn once per world and not per user."""
    return np.random.default_rng(_sequence(seed, channel))


def _sequence(seed: int, channel: Channel) -> np.random.SeedSequence:
    # The seed comes last: it may be many words long, and of the words only zeros at the end are not
    # told apart.
    return np.random.SeedSequence([int(channel), check_seed(seed)])
