"""Tables that somebody might pass for a log: one in three is good, the others are odd."""

from collections.abc import Callable
from decimal import Decimal
from uuid import UUID

import numpy as np
import pandas as pd
import pyarrow as pa

Rng = np.random.Generator
LARGEST_ROWS = 8


def draw_log(rng: Rng) -> object:
    """A table, good or odd in up to two columns, and now and then odd in its shape."""
    n = int(rng.choice([0, 1, 2, 3, 5, LARGEST_ROWS], p=[0.03, 0.1, 0.1, 0.2, 0.27, 0.3]))
    kinds = {"user_id": IDS, "item_id": IDS, "timestamp": TIMES}
    for name, of_name in (("outcome", OUTCOMES), ("session_id", IDS)):
        if rng.random() < 0.3:
            kinds[name] = of_name
    names = list(kinds)
    odd = set(rng.choice(names, int(rng.integers(0, 3)), replace=False))
    columns = {}
    for name, of_name in kinds.items():
        make = of_name[rng.integers(len(of_name))] if name in odd else plain
        columns[name] = make(rng, n)
    table = pd.DataFrame(columns, columns=names)
    if rng.random() < 0.25:
        table.index = pd.Index(rng.integers(0, 3, n))
    if rng.random() < 0.12:
        return SHAPES[rng.integers(len(SHAPES))](rng, table)
    return table


def plain(rng: Rng, n: int) -> pd.Series:
    return pd.Series(rng.integers(1, 4, n), dtype="int64")


def of_values(*values: object, dtype: object = None) -> Callable[[Rng, int], pd.Series]:
    """Draws from a few values; as objects where pandas can't make the dtype of them."""

    def make(rng, n):
        drawn = [values[place] for place in rng.integers(0, len(values), n)]
        return pd.Series(drawn, dtype=dtype if n or dtype is not None else object)

    return make


def of_ints(dtype: object, lowest: int = 1, highest: int = 4) -> Callable[[Rng, int], pd.Series]:
    return lambda rng, n: pd.Series(rng.integers(lowest, highest, n)).astype(dtype)


def _category(rng, n):
    return pd.Series(pd.Categorical(rng.choice(["b", "a", "c"], n), categories=["c", "b", "a"]))


def _number_category(rng, n):
    return pd.Series(pd.Categorical(rng.choice([7, 3, 5], n), categories=[7, 5, 3, 9]))


def _arrow(kind, *values):
    def make(rng, n):
        drawn = [values[place] for place in rng.integers(0, len(values), n)]
        return pd.Series(pd.array(drawn, dtype=pd.ArrowDtype(kind)))

    return make


