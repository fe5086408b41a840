"""A small file in each public format, and the rows that it holds."""

from typing import NamedTuple


class Written(NamedTuple):
    """A file in a public format.

    file:    what its makers call it.
    header:  its first line, "" for none.
    line:    of one event, with {user}, {item}.
    ids:     (user, item) of each line.
    columns: what else there is in each line: {column: (texts of {column} in the line, values)}.
    """

    file: str
    header: str
    line: str
    ids: list
    columns: dict

    def text(self, ids=None):
        """The text of the file, with these ids instead of its own."""
        lines = []
        for row, (user, item) in enumerate(ids or self.ids):
            cells = {name: texts[row % len(texts)] for name, (texts, _) in self.columns.items()}
            lines.append(self.line.format(user=user, item=item, **cells))
        return self.header + "".join(lines)

    def rows(self):
        """{column: list of values} that it holds."""
        users, items = zip(*self.ids, strict=True)
        values = {name: found for name, (_, found) in self.columns.items()}
        return {"user_id": list(users), "item_id": list(items), **values}


PLAIN = [(196, 242), (1, 302), (196, 377)]
AMAZON = [("A2HD75EMZR8QLN", "0700099867"), ("AB9S9279OZ3QO", "B00004SVWF")] * 2
SECONDS = (["881250949", "891717742", "878887116"], [881250949, 891717742, 878887116])
STARS = (["5.0", "0.5", "3"], [5.0, 0.5, 3.0])
AMAZON_SECONDS = (["1373155200", "1377302400"] * 2, [1373155200, 1377302400] * 2)
AMAZON_STARS = (["5.0", "1.0", "4", "0.0"], [5.0, 1.0, 4.0, 0.0])
MILLISECONDS = (
    ["1452647102000", "1637522137428", "977000000001", "1602547200000"],
    [1452647102.0, 1637522137.428, 977000000.001, 1602547200.0],
)
# 2012-02-29 is in a leap year; the last second of a year.
ISO = (
    ["2009-04-08T01:57:47Z", "2012-02-29T00:00:00Z", "1999-12-31T23:59:59Z"],
    [1239155867, 1330473600, 946684799],
)
ISO_MS = (
    ["2014-04-07T10:51:09.277Z", "2014-04-07T10:54:09.868Z", "2014-04-07T10:54:46.998Z"],
    [1396867869.277, 1396868049.868, 1396868086.998],
)
STEAM_USERS = [("Chaos Syren", 725280), ("⚡ O'Neil", 725280), ('say "hi"', 328100)]

