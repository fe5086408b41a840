"""What a rank is worth: equal to the definitions, bounded, and expected values are sums of them."""

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from seqrec.metrics import (
    coverage,
    expected_hit_rate,
    expected_ndcg,
    hit_rate,
    ndcg,
    popularity_bias,
    ranks,
    reciprocal_rank,
    share_of_lift,
    top_items,
)

quick = settings(deadline=None, max_examples=60)
some_ranks = st.lists(st.integers(1, 30), min_size=1, max_size=20).map(np.array)


def dcg(relevance):
    """Discounted cumulative gain of a list of relevances, by the book."""
    return sum(gain / np.log2(place + 1) for place, gain in enumerate(relevance, start=1))


@quick
@given(some_ranks, st.integers(1, 35))
def test_metrics_equal_their_textbook_definitions(rank, k):
    lists = [[float(place == r) for place in range(1, 41)] for r in rank]
    assert hit_rate(rank, k).tolist() == [float(any(relevance[:k])) for relevance in lists]
    ideal = dcg([1.0])
    assert np.allclose(
        ndcg(rank, k), [dcg(relevance[:k]) / ideal for relevance in lists], atol=1e-15
    )
    assert np.allclose(
        reciprocal_rank(rank), [1 / (relevance.index(1.0) + 1) for relevance in lists], atol=1e-15
    )


@quick
@given(some_ranks, st.integers(1, 35))
def test_metrics_are_per_user_between_0_and_1_and_never_fall_with_k(rank, k):
    for metric in (hit_rate, ndcg):
        now, later = metric(rank, k), metric(rank, k + 1)
        assert now.shape == rank.shape and now.dtype == np.float64
        assert ((now >= 0) & (now <= later) & (later <= 1)).all()
    assert (ndcg(rank, k) <= hit_rate(rank, k)).all()


@pytest.mark.parametrize(
    "metric", [lambda r: hit_rate(r, 10), lambda r: ndcg(r, 10), reciprocal_rank]
)
def test_the_best_rank_is_worth_1_and_ranks_from_0_are_refused(metric):
    assert metric([1]).tolist() == [1.0]
    assert metric(torch.tensor([1, 1])).tolist() == [1.0, 1.0]
    for bad in ([0, 1], [-1], [1.5], [np.nan]):
        with pytest.raises(ValueError, match="integers from 1"):
            metric(bad)


@pytest.mark.parametrize("k", [0, -1, 2.0, True, None])
def test_a_cut_off_that_is_no_positive_integer_is_refused(k):
    with pytest.raises(ValueError, match="k must be a whole number of 1 or more"):
        hit_rate([1], k)


@st.composite
def laws_and_scores(draw):
    """Scores (B, V) with ties and -inf, and probabilities (B, V) with 0 in column 0."""
    B, V = draw(st.integers(1, 4)), draw(st.integers(3, 9))
    rng = np.random.default_rng(draw(st.integers(0, 10_000)))
    probabilities = rng.dirichlet(np.full(V - 1, 0.5), B)
    scores = rng.choice([-np.inf, 0.0, 1.0, 2.0, 3.0], (B, V))
    return scores, np.column_stack([np.zeros(B), probabilities])


@quick
@given(laws_and_scores(), st.integers(1, 10))
def test_expected_metrics_are_the_sum_over_items_of_probability_times_metric(table, k):
    scores, probabilities = table
    for expected, metric in ((expected_hit_rate, hit_rate), (expected_ndcg, ndcg)):
        total = np.zeros(len(scores))
        for item in range(1, scores.shape[1]):
            total += probabilities[:, item] * metric(ranks(scores, np.full(len(scores), item)), k)
        assert np.allclose(expected(scores, probabilities, k), total, atol=1e-12)


@quick
@given(laws_and_scores(), st.integers(1, 10))
def test_no_scores_have_higher_expected_metrics_than_the_law_itself(table, k):
    scores, probabilities = table
    for expected in (expected_hit_rate, expected_ndcg):
        ceiling = expected(probabilities, probabilities, k)
        assert (expected(scores, probabilities, k) <= ceiling + 1e-12).all()


