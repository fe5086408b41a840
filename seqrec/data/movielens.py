"""MovieLens 1M: a million ratings of films, the data that most papers of the field report on.

Harper and Konstan, "The MovieLens Datasets: History and Context" (2015). It may be used for
research, not sold and not passed on; so it is downloaded from its makers, and never part of this
library.
"""

import io
import os
import zipfile
import zlib
from lzma import LZMAError
from pathlib import Path
from typing import NamedTuple

import pandas as pd

from seqrec.checks import cut, shown
from seqrec.data.download import download

URL = "https://files.grouplens.org/datasets/movielens/ml-1m.zip"
SHA256 = "a6898adb50b9ca05aa231689da44c217cb524e7ebd39d264c56e2832f2c54e20"
LICENCE = (
    "MovieLens 1M, by GroupLens, University of Minnesota: for research, with the citation Harper & "
    "Konstan (2015), https://doi.org/10.1145/2827872. Passing it on or using it commercially needs "
    "their permission. The whole licence is in the README of the archive."
)
# The columns of each file, in order.
FILES = {
    "ratings.dat": ("user_id", "item_id", "outcome", "timestamp"),
    "movies.dat": ("item_id", "title", "genres"),
    "users.dat": ("user_id", "gender", "age", "occupation", "zip_code"),
}
#: Bytes that each may have, unpacked: about a third more than it has, and for the small ones more.
LARGEST = {"ratings.dat": 2**25, "movies.dat": 2**20, "users.dat": 2**20}
#: Bytes of the zip itself, which has 5,917,549.
LARGEST_ZIP = 2**24
NUMBERS = ("user_id", "item_id", "outcome", "timestamp", "age", "occupation")


class MovieLens(NamedTuple):
    """Three tables that belong together."""

    # user_id, item_id, timestamp (seconds), outcome (stars, 1.0 to 5.0), in the file's order
    interactions: pd.DataFrame
    # item_id, title, genres (a tuple of labels)
    items: pd.DataFrame
    # user_id, gender, age (of a group), occupation (a code), zip_code
    users: pd.DataFrame


def load_movielens_1m(
    folder: str | Path | None = None, download: bool = True, progress: bool = True
) -> MovieLens:
    """The ratings, films and users of MovieLens 1M, as one `MovieLens`.

    folder:   where it is or should be put: a folder with `ratings.dat`, `movies.dat` and
              `users.dat`, or with a folder `ml-1m` of these, or with `ml-1m.zip`; or the zip
              itself. None takes the folder that the environment variable SEQREC_DATA names, else
              `~/.cache/seqrec`.
    download: whether to fetch the zip (6 MB) if nothing is there; the licence is shown then. Files
              that are there are taken as they are: their shape is checked, not their checksum.
    progress: whether to show a bar during the download.

    Raises FileNotFoundError if nothing is there and `download` is False, OSError if it can't be
    had, and ValueError for a damaged zip, a file that is missing in it, or a line that is not what
    the format says, with its number.
    """
    folder = data_folder() if folder is None else Path(folder)
    place = _find(folder)
    if place is None:
        if not download:
            raise FileNotFoundError(
                f"there is no MovieLens 1M in {folder}: neither ratings.dat, movies.dat, users.dat "
                "nor ml-1m.zip. Cure: download=True, or another folder."
            )
        place = _fetch(folder / "ml-1m.zip", progress)
    if place.is_file():
        texts = _read_zip(place)
    else:
        texts = {name: _read_file(place / name) for name in FILES}
    tables = {name: _parse(name, texts[name], place) for name in FILES}
    items = tables["movies.dat"]
    items["genres"] = [tuple(genres.split("|")) for genres in items["genres"]]
    ratings = tables["ratings.dat"].astype({"outcome": float})
    interactions = ratings[["user_id", "item_id", "timestamp", "outcome"]]
    return MovieLens(interactions, items, tables["users.dat"])


def data_folder() -> Path:
    """Where data sets are kept: the folder that SEQREC_DATA names, else `~/.cache/seqrec`.

    Raises ValueError where that variable is not set and there is no home folder.
    """
    named = os.environ.get("SEQREC_DATA")
    if named:
        return Path(named)
    try:
        return Path.home() / ".cache" / "seqrec"
    except RuntimeError:
        raise ValueError(
            "there is no home folder to keep the data in. Cure: the environment variable "
            "SEQREC_DATA, or `folder`, with the folder that holds it or should get it."
        ) from None


def _find(folder):
    """The folder that holds the three files, or the zip; None if neither is there."""
    if folder.is_file():
        return folder
    for place in (folder, folder / "ml-1m"):
        if all((place / name).is_file() for name in FILES):
            return place
    zipped = folder / "ml-1m.zip"
    return zipped if zipped.is_file() else None


