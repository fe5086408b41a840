"""Ranks: equal to a plain loop, never flattering, and the same however the work is cut up."""

import tracemalloc

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import chisquare, hypergeom

from seqrec.metrics import (
    exclude,
    expected_sampled_hit_rate,
    full_ranking,
    hit_rate,
    ndcg,
    ranks,
    sampled_ranks,
    top_items,
)

quick = settings(deadline=None, max_examples=60)


@st.composite
def score_tables(draw):
    """Scores (B, V) with many ties and some -inf, and targets (B,)."""
    B, V = draw(st.integers(1, 5)), draw(st.integers(2, 9))
    values = st.sampled_from([-np.inf, -1.0, 0.0, 0.5, 0.5, 2.0])
    scores = np.array(
        draw(st.lists(st.lists(values, min_size=V, max_size=V), min_size=B, max_size=B))
    )
    return scores, np.array(draw(st.lists(st.integers(1, V - 1), min_size=B, max_size=B)))


def plain_ranks(scores, targets):
    """Sort the items by score, the target behind its equals, and look where it stands."""
    places = []
    for row, target in zip(scores, targets, strict=True):
        order = sorted(range(1, len(row)), key=lambda item: (-row[item], item == target))  # noqa: B023
        places.append(order.index(target) + 1)
    return places


@quick
@given(score_tables())
def test_ranks_equal_a_plain_sort_that_puts_the_target_behind_its_equals(table):
    scores, targets = table
    assert ranks(scores, targets).tolist() == plain_ranks(scores, targets)


@quick
@given(score_tables(), st.sampled_from([np.float16, np.float32, np.float64]))
def test_tensors_and_arrays_of_any_float_give_the_same_ranks(table, dtype):
    scores, targets = table[0].astype(dtype), table[1]
    as_tensors = ranks(torch.tensor(scores, requires_grad=True), torch.tensor(targets))
    assert isinstance(as_tensors, np.ndarray)
    assert as_tensors.tolist() == ranks(scores, targets).tolist()


def test_a_constant_score_is_worth_the_last_rank_wherever_the_target_stands():
    scores = np.zeros((5, 6))
    assert ranks(scores, [1, 2, 3, 4, 5]).tolist() == [5] * 5


def test_the_padding_column_is_never_looked_at():
    scores = np.random.default_rng(0).normal(size=(20, 9))
    targets = np.arange(20) % 8 + 1
    expected = ranks(scores, targets)
    for value in (-np.inf, np.inf, np.nan, 0):
        scores[:, 0] = value
        assert ranks(scores, targets).tolist() == expected.tolist()


def test_a_target_at_minus_infinity_ranks_last():
    scores = np.array([[-np.inf, 3, -np.inf, 1, -np.inf]])
    assert ranks(scores, [2]).tolist() == [4]
    assert ranks(scores, [3]).tolist() == [2]


def test_counts_of_clicks_are_scores_too():
    assert ranks(np.array([[0, 7, 9, 7]]), [1]).tolist() == [3]


@pytest.mark.parametrize("item", [1, 4, 7])
def test_one_nan_is_an_error_that_names_the_row(item):
    scores = np.random.default_rng(0).normal(size=(6, 8))
    scores[3, item] = np.nan
    with pytest.raises(ValueError, match="NaN, first in row 3"):
        ranks(scores, [1] * 6)
    with pytest.raises(ValueError, match="NaN"):
        full_ranking(lambda rows: scores[rows], [1] * 6, chunk=2)


@pytest.mark.parametrize(
    ("scores", "targets", "message"),
    [
        (np.zeros((2, 4)), [1, 0], r"targets at \(1,\) holds 0; expected 1 to 3"),
        (np.zeros((2, 4)), [4, 1], r"targets at \(0,\) holds 4"),
        (np.zeros((2, 4)), [-1, 1], "holds -1"),
        (np.zeros((2, 4)), [1.0, 2.0], "float64"),
        (np.zeros((2, 4)), [1, 2, 3], r"targets must be \(2,\)"),
        (np.zeros(4), [1], r"scores must be \(B, V\)"),
        (np.zeros((2, 1)), [1, 1], r"scores must be \(B, V\)"),
    ],
)
def test_nonsense_is_refused_with_its_place(scores, targets, message):
    with pytest.raises(ValueError, match=message):
        ranks(scores, targets)


@quick
@given(score_tables(), st.integers(0, 4), st.integers(0, 99))
def test_excluding_is_ranking_without_those_items(table, S, seed):
    scores, targets = table
    seen = np.random.default_rng(seed).integers(0, scores.shape[1], (len(scores), S))
    before = scores.copy()
    left = exclude(scores, seen)
    for row in range(len(scores)):
        for item in range(1, scores.shape[1]):
            assert left[row, item] == (-np.inf if item in seen[row] else before[row, item])
    assert np.array_equal(scores, before), "the argument was edited"
    gone = (seen == targets[:, None]).any(axis=1)
    assert (ranks(left, targets)[gone] == scores.shape[1] - 1).all()
    assert (ranks(left, targets)[~gone] <= ranks(scores, targets)[~gone]).all()


def test_seen_items_of_another_number_of_users_are_refused():
    with pytest.raises(ValueError, match=r"seen must be \(3, S\)"):
        exclude(np.zeros((3, 5)), np.zeros((2, 4), int))


@quick
@given(score_tables(), st.integers(1, 12))
def test_top_items_are_the_best_in_order_and_zero_where_there_are_none(table, k):
    scores, _ = table
    before = scores.copy()
    best = top_items(scores, k)
    assert best.shape == (len(scores), k)
    assert np.array_equal(scores, before)
    for row, items in zip(scores, best, strict=True):
        shown = items[items > 0]
        assert len(set(shown)) == len(shown) and (items[len(shown) :] == 0).all()
        possible = sorted((value for value in row[1:] if value > -np.inf), reverse=True)
        assert row[shown].tolist() == possible[:k]


