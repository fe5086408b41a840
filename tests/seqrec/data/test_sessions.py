"""Histories by sessions, against loops; and no number of a click knows of a later one."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from seqrec.data import (
    ItemIndex,
    by_session,
    describe_events,
    newest_session,
    opening_shares,
    pieces,
    read_events,
)

EVENT = st.tuples(st.integers(0, 3), st.integers(1, 6), st.booleans(), st.integers(0, 2000))


def as_log(rows):
    """A shuffled log; rows are (user, item, whether a session begins, seconds since the last)."""
    log = pd.DataFrame(rows, columns=["user_id", "item_id", "begins", "pause"])
    log["timestamp"] = log["pause"].cumsum() + np.arange(len(log))
    log["session_id"] = 100 * log["user_id"] + log.groupby("user_id")["begins"].cumsum()
    log["outcome"] = log["item_id"] / 6
    return log.drop(columns=["begins", "pause"]).sample(frac=1, random_state=1)


LOGS = st.lists(EVENT, min_size=1, max_size=25).map(as_log)


def plain_pieces(log):
    """Each session and the click after it, if that is two clicks at least, in order."""
    rows = []
    for _, of_user in log.sort_values("timestamp").groupby("user_id"):
        items, sessions = of_user["item_id"].tolist(), of_user["session_id"].tolist()
        for session in dict.fromkeys(sessions):
            begin, n = sessions.index(session), sessions.count(session)
            rows.append(items[begin : begin + n + 1])
    return [row for row in rows if len(row) > 1]


@settings(max_examples=60)
@given(LOGS)
def test_a_session_comes_with_the_click_that_follows_it(log):
    events, _ = read_events(log, ItemIndex().fit(range(1, 7)), ascending=True)
    sessions = by_session(events, log["session_id"])
    rows = pieces(sessions, 25, whole=True)
    assert [row[row > 0].tolist() for row in rows] == plain_pieces(log)


@settings(max_examples=30)
@given(LOGS)
def test_every_click_but_a_users_first_is_predicted_once_as_from_whole_histories(log):
    events, _ = read_events(log, ItemIndex().fit(range(1, 7)), ascending=True)
    short, long = (
        pieces(of, 3, whole=True)[:, 1:] for of in (by_session(events, log["session_id"]), events)
    )
    read = pieces(by_session(events, log["session_id"]), 3, whole=True)[:, :-1] != 0
    read_long = pieces(events, 3, whole=True)[:, :-1] != 0
    np.testing.assert_array_equal(
        np.bincount(short[read], minlength=7), np.bincount(long[read_long], minlength=7)
    )


def test_the_newest_session_is_what_is_left():
    items = np.array([[0, 1, 2, 3, 4], [0, 0, 0, 5, 6], [1, 2, 3, 4, 5]])
    sessions = np.array([[0, 7, 7, 8, 8], [0, 0, 0, 9, 9], [1, 2, 3, 4, 5]])
    expected = [[0, 0, 0, 3, 4], [0, 0, 0, 5, 6], [0, 0, 0, 0, 5]]
    assert newest_session(items, sessions).tolist() == expected


@settings(max_examples=40)
@given(LOGS)
def test_descriptions_equal_a_loop_and_do_not_hang_on_what_comes_later(log):
    told = describe_events(log)
    assert told.index.equals(log.index)
    for user, of_user in log.sort_values("timestamp").groupby("user_id"):
        last_time, last_session, click = None, None, 0
        for row, event in of_user.iterrows():
            click = click + 1 if event["session_id"] == last_session else 1
            pause = 0.0 if last_time is None else (event["timestamp"] - last_time) / 60
            expected = [np.log1p(pause), np.log(click), event["outcome"]]
            np.testing.assert_allclose(told.loc[row].to_numpy(), expected, atol=1e-12)
            last_time, last_session = event["timestamp"], event["session_id"]
        earlier = log[(log["user_id"] != user) | (log["timestamp"] < last_time)]
        if len(earlier):
            pd.testing.assert_frame_equal(describe_events(earlier), told.loc[earlier.index])


def test_without_sessions_the_error_says_so():
    with pytest.raises(ValueError, match="no column 'session_id', only"):
        describe_events(pd.DataFrame({"user_id": [1], "item_id": [1], "timestamp": [0]}))


ROWS = st.lists(st.lists(st.integers(1, 3), max_size=5), min_size=1, max_size=6)


@given(ROWS)
def test_shares_of_opening_clicks_are_those_of_a_loop(rows):
    sessions = np.array([[0] * (5 - len(row)) + row for row in rows])
    for place, share in enumerate(opening_shares(sessions)):
        pairs = [tuple(row[-2 - place :][:2]) for row in rows if len(row) > place + 1]
        opens = [read != predicted for read, predicted in pairs]
        assert share == (np.mean(opens) if opens else 0)
