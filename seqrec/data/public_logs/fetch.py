"""What can be downloaded of the public logs: the archives of MovieLens, by their checksums."""

from pathlib import Path
from typing import NamedTuple

from seqrec.checks import cut, shown
from seqrec.data.download import download
from seqrec.data.movielens import data_folder
from seqrec.data.public_logs.formats import NAMED
from seqrec.data.public_logs.formats_of_ratings import MOVIELENS_LICENCE

#: Bytes of a file that can be right: about twice the largest.
MOST_BYTES = 2**29


class Archive(NamedTuple):
    """A file at a public address, and the checksum that stands beside it there."""

    url: str
    # Of url + ".md5".
    md5: str
    licence: str


def _movielens(size, md5):
    url = f"https://files.grouplens.org/datasets/movielens/ml-{size}.zip"
    return Archive(url, md5, MOVIELENS_LICENCE)


ARCHIVES = {
    "movielens-100k": _movielens("100k", "0e33842e24a9c977be4e0107933c0723"),
    "movielens-1m": _movielens("1m", "c4d9eecfca2ab87c1945afe126590906"),
    "movielens-10m": _movielens("10m", "ce571fd55effeba0271552578f2648bd"),
    "movielens-20m": _movielens("20m", "cd245b17a1ae2cc31bb14903e1204af3"),
    "movielens-25m": _movielens("25m", "6b51fb2759a8657d3bfcbfc42b592ada"),
    "movielens-32m": _movielens("32m", "d472be332d4daa821edc399621853b57"),
}


def download_public_log(
    name: str, folder: str | Path | None = None, *, progress: bool = True
) -> Path:
    """Fetch a public log as its makers packed it, for `load_public_log`. Returns its Path.

    These are the archives of MovieLens, which have a public address and a checksum beside it, by
    the names movielens-100k, -1m, -10m, -20m, -25m and -32m. The licence is shown.

    name:     which.
    folder:   where it goes or is already. None takes the folder that the environment variable
              SEQREC_DATA names, else `~/.cache/seqrec`.
    progress: whether to show a bar.

    Raises ValueError for another name, with the address and the licence where it is one of the
    formats, and where what came has another checksum; OSError where it can't be had.
    """
    if not isinstance(name, str) or name not in ARCHIVES:
        raise ValueError(_not_here(name))
    archive = ARCHIVES[name]
    path = (data_folder() if folder is None else Path(folder)) / archive.url.rpartition("/")[2]
    print(f"{name}: {archive.licence}.")
    try:
        return download(
            archive.url, path, md5=archive.md5, progress=progress, most_bytes=MOST_BYTES
        )
    except OSError as error:
        if error.filename is None:
            raise
        raise OSError(
            f"nothing can be written to {cut(str(path.parent), 200)} ({type(error).__name__}). "
            "Cure: the environment variable SEQREC_DATA, or `folder`, with a folder that can be "
            "written to."
        ) from error


def _not_here(name):
    # A format of MovieLens is not one archive: the names of these are told.
    if isinstance(name, str) and name in NAMED and not name.startswith("movielens-"):
        format = NAMED[name]
        return (
            f"{name} can't be fetched here, only MovieLens can. "
            f"Licence: {format.licence}. Cure: fetch the file from {format.address} yourself, and "
            "load_public_log(path)."
        )
    return (
        f"name must be one of {', '.join(ARCHIVES)}, got {shown(name)}. Cure: one of these; of "
        "other logs, fetch the file yourself, and load_public_log(path)."
    )
