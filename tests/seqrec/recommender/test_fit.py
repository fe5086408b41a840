"""What the recommender learns from, and what it keeps out."""

import math
import re
import warnings
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

import seqrec.recommender
from seqrec.data import Events, leave_last_two_out, read_events, windows
from seqrec.data.events import with_held_out
from seqrec.recommender import BSTConfig, SASRecConfig, SequentialRecommender
from seqrec.training import TrainConfig
from tests.seqrec.recommender.shops import SMALL, going_round, pure_noise, small_recommender

NOISE = pure_noise(n_users=150, n_events=5, n_items=10)


def lowest_loss_on_noise():
    """Trained for long enough to learn by heart what there is."""
    split = leave_last_two_out(NOISE)
    model = small_recommender(
        SASRecConfig(D=32, n_blocks=1, dropout=0.0), epochs=30, learning_rate=0.01
    )
    return model.fit(split.train, valid_interactions=split.valid).epochs_["valid_loss"].min()


def test_on_pure_noise_the_validation_loss_does_not_fall_below_chance():
    assert lowest_loss_on_noise() > math.log(10) - 0.03


def test_it_would_if_validation_targets_were_trained_on(monkeypatch):
    """The test above can fail: here what is learned is all that was read."""
    monkeypatch.setattr(Events, "where", lambda events, is_kept: events)
    assert lowest_loss_on_noise() < math.log(10) - 0.3


def test_each_validation_event_is_foretold_from_all_events_before_it():
    """By hand, with scores of the fitted model:

    its best epoch's weights are those that were kept.
    """
    split = leave_last_two_out(going_round())
    model = small_recommender(epochs=3).fit(split.train, valid_interactions=split.valid)
    scores = model.score_items(split.train)
    users = split.train["user_id"].unique()
    targets = split.valid.set_index("user_id")["item_id"][users]
    losses = -scores[np.arange(len(users)), model.item_index_.encode(targets) - 1]
    assert losses.mean() == pytest.approx(
        model.epochs_["valid_loss"][model.best_epoch_ - 1], rel=1e-5
    )


@pytest.mark.parametrize("monitor", ["ndcg@10", "valid_loss"])
def test_the_best_epoch_is_kept_when_patience_runs_out_and_when_epochs_do(monitor):
    split = leave_last_two_out(pure_noise(n_users=60, n_events=6, n_items=30))
    for patience, stopped_by in ((1, "patience"), (None, "epochs")):
        model = small_recommender(epochs=15, learning_rate=0.03, patience=patience)
        training = replace(
            model.training, monitor=monitor, higher_is_better=monitor != "valid_loss"
        )
        model = SequentialRecommender(
            model.model, max_len=5, training=training, device="cpu", progress=False
        )
        model.fit(split.train, valid_interactions=split.valid, items=range(1, 31))
        best = (
            model.epochs_[monitor].min()
            if monitor == "valid_loss"
            else model.epochs_[monitor].max()
        )
        assert model.stopped_by_ == stopped_by and model.best_epoch_ < len(model.epochs_)
        events, _ = read_events(with_held_out(split.train, split.valid), model.item_index_)
        asked = windows(events, 5, chosen=events.rows >= len(split.train))
        assert model.scorer_.validation(*asked)[monitor] == pytest.approx(best, rel=1e-6)


def test_without_validation_nothing_is_monitored():
    model = small_recommender(epochs=2).fit(going_round())
    assert (
        model.best_epoch_ is None and len(model.epochs_) == 2 and "valid_loss" not in model.epochs_
    )


@pytest.mark.parametrize("name", SMALL)
def test_it_learns_an_order_that_is_certain(name):
    """A shifted item, a reversed sort or a history cut at the wrong end would each be wrong
    everywhere.
    """
    log = going_round()
    model = small_recommender(name, epochs=12, learning_rate=0.03).fit(log)
    follows = {"bowl": "food", "food": "mat", "mat": "toy", "toy": "bowl"}
    last = log.sort_values("timestamp").groupby("user_id")["item_id"].last()
    expected = [follows[last[user]] for user in log["user_id"].unique()]
    assert model.recommend(log, top_k=1)[:, 0].tolist() == expected


def test_the_seed_decides_everything_and_the_global_generators_nothing():
    log = going_round()
    scores = []
    for noise, seed in ((1, 0), (2, 0), (1, 5)):
        torch.manual_seed(noise)
        training = TrainConfig(epochs=1, seed=seed)
        before = torch.get_rng_state()
        model = SequentialRecommender(
            SMALL["BST"], max_len=5, training=training, device="cpu", progress=False
        ).fit(log)
        assert torch.equal(torch.get_rng_state(), before)
        scores.append(model.score_items(log))
    np.testing.assert_array_equal(scores[0], scores[1])
    assert (scores[0] != scores[2]).any()


@pytest.mark.parametrize("outcome", [None, 0.0])
def test_outcome_may_be_missing_or_say_anything_unless_it_is_asked_for(outcome):
    log = going_round().drop(columns="outcome")
    expected = small_recommender().fit(log).score_items(log)
    other = log if outcome is None else log.assign(outcome=outcome)
    np.testing.assert_array_equal(small_recommender().fit(other).score_items(other), expected)


