"""Sequences from logs that are larger than memory.

A folder of Parquet files in, a folder of Parquet files out:

    build_sequences_at_scale("log", "sequences", max_len=50, is_by_user=True)

Needs Dask and pyarrow, the extra [scale]. The work goes to the `distributed.Client` that is active,
or else to this machine's threads; what is in memory is one file per worker. Without `is_by_user`
the log is regrouped by user first, through the disk.
"""

from pathlib import Path

import numpy as np
import pandas as pd

from seqrec.data.sequences import build_sequences

COLUMNS = ["user_id", "item_id", "timestamp"]


def build_sequences_at_scale(
    log: str | Path, out: str | Path, max_len: int, *, is_by_user: bool = False
) -> None:
    """`seqrec.data.build_sequences` for a log of any size.

    log:        a folder of Parquet files with user_id, item_id and timestamp.
    out:        a new folder, gets Parquet files with the columns that `build_sequences` has, in no
                particular order of users.
    max_len:    positions that the model reads: the newest `max_len + 1` items are kept.
    is_by_user: True if no user is in two of the files, as in the folders of `zooplus_sim`; nothing
                is moved then.

    Raises ValueError if `out` is there already, for ids that are neither integers nor text, and if
    is_by_user is True and two files may hold the same user; FileNotFoundError without any Parquet
    file, and ImportError without Dask.
    """
    import dask.dataframe as dd
    import pyarrow
    from pyarrow import parquet

    log = Path(log).absolute()
    out = Path(out).absolute()
    paths = sorted(log.glob("*.parquet"))
    if not paths:
        raise FileNotFoundError(f"{log} holds no .parquet file.")
    if out.exists():
        raise ValueError(f"{out} is there already. Cure: another folder, or delete it first.")
    user, item = (_id_type(parquet.read_schema(paths[0]), name) for name in ("user_id", "item_id"))
    if is_by_user:
        _check_by_user(paths)
    events = dd.read_parquet(
        [str(path) for path in paths], columns=COLUMNS, index=False, split_row_groups=False
    )
    if not is_by_user:
        events = events.shuffle("user_id", ignore_index=True)
    like = build_sequences(pd.DataFrame({name: np.zeros(1, np.int64) for name in COLUMNS}), max_len)
    users = like["user_id"].astype(events.dtypes["user_id"])
    sequences = events.map_partitions(_sequences, max_len, meta=like.assign(user_id=users).iloc[:0])
    schema = pyarrow.schema([("user_id", user), ("item_sequence", pyarrow.list_(item))])
    sequences.to_parquet(out, write_index=False, schema=schema)


def _sequences(events, max_len):
    """Of one part; an empty part has none."""
    if len(events):
        return build_sequences(events, max_len)
    return pd.DataFrame(
        {"user_id": events["user_id"], "item_sequence": pd.Series([], dtype=object)}
    )


def _id_type(schema, name):
    """Arrow's type of a column of ids; of categories, that of their values.

    Raises ValueError for a type that is neither integer nor text.
    """
    from pyarrow import types

    kind = schema.field(name).type
    kind = kind.value_type if types.is_dictionary(kind) else kind
    if not (types.is_integer(kind) or types.is_string(kind) or types.is_large_string(kind)):
        raise ValueError(
            f"column {name!r} has the Arrow type {kind}, and ids are integers or text here. Cure: "
            f"write the files with .astype('int64') or .astype(str) on {name!r}."
        )
    return kind


def _check_by_user(paths):
    """Raise ValueError if the ranges of users of two files overlap.

    Read from the files' statistics, not from the rows.
    """
    from pyarrow import parquet

    ranges = []
    for path in paths:
        file = parquet.ParquetFile(path).metadata
        column = file.schema.names.index("user_id")
        groups = range(file.num_row_groups)
        statistics = [file.row_group(group).column(column).statistics for group in groups]
        if statistics:
            first = min(group.min for group in statistics)
            last = max(group.max for group in statistics)
            ranges.append((first, last, path.name))
    ranges.sort()
    for (_, last, one), (first, _, other) in zip(ranges, ranges[1:], strict=False):
        if first <= last:
            raise ValueError(
                f"{one} and {other} may both hold user {first}. Cure: is_by_user=False."
            )
