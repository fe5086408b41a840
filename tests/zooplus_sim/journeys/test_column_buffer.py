"""A log that is written block by block is the whole log, and is not copied afterwards."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from zooplus_sim import ZooplusSimulator
from zooplus_sim.journeys import simulator
from zooplus_sim.journeys.column_buffer import ColumnBuffer


def blocks_of(lengths):
    values = np.split(np.arange(sum(lengths)), np.cumsum(lengths)[:-1])
    return [{"number": part, "half": part / 2, "odd": part % 2 == 1} for part in values]


@given(parts=st.lists(st.tuples(st.integers(0, 9), st.floats(0.01, 1)), min_size=1, max_size=12))
def test_the_columns_are_the_blocks_one_after_another(parts):
    """However wrong the shares are."""
    lengths, shares = zip(*parts, strict=True)
    blocks, buffer = blocks_of(lengths), ColumnBuffer()
    for block, share in zip(blocks, shares, strict=True):
        buffer.append(block, share)
    columns = buffer.finish()
    assert list(columns) == list(blocks[0])
    for name, column in columns.items():
        whole = np.concatenate([block[name] for block in blocks])
        np.testing.assert_array_equal(column, whole, strict=True)
        assert column.base is None, "room that stayed empty would live as long as the column"


def test_columns_are_not_moved_where_the_shares_are_about_right():
    buffer = ColumnBuffer()
    buffer.append({"x": np.arange(1_000)}, share=0.26)
    place = buffer._columns["x"].ctypes.data
    for _ in range(3):
        buffer.append({"x": np.arange(1_000)}, share=0.74 / 3)
        assert buffer._columns["x"].ctypes.data == place
    assert len(buffer.finish()["x"]) == 4_000


def test_room_is_foreseen_from_all_blocks_so_far():
    buffer = ColumnBuffer()
    buffer.append({"x": np.arange(1_000)}, share=0.5)
    buffer.append({"x": np.arange(1_500)}, share=0.25)  # more than foreseen
    assert 2_500 / 0.75 < len(buffer._columns["x"]) < 1.1 * 2_500 / 0.75


def test_both_tables_are_made_of_the_columns_that_were_written(monkeypatch):
    """But for the three categories, which pandas stores in a narrower type."""
    places = {}

    class Watched(ColumnBuffer):
        def finish(self):
            columns = super().finish()
            places.update({name: column.ctypes.data for name, column in columns.items()})
            return columns

    monkeypatch.setattr(simulator, "ColumnBuffer", Watched)
    log = ZooplusSimulator(n_users=30).journeys(events_per_user=20, chunk_size=7)
    for table in (log.interactions, log.truth.drop(columns=["persona", "tier", "mission"])):
        for name in table:
            assert table[name].to_numpy().ctypes.data == places[name], name