def test_realised_metrics_scatter_around_the_expected_ones():
    rng = np.random.default_rng(0)
    B, V = 20_000, 30
    probabilities = np.column_stack([np.zeros(B), rng.dirichlet(np.full(V - 1, 0.2), B)])
    scores = rng.normal(size=(B, V)) + 10 * probabilities
    targets = (rng.random((B, 1)) < probabilities.cumsum(axis=1)).argmax(axis=1)
    for expected, metric in ((expected_hit_rate, hit_rate), (expected_ndcg, ndcg)):
        surprise = metric(ranks(scores, targets), 5) - expected(scores, probabilities, 5)
        assert abs(surprise.mean()) < 3 * surprise.std() / np.sqrt(B)


@pytest.mark.parametrize(
    "probabilities",
    [[[0.5, 0.5, 0]], [[0, 0.7, 0.7]], [[0, -0.5, 1.5]], [[0, np.nan, 1]], [[0, 0, 0.5, 0.5]]],
)
def test_what_is_no_law_of_the_next_item_is_refused(probabilities):
    with pytest.raises(ValueError, match="probabilities"):
        expected_hit_rate(np.zeros((1, 3)), np.array(probabilities), 1)


def test_coverage_counts_each_shown_item_once_and_padding_never():
    assert coverage(np.array([[1, 2], [2, 0]]), n_items=4) == 0.5
    assert coverage(np.array([[0, 0]]), n_items=4) == 0.0
    assert coverage(np.arange(1, 5)[None, :], n_items=4) == 1.0
    with pytest.raises(ValueError, match="holds 5"):
        coverage(np.array([[5]]), n_items=4)


def test_popularity_bias_is_1_for_a_random_click_and_higher_for_popular_lists():
    counts = np.array([99, 50, 30, 15, 5])  # column 0 must not matter
    clicks = np.repeat([1, 2, 3, 4], counts[1:])[:, None]
    assert popularity_bias(clicks, counts).mean() == pytest.approx(1)
    per_user = popularity_bias([[1, 2], [3, 4], [4, 0]], counts)
    mean_click = (50**2 + 30**2 + 15**2 + 5**2) / 100
    assert per_user == pytest.approx([40 / mean_click, 10 / mean_click, 5 / mean_click])
    assert np.isnan(popularity_bias([[0, 0]], counts)).all()


def test_a_popularity_recommender_has_the_highest_bias_and_the_lowest_coverage():
    rng = np.random.default_rng(0)
    counts = np.concatenate([[0], rng.integers(1, 1000, 40)])
    popular = top_items(np.tile(counts, (200, 1)), 5)
    random = top_items(rng.random((200, 41)), 5)
    assert popularity_bias(popular, counts).mean() > popularity_bias(random, counts).max()
    assert coverage(popular, 40) == 5 / 40 < coverage(random, 40)


def test_popularity_of_nothing_is_refused():
    with pytest.raises(ValueError, match="no click"):
        popularity_bias([[1]], [7, 0, 0])


def test_share_of_lift_is_0_at_popularity_and_1_at_the_oracle():
    assert share_of_lift(0.2, popularity=0.2, oracle=0.6) == 0
    assert share_of_lift(0.6, popularity=0.2, oracle=0.6) == pytest.approx(1)
    assert share_of_lift(0.5, popularity=0.2, oracle=0.6) == pytest.approx(0.75)
    assert share_of_lift(0.1, popularity=0.2, oracle=0.6) < 0
    assert share_of_lift(np.array([0.2, 0.4]), 0.2, 0.6) == pytest.approx([0, 0.5])


@pytest.mark.parametrize("oracle", [0.2, 0.1, np.nan])
def test_an_oracle_that_is_not_above_popularity_leaves_no_lift_to_share(oracle):
    with pytest.raises(ValueError, match="must be above popularity"):
        share_of_lift(0.3, 0.2, oracle)
