"""Films that nobody made, rated by shoppers of the pet shop.

They make MovieLens' three files where the data is not at hand.
"""

from zooplus_sim import ZooplusSimulator


def stand_in_files(
    n_films: int = 400, n_users: int = 600, events_per_user: tuple[int, int] = (40, 120)
) -> dict[str, bytes]:
    """{name: bytes} of the files that `seqrec.data.load_movielens_1m` reads.

    The names are `ratings.dat`, `movies.dat` and `users.dat`.

    n_films:         products of the shop.
    n_users:         its shoppers.
    events_per_user: the fewest and the most clicks of a shopper.

    As in MovieLens nobody rates a film twice, ratings stand user by user, and many of a user's
    share their time: the clock of these files goes by the minute. A film's genres are its product's
    category and species.
    """
    shop = ZooplusSimulator(n_films, n_users)
    log = shop.journeys(events_per_user=events_per_user, seed=1).interactions
    log = log.drop_duplicates(["user_id", "item_id"])
    stars = (1 + 4 * log["outcome"]).round().astype(int)
    seconds = log["timestamp"].astype("int64") // 60 * 60
    ratings = zip(log["user_id"] + 1, log["item_id"], stars, seconds, strict=True)
    films = shop.products[["name", "category", "species"]].itertuples()
    lines = {
        "ratings.dat": ["::".join(map(str, row)) for row in ratings],
        "movies.dat": [
            f"{film.Index}::{film.name} (2000)::{film.category}|{film.species}" for film in films
        ],
        "users.dat": [f"{user}::F::25::{user % 20}::0{user:04d}" for user in range(1, n_users + 1)],
    }
    return {name: "\n".join(rows).encode("latin-1") + b"\n" for name, rows in lines.items()}
