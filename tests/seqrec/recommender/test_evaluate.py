"""`evaluate`, against a plain and slow reference; validation in `fit` measures likewise."""

import functools
import math
import warnings
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from seqrec.data import leave_last_two_out
from seqrec.metrics import hit_rate, mean_interval, ndcg, ranks, reciprocal_rank
from seqrec.recommender import SequentialRecommender
from seqrec.recommender import scoring as serving
from seqrec.recommender.judging import places_of
from tests.seqrec.recommender.shops import (
    going_round,
    plain_histories,
    pure_noise,
    small_recommender,
)

LOG = pure_noise(n_users=8, n_events=9, n_items=12)
K = (1, 3, 10)
# Users 8 and 9 and items 13 and 14 are new; users have several events, of one item perhaps.
TESTS = st.lists(
    st.tuples(st.integers(0, 9), st.integers(1, 14), st.integers(9, 12)), min_size=1, max_size=25
).map(lambda rows: pd.DataFrame(rows, columns=["user_id", "item_id", "timestamp"]))
LOSSES = pytest.mark.filterwarnings("ignore:.* of .* have")


@functools.cache
def model():
    return small_recommender(epochs=2, max_len=4).fit(LOG)


def plain(test, known, exclude_seen):
    """{user: {metric: value}} and {coverage: value}, by loops, one user at a time."""
    index = model().item_index_
    seen = plain_histories(known, 10**6)
    relevant = {}
    for user, item in zip(test["user_id"], test["item_id"], strict=True):
        relevant.setdefault(user, set())
        if item in index.item_ids_:
            relevant[user].add(item)
    judged = {}
    shown = {k: set() for k in K}
    for user, wanted in relevant.items():
        if not wanted:
            continue
        own = known[known["user_id"] == user]
        scores = model().scorer_.popularity.numpy()
        if len(own):
            scores = np.asarray(model().score_items(own))[0]
        scores = dict(zip(index.item_ids_.tolist(), scores.tolist(), strict=True))
        if exclude_seen:
            scores |= dict.fromkeys(seen.get(user, ()), -math.inf)
        # Ties against the model.
        ranking = sorted(scores, key=lambda item: (-scores[item], item in wanted))
        hits = [item in wanted for item in ranking]
        values = {"mrr": 1 / (1 + hits.index(True))}
        served = model().recommend_next([[]], 10)[0].tolist()
        if len(own):
            served = model().recommend_frame(own, 10, 0.0, exclude_seen)["item_id"].tolist()
        for k in K:
            first = hits[:k]
            values[f"hr@{k}"] = float(any(first))
            values[f"recall@{k}"] = sum(first) / len(wanted)
            best = sum(1 / math.log2(2 + place) for place in range(min(k, len(wanted))))
            gain = sum(1 / math.log2(2 + place) for place, hit in enumerate(first) if hit)
            values[f"ndcg@{k}"] = gain / best
            shown[k] |= set(served[:k])
        judged[user] = values
    return judged, {f"coverage@{k}": len(items) / 12 for k, items in shown.items()}


@LOSSES
@settings(max_examples=25)
@given(TESTS, st.booleans(), st.booleans())
def test_it_is_what_loops_over_users_and_items_say(test, exclude_seen, from_log):
    known = LOG[LOG["timestamp"] < 7] if from_log else LOG
    judged, shown = plain(test, known, exclude_seen)
    options = {"k": K, "exclude_seen": exclude_seen, "known": known if from_log else None}
    if not judged:
        with pytest.raises(ValueError, match="nothing can be judged"):
            model().evaluate(test, **options)
        return
    by_user = model().evaluate(test, by_user=True, **options)
    assert by_user["user_id"].tolist() == list(judged)
    assert by_user["is_fallback"].tolist() == [user > 7 for user in judged]
    assert set(by_user) - {"user_id", "is_fallback"} == set(next(iter(judged.values())))
    for name in set(by_user) - {"user_id", "is_fallback"}:
        expected = [values[name] for values in judged.values()]
        np.testing.assert_allclose(by_user[name], expected, rtol=1e-6, err_msg=name)
    table = model().evaluate(test, **options)
    for name in table.index:
        if name in shown:
            assert table["value"][name] == pytest.approx(shown[name])
            assert table.loc[name, ["low", "high"]].isna().all()
        else:
            expected = mean_interval(by_user[name], seed=0)
            np.testing.assert_allclose(table.loc[name], expected, rtol=1e-6)