WRITTEN = {
    "movielens-100k": Written(
        "u.data",
        "",
        "{user}\t{item}\t{outcome}\t{timestamp}\n",
        PLAIN,
        {"timestamp": SECONDS, "outcome": STARS},
    ),
    "movielens-dat": Written(
        "ratings.dat",
        "",
        "{user}::{item}::{outcome}::{timestamp}\n",
        PLAIN,
        {"timestamp": SECONDS, "outcome": STARS},
    ),
    "movielens-csv": Written(
        "ratings.csv",
        "userId,movieId,rating,timestamp\n",
        "{user},{item},{outcome},{timestamp}\n",
        PLAIN,
        {"timestamp": SECONDS, "outcome": STARS},
    ),
    "amazon-json": Written(
        "reviews_Video_Games_5.json",
        "",
        '{{"reviewerID": "{user}", "asin": "{item}", "helpful": [8, 12], "reviewText": '
        '"It said \\"NA\\", \\u00e9", "overall": {outcome}, "unixReviewTime": {timestamp}}}\n',
        AMAZON,
        {"timestamp": AMAZON_SECONDS, "outcome": AMAZON_STARS},
    ),
    "amazon-2014-csv": Written(
        "ratings_Video_Games.csv",
        "",
        "{user},{item},{outcome},{timestamp}\n",
        AMAZON,
        {"timestamp": AMAZON_SECONDS, "outcome": AMAZON_STARS},
    ),
    "amazon-2018-csv": Written(
        "Video_Games.csv",
        "",
        "{item},{user},{outcome},{timestamp}\n",
        AMAZON,
        {"timestamp": AMAZON_SECONDS, "outcome": AMAZON_STARS},
    ),
    "amazon-2023-json": Written(
        "All_Beauty.jsonl",
        "",
        '{{"rating": {outcome}, "title": "Such a", "images": [], "asin": "B00YQ6X8EO", '
        '"parent_asin": "{item}", "user_id": "{user}", "timestamp": {timestamp}}}\n',
        AMAZON,
        {"timestamp": MILLISECONDS, "outcome": AMAZON_STARS},
    ),
    "amazon-2023-csv": Written(
        "All_Beauty.train.csv",
        "user_id,parent_asin,rating,timestamp,history\n",
        "{user},{item},{outcome},{timestamp},B000000001 B000000002\n",
        AMAZON,
        {"timestamp": MILLISECONDS, "outcome": AMAZON_STARS},
    ),
    "steam": Written(
        "steam_reviews.json",
        "",
        "{{u'username': u'''{user}''', u'hours': 0.1, u'product_id': u'{item}', "
        "u'date': u'{timestamp}', u'text': u\"It's \\xe9 'date'\", u'early_access': False}}\n",
        STEAM_USERS,
        {
            "timestamp": (
                ["2017-12-17", "2012-02-29", "2010-10-15"],
                [1513468800, 1330473600, 1287100800],
            )
        },
    ),
    "retailrocket": Written(
        "events.csv",
        "timestamp,visitorid,event,itemid,transactionid\n",
        "{timestamp},{user},{event},{item},\n",
        PLAIN,
        {
            "timestamp": (MILLISECONDS[0][:3], MILLISECONDS[1][:3]),
            "event": (["view", "addtocart", "transaction"], ["view", "addtocart", "transaction"]),
        },
    ),
    "yoochoose-clicks": Written(
        "yoochoose-clicks.dat",
        "",
        "{user},{timestamp},{item},S\n",
        PLAIN,
        {"timestamp": ISO_MS, "session_id": ([""], [196, 1, 196]), "event": ([""], ["click"] * 3)},
    ),
    "yoochoose-buys": Written(
        "yoochoose-buys.dat",
        "",
        "{user},{timestamp},{item},{price},1\n",
        PLAIN,
        {
            "timestamp": ISO_MS,
            "session_id": ([""], [196, 1, 196]),
            "event": ([""], ["buy"] * 3),
            "price": (["12462", "0", "1046.5"], [12462.0, 0.0, 1046.5]),
        },
    ),
    "diginetica": Written(
        "train-item-views.csv",
        "sessionId;userId;itemId;timeframe;eventdate\n",
        "{user};NA;{item};{timestamp}\n",
        PLAIN,
        {
            "timestamp": (
                ["526309;2016-05-09", "0;2016-05-09", "1031018;2016-02-29"],
                [1462752526.309, 1462752000.0, 1456705031.018],
            ),
            "session_id": ([""], [196, 1, 196]),
        },
    ),
    "lastfm-1k": Written(
        "userid-timestamp-artid-artname-traid-traname.tsv",
        "",
        "{user}\t{timestamp}\tf1b1cf71\t{item}\n",
        [
            ("user_000639", 'The Dogs\t\tFall in "Love"'),
            ("user_000001", "NA\tabc\tIs, This"),
            ("user_000639", "Björk\t\t007"),
        ],
        {"timestamp": ISO},
    ),
    "gowalla": Written(
        "Gowalla_totalCheckins.txt",
        "",
        "{user}\t{timestamp}\t30.2359091167\t-97.7951395833\t{item}\n",
        PLAIN,
        {"timestamp": ISO},
    ),
    "user-item": Written(
        "Video.txt",
        "",
        "{user} {item}\n",
        PLAIN,
        {"timestamp": ([""], [1, 2, 3])},
    ),
}


def rows_of(name):
    """{column: list of values} in the file of a format."""
    rows = WRITTEN[name].rows()
    if name == "lastfm-1k":
        # Artist, MusicBrainz id of the track, track; the id is not part of the item.
        parts = [item.split("\t") for item in rows["item_id"]]
        rows["item_id"] = [f"{artist}\t{track}" for artist, _, track in parts]
    return rows
