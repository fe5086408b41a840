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

from seqrec.checks import check_count, check_flag, shown
from seqrec.data.log_folders import (
    check_apart,
    check_fits,
    footer,
    named,
    user_range,
    whole_parts,
)
from seqrec.data.sequences import build_sequences
from seqrec.data.whole_folders import refuse_taken, whole_folder

COLUMNS = ["user_id", "item_id", "timestamp"]


def build_sequences_at_scale(
    log: str | Path, out: str | Path, max_len: int, *, is_by_user: bool = False
) -> None:
    """`seqrec.data.build_sequences` for a log of any size.

    log:        a folder of Parquet files with user_id, item_id and timestamp. Where it holds a
                manifest (`seqrec.data.log_folders`), it is checked first, each file's checksum too.
    out:        a new folder, gets Parquet files with the columns that `build_sequences` has, in no
                particular order of users. It appears when it is whole.
    max_len:    positions that the model reads: the newest `max_len + 1` items are kept.
    is_by_user: True if no user is in two of the files, as in the folders of `zooplus_sim`; nothing
                is moved then.

    Raises ValueError if `out` is there already or being written, for a log that is unfinished or
    not what its manifest says, for a file that is damaged or has other columns than the first, for
    ids that are neither integers nor text, and if is_by_user is True and two files may hold the
    same user; FileNotFoundError without any Parquet file, and ImportError without Dask.
    """
    import dask.dataframe as dd
    import pyarrow

    max_len = check_count("max_len", max_len)
    check_flag("is_by_user", is_by_user)
    log = Path(log).absolute()
    out = Path(out).absolute()
    paths = whole_parts(log)
    refuse_taken(out)
    footers = [footer(path) for path in paths]
    user, item = _id_types(paths, footers)
    for path, part in zip(paths, footers, strict=True):
        check_fits(path, part, COLUMNS, "write its rows as several smaller files")
    if is_by_user:
        ranges = [
            (path.name, user_range(path, part)) for path, part in zip(paths, footers, strict=True)
        ]
        check_apart([(*users, name) for name, users in ranges if users], "is_by_user=False")
    events = dd.read_parquet(
        [str(path) for path in paths], columns=COLUMNS, index=False, split_row_groups=False
    )
    if not is_by_user:
        events = events.shuffle("user_id", ignore_index=True)
    like = build_sequences(pd.DataFrame({name: np.zeros(1, np.int64) for name in COLUMNS}), max_len)
    users = like["user_id"].astype(events.dtypes["user_id"])
    meta = like.assign(user_id=users).iloc[:0]
    sequences = events.map_partitions(_sequences, max_len, log.name, meta=meta)
    schema = pyarrow.schema([("user_id", user), ("item_sequence", pyarrow.list_(item))])
    with whole_folder(out) as folder:
        sequences.to_parquet(folder, write_index=False, schema=schema)


def _sequences(events, max_len, name):
    """Of one part; an empty part has none. name: of the log, for messages."""
    if len(events):
        try:
            return build_sequences(events, max_len)
        except ValueError as error:
            raise ValueError(f"in a part of {shown(name)}: {error}") from error
    return pd.DataFrame(
        {"user_id": events["user_id"], "item_sequence": pd.Series([], dtype=object)}
    )


def _id_types(paths, footers):
    """Arrow's types of `user_id` and `item_id`; of categories, those of their values.

    Raises ValueError for a column that is not there, ids that are neither integers nor text, and
    for a file whose types are not those of the first.
    """
    schemas = [metadata.schema.to_arrow_schema() for metadata in footers]
    for path, schema in zip(paths, schemas, strict=True):
        for name in COLUMNS:
            if schema.names.count(name) != 1:
                raise ValueError(
                    f"{named(path)} must have one column {name!r}, found "
                    f"{shown(schema.names, 120)}. Cure: rename the column that holds it."
                )
            kind = schema.field(name).type
            first = schemas[0].field(name).type
            if kind != first:
                raise ValueError(
                    f"column {name!r} has the Arrow type {kind} in {named(path)} and {first} in "
                    f"{shown(paths[0].name)}. Cure: write all files with one dtype."
                )
    return [_id_type(paths[0], schemas[0], name) for name in ("user_id", "item_id")]


def _id_type(path, schema, name):
    from pyarrow import types

    kind = schema.field(name).type
    kind = kind.value_type if types.is_dictionary(kind) else kind
    if not (types.is_integer(kind) or types.is_string(kind) or types.is_large_string(kind)):
        raise ValueError(
            f"column {name!r} of {named(path)} has the Arrow type {kind}, and ids are integers or "
            f"text here. Cure: write the files with .astype('int64') or .astype(str) on {name!r}."
        )
    return kind