def _fetch(path, progress):
    print(LICENCE)
    try:
        return download(URL, path, sha256=SHA256, progress=progress, most_bytes=LARGEST_ZIP)
    except OSError as error:
        if error.filename is None:
            raise
        raise OSError(
            f"nothing can be written to {cut(str(path.parent), 200)} "
            f"({type(error).__name__}). Cure: the environment variable SEQREC_DATA, or `folder`, "
            "with a folder that can be written to."
        ) from error


def _read_zip(path):
    """{name: bytes} of the three files, in whatever folder of the zip they are."""
    shown_path = cut(str(path), 200)
    cure = "Cure: delete it and call again, or fetch it anew."
    try:
        with zipfile.ZipFile(path) as archive:
            return {name: _read_member(archive, name) for name in FILES}
    except _NotMovieLens as error:
        raise ValueError(f"{shown_path} {error}. {cure}") from error
    except (zipfile.BadZipFile, EOFError, zlib.error, LZMAError, NotImplementedError, RuntimeError,
            ValueError) as error:  # fmt: skip
        raise ValueError(
            f"{shown_path} is cut short, damaged, or no zip at all ({cut(str(error), 150)}). {cure}"
        ) from error


class _NotMovieLens(Exception):
    """What is wrong with an archive, as the rest of a sentence that begins with its name."""


def _read_member(archive, name):
    """The bytes of a file in the archive: never more than it may have, whatever the zip says."""
    members = [member for member in archive.infolist() if Path(member.filename).name == name]
    if not members:
        missing = [each for each in FILES if not _is_in(archive, each)]
        raise _NotMovieLens(f"has no {', '.join(missing)} in it")
    if len(members) > 1:
        raise _NotMovieLens(f"has {len(members)} files {name} in it, and one is due")
    (member,) = members
    # Bit 0 of the flags.
    if member.flag_bits & 1:
        raise _NotMovieLens(f"holds {name} encrypted, and GroupLens does not")
    most = LARGEST[name]
    if member.file_size > most:
        raise _NotMovieLens(
            f"says that {name} has {member.file_size:,} bytes, up to {most:,} are due"
        )
    with archive.open(member) as file:
        data = file.read(most + 1)
    if len(data) > most:
        raise _NotMovieLens(f"holds more than {most:,} bytes of {name}")
    if len(data) != member.file_size:
        raise zipfile.BadZipFile(f"{name} has another size than the directory says")
    return data


def _is_in(archive, name):
    return any(Path(inside).name == name for inside in archive.namelist())


def _read_file(path):
    """The bytes of a file. Raises ValueError for one that is too large to be what it should be."""
    most = LARGEST[path.name]
    if path.stat().st_size > most:
        raise ValueError(
            f"{cut(str(path), 200)} has {path.stat().st_size:,} bytes, up to {most:,} are due. "
            "Cure: the file as GroupLens has it."
        )
    return path.read_bytes()


def _parse(name, text, place):
    """One file, fields separated by "::", latin-1, no header. Returns its table."""
    columns = FILES[name]
    lines = text.decode("latin-1").splitlines()
    n_fields = len(columns)
    for number, line in enumerate(lines, start=1):
        if "\x1f" in line:
            raise ValueError(
                f"{cut(str(place), 200)}, {name}, line {number}: {line[:60]!r} holds the control "
                "character 31, which no field does. Cure: the file as GroupLens has it."
            )
        found = line.count("::") + 1
        if found != n_fields:
            raise ValueError(
                f"{cut(str(place), 200)}, {name}, line {number}: {line[:60]!r} has {found} fields, "
                f"expected {n_fields}: {'::'.join(columns)}. Cure: the file as GroupLens has it."
            )
    if not lines:
        raise ValueError(
            f"{cut(str(place), 200)}, {name} is empty. Cure: the file as GroupLens has it."
        )
    # One character that no field holds, because pandas reads longer separators slowly.
    table = pd.read_csv(
        io.StringIO("\n".join(lines).replace("::", "\x1f")),
        sep="\x1f",
        header=None,
        names=columns,
        dtype=str,
        keep_default_na=False,
        quoting=3,
    )
    for column in columns:
        if column in NUMBERS:
            _check_numbers(table[column], name, place)
            table[column] = table[column].astype("int64")
    return table


def _check_numbers(column, name, place):
    """Raise ValueError that names the first line without a whole number."""
    are_numbers = column.str.fullmatch("[0-9]{1,18}").to_numpy(bool)
    if not are_numbers.all():
        line = int(are_numbers.argmin())
        raise ValueError(
            f"{cut(str(place), 200)}, {name}, line {line + 1}: {column.name} is "
            f"{shown(column.iloc[line])}, expected a whole number. Cure: the file as GroupLens has "
            "it."
        )
