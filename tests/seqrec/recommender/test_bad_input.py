"""Bad logs, lists, settings and folders: each gets an error that says what is wrong."""

import json
import shutil

import numpy as np
import pandas as pd
import pytest
import safetensors.torch
import torch

from seqrec.data import leave_last_two_out
from seqrec.recommender import BSTConfig, SASRecConfig, SequentialRecommender
from seqrec.recommender.folder import DOCUMENT, _digest
from seqrec.training import TrainConfig, save_checkpoint
from tests.seqrec.recommender.shops import pure_noise, small_recommender

LOG = pure_noise(n_users=12, n_events=6, n_items=8).assign(outcome=0.5)


def first(column, value):
    """The log with another first value in a column; its dtype may change by that."""
    return LOG.assign(**{column: [value, *LOG[column].tolist()[1:]]})


# What to `fit`, and what to score: the same logs are refused by both.
BAD_LOGS = {
    "a list": (LOG.to_numpy().tolist(), TypeError, "must be a pandas DataFrame, got list"),
    "nothing": (None, TypeError, "must be a pandas DataFrame, got NoneType"),
    "no row": (LOG.iloc[:0], ValueError, "the log is empty"),
    "no user": (LOG.drop(columns="user_id"), ValueError, "column 'user_id' is missing"),
    "no item": (LOG.drop(columns="item_id"), ValueError, "column 'item_id' is missing"),
    "no time": (LOG.drop(columns="timestamp"), ValueError, "column 'timestamp' is missing"),
    "products": (
        LOG.rename(columns={"item_id": "product_id"}),
        ValueError,
        "interactions_from_clicks",
    ),
    "capitals": (
        LOG.rename(columns={"user_id": "User_ID"}),
        ValueError,
        "rename.*'User_ID': 'user_id'",
    ),
    "a column twice": (
        pd.concat([LOG, LOG["item_id"]], axis=1),
        ValueError,
        "column 'item_id' is there 2 times",
    ),
    "times as text": (
        LOG.assign(timestamp=LOG["timestamp"].astype(str)),
        ValueError,
        "text sorts '10' before '9'",
    ),
    "a time missing": (
        first("timestamp", np.nan),
        ValueError,
        "'timestamp', row 0: nan is a missing value",
    ),
    "endless time": (
        first("timestamp", np.inf),
        ValueError,
        "'timestamp', row 0: inf is not a time",
    ),
    "times as dates": (
        LOG.assign(timestamp=pd.Timestamp(0).date()),
        ValueError,
        "is not a time.*dtype object",
    ),
    "times as lengths": (
        LOG.assign(timestamp=pd.Timedelta(1, "s")),
        ValueError,
        "is not a time.*timedelta",
    ),
    "an item missing": (
        first("item_id", np.nan),
        ValueError,
        "'item_id', row 0: nan is a missing value",
    ),
    "a user missing": (
        first("user_id", None),
        ValueError,
        "'user_id', row 0: .* is a missing value",
    ),
    "a negative item": (first("item_id", -1), ValueError, "'item_id', row 0: -1 is negative"),
    "a negative user": (first("user_id", -7), ValueError, "'user_id', row 0: -7 is negative"),
    "items as floats": (
        LOG.astype({"item_id": float}),
        ValueError,
        "'item_id', row 0: .*astype\\('int64'\\)",
    ),
    "half an item": (first("item_id", 2.5), ValueError, "'item_id', row 0: 2.5 is not an id"),
    "items of two kinds": (
        LOG.assign(item_id=[1, "b"] * 36),
        ValueError,
        "'item_id', row 0: 1 is not an id",
    ),
    "items as booleans": (
        LOG.assign(item_id=True),
        ValueError,
        "'item_id', row 0: True is not an id",
    ),
}


@pytest.fixture(scope="module")
def model():
    return small_recommender().fit(LOG)


@pytest.mark.parametrize("case", BAD_LOGS)
def test_a_bad_log_is_refused_by_everything_that_reads_one(case, model):
    log, error, message = BAD_LOGS[case]
    for read in (
        small_recommender().fit,
        model.score_items,
        model.recommend,
        model.recommend_frame,
    ):
        with pytest.raises(error, match=message):
            read(log)
    with pytest.raises(error, match=message):
        small_recommender().fit(LOG, valid_interactions=log) if log is not None else read(log)


