"""Each target has just the events before it as its history, and no event of a test is lost."""

import re

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from seqrec.data import ItemIndex, leave_last_two_out, newest, split_by_time
from seqrec.data.splits import Split, split_sessions_by_time
from seqrec.data.targets import TARGETS, ask
from tests.seqrec.data.reference import histories_by_user, logs, text_items, tried


def ask_by_loop(known, test, items, targets):
    """[(user, history, target, row of test)]: one user after the other, one event at a time."""
    both = pd.concat([known, test])
    names = both["item_id"].tolist()
    questions = []
    for user, rows in histories_by_user(both).items():
        own = []
        for place, row in enumerate(rows):
            if row < len(known):
                continue
            history = [names[old] for old in rows[:place] if names[old] in items]
            target = names[row] if names[row] in items else None
            own.append((user, history, target, row - len(known)))
        questions += own if targets == "successive" else own[-1:]
    return questions


def told(asked, index):
    """The same of what `ask` returned."""
    items = index.item_ids_.tolist()
    past = asked.past
    return [
        (
            user,
            [items[item - 1] for item in past.items[start:end]],
            items[target - 1] if target else None,
            row,
        )
        for user, start, end, target, row in zip(
            past.user_ids, past.starts, past.ends, asked.items, asked.rows.tolist(), strict=True
        )
    ]


@st.composite
def splits(draw):
    """A Split of a log without events that it holds twice, and the items that a model knows."""
    log = draw(logs() | logs(items=text_items))
    log = log.drop_duplicates(["user_id", "item_id", "timestamp"])
    moments = sorted(set(log["timestamp"].tolist()))
    if draw(st.booleans()) and len(moments) > 2:
        where = st.lists(st.sampled_from(moments[1:]), min_size=2, max_size=2, unique=True)
        split = split_by_time(log, *sorted(draw(where)))
    else:
        split = leave_last_two_out(log)
    items = sorted(set(log["item_id"].tolist()))
    return split, draw(st.lists(st.sampled_from(items), min_size=1, unique=True))


@tried
@given(splits(), st.sampled_from(TARGETS))
def test_questions_are_those_of_the_plain_loop(case, targets):
    split, items = case
    if len(split.test) == 0:
        return
    index = ItemIndex().fit(items)
    asked = ask(split.known, split.test, index, targets=targets)
    expected = ask_by_loop(split.known, split.test, set(items), targets)
    assert told(asked, index) == expected
    assert asked.is_repeat.tolist() == repeats_by_loop(split, expected)


def repeats_by_loop(split, expected):
    """Whether the user has had the target before, known to the model or not."""
    both = pd.concat([split.known, split.test])
    names = both["item_id"].tolist()
    of_user = histories_by_user(both)
    repeats = []
    for user, _, _, row in expected:
        rows = of_user[user]
        place = rows.index(row + len(split.known))
        repeats.append(names[rows[place]] in {names[old] for old in rows[:place]})
    return repeats


def test_two_items_that_the_model_does_not_know_are_not_a_repeat():
    log = pd.DataFrame({"user_id": 1, "item_id": [5, 6, 7, 6], "timestamp": [1, 2, 3, 4]})
    asked = ask(log[:1], log[1:], ItemIndex().fit([5]))
    assert asked.items.tolist() == [0, 0, 0]
    assert asked.is_repeat.tolist() == [False, False, True]


@tried
@given(splits(), st.sampled_from(TARGETS))
def test_counts_add_up_to_all_events_of_the_test(case, targets):
    split, items = case
    if len(split.test) == 0:
        return
    asked = ask(split.known, split.test, ItemIndex().fit(items), targets=targets)
    counts = asked.counts()
    parts = ("not_asked", "unknown_item", "without_history", "with_history")
    assert sum(counts[part] for part in parts) == counts["events"] == len(split.test)
    assert counts["repeats"] <= counts["without_history"] + counts["with_history"]
    known, users = set(split.known["user_id"].tolist()), set(split.test["user_id"].tolist())
    assert (counts["users"], counts["new_users"]) == (len(users), len(users - known))
    assert counts["users_judged"] <= counts["users"]


