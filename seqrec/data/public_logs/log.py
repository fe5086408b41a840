"""The door of the public logs: a file in one of their formats, and a table of interactions."""

import os
from pathlib import Path

import pandas as pd

from seqrec.checks import cut, shown
from seqrec.data.public_logs.joined import Columns
from seqrec.data.public_logs.json_lines import JsonReader
from seqrec.data.public_logs.packed import line_blocks
from seqrec.data.public_logs.recognise import format_of, members_of
from seqrec.data.public_logs.refusals import BadLog
from seqrec.data.public_logs.tables import TableReader
from seqrec.data.readers import shown_name


def load_public_log(
    path: str | Path, format: str | None = None, *, progress: bool = True
) -> pd.DataFrame:
    """A log that others have published, in the format in which they did, as interactions.

    ================  ===============================================  ============================
    format            file                                             from
    ================  ===============================================  ============================
    movielens-100k    u.data, or ml-100k.zip                           grouplens.org (1)
    movielens-dat     ratings.dat, or ml-1m.zip, ml-10m.zip            grouplens.org (1)
    movielens-csv     ratings.csv, or ml-20m.zip, -25m, -32m, -latest  grouplens.org (1)
    amazon-json       reviews_X.json.gz (2014), X.json.gz (2018)       jmcauley.ucsd.edu (2)
    amazon-2014-csv   ratings_X.csv: user,item,rating,timestamp        jmcauley.ucsd.edu (2)
    amazon-2018-csv   X.csv: item,user,rating,timestamp                nijianmo.github.io (2)
    amazon-2023-json  X.jsonl.gz                                       amazon-reviews-2023 (2)
    amazon-2023-csv   X.csv.gz, X.train.csv.gz (0-core, 5-core)        amazon-reviews-2023 (2)
    steam             steam_reviews.json.gz                            cseweb.ucsd.edu (2)
    retailrocket      events.csv                                       kaggle.com (2)
    yoochoose-clicks  yoochoose-clicks.dat, yoochoose-test.dat         kaggle.com (3)
    yoochoose-buys    yoochoose-buys.dat                               kaggle.com (3)
    diginetica        train-item-views.csv                             competitions.codalab.org (2)
    lastfm-1k         userid-timestamp-...-traname.tsv, or the tar.gz  ocelma.net (4)
    gowalla           Gowalla_totalCheckins.txt                        snap.stanford.edu (2)
    user-item         "user item" lines in order of time               github.com/kang205/SASRec
    ================  ===============================================  ============================

    (1) Research, with citation; the README of each archive says whether it may be passed on.
    (2) What may be done with it: see the page. (3) CC BY-NC-ND 4.0. (4) Non-commercial.
    Whole addresses and licences are in `seqrec.data.public_logs.formats`; none of these logs is
    part of this library. `download_public_log` fetches those of MovieLens. LastFM-360K has no times
    and is refused.

    path:     the file, plain or packed as .gz, .bz2, .xz, .zip, .tar.gz; it is unpacked on the way.
    format:   its name above. None looks at the first lines, and at the name where these leave a
              doubt.
    progress: whether to show a bar once it takes more than two seconds.

    Returns a DataFrame that `validate_interactions` accepts, rows in the order of the file:

        user_id, item_id  integers if all in the file are written as Python writes them, else text:
                          007 and NA stay what they are. In logs of sessions a session is a user;
                          an item of lastfm-1k is artist, tab, track.
        timestamp         seconds since 1970 in UTC; a fraction where the file has milliseconds.
                          Of user-item lines, which have no time, the number of the line.
        session_id        yoochoose, diginetica
        outcome           stars from 0 to 5, where there are some
        event             retailrocket: view, addtocart, transaction; yoochoose: click, buy
        price             yoochoose-buys

    Lines that are there twice are kept. ``log.attrs["public_log"]`` says the format, and how many
    of such `duplicates` there are.

    Raises TypeError for a path that is none; FileNotFoundError; and ValueError that names the file,
    the line and the cure: for a file that is damaged, cut short, empty, larger than memory, of no
    known format or of several; for a line with another number of fields, an empty id, a time or a
    number that is none or can't be.
    """
    path = _place(path)
    try:
        found = format_of(path, format)
        columns = Columns()
        reader = (TableReader if found.separator else JsonReader)(found, columns)
        for lines in line_blocks(path, members_of(found), progress):
            reader.add(lines)
        if not columns.n_rows:
            raise BadLog("it has no row. Cure: another copy of the file.")
        first_line = reader.line - columns.n_rows
        log, n_repeats = columns.table(bool(found.times), first_line)
    except BadLog as error:
        raise ValueError(f"{shown_name(path)}: {error}") from error
    log.attrs["public_log"] = {"format": found.name, "duplicates": n_repeats}
    return log


def _place(path):
    """The Path of a file that is there. Raises an error that names it for any other."""
    if not isinstance(path, str | os.PathLike):
        raise TypeError(
            f"path must be the name of a file, got {shown(path)}. Cure: load_public_log('u.data'), "
            "or what your file is called."
        )
    path = Path(path)
    if not path.exists():
        here = cut(str(Path.cwd()), 150)
        raise FileNotFoundError(
            f"{cut(str(path), 200)} is not there. Cure: the path of the file, from {here} or "
            "absolute."
        )
    if not path.is_file():
        raise ValueError(
            f"{cut(str(path), 200)} must be a file, got a folder, a pipe or a device. Cure: the "
            "path of a file in it."
        )
    return path