@given(st.data())
def test_places_count_ties_against_the_model_and_one_item_has_the_place_of_ranks(data):
    B, V = data.draw(st.integers(1, 4)), data.draw(st.integers(2, 7))
    value = st.sampled_from([0.0, 1.0, 2.0, -np.inf])
    scores = np.array([[data.draw(value) for _ in range(V)] for _ in range(B)])
    wanted = [data.draw(st.lists(st.integers(1, V - 1), min_size=1, unique=True)) for _ in range(B)]
    rows = np.repeat(np.arange(B), [len(items) for items in wanted])
    items = np.array([item for row in wanted for item in row])
    places = places_of(scores, rows, items)
    for row in range(B):
        order = sorted(range(1, V), key=lambda j: (-scores[row, j], j in wanted[row]))
        expected = [place for place, j in enumerate(order, 1) if j in wanted[row]]
        assert sorted(places[rows == row].tolist()) == expected
    first = [items[0] for items in wanted]
    alone = places_of(scores, np.arange(B), np.array(first))
    np.testing.assert_array_equal(alone, ranks(scores, first))


def test_scores_with_padding_and_the_metrics_agree_with_it_and_without_padding_are_refused():
    """Where every answer is certain: right is 1, and a neighbour's rank was .27."""
    split = leave_last_two_out(going_round())
    fitted = small_recommender(epochs=12, learning_rate=0.03).fit(
        split.train, valid_interactions=split.valid
    )
    known = pd.concat([split.train, split.valid])
    targets = split.test.set_index("user_id")["item_id"][known["user_id"].unique()]
    numbers = fitted.item_index_.encode(targets)
    with pytest.raises(ValueError, match=r"V = 5, .* got \(40, 4\).*padded=True"):
        ranks(fitted.score_items(known), numbers)
    scores = fitted.score_items(known, padded=True)
    assert (scores[:, 0] == -np.inf).all()
    np.testing.assert_array_equal(scores[:, 1:], fitted.score_items(known))
    assert ndcg(ranks(scores, numbers), 10).mean() == 1
    assert (fitted.evaluate(split.test).drop(index="coverage@5")["value"] == 1).all()


@pytest.mark.parametrize("exclude_seen", [False, True])
def test_fit_validates_as_evaluate_would_before_those_events(exclude_seen):
    """One event a user: all that is seen counts, longer ago than max_len too."""
    log = pure_noise(n_users=40, n_events=9, n_items=15)
    split = leave_last_two_out(log)
    fitted = small_recommender(epochs=3, max_len=3, exclude_seen=exclude_seen)
    fitted.fit(split.train, valid_interactions=split.valid, items=range(1, 16))
    best = fitted.epochs_.iloc[fitted.best_epoch_ - 1]
    told = fitted.evaluate(split.valid, known=split.train)["value"]
    for name in ("hr@10", "ndcg@10", "mrr"):
        assert best[name] == pytest.approx(told[name], rel=1e-6)
    other = fitted.evaluate(split.valid, known=split.train, exclude_seen=not exclude_seen)
    assert other["value"]["ndcg@10"] != told["ndcg@10"]


@pytest.mark.parametrize("exclude_seen", [False, True])
def test_several_validation_events_of_a_user_are_asked_one_by_one(exclude_seen):
    """Each after all of its user's events before it, those of validation too."""
    log = pure_noise(n_users=20, n_events=9, n_items=15)
    train, valid = log[log["timestamp"] < 5], log[log["timestamp"] >= 5]
    fitted = small_recommender(max_len=3, exclude_seen=exclude_seen)
    fitted.fit(train, valid_interactions=valid, items=range(1, 16))
    rank = []
    for user, item, time in valid[["user_id", "item_id", "timestamp"]].itertuples(index=False):
        before = log[(log["user_id"] == user) & (log["timestamp"] < time)]
        scores = fitted.score_items(before, padded=True)
        if exclude_seen:
            scores[:, before["item_id"]] = -np.inf
        rank += ranks(scores, [item]).tolist()
    row = fitted.epochs_.iloc[fitted.best_epoch_ - 1]
    assert row["hr@10"] == pytest.approx(hit_rate(rank, 10).mean())
    assert row["ndcg@10"] == pytest.approx(ndcg(rank, 10).mean())
    assert row["mrr"] == pytest.approx(reciprocal_rank(rank).mean())


