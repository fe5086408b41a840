"""Odd logs by the thousand: each function says what a slow plain program says, or refuses."""

from decimal import Decimal
from itertools import pairwise

import numpy as np
import pandas as pd
import pytest

from seqrec.baselines import MarkovChain
from seqrec.data import (
    ItemIndex,
    build_sequences,
    describe_events,
    k_core,
    leave_last_two_out,
    read_events,
    sliding_windows,
    validate_interactions,
)
from tests.fuzz.fuzzing import refusal, rounds
from tests.fuzz.odd_logs import draw_log

#: One of these is in every refusal.
NAMES = ("user_id", "item_id", "timestamp", "outcome", "session_id", "interactions", "the log")


def identity(value):
    """What an id is: a number, or its text. UUIDs are their text, decimals their number."""
    is_number = isinstance(value, (int, np.integer, Decimal))
    return int(value) if is_number else str(value)


def moment(value):
    """A time as Python compares it, exactly."""
    if isinstance(value, (int, np.integer)):
        return int(value)
    if isinstance(value, (float, np.floating)):
        return float(value)
    return pd.Timestamp(value)


def rows_in_order(log):
    """{user: row numbers, oldest first, ties in the order of the log}, users ascending."""
    users = [identity(user) for user in log["user_id"].to_numpy(object)]
    times = [moment(time) for time in log["timestamp"].to_numpy(object)]
    rows = {}
    for row in sorted(range(len(log)), key=lambda row: times[row]):
        rows.setdefault(users[row], []).append(row)
    return {user: rows[user] for user in sorted(rows)}


def seconds_between(earlier, later):
    if isinstance(later, (int, float)):
        return float(later) - float(earlier)
    return (later - earlier).total_seconds()


def ids_of(column):
    return [identity(value) for value in column.to_numpy(object)]


def read_checked(log):
    checked = validate_interactions(log)
    return read_events(checked, ItemIndex().fit(checked["item_id"]), ascending=True)


def check_sequences(log, table):
    items = ids_of(log["item_id"])
    expected = rows_in_order(log)
    assert ids_of(table["user_id"]) == list(expected)
    for found, rows in zip(table["item_sequence"], expected.values(), strict=True):
        assert [identity(item) for item in found] == [items[row] for row in rows[-3:]]
    if "outcome" in log:
        outcomes = [float(value) for value in log["outcome"].to_numpy(object)]
        for found, rows in zip(table["outcome_sequence"], expected.values(), strict=True):
            assert list(found) == [outcomes[row] for row in rows[-3:]]


def check_windows(log, windows):
    items = ids_of(log["item_id"])
    expected = []
    for rows in rows_in_order(log).values():
        mine = [items[row] for row in rows]
        expected += [([0, 0, *mine[:place]][-2:], mine[place]) for place in range(1, len(mine))]
    histories, targets = windows
    assert list(zip(histories.tolist(), targets.tolist(), strict=True)) == expected


def check_split(log, split):
    part = np.zeros(len(log), int)
    for rows in rows_in_order(log).values():
        if len(rows) > 2:
            part[rows[-2]] = 1
            part[rows[-1]] = 2
    for number, found in enumerate(split):
        same_rows(found, log, np.flatnonzero(part == number))


def check_core(log, core):
    users = ids_of(log["user_id"])
    items = ids_of(log["item_id"])
    rows = list(range(len(log)))
    while True:
        kept = [
            row for row in rows
            if sum(users[other] == users[row] for other in rows) > 1
            and sum(items[other] == items[row] for other in rows) > 1
        ]  # fmt: skip
        if kept == rows:
            break
        rows = kept
    same_rows(core, log, rows)


def same_rows(found, log, rows):
    assert list(found.index) == list(log.index[rows])
    for name in ("user_id", "item_id", "timestamp"):
        assert list(found[name]) == list(log[name].iloc[rows])


def check_events(log, answer):
    events, n_unknown = answer
    items = ids_of(log["item_id"])
    number = {item: place for place, item in enumerate(sorted(set(items)), start=1)}
    expected = rows_in_order(log)
    assert n_unknown == 0 and [identity(user) for user in events.user_ids] == list(expected)
    for rows, start, end in zip(expected.values(), events.starts, events.ends, strict=True):
        assert events.rows[start:end].tolist() == rows
        assert events.items[start:end].tolist() == [number[items[row]] for row in rows]


def check_description(log, table):
    sessions = ids_of(log["session_id"])
    places = np.zeros(len(log))
    for rows in rows_in_order(log).values():
        place = 0
        for before, row in zip([None, *rows], rows, strict=False):
            place = place + 1 if before is not None and sessions[before] == sessions[row] else 1
            places[row] = place
    np.testing.assert_allclose(table["click_of_session"], np.log(places))
    minutes = np.zeros(len(log))
    times = [moment(time) for time in log["timestamp"].to_numpy(object)]
    for rows in rows_in_order(log).values():
        for before, row in pairwise(rows):
            minutes[row] = seconds_between(times[before], times[row]) / 60
    np.testing.assert_allclose(table["pause"], np.log1p(minutes), rtol=1e-6, atol=1e-6)


def check_counts(log, model):
    items = ids_of(log["item_id"])
    shares = [items.count(item) / len(items) for item in range(5)]
    np.testing.assert_allclose(model.probabilities_, shares)
    lists = [[items[row] for row in rows] for rows in rows_in_order(log).values()]
    pairs = [pair for mine in lists for pair in pairwise(mine)]
    found = zip(*model.followers_.entries_of(np.arange(5)), strict=True)
    assert {(int(a), int(b)): n for a, b, n in found} == {p: pairs.count(p) for p in pairs}


FUNCTIONS = {
    "build_sequences": (lambda log: build_sequences(log, 2), check_sequences),
    "sliding_windows": (lambda log: sliding_windows(log, 2), check_windows),
    "leave_last_two_out": (leave_last_two_out, check_split),
    "k_core": (lambda log: k_core(log, users=2, items=2), check_core),
    "read_events": (read_checked, check_events),
    "describe_events": (lambda log: describe_events(validate_interactions(log)), check_description),
    "MarkovChain": (lambda log: MarkovChain(4).fit(log), check_counts),
}


@pytest.mark.filterwarnings("ignore")
def test_an_odd_log_is_understood_as_it_stands_or_refused_by_name():
    accepted = dict.fromkeys(FUNCTIONS, 0)
    for rng in rounds(3000):
        log = draw_log(rng)
        for name, (function, check) in FUNCTIONS.items():
            result, refused = refusal(lambda: function(log), *NAMES)  # noqa: B023
            if refused is None:
                check(log, result)
                accepted[name] += 1
    # Else nothing was compared.
    assert min(accepted.values()) > 100, accepted
