"""Each cure that an error prints is carried out here, and the error is gone.

A cure is text; `CURES` knows what a reader of that text would do. A new cure needs a line there.
"""

import re
import uuid
import warnings

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from seqrec.data import (
    ItemIndex,
    build_sequences,
    describe_events,
    interactions_from_clicks,
    k_core,
    leave_last_two_out,
    load_interactions,
    read_events,
    sliding_windows,
    validate_interactions,
)
from seqrec.data.events import with_held_out
from tests.seqrec.data.reference import recent_by_loop


def drop(log, column, row):
    """These rows: all that have the same trouble as the one that is named."""
    value = log[column].iloc[row]
    if pd.isna(value):
        return log[log[column].notna()]
    if isinstance(value, (float, np.floating)) and not np.isfinite(value):
        return log[[not (isinstance(v, (float, np.floating)) and np.isinf(v)) for v in log[column]]]
    if isinstance(value, (float, np.floating)) and value != int(value):
        return log[[v == int(v) for v in log[column].astype(float)]]
    return log[[not (not isinstance(v, str) and v < 0) for v in log[column]]]


def on(change):
    return lambda log, column, row: log.assign(**{column: change(log[column])})


# What an error says, and what is done then. The first that is found in the message.
CURES = {
    "drop these rows": drop,
    ".astype('int64') on the column": on(lambda values: values.astype("int64")),
    ".astype('float64') on the column": on(lambda values: values.astype("float64")),
    ".astype(float) on the column": on(lambda values: values.astype(float)),
    ".astype(str) on the column": on(lambda values: values.astype(str)),
    ".map({...}) on the column": on(lambda values: values.map({v: float(i) for i, v in
                                                               enumerate(values.unique())})),
    ".astype(object) on the column": on(lambda times: times.astype(object)),
    ".dt.total_seconds() on the column": on(lambda times: times.dt.total_seconds()),
    ".map(lambda time: time.real)": on(lambda times: times.map(lambda time: time.real)),
    ".dt.to_timestamp() on the column": on(lambda times: times.dt.to_timestamp()),
    "pd.to_numeric(...) or pd.to_datetime(...)": on(lambda times: to_times(times)),
    "pd.to_datetime(...) on the column": on(pd.to_datetime),
}  # fmt: skip
# Cures for who makes the table; no line of code mends it here.
AT_THE_SOURCE = ("read the file again, with dtype=", "one kind where the column is made")


def to_times(times):
    """A number where all are numbers, else a date."""
    try:
        return pd.to_numeric(times)
    except (ValueError, TypeError):
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            return pd.to_datetime(times, format="mixed", utc=True)


def cured(log, check, max_steps=12):
    """Does what each error says until there is none: the log, and the messages on the way.

    The log is None where a cure can't be carried out here: no row is left, text that is no time, or
    a table that has lost digits when it was made.
    """
    messages = []
    for _ in range(max_steps):
        try:
            check(log)
            return log, messages
        except ValueError as error:
            message = str(error)
        messages.append(message)
        if "the log is empty" in message or any(cure in message for cure in AT_THE_SOURCE):
            return None, messages
        column, row = re.search(r"column '(\w+)', row (\d+)", message).groups()
        text = message.rpartition("Cure: ")[2]
        do = next(CURES[cure] for cure in CURES if cure in text)
        try:
            log = do(log, column, int(row))
        except (ValueError, TypeError):
            assert "is text" in message, message
            return None, messages
    raise AssertionError(messages)


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


def read_all(log):
    validate_interactions(log, require_outcome=True)
    describe_events(log.assign(timestamp=range(len(log))))


