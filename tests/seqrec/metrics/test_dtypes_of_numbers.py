"""Scores and ranks in any number format that models and logs have."""

import numpy as np
import pandas as pd
import pytest
import torch

from seqrec.metrics import (
    coverage,
    exclude,
    expected_hit_rate,
    expected_ndcg,
    expected_sampled_hit_rate,
    full_ranking,
    gains,
    hit_rate,
    mean_interval,
    ndcg,
    ranks,
    reciprocal_rank,
    sampled_ranks,
    top_items,
)
from seqrec.metrics.chunked_ranking import ranks_in_chunks

# Few distinct values: each is exact in bfloat16.
SCORES = torch.tensor([[0.0, 0.5, 0.25, 1.0], [0.0, 2.0, -4.0, 0.125]])
LAW = np.array([[0.0, 0.5, 0.25, 0.25], [0.0, 0.0, 1.0, 0.0]])
READERS = {
    "ranks": lambda scores: ranks(scores, [1, 2]),
    "exclude": lambda scores: exclude(scores, [[1], [3]]),
    "top_items": lambda scores: top_items(scores, 2),
    "gains": lambda scores: gains(scores, 2),
    "full_ranking": lambda scores: full_ranking(lambda rows: scores[rows], [1, 2], top=2).ranks,
    "expected_hit_rate": lambda scores: expected_hit_rate(scores, LAW, 2),
    "expected_ndcg": lambda scores: expected_ndcg(scores, LAW, 2),
    "mean_interval": lambda scores: mean_interval(scores[0], seed=np.int64(3)),
}


@pytest.mark.parametrize("dtype", [torch.bfloat16, torch.float16, torch.float32, torch.float64])
@pytest.mark.parametrize("name", READERS)
def test_scores_of_any_precision_that_holds_them_give_the_same(name, dtype):
    read = READERS[name]
    np.testing.assert_array_equal(read(SCORES.to(dtype)), read(SCORES.double().numpy()))


def test_ranks_in_chunks_of_bfloat16_are_those_of_float32():
    states, vectors = SCORES.bfloat16(), torch.eye(4)
    got = ranks_in_chunks(states, vectors.bfloat16(), torch.tensor([1, 2]), items_at_once=2)
    assert got.tolist() == ranks_in_chunks(SCORES, vectors, torch.tensor([1, 2])).tolist()


INTEGERS = ["int8", "int16", "int32", "int64", "uint8", "uint16", "uint32", "uint64"]


@pytest.mark.parametrize("dtype", [*INTEGERS, "Int8", "UInt64"])
def test_ranks_of_any_integers_are_worth_the_same(dtype):
    plain = [1, 127, 2]
    given = pd.Series(plain, dtype=dtype)
    for metric in (
        lambda ranks: ndcg(ranks, 200),
        lambda ranks: hit_rate(ranks, 200),
        reciprocal_rank,
        lambda ranks: sampled_ranks(ranks, 300, 10, seed=np.int64(3)),
        lambda ranks: expected_sampled_hit_rate(ranks, 300, 10, 5),
    ):
        np.testing.assert_array_equal(metric(given), metric(plain))
        np.testing.assert_array_equal(metric(given.to_numpy()), metric(plain))
    assert np.isfinite(ndcg(given, 200)).all()


def test_cut_offs_and_seeds_may_be_numbers_of_numpy():
    assert hit_rate([1, 5], np.int64(3)).tolist() == [1, 0]
    assert coverage([[1, 2]], np.int32(4)) == 0.5
    assert mean_interval([1, 2], seed=np.int64(3)) == mean_interval([1, 2], seed=3)