@pytest.mark.parametrize(
    ("column", "value", "message"),
    [
        ("outcome", np.nan, "'outcome', row 0: nan is a missing value"),
        ("outcome", -np.inf, "'outcome', row 0: -inf is not an outcome"),
        ("outcome", "bought", "'outcome', row 0: 'bought' is not an outcome"),
        ("outcome", True, "'outcome', row 0: True is not an outcome"),
        ("session_id", None, None),
        ("session_id", 0.5, None),
    ],
)
def test_a_column_that_is_not_read_may_hold_anything(column, value, message, model):
    log = LOG.assign(**{column: [value, *[value if isinstance(value, str | bool) else 1.0] * 71]})
    np.testing.assert_array_equal(model.score_items(log), model.score_items(LOG))
    np.testing.assert_array_equal(
        small_recommender().fit(log).score_items(LOG), small_recommender().fit(LOG).score_items(LOG)
    )
    if message:
        with pytest.raises(ValueError, match=message):
            small_recommender(positive_from=0.5).fit(log)


SPLIT = leave_last_two_out(LOG)
BAD_FITS = {
    "one event each": (
        lambda: fit(LOG.drop_duplicates("user_id")),
        "no event follows another of its user",
    ),
    "nobody known": (lambda: fit(LOG, items=[100, 101]), "no event follows another"),
    "empty catalogue": (lambda: fit(LOG, items=[]), "item_ids is empty"),
    "catalogue of text": (
        lambda: fit(LOG, items=["a", "b"]),
        "'item_id' holds integers.*are text.*astype\\(str\\)",
    ),
    "catalogue without ids": (
        lambda: fit(LOG, items=pd.DataFrame({"id": [1]})),
        "one column 'item_id'.*\\['id'\\]",
    ),
    "catalogue with a hole": (lambda: fit(LOG, items=[1, None]), "is a missing value"),
    "validation is in training": (
        lambda: fit(LOG, valid_interactions=SPLIT.valid),
        "12 of 12 valid_interactions",
    ),
    "validation of strangers": (
        lambda: fit(LOG, valid_interactions=VALID.assign(user_id=range(99, 111))),
        "no validation event has",
    ),
    "validation by date": (
        lambda: fit(LOG, valid_interactions=VALID.assign(timestamp=pd.Timestamp(0))),
        "valid_interactions don't go with interactions.*'timestamp'",
    ),
    "validation of text": (
        lambda: fit(LOG, valid_interactions=VALID.assign(item_id="a")),
        "valid_interactions don't go with interactions.*'item_id'",
    ),
    "patience in vain": (
        lambda: fit(LOG, patience=2),
        "patience is 2, but there are no valid_interactions",
    ),
    "no positive": (
        lambda: fit(LOG, positive_from=0.6),
        "no event with an outcome of 0.6 or more follows",
    ),
    "monitor unknown": (
        lambda: fit(
            SPLIT.train,
            valid_interactions=SPLIT.valid,
            training=TrainConfig(monitor="auc", epochs=1),
        ),
        "monitor 'auc' is no finite number",
    ),
    "max_len 0": (
        lambda: fit(LOG, max_len=0),
        "max_len must be a whole number of 1 or more, got 0",
    ),
    "max_len text": (
        lambda: fit(LOG, max_len="5"),
        "max_len must be a whole number of 1 or more, got '5'",
    ),
    "max_len of the model": (
        lambda: fit(LOG, model=SASRecConfig(max_len=2.5), max_len=None),
        "max_len .*got 2.5",
    ),
    "unknown_items": (lambda: fit(LOG, unknown_items="ignore"), "'drop' or 'refuse', got 'ignore'"),
    "whole_histories": (
        lambda: fit(LOG, whole_histories="yes"),
        "whole_histories must be True or False, got 'yes'",
    ),
    "positive_from": (
        lambda: fit(LOG, positive_from="0.5"),
        "positive_from must be a finite number or None",
    ),
    "device": (lambda: fit(LOG, device="gpu"), "gpu"),
}
VALID = SPLIT.valid.assign(timestamp=100)


def fit(log, items=None, valid_interactions=None, **settings):
    model = small_recommender()
    if "patience" in settings:
        settings["training"] = TrainConfig(patience=settings.pop("patience"))
    vars(model).update(settings)
    return model.fit(log, items=items, valid_interactions=valid_interactions)


@pytest.mark.parametrize("case", BAD_FITS)
def test_a_fit_that_makes_no_sense_is_refused(case):
    call, message = BAD_FITS[case]
    with pytest.raises(
        (ValueError, RuntimeError) if case == "device" else ValueError, match=message
    ):
        call()