BAD = {
    "hole": ("item_id", [1, None, 3, 4, 5, 6]),
    "hole in Int64": ("item_id", pd.array([1, None, 3, 4, 5, 6], "Int64")),
    "hole in Float64": ("item_id", pd.array([1, None, 3, 4, 5, 6], "Float64")),
    "hole in a category": ("item_id", pd.Categorical(["a", None, "b", "a", "b", "a"])),
    "float": ("user_id", [1.0, 2.0, 3.0, 4.0, 5.0, 6.0]),
    "half": ("user_id", [1.0, 2.5, 3.0, 4.0, 5.0, 6.0]),
    "inf": ("user_id", [1.0, np.inf, 3.0, 4.0, 5.0, 6.0]),
    "float in objects": ("user_id", pd.Series([1, 2.0, 3, 4, 5, 6], dtype=object)),
    "negative": ("item_id", [1, -1, 3, 4, -2, 6]),
    "bool": ("item_id", [True, False] * 3),
    "mixed": ("item_id", [1, "a", 3, "b", 5, "c"]),
    "bytes": ("item_id", [b"a", b"b"] * 3),
    "dates as ids": ("item_id", pd.to_datetime([1, 2, 3, 4, 5, 6])),
    "too large": ("item_id", [2**70, 1, 2, 3, 4, 5]),
    "float category": ("item_id", pd.Categorical([3.0, 1.0] * 3)),
    "time missing": ("timestamp", [1.0, np.nan, 3, 4, 5, 6]),
    "time endless": ("timestamp", [1.0, np.inf, 3, 4, 5, 6]),
    "time as text": ("timestamp", ["1", "2", "3", "4", "5", "10"]),
    "date as text": ("timestamp", ["2024-01-0" + str(i) for i in range(1, 7)]),
    "date as object": ("timestamp", list(pd.date_range("2024-01-01", periods=6).date)),
    "time as bool": ("timestamp", [True, False] * 3),
    "time as length": ("timestamp", pd.to_timedelta([1, 2, 3, 4, 5, 6])),
    "time as period": ("timestamp", pd.period_range("2024-01", periods=6, freq="M")),
    "time as category": ("timestamp", pd.Categorical([2**60 + 1, 2, 3, 4, 5, 6])),
    "time as objects": ("timestamp", pd.Series([2**60 + 1, 2, 3, 4, 5, 6], dtype=object)),
    "time complex": ("timestamp", [1j] * 6),
    "time as Arrow decimal": (
        "timestamp",
        pd.array([1, 2, 3, 4, 5, 6], pd.ArrowDtype(pa.decimal128(9, 2))),
    ),
    "outcome missing": ("outcome", [1.0, np.nan, 3, 4, 5, 6]),
    "outcome as text of numbers": ("outcome", ["1", "2"] * 3),
    "outcome as text": ("outcome", ["bought", "left"] * 3),
    "outcome as bool": ("outcome", [True, False] * 3),
    "outcome as dates": ("outcome", pd.to_datetime([1, 2, 3, 4, 5, 6])),
    "outcome as Arrow decimal": (
        "outcome",
        pd.array([1, 2, 3, 4, 5, 6], pd.ArrowDtype(pa.decimal128(9, 2))),
    ),
    "session missing": ("session_id", [1, None, 3, 4, 5, 6]),
}


@pytest.mark.parametrize("case", BAD)
def test_the_printed_cure_makes_the_error_go_away_at_once(case):
    column, values = BAD[case]
    log, messages = cured(good_log().assign(**{column: values}), read_all)
    assert log is not None and len(messages) <= 2, messages


def test_floats_above_2_53_are_told_that_digits_are_lost_and_no_cure_merges_them():
    ids = [2**60, 2**60 + 1, 2**60 + 2, 2**60 + 3]
    log = good_log(5).assign(item_id=[*map(float, ids), np.nan])
    with pytest.raises(ValueError, match=r"row 4: nan .*read the file again, with dtype=\{'item_"):
        validate_interactions(log)
    with pytest.raises(ValueError, match=r"lost the digits .* 2\*\*53 .*'Int64'\} or with str"):
        validate_interactions(log.dropna())
    with pytest.raises(ValueError, match=r"lost the digits .* 2\*\*24 "):
        validate_interactions(good_log().assign(item_id=np.arange(6, dtype=np.float32) + 2**24))
    # The cure itself: 4 items.
    again = good_log(5).assign(item_id=pd.array([*ids, None], "Int64")).dropna()
    assert ItemIndex().fit(again["item_id"]).item_ids_.tolist() == ids


def test_text_and_numbers_that_would_merge_are_not_told_to():
    log = good_log(3).assign(item_id=pd.Series([1, "1", 2], dtype=object))
    with pytest.raises(ValueError, match="would merge two of them") as error:
        validate_interactions(log)
    assert "astype(str) on the column" not in str(error.value)