@tried
@given(splits(), st.sampled_from(TARGETS))
def test_no_history_holds_its_target_or_anything_later(case, targets):
    split, items = case
    if len(split.test) == 0:
        return
    asked = ask(split.known, split.test, ItemIndex().fit(items), targets=targets)
    both = pd.concat([split.known, split.test], ignore_index=True)
    assert never_travels_in_time(asked, both, len(split.known))


def never_travels_in_time(asked, both, n_known):
    """Whether what was read for each question is the user's own and not later than the target."""
    for user, start, end, row in zip(
        asked.past.user_ids, asked.past.starts, asked.past.ends, asked.rows, strict=True
    ):
        target = row + n_known
        read = both.iloc[asked.past.rows[start:end]]
        own = (read["user_id"] == user).all()
        in_time = (read["timestamp"] <= both["timestamp"].iloc[target]).all()
        if not (own and in_time) or target in asked.past.rows[start:end]:
            return False
    return True


def test_a_history_that_is_one_event_too_long_is_found():
    log = pd.DataFrame({"user_id": 1, "item_id": [1, 2, 3], "timestamp": [1, 2, 3]})
    asked = ask(log[:1], log[1:], ItemIndex().fit([1, 2, 3]))
    assert never_travels_in_time(asked, log, 1)
    too_long = asked._replace(past=asked.past._replace(ends=asked.past.ends + 1))
    assert not never_travels_in_time(too_long, log, 1)


@tried
@given(splits(), st.randoms(use_true_random=False), st.sampled_from(TARGETS))
def test_the_order_of_rows_means_nothing_where_no_times_tie(case, random, targets):
    split, items = case
    both = pd.concat([split.known, split.test])
    if len(split.test) == 0 or both.duplicated(["user_id", "timestamp"]).any():
        return
    index = ItemIndex().fit(items)

    def mixed(part):
        return part.iloc[random.sample(range(len(part)), len(part))]

    plain = told(ask(split.known, split.test, index, targets=targets), index)
    other = told(ask(mixed(split.known), mixed(split.test), index, targets=targets), index)
    assert [question[:3] for question in other] == [question[:3] for question in plain]


LOG = pd.DataFrame(
    {
        "user_id": [1, 1, 1, 1, 2, 2],
        "item_id": [5, 6, 5, 9, 6, 5],
        "timestamp": [1, 2, 3, 4, 3, 4],
    }
)


def test_the_history_grows_with_the_test_and_an_item_that_is_unknown_leaves_it():
    index = ItemIndex().fit([5, 6])
    asked = ask(LOG[:1], LOG[1:], index)
    assert told(asked, index) == [
        (1, [5], 6, 0),
        (1, [5, 6], 5, 1),
        (1, [5, 6, 5], None, 2),
        (2, [], 6, 3),
        (2, [6], 5, 4),
    ]
    assert newest(asked.past, 2).tolist() == [[0, 1], [1, 2], [2, 1], [0, 0], [0, 2]]
    assert asked.counts() == {
        "events": 5,
        "not_asked": 0,
        "unknown_item": 1,
        "without_history": 1,
        "with_history": 3,
        "repeats": 1,
        "users": 2,
        "users_judged": 2,
        "new_users": 1,
    }
    judged = asked.where(asked.is_judged & asked.has_history)
    assert told(judged, index) == [(1, [5], 6, 0), (1, [5, 6], 5, 1), (2, [6], 5, 4)]


def test_a_user_of_whom_nothing_can_be_read_is_no_new_one():
    asked = ask(LOG[:1], LOG[1:2], ItemIndex().fit([6]))
    assert not asked.has_history.any() and asked.is_known_user.all()
    assert asked.counts()["new_users"] == 0


def test_an_event_below_positive_from_is_history_and_no_target():
    log = LOG.assign(outcome=[1.0, 0.0, 1.0, 1.0, 1.0, 0.0])
    index = ItemIndex().fit([5, 6, 9])
    asked = ask(log[:1], log[1:], index, positive_from=0.5)
    assert [(history, target) for _, history, target, _ in told(asked, index)] == [
        ([5, 6], 5),
        ([5, 6, 5], 9),
        ([], 6),
    ]
    last = ask(log[:1], log[1:], index, targets="last", positive_from=0.5)
    assert last.rows.tolist() == [2, 3]
    assert last.counts()["not_asked"] == 3


