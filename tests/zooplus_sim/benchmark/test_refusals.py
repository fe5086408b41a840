"""Predictions that can't be judged: what is wrong, where, and what to do about it."""

import numpy as np
import pytest

from tests.zooplus_sim.benchmark.small import best_lists, csv_text, saved, small_track
from zooplus_sim.benchmark.answers import PredictionsError
from zooplus_sim.benchmark.judging import judge


@pytest.fixture(scope="module")
def track():
    return small_track()


@pytest.fixture(scope="module")
def lists(track):
    return best_lists(track)


EVEN = np.full((60, 30), 1 / 30)


def put(values, place, value):
    values = np.array(values)
    values[place] = value
    return values


# arrays, what the message says
NPZ = {
    "a row too few": ({"scores": EVEN[1:]}, r"scores must have two axes.*\(59, 30\).*\(60,\)"),
    "a column too many": ({"scores": np.ones((60, 31))}, r"must have 30 numbers .* got 31"),
    "three axes": ({"scores": EVEN[..., None]}, r"scores must have two axes"),
    "NaN": ({"scores": put(EVEN, (7, 3), np.nan)}, r"row 7, product 4: .*must be numbers, got nan"),
    "text": ({"scores": EVEN.astype(str)}, r"scores must be numbers, got <U32"),
    "negative": (
        {"probabilities": put(EVEN, (5, 0), -0.1)},
        r"row 5, product 1: probabilities must be from 0 to 1, got -0.1",
    ),
    "no distribution": (
        {"probabilities": put(EVEN, 9, 0.05)},
        r"row 9: probabilities must sum to 1, got 1.5.*divide each row",
    ),
    "no user": ({"scores": EVEN, "user_id": np.arange(60)}, r"row 0: 0 is no test shopper; .*100"),
    "floats for users": (
        {"scores": EVEN, "user_id": np.arange(100.0, 160)},
        r"user_id must be whole numbers, got float64",
    ),
    "a user twice": (
        {"scores": EVEN, "user_id": put(np.arange(100, 160), 8, 103)},
        r"row 8: user 103 is there a second time",
    ),
    "another track": (
        {"scores": EVEN, "track": np.array("small-2-12345678")},
        r"track must be 'small-1-.*', got 'small-2-12345678'.*make the track again",
    ),
    "no kind": ({}, r"must hold one of probabilities, scores, items, got track, user_id"),
    "two kinds": ({"scores": EVEN, "probabilities": EVEN}, r"must hold one of .*scores.*one kind"),
    "unknown product": (
        {"items": put(np.tile(np.arange(1, 6), (60, 1)), (2, 4), 31)},
        r"row 2, place 5: 31 is no product .*ids from 1 to 30",
    ),
    "product twice": (
        {"items": put(np.tile(np.arange(1, 6), (60, 1)), (2, 4), 3)},
        r"row 2: product 3 is in the list twice",
    ),
    "floats for items": ({"items": EVEN}, r"items must be whole numbers, got float64"),
}


@pytest.mark.parametrize("case", NPZ)
def test_arrays_that_are_wrong(tmp_path, track, case):
    arrays, message = NPZ[case]
    path = saved(tmp_path / "mine.npz", track, **arrays)
    with pytest.raises(PredictionsError, match=message) as caught:
        judge(track, path)
    assert "mine.npz" in str(caught.value) and " Cure: " in str(caught.value)


@pytest.mark.parametrize("name", ["track", "user_id"])
def test_an_array_that_is_missing(tmp_path, track, name):
    arrays = {"track": np.array(track.token), "user_id": np.arange(100, 160), "scores": EVEN}
    del arrays[name]
    np.savez(tmp_path / "mine.npz", **arrays)
    with pytest.raises(PredictionsError, match=f"mine.npz: {name} is missing"):
        judge(track, tmp_path / "mine.npz")


