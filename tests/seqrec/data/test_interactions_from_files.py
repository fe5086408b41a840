"""A log from a file, and its core."""

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from seqrec.data import k_core, load_interactions

LOG = pd.DataFrame(
    {"customer": [2, 1, 1], "sku": [7, 8, 7], "time": [3.5, 1.0, 2.0], "shop": ["a", "b", "b"]}
)
OURS = {"customer": "user_id", "sku": "item_id", "time": "timestamp"}


@pytest.mark.parametrize("name", ["log.csv", "log.csv.gz", "my.clicks.csv.xz", "log.parquet"])
def test_a_file_is_read_as_it_was_written(tmp_path, name):
    path = tmp_path / name
    LOG.to_parquet(path) if name.endswith("parquet") else LOG.to_csv(path, index=False)
    pd.testing.assert_frame_equal(load_interactions(path, OURS), LOG.rename(columns=OURS))


def test_what_is_wrong_is_named_with_the_file(tmp_path):
    path = tmp_path / "log.csv"
    LOG.to_csv(path, index=False)
    with pytest.raises(ValueError, match="log.csv: column 'user_id' is missing"):
        load_interactions(path)
    with pytest.raises(ValueError, match="log.csv has no column 'client'; found .*'customer'"):
        load_interactions(path, {"client": "user_id"})
    with pytest.raises(ValueError, match="log.csv: column 'item_id' is there 2 times"):
        load_interactions(path, OURS | {"shop": "item_id"})
    with pytest.raises(ValueError, match="log.xlsx is neither .csv nor .parquet"):
        load_interactions(tmp_path / "log.xlsx")
    with pytest.raises(FileNotFoundError):
        load_interactions(tmp_path / "none.csv", OURS)
    path.write_text("customer,sku,time\n1,,3\n")
    with pytest.raises(ValueError, match="log.csv: column 'item_id', row 0"):
        load_interactions(path, OURS)


def written(path, text, encoding="utf-8"):
    path.write_text(text, encoding=encoding)
    return path


def test_ids_that_integers_would_merge_stay_text(tmp_path):
    text = "user_id,item_id,timestamp\n0001,01,1\n007,07,2\n1,7,3\n7,NA,4\n"
    log = load_interactions(written(tmp_path / "log.csv", text))
    assert log["user_id"].tolist() == ["0001", "007", "1", "7"]
    assert log["item_id"].tolist() == ["01", "07", "7", "NA"]


def test_ids_that_integers_say_as_well_become_integers_of_any_size(tmp_path):
    text = f"user_id,item_id,timestamp\n{2**60 + 1},{2**63 + 1},1\n{2**60 + 3},7,2\n"
    log = load_interactions(written(tmp_path / "log.csv", text))
    assert log["user_id"].tolist() == [2**60 + 1, 2**60 + 3] and log["user_id"].dtype == "int64"
    assert log["item_id"].tolist() == [2**63 + 1, 7] and log["item_id"].dtype == "uint64"


@pytest.mark.parametrize("kind", ["csv", "parquet"])
def test_large_ids_beside_a_hole_keep_their_digits_and_the_cure_gives_all_of_them(tmp_path, kind):
    ids = [2**60, 2**60 + 1, 2**60 + 2, 2**60 + 3]
    table = pd.DataFrame({"user_id": 1, "item_id": pd.array([*ids, None], "Int64"), "timestamp": 1})
    path = tmp_path / f"log.{kind}"
    if kind == "csv":
        table.to_csv(path, index=False)
    else:
        table.astype({"item_id": "Int64"}).to_parquet(path, index=False)
        import pyarrow.parquet as pq

        pq.write_table(pq.read_table(path).replace_schema_metadata(None), path)
    with pytest.raises(ValueError, match="column 'item_id', row 4: .* is a missing.*prepare="):
        load_interactions(path)
    log = load_interactions(path, prepare=lambda log: log.dropna(subset=["item_id"]))
    assert log["item_id"].tolist() == ids


@pytest.mark.parametrize("name", ["log.CSV", "log.parquet.csv", "LOG.Csv.GZ"])
def test_the_last_ending_decides_in_capitals_too(tmp_path, name):
    LOG.to_csv(tmp_path / name, index=False)
    pd.testing.assert_frame_equal(
        load_interactions(tmp_path / name, OURS), LOG.rename(columns=OURS)
    )


@pytest.mark.parametrize("name", ["log.csv.parquet", "log.PARQUET"])
def test_a_parquet_file_is_one_whatever_else_its_name_holds(tmp_path, name):
    LOG.to_parquet(tmp_path / name)
    pd.testing.assert_frame_equal(
        load_interactions(tmp_path / name, OURS), LOG.rename(columns=OURS)
    )


