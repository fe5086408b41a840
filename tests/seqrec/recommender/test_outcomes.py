"""Outcomes at the front door: told, learned, ranked by, validated, saved, refused."""

import functools
import warnings
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from seqrec.data import ItemIndex, leave_last_two_out, pad_left, read_events
from seqrec.recommender import (
    SASRecConfig,
    SASRecOutcomeConfig,
    SequentialRecommender,
    TrainConfig,
    outcomes,
)
from seqrec.recommender.outcomes import outcome_questions, outcomes_of_pairs
from tests.seqrec.recommender.shops import (
    CONTENT,
    described,
    going_round,
    plain_histories,
    pure_noise,
    small_recommender,
)

ITEMS = range(1, 9)
# How it ends hangs on the item alone: E[outcome | item] = item / 2.
NOISE = pure_noise(n_users=60, n_events=6, n_items=8).assign(outcome=lambda log: log["item_id"] / 2)
CONFIG = SASRecOutcomeConfig(D=16, H=1, n_blocks=1, dropout=0.0)
BY = ("next", "outcome", "next x outcome")


def fitted(log=NOISE, epochs=40, **settings):
    return small_recommender(CONFIG, epochs=epochs, learning_rate=0.02, **settings).fit(
        log, items=ITEMS
    )


MODEL = functools.cache(fitted)
PAIRS = st.lists(st.tuples(st.integers(0, 59), st.integers(1, 8)), max_size=12)


@pytest.mark.parametrize("pairs_at_once", [1, 7, 8192])
@settings(max_examples=5)
@given(pairs=PAIRS)
def test_predict_outcome_is_what_the_parts_of_the_network_say(pairs_at_once, pairs):
    """One pair after another, and each with the history that the log has of the user."""
    model = MODEL()
    read = plain_histories(NOISE, 5)
    network = model.network_
    expected = []
    with torch.no_grad():
        for user, item in pairs:
            state = network.encoder(torch.tensor(pad_left([read[user]], 5)))[0, -1]
            head = network.outcome(state, network.encoder.item.weight[item])
            expected.append(float(NOISE["outcome"].mean() + NOISE["outcome"].std(ddof=0) * head))
    users, items = np.array(pairs, np.int64).reshape(-1, 2).T
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(outcomes, "PAIRS_AT_ONCE", pairs_at_once)
        told = model.predict_outcome(users, items)
    assert told.dtype == np.float32 and told.shape == (len(pairs),)
    np.testing.assert_allclose(told, np.array(expected), rtol=1e-4, atol=1e-5)


def wrong_by(model):
    """Root of the mean squared error over all users and items; outcomes are from 0.5 to 4."""
    users = np.repeat(np.arange(60), 8)
    items = np.tile(ITEMS, 60)
    return np.sqrt(np.square(model.predict_outcome(users, items) - items / 2).mean())


def test_outcomes_that_hang_on_the_item_alone_are_learned():
    assert wrong_by(MODEL()) < 0.25


def test_they_are_not_where_outcomes_slip_by_one_place(monkeypatch):
    """The test above can fail: here each event has the outcome of the event before it."""
    prepare = SASRecOutcomeConfig.objective

    def slipped(config, events, *args, **how):
        shifted = events._replace(outcomes=np.roll(events.outcomes, 1))
        return prepare(config, shifted, *args, **how)

    monkeypatch.setattr(SASRecOutcomeConfig, "objective", slipped)
    assert wrong_by(fitted()) > 1.0


@pytest.mark.parametrize(("factor", "shift"), [(1000.0, 0.0), (0.01, 5.0)])
def test_another_unit_of_outcomes_is_another_unit_of_answers_and_nothing_else(factor, shift):
    """Cents for euros: what is learned is the same."""
    other = fitted(NOISE.assign(outcome=factor * NOISE["outcome"] + shift), epochs=2)
    pairs = NOISE["user_id"], NOISE["item_id"]
    expected = factor * fitted(epochs=2).predict_outcome(*pairs) + shift
    np.testing.assert_allclose(other.predict_outcome(*pairs), expected, rtol=1e-3)


def test_what_happens_next_is_in_the_history_of_no_question():
    """Outcomes and items stay together, histories end before them, whoever is a target."""
    log = NOISE.sample(frac=1, random_state=0, ignore_index=True)
    log = log.assign(outcome=np.arange(len(log)) / 4)
    index = ItemIndex().fit(ITEMS)
    events, _ = read_events(log, index, positive_from=30.0, with_outcomes=True)
    is_asked = np.random.default_rng(0).random(len(log)) < 0.4
    histories, items, ended = outcome_questions(events, 3, is_asked)
    found = 0
    for user in events.user_ids:
        rows = log[log["user_id"] == user].sort_values("timestamp", kind="stable")
        for at in range(1, len(rows)):
            row = rows.index[at]
            if is_asked[np.flatnonzero(events.rows == row)[0]]:
                before = rows["item_id"].tolist()[max(0, at - 3) : at]
                assert histories[found][histories[found] > 0].tolist() == before
                assert (items[found], ended[found]) == (rows["item_id"][row], rows["outcome"][row])
                found += 1
    assert found == len(items) == len(histories)


