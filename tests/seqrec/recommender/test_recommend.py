"""Lists, samples and pairs, from a model that is fitted once."""

import functools

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from seqrec.recommender import scoring as serving
from seqrec.recommender.scoring import best_items, chunks
from tests.seqrec.recommender.shops import plain_histories, pure_noise, small_recommender

LOG = pure_noise(n_users=30, n_events=9, n_items=40).assign(
    item_id=lambda log: "p" + log["item_id"].astype(str)
)


@functools.cache
def model():
    return small_recommender(epochs=2).fit(LOG)


def n_items():
    return model().item_index_.n_items


@given(st.integers(1, 36), st.booleans())
@settings(max_examples=8)
def test_the_best_of_the_scores_come_first_and_nothing_that_was_seen_if_asked(top_k, exclude_seen):
    frame = model().recommend_frame(LOG, top_k, exclude_seen=exclude_seen)
    scores, users = model().score_items(LOG), LOG["user_id"].unique().tolist()
    seen = plain_histories(LOG, 10**6)
    for user, part in frame.groupby("user_id"):
        row = pd.Series(scores[users.index(user)], model().item_index_.item_ids_)
        left = row.drop(seen[user]) if exclude_seen else row
        assert part["rank"].tolist() == list(range(1, min(top_k, len(left)) + 1))
        np.testing.assert_allclose(part["score"], left.nlargest(top_k), rtol=1e-6)
        np.testing.assert_array_equal(
            part["score"], row[part["item_id"]]
        )  # each item with its own score
        assert part["item_id"].is_unique and not (
            exclude_seen and part["item_id"].isin(seen[user]).any()
        )
    assert frame["user_id"].unique().tolist() == users and not frame["is_fallback"].any()


@pytest.mark.parametrize(
    "options", [{}, {"exclude_seen": True}, {"sampling_temperature": 1.0, "seed": 3}]
)
def test_list_and_frame_say_the_same(options):
    items, frame = model().recommend(LOG, 7, **options), model().recommend_frame(LOG, 7, **options)
    assert items.shape == (30, 7) and items.dtype == object
    assert items.ravel().tolist() == frame["item_id"].tolist()


def test_all_events_of_the_log_count_as_seen_not_only_the_newest():
    assert model().scorer_.max_len < 9
    oldest = LOG.groupby("user_id")["item_id"].first()
    listed = model().recommend_frame(LOG, n_items(), exclude_seen=True)
    assert not (listed["item_id"] == oldest[listed["user_id"]].to_numpy()).any()


@settings(max_examples=10)
@given(st.floats(0.01, 50), st.integers(0, 10**6), st.booleans())
def test_a_sample_has_no_repeats_and_is_reproducible(temperature, seed, exclude_seen):
    options = {"sampling_temperature": temperature, "seed": seed, "exclude_seen": exclude_seen}
    items = model().recommend(LOG, 20, **options)
    assert all(len(set(row)) == 20 for row in items)
    np.testing.assert_array_equal(model().recommend(LOG, 20, **options), items)


def test_another_seed_is_another_sample():
    first, second = (
        model().recommend(LOG, 20, sampling_temperature=1.0, seed=seed) for seed in (0, 1)
    )
    assert (first != second).any(axis=1).all()


@pytest.mark.parametrize("temperature", [0.5, 1.0, 3.0])
def test_the_sample_follows_the_law_of_drawing_without_repeats(temperature):
    """First item: p^(1/T), normalised; second:

    the same among those that are left. 100,000 draws.
    """
    probabilities = np.array([0.5, 0.3, 0.15, 0.05])
    weights = probabilities ** (1 / temperature)
    weights /= weights.sum()
    scores = np.log(np.tile(probabilities, (100_000, 1))).astype(np.float32)
    items, _ = best_items(
        serving.torch.from_numpy(scores), 2, temperature=temperature, rng=np.random.default_rng(0)
    )
    for i in range(4):
        for j in set(range(4)) - {i}:
            expected = weights[i] * weights[j] / (1 - weights[i])
            share = ((items == (i + 1, j + 1)).all(axis=1)).mean()
            assert abs(share - expected) < 4.5 * (expected * (1 - expected) / 100_000) ** 0.5


def test_not_even_the_luckiest_draw_shows_what_may_not_be_shown():
    """An exponential draw can be 0:

    noise without end, and the sum of that with -inf is NaN, which sorts on top.
    """

    class Lucky:
        def standard_exponential(self, shape, **_):
            return np.zeros(shape)

    scores = serving.torch.tensor([[0.0, -np.inf, -1.0, -np.inf]])
    items, _ = best_items(scores, 3, temperature=1.0, rng=Lucky())
    assert items.tolist() == [[1, 3, 0]]


@pytest.mark.parametrize("temperature", [1e-45, 1e-9])
def test_a_temperature_near_0_takes_the_best(temperature):
    cold = model().recommend_frame(LOG, 5, sampling_temperature=temperature)
    pd.testing.assert_frame_equal(cold, model().recommend_frame(LOG, 5))


@pytest.mark.parametrize("at_once", [1, 100, 700])
def test_the_size_of_a_chunk_changes_no_answer(monkeypatch, at_once):
    def answers():
        sampled = model().recommend(LOG, 9, sampling_temperature=1.0, exclude_seen=True)
        pairs = model().predict(LOG["user_id"], LOG["item_id"])
        return sampled.tolist(), model().recommend(LOG, 9).tolist(), model().score_items(LOG), pairs

    expected = answers()
    monkeypatch.setattr(serving, "SCORES_AT_ONCE", at_once)
    for got, wanted in zip(answers(), expected, strict=True):
        if isinstance(wanted, list):
            assert got == wanted
        else:
            np.testing.assert_allclose(got, wanted, rtol=1e-5, atol=1e-6)