@pytest.mark.parametrize("name", SMALL)
def test_with_positive_from_low_events_are_read_but_never_recommended(name):
    log = NOISE.assign(
        outcome=np.where(NOISE["item_id"] > 5, 0.7, 0.2)
    )  # items 1 to 5 only disappoint
    model = small_recommender(name, positive_from=0.5, epochs=15, learning_rate=0.02).fit(log)
    assert (model.recommend(log, top_k=5) > 5).mean() > 0.95
    changed = log.assign(item_id=np.where(log["item_id"] == 1, 2, log["item_id"]))
    assert (
        model.score_items(changed) != model.score_items(log)
    ).any()  # what disappointed is history all the same


def test_with_positive_from_the_outcome_is_needed_to_learn_but_not_to_ask():
    log = going_round()
    log["outcome"] = np.where(log["timestamp"] % 30 == 0, 0.2, 0.7)
    model = small_recommender(positive_from=0.5, epochs=1).fit(log)
    np.testing.assert_array_equal(
        model.score_items(log), model.score_items(log.drop(columns="outcome"))
    )
    with pytest.raises(ValueError, match="column 'outcome' is missing"):
        model.fit(log.drop(columns="outcome"))
    split = leave_last_two_out(log)
    with pytest.raises(ValueError, match="column 'outcome' is missing"):
        model.fit(split.train, valid_interactions=split.valid.drop(columns="outcome"))


def test_long_histories_are_trained_on_as_a_whole_unless_only_the_newest_piece_is_wanted():
    """The old half of each history goes round one way, the new half the other way:

    only one of them remembers both.
    """
    old, new = going_round(items=("bowl", "food", "mat")), going_round(items=("tug", "toy", "ball"))
    log = pd.concat([old, new.assign(timestamp=new["timestamp"] + 10**6)], ignore_index=True)
    loss = {}
    for whole in (True, False):
        model = small_recommender(
            epochs=25, max_len=5, learning_rate=0.03, whole_histories=whole
        ).fit(log)
        asked = pd.DataFrame({"user_id": 0, "item_id": ["bowl", "food"], "timestamp": [0, 1]})
        scores = model.score_items(asked)[0]
        loss[whole] = -scores[model.item_index_.encode(["mat"])[0] - 1]
    assert loss[True] < 0.5 < 1.5 < loss[False]


@pytest.mark.parametrize(
    "catalogue",
    [
        range(1, 60),
        np.arange(1, 60),
        pd.Index(range(1, 60)),
        pd.DataFrame({"item_id": range(1, 60), "price": 1.0}),
    ],
    ids=["range", "array", "index", "frame"],
)
def test_the_catalogue_may_hold_products_that_nobody_clicked(catalogue):
    model = small_recommender().fit(NOISE, items=catalogue)
    assert model.item_index_.item_ids_.tolist() == list(range(1, 60))
    assert np.isfinite(model.score_items(NOISE)).all() and model.recommend(
        NOISE, top_k=59
    ).shape == (150, 59)


@given(st.integers(1, 9), st.integers(1, 9))
@settings(max_examples=10)
def test_max_len_has_one_owner(of_recommender, of_model):
    model = small_recommender(
        SASRecConfig(D=4, H=1, n_blocks=0, max_len=of_model), max_len=of_recommender
    )
    with warnings.catch_warnings(record=True) as told:
        warnings.simplefilter("always")
        model.fit(NOISE)
    assert model.scorer_.max_len == of_recommender and model.histories_.shape[1] == of_recommender
    said = [
        f"{of_recommender} for the recommender and {of_model} for its model" in str(w.message)
        for w in told
    ]
    assert said == [True] * (of_recommender != of_model)


@pytest.mark.parametrize(
    ("given", "of_model", "used"), [(None, 3, 3), (None, None, 50), (7, None, 7)]
)
def test_max_len_comes_from_whoever_says_it(given, of_model, used):
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        model = small_recommender(
            SASRecConfig(D=4, H=1, n_blocks=0, max_len=of_model), max_len=given
        ).fit(NOISE)
    assert model.scorer_.max_len == used


def test_the_repr_is_python_that_makes_the_same_recommender():
    model = SequentialRecommender(
        BSTConfig(D=16), max_len=9, training=TrainConfig(epochs=3), unknown_items="refuse"
    )
    again = eval(repr(model), vars(seqrec.recommender))
    assert again.get_params() == model.get_params()
    assert re.match(r"SequentialRecommender\(model=BSTConfig\(.*D=16", repr(model))


def test_an_unknown_item_of_the_validation_log_is_left_out_with_a_count():
    split = leave_last_two_out(going_round())
    valid = split.valid.assign(item_id=["eel", *split.valid["item_id"][1:]])
    with pytest.warns(
        UserWarning, match="1 of 280 events have an item that the model does not know"
    ):
        model = small_recommender().fit(split.train, valid_interactions=valid)
    assert model.item_index_.n_items == 4
