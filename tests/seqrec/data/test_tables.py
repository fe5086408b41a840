"""Tables of other libraries, and columns by other names, are taken where that loses nothing."""

import sys

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest

from seqrec.data import (
    ItemIndex,
    benchmark_log,
    build_sequences,
    describe_events,
    interactions_from_clicks,
    k_core,
    leave_last_two_out,
    validate_interactions,
)

LOG = pd.DataFrame(
    {
        "user_id": [1, 1, 2, 1, 2],
        "item_id": [2**60 + 1, 2**60 + 3, 2**60 + 1, 2**60 + 2, 2**60 + 2],
        "timestamp": pd.to_datetime([3, 1, 2, 2, 1], unit="D", utc=True),
    }
)
ROWS = LOG.to_dict("list")


class Streamed:
    """What polars, DuckDB and others hand over: columns through Arrow, and no more."""

    columns = list(LOG)

    def __arrow_c_stream__(self, requested_schema=None):
        return pa.Table.from_pandas(LOG).__arrow_c_stream__(requested_schema)


class Interchanged:
    """What Modin and older tables hand over: the dataframe interchange."""

    columns = list(LOG)

    def __dataframe__(self, nan_as_null=False, allow_copy=True):
        return pa.Table.from_pandas(LOG).__dataframe__(nan_as_null, allow_copy)


@pytest.mark.filterwarnings("ignore:.*nterchange")
@pytest.mark.parametrize(
    "table",
    [pa.Table.from_pandas(LOG), pa.RecordBatch.from_pandas(LOG), Streamed(), Interchanged()],
    ids=lambda table: type(table).__name__,
)
def test_a_table_that_converts_without_loss_is_the_same_log(table):
    log = validate_interactions(table)
    assert isinstance(log, pd.DataFrame) and log.to_dict("list") == ROWS
    expected = build_sequences(LOG, 2)["item_sequence"].map(list).tolist()
    assert build_sequences(table, 2)["item_sequence"].map(list).tolist() == expected
    assert leave_last_two_out(table).test["item_id"].tolist() == [2**60 + 1]
    assert len(k_core(table, items=2)) == 4


def test_integers_of_arrow_with_a_hole_lose_no_digit_on_the_way():
    table = pa.table({"user_id": [1, 1], "item_id": [2**60 + 1, None], "timestamp": [1, 2]})
    with pytest.raises(ValueError, match="column 'item_id', row 1: .* is a missing value"):
        validate_interactions(table)
    # In a column that is not read a hole is none of our business, and its digits stay.
    sessions = table.rename_columns(["user_id", "session_id", "timestamp"])
    log = validate_interactions(sessions.append_column("item_id", pa.array([1, 2])))
    assert int(log["session_id"].iloc[0]) == 2**60 + 1
    clicks = pa.table({"user_id": [1], "product_id": [2**60 + 1], "clicked": [1]})
    assert interactions_from_clicks(clicks)["item_id"].tolist() == [2**60 + 1]


def test_categories_of_arrow_are_text():
    table = pa.table({"user_id": [1, 1], "item_id": pa.array(["b", "a"]).dictionary_encode()})
    log = validate_interactions(table.append_column("timestamp", pa.array([1, 2])))
    assert ItemIndex().fit(log["item_id"]).item_ids_.tolist() == ["a", "b"]


def stand_in(module, method):
    return type("DataFrame", (), {"__module__": module, method: lambda self: LOG, "columns": []})()


@pytest.mark.parametrize(
    ("module", "method"),
    [
        ("dask.dataframe", "compute"),
        ("polars.lazyframe", "collect"),
        ("pyspark.sql", "toPandas"),
        ("cudf", "to_pandas"),
    ],
)
def test_a_table_that_is_elsewhere_is_refused_with_its_module_and_the_method_that_brings_it(
    module, method
):
    table = stand_in(module, method)
    with pytest.raises(TypeError) as error:
        validate_interactions(table)
    assert str(error.value) == (
        f"interactions must be a pandas DataFrame, got {module}.DataFrame. "
        f"Cure: interactions.{method}()."
    )
    assert validate_interactions(getattr(table, method)()) is LOG


