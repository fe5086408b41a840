"""Tables from CSV and Parquet files, in which ids stay what they are.

A reader that guesses makes 7 of 007, nothing of the item NA, and floats of integers with a hole.
"""

import codecs
import warnings
from pathlib import Path

import pandas as pd
from pandas.api import types

from seqrec.checks import cut, shown
from seqrec.data.csv_cells import BadCells, check_cells, is_plain, refuse_doubled
from seqrec.data.ids import is_reversible
from seqrec.data.interactions import REQUIRED
from seqrec.data.log_folders import check_fits, footer, whole_parts

COMPRESSED = (".gz", ".bz2", ".zip", ".xz", ".zst")
#: Columns that are read as text.
ID_COLUMNS = ("user_id", "item_id", "session_id")
#: What pandas takes for missing, by the documentation of read_csv; in other columns than ids.
MISSING = [
    "", "#N/A", "#N/A N/A", "#NA", "-1.#IND", "-1.#QNAN", "-NaN", "-nan", "1.#IND", "1.#QNAN",
    "<NA>", "N/A", "NA", "NULL", "NaN", "None", "n/a", "nan", "null",
]  # fmt: skip
SEPARATORS = (",", ";", "\t", "|")


def read_table(path, names, options):
    """The table in a file, its columns named as they are there; ids are text, "" is missing.

    path:    Path.
    names:   {name here: name in the file} of columns that are called otherwise there.
    options: of pd.read_csv or pd.read_parquet.

    Raises as `seqrec.data.load_interactions` does.
    """
    kind = kind_of(path)
    _check_place(path, kind)
    if kind == ".parquet" and path.is_file() and "filters" not in options:
        # Rows that are alike take no room in a file.
        cure = "build_sequences_at_scale, with the rows in several smaller files"
        check_fits(path, footer(path), options.get("columns"), cure)
    try:
        table = (_read_csv if kind == ".csv" else _read_parquet)(path, names, options)
    except (ImportError, TypeError, MemoryError):
        raise
    except BadCells as error:
        raise ValueError(f"{shown_name(path)} can't be read as {kind}: {error}") from error
    except Exception as error:
        # One that knows its file is clear already: not found, not allowed.
        if getattr(error, "filename", None):
            raise
        said = cut(" ".join(str(error).split()).rstrip("."), 200)
        if kind == ".parquet":
            raise ValueError(
                f"{shown_name(path)} can't be read as .parquet: {said}. Cure: another copy of the "
                "file."
            ) from error
        raise ValueError(
            f"{shown_name(path)} can't be read as .csv: {said}. Cure: an option of pd.read_csv, "
            "such as sep=';', encoding='latin-1', index_col=0 or on_bad_lines='skip'; or another "
            "copy of the file, if it was cut short."
        ) from error
    if not isinstance(table, pd.DataFrame):
        raise ValueError(
            f"{shown_name(path)} was read as a {type(table).__name__}, not as a table. Cure: "
            "without chunksize and iterator; for a log larger than memory, "
            "build_sequences_at_scale."
        )
    return table


def kind_of(path):
    """The last ending that is not a compression, in small letters: ".csv" or ".parquet".

    Raises ValueError for another.
    """
    endings = [ending.lower() for ending in path.suffixes]
    while endings and endings[-1] in COMPRESSED:
        endings.pop()
    if not endings or endings[-1] not in (".csv", ".parquet"):
        raise ValueError(
            f"{shown_name(path)} is neither .csv nor .parquet. Cure: one of these, or read it with "
            "pandas."
        )
    return endings[-1]


def shown_name(path):
    """The name of a file as a message gives it."""
    return cut(path.name, 100)


def _check_place(path, kind):
    """Raise an error that names the path unless a file is there: no pipe, which would not end.

    A folder of Parquet files is fine where it is whole.
    """
    if path.is_dir() and kind == ".parquet":
        whole_parts(path)
    elif not path.exists():
        raise FileNotFoundError(
            f"{cut(str(path), 200)} is not there. Cure: the path of the file, from {Path.cwd()} or "
            "absolute."
        )
    elif not path.is_file():
        raise ValueError(
            f"{shown_name(path)} is a folder, a pipe or a device, not a file. Cure: the path of a "
            "file."
        )


def read_dates(table, written):
    """The table with `timestamp`, which is text, as datetimes.

    written: the `format` of pd.to_datetime.

    Raises ValueError for a time that is written otherwise, and where the column is not text.
    """
    times = table.get("timestamp")
    if times is None:
        return table
    if not types.is_string_dtype(times.dropna()):
        raise ValueError(
            f"dates={written!r} is for times that are text, and column 'timestamp' has dtype "
            f"{times.dtype}. Cure: without dates."
        )
    try:
        return table.assign(timestamp=pd.to_datetime(times, format=written))
    except ValueError as error:
        raise ValueError(
            f"column 'timestamp' is not written as dates={written!r} says: {error} Cure: the "
            "format that it has, such as dates='%d.%m.%Y %H:%M'."
        ) from error