def test_a_model_of_integers_asked_with_text_says_a_cure_that_merges_nothing():
    index = ItemIndex().fit([1, 7])
    log = good_log(2).assign(item_id=["1", "7"])
    with pytest.raises(ValueError, match=r"holds text.*\.astype\('int64'\) on the column"):
        read_events(log, index)
    assert read_events(log.astype({"item_id": "int64"}), index)[1] == 0
    with pytest.raises(ValueError, match="'007' and '7' are two ids") as error:
        read_events(log.assign(item_id=["007", "7"]), index)
    assert "astype('int64')" not in str(error.value)
    index = ItemIndex().fit(["1", "7"])
    with pytest.raises(ValueError, match=r"holds integers.*Cure: \.astype\(str\) on the column"):
        read_events(good_log(2), index)
    assert read_events(good_log(2).astype({"item_id": str}), index)[1] == 1


def test_cures_that_name_columns_and_functions_work():
    log = good_log()
    upper = log.rename(columns={"item_id": "ITEM_ID"})
    with pytest.raises(ValueError, match=re.escape("Cure: interactions.rename(columns=")) as error:
        validate_interactions(upper)
    cure = str(error.value).partition("Cure: ")[2].rstrip(".")
    validate_interactions(eval(cure, {"interactions": upper}))
    clicks = log.rename(columns={"item_id": "product_id"}).assign(clicked=1)
    with pytest.raises(ValueError, match=r"interactions_from_clicks\(\.\.\.\)"):
        validate_interactions(clicks)
    validate_interactions(interactions_from_clicks(clicks))
    with pytest.raises(ValueError, match="rename the column that holds it to 'item_id'"):
        validate_interactions(log.rename(columns={"item_id": "sku"}))
    validate_interactions(log.rename(columns={"item_id": "sku"}), columns={"sku": "item_id"})
    twice = pd.concat([log, log["item_id"]], axis=1)
    with pytest.raises(ValueError, match="Cure: keep one"):
        validate_interactions(twice)
    validate_interactions(twice.loc[:, ~twice.columns.duplicated()])


def test_cures_of_what_models_count_with_work():
    log = good_log().assign(item_id=list("abcabc"))
    with pytest.raises(ValueError, match="encode the column with ItemIndex first"):
        sliding_windows(log, 2)
    index = ItemIndex().fit(log["item_id"])
    sliding_windows(log.assign(item_id=index.encode(log["item_id"])), 2)
    few = ItemIndex().fit(["a", "b"])
    with pytest.raises(ValueError, match="fit on the whole catalogue, or .* drop_unknown"):
        few.encode(log["item_id"])
    few.encode(few.drop_unknown(log)[0]["item_id"])
    with pytest.raises(TypeError, match=re.escape("Cure: ['abc']")):
        ItemIndex().fit("abc")
    assert ItemIndex().fit(["abc"]).n_items == 1


def test_cures_of_two_logs_work():
    log = pd.concat([good_log(12)] * 1).assign(user_id=np.arange(12) % 3)
    split = leave_last_two_out(log)
    with pytest.raises(ValueError, match="leave_last_two_out, and fit on its part `train`"):
        with_held_out(log, split.valid)
    assert len(with_held_out(split.train, split.valid)) == 9
    text = split.valid.astype({"item_id": str})
    with pytest.raises(ValueError, match=r"don't go with.*\.astype\(str\) on the column"):
        with_held_out(split.train, text)
    assert len(with_held_out(split.train.astype({"item_id": str}), text)) == 9
    large = split.train.assign(timestamp=2**60)
    with pytest.raises(ValueError, match="digits that are lost .*one dtype for the times of both"):
        with_held_out(large, split.valid.astype({"timestamp": float}))
    both = with_held_out(
        large.astype({"timestamp": float}), split.valid.astype({"timestamp": float})
    )
    assert len(both) == 9


MESSY = (
    st.none()
    | st.booleans()
    | st.integers(-1, 5)
    | st.sampled_from([0, 1, 2**60 + 1, 2**63 - 1, 2**63, 2**64, -(2**63), 2.0**60])
    | st.sampled_from([np.nan, 1.0, 0.5, np.inf])
    | st.text("01a,", max_size=3)
    | st.sampled_from(["007", "7", "NA", "nan", "2024-01-01"])
    | st.sampled_from([pd.NaT, pd.Timestamp(0), pd.Timestamp(0, tz="UTC"), uuid.UUID(int=7)])
    | st.sampled_from([b"a", 1j, (1, 2), pd.Timedelta(1), pd.Timestamp(0).date()])
)
DTYPES = st.sampled_from(
    [None, None, object, "category", "Int64", "UInt64", "Float64", "string", "boolean", "float32"]
)