def test_dask_is_told_to_compute():
    dask = pytest.importorskip("dask.dataframe")
    table = dask.from_pandas(LOG, npartitions=1)
    with pytest.raises(TypeError, match=r"got dask\..*DataFrame\. Cure: interactions\.compute"):
        validate_interactions(table)
    assert len(validate_interactions(table.compute())) == len(LOG)


def test_without_pyarrow_the_cure_says_so(monkeypatch):
    monkeypatch.setitem(sys.modules, "pyarrow", None)
    with pytest.raises(ImportError, match="Streamed, which is read through Arrow. Cure: pip insta"):
        validate_interactions(Streamed())


def test_columns_by_other_names_are_renamed_in_a_new_frame():
    shop = LOG.rename(columns={"item_id": "sku", "user_id": "customer"})
    log = validate_interactions(shop, columns={"sku": "item_id", "customer": "user_id"})
    pd.testing.assert_frame_equal(log, LOG)
    assert list(shop) == ["customer", "sku", "timestamp"]
    with pytest.raises(ValueError, match=r"interactions has no column 'SKU'; found \['customer'"):
        validate_interactions(shop, columns={"SKU": "item_id"})
    with pytest.raises(ValueError, match="column 'item_id' is there 2 times"):
        validate_interactions(LOG.assign(sku=1), columns={"sku": "item_id"})
    with pytest.raises(TypeError, match="columns must be a dict"):
        validate_interactions(shop, columns="sku")


@pytest.mark.parametrize("name", ["user_id", "item_id", "timestamp", "other"])
def test_an_index_that_is_named_like_a_column_changes_nothing(name):
    named = LOG.set_axis(pd.Index(range(5), name=name))
    for read in (
        lambda log: k_core(log, items=2),
        lambda log: benchmark_log(log, 2),
        lambda log: leave_last_two_out(log).train,
        lambda log: describe_events(log.assign(session_id=1)),
    ):
        assert read(named).to_dict("list") == read(LOG).to_dict("list")
    several = LOG.set_axis(pd.MultiIndex.from_arrays([range(5), range(5)], names=[name, "x"]))
    assert len(benchmark_log(several, 2)) == 4


def test_a_core_takes_numbers_of_numpy():
    assert len(k_core(LOG, items=np.int64(2), users=np.int8(1))) == 4


@pytest.mark.parametrize(
    "kind", [pa.date32(), pa.date64(), pa.timestamp("us"), pa.timestamp("ns", "Europe/Berlin")]
)
def test_times_of_arrow_sort_as_those_of_pandas(kind):
    times = LOG["timestamp"].dt.tz_localize(None).astype("datetime64[us]")
    array = pa.array(times).cast(pa.timestamp("us")).cast(kind)
    log = LOG.assign(timestamp=pd.Series(array, dtype=pd.ArrowDtype(kind)))
    assert validate_interactions(log) is log
    assert build_sequences(log, 9).equals(build_sequences(LOG, 9)) or (
        build_sequences(log, 9)["item_sequence"].map(list).tolist()
        == build_sequences(LOG, 9)["item_sequence"].map(list).tolist()
    )


@pytest.mark.parametrize(
    ("ids", "problem"),
    [
        ("item3", r"item_id must be a list of ids, got 'item3'. Cure: \['item3'\]"),
        (7, r"got 7. Cure: \[7\]"),
        (None, "got None"),
        (LOG, r"got a table with the columns \['user_id'.*Cure: one column of it"),
    ],
)
def test_what_is_no_list_of_ids_is_not_taken_apart(ids, problem):
    with pytest.raises(TypeError, match=problem):
        ItemIndex().fit(ids)


@pytest.mark.parametrize(
    "make",
    [
        pa.array,
        lambda ids: pa.chunked_array([ids[:1], ids[1:]]),
        lambda ids: pd.array(ids, "Int64"),
        lambda ids: iter(ids),
        lambda ids: pd.Index(ids).astype("category"),
    ],
)
def test_ids_come_in_any_list(make):
    ids = [2**60 + 1, 2**60, 2**60 + 3]
    assert ItemIndex().fit(make(ids)).item_ids_.tolist() == sorted(ids)