@given(st.integers(0, 5000), st.integers(1, 10**7))
def test_chunks_go_over_all_users_within_bounds(n_users, n_items):
    slices = chunks(n_users, n_items)
    assert [user for rows in slices for user in range(rows.start, rows.stop)] == list(
        range(n_users)
    )
    for rows in slices:
        size = rows.stop - rows.start
        assert size == 1 or (
            size * n_items <= serving.SCORES_AT_ONCE and size <= serving.USERS_AT_ONCE
        )


def test_an_unknown_newest_item_leaves_the_answer_of_those_before_it():
    stranger = pd.DataFrame({"user_id": LOG["user_id"].unique(), "item_id": "new", "timestamp": 99})
    with pytest.warns(
        UserWarning, match="^30 of 300 events have an item that the model does not know: left out.$"
    ):
        scores = model().score_items(pd.concat([LOG, stranger]))
    np.testing.assert_array_equal(scores, model().score_items(LOG))


def test_unknown_items_are_refused_if_asked():
    strict = small_recommender(unknown_items="refuse").fit(LOG)
    strict.score_items(LOG)
    with pytest.raises(ValueError, match="row 2: 'new' is not among the"):
        strict.score_items(LOG.assign(item_id=["p1", "p2", "new", *LOG["item_id"][3:]]))


def test_a_user_with_nothing_left_gets_popularity_and_is_marked():
    only = pd.DataFrame({"user_id": ["a", "b"], "item_id": ["new", "p3"], "timestamp": [1, 2]})
    losses = "1 of 2 events have an item .*: left out. 1 of 2 users have no event that the model "
    with pytest.warns(UserWarning, match=losses + "can read") as warnings:
        frame = model().recommend_frame(only, 4)
    assert len(warnings) == 1
    assert frame.groupby("user_id")["is_fallback"].agg(["all", "any"]).to_numpy().tolist() == [
        [True] * 2,
        [False] * 2,
    ]
    counts = LOG["item_id"].value_counts()
    assert counts[frame["item_id"][:4]].tolist() == counts.nlargest(4).tolist()
    with pytest.warns(UserWarning):
        scores = model().score_items(only)
    share = (counts[model().item_index_.item_ids_] + 1) / (
        len(LOG) + n_items()
    )  # one imagined click each
    np.testing.assert_allclose(np.exp(scores[0]), share, rtol=1e-5)


def test_pairs_are_cells_of_the_scores_in_any_order():
    rng = np.random.default_rng(0)
    users, items = rng.integers(0, 30, 200), rng.choice(model().item_index_.item_ids_, 200)
    scores = pd.DataFrame(
        model().score_items(LOG), LOG["user_id"].unique(), model().item_index_.item_ids_
    )
    expected = [scores.loc[user, item] for user, item in zip(users, items, strict=True)]
    np.testing.assert_allclose(model().predict(users, items), expected, rtol=1e-5, atol=1e-6)
    assert model().predict([], []).shape == (0,)


def test_histories_of_validation_count_in_predict():
    valid = pd.DataFrame({"user_id": LOG["user_id"].unique(), "item_id": "p5", "timestamp": 99})
    fitted = small_recommender().fit(LOG, valid_interactions=valid)
    expected = fitted.score_items(pd.concat([LOG, valid]))[
        :, fitted.item_index_.encode(["p7"])[0] - 1
    ]
    np.testing.assert_allclose(
        fitted.predict(LOG["user_id"].unique(), ["p7"] * 30), expected, rtol=1e-5
    )


def test_a_stranger_gets_popularity_in_predict_with_a_warning():
    with pytest.warns(UserWarning, match="1 of 2 users have no event"):
        told = model().predict([3, 999, 999], ["p1", "p1", "p2"])
    popular = pd.Series(model().scorer_.popularity.numpy(), model().item_index_.item_ids_)
    np.testing.assert_array_equal(told[1:], popular[["p1", "p2"]])
    assert told[0] == pytest.approx(model().predict([3], ["p1"])[0], rel=1e-5)


def test_a_server_answers_as_the_log_would():
    histories = plain_histories(LOG, 10**6)
    served = model().recommend_next([histories[user] for user in LOG["user_id"].unique()], 5)
    np.testing.assert_array_equal(served, model().recommend(LOG, 5))
    options = {"sampling_temperature": 1.0, "seed": 2}
    served = model().recommend_next(list(histories.values()), 5, **options)
    np.testing.assert_array_equal(served, model().recommend(LOG, 5, **options))


def test_a_server_knows_what_to_say_to_strangers():
    known = LOG["item_id"].iloc[0]
    popular = model().item_index_.item_ids_[
        model().scorer_.popularity.cpu().numpy().argsort()[::-1][:3]
    ]
    served = model().recommend_next([[], ["never seen"], [known, "never seen"], [known]], 3)
    np.testing.assert_array_equal(served[:2], [popular, popular])
    np.testing.assert_array_equal(served[2], served[3])
    assert model().recommend_next([], 3).shape == (0, 3) and model().recommend_next(
        [[]], 3
    ).shape == (1, 3)
    strict = small_recommender(unknown_items="refuse").fit(LOG)
    with pytest.raises(ValueError, match="'never seen' is not among the"):
        strict.recommend_next([["never seen"]], 3)
    with pytest.raises(ValueError, match="holds integers"):
        model().recommend_next([[4]], 3)
