"""The law of looking through a slate, against a plain walk; what it cannot be."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from zooplus_sim import Browsing

chances = st.floats(0, 0.99)


@given(taken=st.lists(chances, min_size=1, max_size=7), look_on=st.floats(0, 1))
def test_place_probabilities_are_those_of_a_walk_down_the_slate(taken, look_on):
    expected, here = [], 1.0
    for chance in taken:
        expected.append(here * chance)
        here *= (1 - chance) * look_on
    got = Browsing(look_on=look_on).place_probabilities(np.array(taken))
    np.testing.assert_allclose(got, expected, atol=1e-15)
    assert got.sum() < 1


@given(taken=st.lists(chances, min_size=2, max_size=6), look_on=st.floats(0, 1), data=st.data())
def test_no_order_beats_the_most_eagerly_taken_first(taken, look_on, data):
    law, order = Browsing(look_on=look_on), data.draw(st.permutations(range(len(taken))))
    best = law.place_probabilities(np.sort(taken)[::-1]).sum()
    assert law.place_probabilities(np.array(taken)[order]).sum() <= best + 1e-12


@given(
    taken=st.lists(chances, min_size=1, max_size=6),
    look_on=st.floats(0, 1),
    less=st.floats(0, 1),
    data=st.data(),
)
def test_a_slate_gains_nothing_by_what_is_taken_less(taken, look_on, less, data):
    place = data.draw(st.integers(0, len(taken) - 1))
    tired = np.array(taken)
    tired[place] *= less
    law = Browsing(look_on=look_on)
    assert (
        law.place_probabilities(tired).sum()
        <= law.place_probabilities(np.array(taken)).sum() + 1e-12
    )


def test_exposures_fade_grow_and_end():
    law = Browsing(memory=0.5)
    start = np.array([[0.0, 2, 2, 2, 2], [0.0, 2, 2, 2, 2]])
    after = law.after(start, np.array([[1, 2, 0], [0, 3, 0]]), np.array([1, -1]))
    assert after.tolist() == [[0, 2, 0, 1, 1], [0, 1, 1, 2, 1]]
    assert start[0].tolist() == [0, 2, 2, 2, 2]


@pytest.mark.parametrize(
    ("constants", "message"),
    [
        ({"take": 1.0}, "take must be below 1.*got 1"),
        ({"take": 1.2}, "take must be a number from 0 to 1.*got 1.2"),
        ({"take": 0.3, "swap": 0.4}, "swap must be at most take, 0.3.*got 0.4"),
        ({"look_on": -0.1}, "look_on must be a number from 0 to 1.*got -0.1"),
        ({"look_on": True}, "look_on must be .*got True"),
        ({"look_on": float("nan")}, "look_on must be .*got nan"),
        ({"fatigue": 0}, "fatigue must be above 0.*got 0"),
        ({"memory": "1"}, "memory must be .*got '1'"),
    ],
)
def test_constants_out_of_range_are_refused(constants, message):
    with pytest.raises(ValueError, match=message):
        Browsing(**constants)


def test_the_constants_are_frozen_and_named():
    with pytest.raises(AttributeError):
        Browsing().take = 0.1
    with pytest.raises(TypeError):
        Browsing(0.5)