def test_a_test_that_is_known_already_is_refused():
    index = ItemIndex().fit([5, 6, 9])
    with pytest.raises(ValueError, match=re.escape("5 of 5 events (same user, item and time)")):
        ask(LOG, LOG[1:], index)
    with pytest.raises(ValueError, match="test, user 1: the event at 2 must be later .* one at 3"):
        ask(LOG[2:], LOG[:2], index)


@pytest.mark.parametrize(
    ("change", "problem"),
    [
        ({"targets": "first"}, "targets must be 'successive' or 'last', got 'first'"),
        ({"targets": 3}, "targets must be"),
        ({"positive_from": "1"}, "positive_from must be a finite number or None, got '1'"),
        ({"known": LOG.assign(user_id=["a"] * 6)}, "known and test, taken together"),
        ({"positive_from": "1", "test": LOG[1:]}, "positive_from must be a finite number or None"),
        (
            {"test": LOG.assign(timestamp=pd.to_datetime(LOG["timestamp"]))},
            "known and test, .* times of one kind, got numbers and datetimes without a zone",
        ),
        ({"index": ItemIndex().fit(["a"])}, "column 'item_id' holds integers"),
        ({"index": ItemIndex()}, "this ItemIndex knows no items yet. Cure: call fit first"),
    ],
)
def test_what_does_not_go_together_is_refused(change, problem):
    log = LOG.assign(outcome=1.0)
    given = {"known": log[:1], "test": log[1:], "index": ItemIndex().fit([5])} | change
    with pytest.raises(ValueError, match=problem):
        ask(**given)


@pytest.mark.parametrize("index", [None, [5, 6], {"a": 1}])
def test_what_is_no_index_of_items_is_refused(index):
    with pytest.raises(TypeError, match="index must be an ItemIndex, got .* Cure: item_index_ of"):
        ask(LOG[:1], LOG[1:], index)


def test_a_session_goes_as_a_whole_where_it_ends():
    log = pd.DataFrame(
        {
            "user_id": [1, 1, 1, 2, 2, 2],
            "item_id": [1, 2, 3, 4, 5, 6],
            "timestamp": [1, 6, 7, 2, 3, 9],
            "session_id": [1, 2, 2, 1, 1, 2],
        },
        index=[0, 0, 1, 1, 2, 2],
    )
    split = split_sessions_by_time(log, 5, 8)
    assert [part["item_id"].tolist() for part in split] == [[1, 4, 5], [2, 3], [6]]
    assert [part["item_id"].tolist() for part in split_sessions_by_time(log, 3, 7)] == [
        [1],
        [4, 5],
        [2, 3, 6],
    ]


@tried
@given(logs(), st.data())
def test_no_session_is_cut_in_two_and_nothing_in_training_is_late(log, data):
    moments = sorted(set(log["timestamp"].tolist()))
    if "session_id" not in log or len(moments) < 3:
        return
    where = st.lists(st.sampled_from(moments[1:]), min_size=2, max_size=2, unique=True)
    valid_from, test_from = sorted(data.draw(where))
    log = log.set_axis(np.arange(len(log)))
    try:
        split = split_sessions_by_time(log, valid_from, test_from)
    except ValueError as error:
        assert "is empty" in str(error)
        return
    assert pd.concat(split).sort_index().equals(log)
    assert all(time < valid_from for time in split.train["timestamp"])
    assert all(time < test_from for time in split.valid["timestamp"])
    sessions = [set(zip(part["user_id"], part["session_id"], strict=True)) for part in split]
    assert sum(map(len, sessions)) == len(set.union(*sessions))


def test_sessions_are_needed_to_split_by_them():
    with pytest.raises(ValueError, match="must have a column 'session_id', got only .'user_id'"):
        split_sessions_by_time(LOG, 2, 3)


def test_known_is_all_but_the_test():
    split = Split(LOG[:2], LOG[2:3], LOG[3:])
    assert split.known.equals(LOG[:3])


@pytest.mark.parametrize(
    "moment", [10**400, 1j, 10**5000, "9" * 5000], ids=["int", "complex", "long int", "text"]
)
def test_a_moment_that_is_no_number_is_refused_in_few_words(moment):
    with pytest.raises(ValueError, match="test_from must be a finite number") as error:
        split_by_time(LOG, 2, moment)
    assert len(str(error.value)) <= 600


