"""Models that count, at the front door: each equals a slow, plain one, whatever the names are."""

import functools
from collections import defaultdict

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from seqrec.data import leave_last_two_out
from seqrec.models import ease
from seqrec.recommender import (
    CoOccurrenceConfig,
    EASEConfig,
    MarkovConfig,
    PopularityConfig,
    SASRecConfig,
    SequentialRecommender,
    SessionKNNConfig,
    TwoStageRecommender,
    TwoTowerConfig,
)
from tests.seqrec.recommender.shops import (
    CONTENT,
    COUNTED,
    going_round,
    plain_histories,
    pure_noise,
    small_recommender,
)

N_ITEMS = 9
#: A log of a few users, times all different, some events not relevant.
EVENTS = st.lists(
    st.tuples(st.integers(0, 5), st.integers(1, N_ITEMS - 1), st.sampled_from([0.0, 1.0])),
    min_size=4,
    max_size=40,
)
LOGS = EVENTS.map(
    lambda rows: pd.DataFrame(rows, columns=["user_id", "item_id", "outcome"]).assign(
        timestamp=np.arange(len(rows))
    )
)
# One user has two events of which the second is relevant, so that there is something to learn.
ONE_MORE = pd.DataFrame(
    {"user_id": [7, 7], "item_id": [1, 2], "outcome": 1.0, "timestamp": [98, 99]}
)
TAUGHT = LOGS.map(lambda log: pd.concat([log, ONE_MORE], ignore_index=True))


def sequences(log):
    """(item, is relevant) of each user, by loops."""
    users = defaultdict(list)
    for row in log.sort_values("timestamp").itertuples():
        users[row.user_id].append((row.item_id, row.outcome >= 1))
    return users.values()


def plain_law(log):
    counts = np.array([1.0] * N_ITEMS)
    for sequence in sequences(log):
        for item, is_relevant in sequence:
            counts[item - 1] += is_relevant
    return counts / counts.sum()


def plain_popularity(log, history, config):
    return plain_law(log)


def plain_followers(log, history, config, window=1, decay=1.0):
    votes = np.zeros(N_ITEMS)
    total = 0.0
    for back, item in enumerate(reversed(history[-window:])):
        counts = np.zeros(N_ITEMS)
        for sequence in sequences(log):
            for first in range(len(sequence)):
                for gap in range(1, min(window, len(sequence) - 1 - first) + 1):
                    then, is_relevant = sequence[first + gap]
                    if sequence[first][0] == item and is_relevant:
                        counts[then - 1] += decay ** (gap - 1)
        smoothed = counts + config.smoothing * plain_law(log)
        votes += decay**back * smoothed / smoothed.sum()
        total += decay**back
    return votes / total


def plain_co_occurrence(log, history, config):
    return plain_followers(log, history, config, config.window, config.decay)


def plain_session_knn(log, history, config):
    newest_first = list(dict.fromkeys(reversed(history)))
    weight = {item: 1 / (1 + history[::-1].index(item)) for item in newest_first}
    found = []
    for sequence in sequences(log):
        clicks = [item for item, is_relevant in sequence if is_relevant]
        shared = [item for item in newest_first if item in clicks[:-1]]
        if shared:
            sim = sum(weight[item] for item in shared) / np.sqrt(len(set(clicks[:-1])))
            place = max(p for p, item in enumerate(clicks[:-1]) if item == shared[0])
            found.append((sim, clicks[place + 1 :]))
    last = sorted([sim for sim, _ in found], reverse=True)[: config.n_neighbours][-1:]
    votes = config.smoothing * plain_law(log)
    for sim, after in found:
        if sim >= last[0] - 1e-12:
            for gap, item in enumerate(after, start=1):
                votes[item - 1] += sim / gap
    return votes / votes.sum()


