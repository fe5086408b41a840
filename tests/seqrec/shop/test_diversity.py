"""Maximal marginal relevance, against the formula in plain loops."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from seqrec.shop import diversify


def plain(scores, vectors, k, trade_off):
    """One list, by the formula."""

    def cosine(i, j):
        lengths = np.linalg.norm(vectors[i]) * np.linalg.norm(vectors[j])
        return vectors[i] @ vectors[j] / lengths if lengths else 0.0

    chosen = [max(range(len(scores)), key=lambda i: scores[i])]
    while len(chosen) < k:
        values = {
            i: trade_off * scores[i] - (1 - trade_off) * max(cosine(i, j) for j in chosen)
            for i in range(len(scores))
            if i not in chosen
        }
        chosen.append(max(values, key=values.get))
    return chosen


@given(
    seed=st.integers(0, 10**6),
    B=st.integers(1, 4),
    C=st.integers(1, 9),
    trade_off=st.sampled_from([0.0, 0.3, 0.7, 1.0]),
    has_zeros=st.booleans(),
)
def test_it_is_the_formula(seed, B, C, trade_off, has_zeros):
    rng = np.random.default_rng(seed)
    scores = rng.random((B, C))
    vectors = rng.normal(size=(B, C, 3))
    if has_zeros:
        vectors[:, 0] = 0
    k = int(rng.integers(1, C + 1))
    found = diversify(scores, vectors, k, trade_off)
    due = [plain(*one, k, trade_off) for one in zip(scores, vectors, strict=True)]
    np.testing.assert_array_equal(found, due)


def test_by_scores_alone_it_is_the_best_k():
    scores = np.array([[0.1, 0.9, 0.5], [0.3, 0.2, 0.1]])
    found = diversify(scores, np.ones((3, 2)), 3, 1.0)
    np.testing.assert_array_equal(found, [[1, 2, 0], [0, 1, 2]])


def test_twins_are_not_both_shown_where_another_is_nearly_as_good():
    scores = [[1.0, 0.99, 0.9]]
    vectors = [[1, 0], [1, 0], [0, 1]]
    assert diversify(scores, vectors, 2, 0.5).tolist() == [[0, 2]]
    assert diversify(scores, vectors, 2, 1.0).tolist() == [[0, 1]]


def test_less_weight_on_scores_makes_lists_more_diverse():
    """On average: the mean cosine of what is listed falls with the trade-off."""
    rng = np.random.default_rng(0)
    scores = rng.random((200, 30))
    vectors = rng.normal(size=(200, 30, 4))
    unit = vectors / np.linalg.norm(vectors, axis=2, keepdims=True)
    means = []
    for trade_off in (1.0, 0.6, 0.2):
        listed = np.take_along_axis(unit, diversify(scores, vectors, 5, trade_off)[..., None], 1)
        means.append(np.einsum("bid,bjd->bij", listed, listed).mean())
    assert means[0] > means[1] > means[2]


def test_neither_argument_is_edited_and_lengths_of_vectors_mean_nothing():
    rng = np.random.default_rng(1)
    scores, vectors = rng.random((2, 6)), rng.normal(size=(2, 6, 3))
    before = scores.copy(), vectors.copy()
    first = diversify(scores, vectors, 4, 0.4)
    np.testing.assert_array_equal(first, diversify(scores, vectors * 7, 4, 0.4))
    np.testing.assert_array_equal(scores, before[0])
    np.testing.assert_array_equal(vectors, before[1])


@pytest.mark.parametrize(
    ("scores", "vectors", "k", "trade_off", "told"),
    [
        ([1.0, 2.0], np.ones((2, 3)), 1, 0.5, "scores must be"),
        ([[1.0, 2.0]], np.ones((3, 3)), 1, 0.5, "vectors"),
        ([[1.0, np.nan]], np.ones((2, 3)), 1, 0.5, r"scores\[0, 1\] must be finite"),
        ([[1.0, -np.inf]], np.ones((2, 3)), 1, 0.5, "finite"),
        ([[1.0, 2.0]], np.ones((2, 3)), 3, 0.5, "k must be a whole number from 1 to 2"),
        ([[1.0, 2.0]], np.ones((2, 3)), 1, 1.5, "trade_off must be a share"),
    ],
)
def test_nonsense_is_refused(scores, vectors, k, trade_off, told):
    with pytest.raises(ValueError, match=told):
        diversify(scores, vectors, k, trade_off)
