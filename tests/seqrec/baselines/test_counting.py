"""Models that count, against plain loops over the log."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from seqrec.baselines import ItemCoOccurrence, MarkovChain, Popularity

N_ITEMS = 5
tried = settings(max_examples=60, deadline=None)  # no deadline: a busy machine is no fault

logs = st.lists(
    st.tuples(st.integers(0, 3), st.integers(1, N_ITEMS), st.integers(0, 9)),
    min_size=1,
    max_size=40,
).map(lambda rows: pd.DataFrame(rows, columns=["user_id", "item_id", "timestamp"]))
some_histories = st.lists(st.integers(1, N_ITEMS), max_size=6)


def sequences_of(log):
    return [
        list(part["item_id"])
        for _, part in log.sort_values("timestamp", kind="stable").groupby("user_id")
    ]


def plain_popularity(log):
    return [float("-inf")] + [sum(log["item_id"] == j) / len(log) for j in range(1, N_ITEMS + 1)]


def plain_votes(log, history, window, decay, smoothing):
    """`ItemCoOccurrence` by its formula, one count at a time."""
    popular = plain_popularity(log)
    counts = {}
    for sequence in sequences_of(log):
        for t, then in enumerate(sequence):
            for d in range(1, window + 1):
                if t - d >= 0:
                    counts[sequence[t - d], then] = counts.get(
                        (sequence[t - d], then), 0
                    ) + decay ** (d - 1)
    if not history:
        return popular
    scores, total = [float("-inf")] + [0.0] * N_ITEMS, 0.0
    for d in range(1, min(window, len(history)) + 1):
        i = history[-d]
        of_i = sum(count for (first, _), count in counts.items() if first == i)
        total += decay ** (d - 1)
        for j in range(1, N_ITEMS + 1):
            share = (counts.get((i, j), 0) + smoothing * popular[j]) / (of_i + smoothing)
            scores[j] += decay ** (d - 1) * share
    return [score / total for score in scores]


@tried
@given(logs)
def test_popularity_is_the_share_of_clicks(log):
    np.testing.assert_allclose(
        Popularity(N_ITEMS).fit(log).score([0], [[3]])[0], plain_popularity(log)
    )


@tried
@given(logs, some_histories, st.sampled_from([0.1, 1.0, 5.0]))
def test_the_markov_chain_equals_counting_pairs(log, history, smoothing):
    got = MarkovChain(N_ITEMS, smoothing=smoothing).fit(log).score([0], np.array([history], int))[0]
    np.testing.assert_allclose(
        got, plain_votes(log, history, window=1, decay=1.0, smoothing=smoothing)
    )


@tried
@given(
    logs,
    some_histories,
    st.integers(1, 4),
    st.sampled_from([0.3, 1.0]),
    st.sampled_from([0.1, 5.0]),
)
def test_co_occurrence_equals_its_formula(log, history, window, decay, smoothing):
    model = ItemCoOccurrence(N_ITEMS, window=window, decay=decay, smoothing=smoothing).fit(log)
    got = model.score([0], np.array([history], int))[0]
    np.testing.assert_allclose(got, plain_votes(log, history, window, decay, smoothing))


@tried
@given(logs, some_histories, some_histories)
def test_scores_are_probabilities(log, one, other):
    histories = np.array([[0] * (6 - len(history)) + history for history in (one, other)])
    for model in (Popularity(N_ITEMS), MarkovChain(N_ITEMS), ItemCoOccurrence(N_ITEMS)):
        scores = model.fit(log).score([1, 2], histories)[:, 1:]
        assert (scores >= 0).all()
        np.testing.assert_allclose(scores.sum(axis=1), 1)


def test_a_window_longer_than_any_history_costs_nothing():
    log = pd.DataFrame(
        {"user_id": [1, 1, 1, 2, 2], "item_id": [1, 2, 3, 2, 1], "timestamp": [1, 2, 3, 4, 5]}
    )
    histories = np.array([[1, 2, 3], [0, 0, 0], [0, 0, 2]])
    short, long = (
        ItemCoOccurrence(N_ITEMS, window=window).fit(log).score([0, 1, 2], histories)
        for window in (3, 10**12)
    )
    np.testing.assert_array_equal(long, short)


def test_memory_is_that_of_the_pairs_that_occur():
    """A dense table of 200,000 products would need 300 GB."""
    n = 200_000
    log = pd.DataFrame(
        {"user_id": np.zeros(n, int), "item_id": np.arange(1, n + 1), "timestamp": np.arange(n)}
    )
    model = ItemCoOccurrence(n, window=2).fit(log)
    assert len(model.followers_.counts) == 2 * n - 3
    assert model.score([0], [[1, 2]])[0].argmax() == 3


@pytest.mark.parametrize("name", ["window", "decay", "smoothing"])
def test_a_setting_that_is_not_positive_is_named(shop, name):
    with pytest.raises(ValueError, match=f"{name} must be .*(positive|of 1 or more), got 0"):
        ItemCoOccurrence(50, **{name: 0}).fit(shop.interactions)
    if name == "smoothing":
        with pytest.raises(ValueError, match="smoothing must be .*positive, got -1"):
            MarkovChain(50, smoothing=-1).fit(shop.interactions)