def plain_ease(log, history, config):
    X = np.zeros((100, N_ITEMS))
    for user, sequence in enumerate(sequences(log)):
        for item, is_relevant in sequence:
            X[user, item - 1] = max(X[user, item - 1], is_relevant)
    P = np.linalg.inv(X.T @ X + config.l2 * np.eye(N_ITEMS))
    W = -P / np.diag(P)
    np.fill_diagonal(W, 0)
    scores = W[[item - 1 for item in set(history)]].sum(axis=0)
    if not np.abs(scores).max() > 1e-9:
        return plain_law(log)
    # What nobody clicked ranks with the last.
    is_idle = np.abs(W).max(axis=0) < 1e-9
    scores[is_idle] = np.append(scores, 0).min()
    return np.exp(scores) / np.exp(scores).sum()


PLAIN = {
    PopularityConfig(): plain_popularity,
    MarkovConfig(smoothing=2.0): plain_followers,
    CoOccurrenceConfig(window=3, decay=0.7, smoothing=0.5): plain_co_occurrence,
    SessionKNNConfig(n_neighbours=2, smoothing=0.3): plain_session_knn,
    EASEConfig(l2=1.5): plain_ease,
}


def fitted(config, log, max_len=4, **options):
    model = small_recommender(config, max_len=max_len, **options)
    return model.fit(log, items=range(1, N_ITEMS + 1))


@pytest.mark.parametrize("config", PLAIN, ids=lambda config: type(config).__name__)
@settings(max_examples=25)
@given(log=TAUGHT, asked=LOGS)
def test_scores_are_those_of_a_slow_plain_model(config, log, asked):
    found = np.exp(fitted(config, log, positive_from=1).score_items(asked).astype(float))
    for row, history in zip(found, plain_histories(asked, 4).values(), strict=True):
        np.testing.assert_allclose(
            row, PLAIN[config](log, history, config), rtol=2e-4, err_msg=str((log, history))
        )


@pytest.mark.parametrize("name", COUNTED)
@settings(max_examples=10)
@given(log=TAUGHT, order=st.permutations(range(N_ITEMS)))
def test_names_of_users_and_items_and_the_order_of_rows_mean_nothing(name, log, order):
    renamed = log.assign(
        user_id=[f"u{(7 * user + 3) % 11}" for user in log["user_id"]],
        item_id=[order[item - 1] + 1 for item in log["item_id"]],
    )
    shuffled = renamed.sample(frac=1, random_state=1)
    scores = fitted(COUNTED[name], log).score_items(log)
    again = fitted(COUNTED[name], shuffled).score_items(renamed)
    np.testing.assert_allclose(again[:, order], scores, rtol=1e-4, atol=1e-5)


@pytest.mark.parametrize("name", COUNTED)
def test_a_model_that_counts_is_judged_in_one_row_and_has_no_network(name):
    split = leave_last_two_out(going_round())
    told = []
    model = small_recommender(name)
    model.fit(split.train, valid_interactions=split.valid, callbacks=[told.append])
    assert len(model.epochs_) == 1 and model.stopped_by_ == "counted" and model.best_epoch_ == 1
    assert told[0].metrics["ndcg@10"] == model.epochs_["ndcg@10"].item()
    assert model.baselines_ is None and not hasattr(model, "network_")
    with pytest.raises(AttributeError, match=f"got a {type(model.model).__name__}, which counts"):
        model.network_  # noqa: B018
    assert model.evaluate(split.test, k=10, metrics="hr")["value"].item() == 1
    assert model.recommend(split.train, 2).shape == (40, 2)


def test_what_is_certain_is_foretold_by_all_that_know_an_order():
    log = going_round(n_users=30, n_events=6)
    split = leave_last_two_out(log)
    for name in ("Markov", "CoOccurrence", "SessionKNN"):
        model = small_recommender(name).fit(split.train)
        assert model.evaluate(split.valid, k=1, metrics="hr")["value"].item() == 1, name