@pytest.mark.parametrize("monitor", ["hr@10", "mrr"])
def test_each_number_of_validation_can_be_monitored(monitor):
    split = leave_last_two_out(pure_noise(n_users=60, n_events=6, n_items=30))
    fitted = small_recommender(epochs=4, learning_rate=0.03)
    fitted.set_params(training=replace(fitted.training, monitor=monitor))
    fitted.fit(split.train, valid_interactions=split.valid)
    assert fitted.best_epoch_ == 1 + int(fitted.epochs_[monitor].argmax())


def test_with_positive_from_only_what_reaches_it_is_relevant():
    log = LOG.assign(outcome=np.where(LOG["item_id"] > 6, 0.7, 0.2))
    fitted = small_recommender(positive_from=0.5).fit(log)
    test = pd.DataFrame({"user_id": [0, 0, 1], "item_id": [7, 3, 3], "timestamp": 99})
    with pytest.warns(UserWarning, match="1 users more have no relevant event: not judged"):
        told = fitted.evaluate(test.assign(outcome=[0.7, 0.2, 0.2]), by_user=True)
    pd.testing.assert_frame_equal(told, fitted.evaluate(test[:1], by_user=True))
    assert fitted.evaluate(test, by_user=True)["user_id"].tolist() == [0, 1]  # nothing is said


def test_what_is_unknown_is_counted_and_told_or_refused():
    test = pd.DataFrame({"user_id": [0, 1, 2, 50], "item_id": [1, 99, 3, 4], "timestamp": 99})
    with pytest.warns(UserWarning) as told:
        table = model().evaluate(test, by_user=True)
    (warning,) = told
    assert str(warning.message) == (
        "1 of 4 events have an item that the model does not know: left out. 1 of 3 users have no "
        "event that the model can read: popularity answers. 1 users more have no relevant event: "
        "not judged."
    )
    assert table["user_id"].tolist() == [0, 2, 50]
    strict = small_recommender(unknown_items="refuse").fit(LOG)
    with pytest.raises(ValueError, match="row 1: 99 is not among the"):
        strict.evaluate(test)


def test_an_event_is_not_foretold_from_itself_nor_from_what_came_later():
    split = leave_last_two_out(LOG)
    fitted = small_recommender().fit(split.train, valid_interactions=split.valid)
    fitted.evaluate(split.test)
    for wrong in (split.valid, split.valid.assign(timestamp=3)):
        with pytest.raises(ValueError, match="from itself or from its own future. Cure: known="):
            fitted.evaluate(wrong)
    fitted.evaluate(split.valid, known=split.train)
    tied = split.valid.assign(item_id=split.valid["item_id"] % 12 + 1)
    fitted.evaluate(tied)  # at the same time may well be after it
    with pytest.raises(ValueError, match="times of test are datetime64.*one kind in both"):
        fitted.evaluate(split.test.assign(timestamp=pd.Timestamp("2024-01-01")))


def test_a_model_that_was_loaded_judges_alike_or_says_what_it_lacks(tmp_path):
    split = leave_last_two_out(LOG)
    fitted = small_recommender(max_len=20).fit(split.train, valid_interactions=split.valid)
    expected = fitted.evaluate(split.test, exclude_seen=True)
    fitted.save(tmp_path / "whole").save(tmp_path / "bare", with_histories=False)
    loaded = SequentialRecommender.load(tmp_path / "whole", device="cpu")
    pd.testing.assert_frame_equal(loaded.evaluate(split.test, exclude_seen=True), expected)
    known = pd.concat([split.train, split.valid])
    bare = SequentialRecommender.load(tmp_path / "bare", device="cpu")
    with pytest.raises(ValueError, match="saved without histories. Cure: known="):
        bare.evaluate(split.test)
    again = bare.evaluate(split.test, exclude_seen=True, known=known)
    pd.testing.assert_frame_equal(again, expected)

    short = small_recommender(max_len=4).fit(split.train, valid_interactions=split.valid)
    expected = short.evaluate(split.test, exclude_seen=True)
    loaded = SequentialRecommender.load(
        short.save(tmp_path / "short") and tmp_path / "short", "cpu"
    )
    assert loaded.evaluate(split.test)["value"].notna().all()
    with pytest.raises(ValueError, match="only the newest 4 events of each user were saved"):
        loaded.evaluate(split.test, exclude_seen=True)
    again = loaded.evaluate(split.test, exclude_seen=True, known=known)
    pd.testing.assert_frame_equal(again, expected)