IDS = (
    of_ints("int8"),
    of_ints("uint16"),
    of_ints("Int64"),
    of_ints("UInt8"),
    of_ints(object),
    of_ints("int64[pyarrow]"),
    of_ints("Sparse[int64]"),
    of_ints("int64", -1),
    of_ints("float64"),
    of_ints("float32"),
    of_ints("string"),
    of_ints("category"),
    of_ints("complex128"),
    of_values(2**63, 2**63 + 1, 2**64 - 1, dtype="uint64"),
    of_values(2**63 - 1, 2**63 - 2, 0),
    of_values(1, 2**64 - 1, dtype=object),
    of_values(2**64, 1, dtype=object),
    of_values(2**53 + 1, 2**53, 2**60 + 1),
    of_values(2.0**53, 2.0**53 + 2, 1.0),
    of_values(1, 2, pd.NA, dtype="Int64"),
    of_values(1.0, np.nan),
    of_values(np.inf, 1.0),
    of_values(1.5, 2.0),
    of_values("7", "07", "007"),
    of_values("1", "2", "10"),
    of_values("a", "", "NA", "é"),
    of_values("a", None, dtype=object),
    of_values("a", 1, dtype=object),
    of_values("\0", "\ud800", "a\nb", dtype=object),
    of_values(True, False),
    of_values(True, 1, dtype=object),
    of_values(b"a", b"b", dtype=object),
    of_values(Decimal(1), Decimal("2.0"), dtype=object),
    of_values(Decimal("1.5"), Decimal("NaN"), dtype=object),
    of_values(Decimal("Infinity"), dtype=object),
    of_values(UUID(int=1), UUID(int=2), dtype=object),
    of_values((1, 2), (3,), dtype=object),
    of_values(1j, 2, dtype=object),
    of_values(None, dtype=object),
    of_values(np.int8(3), 4, dtype=object),
    of_values(pd.Timestamp(0), pd.Timestamp(1)),
    of_values(pd.Interval(0, 1), pd.Interval(1, 2)),
    of_values(np.array([1, 2]), dtype=object),
    of_values({}, dtype=object),
    of_values("x" * 2000, "y"),
    of_values(np.str_("a"), "b", dtype=object),
    of_values(10**5000, 1, dtype=object),
    _category,
    _number_category,
    _arrow(pa.string(), "a", "b"),
    _arrow(pa.int32(), 1, None),
    _arrow(pa.uint64(), 2**64 - 1, 5),
    _arrow(pa.decimal128(20, 0), Decimal(3), Decimal(2**62 + 1)),
    _arrow(pa.float64(), 1.0, 2.0),
    _arrow(pa.bool_(), True, False),
    _arrow(pa.binary(), b"a"),
    _arrow(pa.list_(pa.int64()), [1], [2, 3]),
    of_values("a", "b", dtype="string"),
)
TIMES = (
    of_ints("int8"),
    of_ints("uint32"),
    of_ints("Int64"),
    of_ints("float32"),
    of_ints("float16"),
    of_ints("Float64"),
    of_ints("int64[pyarrow]"),
    of_ints("Sparse[int64]"),
    of_ints("Sparse[float64]"),
    of_ints(object),
    of_ints("string"),
    of_ints("category"),
    of_ints("complex64"),
    of_ints("int64", -9),
    of_values(2**63 - 1, -(2**63), 0),
    of_values(2**64 - 1, 2**63, 0, dtype="uint64"),
    of_values(2**62, 2**62 + 1, 2**62 - 1),
    of_values(2**53 + 1, 2**53),
    of_values(0.1, 0.2, -0.0, 0.0),
    of_values(1e300, -1e300, 5e-324),
    of_values(1.0, np.nan),
    of_values(np.inf, 1.0),
    of_values(1, pd.NA, dtype="Int64"),
    of_values(True, False),
    of_values("10", "9"),
    of_values("2024-01-01", "2023-01-01"),
    of_values(Decimal(1), Decimal("0.5"), dtype=object),
    of_values(pd.Timestamp(5), pd.Timestamp(1), pd.Timestamp.max),
    of_values(pd.Timestamp(5), pd.NaT),
    of_values(pd.Timestamp(5, tz="UTC"), pd.Timestamp(1, tz="UTC")),
    of_values(pd.Timestamp(5, tz="Asia/Tokyo"), pd.Timestamp("2024-11-03", tz="Asia/Tokyo")),
    of_values(pd.Timestamp(5, tz="UTC"), pd.Timestamp(1, tz="Asia/Tokyo"), dtype=object),
    of_values(np.datetime64("2024-01-01"), np.datetime64("9999-01-01")),
    of_values(pd.Timedelta(1)),
    of_values(pd.Period("2024-01"), pd.Period("2023-01")),
    of_values(pd.Timestamp(5).date(), dtype=object),
    of_values(10**30, 1, dtype=object),
    of_values(None, dtype=object),
    of_values((1,), dtype=object),
    _arrow(pa.timestamp("ms"), 1, 2, 3),
    _arrow(pa.timestamp("us", "UTC"), 1, 2),
    _arrow(pa.date32(), 1, 2),
    _arrow(pa.date64(), 86_400_000, 0),
    _arrow(pa.time64("us"), 1, 2),
    _arrow(pa.duration("s"), 1, 2),
    _arrow(pa.timestamp("s"), 1, None),
    _arrow(pa.decimal128(9, 2), Decimal("1.5"), Decimal(2)),
)
OUTCOMES = (
    of_ints("int8"),
    of_ints("float16"),
    of_ints("Float32"),
    of_ints("Sparse[float64]"),
    of_ints("string"),
    of_ints("category"),
    of_ints("double[pyarrow]"),
    of_ints("complex128"),
    of_values(0.0, 1.0, np.nan),
    of_values(np.inf, 1.0),
    of_values(True, False),
    of_values("bought", "left"),
    of_values(1, None, dtype=object),
    of_values(Decimal(1), dtype=object),
    of_values(2**64 - 1, 1, dtype="uint64"),
    of_values(0.5, 1.0),
    _arrow(pa.float64(), 0.5, None),
    _arrow(pa.bool_(), True),
    of_values({}, dtype=object),
)


def _doubled(rng, table):
    name = rng.choice(table.columns)
    return pd.concat([table, table[[name]]], axis=1)


def _two_levels(rng, table):
    return table.set_axis(pd.MultiIndex.from_product([table.columns, ["x"]]), axis=1)


def _other_names(rng, table):
    name = rng.choice(table.columns)
    new = [name.upper(), 7, None, "", "x" * 3000, (1, 2), np.nan][rng.integers(7)]
    return table.rename(columns={name: new})


SHAPES = (
    _doubled,
    _two_levels,
    _other_names,
    lambda rng, table: table.drop(columns=rng.choice(table.columns)),
    lambda rng, table: table.assign(**{f"column {i}": 0 for i in range(400)}),
    lambda rng, table: table.set_axis(pd.MultiIndex.from_arrays([range(len(table))] * 2), axis=0),
    lambda rng, table: table.rename_axis(index="user_id"),
    lambda rng, table: table.rename_axis(columns="item_id"),
    lambda rng, table: table.T,
    lambda rng, table: table.to_dict("list"),
    lambda rng, table: table.to_numpy(),
    lambda rng, table: table["user_id"],
    lambda rng, table: None,
    lambda rng, table: "log.csv",
    lambda rng, table: [table, table],
    lambda rng, table: table.groupby("user_id"),
    lambda rng, table: table.assign(more=table["item_id"].map(lambda _: [1])),
)
