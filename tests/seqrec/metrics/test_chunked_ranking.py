"""Ranks counted chunk by chunk: those of the whole matrix of scores, in little memory."""

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from seqrec.metrics import exclude, ranks
from seqrec.metrics.chunked_ranking import ranks_in_chunks, unseen_ranks_in_chunks


def whole_numbers(rng, *shape):
    """Small ones: sums are exact, and there are ties."""
    return torch.from_numpy(rng.integers(-2, 3, shape)).float()


@given(
    seed=st.integers(0, 10**6), V=st.integers(1, 40), chunk=st.integers(1, 50), S=st.integers(0, 6)
)
def test_ranks_are_those_of_the_whole_matrix_whatever_the_chunks(seed, V, chunk, S):
    rng = np.random.default_rng(seed)
    states, vectors = whole_numbers(rng, 5, 3), whole_numbers(rng, V, 3)
    targets, seen = (
        torch.from_numpy(rng.integers(0, V, 5)),
        torch.from_numpy(rng.integers(-1, V, (5, S))),
    )
    scores = np.pad((states @ vectors.T).numpy(), ((0, 0), (1, 0)), constant_values=-np.inf)
    wanted = ranks(scores, targets.numpy() + 1)
    assert ranks_in_chunks(states, vectors, targets, chunk).tolist() == wanted.tolist()
    wanted = ranks(exclude(scores, seen.numpy() + 1), targets.numpy() + 1)
    assert unseen_ranks_in_chunks(states, vectors, targets, seen, chunk).tolist() == wanted.tolist()


def test_many_items_are_ranked_without_a_matrix_of_scores():
    states, vectors = torch.randn(64, 8), torch.randn(100_000, 8)
    with torch.profiler.profile(profile_memory=True) as run:
        ranks_in_chunks(states, vectors, torch.arange(64), items_at_once=1_000)
    largest = max(event.self_cpu_memory_usage / max(event.count, 1) for event in run.key_averages())
    assert largest < 64 * 1_000 * 4 * 2  # two buffers of a chunk; all scores would be 26 MB


def test_what_is_no_number_or_no_item_is_refused():
    states, vectors = torch.ones(1, 2), torch.ones(4, 2)
    for target in (-1, 4):
        with pytest.raises(ValueError, match="rows of `vectors`, 0 to 3"):
            ranks_in_chunks(states, vectors, torch.tensor([target]))
    vectors[3, 0] = torch.nan
    with pytest.raises(ValueError, match="items 2 to 3 is NaN"):
        ranks_in_chunks(states, vectors, torch.tensor([0]), items_at_once=2)