@pytest.mark.parametrize(
    ("make", "error", "message"),
    [
        (lambda: SASRecConfig(d=64), TypeError, "unexpected keyword argument 'd'"),
        (lambda: SASRecConfig(64), TypeError, "positional"),
        (lambda: SASRecConfig(D=10, H=4), ValueError, "4 heads cannot share a width of 10"),
        (
            lambda: SASRecConfig(D="64"),
            ValueError,
            "D must be a whole number of 1 or more, got '64'",
        ),
        (lambda: SASRecConfig(loss="sofmax"), ValueError, "kind 'sofmax' of loss does not exist"),
        (lambda: SASRecConfig(positions="abs"), ValueError, "positions 'abs' are unknown"),
        (lambda: SASRecConfig(dropout=2), ValueError, "dropout probability"),
        (
            lambda: SASRecConfig(n_negatives=0),
            ValueError,
            "n_negatives must be a whole number of 1 or more, got 0",
        ),
        (
            lambda: BSTConfig(n_negatives=1.5),
            ValueError,
            "n_negatives must be a whole number of 1 or more, got 1.5",
        ),
        (
            lambda: BSTConfig(n_blocks=-1),
            ValueError,
            "n_blocks must be a whole number of 0 or more, got -1",
        ),
        (
            lambda: SequentialRecommender(maxlen=5),
            TypeError,
            "unexpected keyword argument 'maxlen'",
        ),
        (
            lambda: SequentialRecommender("SASRec").fit(LOG),
            TypeError,
            "model must be a ModelConfig.*got 'SASRec'",
        ),
        (
            lambda: SequentialRecommender(SASRecConfig).fit(LOG),
            TypeError,
            "model must be a ModelConfig",
        ),
        (
            lambda: SequentialRecommender(training=5).fit(LOG),
            TypeError,
            "training must be a TrainConfig.*got 5",
        ),
    ],
)
def test_a_bad_setting_is_refused(make, error, message):
    with pytest.raises(error, match=message):
        make()


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"top_k": 0}, "top_k must be a whole number of 1 or more, got 0"),
        ({"top_k": 2.0}, "top_k must be a whole number of 1 or more, got 2.0"),
        ({"top_k": True}, "top_k must be a whole number of 1 or more, got True"),
        ({"top_k": 9}, "top_k is 9, but there are only 8 items"),
        (
            {"sampling_temperature": -1},
            "sampling_temperature must be a finite number, 0 or more, got -1",
        ),
        (
            {"sampling_temperature": np.nan},
            "sampling_temperature must be a finite number, 0 or more, got nan",
        ),
        (
            {"sampling_temperature": None},
            "sampling_temperature must be a finite number, 0 or more, got None",
        ),
        ({"exclude_seen": "yes"}, "exclude_seen must be True or False, got 'yes'"),
        (
            {"exclude_seen": True, "top_k": 8},
            "user 0 has only . items left that are not seen, top_k is 8",
        ),
    ],
)
def test_a_list_that_makes_no_sense_is_refused(options, message, model):
    with pytest.raises(ValueError, match=message):
        model.recommend(LOG, **{"top_k": 3} | options)


@pytest.mark.parametrize(
    ("users", "items", "message"),
    [
        ([1, 2], [1], "2 user_ids and 1 item_ids make no pairs"),
        ([1], [99], "'item_id', row 0: 99 is not among the 8 items"),
        ([1], ["a"], "'item_id' holds text, but what the model knows are integers"),
        (["a"], [1], "'user_id' holds text, but what the model knows are integers"),
        ([None], [1], "'user_id', row 0: None is a missing value"),
        ([1.0], [1], "'user_id', row 0: 1.0 is not an id"),
        ([1], [np.nan], "'item_id', row 0: nan is a missing value"),
    ],
)
def test_pairs_that_make_no_sense_are_refused(users, items, message, model):
    with pytest.raises(ValueError, match=message):
        model.predict(users, items)


def test_a_log_with_items_of_another_kind_is_refused_not_answered_with_popularity(model):
    with pytest.raises(
        ValueError, match="'item_id' holds text, but what the model knows are integers"
    ):
        model.score_items(LOG.assign(item_id=LOG["item_id"].astype(str)))


@pytest.mark.parametrize("ask", ["score_items", "recommend", "recommend_frame", "save", "predict"])
def test_a_recommender_that_has_learned_nothing_says_so(ask, tmp_path):
    arguments = {"save": [tmp_path], "predict": [[1], [1]]}.get(ask, [LOG])
    with pytest.raises(RuntimeError, match="learned nothing yet: call fit"):
        getattr(small_recommender(), ask)(*arguments)