def integers_if_reversible(table):
    """The table with ids as integers, in those columns whose text says the same as the integers."""
    changed = {}
    for name in ID_COLUMNS:
        is_there = list(table.columns).count(name) == 1
        if not is_there or types.infer_dtype(table[name], skipna=True) != "string":
            continue
        codes, texts = pd.factorize(table[name])
        texts = pd.Series(texts)
        # A hole has the code -1, and is refused later.
        if len(texts) and (codes >= 0).all() and is_reversible(texts):
            changed[name] = pd.Series(map(int, texts)).to_numpy()[codes]
    return table.assign(**changed) if changed else table


def _read_csv(path, names, options):
    options = dict(options)
    if options.get("names") is not None:
        options["names"] = list(options["names"])
    ids = {names.get(name, name) for name in ID_COLUMNS}
    wanted = {names.get(name, name) for name in REQUIRED}
    if is_plain(path, options):
        given = options.get("sep", options.get("delimiter"))
        separator, columns = check_cells(
            path,
            SEPARATORS if given is None else (given,),
            wanted,
            _encoding(options),
            options.get("names"),
            ids,
            skips_first=options.get("names") is not None and options.get("header") == 0,
        )
        options.pop("delimiter", None)
        options["sep"] = separator
    else:
        separator, columns = _separator_and_columns(path, wanted, options)
        if separator is not None:
            options["sep"] = separator
        if not {"header", "names", "index_col"} & options.keys():
            one_row = {**options, "nrows": 1, "chunksize": None, "iterator": False}
            first = pd.read_csv(path, **one_row | {"header": None, "dtype": str, "usecols": None})
            refuse_doubled(list(first.iloc[0]) if len(first) else [])
    dtype = options.get("dtype") or {}
    if isinstance(dtype, dict):
        # A converter says more than a dtype.
        as_text = ids - (options.get("converters") or {}).keys()
        options["dtype"] = dict.fromkeys(as_text, str) | dtype
    if not {"na_values", "keep_default_na", "na_filter"} & options.keys():
        options["keep_default_na"] = False
        options["na_values"] = {name: [""] if name in ids else MISSING for name in columns}
    with warnings.catch_warnings():
        if options.get("index_col") is None:
            # Else pandas takes the first of too many cells for an index, and moves all others.
            options["index_col"] = False
            warnings.filterwarnings("error", "Length of header", pd.errors.ParserWarning)
        try:
            return pd.read_csv(path, **options)
        except pd.errors.ParserWarning as error:
            raise BadCells(
                "its rows have more cells than there are names. Cure: names=[...] with a name for "
                "each cell, and header=0 if the first row holds names; or mend the rows."
            ) from error


def _encoding(options):
    """The encoding of the file; a mark at the beginning of UTF-8 is none of its text."""
    encoding = options.get("encoding") or "utf-8"
    try:
        name = codecs.lookup(encoding).name
    except LookupError:
        raise BadCells(
            f"encoding must be one that Python knows, got {shown(encoding)}. Cure: "
            "encoding='utf-8', 'latin-1' or 'utf-16'."
        ) from None
    return "utf-8-sig" if name == "utf-8" else name


def _read_parquet(path, names, options):
    """As pandas reads it; but integers with a hole, of which it makes floats, as Int64."""
    table = pd.read_parquet(path, **options)
    ids = [names.get(name, name) for name in ID_COLUMNS]
    floats = [name for name in ids if name in table and types.is_float_dtype(table[name].dtype)]
    if floats:
        exact = {"columns": floats, "dtype_backend": "numpy_nullable"}
        table[floats] = pd.read_parquet(path, **options | exact)[floats]
    return table


def _separator_and_columns(path, wanted, options):
    """The separator, None where the options say it, and the names in the first row.

    It is the first of SEPARATORS under which the columns are there, else that which finds most.
    """
    one_row = {**options, "nrows": 1, "chunksize": None, "iterator": False}
    if {"sep", "delimiter"} & options.keys():
        return None, list(pd.read_csv(path, **one_row).columns)
    found = {}
    for separator in SEPARATORS:
        table = pd.read_csv(path, **one_row, sep=separator)
        found[separator] = list(table.columns)
        # Names that are given are there under any separator, but have nothing below them.
        is_filled = table.empty or table.iloc[0].count() > 1
        if is_filled and wanted <= set(table.columns):
            return separator, found[separator]
    return max(found.items(), key=lambda item: len(item[1]))
