"""Alias tables hold exactly the distributions that they were made from."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.zooplus_sim.significance import LEVEL, chi_square
from zooplus_sim.journeys.alias import AliasTables

weight = st.one_of(st.just(0.0), st.floats(1e-12, 1e12), st.integers(1, 3).map(float))
row = st.lists(weight, min_size=1, max_size=40).filter(any)
rows = st.lists(row, min_size=1, max_size=5)


def implied_probabilities(tables: AliasTables, number: int, n_values: int) -> np.ndarray:
    """What the method draws from row `number`:

    each entry is hit equally often and then splits at its threshold.
    """
    offset, width = tables.offsets[number], tables.widths[number]
    entries = np.arange(offset, offset + width)
    probability = np.zeros(n_values)
    np.add.at(probability, tables.choice[2 * entries], tables.threshold[entries] / width)
    np.add.at(probability, tables.choice[2 * entries + 1], (1 - tables.threshold[entries]) / width)
    return probability


def flat(rows):
    return np.concatenate(rows), np.array([len(row) for row in rows])


@given(rows)
def test_probabilities_are_exact(rows):
    tables = AliasTables(*flat(rows))
    for number, row in enumerate(rows):
        expected = np.array(row) / np.sum(row)
        np.testing.assert_allclose(
            implied_probabilities(tables, number, len(row)), expected, rtol=0, atol=1e-12
        )


@given(rows, st.lists(st.floats(0, 1, exclude_max=True), max_size=20))
def test_what_has_no_weight_is_never_drawn(rows, draws):
    tables = AliasTables(*flat(rows))
    for number, row in enumerate(rows):
        edges = np.arange(len(row)) / len(row)  # where one entry ends and the next begins
        cuts = edges + tables.threshold[tables.offsets[number] + np.arange(len(row))] / len(row)
        u = np.concatenate(
            [draws, edges, np.nextafter(edges[1:], 0), cuts[cuts < 1], [np.nextafter(1, 0)]]
        )
        drawn = tables.draw(np.full(len(u), number), u)
        assert (np.array(row)[drawn] > 0).all()


@given(row)
def test_values_stand_for_their_entries(row):
    values = np.arange(len(row)) * 7 + 3
    u = np.linspace(0, 1, 97, endpoint=False)
    zeros = np.zeros(len(u), dtype=int)
    plain, named = AliasTables(row, [len(row)]), AliasTables(row, [len(row)], values)
    assert (values[plain.draw(zeros, u)] == named.draw(zeros, u)).all()


def test_an_evenly_spread_u_hits_each_value_at_its_share():
    """The whole way through `draw`: a million even steps of u give each value its share of them,
    to one step an entry."""
    weights = np.array([5, 0, 1, 2.5, 0.001, 3])
    n = 1_000_000
    drawn = AliasTables(weights, [6]).draw(np.zeros(n, dtype=int), (np.arange(n) + 0.5) / n)
    np.testing.assert_allclose(
        np.bincount(drawn, minlength=6), n * weights / weights.sum(), atol=12
    )


def test_rows_of_all_widths_are_drawn_together():
    draw = np.random.default_rng(0)
    table = draw.dirichlet(np.ones(6), size=4)
    widths = np.array([1, 6, 3, 2])
    for padded, width in zip(table, widths, strict=True):
        padded[width:] = 0
        padded /= padded.sum()
    tables = AliasTables(
        np.concatenate([row[:width] for row, width in zip(table, widths, strict=True)]), widths
    )
    which = draw.integers(4, size=200_000)
    drawn = tables.draw(which, draw.random(len(which)))
    assert chi_square(which, drawn, table) > LEVEL
    assert chi_square(which, drawn, np.roll(table, 1, axis=0)) < LEVEL


@pytest.mark.parametrize("width", [1, 3])
def test_a_row_without_weight_gives_its_first_value(width):
    tables = AliasTables(np.zeros(width), [width], np.arange(width) + 5)
    assert (
        tables.draw(np.zeros(9, dtype=int), np.linspace(0, 1, 9, endpoint=False)).tolist()
        == [5] * 9
    )
