"""The shop, the models and the judge that chapters 03 and 04 compare ways of training with."""

import pandas as pd
import pytest
import torch

from course.trials import (
    READ,
    LastClickTable,
    TwoVectors,
    chosen_by_validation,
    open_shop,
    train,
)
from seqrec.losses import softmax_loss


@pytest.fixture(scope="module")
def shop():
    return open_shop(30, learners=300, validation=True)


def against_all(scores, targets, seed):
    return softmax_loss(scores, targets, targets != 0)


def test_the_lift_is_0_for_popularity_and_1_for_the_oracle(shop):
    for part in (shop.valid, shop.test):
        popular = shop.counts.expand(len(part.law), -1).double()
        assert part.lift(popular) == pytest.approx(0)
        assert part.lift(torch.from_numpy(part.law)) == pytest.approx(1)


def test_nobody_is_judged_whom_a_model_learns_from(shop):
    assert len(shop.following) == 300 * (40 - READ)
    assert shop.counts.sum() == 300 * 40
    assert not torch.equal(shop.valid.recent, shop.test.recent)


@pytest.mark.parametrize("make", [lambda: TwoVectors(30, seed=0), lambda: LastClickTable(30)])
def test_training_lifts_a_model_and_padding_gets_no_probability(shop, make):
    def lift(steps):
        scores = train(shop, make(), against_all, steps=steps, seed=1)
        assert (scores[:, 0] == -torch.inf).all()
        return shop.test.lift(scores)

    assert lift(60) > lift(1) + 0.1
    assert lift(5) == lift(5)


def test_the_rate_is_chosen_for_each_run_by_the_mean_of_validation_over_seeds():
    rows = [
        {"way": way, "rate": rate, "seed": seed, "valid": valid + 0.01 * seed, "test": rate}
        for way, rate, valid in (("a", 0.1, 0.5), ("a", 0.2, 0.6), ("b", 0.1, 0.9), ("b", 0.2, 0.1))
        for seed in range(3)
    ]
    best = chosen_by_validation(pd.DataFrame(rows), ["way"])
    assert best.groupby("way")["rate"].unique().map(list).to_dict() == {"a": [0.2], "b": [0.1]}
    assert len(best) == 6