@st.composite
def malformed_logs(draw):
    """Columns of one, two or three kinds of thing, as pandas or a user makes columns of them."""
    n = draw(st.integers(0, 6))
    names = ["user_id", "item_id", "timestamp", *draw(st.sampled_from([[], ["outcome"]]))]
    # Most columns are good, else the first check is the only one that is ever reached.
    bad = draw(st.sets(st.sampled_from(names), max_size=2))
    columns = {}
    for name in names:
        pool = draw(st.lists(MESSY, min_size=1, max_size=3)) if name in bad else [1, 2, 3]
        values = draw(st.lists(st.sampled_from(pool), min_size=n, max_size=n))
        try:
            columns[name] = pd.Series(values, dtype=draw(DTYPES) if name in bad else None)
        except (TypeError, ValueError, OverflowError):
            columns[name] = pd.Series(values, dtype=object)
    log = pd.DataFrame(columns)
    if draw(st.booleans()):
        log.index = pd.Index(draw(st.permutations(range(n))), name=draw(st.sampled_from(names)))
    change = draw(st.sampled_from(["", "", "", "", "drop", "double", "rename"]))
    name = draw(st.sampled_from(names))
    if change == "drop":
        return log.drop(columns=name)
    if change == "double":
        return pd.concat([log, log[[name]]], axis=1)
    return log.rename(columns={name: name.upper()}) if change == "rename" else log


CLEAR = re.compile(r"column '\w+'.*(Cure: )|the log is empty.*Cure: ", re.DOTALL)


@settings(max_examples=1000, deadline=None)
@given(malformed_logs())
def test_a_malformed_log_gives_the_right_answer_or_a_clear_error_whose_cure_works(log):
    before = log.copy(deep=True)
    try:
        assert validate_interactions(log) is log
    except ValueError as error:
        assert CLEAR.search(str(error)), error
        if list(log.columns[:3]) == ["user_id", "item_id", "timestamp"] and log.columns.is_unique:
            cured(log, validate_interactions)
        return
    finally:
        pd.testing.assert_frame_equal(log, before)
    assert len(k_core(log, items=1)) == len(log)
    plain = log.assign(
        user_id=[identity(user) for user in log["user_id"]],
        item_id=[identity(item) for item in log["item_id"]],
    )
    if "outcome" in log:
        log, plain = log.drop(columns="outcome"), plain.drop(columns="outcome")
    frame = build_sequences(log, 2)
    users = [identity(user) for user in frame["user_id"]]
    answer = [[identity(item) for item in items] for items in frame["item_sequence"]]
    assert list(zip(users, answer, strict=True)) == recent_by_loop(plain, "item_id", 2)


def identity(value):
    """What makes two ids the same: Python's number, or the text."""
    return int(value) if isinstance(value, (int, np.integer)) else str(value)


CELLS = st.sampled_from(["1", "7", "07", "0001", "NA", "", "a", "-1", "1.0", "2024-01-01", '"a,b"',
                         str(2**60 + 1), str(2**64), "nan", " 7", "é", "inf", "x;y"])  # fmt: skip


@settings(max_examples=1000, deadline=None)
@given(
    st.sampled_from([",", ";", "\t", "|"]),
    st.lists(st.lists(CELLS, min_size=3, max_size=3), min_size=0, max_size=4),
    st.sampled_from(["user_id", "user", "item_id", ""]),
    st.sampled_from(["utf-8", "latin-1"]),
)
def test_a_malformed_file_gives_its_own_cells_or_an_error_with_its_name(
    tmp_path_factory, separator, rows, first, encoding
):
    path = FOLDER / "log.csv"
    lines = [separator.join(row) for row in [[first, "item_id", "timestamp"], *rows]]
    path.write_bytes("\n".join(lines).encode(encoding))
    try:
        log = load_interactions(path)
    except ValueError as error:
        assert str(error).startswith("log.csv") and "Cure: " in str(error), error
        return
    cells = [[cell.strip('"') for cell in row] for row in rows]
    for name, place in (("user_id", 0), ("item_id", 1)):
        assert [str(value) for value in log[name]] == [row[place] for row in cells]
    assert [float(time) for time in log["timestamp"]] == [float(row[2]) for row in cells]


@pytest.fixture(autouse=True, scope="module")
def folder(tmp_path_factory):
    global FOLDER
    FOLDER = tmp_path_factory.mktemp("logs")
