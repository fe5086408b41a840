"""Lengths, counts and seeds: NumPy's integers are fine, and what is none is refused by name.

What no memory holds is refused before any is taken.
"""

import numpy as np
import pandas as pd
import pytest
import torch

from seqrec.baselines import (
    GRU4Rec,
    ItemCoOccurrence,
    LinUCB,
    MarkovChain,
    MLPClick,
    Popularity,
    exposures_from_interactions,
)
from seqrec.checks import check_count, check_positive, check_seed, memory_bytes, shown
from seqrec.data import (
    ItemIndex,
    build_sequences,
    k_core,
    labelled_samples,
    newest,
    pad_left,
    pieces,
    read_events,
    sliding_windows,
    windows,
)
from seqrec.losses import (
    hard_negatives,
    in_batch_negatives,
    popularity_negatives,
    uniform_negatives,
)
from seqrec.metrics import mean_interval, sampled_ranks
from seqrec.shop import SoftmaxPolicy

LOG = pd.DataFrame(
    {"user_id": [1, 1, 2, 2, 2], "item_id": [1, 2, 3, 1, 2], "timestamp": [1, 2, 3, 4, 5]}
)
EXPOSURES = pd.DataFrame({"user_id": [1, 2, 1], "product_id": [1, 2, 3], "clicked": [1, 0, 1]})
EVENTS, _ = read_events(LOG, ItemIndex().fit(LOG["item_id"]))
TARGETS = torch.tensor([[1, 2], [3, 1]])
QUIET = {"progress": False}


def gru(**options):
    return GRU4Rec(3, **{"epochs": 1, "D": 2, "state_size": 2} | options | QUIET).fit(LOG)


def mlp(**options):
    return MLPClick(3, **{"epochs": 1, "D": 2, "hidden": 2} | options | QUIET).fit(EXPOSURES)


def uniform(N=2, n_items=3, seed=0):
    return uniform_negatives(TARGETS, N, n_items, seed=seed)


#: Calls by the name of the one number that they are given; whether it fills memory.
COUNTS = {
    "build_sequences max_len": (lambda n: build_sequences(LOG, n), False),
    "sliding_windows max_len": (lambda n: sliding_windows(LOG, n), True),
    "pad_left max_len": (lambda n: pad_left([[1], [2, 3]], n), True),
    "newest max_len": (lambda n: newest(EVENTS, n), True),
    "pieces max_len": (lambda n: pieces(EVENTS, n, whole=True), True),
    "windows max_len": (lambda n: windows(EVENTS, n), True),
    "k_core items": (lambda n: k_core(LOG, items=n), False),
    "uniform_negatives N": (lambda n: uniform(N=n), True),
    "uniform_negatives n_items": (
        lambda n: uniform(n_items=5 if isinstance(n, np.int8) else n),
        True,
    ),
    "popularity_negatives N": (
        lambda n: popularity_negatives(TARGETS, n, [0, 1, 1, 1], seed=0),
        True,
    ),
    "in_batch_negatives N": (lambda n: in_batch_negatives(TARGETS, n, seed=0), True),
    "hard_negatives N": (lambda n: hard_negatives(torch.rand(2, 2, 6), TARGETS, n, margin=0), None),
    "Popularity n_items": (lambda n: Popularity(n).fit(LOG.assign(item_id=1)), True),
    "MarkovChain n_items": (lambda n: MarkovChain(n).fit(LOG.assign(item_id=1)), True),
    "ItemCoOccurrence window": (lambda n: ItemCoOccurrence(3, window=n).fit(LOG), None),
    "LinUCB n_items": (lambda n: LinUCB(n).select([[1.0]], [1]), True),
    "MLPClick D": (lambda n: mlp(D=n), True),
    "MLPClick hidden": (lambda n: mlp(hidden=n), True),
    "MLPClick epochs": (lambda n: mlp(epochs=n), True),
    "MLPClick batch_size": (lambda n: mlp(batch_size=n), False),
    "GRU4Rec D": (lambda n: gru(D=n), True),
    "GRU4Rec state_size": (lambda n: gru(state_size=n), True),
    "GRU4Rec max_len": (lambda n: gru(max_len=n), True),
    "GRU4Rec epochs": (lambda n: gru(epochs=n), True),
    "GRU4Rec batch_size": (lambda n: gru(batch_size=n), False),
    "exposures_from_interactions n_negatives": (
        lambda n: exposures_from_interactions(LOG, 3, n_negatives=n),
        None,
    ),
    "mean_interval n_resamples": (lambda n: mean_interval([0.0, 1.0], seed=0, n_resamples=n), True),
    "sampled_ranks n_negatives": (lambda n: sampled_ranks([1, 2], 10, n, seed=0), None),
    "SoftmaxPolicy slate_size": (lambda n: SoftmaxPolicy(len, n), None),
}
SEEDS = {
    "labelled_samples": lambda seed: labelled_samples([[1], [2]], [2, 3], [3, 1], seed=seed),
    "mean_interval": lambda seed: mean_interval([0.0, 1.0], seed=seed, n_resamples=9),
    "sampled_ranks": lambda seed: sampled_ranks([1, 2], 10, 3, seed=seed),
    "uniform_negatives": lambda seed: uniform(seed=seed),
    "popularity_negatives": lambda seed: popularity_negatives(TARGETS, 1, [0, 1, 1, 1], seed=seed),
    "in_batch_negatives": lambda seed: in_batch_negatives(TARGETS, 1, seed=seed),
    "exposures_from_interactions": lambda seed: exposures_from_interactions(LOG, 3, seed=seed),
    "MLPClick": lambda seed: mlp(seed=seed),
    "GRU4Rec": lambda seed: gru(seed=seed),
    "SoftmaxPolicy": lambda seed: SoftmaxPolicy(len, 1, seed=seed),
}
NO_COUNTS = [True, 2.0, 0, -1, "3", None, np.float64(3), 10**5000 * -1, float("nan")]


