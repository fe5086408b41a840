"""Logs from files of your own, and what the papers take from a log.

    load_interactions(path)         a CSV or Parquet file
    k_core(interactions)            without items and users that are too rare
    benchmark_log(interactions)     the log that the papers use

MovieLens 1M is in `seqrec.data.movielens`. What is peculiar to files is in `readers`.
"""

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from seqrec.checks import check_count
from seqrec.data.chronology import user_rows
from seqrec.data.ids import normal_ids
from seqrec.data.interactions import validate_interactions
from seqrec.data.readers import (
    integers_if_reversible,
    kind_of,
    read_dates,
    read_table,
    shown_name,
)
from seqrec.data.tables import renamed


def load_interactions(
    path: str | Path,
    columns: Mapping[str, str] | None = None,
    *,
    dates: str | None = None,
    prepare: Callable[[pd.DataFrame], pd.DataFrame] | None = None,
    **read_options: Any,
) -> pd.DataFrame:
    """A log from a file, checked.

    path:         a .csv file (also compressed: .csv.gz, .csv.xz, .csv.zst and so on) or a .parquet
                  file (needs pyarrow). The last ending decides, in capitals too.
    columns:      {name in the file: name here} for those that are called otherwise, such as
                  {"customer": "user_id", "sku": "item_id", "time": "timestamp"}.
    dates:        how times are written that are text, as the `format` of pd.to_datetime takes it:
                  "ISO8601", or "%d.%m.%Y %H:%M". Which number is the month is never guessed.
    prepare:      what to do with the table before it is checked, a function from a DataFrame (its
                  columns renamed) to another: ``lambda log: log.dropna(subset=["item_id"])``.
    read_options: of pd.read_csv or pd.read_parquet, such as sep, decimal, encoding. Without `sep`,
                  that of , ; tab | is taken under which the file has the columns.

    Ids in a CSV file are text, and become integers only if all of a column can be written back as
    they were: 0001, 007 and the item NA stay text. An empty cell is missing.

    Returns a DataFrame that `seqrec.data.validate_interactions` accepts, all other columns with it.

    Raises FileNotFoundError, ImportError without pyarrow, TypeError for an unknown option, and
    ValueError that names the file: for another kind of file, one that can't be read, a column that
    is not there, one that would be there twice, and whatever is wrong with the log.
    """
    path = Path(path)
    names = {new: old for old, new in dict(columns or {}).items()}
    table = renamed(read_table(path, names, read_options), columns, shown_name(path))
    try:
        if dates is not None:
            table = read_dates(table, dates)
        if prepare is not None:
            table = prepare(table)
        if kind_of(path) == ".csv":
            table = integers_if_reversible(table)
        return validate_interactions(table)
    except ValueError as error:
        raise ValueError(f"{shown_name(path)}: {error} {CURE}") from error


# What the cures of `validate_interactions` mean to somebody who has no table yet.
CURE = (
    "(Of this file: columns= renames, dates='ISO8601' or another format reads times that are text, "
    "and prepare= takes a function that does the rest to the table.)"
)


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
    user = pd.factorize(normal_ids(kept["user_id"]))[0]
    item = pd.factorize(normal_ids(kept["item_id"]))[0]
    rows = np.arange(len(kept))
    while True:
        is_kept = np.bincount(user[rows])[user[rows]] >= users
        is_kept &= np.bincount(item[rows])[item[rows]] >= items
        if is_kept.all():
            return kept.iloc[rows]
        rows = rows[is_kept]


def benchmark_log(interactions: pd.DataFrame, min_count: int = 5) -> pd.DataFrame:
    """Ratings as the papers read them: without rare items, user by user, oldest first.

    Events of a user at the same time keep the order in which they came. Of MovieLens 1M that leaves
    999,611 ratings by 6,040 users of 3,416 films.

    interactions: a log.
    min_count:    ratings that every item has at least.
    Returns a new log, its rows numbered from 0. Raises ValueError for a `min_count` below 1.
    """
    core = k_core(interactions, items=min_count)
    rows = user_rows(core)[0] if len(core) else []
    return core.iloc[rows].reset_index(drop=True)