def dated(log, zone=None):
    """The log with dates of a zone, or of none, instead of numbers."""
    dates = pd.to_datetime(log["timestamp"], unit="s")
    return log.assign(timestamp=dates if zone is None else dates.dt.tz_localize(zone))


def in_utc(log):
    return log.assign(timestamp=log["timestamp"].dt.tz_convert("UTC"))


SESSIONS = LOG.assign(session_id=[1, 1, 2, 3, 1, 1])
# Words of an error, the call that is refused, and what they say to do.
CURES = [
    (
        "the earlier one as valid_from",
        lambda: split_by_time(LOG, 4, 3),
        lambda: split_by_time(LOG, 3, 4),
    ),
    (
        "a moment of that kind",
        lambda: split_by_time(LOG, "3", 4),
        lambda: split_by_time(LOG, 3, 4),
    ),
    (
        "moments inside the log, in the same unit",
        lambda: split_sessions_by_time(SESSIONS, 3_000, 4_000),
        lambda: split_sessions_by_time(SESSIONS, 3, 4),
    ),
    (
        "add sessions, or split_by_time",
        lambda: split_sessions_by_time(LOG, 3, 4),
        lambda: [split_sessions_by_time(SESSIONS, 3, 4), split_by_time(LOG, 3, 4)],
    ),
    (
        "one of the two",
        lambda: ask(LOG[:1], LOG[1:], ItemIndex().fit([5]), targets="all"),
        lambda: [ask(LOG[:1], LOG[1:], ItemIndex().fit([5]), targets=which) for which in TARGETS],
    ),
    (
        "positive_from=None",
        lambda: ask(LOG[:1], LOG[1:].assign(outcome=1.0), ItemIndex().fit([5]), positive_from="1"),
        lambda: ask(LOG[:1], LOG[1:].assign(outcome=1.0), ItemIndex().fit([5]), positive_from=None),
    ),
    (
        "pd.to_datetime(..., unit='s'), or what they count",
        lambda: ask(LOG[:1], dated(LOG[1:]), ItemIndex().fit([5])),
        lambda: ask(dated(LOG[:1]), dated(LOG[1:]), ItemIndex().fit([5])),
    ),
    (
        ".dt.tz_localize('UTC'), or where the log is from",
        lambda: ask(dated(LOG[:1]), dated(LOG[1:], "UTC"), ItemIndex().fit([5])),
        lambda: ask(dated(LOG[:1], "UTC"), dated(LOG[1:], "UTC"), ItemIndex().fit([5])),
    ),
    (
        ".dt.tz_convert('UTC') on both columns",
        lambda: ask(dated(LOG[:1], "Asia/Tokyo"), dated(LOG[1:], "UTC"), ItemIndex().fit([5])),
        lambda: ask(
            in_utc(dated(LOG[:1], "Asia/Tokyo")), dated(LOG[1:], "UTC"), ItemIndex().fit([5])
        ),
    ),
    (
        "known=, a log of what came before",
        lambda: ask(LOG[2:], LOG[:2], ItemIndex().fit([5])),
        lambda: ask(LOG[:2], LOG[2:], ItemIndex().fit([5])),
    ),
    (
        "known=, a log without them; if the log holds events twice, drop_duplicates before",
        lambda: ask(LOG, LOG[4:], ItemIndex().fit([5])),
        lambda: ask(LOG[:4], LOG[4:], ItemIndex().fit([5])),
    ),
]


@pytest.mark.parametrize(("cure", "wrong", "mended"), CURES, ids=[cure[0][:30] for cure in CURES])
def test_what_an_error_says_to_do_makes_it_go_away(cure, wrong, mended):
    with pytest.raises(ValueError, match=re.escape(f"Cure: {cure}")) as error:
        wrong()
    assert len(str(error.value)) <= 600
    mended()


def test_a_log_that_holds_events_twice_is_asked_about_once_they_are_dropped():
    twice = pd.concat([LOG[:4], LOG[3:4]])
    split = leave_last_two_out(twice)
    with pytest.raises(ValueError, match="drop_duplicates before it is split"):
        ask(split.known, split.test, ItemIndex().fit([5, 6, 9]))
    split = leave_last_two_out(twice.drop_duplicates())
    assert len(ask(split.known, split.test, ItemIndex().fit([5, 6, 9])).items) == 1
