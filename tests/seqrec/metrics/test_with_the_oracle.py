"""In the simulated shop, where the law of the next click is known."""

import numpy as np
import pytest

from seqrec.data import build_sequences, pad_left
from seqrec.metrics import (
    difference_interval,
    expected_hit_rate,
    expected_ndcg,
    hit_rate,
    ndcg,
    ranks,
    share_of_lift,
)
from zooplus_sim import Oracle, ZooplusSimulator

USERS, EVENTS = 600, 20


@pytest.fixture(scope="module")
def shop():
    """The law of each user's last click (B, V), that click (B,), clicks per item before it (V,)."""
    sim = ZooplusSimulator(n_users=USERS)
    log = sim.journeys(events_per_user=EVENTS, seed=3).interactions
    sequences = pad_left(build_sequences(log, EVENTS)["item_sequence"], EVENTS)
    history, last = sequences[:, :-1], sequences[:, -1]
    return (
        Oracle(sim).next_item_probabilities(history),
        last,
        np.bincount(history.ravel(), minlength=51),
    )


@pytest.mark.parametrize(
    ("expected", "realised"), [(expected_hit_rate, hit_rate), (expected_ndcg, ndcg)]
)
def test_the_oracle_hits_as_often_as_it_expects_to(shop, expected, realised):
    law, last, _ = shop
    surprise = realised(ranks(law, last), 10) - expected(law, law, 10)
    assert abs(surprise.mean()) < 3 * surprise.std() / np.sqrt(USERS)


def test_popularity_stays_far_below_the_oracle_and_shares_none_of_the_lift(shop):
    law, last, counts = shop
    popularity = np.tile(counts, (USERS, 1))
    values = [ndcg(ranks(scores, last), 10) for scores in (popularity, law)]
    assert difference_interval(values[1], values[0], seed=0).low > 0.1
    expected = [expected_ndcg(scores, law, 10).mean() for scores in (popularity, law, popularity)]
    assert share_of_lift(expected[0], expected[0], expected[1]) == 0