def test_a_network_that_is_fitted_after_counting_and_the_other_way_round():
    log = going_round()
    model = small_recommender("Markov").fit(log)
    model.set_params(model=SASRecConfig(D=8, H=1)).fit(log)
    assert model.network_ is model.scorer_.network
    assert not hasattr(model.set_params(model=MarkovConfig()).fit(log), "network_")


def test_newest_pieces_alone_count_where_histories_are_not_whole():
    log = going_round(n_users=5, n_events=8)
    short = log[log["timestamp"] >= 50]
    whole = small_recommender("CoOccurrence", max_len=2, whole_histories=False).fit(log)
    part = small_recommender("CoOccurrence", max_len=2).fit(short)
    np.testing.assert_array_equal(whole.scorer_.network.counts, part.scorer_.network.counts)


def test_a_window_longer_than_any_history_costs_nothing():
    log = pure_noise(n_users=4, n_events=5, n_items=6)
    scores = [
        small_recommender(CoOccurrenceConfig(window=window)).fit(log).score_items(log)
        for window in (5, 10**12)
    ]
    np.testing.assert_array_equal(*scores)


@functools.cache
def counted(name="Markov"):
    return small_recommender(name).fit(going_round())


@pytest.mark.parametrize("name", COUNTED)
def test_what_needs_a_network_is_refused(name):
    model = counted(name)
    kind = type(COUNTED[name])
    with pytest.raises(RuntimeError, match=f"{kind.__name__} must be fitted on a whole log"):
        model.fit_more(going_round())
    with pytest.raises(ValueError, match=f"content must be None for {kind.__name__}"):
        kind(content=CONTENT)
    with pytest.raises(RuntimeError, match="reads no content"):
        model.add_items(pd.DataFrame({"item_id": ["new"]}))
    with pytest.raises(ValueError, match="similar_items needs vectors"):
        model.similar_items(["mat"], 1)
    with pytest.raises(RuntimeError, match="learned no outcomes"):
        model.predict_outcome([0], ["mat"])


def test_two_stages_refuse_a_ranker_and_a_retriever_that_count():
    towers = small_recommender(TwoTowerConfig(D=8, H=1)).fit(going_round())
    with pytest.raises(ValueError, match="ranker must score candidates, got a MarkovConfig"):
        TwoStageRecommender(towers, counted())
    with pytest.raises(ValueError, match="retriever is a FollowerCounts"):
        TwoStageRecommender(counted(), towers)


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: MarkovConfig(smoothing=0), "smoothing must be a number from 1e-6 to 1e9, got 0"),
        (lambda: MarkovConfig(smoothing=1e-300), "smoothing must be a number from 1e-6"),
        (lambda: CoOccurrenceConfig(window=0), "window must be a whole number of 1 or more"),
        (lambda: CoOccurrenceConfig(decay=1.5), "decay must be a share above 0"),
        (lambda: SessionKNNConfig(n_neighbours=2.5), "n_neighbours must be a whole number"),
        (lambda: SessionKNNConfig(smoothing="1"), "smoothing must be a number"),
        (lambda: EASEConfig(l2=0), "l2 must be a finite number, positive, got 0"),
        (lambda: EASEConfig(l2=float("nan")), "l2 must be a finite number, positive, got nan"),
        (lambda: small_recommender(baselines=1).fit(going_round()), "baselines must be True or"),
    ],
)
def test_a_setting_that_makes_no_sense_is_refused(make, message):
    with pytest.raises(ValueError, match=message):
        make()


def test_ease_says_what_it_needs_and_refuses_too_much_before_it_takes_it(monkeypatch):
    log = going_round()
    monkeypatch.setattr(ease, "MANY_ITEMS", 3)
    with pytest.warns(UserWarning, match="every pair of 4 items: 0.0 GB of memory"):
        small_recommender("EASE").fit(log)
    monkeypatch.setattr(ease, "MOST_ITEMS", 3)
    monkeypatch.setattr(ease, "gram_matrix", None)
    with pytest.raises(ValueError, match=r"n_items must be at most 3 .* got 4. Cure: CoOcc"):
        small_recommender("EASE").fit(log)
    with pytest.raises(ValueError, match="at most 3"):
        ease.check_memory(10**9)


