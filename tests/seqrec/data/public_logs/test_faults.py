"""What is wrong with a public log is said with its file, its line, and the cure."""

import bz2
import gzip
import lzma

import pytest

from seqrec.data import load_public_log
from seqrec.data.public_logs import joined, packed
from tests.seqrec.data.public_logs.test_formats import tarred, write, zipped
from tests.seqrec.data.public_logs.written import WRITTEN


def refused(path, format=None):
    with pytest.raises(ValueError) as error:
        load_public_log(path, format, progress=False)
    said = str(error.value)
    assert said.startswith(path.name[:20]) and "Cure: " in said and len(said) <= 600
    return said


def line_of(name):
    """The number of the second line with an event."""
    return 3 if WRITTEN[name].header else 2


@pytest.mark.parametrize("name", WRITTEN)
@pytest.mark.parametrize("column", ["user", "item"])
def test_an_empty_id_is_refused_with_its_line(name, column, tmp_path):
    (user, item), *_ = WRITTEN[name].ids
    empty = "\t\t" if name == "lastfm-1k" else ""
    bad = ("", item) if column == "user" else (user, empty)
    said = refused(write(tmp_path, "log", WRITTEN[name].text([(user, item), bad])), name)
    assert f"line {line_of(name)}: " in said and " must be a" in said


@pytest.mark.parametrize("name", WRITTEN)
def test_another_number_of_fields_is_refused_with_its_line(name, tmp_path):
    text = WRITTEN[name].text()
    first = text.splitlines()[bool(WRITTEN[name].header)]
    for bad in ("", "x", first + " 1" if name == "user-item" else first + "\t,;::1"):
        path = write(tmp_path, "log", f"{WRITTEN[name].header}{first}\n{bad}\n{first}\n")
        said = refused(path, name)
        assert f"line {line_of(name)}: " in said


@pytest.mark.parametrize("name", [each for each in WRITTEN if each != "user-item"])
@pytest.mark.parametrize(
    "bad", ["", "NaN", "-5", "1e9", "9" * 30, "inf", "2014", "2017-02-29", "2017-12-17T25:00:00Z"]
)
def test_a_time_that_is_none_is_refused_with_its_line(name, bad, tmp_path):
    good = WRITTEN[name].columns["timestamp"][0][0]
    bad = f"{bad};2016-05-09" if name == "diginetica" else bad
    if name == "diginetica" and bad.startswith("2014;"):
        bad = "0;2016-13-09"
    if bad == "2014" and name.startswith(("movielens", "amazon-2014", "amazon-2018")):
        # A second of 1970.
        bad = "9007199254740993"
    if bad == "2014" and name == "amazon-json":
        bad = '"1373155200"'
    written = WRITTEN[name]
    lines = written.text([written.ids[0]] * 2).splitlines(keepends=True)
    texts = written.columns["timestamp"][0]
    lines[-1] = lines[-1].replace(texts[1], bad) if len(texts) > 1 else lines[-1]
    said = refused(write(tmp_path, "log", "".join(lines)), name)
    assert f"line {line_of(name)}: " in said, good


def test_seconds_are_not_taken_for_milliseconds_nor_these_for_seconds(tmp_path):
    for name, times in (("retailrocket", "1433221332"), ("movielens-csv", "1433221332117")):
        written = WRITTEN[name]
        text = written.text().replace(written.columns["timestamp"][0][0], times)
        assert "since 1970" in refused(write(tmp_path, "log", text), name)


STARS = [name for name in WRITTEN if "outcome" in WRITTEN[name].columns]


@pytest.mark.parametrize(
    "bad", ["", ".", "NaN", "-1", "6", "1.2.3", "1e0", "inf", "five", "5" * 99]
)
@pytest.mark.parametrize("name", STARS)
def test_stars_that_are_none_are_refused_with_their_line(name, bad, tmp_path):
    if bad == "1e0" and "json" in name:
        # Which is 1 in JSON.
        return
    written = WRITTEN[name]
    columns = written.columns | {"outcome": (["5", bad], [])}
    path = write(tmp_path, "log", written._replace(columns=columns).text())
    assert f"line {line_of(name)}: " in refused(path, name)


def test_other_words_prices_and_milliseconds_are_refused(tmp_path):
    for name, old, new in (
        ("retailrocket", "addtocart", "addtocard"),
        ("retailrocket", "addtocart", ""),
        ("yoochoose-buys", ",0,1", ",-3,1"),
        ("yoochoose-buys", ",0,1", f",{10**12},1"),
        ("diginetica", ";0;", ";-1;"),
        ("diginetica", ";0;", ";1e3;"),
    ):
        text = WRITTEN[name].text().replace(old, new)
        assert f"line {line_of(name)}: " in refused(write(tmp_path, "log", text), name)


def test_a_negative_id_is_refused_with_its_line(tmp_path):
    for name in ("user-item", "movielens-csv", "gowalla"):
        path = write(tmp_path, "log", WRITTEN[name].text([(1, 2), (-1, 2)]))
        said = refused(path, name)
        assert f"line {line_of(name)}: user_id" in said


@pytest.mark.parametrize("name", WRITTEN)
def test_bytes_that_are_no_text_are_refused_with_their_line(name, tmp_path):
    text = WRITTEN[name].text([WRITTEN[name].ids[0]] * 3).encode()
    lines = text.splitlines(keepends=True)
    for bad in (b"\0", b"\xff", b"\xed\xa0\x80"):
        row = line_of(name) - 1
        damaged = [*lines[:row], bad + lines[row], *lines[row + 1 :]]
        assert f"line {row + 1}: " in refused(write(tmp_path, "log", b"".join(damaged)), name)