def monitored(**training):
    told = {"monitor": "valid_mse", "higher_is_better": False, "learning_rate": 0.02}
    return TrainConfig(batch_size=32, **(told | training))


def of(training, config=CONFIG, **settings):
    options = {"max_len": 5, "training": training, "device": "cpu", "progress": False}
    return SequentialRecommender(config, **(options | settings))


@pytest.mark.parametrize("positive_from", [None, 2.0])
def test_the_epoch_of_the_lowest_valid_mse_is_kept_and_patience_waits_for_it(positive_from):
    log = NOISE.assign(outcome=NOISE["outcome"] + np.random.default_rng(0).normal(0, 2, len(NOISE)))
    split = leave_last_two_out(log)
    model = of(monitored(epochs=40, patience=2), positive_from=positive_from)
    model.fit(split.train, items=ITEMS, valid_interactions=split.valid)
    told = model.epochs_["valid_mse"]
    assert model.stopped_by_ == "patience" and len(told) == told.argmin() + 3
    assert model.best_epoch_ == told.argmin() + 1
    # By hand, from the front door: each user's history is what came before, in the log `train`.
    users = split.valid["user_id"].to_numpy()
    read = plain_histories(split.train, 5)
    histories = pad_left([read[user] for user in users], 5)
    items = split.valid["item_id"].to_numpy()
    answer = outcomes_of_pairs(model.scorer_, histories, np.arange(len(items)), items)
    assert np.square(answer - split.valid["outcome"]).mean() == pytest.approx(told.min(), rel=1e-5)


@pytest.mark.parametrize("by", BY)
@pytest.mark.parametrize("exclude_seen", [True, False])
def test_lists_are_in_the_order_of_what_they_are_asked_by(by, exclude_seen):
    model = MODEL()
    frame = model.recommend_frame(NOISE, 2, by=by, exclude_seen=exclude_seen)
    users = NOISE["user_id"].unique()
    law = model.score_items(NOISE)
    told = model.predict_outcome(np.repeat(users, 8), np.tile(ITEMS, len(users))).reshape(-1, 8)
    scores = {"next": law, "outcome": told, "next x outcome": np.exp(law) * told}[by]
    scores = np.array(scores)
    if exclude_seen:
        scores[NOISE["user_id"], NOISE["item_id"] - 1] = -np.inf
    best = np.argsort(-scores, axis=1)[:, :2]
    np.testing.assert_array_equal(frame["item_id"].to_numpy().reshape(-1, 2), best + 1)
    shown = np.take_along_axis(scores, best, axis=1)
    np.testing.assert_allclose(frame["score"].to_numpy().reshape(-1, 2), shown, rtol=1e-3)
    items = model.recommend(NOISE, 2, by=by, exclude_seen=exclude_seen)
    np.testing.assert_array_equal(items, best + 1)
    served = model.recommend_next(
        list(plain_histories(NOISE, 99).values()), 2, by=by, exclude_seen=exclude_seen
    )
    np.testing.assert_array_equal(served, items)


def test_products_for_sale_and_by_outcome_go_together():
    items = MODEL().recommend(NOISE, 2, by="outcome", among=[1, 2, 3, 4], without=[4])
    assert (items == [3, 2]).all()


def test_of_a_stranger_the_mean_is_told_and_popularity_is_shown():
    model = MODEL()
    with pytest.warns(UserWarning, match="2 of 3 users .* the mean outcome answers"):
        told = model.predict_outcome([777, 3, 778, 777], [1, 1, 8, 8])
    mean = NOISE["outcome"].mean()
    np.testing.assert_allclose(told[[0, 2, 3]], mean, rtol=1e-6)
    assert told[1] == pytest.approx(model.predict_outcome([3], [1])[0], rel=1e-4)
    assert abs(told[1] - mean) > 1
    popular = model.recommend_next([[]], 8)
    for by in BY:
        np.testing.assert_array_equal(model.recommend_next([[]], 8, by=by), popular)


