"""What may be shown and what may not: seen items, `among`, `without`; and histories of a server."""

import functools
import re
from functools import partial

import numpy as np
import pandas as pd
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from seqrec.recommender import SequentialRecommender
from seqrec.recommender import scoring as serving
from tests.seqrec.recommender.shops import plain_histories, pure_noise, small_recommender

LOG = pure_noise(n_users=7, n_events=6, n_items=10).assign(
    item_id=lambda log: "p" + log["item_id"].astype(str)
)
ITEMS = [f"p{number}" for number in range(1, 11)]
SEEN = plain_histories(LOG, 10**6)
SOME = st.lists(st.sampled_from(ITEMS), max_size=10)
CHOICES = st.none() | SOME | st.lists(SOME, min_size=7, max_size=7)


@functools.cache
def model():
    return small_recommender(epochs=2, max_len=4).fit(LOG)


def allowed(user, row, exclude_seen, among, without):
    """The items that a user may be shown, by the words of the docstring."""

    def own(choice):
        return choice[row] if choice and isinstance(choice[0], list) else choice

    left = set(ITEMS) if among is None else set(own(among))
    left -= set() if without is None else set(own(without))
    return left - set(SEEN[user]) if exclude_seen else left


@settings(max_examples=60)
@given(st.integers(1, 10), st.booleans(), CHOICES, CHOICES, st.sampled_from([0.0, 1.0]))
def test_a_list_holds_the_best_of_what_is_allowed_and_nothing_else(
    top_k, exclude_seen, among, without, temperature
):
    options = {"exclude_seen": exclude_seen, "among": among, "without": without}
    options |= {"top_k": top_k, "sampling_temperature": temperature}
    scores = pd.DataFrame(np.asarray(model().score_items(LOG)), list(SEEN), ITEMS_IN_ORDER())
    left = {user: allowed(user, row, exclude_seen, among, without) for row, user in enumerate(SEEN)}
    fewest = min(map(len, left.values()))
    chosen = among is not None or without is not None
    if chosen and fewest == 0:
        with pytest.raises(ValueError, match="has only 0 items left"):
            model().recommend_frame(LOG, **options)
    else:
        frame = model().recommend_frame(LOG, **options)
        for user, items in left.items():
            listed = frame["item_id"][frame["user_id"] == user].tolist()
            assert len(listed) == min(top_k, len(items)) and set(listed) <= items
            if temperature == 0:
                best = scores.loc[user, sorted(items)].nlargest(top_k)
                np.testing.assert_allclose(scores.loc[user, listed], best)
    ask = {
        "recommend": lambda: model().recommend(LOG, **options),
        "recommend_next": lambda: model().recommend_next(list(SEEN.values()), **options),
    }
    for name, call in ask.items():
        if fewest < top_k:
            with pytest.raises(ValueError, match=f"has only . items left that are .*{top_k}. Cure"):
                call()
        else:
            expected = frame["item_id"].to_numpy().reshape(7, top_k)
            np.testing.assert_array_equal(call(), expected, err_msg=name)


def ITEMS_IN_ORDER():
    return model().item_index_.item_ids_


@pytest.mark.parametrize("kind", [list, tuple, set, np.array, pd.Series, pd.Index])
def test_a_choice_comes_in_any_kind_of_list(kind):
    expected = model().recommend(LOG, 3, among=ITEMS[:5], without=["p2"])
    given = model().recommend(LOG, 3, among=kind(ITEMS[:5]), without=kind(["p2"]))
    np.testing.assert_array_equal(given, expected)
    each = model().recommend(LOG, 3, among=[kind(ITEMS[:5])] * 7, without=[kind(["p2"])] * 7)
    np.testing.assert_array_equal(each, expected)