JSON = [name for name in WRITTEN if "json" in name or name == "steam"]


@pytest.mark.parametrize("name", JSON)
@pytest.mark.parametrize(
    "bad",
    [
        "[" * 100_000,
        "{" * 5000,
        "1" * 5000,
        "(" * 150 + ")" * 150,
        "-" * 100_000 + "1",
        "1+" * 50_000 + "1",
        "[]",
        "{}",
        "null",
        "__import__('os').abort()",
        '{"user_id": "\\ud800"}',
    ],
)
def test_a_line_that_is_no_object_is_refused_and_never_executed(name, bad, tmp_path):
    text = WRITTEN[name].text().splitlines(keepends=True)
    said = refused(write(tmp_path, "log", f"{text[0]}{bad}\n{text[1]}"), name)
    assert "line 2: " in said


def test_half_a_character_in_an_id_is_refused(tmp_path):
    text = WRITTEN["amazon-2023-json"].text([("\\ud83d", "B000000001")])
    assert "half characters" in refused(write(tmp_path, "log", text), "amazon-2023-json")


def test_missing_and_doubled_columns_are_named(tmp_path):
    for header in ("userId,movieId,rating", "userId,userId,movieId,rating,timestamp", "a,b,c,d"):
        path = write(tmp_path, "ratings.csv", f"{header}\n1,2,3,4\n")
        said = refused(path)
        assert any(name in said for name in ("'timestamp'", "'userId'"))


def test_logs_without_times_and_unknown_ones_are_refused_in_words(tmp_path):
    plays = f"{'0' * 40}\t3bd73256-3905\tbetty blowtorch\t2137\n"
    assert "no times" in refused(write(tmp_path, "plays.tsv", plays))
    assert "looks like none" in refused(write(tmp_path, "log.txt", "x" * 1000))
    assert "looks like none" in refused(write(tmp_path, "log.csv", "é;" * 1000))
    assert "empty" in refused(write(tmp_path, "log.txt", ""))
    assert "no row" in refused(write(tmp_path, "r.csv", WRITTEN["movielens-csv"].header))
    assert "no row" in refused(write(tmp_path, "r.csv", WRITTEN["movielens-csv"].header[:-1]))
    with pytest.raises(ValueError, match=r"format must be one of .* got 'ml'\. Cure: format=None"):
        load_public_log(tmp_path / "r.csv", "ml")
    with pytest.raises(FileNotFoundError, match="is not there"):
        load_public_log(tmp_path / "none.csv")
    with pytest.raises(ValueError, match="must be a file"):
        load_public_log(tmp_path)


def test_what_may_be_two_formats_is_asked(tmp_path):
    # Users that look like items, too.
    text = "B000000001,B000000002,5.0,1373155200\n"
    assert "looks like none" in refused(write(tmp_path, "log.csv", text))
    assert len(load_public_log(write(tmp_path, "ratings_Toys.csv", text))) == 1


PACK = {".gz": gzip.compress, ".bz2": bz2.compress, ".xz": lzma.compress}
PACK |= {".zip": lambda data: zipped(["u.data"], data), ".tar.gz": lambda d: tarred("u.data", d)}


@pytest.mark.parametrize("ending", PACK)
def test_a_packed_file_that_is_cut_short_anywhere_is_refused(ending, tmp_path):
    data = PACK[ending](WRITTEN["movielens-100k"].text().encode() * 20)
    for size in [*range(0, len(data), 7), len(data) - 1]:
        path = write(tmp_path, f"u.data{ending}", data[:size])
        said = refused(path)
        assert "cut short" in said or "empty" in said or "archive must hold" in said


def test_a_damaged_second_stream_is_not_the_end_of_the_file(tmp_path):
    data = WRITTEN["movielens-100k"].text().encode()
    for ending in (".gz", ".bz2", ".xz"):
        second = bytearray(PACK[ending](data))
        second[0] ^= 1
        for rest in (bytes(second), bytes(len(second)), b"x"):
            path = write(tmp_path, f"u.data{ending}", PACK[ending](data) + rest)
            assert "cut short" in refused(path)


def test_archives_of_none_or_several_logs_and_foreign_ones_are_refused(tmp_path):
    data = WRITTEN["movielens-100k"].text().encode()
    two = zipped(["a/u.data", "b/ratings.csv"], data)
    assert "2 files" in refused(write(tmp_path, "ml.zip", two))
    assert len(load_public_log(tmp_path / "ml.zip", "movielens-100k")) == 3
    assert "0 files" in refused(write(tmp_path, "ml.zip", zipped(["a", "b"], data)))
    assert "0 files" in refused(write(tmp_path, "ml.tar.gz", tarred("a", data)))
    assert "unpack it" in refused(write(tmp_path, "yoochoose-data.7z", b"7z"))


def test_a_line_without_end_and_a_log_larger_than_memory_are_refused(tmp_path, monkeypatch):
    bomb = gzip.compress(b"1 2\n" + b"1" * (packed.LONGEST_LINE + packed.BLOCK))
    assert "line 2: " in refused(write(tmp_path, "log.txt.gz", bomb))
    monkeypatch.setattr(joined, "memory_bytes", lambda: 10_000)
    path = write(tmp_path, "log.txt", "1 2\n" * 1000)
    assert "memory" in refused(path)


def test_a_field_too_many_is_not_made_up_for_by_one_too_few(tmp_path):
    good = "1\t2\t3\t900000000\n"
    path = write(tmp_path, "u.data", f"{good}1\t2\t3\t900000000\t4\n1\t2\t3\n{good}")
    assert "line 2: must have 4 fields" in refused(path)
