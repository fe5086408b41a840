"""What the border lets through, and what it says to the rest."""

import re

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from seqrec.data import (
    build_sequences,
    describe_events,
    interactions_from_clicks,
    sliding_windows,
    validate_interactions,
)
from tests.seqrec.data.reference import (
    logs,
    recent_by_loop,
    sliding_windows_by_loop,
    text_items,
    tried,
)


def good_log(n=6):
    return pd.DataFrame(
        {
            "user_id": np.arange(n) % 2,
            "item_id": np.arange(1, n + 1),
            "timestamp": np.arange(n) * 10,
            "outcome": np.ones(n),
            "session_id": np.arange(n) // 2,
        }
    )


@tried
@given(logs() | logs(items=text_items))
def test_a_good_log_comes_back_itself_and_unchanged(log):
    before = log.copy(deep=True)
    assert validate_interactions(log, require_outcome="outcome" in log) is log
    pd.testing.assert_frame_equal(log, before)


def read_all_columns(log):
    """What reads `outcome` and `session_id` too; a log is not refused for columns left unread."""
    validate_interactions(log, require_outcome=True)
    describe_events(log.assign(timestamp=range(len(log))))


def planted(column, value, row):
    """A good log with `value` from `row` of `column` on, so that only one row is the first."""
    log = good_log()
    values = log[column].astype(object).tolist()
    values[row:] = [value] * (len(values) - row)
    log[column] = pd.Series(values)
    return log


@pytest.mark.parametrize("row", [0, 3, 5])
@pytest.mark.parametrize(
    ("column", "value", "problem"),
    [
        *[
            (name, value, "missing")
            for name in ("user_id", "item_id", "session_id")
            for value in (None, np.nan, pd.NA)
        ],
        ("timestamp", np.nan, "missing"),
        ("timestamp", pd.NaT, "missing"),
        ("outcome", np.nan, "missing"),
        ("user_id", -1, "negative"),
        ("item_id", -7, "negative"),
        ("session_id", -1, "negative"),
        ("user_id", 1.5, "not an id"),
        ("item_id", np.inf, "not an id"),
        ("timestamp", "2024-01-01", "text sorts '10' before '9'"),
        ("timestamp", np.inf, "not a time"),
        ("timestamp", -np.inf, "not a time"),
        ("outcome", np.inf, "not an outcome"),
    ],
)
def test_one_bad_value_is_named_with_column_row_value_and_cure(column, value, problem, row):
    log = planted(column, value, row)
    with pytest.raises(ValueError, match=re.escape(problem)) as error:
        read_all_columns(log)
    shown = repr(log[column].tolist()[row])
    assert f"column {column!r}, row {row}: {shown} " in str(error.value) and "Cure: " in str(
        error.value
    )


@pytest.mark.parametrize(
    ("column", "values", "problem"),
    [
        ("user_id", [True, False] * 3, "dtype bool"),
        ("item_id", [1.0, 2.0, 3.0, 4.0, 5.0, 6.0], "astype('int64')"),
        ("item_id", pd.Categorical([0.5, 1.5] * 3), "dtype category"),
        ("user_id", pd.to_datetime([1, 2, 3, 4, 5, 6]), "not an id"),
        ("user_id", [1, 2, 3, 4, 5, 2**70], "not an id"),
        ("timestamp", [True, False] * 3, "dtype bool"),
        ("timestamp", pd.to_timedelta([1, 2, 3, 4, 5, 6]), "not a time"),
        ("timestamp", [1j] * 6, "not a time"),
        ("outcome", [True, False] * 3, "dtype bool"),
        ("outcome", ["1"] * 6, "not an outcome"),
    ],
)
def test_a_column_of_the_wrong_kind_is_refused_not_converted(column, values, problem):
    with pytest.raises(ValueError, match=re.escape(problem)) as error:
        read_all_columns(good_log().assign(**{column: values}))
    assert f"column {column!r}, row 0: " in str(error.value) and "Cure: " in str(error.value)


@pytest.mark.parametrize(
    "mixed", [["a", 1, "b"], [1, "a", 2], ["a", 1.5, "b"], ["a", True, "b"], ["a", b"b", "c"]]
)
def test_a_column_that_mixes_numbers_and_text_is_refused(mixed):
    log = good_log(3).assign(user_id=pd.Series(mixed, dtype=object))
    row = 1 if isinstance(mixed[0], str) else 0
    with pytest.raises(ValueError, match=rf"column 'user_id', row {row}: .* is not an id"):
        validate_interactions(log)


def test_the_row_is_counted_from_the_top_and_the_index_label_is_told_beside_it():
    log = planted("item_id", np.nan, 2)
    log.index = list("uvwxyz")
    with pytest.raises(ValueError, match=r"row 2 \(index label 'w'\): nan"):
        validate_interactions(log)


@pytest.mark.parametrize("column", ["user_id", "item_id", "timestamp"])
def test_a_missing_column_is_named_with_the_columns_that_are_there(column):
    with pytest.raises(ValueError, match=rf"column '{column}' is missing; found \['.*Cure: "):
        validate_interactions(good_log().drop(columns=column))


def test_the_cure_for_a_missing_column_is_the_likely_one():
    with pytest.raises(ValueError, match=re.escape("rename(columns={'USER_ID': 'user_id'})")):
        validate_interactions(good_log().rename(columns=str.upper))
    with pytest.raises(ValueError, match="interactions_from_clicks"):
        validate_interactions(good_log().rename(columns={"item_id": "product_id"}))