@pytest.mark.parametrize("share", [0.0, 0.3, 0.9])
@pytest.mark.parametrize("suffix", ["npz", "parquet"])
def test_a_file_cut_short(tmp_path, track, suffix, share):
    path = tmp_path / f"mine.{suffix}"
    if suffix == "npz":
        saved(path, track, scores=EVEN)
    else:
        write_parquet(path, track, scores=list(EVEN))
    content = path.read_bytes()
    path.write_bytes(content[: int(share * len(content))])
    with pytest.raises(PredictionsError, match="mine.* is no .*, or cut short .*Cure: write the"):
        judge(track, path)


def write_parquet(path, task, **columns):
    pyarrow = pytest.importorskip("pyarrow")
    parquet = pytest.importorskip("pyarrow.parquet")
    given = {"track": [task.token] * 60, "user_id": task.test_histories[0], **columns}
    parquet.write_table(pyarrow.table(given), path)


PARQUET = {
    "lists of two lengths": ({"scores": [[0.1] * 30] * 59 + [[0.1] * 29]}, "row 59: .* 29 and 30"),
    "no lists": ({"scores": [0.5] * 60}, "scores must be a column of lists, got double"),
    "an empty entry": ({"scores": [[0.1] * 30] * 59 + [None]}, "row 59: .*nan and 30"),
    "another track": ({"scores": list(EVEN), "track": ["a"] * 60}, "track must be .*, got 'a'"),
    "no track": ({"scores": list(EVEN), "track": [None] * 60}, "track must be .*, got 'None'"),
}


@pytest.mark.parametrize("case", PARQUET)
def test_columns_that_are_wrong(tmp_path, track, case):
    columns, message = PARQUET[case]
    write_parquet(tmp_path / "mine.parquet", track, **columns)
    with pytest.raises(PredictionsError, match=message):
        judge(track, tmp_path / "mine.parquet")


def edited(old, new):
    return lambda text: text.replace(old, new, 1)


CSV = {
    "cut in a line": (lambda text: text[:-4], "is cut short: its last line does not end"),
    "cut between lines": (
        lambda text: "".join(text.splitlines(True)[:-30]),
        "3 of 60 test shoppers are missing, the first of them user 157",
    ),
    "empty": (lambda text: "", "is no table in CSV"),
    "no ranks": (edited("rank", "place"), "must have the columns .*, got item_id, place"),
    "a rank twice": (edited(",2\n", ",1\n"), "user 100 must have the ranks 1, 2, ... each once"),
    "text for an id": (edited(",1\n", ",first\n"), "rank must be whole numbers, got"),
    "another track": (edited("small-1", "small-2"), "track must be 'small-1.*got 'small-2"),
}


@pytest.mark.parametrize("case", CSV)
def test_lines_that_are_wrong(tmp_path, track, lists, case):
    edit, message = CSV[case]
    path = tmp_path / "mine.csv"
    path.write_text(edit(csv_text(track, lists)))
    with pytest.raises(PredictionsError, match=message) as caught:
        judge(track, path)
    assert "mine.csv" in str(caught.value) and "Cure: " in str(caught.value)


def test_an_unknown_product_in_a_line(tmp_path, track, lists):
    path = tmp_path / "mine.csv"
    path.write_text(csv_text(track, put(lists, (0, 1), 99)))
    with pytest.raises(PredictionsError, match="user 100, place 2: 99 is no product"):
        judge(track, path)


def test_a_user_in_two_files(tmp_path, track, lists):
    for name in "ab":
        (tmp_path / f"{name}.csv").write_text(csv_text(track, lists))
    with pytest.raises(PredictionsError, match="b.csv, user 100: user 100 is there a second time"):
        judge(track, tmp_path)


def test_neither_an_unknown_suffix_nor_an_empty_folder(tmp_path, track):
    for path in (tmp_path / "a.txt", tmp_path):
        with pytest.raises(PredictionsError, match="must be a file that ends in .npz, .parquet or"):
            judge(track, path)
    for suffix in ("npz", "csv", "parquet"):
        with pytest.raises(FileNotFoundError):
            judge(track, tmp_path / f"none.{suffix}")