@pytest.mark.parametrize("at_once", [1, 25])
def test_the_size_of_a_chunk_does_not_mix_the_lists_of_users(monkeypatch, at_once):
    among = [ITEMS[row : row + 4] for row in range(7)]
    expected = model().recommend(LOG, 2, among=among, without=["p6"])
    monkeypatch.setattr(serving, "SCORES_AT_ONCE", at_once)
    np.testing.assert_array_equal(model().recommend(LOG, 2, among=among, without=["p6"]), expected)


def test_the_setting_is_what_a_call_takes_that_does_not_say_and_is_saved(tmp_path):
    once = small_recommender(epochs=2, max_len=4, exclude_seen=True).fit(LOG)
    loaded = SequentialRecommender.load(once.save(tmp_path) and tmp_path, device="cpu")
    for asked in (once, loaded):
        assert asked.exclude_seen is True
        for call in (
            partial(asked.recommend, LOG, 2),
            partial(asked.recommend_frame, LOG, 2),
            partial(asked.recommend_next, list(SEEN.values()), 2),
        ):
            assert np.array_equal(call(), call(exclude_seen=True))
            assert not np.array_equal(call(), call(exclude_seen=False))
    assert small_recommender().exclude_seen is False
    with pytest.raises(ValueError, match="exclude_seen must be True or False, got 'no'"):
        small_recommender(exclude_seen="no").fit(LOG)


def test_what_a_choice_leaves_out_changes_no_score():
    chosen = model().recommend_frame(LOG, 10, among=ITEMS[:3])
    every = model().recommend_frame(LOG, 10)
    both = chosen.merge(every, on=["user_id", "item_id"])
    assert len(both) == len(chosen) and (both["score_x"] == both["score_y"]).all()


BAD_CHOICES = {
    "unknown": (["p1", "eel", "emu"], ValueError, r"\[1\]: 'eel' is not among .* nor are 1 "),
    "unknown to one": ([["p1"]] * 6 + [["p1", "eel"]], ValueError, r"\[6\]\[1\]: 'eel' is not"),
    "numbers": ([1, 2], ValueError, r"holds integers, 1 at \w+\[0\], but .* are text.*Cure: str"),
    "too few lists": ([["p1"]], ValueError, "for each of the 7 users, got 1 lists"),
    "both": ([["p1"], "p2"], ValueError, r"\[1\] must be a list of ids, as others .* got 'p2'"),
    "text": ("p1", TypeError, "must be a list, got 'p1'. Cure: ids, for all users"),
    "a number": (5, TypeError, "must be a list, got 5"),
    "a hole": (["p1", None], ValueError, r"\[1\] is None, and no id.*Cure: leave it out"),
    "floats": ([1.0], ValueError, r"\[0\] is 1.0, and no id"),
    "a dict": ({0: ["p1"]}, TypeError, "must be a list, got {0: "),
    "a table": (pd.DataFrame({"item_id": ["p1"]}), TypeError, r"got a DataFrame. Cure: log\['item"),
}  # fmt: skip


@pytest.mark.parametrize("name", ["among", "without"])
@pytest.mark.parametrize("case", BAD_CHOICES)
def test_a_choice_that_makes_no_sense_is_refused(case, name):
    choice, error, message = BAD_CHOICES[case]
    for call in (
        lambda: model().recommend(LOG, 1, **{name: choice}),
        lambda: model().recommend_frame(LOG, 1, **{name: choice}),
        lambda: model().recommend_next([[]] * 7, 1, **{name: choice}),
    ):
        with pytest.raises(error, match=message):
            call()


def test_the_cures_for_too_short_a_list_work():
    for options, cures in (
        ({"among": ["p1", "p2"]}, [{"top_k": 2}, {"among": None}]),
        ({"without": ITEMS[2:]}, [{"top_k": 2}, {"without": None}]),
        ({"exclude_seen": True, "top_k": 10}, [{"exclude_seen": False}]),
    ):
        options = {"top_k": 3} | options
        with pytest.raises(ValueError, match="recommend_frame, which gives such a user fewer"):
            model().recommend(LOG, **options)
        model().recommend_frame(LOG, **options)
        for cure in cures:
            model().recommend(LOG, **options | cure)


