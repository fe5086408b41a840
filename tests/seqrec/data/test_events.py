"""A log as models read it, against loops."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from seqrec.data import (
    ItemIndex,
    leave_last_two_out,
    newest,
    pieces,
    read_events,
    sliding_windows,
    windows,
)
from seqrec.data.events import with_held_out
from tests.seqrec.recommender.shops import going_round, plain_histories

LOGS = st.lists(
    st.tuples(st.integers(0, 4), st.integers(1, 9), st.integers(0, 6)), min_size=1, max_size=40
).map(
    lambda rows: pd.DataFrame(rows, columns=["user_id", "item_id", "timestamp"])  # times tie often
)
INDEX = ItemIndex().fit(range(1, 10))  # item j has number j


def unpadded(rows):
    return [row[row > 0].tolist() for row in rows]


@given(LOGS, st.integers(1, 6))
def test_serving_reads_the_newest_items_of_each_user_in_order_of_first_appearance(log, max_len):
    events, n_unknown = read_events(log, INDEX)
    expected = plain_histories(log, max_len)
    read = newest(events, max_len)
    assert events.user_ids.tolist() == list(expected) and n_unknown == 0
    assert unpadded(read) == list(expected.values())
    assert all(
        (row[: max_len - len(items)] == 0).all()
        for row, items in zip(read, expected.values(), strict=True)
    )
    np.testing.assert_array_equal(newest(events, max_len, slice(1, 3)), read[1:3])


@given(LOGS)
def test_each_event_knows_its_row(log):
    events, _ = read_events(log, INDEX)
    assert log["item_id"].to_numpy()[events.rows].tolist() == events.items.tolist()
    assert sorted(events.rows) == list(range(len(log)))


@given(LOGS, st.data())
def test_each_event_keeps_its_own_outcome_where_outcomes_are_read(log, data):
    """Sorted, with an item that the index lacks, and after a choice: row by row."""
    log = log.assign(outcome=np.arange(len(log)) / 8)
    events, _ = read_events(log, ItemIndex().fit(range(1, 9)), with_outcomes=True)
    n = len(events.items)
    is_kept = np.array(data.draw(st.lists(st.booleans(), min_size=n, max_size=n)), bool)
    for some in (events, events.where(is_kept)):
        np.testing.assert_array_equal(some.outcomes, log["outcome"].to_numpy()[some.rows])
    assert read_events(log, INDEX)[0].outcomes is None


@given(LOGS, st.integers(1, 6), st.booleans())
def test_pieces_overlap_by_one_item_and_hold_every_event_unless_only_the_newest_is_asked_for(
    log, max_len, whole
):
    events, _ = read_events(log, INDEX)
    expected = []
    for items in plain_histories(log, 10**6).values():
        end = len(items)
        while end > 1:
            expected.append(items[max(0, end - max_len - 1) : end])
            end = end - max_len if whole else 0
    assert unpadded(pieces(events, max_len, whole=whole)) == expected
    if whole:
        n_users_with_events = log["user_id"].nunique()
        assert sum(len(piece) - 1 for piece in expected) == len(log) - n_users_with_events


@given(LOGS, st.integers(1, 6))
def test_windows_are_those_of_chapter_02(log, max_len):
    """Which stand in the order of user ids; so the log is sorted by user first."""
    log = log.sort_values("user_id", kind="stable", ignore_index=True)
    events, _ = read_events(log, INDEX)
    for got, expected in zip(windows(events, max_len), sliding_windows(log, max_len), strict=True):
        np.testing.assert_array_equal(got, expected)


@given(LOGS, st.integers(1, 6))
def test_the_newest_windows_have_the_targets_of_the_newest_pieces(log, max_len):
    events, _ = read_events(log, INDEX)
    _, targets = windows(events, max_len, whole=False)
    assert targets.tolist() == sum(
        (piece[1:] for piece in unpadded(pieces(events, max_len, whole=False))), []
    )


@given(LOGS)
def test_unknown_items_are_counted_and_their_users_stay(log):
    index = ItemIndex().fit(range(1, 6))
    events, n_unknown = read_events(log, index)
    known = log[log["item_id"] <= 5]
    assert (
        n_unknown == len(log) - len(known)
        and events.user_ids.tolist() == log["user_id"].unique().tolist()
    )
    expected = plain_histories(known, 99)
    assert unpadded(newest(events, 99)) == [expected.get(user, []) for user in events.user_ids]


def test_events_of_a_low_outcome_are_history_but_no_targets_if_asked():
    log = pd.DataFrame(
        {"user_id": 1, "item_id": [5, 4, 3], "timestamp": [3, 2, 1], "outcome": [1.0, 0.0, 0.5]}
    )
    chosen, _ = read_events(log, INDEX, positive_from=0.5)
    assert chosen.items.tolist() == [3, 4, 5] and chosen.is_target.tolist() == [True, False, True]
    histories, targets = windows(chosen, 3)
    assert unpadded(histories) == [[3, 4]] and targets.tolist() == [5]
    assert pieces(chosen, 3, whole=True, values=chosen.is_target).tolist() == [
        [False, True, False, True]
    ]
    assert read_events(log, INDEX)[0].is_target.all()
    assert read_events(log.drop(columns="outcome"), INDEX, positive_from=0.5)[0].is_target.all()


def test_held_out_events_stand_behind_the_others_whatever_columns_they_bring():
    split = leave_last_two_out(going_round())
    both = with_held_out(split.train.assign(session_id=3), split.valid.assign(note="x"))
    assert list(both) == ["user_id", "item_id", "timestamp", "outcome"]
    pd.testing.assert_frame_equal(
        both[: len(split.train)], split.train.reset_index(drop=True)[list(both)]
    )


def test_an_event_in_both_logs_is_a_leak_even_if_rows_were_numbered_anew():
    log = going_round()
    split = leave_last_two_out(log)
    with pytest.raises(
        ValueError,
        match="40 of 40 valid_interactions .* are in interactions too.*leave_last_two_out",
    ):
        with_held_out(log.reset_index(drop=True), split.valid.reset_index(drop=True))
    one = split.valid.iloc[[7]]
    with pytest.raises(ValueError, match="1 of 40 valid_interactions"):
        with_held_out(pd.concat([split.train, one]), split.valid)
