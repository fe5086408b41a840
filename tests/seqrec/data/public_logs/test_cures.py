"""Each cure that an error of the public logs prints makes the error go away."""

import ast
import gzip
from pathlib import Path
from unittest import mock

import pytest

from seqrec.data import download_public_log, load_interactions, load_public_log, public_logs
from seqrec.data.download import download
from seqrec.data.public_logs import fetch, joined, packed
from tests.project.cures import Cure, pattern_of, texts_of
from tests.seqrec.data.loopback import serving
from tests.seqrec.data.public_logs.test_fetch import DATA, MD5
from tests.seqrec.data.public_logs.test_formats import write, zipped
from tests.seqrec.data.public_logs.written import WRITTEN

LINES = "1 2\n1 3\n"
RATINGS = WRITTEN["movielens-100k"].text()
OTHER_NAMES = "u,i,rating,t\n1,2,3,4\n"
BOTH = "userId,movieId,rating,timestamp,visitorid,event,itemid\n1,2,3,1433221332117,5,view,6\n"
BOTH = BOTH.replace("1433221332117", "143322133")
COLUMNS = {"u": "user_id", "i": "item_id", "t": "timestamp"}


def load(name, data, format=None):
    return lambda folder: load_public_log(write(folder, name, data), format)


def with_memory(n_bytes, n_lines):
    def call(folder):
        with mock.patch.object(joined, "memory_bytes", lambda: n_bytes):
            return load_public_log(write(folder, "log.txt", LINES * n_lines))

    return call


def fetched(archive, folder_of=lambda folder: folder):
    def call(folder):
        with serving(DATA) as (url, _):
            with mock.patch.dict(fetch.ARCHIVES, {archive: fetch.Archive(url, MD5, "")}):
                return load_public_log(download_public_log(archive, folder_of(folder)))

    return call


def taken(folder):
    """A path that is a file."""
    path = folder / "taken"
    path.touch()
    return path


def with_another_folder(folder):
    return fetched("movielens-100k", lambda folder: folder / "other")(folder)


def with_checksum(folder):
    with serving(DATA) as (url, _):
        download(url, folder / "x", md5=MD5, progress=False)


CURES = [
    Cure(
        "Cure: mend that line as the source has it, or take it out",
        load("u.data", RATINGS + "1\t2\n"),
        load("u.data", RATINGS),
    ),
    Cure(
        "Cure: line ends between the rows",
        load("log.txt", LINES + "1" * (packed.LONGEST_LINE + packed.BLOCK)),
        load("log.txt", LINES * 2),
    ),
    Cure(
        "Cure: if it marks nobody or nothing, take such lines out",
        load("log.txt", LINES + "-1 2\n", "user-item"),
        load("log.txt", LINES),
    ),
    Cure(
        "it has no row. Cure: another copy",
        load("ratings.csv", WRITTEN["movielens-csv"].header),
        load("ratings.csv", WRITTEN["movielens-csv"].text()),
    ),
    Cure("it is empty. Cure: another copy", load("log.txt", ""), load("log.txt", LINES)),
    Cure(
        "Cure: another copy of the file",
        load("log.txt.gz", gzip.compress(LINES.encode())[:-3]),
        load("log.txt.gz", gzip.compress(LINES.encode())),
    ),
    Cure(
        "is not there. Cure: the path of the file",
        lambda folder: load_public_log(folder / "none.txt"),
        load("some.txt", LINES),
    ),
    Cure("Cure: the path of a file in it", load_public_log, load("some.txt", LINES)),
    Cure(
        "Cure: load_public_log('u.data'), or what your file is called",
        lambda _: load_public_log(None),
        load("u.data", RATINGS),
    ),
    Cure("Cure: unpack it, and give the path", load("log.7z", b"7z"), load("log.txt", LINES)),
    Cure(
        "Cure: unpack it and give the path of the file, or say the format",
        load("two.zip", zipped(["u.data", "ratings.csv"], RATINGS)),
        load("two.zip", zipped(["u.data", "ratings.csv"], RATINGS), "movielens-100k"),
    ),
    Cure("Cure: a part of the file", with_memory(10_000, 1000), with_memory(10_000, 10)),
    Cure(
        "Cure: LastFM-1K, which has them",
        load("plays.tsv", f"{'0' * 40}\t\tNA\t3\n"),
        load("listens.tsv", WRITTEN["lastfm-1k"].text()),
    ),
    Cure(
        "Cure: format=None, which looks at the file",
        load("u.data", RATINGS, "ml"),
        load("u.data", RATINGS, None),
    ),
    Cure(
        "it may be 'movielens-csv' or 'retailrocket'. Cure: format='movielens-csv'",
        load("log", BOTH),
        load("log", BOTH, "movielens-csv"),
    ),
    Cure(
        "Cure: format=..., if it is one of these; or load_interactions(path, columns=",
        load("log.csv", OTHER_NAMES),
        lambda folder: load_interactions(write(folder, "log.csv", OTHER_NAMES), COLUMNS),
    ),
    Cure(
        "Cure: the file as the source has it, or load_interactions(path, columns=",
        load("ratings.csv", OTHER_NAMES),
        lambda folder: load_interactions(write(folder, "log.csv", OTHER_NAMES), COLUMNS),
    ),
    Cure(
        "Cure: the environment variable SEQREC_DATA, or `folder`",
        fetched("movielens-100k", taken),
        with_another_folder,
    ),
    Cure(
        "Cure: fetch the file from https://snap.stanford.edu/data/loc-Gowalla.html yourself",
        lambda folder: download_public_log("gowalla", folder),
        load("Gowalla_totalCheckins.txt", WRITTEN["gowalla"].text()),
    ),
    Cure(
        "Cure: one of these; of other logs, fetch the file yourself",
        lambda folder: download_public_log("ml", folder),
        fetched("movielens-100k"),
    ),
    Cure(
        "Cure: the one that the source publishes",
        lambda folder: download("http://127.0.0.1:1/x", folder / "x"),
        with_checksum,
    ),
]


@pytest.fixture(scope="module")
def messages(tmp_path_factory):
    """What each wrong call says."""
    return [said_by(cure.wrong, tmp_path_factory.mktemp("wrong")) for cure in CURES]


def said_by(call, folder):
    with pytest.raises((ValueError, OSError, TypeError)) as error:
        call(folder)
    return str(error.value)


@pytest.mark.parametrize("row", range(len(CURES)), ids=[cure.told[:60] for cure in CURES])
def test_what_an_error_says_to_do_makes_it_go_away(row, messages, tmp_path):
    assert CURES[row].told in messages[row] and len(messages[row]) <= 600
    CURES[row].mended(tmp_path)


def test_every_cure_of_the_public_logs_is_executed(messages):
    left = [
        text
        for path in sorted(Path(public_logs.__file__).parent.glob("*.py"))
        for text in texts_of(ast.parse(path.read_text("utf-8")))
        if "Cure: " in text and not any(pattern_of(text).search(each) for each in messages)
    ]
    assert not left