TEXT = ["p3", "p5"]
BAD_HISTORIES = {
    "one history": (TEXT, ValueError, r"\[0\] must be a list of ids, got 'p3'. Cure: \[history\]"),
    "numbers": ([3, 5], ValueError, r"\[0\] must be a list of ids, got 3. Cure: \[history\]"),
    "an array": (np.array([3, 5]), ValueError, r"\[0\] must be a list of ids, got .*3"),
    "a column": (pd.Series(TEXT), ValueError, r"\[0\] must be a list of ids, got 'p3'"),
    "one among others": ([TEXT, "p3"], ValueError, r"\[1\] must be a list of ids, got 'p3'"),
    "text": ("p3", TypeError, "histories must be a list, got 'p3'"),
    "nothing": (None, TypeError, "histories must be a list, got None"),
    "a hole": ([TEXT, None], ValueError, r"\[1\] must .*, got None. Cure: .*\[\] for somebody"),
    "a hole in one": ([TEXT, ["p3", None]], ValueError, r"histories\[1\]\[1\] is None, and no id"),
    "floats": ([[3.0]], ValueError, r"histories\[0\]\[0\] is 3.0, and no id: .* Cure: 3"),
    "half": ([[3.5]], ValueError, r"histories\[0\]\[0\] is 3.5, and no id: .* Cure: leave it out"),
    "negative": ([[-1]], ValueError, r"histories\[0\]\[0\] is -1, and no id"),
    "true": ([[True]], ValueError, r"histories\[0\]\[0\] is True, and no id"),
    "mixed": ([["p3"], [5]], ValueError, r"holds integers, 5 at histories\[1\]\[0\], but .* str\("),
    "too deep": ([[["p3"]]], ValueError, r"histories\[0\]\[0\] is \['p3'\], and no id"),
    "a tensor": (torch.tensor([[3, 5]]), TypeError, r"got a Tensor. Cure: .tolist\(\)"),
    "tensors": ([torch.tensor([3, 5])], ValueError, r"\[0\] must .* got a Tensor. Cure: .tolist"),
    "a log": (LOG, TypeError, "got a DataFrame. Cure: .*`recommend`"),
    "a set": ([{"p3", "p5"}], ValueError, r"histories\[0\] must be a list of ids, got {"),
    "a dict": ({0: TEXT}, TypeError, "histories must be a list, got {0"),
}  # fmt: skip


@pytest.mark.parametrize("case", BAD_HISTORIES)
def test_what_is_no_list_of_histories_is_refused(case):
    histories, error, message = BAD_HISTORIES[case]
    with pytest.raises(error, match=message):
        model().recommend_next(histories, 2)


def test_the_cures_of_histories_work():
    expected = model().recommend_next([TEXT], 2)
    with pytest.raises(ValueError, match=re.escape("Cure: [history]")):
        model().recommend_next(TEXT, 2)
    numbers = small_recommender().fit(pure_noise(7, 6, 10))
    tensor = torch.tensor([[3, 5], [5, 3]])
    np.testing.assert_array_equal(
        numbers.recommend_next(tensor.tolist(), 2), numbers.recommend_next([[3, 5], [5, 3]], 2)
    )
    with pytest.raises(ValueError, match=r"holds text, '3' at .*Cure: int\(item\) for each"):
        numbers.recommend_next([["3"]], 2)
    for history in (np.array(TEXT), pd.Series(TEXT, index=[7, 9]), tuple(TEXT), pd.Index(TEXT)):
        np.testing.assert_array_equal(model().recommend_next([history], 2), expected)
    for history in (np.array([3, 5], np.uint64), pd.Series([3, 5], dtype="UInt8")):
        np.testing.assert_array_equal(
            numbers.recommend_next([history], 2), numbers.recommend_next([[3, 5]], 2)
        )
