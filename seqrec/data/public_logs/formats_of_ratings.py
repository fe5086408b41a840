"""Formats of logs with stars: MovieLens and Amazon; above each the place that describes it.

Sources were looked up in November 2026.
"""

from seqrec.data.public_logs.format import (
    DIGITS,
    NOT_EMPTY,
    RATING,
    SECONDS,
    SEE_THE_PAGE,
    Format,
)

# The READMEs of the archives. Of 100k, 1m, 10m and 25m they say "may not redistribute the data
# without separate permission", of 32m that one may, under the same conditions.
MOVIELENS_LICENCE = (
    "research, with the citation Harper and Konstan (2015); commercial use needs GroupLens' "
    "permission; the README in the archive says whether it may be passed on"
)
#: What Amazon calls its items; users have longer names that begin with A.
ASIN = r"(?:B[0-9A-Z]{9}|[0-9]{9}[0-9X])"
NO_ASIN = rf"(?!{ASIN}\Z){NOT_EMPTY}"


def _movielens(name, files, number, **more):
    return Format(
        name=name,
        files=files,
        address=f"https://grouplens.org/datasets/movielens/{number}/",
        licence=MOVIELENS_LICENCE,
        user=("userId",),
        item=("movieId",),
        outcome=("rating",),
        times=("timestamp",),
        **more,
    )


MOVIELENS_FIELDS = ("userId", "movieId", "rating", "timestamp")
MOVIELENS_LOOKS = (DIGITS, DIGITS, RATING, SECONDS)
RATING_FORMATS = (
    # README of ml-100k.zip: u.data, "a tab separated list of user id | item id | rating |
    # timestamp", seconds since 1970 UTC.
    _movielens(
        "movielens-100k",
        r"u\.data",
        "100k",
        separator="\t",
        fields=MOVIELENS_FIELDS,
        looks=MOVIELENS_LOOKS,
    ),
    # READMEs of ml-1m.zip and ml-10m.zip: ratings.dat, "UserID::MovieID::Rating::Timestamp".
    _movielens(
        "movielens-dat",
        r"ratings\.dat",
        "10m",
        separator="::",
        fields=MOVIELENS_FIELDS,
        looks=MOVIELENS_LOOKS,
    ),
    # READMEs of ml-20m, ml-25m, ml-32m: ratings.csv, header userId,movieId,rating,timestamp.
    _movielens("movielens-csv", r"ratings\.csv", "32m", separator=","),
    # jmcauley.ucsd.edu/data/amazon (2014) and nijianmo.github.io/amazon (2018), sample review: one
    # JSON object a line; older files of 2014 are Python dicts ("not strict json").
    Format(
        name="amazon-json",
        files=r"(reviews_)?\w+\.json",
        is_common=True,
        address="https://nijianmo.github.io/amazon/ (2014: https://jmcauley.ucsd.edu/data/amazon/)",
        licence=SEE_THE_PAGE,
        literals=True,
        user=("reviewerID",),
        item=("asin",),
        outcome=("overall",),
        times=("unixReviewTime",),
    ),
    # jmcauley.ucsd.edu/data/amazon, "ratings only": "(user,item,rating,timestamp) tuples".
    Format(
        name="amazon-2014-csv",
        files=r"ratings_\w+\.csv",
        address="https://jmcauley.ucsd.edu/data/amazon/",
        licence=SEE_THE_PAGE,
        separator=",",
        fields=("user", "item", "rating", "timestamp"),
        looks=(NO_ASIN, ASIN, RATING, SECONDS),
        user=("user",),
        item=("item",),
        outcome=("rating",),
        times=("timestamp",),
    ),
    # nijianmo.github.io/amazon, "ratings only": "(item,user,rating,timestamp) tuples".
    Format(
        name="amazon-2018-csv",
        files=r"(?!ratings)\w+\.csv",
        is_common=True,
        address="https://nijianmo.github.io/amazon/",
        licence=SEE_THE_PAGE,
        separator=",",
        fields=("item", "user", "rating", "timestamp"),
        looks=(ASIN, NO_ASIN, RATING, SECONDS),
        user=("user",),
        item=("item",),
        outcome=("rating",),
        times=("timestamp",),
    ),
    # amazon-reviews-2023.github.io, "Data Fields": timestamp is "Unix time", milliseconds; items
    # of one product share parent_asin. The time was called sort_timestamp in early files.
    Format(
        name="amazon-2023-json",
        files=r"\w+\.jsonl",
        is_common=True,
        address="https://amazon-reviews-2023.github.io/",
        licence=SEE_THE_PAGE,
        user=("user_id",),
        item=("parent_asin",),
        outcome=("rating",),
        times=("timestamp", "sort_timestamp"),
        written="milliseconds",
    ),
    # The same page, "0-core" and "5-core": header user_id,parent_asin,rating,timestamp, and in some
    # splits a history, which is not read.
    Format(
        name="amazon-2023-csv",
        files=r"\w+(\.(train|valid|test))?\.csv",
        is_common=True,
        address="https://amazon-reviews-2023.github.io/",
        licence=SEE_THE_PAGE,
        separator=",",
        user=("user_id",),
        item=("parent_asin",),
        outcome=("rating",),
        times=("timestamp",),
        written="milliseconds",
    ),
)
