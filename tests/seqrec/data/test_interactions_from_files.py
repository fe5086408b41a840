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
