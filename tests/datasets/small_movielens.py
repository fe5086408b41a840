"""A shop's log in the format of MovieLens 1M, so that no test needs the real one."""

import io
import zipfile

from zooplus_sim import ZooplusSimulator


def small_files(n_users=20):
    """{name: bytes} of ratings.dat, movies.dat and users.dat."""
    shop = ZooplusSimulator(n_users=n_users)
    log = shop.journeys(events_per_user=(5, 12), seed=1).interactions
    stars = (1 + 4 * log["outcome"]).astype(int)
    ratings = zip(log["user_id"] + 1, log["item_id"], stars, log["timestamp"].astype("int64"), strict=True)
    films = shop.products[["name", "category", "species"]].itertuples()
    lines = {
        "ratings.dat": ["::".join(map(str, row)) for row in ratings],
        "movies.dat": [f"{film.Index}::{film.name} (Café, 2000)::{film.category}|{film.species}" for film in films],
        "users.dat": [f"{user}::F::25::{user % 20}::0{user:04d}" for user in range(1, n_users + 1)],
    }
    return {name: "\n".join(rows).encode("latin-1") + b"\n" for name, rows in lines.items()}


def zipped(files, folder="ml-1m/"):
    """The bytes of a zip of {name: bytes}. The same bytes each time."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        for name, data in files.items():
            archive.writestr(zipfile.ZipInfo(folder + name), data)
    return buffer.getvalue()
