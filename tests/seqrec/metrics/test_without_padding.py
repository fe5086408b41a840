"""Scores without a column for padding are refused by metrics wherever they are known for that."""

import copy

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from seqrec.metrics import exclude, full_ranking, gains, ndcg, ranks, top_items
from seqrec.metrics.arrays import WithoutPadding

TABLES = hnp.arrays(
    np.float32,
    st.tuples(st.integers(1, 4), st.integers(2, 6)),
    elements=st.floats(-5, 5, width=32),
)


@given(TABLES)
def test_they_are_refused_by_whatever_reads_scores(table):
    scores = WithoutPadding.mark(table)
    for read in (
        lambda s: ranks(s, [1] * len(s)),
        lambda s: ndcg(ranks(s, [1] * len(s)), 10),
        lambda s: exclude(s, [[0]] * len(s)),
        lambda s: full_ranking(lambda rows: s[rows], [1] * len(s), chunk=2),
        lambda s: top_items(s, 1),
        lambda s: gains(s, 1),
    ):
        with pytest.raises(ValueError, match="a column for padding before .*padded=True"):
            read(scores)
        read(table)  # they can't be told from right ones, if nobody says so


@given(TABLES)
def test_what_is_computed_of_them_is_refused_too_while_it_is_as_wide(table):
    scores = WithoutPadding.mark(table)
    for same_width in (scores + 1, np.exp(scores), scores[:1], -scores, copy.deepcopy(scores)):
        with pytest.raises(ValueError, match="a column for padding"):
            ranks(same_width, [1] * len(same_width))


@given(TABLES)
def test_with_a_column_before_them_they_are_scores_like_others(table):
    scores = WithoutPadding.mark(table)
    padded = np.pad(table, ((0, 0), (1, 0)), constant_values=-np.inf)
    targets = [table.shape[1]] * len(table)
    for wider in (
        np.pad(scores, ((0, 0), (1, 0)), constant_values=-np.inf),
        np.insert(scores, 0, -np.inf, axis=1),
        np.concatenate([padded[:, :1], scores], axis=1),
    ):
        np.testing.assert_array_equal(ranks(wider, targets), ranks(padded, targets))


def test_in_all_else_they_are_plain_numbers():
    table = np.arange(6, dtype=np.float32).reshape(2, 3)
    scores = WithoutPadding.mark(table)
    assert isinstance(scores, np.ndarray) and np.array_equal(scores, table)
    assert type(scores.sum()) is np.float32 and type(scores.max(axis=1)) is np.ndarray
    assert f"{scores.mean():.1f}" == "2.5" and scores.argmax(axis=1).tolist() == [2, 2]