def test_ease_counts_the_same_however_few_columns_fit_into_memory(monkeypatch):
    log = pure_noise(n_users=20, n_events=6, n_items=9)
    whole = small_recommender("EASE").fit(log)
    monkeypatch.setattr(ease, "_AT_ONCE", 40)
    parts = small_recommender("EASE").fit(log)
    np.testing.assert_array_equal(parts.scorer_.network.weights, whole.scorer_.network.weights)


def test_ease_refuses_an_l2_that_vanishes_beside_the_counts():
    log = pd.DataFrame(
        {"user_id": np.repeat(range(50), 2), "item_id": [1, 2] * 50, "timestamp": range(100)}
    )
    with pytest.raises(ValueError, match=r"l2 must be 1e-07 or more .* got 1e-300. Cure: EASE"):
        small_recommender(EASEConfig(l2=1e-300)).fit(log)


@pytest.mark.parametrize("name", sorted(set(COUNTED) - {"SessionKNN"}))
def test_a_folder_keeps_no_history_of_a_model_that_counts_but_what_it_counted(name, tmp_path):
    log = going_round()
    model = small_recommender(name).fit(log)
    model.save(tmp_path, with_histories=False)
    loaded = SequentialRecommender.load(tmp_path)
    np.testing.assert_array_equal(loaded.score_items(log), model.score_items(log))
    assert loaded.user_ids_ is None and not hasattr(loaded, "network_")


def test_a_model_that_is_the_clicks_of_the_log_is_not_saved_as_if_they_were_left_out(tmp_path):
    model = counted("SessionKNN")
    with pytest.raises(ValueError, match="with_histories must be True for SessionKNNConfig"):
        model.save(tmp_path / "model", with_histories=False)
    assert not (tmp_path / "model").exists()
    with pytest.raises(ValueError, match="with_histories must be True or False, got 'no'"):
        model.save(tmp_path / "model", with_histories="no")
    model.save(tmp_path / "model")
    loaded = SequentialRecommender.load(tmp_path / "model")
    np.testing.assert_array_equal(loaded.predict([0], ["mat"]), model.predict([0], ["mat"]))


def odd_value(value):
    """The same numbers, but for one that no count or weight is."""

    def change(tensor):
        changed = tensor.clone()
        changed.reshape(-1)[-2] = value
        return changed

    return change


@pytest.mark.parametrize(
    ("name", "tensor", "change", "message"),
    [
        ("Markov", "counts", odd_value(np.inf), "counts must have one axis of torch.float64"),
        ("Markov", "counts", odd_value(-1.0), "counts must have one axis"),
        ("Markov", "followers", odd_value(5), "followers must have one axis of torch.int64 from 1"),
        ("Markov", "followers", lambda old: old[:-1], "starts must have one axis of torch.int64"),
        ("Markov", "starts", odd_value(0), "starts must rise from 0"),
        ("Popularity", "law", odd_value(0.0), "law must be probabilities of 4 items"),
        ("Popularity", "law", odd_value(np.nan), "law must have one axis of torch.float64"),
        ("SessionKNN", "items", odd_value(0), "items must have one axis of torch.int64 from 1"),
        ("EASE", "weights", odd_value(np.nan), "weights must be finite, and 0 for padding"),
        ("EASE", "weights", odd_value(np.inf), "weights must be finite, and 0 for padding"),
        ("EASE", "weights", lambda old: old + 1, "weights must be finite, and 0 for padding"),
    ],
)
def test_counts_that_cannot_be_are_refused(name, tensor, change, message):
    old = counted(name).scorer_.network.state_dict()
    with pytest.raises(ValueError, match=message):
        COUNTED[name].restored(4, 5, old | {tensor: change(old[tensor])})
