"""Logs from files of your own, and what the papers take from a log.

    load_interactions(path)         a CSV or Parquet file
    k_core(interactions)            without items and users that are too rare
    benchmark_log(interactions)     the log that the papers use

MovieLens 1M is in `seqrec.data.movielens`.
"""

from pathlib import Path

import pandas as pd

from seqrec.checks import check_count
from seqrec.data.interactions import validate_interactions

READERS = {".csv": pd.read_csv, ".parquet": pd.read_parquet}


def load_interactions(path: str | Path, columns: dict[str, str] | None = None) -> pd.DataFrame:
    """A log from a file, checked.

    path:    a .csv file (also compressed: .csv.gz, .csv.xz, .csv.zst and so on) or a .parquet file
             (needs pyarrow).
    columns: {name in the file: name here} for those that are called otherwise, such as
             {"customer": "user_id", "sku": "item_id", "time": "timestamp"}.
    Returns a DataFrame that `seqrec.data.validate_interactions` accepts, all other columns with it.

    Raises FileNotFoundError, ImportError without pyarrow, and ValueError for another kind of file,
    a column that is not there, one that would be there twice, and whatever is wrong with the log.
    """
    path = Path(path)
    kind = next((ending for ending in READERS if ending in path.suffixes), None)
    if kind is None:
        raise ValueError(
            f"{path.name} is neither .csv nor .parquet. Cure: one of these, or read it with pandas."
        )
    table = READERS[kind](path)
    renamed = dict(columns or {})
    missing = [name for name in renamed if name not in table.columns]
    if missing:
        raise ValueError(
            f"{path.name} has no column {missing[0]!r}; found {list(table.columns)}. Cure: "
            "`columns`."
        )
    try:
        return validate_interactions(table.rename(columns=renamed))
    except ValueError as error:
        raise ValueError(f"{path.name}: {error}") from error


def k_core(interactions: pd.DataFrame, *, users: int = 1, items: int = 5) -> pd.DataFrame:
    """The largest part of a log in which no user and no item is rare.

    Dropping rare items can make users rare, and the other way round; so it goes on until nothing is
    left to drop.

    interactions: a log.
    users:        events that every user has at least.
    items:        events that every item has at least.
    Returns a new DataFrame, rows in their old order with their old index. It may be empty.
    Raises ValueError for a number below 1.
    """
    check_count("users", users)
    check_count("items", items)
    kept = validate_interactions(interactions)
    while True:
        is_kept = kept.groupby("user_id")["item_id"].transform("size") >= users
        is_kept &= kept.groupby("item_id")["user_id"].transform("size") >= items
        if is_kept.all():
            return kept.copy() if kept is interactions else kept
        kept = kept[is_kept]


def benchmark_log(interactions: pd.DataFrame, min_count: int = 5) -> pd.DataFrame:
    """Ratings as the papers read them: without rare items, user by user, oldest first.

    Events of a user at the same time keep the order in which they came. Of MovieLens 1M that leaves
    999,611 ratings by 6,040 users of 3,416 films.

    interactions: a log.
    min_count:    ratings that every item has at least.
    Returns a new log, its rows numbered from 0. Raises ValueError for a `min_count` below 1.
    """
    return k_core(interactions, items=min_count).sort_values(
        ["user_id", "timestamp"], kind="stable", ignore_index=True
    )