@pytest.mark.parametrize("call", COUNTS)
def test_a_count_that_is_none_is_refused_by_name(call):
    function, _ = COUNTS[call]
    name = call.split()[1]
    for bad in NO_COUNTS:
        with pytest.raises(ValueError, match=rf"^{name} must be a whole number") as error:
            function(bad)
        assert len(str(error.value)) < 300
    function(np.int8(1))


@pytest.mark.parametrize("call", [call for call in COUNTS if COUNTS[call][1] is not None])
def test_a_huge_count_is_refused_before_memory_is_taken_or_is_as_good_as_all(call):
    function, takes_memory = COUNTS[call]
    for huge in (2**50, 2**70):
        if not takes_memory:
            function(huge)
            continue
        with pytest.raises(ValueError, match=rf"{call.split()[1]}.* must be ") as error:
            function(huge)
        assert len(str(error.value)) < 600


def test_how_many_bytes_is_told():
    with pytest.raises(ValueError, match=r"max_len must be small .*memory of [\d,]+ bytes, got 10"):
        pad_left([[1]], 2**40)
    assert memory_bytes() > 2**27


@pytest.mark.parametrize("call", SEEDS)
def test_a_seed_that_is_no_whole_number_is_refused_by_name(call):
    for bad in (None, True, 1.0, -1, 2**64, "7", [1, 2], np.float32(1), 10**5000):
        with pytest.raises(ValueError, match="seed must be a whole number from 0 .*Cure: seed=0"):
            SEEDS[call](bad)
    for good in (0, np.int64(7), np.uint8(7), 2**64 - 1):
        SEEDS[call](good)


def test_an_integer_of_numpys_is_the_seed_that_python_has():
    assert torch.equal(uniform(seed=np.int64(7)), uniform(seed=7))
    generator = np.random.default_rng(7)
    assert mean_interval([0.0, 1.0], seed=generator) == mean_interval([0.0, 1.0], seed=7)


def test_what_a_message_quotes_is_short_whatever_it_is():
    class Silent:
        def __repr__(self):
            raise RuntimeError

    for value in ("x" * 10**6, list(range(10**5)), 10**5000, Silent(), np.zeros((9, 9, 9))):
        assert len(shown(value)) <= 60
    for check in (check_count, check_positive, check_seed):
        with pytest.raises(ValueError) as error:
            check("n", "x" * 10**6)
        assert len(str(error.value)) < 300
    with pytest.raises(ValueError, match="n must be a finite number"):
        check_positive("n", 10**400)
