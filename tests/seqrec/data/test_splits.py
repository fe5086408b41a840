"""Splits share out the rows of a log: none twice, none lost, the later ones to the later part."""

import re

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from seqrec.data import leave_last_two_out, sliding_windows, split_by_time
from tests.seqrec.data.reference import histories_by_user, logs, text_items, tried


def assert_shares_out(split, log):
    """Each row of the log is in one part, unchanged and in log order."""
    together = pd.concat(split)
    assert sum(map(len, split)) == len(log)
    pd.testing.assert_frame_equal(together.loc[log.index], log)
    for part in split:
        assert part.index.equals(log.index[log.index.isin(part.index)])


@tried
@given(logs() | logs(items=text_items))
def test_the_last_event_is_tested_the_one_before_validated_and_short_users_are_trained_on(log):
    log = log.set_axis(np.arange(len(log)) + 1000)
    before = log.copy(deep=True)
    split = leave_last_two_out(log)
    assert_shares_out(split, log)
    expected, short = {"train": [], "valid": [], "test": []}, []
    for user, rows in histories_by_user(log).items():
        if len(rows) < 3:
            short.append(user)
            expected["train"] += rows
        else:
            expected["train"] += rows[:-2]
            expected["valid"].append(rows[-2])
            expected["test"].append(rows[-1])
    for name, rows in expected.items():
        assert getattr(split, name).index.tolist() == [1000 + row for row in sorted(rows)]
    assert split.users_without_test.tolist() == short
    pd.testing.assert_frame_equal(log, before)


def test_of_tied_events_the_one_further_down_in_the_log_is_tested():
    log = pd.DataFrame({"user_id": 1, "item_id": [5, 6, 7, 8], "timestamp": [9, 9, 9, 9]})
    train, valid, test = leave_last_two_out(log)
    assert (train["item_id"].tolist(), valid["item_id"].tolist(), test["item_id"].tolist()) == (
        [5, 6],
        [7],
        [8],
    )


def test_an_index_with_repeated_labels_loses_no_row():
    log = pd.DataFrame(
        {"user_id": [1, 1, 1, 2], "item_id": [5, 6, 7, 8], "timestamp": [1, 2, 3, 4]},
        index=[0, 0, 1, 1],
    )
    assert [part["item_id"].tolist() for part in leave_last_two_out(log)] == [[5, 8], [6], [7]]
    assert [part["item_id"].tolist() for part in split_by_time(log, 2, 4)] == [[5], [6, 7], [8]]


@tried
@given(logs(), st.data())
def test_a_split_by_time_puts_each_event_on_its_side_of_the_moments(log, data):
    moments = sorted(set(log["timestamp"].tolist()))
    if len(moments) < 3:
        return
    valid_from, test_from = sorted(
        data.draw(st.lists(st.sampled_from(moments[1:]), min_size=2, max_size=2, unique=True))
    )
    log = log.set_axis(np.arange(len(log)))
    split = split_by_time(log, valid_from, test_from)
    assert_shares_out(split, log)
    assert all(time < valid_from for time in split.train["timestamp"])
    assert all(valid_from <= time < test_from for time in split.valid["timestamp"])
    assert all(time >= test_from for time in split.test["timestamp"])


def test_no_target_of_a_later_part_is_in_a_training_window():
    rng = np.random.default_rng(0)
    log = pd.DataFrame(
        {
            "user_id": np.repeat(range(20), 6),
            "item_id": range(1, 121),
            "timestamp": rng.permutation(120),
        }
    )
    for split in (leave_last_two_out(log), split_by_time(log, 60, 90)):
        histories, targets = sliding_windows(split.train, 4)
        held_out = pd.concat([split.valid, split.test])["item_id"]  # each item is clicked once
        assert not np.isin(held_out, histories).any() and not np.isin(held_out, targets).any()


numbers = pd.DataFrame({"user_id": 1, "item_id": [1, 2, 3], "timestamp": [10, 20, 30]})
dates = numbers.assign(timestamp=pd.to_datetime(["2024-01-01", "2024-01-02", "2024-01-03"]))
zoned = dates.assign(timestamp=dates["timestamp"].dt.tz_localize("UTC"))


@pytest.mark.parametrize(
    ("log", "valid_from", "test_from", "problem"),
    [
        (numbers, 25, 15, "valid_from must be before test_from, got 25 and 15"),
        (numbers, 15, 15, "valid_from must be before test_from"),
        (numbers, 5, 15, "part 'train' is empty"),
        (numbers, 12, 15, "part 'valid' is empty"),
        (
            numbers,
            15,
            15_000,
            "part 'test' is empty: valid_from=15, test_from=15000, and the log runs from 10 to 30",
        ),
        (numbers, "15", 25, "valid_from must be a finite number"),
        (numbers, 15, np.nan, "test_from must be a finite number"),
        (numbers, True, 25, "valid_from must be a finite number"),
        (numbers, pd.Timestamp("2024-01-02"), 25, "valid_from must be a finite number"),
        (dates, "2024-01-02", pd.Timestamp("2024-01-03"), "valid_from must be a pd.Timestamp"),
        (dates, pd.Timestamp("2024-01-02"), pd.NaT, "test_from must be a pd.Timestamp"),
        (
            dates,
            pd.Timestamp("2024-01-02", tz="UTC"),
            pd.Timestamp("2024-01-03"),
            "valid_from must be a pd.Timestamp",
        ),
        (
            zoned,
            pd.Timestamp("2024-01-02"),
            pd.Timestamp("2024-01-03"),
            "valid_from must be a pd.Timestamp with a time zone",
        ),
    ],
)
def test_moments_that_do_not_fit_the_log_are_refused(log, valid_from, test_from, problem):
    with pytest.raises(ValueError, match=re.escape(problem)):
        split_by_time(log, valid_from, test_from)


@pytest.mark.parametrize("split", [leave_last_two_out, lambda log: split_by_time(log, 1, 2)])
def test_a_bad_log_is_refused_at_the_border(split):
    with pytest.raises(ValueError, match="column 'timestamp', row 0: '10' is text"):
        split(numbers.assign(timestamp=["10", "20", "30"]))
