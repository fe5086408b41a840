"""Search:

exact in chunks, approximate in cells, exact again when every cell is looked into or faiss is
missing.
"""

import sys
import warnings

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from seqrec.recommender import NearestItems, nearest
from seqrec.recommender.nearest import exact_search, recall


def random_vectors(n, D=8, seed=0):
    return torch.randn(n, D, generator=torch.Generator().manual_seed(seed))


VECTORS, QUERIES = random_vectors(300), random_vectors(40, seed=1)


def slow_search(queries, vectors, k):
    """Sorted by dot product, by hand: lists of (score, item)."""
    return [
        sorted(((float(q @ v), item) for item, v in enumerate(vectors, start=1)), reverse=True)[:k]
        for q in queries
    ]


@settings(max_examples=20, deadline=None)
@given(st.integers(1, 30), st.integers(1, 7), st.integers(0, 4), st.data())
def test_exact_search_equals_sorting_whatever_the_chunks(n_items, n_users, seed, data):
    k, at_once = data.draw(st.integers(1, n_items)), data.draw(st.integers(1, 9))
    vectors, queries = random_vectors(n_items, 3, seed), random_vectors(n_users, 3, seed + 9)
    items, scores = exact_search(queries, vectors, k, at_once)
    for row, expected in enumerate(slow_search(queries, vectors, k)):
        assert items[row].tolist() == [item for _, item in expected]
        torch.testing.assert_close(scores[row], torch.tensor([score for score, _ in expected]))


def test_memory_is_bounded_by_few_users_at_a_time(monkeypatch):
    expected = NearestItems(VECTORS).search(QUERIES, 5)
    monkeypatch.setattr(nearest, "SCORES_AT_ONCE", 700)  # two users of 300 items
    monkeypatch.setattr(
        nearest, "exact_search", lambda q, v, k, at_once: (at_once, exact_search(q, v, k, at_once))
    )
    at_once, found = NearestItems(VECTORS).search(QUERIES, 5)
    assert at_once == 2 and torch.equal(found[0], expected[0])
    torch.testing.assert_close(found[1], expected[1])
    assert [len(part) for part in exact_search(QUERIES[:0], VECTORS, 5, 2)] == [0, 0]


def test_among_ties_each_item_comes_once():
    index = NearestItems(torch.ones(7, 2))
    items, scores = index.search(torch.ones(3, 2), 7)
    assert (items.sort(dim=1).values == torch.arange(1, 8)).all() and (scores == 2).all()


def test_looking_into_every_cell_is_exact():
    exact = NearestItems(VECTORS).search(QUERIES, 25)
    cells = NearestItems(VECTORS, n_cells=12, n_probe=12)
    assert cells.is_exact and cells.cells_ is not None
    found = cells.search(QUERIES, 25)
    assert torch.equal(found[0], exact[0])
    torch.testing.assert_close(found[1], exact[1])


def test_more_cells_find_more_and_what_is_found_has_its_true_dot_product():
    exact, _ = NearestItems(VECTORS).search(QUERIES, 10)
    shares = []
    for n_probe in (1, 3, 6, 12):
        items, scores = NearestItems(VECTORS, n_cells=12, n_probe=n_probe).search(QUERIES, 10)
        shares.append(recall(items, exact).mean())
        true = (QUERIES[:, None] * VECTORS[items.clamp(min=1) - 1]).sum(dim=2)
        torch.testing.assert_close(scores[items > 0], true[items > 0])
    assert shares == sorted(shares) and shares[0] < 0.9 and shares[-1] == 1


def test_cells_with_too_few_items_are_filled_up_with_nothing():
    items, scores = NearestItems(VECTORS, n_cells=100, n_probe=1).search(QUERIES, 50)
    assert (items == 0).any() and torch.equal(items == 0, scores == -torch.inf)
    for row in items:
        real = row[row > 0]
        assert (row[: len(real)] > 0).all() and len(real.unique()) == len(
            real
        )  # nothing comes last, no item twice


def test_without_faiss_the_search_is_exact_and_says_so(monkeypatch):
    monkeypatch.setitem(sys.modules, "faiss", None)  # as if it were not installed
    with pytest.warns(
        UserWarning, match="faiss is not installed, so the search is exact.*pip install faiss-cpu"
    ) as said:
        index = NearestItems(VECTORS, n_cells=12, n_probe=1)
    assert said[0].filename == __file__  # it points at who asked
    assert index.is_exact
    assert torch.equal(index.search(QUERIES, 10)[0], NearestItems(VECTORS).search(QUERIES, 10)[0])
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        NearestItems(VECTORS)  # nothing approximate was asked for


def test_the_vectors_are_copied():
    vectors = VECTORS.clone()
    for options in ({}, {"n_cells": 5, "n_probe": 5}):
        index = NearestItems(vectors, **options)
        before, _ = index.search(QUERIES, 3)
        vectors.neg_()
        assert torch.equal(index.search(QUERIES, 3)[0], before)
        vectors.neg_()


@pytest.mark.parametrize("options", [{}, {"n_cells": 12, "n_probe": 3}])
def test_the_same_vectors_are_found_twice(options):
    first, second = (NearestItems(VECTORS, **options).search(QUERIES, 10)[0] for _ in range(2))
    assert torch.equal(first, second)


def test_recall_counts_what_was_found_of_what_was_wanted():
    found, wanted = (
        torch.tensor([[1, 2, 3], [4, 0, 0], [5, 6, 7]]),
        torch.tensor([[3, 9], [4, 0], [0, 0]]),
    )
    torch.testing.assert_close(
        recall(found, wanted), torch.tensor([0.5, 1.0, torch.nan]), equal_nan=True
    )


@pytest.mark.parametrize(
    ("vectors", "options", "said"),
    [
        (torch.ones(3), {}, r"vectors must be \(n_items, D\), got \(3,\)"),
        (torch.ones(0, 3), {}, r"got \(0, 3\)"),
        (torch.tensor([[1.0], [torch.nan]]), {}, "vector of item 2 holds"),
        (torch.ones(3, 2), {"n_cells": 4}, "n_cells must be a whole number from 1 to 3, got 4"),
        (
            torch.ones(3, 2),
            {"n_cells": True},
            "n_cells must be a whole number from 1 to 3, got True",
        ),
        (
            torch.ones(3, 2),
            {"n_cells": 2, "n_probe": 3},
            "n_probe must be a whole number from 1 to 2, got 3",
        ),
        (
            torch.ones(3, 2),
            {"n_cells": 2, "n_probe": 0},
            "n_probe must be a whole number from 1 to 2, got 0",
        ),
    ],
)
def test_bad_vectors_and_settings_are_refused(vectors, options, said):
    with pytest.raises(ValueError, match=said):
        NearestItems(vectors, **options)


@pytest.mark.parametrize(
    ("queries", "k", "said"),
    [
        (QUERIES[:, :3], 1, r"queries must be \(B, 8\), as wide as the vectors, got \(40, 3\)"),
        (QUERIES[0], 1, r"got \(8,\)"),
        (QUERIES, 301, "k must be a whole number from 1 to 300, got 301"),
        (QUERIES, 0, "got 0"),
    ],
)
def test_bad_questions_are_refused(queries, k, said):
    with pytest.raises(ValueError, match=said):
        NearestItems(VECTORS).search(queries, k)