@pytest.mark.parametrize("with_content", [False, True])
def test_a_loaded_model_tells_the_same_bits(with_content, tmp_path):
    config = replace(CONFIG, content=CONTENT) if with_content else CONFIG
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", ".*cells read as zeros")
        model = small_recommender(config, epochs=2).fit(NOISE, items=described(ITEMS))
    model.save(tmp_path)
    loaded = SequentialRecommender.load(tmp_path, device="cpu")
    pairs = NOISE["user_id"], NOISE["item_id"]
    np.testing.assert_array_equal(loaded.predict_outcome(*pairs), model.predict_outcome(*pairs))
    for by in BY:
        pd.testing.assert_frame_equal(
            loaded.recommend_frame(NOISE, 4, by=by), model.recommend_frame(NOISE, 4, by=by)
        )
    assert loaded.get_params() == model.get_params()


def test_low_events_are_no_targets_but_their_outcomes_are_learned():
    """With `positive_from` alone it would never see that items 1 to 5 end badly."""
    model = fitted(positive_from=3.0)
    assert (model.recommend(NOISE, 3, exclude_seen=False) >= 6).mean() > 0.8
    assert wrong_by(model) < 0.25


NO_OUTCOME = NOISE.drop(columns="outcome")


@pytest.mark.parametrize(
    ("log", "message"),
    [
        (NO_OUTCOME, "column 'outcome' is missing"),
        (NOISE.assign(outcome="bought"), "column 'outcome', row 0: 'bought' is not an outcome"),
        (NOISE.assign(outcome=np.nan), "column 'outcome', row 0: nan is a missing value"),
        (NOISE.assign(outcome=np.inf), "column 'outcome', row 0: inf is not an outcome"),
    ],
)
def test_to_learn_it_needs_outcomes_but_not_to_be_asked(log, message):
    with pytest.raises(ValueError, match=message):
        small_recommender(CONFIG).fit(log, items=ITEMS)
    split = leave_last_two_out(NOISE)
    held_out = log.loc[split.valid.index] if log is NO_OUTCOME else split.valid
    if log is NO_OUTCOME:
        with pytest.raises(ValueError, match="column 'outcome' is missing"):
            small_recommender(CONFIG).fit(split.train, valid_interactions=held_out)
        model = MODEL()
        np.testing.assert_array_equal(
            model.recommend(NO_OUTCOME, 3, by="outcome"), model.recommend(NOISE, 3, by="outcome")
        )


def test_a_model_that_learned_no_outcomes_says_so_and_the_cure_works():
    model = small_recommender().fit(going_round())
    for ask in (
        lambda model: model.predict_outcome([0], ["mat"]),
        lambda model: model.recommend(going_round(), 2, by="outcome"),
        lambda model: model.recommend_frame(going_round(), 2, by="next x outcome"),
        lambda model: model.recommend_next([["mat"]], 2, by="outcome"),
    ):
        with pytest.raises(RuntimeError, match="learned no outcomes.*SASRecOutcomeConfig"):
            ask(model)
        ask(small_recommender("SASRecOutcome").fit(going_round()))
    assert model.recommend(going_round(), 2, by="next").shape == (40, 2)


def test_what_makes_no_sense_of_a_list_is_refused():
    model = MODEL()
    for by in ("click", "Outcome", None):
        with pytest.raises(ValueError, match="by must be 'next', 'outcome' or 'next x outcome'"):
            model.recommend(NOISE, 2, by=by)
    for by in BY[1:]:
        with pytest.raises(ValueError, match="sampling_temperature must be 0 where by is"):
            model.recommend(NOISE, 2, by=by, sampling_temperature=1.0)
    with pytest.raises(RuntimeError, match="has learned nothing yet"):
        small_recommender(CONFIG).predict_outcome([0], [1])


def test_a_monitor_that_is_not_told_or_looks_the_wrong_way_is_refused_and_the_cures_work():
    split = leave_last_two_out(NOISE)

    def fit(training, config=CONFIG):
        of(training, config).fit(split.train, valid_interactions=split.valid)

    with pytest.raises(ValueError, match="higher_is_better must be False for the monitor"):
        fit(monitored(epochs=1, higher_is_better=True))
    plain = SASRecConfig(D=8, H=1, n_blocks=1)
    with pytest.raises(ValueError, match="SASRecConfig learns no outcomes, got 'valid_mse'"):
        fit(monitored(epochs=1), plain)
    fit(monitored(epochs=1))
    fit(monitored(epochs=1, monitor="valid_loss"), plain)


def test_going_on_from_a_newer_log_keeps_mean_and_scale():
    """The head speaks in the units of its first log; a newer one would move all that is known."""
    model = fitted(epochs=1)
    before = model.network_.outcome_mean.item(), model.network_.outcome_scale.item()
    model.fit_more(NOISE.assign(outcome=100 * NOISE["outcome"]))
    assert (model.network_.outcome_mean.item(), model.network_.outcome_scale.item()) == before
    told = model.predict_outcome([3], [1])
    with pytest.raises(ValueError, match="column 'outcome' is missing"):
        model.fit_more(NO_OUTCOME)
    assert model.predict_outcome([3], [1]) == told