@quick
@given(st.integers(1, 40), st.integers(1, 50), st.integers(0, 5), st.booleans())
def test_full_ranking_is_the_same_for_any_chunk(B, chunk, top, with_seen):
    rng = np.random.default_rng(B)
    scores, targets = rng.normal(size=(B, 12)), rng.integers(1, 12, B)
    seen = rng.integers(0, 12, (B, 3)) if with_seen else None
    asked = []

    def score(rows):
        asked.extend(range(B)[rows])
        return scores[rows]

    ranking = full_ranking(score, targets, seen=seen, top=top, chunk=chunk)
    at_once = exclude(scores, seen) if with_seen else scores
    assert asked == list(range(B)), "every user is scored once"
    assert ranking.ranks.tolist() == ranks(at_once, targets).tolist()
    assert ranking.top_items.shape == (B, top)
    if top:
        assert np.array_equal(ranking.top_items, top_items(at_once, top))


def test_full_ranking_holds_the_scores_of_one_chunk_at_a_time():
    B, V, chunk = 20_000, 2_000, 100
    base = np.random.default_rng(0).normal(size=(chunk, V)).astype(np.float32)
    targets, seen = np.arange(B) % (V - 1) + 1, np.ones((B, 1), int)
    tracemalloc.start()
    full_ranking(lambda rows: base + np.float32(1), targets, seen=seen, chunk=chunk)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    chunk_of_scores = chunk * V * 4
    assert peak < B * 8 + 3 * chunk_of_scores  # all scores together would be 200 chunks


def test_sampled_ranks_follow_the_law_of_scoring_a_random_sample():
    rng = np.random.default_rng(0)
    n_items, n_negatives, draws = 12, 5, 20_000
    scores = np.concatenate([[-np.inf], rng.permutation(n_items)])[None, :]
    target = int(np.argsort(-scores[0])[4])
    others = np.setdiff1d(np.arange(1, n_items + 1), target)
    samples = (rng.choice(others, n_negatives, replace=False) for _ in range(draws))
    literal = [(scores[0, sample] >= scores[0, target]).sum() + 1 for sample in samples]
    full = np.repeat(ranks(scores, [target]), draws)
    quick_way = sampled_ranks(full, n_items, n_negatives, seed=1)
    counts = [np.bincount(sample, minlength=n_negatives + 2)[1:] for sample in (literal, quick_way)]
    seen = counts[0] + counts[1] > 0
    expected = (counts[0] + counts[1])[seen] / 2
    assert full[0] == 5
    assert (
        chisquare(
            np.concatenate([c[seen] for c in counts]), np.tile(expected, 2), ddof=seen.sum() - 1
        ).pvalue
        > 1e-3
    )


def test_sampling_all_other_items_gives_the_full_rank():
    full = np.arange(1, 31)
    assert sampled_ranks(full, 30, 29, seed=0).tolist() == full.tolist()


def test_sampled_ranks_are_seeded_and_stay_in_bounds():
    full = np.random.default_rng(0).integers(1, 1001, 500)
    sampled = sampled_ranks(full, 1000, 100, seed=3)
    assert sampled.tolist() == sampled_ranks(full, 1000, 100, seed=3).tolist()
    assert sampled.tolist() != sampled_ranks(full, 1000, 100, seed=4).tolist()
    assert ((sampled >= 1) & (sampled <= 101) & (sampled <= full)).all()
    assert sampled_ranks([1], 1000, 100, seed=0).tolist() == [1]
    assert sampled_ranks([5000], 1000, 100, seed=0).tolist() == [101], (
        "a target that was ruled out stays last"
    )


def test_more_negatives_than_there_are_other_items_are_refused():
    with pytest.raises(ValueError, match="100 negatives cannot be drawn from 100 items"):
        sampled_ranks([1, 2], 100, 100, seed=0)


def test_sampled_metrics_can_swap_two_models():
    n_items = 10_000
    brilliant_for_some = np.where(np.arange(1000) < 300, 1, 5000)
    never_quite = np.full(1000, 30)
    for metric in (hit_rate, ndcg):
        full = [metric(model, 10).mean() for model in (brilliant_for_some, never_quite)]
        sampled = [
            metric(sampled_ranks(model, n_items, 100, seed=0), 10).mean()
            for model in (brilliant_for_some, never_quite)
        ]
        assert full[0] > full[1] and sampled[0] < sampled[1]


def test_the_expected_sampled_hit_rate_is_the_hypergeometric_law_and_the_mean_of_samples():
    rng = np.random.default_rng(0)
    full, sizes = rng.integers(1, 200, 40), rng.integers(200, 400, 40)
    exact = expected_sampled_hit_rate(full, sizes, 50, 10)
    np.testing.assert_allclose(exact, hypergeom.cdf(9, sizes - 1, full - 1, 50), rtol=1e-10)
    drawn = np.mean(
        [hit_rate(sampled_ranks(full, sizes, 50, seed), 10) for seed in range(2_000)], axis=0
    )
    np.testing.assert_allclose(drawn, exact, atol=5 * 0.5 / 2_000**0.5)


def test_a_sample_of_all_others_gives_the_full_hit_rate_and_more_than_all_is_refused():
    full = np.arange(1, 31)
    assert expected_sampled_hit_rate(full, 30, 29, 10).tolist() == hit_rate(full, 10).tolist()
    for wrong in ((full, 30, 30, 10), (full, 29, 5, 10)):
        with pytest.raises(ValueError, match="don't fit"):
            expected_sampled_hit_rate(*wrong)
