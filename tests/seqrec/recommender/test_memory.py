"""`fit` reads a log once, and holds little more than the sequences that it trains on."""

import tracemalloc

import numpy as np
import pandas as pd

from seqrec.recommender import SASRecConfig, SequentialRecommender, fitting

N_EVENTS, MAX_LEN = 100_000, 200


def long_log():
    rng = np.random.default_rng(0)
    return pd.DataFrame(
        {
            "user_id": rng.integers(0, N_EVENTS // 100, N_EVENTS),
            "item_id": rng.integers(1, 2_001, N_EVENTS),
            "timestamp": np.arange(N_EVENTS),
        }
    )


class Enough(Exception):
    """Raised where training would begin."""


def peak_until_training(log, monkeypatch):
    """Bytes of arrays and objects at the peak, from `fit` to its first step."""

    def no_training(*args, **options):
        raise Enough

    monkeypatch.setattr(fitting, "train", no_training)
    model = SequentialRecommender(
        SASRecConfig(D=8, H=1), max_len=MAX_LEN, device="cpu", progress=False
    )
    tracemalloc.start()
    try:
        model.fit(log)
    except Enough:
        return tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    raise AssertionError("fit did not come to its training")


def test_fit_holds_no_window_of_every_event(monkeypatch):
    """All windows of this log, 100,000 times 200 ids, would be 160 MB."""
    assert peak_until_training(long_log(), monkeypatch) < 20e6


def test_the_test_above_can_fail(monkeypatch):
    read = fitting.read

    def wasteful(settings, interactions, *others):
        reading = read(settings, interactions, *others)
        assert len(fitting.windows(reading.learned, MAX_LEN)[1])
        return reading

    monkeypatch.setattr(fitting, "read", wasteful)
    monkeypatch.setattr("seqrec.recommender.recommender.read", wasteful)
    assert peak_until_training(long_log(), monkeypatch) > 100e6
