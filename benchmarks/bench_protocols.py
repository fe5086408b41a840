"""Makes course/measured/protocols.csv: the same models on one log, judged under several protocols.

    python -m benchmarks.bench_protocols course/measured/protocols.csv --data DATA --folder RUNS

Three logs: MovieLens 1M (DATA/ratings.dat), Amazon Video Games (DATA/video_games.txt, "user item"
lines, which have no times: leave-one-out only), and one of the default shop (2,000 shoppers of 10
to 60 clicks). The two files may be packed, as .xz or otherwise.
A split by time learns from the first 80 % of the events and asks about the last 10 %. All models
have the library's default settings. EASE is left out where Video Games has all its 23,715 items: it
would take 11 GB. SASRec is trained on the shop's log alone, 20 epochs, one seed.

What is there already in RUNS is not made again: a folder for each log, with its settings.
"""

from pathlib import Path

import pandas as pd

from benchmarks.commands import table_parser
from seqrec.data import load_public_log
from seqrec.reproduce import compare_protocols
from zooplus_sim import ZooplusSimulator

COUNTED = ["popularity", "markov", "co-occurrence", "session-knn", "ease"]
TIMED = ["leave-one-out", "time-last", "time-successive"]
SESSIONS = ["session-last", "session-successive"]


def of_movielens(path, folder):
    """The papers' core under each protocol; other cores leave-one-out."""
    log = load_public_log(path, "movielens-dat")
    compare_protocols(log, folder, cores=["1/5"], protocols=TIMED, models=COUNTED)
    return compare_protocols(
        log, folder, cores=["1/1", "1/50"], protocols=["leave-one-out"], models=COUNTED
    )


def of_video_games(path, folder):
    """All of it, and what is left of it where each item has 20 events."""
    log = load_public_log(path, "user-item")
    compare_protocols(log, folder, cores=["1/1"], protocols=["leave-one-out"], models=COUNTED[:-1])
    return compare_protocols(
        log, folder, cores=["1/20"], protocols=["leave-one-out"], models=COUNTED
    )


def of_shop(folder):
    """Visits too."""
    shop = ZooplusSimulator(n_users=2_000, seed=0)
    log = shop.journeys(events_per_user=(10, 60), seed=0).interactions
    return compare_protocols(
        log, folder, protocols=TIMED + SESSIONS, models=[*COUNTED, "sasrec"], epochs=20
    )


def file_in(folder, name):
    """The file of this name, packed or not. Raises FileNotFoundError where there is none."""
    found = sorted(folder.glob(f"{name}*"))
    if not found:
        raise FileNotFoundError(f"{folder} has no {name}. Cure: put it there, packed or not.")
    return found[0]


if __name__ == "__main__":
    parser = table_parser("bench_protocols", __doc__)
    parser.add_argument("--data", type=Path, required=True, help="folder of the two files")
    parser.add_argument("--folder", type=Path, required=True, help="what is made on the way")
    options = parser.parse_args()
    tables = {
        "shop": of_shop(options.folder / "shop"),
        "MovieLens 1M": of_movielens(
            file_in(options.data, "ratings.dat"), options.folder / "movielens"
        ),
        "Video Games": of_video_games(
            file_in(options.data, "video_games.txt"), options.folder / "video-games"
        ),
    }
    table = pd.concat([rows.assign(data=name) for name, rows in tables.items()])
    table = table[["data", *table.columns.drop("data")]]
    table.round(4).to_csv(options.file, index=False)