@pytest.mark.parametrize("separator", [",", ";", "\t", "|"])
def test_the_separator_is_that_under_which_the_columns_are_there(tmp_path, separator):
    LOG.to_csv(tmp_path / "log.csv", index=False, sep=separator)
    for options in ({}, {"sep": separator}):
        log = load_interactions(tmp_path / "log.csv", OURS, **options)
        pd.testing.assert_frame_equal(log, LOG.rename(columns=OURS))
    LOG.to_csv(tmp_path / "bare.csv", index=False, sep=separator, header=False)
    log = load_interactions(tmp_path / "bare.csv", OURS, names=list(LOG))
    pd.testing.assert_frame_equal(log, LOG.rename(columns=OURS))


def test_options_of_the_reader_are_passed_on(tmp_path):
    text = "user_id;item_id;timestamp;price\nJos\u00e9;7;1;2,5\n"
    path = written(tmp_path / "log.csv", text, "latin-1")
    log = load_interactions(path, encoding="latin-1", decimal=",", dtype={"item_id": "Int32"})
    assert log["user_id"].tolist() == ["José"] and log["price"].tolist() == [2.5]
    assert str(log["item_id"].dtype) == "Int32"
    with pytest.raises(TypeError, match="colour"):
        load_interactions(path, colour="red")


def test_other_columns_are_read_as_pandas_reads_them(tmp_path):
    marks = ["", "NA", "null", "None", "nan", "-NaN", "1.#QNAN", "#N/A", "<NA>", "n/a", "2.5"]
    rows = [f"1,{mark or 'x'},1,{mark}" for mark in marks]
    path = written(tmp_path / "log.csv", "\n".join(["user_id,item_id,timestamp,price", *rows]))
    log = load_interactions(path)
    pd.testing.assert_series_equal(log["price"], pd.read_csv(path)["price"])
    assert log["item_id"].tolist() == [mark or "x" for mark in marks]


def test_times_that_are_text_are_read_as_they_are_said_to_be_written(tmp_path):
    path = written(tmp_path / "log.csv", "user_id,item_id,timestamp\n1,2,03.04.2024 10:00\n")
    with pytest.raises(ValueError, match="log.csv: .*is text, .*dates='ISO8601'"):
        load_interactions(path)
    log = load_interactions(path, dates="%d.%m.%Y %H:%M")
    assert log["timestamp"].tolist() == [pd.Timestamp("2024-04-03 10:00")]
    with pytest.raises(
        ValueError, match="log.csv: column 'timestamp' is not written as dates='ISO"
    ):
        load_interactions(path, dates="ISO8601")
    path = written(tmp_path / "log.csv", "user_id,item_id,timestamp\n1,2,3\n")
    with pytest.raises(ValueError, match="log.csv: .*has dtype int64. Cure: without dates"):
        load_interactions(path, dates="ISO8601")


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("log.csv", b""),
        ("log.csv", b'user_id,item_id,timestamp\n1,"2,3\n4,5,6'),
        ("log.csv", "user_id,item_id,timestamp\nJosé,1,2\n".encode("latin-1")),
        ("log.csv", b"user_id,item_id,timestamp\n1,2,3,4\n"),
        ("log.csv", b"user_id,item_id,timestamp\n1,2,3\n1,2,3,4\n"),
        ("log.csv.gz", b"user_id,item_id,timestamp\n1,2,3\n"),
        ("log.parquet", b"PAR1 and no more"),
    ],
)
def test_a_file_that_cannot_be_read_is_named(tmp_path, name, content):
    (tmp_path / name).write_bytes(content)
    with pytest.raises(ValueError, match=f"{name}'? can't be read as .*Cure: "):
        load_interactions(tmp_path / name)


def test_pieces_of_a_table_are_no_table(tmp_path):
    LOG.to_csv(tmp_path / "log.csv", index=False)
    with pytest.raises(ValueError, match="log.csv was read as a TextFileReader.*without chunksize"):
        load_interactions(tmp_path / "log.csv", OURS, chunksize=2)


def plain_core(pairs, users, items):
    """Drop one offending event's owner at a time, until none is left."""
    while True:
        bad = [
            (u, i)
            for u, i in pairs
            if sum(v == u for v, _ in pairs) < users or sum(j == i for _, j in pairs) < items
        ]  # fmt: skip
        if not bad:
            return pairs
        pairs.remove(bad[0])


@given(
    st.lists(st.tuples(st.integers(0, 4), st.integers(1, 5)), min_size=1, max_size=25),
    st.integers(1, 4), st.integers(1, 4),
)  # fmt: skip
def test_the_core_is_that_of_a_loop_in_any_order_of_dropping(pairs, users, items):
    log = pd.DataFrame(pairs, columns=["user_id", "item_id"]).assign(timestamp=0)
    before = log.copy()
    core = k_core(log, users=users, items=items)
    assert list(zip(core["user_id"], core["item_id"], strict=True)) == plain_core(
        list(pairs), users, items
    )
    pd.testing.assert_frame_equal(log, before)
    assert core is not log and core.index.isin(log.index).all()


@pytest.mark.parametrize("bad", [0, -1, 2.5, True])
def test_a_core_of_less_than_one_is_refused(bad):
    log = LOG.rename(columns=OURS)
    with pytest.raises(ValueError, match="items must be a whole number of 1 or more"):
        k_core(log, items=bad)
