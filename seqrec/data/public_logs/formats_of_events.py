"""Formats of logs without stars: shops, sessions, music, places; above each what describes it.

Sources were looked up in November 2026.
"""

from seqrec.data.public_logs.format import DIGITS, NOT_EMPTY, SEE_THE_PAGE, Format

#: Of the data of the RecSys Challenge 2015.
YOOCHOOSE_LICENCE = "CC BY-NC-ND 4.0, by recsys.yoochoose.net/rules.html"
ISO = r"[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9:]{8}(?:\.[0-9]{3})?Z"

EVENT_FORMATS = (
    # cseweb.ucsd.edu/~jmcauley/datasets.html, "Steam Video Game and Bundle Data", version 2, and
    # github.com/kang205/SASRec, data/DataProcessing.py: Python dicts; a day is the finest time.
    Format(
        name="steam",
        files=r"(reviews_)?steam(_reviews)?(_new)?\.json",
        address="https://cseweb.ucsd.edu/~jmcauley/datasets.html#steam_data",
        licence=SEE_THE_PAGE,
        literals=True,
        user=("username",),
        item=("product_id",),
        times=("date",),
        written="date",
    ),
    # kaggle.com/datasets/retailrocket/ecommerce-dataset: events.csv, times in milliseconds.
    Format(
        name="retailrocket",
        files=r"events\.csv",
        address="https://www.kaggle.com/datasets/retailrocket/ecommerce-dataset",
        licence=SEE_THE_PAGE,
        separator=",",
        user=("visitorid",),
        item=("itemid",),
        event=("event",),
        events=("view", "addtocart", "transaction"),
        times=("timestamp",),
        written="milliseconds",
    ),
    # The README of yoochoose-data.7z (RecSys Challenge 2015): Session ID, Timestamp
    # (YYYY-MM-DDThh:mm:ss.SSSZ), Item ID, Category. There are no users: a session is one.
    # The licence stands at recsys.yoochoose.net/rules.html.
    Format(
        name="yoochoose-clicks",
        files=r"yoochoose-(clicks|test)\.dat",
        address="https://www.kaggle.com/datasets/chadgostopp/recsys-challenge-2015",
        licence=YOOCHOOSE_LICENCE,
        separator=",",
        fields=("session", "timestamp", "item", "category"),
        looks=(NOT_EMPTY, ISO, NOT_EMPTY, ".*"),
        user=("session",),
        item=("item",),
        session=("session",),
        times=("timestamp",),
        written="iso",
        events=("click",),
    ),
    # The same README: Session ID, Timestamp, Item ID, Price, Quantity.
    Format(
        name="yoochoose-buys",
        files=r"yoochoose-buys\.dat",
        address="https://www.kaggle.com/datasets/chadgostopp/recsys-challenge-2015",
        licence=YOOCHOOSE_LICENCE,
        separator=",",
        fields=("session", "timestamp", "item", "price", "quantity"),
        looks=(NOT_EMPTY, ISO, NOT_EMPTY, r"[0-9.]+", DIGITS),
        user=("session",),
        item=("item",),
        session=("session",),
        price=("price",),
        times=("timestamp",),
        written="iso",
        events=("buy",),
    ),
    # competitions.codalab.org/competitions/11161 (CIKM Cup 2016, track 2): timeframe is the time
    # since the first query of the session in milliseconds. Users are mostly NA: a session is one.
    Format(
        name="diginetica",
        files=r"train-item-views\.csv",
        address="https://competitions.codalab.org/competitions/11161",
        licence=SEE_THE_PAGE,
        separator=";",
        user=("sessionId", "session_id"),
        item=("itemId", "item_id"),
        session=("sessionId", "session_id"),
        times=("eventdate",),
        written="date",
        offset=("timeframe",),
    ),
    # ocelma.net/MusicRecommendationDataset/lastfm-1K.html. Many tracks have no MusicBrainz id, so
    # artist and track name together are the item.
    Format(
        name="lastfm-1k",
        files=r"userid-timestamp-artid-artname-traid-traname\.tsv",
        address="http://ocelma.net/MusicRecommendationDataset/lastfm-1K.html",
        licence="non-commercial use; distributed with permission of Last.fm",
        separator="\t",
        fields=("userid", "timestamp", "artid", "artname", "traid", "traname"),
        looks=(NOT_EMPTY, ISO, ".*", ".*", ".*", ".*"),
        user=("userid",),
        pair=("artname", "traname"),
        times=("timestamp",),
        written="iso",
    ),
    # ocelma.net/MusicRecommendationDataset/lastfm-360K.html: how often, not when.
    Format(
        name="lastfm-360k",
        files=r"usersha1-artmbid-artname-plays\.tsv",
        address="http://ocelma.net/MusicRecommendationDataset/lastfm-360K.html",
        licence=SEE_THE_PAGE,
        separator="\t",
        fields=("usersha1", "artmbid", "artname", "plays"),
        looks=("[0-9a-f]{40}", ".*", ".*", DIGITS),
        refusal=(
            "LastFM-360K counts plays and has no times, so there is no order to learn from. Cure: "
            "LastFM-1K, which has them"
        ),
    ),
    # snap.stanford.edu/data/loc-Gowalla.html: "[user] [check-in time] [latitude] [longitude]
    # [location id]", tabs between them.
    Format(
        name="gowalla",
        files=r"(loc-)?gowalla_totalcheckins\.txt",
        address="https://snap.stanford.edu/data/loc-Gowalla.html",
        licence=SEE_THE_PAGE,
        separator="\t",
        fields=("user", "time", "latitude", "longitude", "location"),
        looks=(NOT_EMPTY, ISO, "[-0-9.eE]*", "[-0-9.eE]*", NOT_EMPTY),
        user=("user",),
        item=("location",),
        times=("time",),
        written="iso",
    ),
    # github.com/kang205/SASRec, data/*.txt: "user item" lines in order of time within a user.
    Format(
        name="user-item",
        files=r"[\w-]+\.txt",
        is_common=True,
        address="https://github.com/kang205/SASRec/tree/master/data",
        licence="that of the log from which the lines were made",
        separator=" ",
        fields=("user", "item"),
        looks=(DIGITS, DIGITS),
        user=("user",),
        item=("item",),
    ),
)