def test_outcome_is_required_only_when_asked_for():
    log = good_log().drop(columns="outcome")
    assert validate_interactions(log) is log
    with pytest.raises(ValueError, match="column 'outcome' is missing"):
        validate_interactions(log, require_outcome=True)


@pytest.mark.parametrize("column", ["user_id", "outcome", "session_id"])
def test_a_doubled_column_is_refused(column):
    log = good_log()
    with pytest.raises(ValueError, match=rf"column '{column}' is there 2 times"):
        validate_interactions(pd.concat([log, log[[column]]], axis=1))


def test_an_empty_log_is_refused():
    with pytest.raises(ValueError, match="empty"):
        validate_interactions(good_log().iloc[:0])


@pytest.mark.parametrize(
    "not_a_frame", [None, [1, 2], {"user_id": [1]}, np.zeros((2, 3)), pd.Series([1])]
)
def test_anything_but_a_frame_is_a_type_error(not_a_frame):
    with pytest.raises(TypeError, match="DataFrame"):
        validate_interactions(not_a_frame)


messy = (
    st.none()
    | st.booleans()
    | st.integers(-1, 5)
    | st.sampled_from([0, 1, 2**63 - 1, 2**63, 2**64, -(2**63)])
    | st.sampled_from([np.nan, 1.0, 0.5, np.inf])
    | st.text(max_size=2)
    | st.sampled_from([pd.NaT, pd.Timestamp(0), pd.Timestamp(0, tz="UTC")])
)


@st.composite
def messy_logs(draw):
    """Columns of one or two kinds of thing, as pandas makes them of plain lists."""
    n = draw(st.integers(1, 6))

    def column():
        pool = draw(st.lists(messy, min_size=1, max_size=3))
        return pd.Series(draw(st.lists(st.sampled_from(pool), min_size=n, max_size=n)))

    log = pd.DataFrame({name: column() for name in ("user_id", "item_id", "timestamp")})
    return log.assign(outcome=column()) if draw(st.booleans()) else log


@settings(tried, max_examples=200)
@given(messy_logs(), st.integers(1, 3))
def test_any_log_gives_what_the_plain_loop_gives_or_an_error_with_column_row_and_cure(log, max_len):
    clear = r"column '\w+', row \d.*: .* Cure: "
    try:
        sequences = build_sequences(log, max_len)
    except ValueError as error:
        assert re.search(clear, str(error), re.DOTALL)
        with pytest.raises(ValueError, match=clear.replace(".*", "(?s:.*)")):
            sliding_windows(log, max_len)
        return
    expected = recent_by_loop(log, "item_id", max_len)
    assert (
        list(zip(sequences["user_id"], map(list, sequences["item_sequence"]), strict=True))
        == expected
    )
    try:
        histories, targets = sliding_windows(log, max_len)
    except ValueError as error:
        assert re.search(clear, str(error), re.DOTALL) and "ItemIndex" in str(error)
        assert not all(isinstance(item, int) and item > 0 for item in log["item_id"].tolist())
    else:
        plain_histories, plain_targets = sliding_windows_by_loop(log, max_len)
        assert np.array_equal(histories, plain_histories) and np.array_equal(targets, plain_targets)


def test_clicks_become_interactions_in_row_order():
    clicks = pd.DataFrame(
        {"user_id": ["b", "a", "b", "b"], "product_id": [4, 5, 6, 7], "clicked": [1, 1, 0, 1]},
        index=[9, 9, 2, 1],
    )
    before = clicks.copy(deep=True)
    interactions = interactions_from_clicks(clicks)
    assert validate_interactions(interactions, require_outcome=True) is interactions
    assert interactions.to_dict("list") == {
        "user_id": ["b", "a", "b"],
        "item_id": [4, 5, 7],
        "timestamp": [0, 1, 3],
        "outcome": [1.0, 1.0, 1.0],
    }
    assert [
        sequence.tolist() for sequence in build_sequences(interactions, 5)["item_sequence"]
    ] == [[5], [4, 7]]
    pd.testing.assert_frame_equal(clicks, before)


@pytest.mark.parametrize(
    ("change", "problem"),
    [
        ({"clicked": [1, 0, 2]}, "column 'clicked', row 2: 2 is neither 0 nor 1"),
        ({"clicked": [1, np.nan, 0]}, "column 'clicked', row 1: nan is neither 0 nor 1"),
        ({"clicked": ["1", "0", "1"]}, "column 'clicked', row 0: '1' is neither 0 nor 1"),
        ({"clicked": [0, 0, 0]}, "0 in every row"),
        ({"product_id": [3, 4, -1]}, "column 'product_id', row 2: -1 is negative"),
        ({"user_id": [3, None, 1]}, "column 'user_id', row 1: nan is a missing value"),
    ],
)
def test_a_bad_log_of_clicks_is_refused(change, problem):
    clicks = pd.DataFrame({"user_id": [1, 2, 1], "product_id": [9, 9, 4], "clicked": [1, 0, 1]})
    with pytest.raises(ValueError, match=re.escape(problem)):
        interactions_from_clicks(clicks.assign(**change))
    for column in clicks:
        with pytest.raises(ValueError, match=f"'{column}'"):
            interactions_from_clicks(clicks.drop(columns=column))
