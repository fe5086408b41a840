"""MovieLens 1M: a million ratings of films, the data that most papers of the field report on.

Harper and Konstan, "The MovieLens Datasets: History and Context" (2015). It may be used for
research, not sold and not passed on; so it is downloaded from its makers, and never part of this
library.
"""

import io
import os
import zipfile
from pathlib import Path
from typing import NamedTuple

import pandas as pd

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
    folder = Path(folder or os.environ.get("SEQREC_DATA") or Path.home() / ".cache" / "seqrec")
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
        texts = {name: (place / name).read_bytes() for name in FILES}
    tables = {name: _parse(name, texts[name], place) for name in FILES}
    items = tables["movies.dat"]
    items["genres"] = [tuple(genres.split("|")) for genres in items["genres"]]
    ratings = tables["ratings.dat"].astype({"outcome": float})
    interactions = ratings[["user_id", "item_id", "timestamp", "outcome"]]
    return MovieLens(interactions, items, tables["users.dat"])


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
    return download(URL, path, sha256=SHA256, progress=progress)


def _read_zip(path):
    """{name: bytes} of the three files, in whatever folder of the zip they are."""
    cure = "Cure: delete it and call again, or fetch it anew."
    try:
        with zipfile.ZipFile(path) as archive:
            inside = {Path(name).name: name for name in archive.namelist()}
            missing = [name for name in FILES if name not in inside]
            if missing:
                raise ValueError(f"{path} has no {', '.join(missing)} in it. {cure}")
            return {name: archive.read(inside[name]) for name in FILES}
    except (zipfile.BadZipFile, EOFError) as error:
        raise ValueError(
            f"{path} is cut short, damaged, or no zip at all ({error}). {cure}"
        ) from error


def _parse(name, text, place):
    """One file, fields separated by "::", latin-1, no header. Returns its table."""
    columns = FILES[name]
    lines = text.decode("latin-1").splitlines()
    n_fields = len(columns)
    for number, line in enumerate(lines, start=1):
        found = line.count("::") + 1
        if found != n_fields:
            raise ValueError(
                f"{place}, {name}, line {number}: {line[:60]!r} has {found} fields, expected "
                f"{n_fields}: {'::'.join(columns)}. Cure: the file as GroupLens has it."
            )
    if not lines:
        raise ValueError(f"{place}, {name} is empty. Cure: the file as GroupLens has it.")
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
    for column in set(NUMBERS) & set(columns):
        try:
            table[column] = table[column].astype("int64")
        except ValueError:
            line = int((~table[column].str.fullmatch(r"\d+")).to_numpy().argmax())
            raise ValueError(
                f"{place}, {name}, line {line + 1}: {column} is {table[column].iloc[line]!r}, "
                "expected a whole number. Cure: the file as GroupLens has it."
            ) from None
    return table
