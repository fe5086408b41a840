"""What to do about predictions that can't be judged."""

import sys
from functools import cache

import numpy as np

from tests.project.cures import Cure
from tests.zooplus_sim.benchmark.small import N_PRODUCTS, N_SHOPPERS, csv_text, saved, small_track
from zooplus_sim.benchmark.judging import judge

EVEN = np.full((N_SHOPPERS, N_PRODUCTS), 1 / N_PRODUCTS)
LISTS = np.tile(np.arange(1, 6), (N_SHOPPERS, 1))
USERS = np.arange(100, 100 + N_SHOPPERS)


@cache
def track():
    return small_track()


def put(values, place, value):
    values = np.array(values)
    values[place] = value
    return values


def of_arrays(told, **arrays):
    """A cure of an .npz file; mended, it holds even probabilities of all test shoppers."""
    return Cure(
        told,
        lambda folder: judge(track(), saved(folder / "a.npz", track(), **arrays)),
        lambda folder: judge(track(), saved(folder / "a.npz", track(), probabilities=EVEN)),
    )


def of_text(told, edit):
    """A cure of a .csv file; mended, it holds the lists as they should be."""

    def judged(folder, edit):
        (folder / "a.csv").write_text(edit(csv_text(track(), LISTS)))
        return judge(track(), folder / "a.csv")

    return Cure(told, lambda folder: judged(folder, edit), lambda folder: judged(folder, str))


def of_columns(told, wrong, right):
    """A cure of a .parquet file with these lists of scores."""
    import pyarrow
    import pyarrow.parquet as parquet

    def judged(folder, scores):
        columns = {"track": [track().token] * N_SHOPPERS, "user_id": USERS, "scores": scores}
        parquet.write_table(pyarrow.table(columns), folder / "a.parquet")
        return judge(track(), folder / "a.parquet")

    return Cure(told, lambda folder: judged(folder, wrong), lambda folder: judged(folder, right))


def cut_short(folder):
    path = saved(folder / "a.npz", track(), scores=EVEN)
    path.write_bytes(path.read_bytes()[:200])
    judge(track(), path)


def cut_parquet(folder):
    (folder / "a.parquet").write_bytes(b"PAR1")
    judge(track(), folder / "a.parquet")


def without_pyarrow(folder):
    (folder / "a.parquet").write_bytes(b"PAR1")
    there = {name: sys.modules[name] for name in ("pyarrow", "pyarrow.parquet")}
    sys.modules.update(dict.fromkeys(there))
    try:
        judge(track(), folder / "a.parquet")
    finally:
        sys.modules.update(there)


def whole(folder):
    judge(track(), saved(folder / "b.npz", track(), scores=EVEN))


def all_but(name):
    def wrong(folder):
        arrays = {"track": np.array(track().token), "user_id": USERS, "scores": EVEN}
        del arrays[name]
        np.savez(folder / "a.npz", **arrays)
        judge(track(), folder / "a.npz")

    return wrong


CURES = [
    Cure("Cure: write one of these.", lambda folder: judge(track(), folder / "a.txt"), whole),
    Cure("Cure: write the file again, whole, with numpy.savez", cut_short, whole),
    Cure("is no Parquet file, or cut short", cut_parquet, whole),
    Cure("Cure: pip install pyarrow, or an .npz file", without_pyarrow, whole),
    Cure("Cure: track is the token of the manifest", all_but("track"), whole),
    of_arrays("Cure: one kind of predictions in a file", scores=EVEN, items=LISTS),
    of_arrays("Cure: one row per user", scores=EVEN[1:]),
    of_arrays("Cure: make the track again", scores=EVEN, track=np.array("small-0-0")),
    of_arrays("Cure: the ids of test.csv as integers", scores=EVEN, user_id=USERS + 0.0),
    of_arrays("Cure: the users of test.csv", scores=EVEN, user_id=USERS - 100),
    of_arrays("Cure: each test shopper once", scores=EVEN, user_id=put(USERS, 1, 100)),
    of_arrays("Cure: an answer for each user", scores=EVEN[:9], user_id=USERS[:9]),
    of_arrays("Cure: product ids as integers", items=EVEN),
    of_arrays("Cure: ids from 1 to 30, or 0", items=put(LISTS, (0, 0), 31)),
    of_arrays("Cure: each product once in a user's list", items=put(LISTS, (0, 0), 2)),
    of_arrays("Cure: the products 1 to 30 in this order", scores=EVEN[:, 1:]),
    of_arrays("Cure: 32 or 64 bit floats", scores=EVEN.astype(str)),
    of_arrays("Cure: a number for each product; the lowest", scores=put(EVEN, 0, np.nan)),
    of_arrays("Cure: probabilities, or call them scores", probabilities=put(EVEN, (0, 0), -1)),
    of_arrays("Cure: divide each row by its sum", probabilities=EVEN * 2),
    of_columns("Cure: one list per user", [0.5] * N_SHOPPERS, list(EVEN)),
    of_columns("Cure: a number for each product.", [[0.1]] + list(EVEN[1:]), list(EVEN)),
    of_text("its last line does not end", lambda text: text[:-1]),
    of_text("Cure: the columns track,user_id", lambda text: ""),
    of_text("Cure: a first line with these names", lambda text: text.replace("rank", "place")),
    of_text("Cure: no empty and no other", lambda text: text.replace(",1\n", ",a\n", 1)),
    of_text("Cure: number each user's products", lambda text: text.replace(",2\n", ",1\n", 1)),
]
