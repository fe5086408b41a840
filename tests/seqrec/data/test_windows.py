"""Sequences and windows equal the plain loops, and leave their arguments alone."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from seqrec.data import build_sequences, pad_left, sliding_windows
from seqrec.data.chronology import chronological_order
from seqrec.data.sequences import numbered_windows
from tests.seqrec.data.reference import (
    logs,
    recent_by_loop,
    sliding_windows_by_loop,
    text_items,
    tried,
)

max_lens = st.integers(1, 8) | st.just(40)


def same_bits(a, b):
    return a.dtype == b.dtype and a.shape == b.shape and a.tobytes() == b.tobytes()


@tried
@given(logs(), max_lens)
def test_windows_equal_the_double_loop_bit_for_bit(log, max_len):
    before = log.copy(deep=True)
    got, expected = sliding_windows(log, max_len), sliding_windows_by_loop(log, max_len)
    assert same_bits(got[0], expected[0]) and same_bits(got[1], expected[1])
    pd.testing.assert_frame_equal(log, before)


@tried
@given(logs() | logs(items=text_items), max_lens)
def test_sequences_equal_the_plain_loop(log, max_len):
    before = log.copy(deep=True)
    sequences = build_sequences(log, max_len)
    assert list(sequences) == ["user_id", "item_sequence"] + ["outcome_sequence"] * (
        "outcome" in log
    )
    assert sequences["user_id"].dtype == log["user_id"].dtype
    for column, name in (("item_id", "item_sequence"), ("outcome", "outcome_sequence")):
        if name in sequences:
            got = [
                (user, part.tolist())
                for user, part in zip(sequences["user_id"], sequences[name], strict=True)
            ]
            assert got == recent_by_loop(log, column, max_len)
            assert {part.dtype for part in sequences[name]} == {log[column].to_numpy().dtype}
    pd.testing.assert_frame_equal(log, before)


numbers_of_any_type = st.sampled_from([np.int8, np.int64, np.uint8, np.uint64])


@tried
@given(
    st.data(), st.integers(1, 30), numbers_of_any_type, numbers_of_any_type | st.just(np.float64)
)
def test_the_order_is_that_of_a_stable_sort_whatever_the_size_of_the_numbers(
    data, n, user_type, time_type
):
    def column(dtype):
        if dtype is np.float64:
            values = st.sampled_from([0.0, -0.0, 0.1, -1e300, 1e300])
        else:
            low, high = int(np.iinfo(dtype).min), int(np.iinfo(dtype).max)
            values = st.sampled_from([low, low + 1, high // 2, high - 1, high])
        return np.array(data.draw(st.lists(values, min_size=n, max_size=n)), dtype)

    users, times = column(user_type), column(time_type)
    expected = np.lexsort((times, users))
    order = chronological_order(users, times)
    is_sorted = np.array_equal(expected, np.arange(n))
    assert (order is None) == is_sorted
    assert is_sorted or np.array_equal(order, expected)


@pytest.mark.parametrize("time_type", [np.int64, np.float64])
def test_ties_keep_the_order_of_the_log_in_a_log_too_long_for_an_insertion_sort(time_type):
    rng = np.random.default_rng(0)
    users, times = rng.integers(0, 9, 20_000), rng.integers(0, 4, 20_000).astype(time_type)
    expected = sorted(range(20_000), key=lambda row: (users[row], times[row]))
    assert chronological_order(users, times).tolist() == expected


def test_input_and_target_of_a_long_sequence_both_fill_max_len():
    log = pd.DataFrame({"user_id": 1, "item_id": [1, 2, 3, 4, 5], "timestamp": range(5)})
    (sequence,) = build_sequences(log, max_len=3)["item_sequence"]
    assert sequence[:-1].tolist() == [2, 3, 4] and sequence[1:].tolist() == [3, 4, 5]


def test_users_with_one_event_have_a_sequence_but_no_window():
    log = pd.DataFrame(
        {"user_id": [5, 3, 9, 3, 1], "item_id": [1, 2, 3, 4, 5], "timestamp": [0, 0, 0, 1, 0]}
    )
    assert [s.tolist() for s in build_sequences(log, 2)["item_sequence"]] == [[5], [2, 4], [1], [3]]
    histories, targets = sliding_windows(log, 2)
    assert histories.tolist() == [[0, 2]] and targets.tolist() == [4]
    histories, targets = sliding_windows(log.iloc[:1], 2)
    assert (
        histories.shape == (0, 2)
        and targets.shape == (0,)
        and histories.dtype == targets.dtype == np.int64
    )


@tried
@given(logs(), st.data())
def test_numbered_windows_are_those_of_numbers_by_the_sorted_catalogue(log, data):
    names = [f"item-{chr(97 + place)}" for place in range(12)]
    named = log.assign(item_id=[names[item % 12] for item in log["item_id"]])
    got = numbered_windows(named, data.draw(st.permutations(names)), 4)
    numbers = named["item_id"].map({name: place + 1 for place, name in enumerate(names)})
    expected = sliding_windows_by_loop(log.assign(item_id=numbers.astype("int64")), 4)
    assert same_bits(got[0], expected[0]) and same_bits(got[1], expected[1])


def test_numbered_windows_refuse_an_id_that_the_catalogue_does_not_have():
    log = pd.DataFrame({"user_id": 1, "item_id": ["mat", "toy"], "timestamp": [1, 2]})
    with pytest.raises(ValueError, match="'toy' is not among the 2 items"):
        numbered_windows(log, ["mat", "bowl"], 3)


@tried
@given(logs(), max_lens)
def test_results_share_no_memory_with_the_log(log, max_len):
    before = log.copy(deep=True)
    histories, targets = sliding_windows(log, max_len)
    histories[:], targets[:] = 1, 1
    for sequence in build_sequences(log, max_len)["item_sequence"]:
        sequence[:] = 1
    pd.testing.assert_frame_equal(log, before)


def test_a_log_on_read_only_arrays_is_fine():
    rng = np.random.default_rng(0)
    columns = {name: rng.integers(1, 5, 30) for name in ("user_id", "item_id", "timestamp")}
    for values in columns.values():
        values.setflags(write=False)
    log = pd.DataFrame(columns, copy=False)
    assert same_bits(sliding_windows(log, 3)[0], sliding_windows_by_loop(log, 3)[0])
    build_sequences(log, 3)


@pytest.mark.parametrize("dtype", ["Int64", "int64[pyarrow]"])
def test_nullable_columns_without_a_gap_count_as_what_they_hold(dtype):
    pytest.importorskip("pyarrow")
    log = pd.DataFrame({"user_id": [2, 1, 2], "item_id": [7, 8, 9], "timestamp": [5, 5, 4]})
    assert same_bits(sliding_windows(log.astype(dtype), 2)[0], sliding_windows(log, 2)[0])


@tried
@given(logs(items=text_items))
def test_windows_refuse_items_that_are_not_encoded(log):
    with pytest.raises(
        ValueError, match="column 'item_id', row 0: (?s:.*) is not an integer.*ItemIndex"
    ):
        sliding_windows(log, 3)


@tried
@given(logs(), st.data())
def test_windows_refuse_the_padding_id_as_an_item(log, data):
    row = data.draw(st.integers(0, len(log) - 1))
    items = log["item_id"].to_numpy().copy()
    items[row:] = 0
    with pytest.raises(
        ValueError, match=f"column 'item_id', row {row}: 0 is not a positive integer.*ItemIndex"
    ):
        sliding_windows(log.assign(item_id=items), 3)


@pytest.mark.parametrize("max_len", [0, -1, 2.0, "3", None, True])
@pytest.mark.parametrize("function", [build_sequences, sliding_windows, pad_left])
def test_a_max_len_that_is_no_positive_integer_is_refused(function, max_len):
    log = pd.DataFrame({"user_id": [1, 1], "item_id": [1, 2], "timestamp": [1, 2]})
    with pytest.raises(ValueError, match="max_len must be a whole number of 1 or more, got "):
        function([[1]] if function is pad_left else log, max_len)
    function([[1]] if function is pad_left else log, np.int32(2))


@tried
@given(st.lists(st.lists(st.integers(1, 9), max_size=7), max_size=6), st.integers(1, 5))
def test_pad_left_keeps_the_most_recent_at_the_right(sequences, max_len):
    before = [list(sequence) for sequence in sequences]
    padded = pad_left(sequences, max_len)
    assert padded.shape == (len(sequences), max_len) and padded.dtype == np.int64
    assert padded.tolist() == [
        [0] * (max_len - len(s[-max_len:])) + s[-max_len:] for s in sequences
    ]
    assert sequences == before


@tried
@given(logs(), max_lens)
def test_the_last_window_of_each_user_is_the_padded_sequence(log, max_len):
    """The two ways from a log to a model's input agree where they meet."""
    sequences = build_sequences(log, max_len)["item_sequence"]
    long_enough = sequences[sequences.map(len) >= 2]
    assume(len(long_enough))
    histories, targets = sliding_windows(log, max_len)
    windows_of_user = log.groupby("user_id").size() - 1
    last = windows_of_user[windows_of_user > 0].cumsum().to_numpy() - 1
    assert same_bits(pad_left(long_enough.map(lambda s: s[:-1]), max_len), histories[last])
    assert np.array_equal(np.array([s[-1] for s in long_enough], targets.dtype), targets[last])


def test_pad_left_keeps_the_dtype_and_pads_outcomes_too():
    assert pad_left([np.array([1, 2], np.int16)], 3).dtype == np.int16
    padded = pad_left([np.array([0.5]), np.array([])], 2)
    assert padded.tolist() == [[0.0, 0.5], [0.0, 0.0]]


@pytest.mark.parametrize("sequences", [[["a", "b"]], [[True]], [[[1, 2]]], [[None]]])
def test_pad_left_refuses_what_is_not_a_sequence_of_numbers(sequences):
    with pytest.raises(ValueError, match="must hold numbers"):
        pad_left(sequences, 2)