def rewritten(folder, **changes):
    """The document with other contents, its checksum made to match: a forgery, not an accident."""
    document = json.loads((folder / DOCUMENT).read_text()) | changes
    document.pop("sha256", None)
    (folder / DOCUMENT).write_text(json.dumps(document | {"sha256": _digest(document)}))


def edited(folder, old, new):
    path = folder / DOCUMENT
    text = path.read_text()
    assert old in text
    path.write_text(text.replace(old, new, 1))


def tensors_of(folder):
    (path,) = folder.glob("*.safetensors")
    return path


def settings_of(folder, **changes):
    contents = json.loads((folder / DOCUMENT).read_text())["contents"]
    rewritten(folder, contents=contents | changes)


def fewer_bytes(path, n):
    path.write_bytes(path.read_bytes()[:n])


BAD_FOLDERS = {
    "not there": (shutil.rmtree, "holds no model: there is no recommender.json"),
    "empty": (lambda f: [path.unlink() for path in f.iterdir()], "holds no model"),
    "no document": (lambda f: (f / DOCUMENT).unlink(), "holds no model"),
    "no tensors": (lambda f: tensors_of(f).unlink(), "is missing"),
    "tensors of another name": (
        lambda f: tensors_of(f).rename(f / "model.safetensors"),
        "is missing",
    ),
    "document cut short": (lambda f: fewer_bytes(f / DOCUMENT, 400), "cut short or no JSON"),
    "document of no byte": (lambda f: fewer_bytes(f / DOCUMENT, 0), "cut short or no JSON"),
    "document of bytes": (
        lambda f: (f / DOCUMENT).write_bytes(b"\x80\x04\x95\xff"),
        "cut short or no JSON",
    ),
    "document of a list": (
        lambda f: (f / DOCUMENT).write_text("[1]"),
        "describes no seqrec recommender",
    ),
    "foreign document": (
        lambda f: (f / DOCUMENT).write_text('{"kind": "bert"}'),
        "describes no seqrec recommender",
    ),
    "newer": (lambda f: rewritten(f, version=2), "has version 2, this library reads 1.*newer one"),
    "no version": (lambda f: rewritten(f, version=None), "has version None"),
    "width edited": (lambda f: edited(f, '"D": 8', '"D": 16'), "was changed after it was saved"),
    "item edited": (lambda f: edited(f, "values", "value5"), "was changed after it was saved"),
    "checksum edited": (
        lambda f: edited(f, '"sha256": "', '"sha256": "0'),
        "was changed after it was saved",
    ),
    "tensors cut short": (lambda f: fewer_bytes(tensors_of(f), 1000), "cut short or damaged"),
    "tensors of no byte": (lambda f: fewer_bytes(tensors_of(f), 0), "cut short or damaged"),
    "other tensors": (
        lambda f: tensors_of(f).write_bytes(safetensors.torch.save({"a": torch.ones(3)})),
        "damaged",
    ),
    "a checkpoint": (
        lambda f: save_checkpoint(tensors_of(f), {"a": torch.ones(3)}, {}),
        "cut short or damaged",
    ),
    "model unknown": (
        lambda f: settings_of(f, settings={"model": {"class": "GPT"}, "training": {}}),
        "GPT",
    ),
    "settings missing": (
        lambda f: rewritten(f, contents={}),
        "no recommender that this library knows",
    ),
    "fewer items": (
        lambda f: settings_of(f, items={"dtype": "int64", "values": [1, 2]}),
        "no recommender that",
    ),
    "a setting unknown": (
        lambda f: settings_of(
            f, settings={"model": {"class": "SASRecConfig", "width": 8}, "training": {}}
        ),
        "unexpected keyword argument 'width'",
    ),
}


@pytest.mark.parametrize("case", BAD_FOLDERS)
def test_a_bad_folder_is_refused(case, model, tmp_path):
    damage, message = BAD_FOLDERS[case]
    folder = tmp_path / "model"
    model.save(folder)
    SequentialRecommender.load(folder, device="cpu")  # it was whole before
    damage(folder)
    with pytest.raises(ValueError, match=message):
        SequentialRecommender.load(folder, device="cpu")


def test_no_folder_is_made_in_place_of_a_file(model, tmp_path):
    (tmp_path / "file").write_text("mine")
    with pytest.raises(ValueError, match="is a file. Cure: the name of a folder"):
        model.save(tmp_path / "file")
    assert (tmp_path / "file").read_text() == "mine"