def test_a_model_that_went_on_still_knows_who_was_not_in_the_newer_log():
    newer = pd.DataFrame(
        {"user_id": [0, 0, 70, 70], "item_id": [1, 2, 30, 3], "timestamp": [9, 10] * 2}
    )
    fitted = small_recommender(max_len=4).fit(LOG).fit_more(newer)
    test = pd.DataFrame({"user_id": [3, 70, 0], "item_id": [30, 4, 5], "timestamp": 99})
    own = pd.concat([newer, LOG[LOG["user_id"] == 3]])
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        told = fitted.evaluate(test, by_user=True, exclude_seen=True)
    expected = fitted.evaluate(test, by_user=True, exclude_seen=True, known=own)
    pd.testing.assert_frame_equal(told, expected)


@LOSSES
@pytest.mark.parametrize("targets", ["successive", "last"])
@pytest.mark.parametrize("exclude_seen", [False, True])
def test_targets_in_turn_are_what_asking_one_event_at_a_time_says(targets, exclude_seen):
    late = pd.DataFrame(
        {
            "user_id": [3, 3, 3, 8, 8, 0, 1],
            "item_id": [4, 4, 7, 2, 5, 13, 9],
            "timestamp": [20, 21, 22, 20, 21, 20, 20],
        }
    )
    told = model().evaluate(
        late, K, by_user=True, known=LOG, targets=targets, exclude_seen=exclude_seen
    )
    if targets == "last":
        asked = late.groupby("user_id").tail(1)
    else:
        asked = late
    one_by_one = []
    for row, event in asked.sort_values(["user_id", "timestamp"]).iterrows():
        if event["item_id"] == 13:  # which the model does not know
            continue
        before = pd.concat([LOG, late[(late["user_id"] == event["user_id"]) & (late.index < row)]])
        single = model().evaluate(
            late.loc[[row]], K, by_user=True, known=before, exclude_seen=exclude_seen
        )
        one_by_one.append(single)
    expected = pd.concat(one_by_one, ignore_index=True)
    assert expected["is_fallback"].any() == (targets == "successive")
    pd.testing.assert_frame_equal(told, expected, check_index_type=False)
    means = model().evaluate(late, K, known=LOG, targets=targets, exclude_seen=exclude_seen)
    pd.testing.assert_series_equal(
        means["value"][["hr@3", "ndcg@3"]], expected[["hr@3", "ndcg@3"]].mean(), check_names=False
    )


@pytest.mark.parametrize("at_once", [1, 40])
def test_the_size_of_a_chunk_changes_nothing(monkeypatch, at_once):
    test = pd.DataFrame({"user_id": [7, 1, 1, 3], "item_id": [1, 2, 3, 4], "timestamp": 99})
    expected = model().evaluate(test, exclude_seen=True)
    monkeypatch.setattr(serving, "SCORES_AT_ONCE", at_once)
    again = model().evaluate(test, exclude_seen=True)
    pd.testing.assert_frame_equal(again, expected, rtol=1e-5)


TEST = pd.DataFrame({"user_id": [0], "item_id": [1], "timestamp": [99]})


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"k": 0}, "k must be a whole number of 1 or more, got 0"),
        ({"k": (5, 2.5)}, "k must be a whole number of 1 or more, got 2.5"),
        ({"k": (), "metrics": ["hr"]}, "ask for nothing"),
        ({"metrics": ("map",)}, "metric 'map' does not exist. Cure: of hr, ndcg, mrr"),
        ({"metrics": "coverage", "by_user": True}, "ask for nothing"),
        ({"by_user": 1}, "by_user must be True or False, got 1"),
        ({"exclude_seen": "yes"}, "exclude_seen must be True or False, got 'yes'"),
        ({"known": LOG.drop(columns="item_id")}, "column 'item_id' is missing"),
        ({"targets": "last"}, "known must be a log where targets are asked in turn, got None"),
        ({"targets": "each", "known": LOG}, "targets must be 'together', .* got 'each'"),
        ({"targets": "each"}, "targets must be 'together', 'successive' or 'last', got 'each'"),
        ({"targets": None}, "targets must be 'together', 'successive' or 'last', got None"),
        ({"test": LOG.iloc[:0]}, "the log is empty"),
        ({"test": TEST.assign(user_id="a")}, "'user_id' holds text"),
        ({"test": TEST.assign(item_id="a")}, "'item_id' holds text"),
    ],
)
def test_what_makes_no_sense_is_refused(options, message):
    with pytest.raises(ValueError, match=message):
        model().evaluate(**{"test": TEST} | options)
    assert model().evaluate(TEST, k=5, metrics="hr").index.tolist() == ["hr@5"]
