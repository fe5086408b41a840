"""Cures of `seqrec.recommender`, and of what the shop asks of it."""

import functools

import numpy as np
import pandas as pd

from seqrec.data import leave_last_two_out
from seqrec.items import Content, Number
from seqrec.recommender import (
    BSTConfig,
    SASRecConfig,
    SASRecOutcomeConfig,
    SequentialRecommender,
    TrainConfig,
    TwoStageRecommender,
    TwoTowerConfig,
)
from seqrec.shop import product_scores
from tests.project.cures import Cure

ITEMS = [f"item{number}" for number in range(1, 13)]
LOG = pd.DataFrame(
    [(user, ITEMS[(user + t) % 12], 10 * t, 1.0) for user in range(8) for t in range(6)],
    columns=["user_id", "item_id", "timestamp", "outcome"],
)
NUMBERS = LOG.assign(item_id=LOG["item_id"].str[4:].astype(int))
ONCE = LOG.groupby("user_id").head(1)
SPLIT = leave_last_two_out(LOG)
SMALL = {"D": 8, "H": 1, "n_blocks": 1}
CATALOGUE = pd.DataFrame({"item_id": ITEMS, "price": np.arange(12.0)})
NEW = pd.DataFrame({"item_id": ["new"], "price": [3.0]})
READING = SASRecConfig(**SMALL, content=Content(columns=[Number("price")]))


def recommender(config=None, **settings):
    config = SASRecConfig(**SMALL) if config is None else config
    settings = {"training": TrainConfig(epochs=1), "max_len": 5} | settings
    return SequentialRecommender(config, device="cpu", progress=False, **settings)


@functools.cache
def known(config=None, numbers=False, max_len=5):
    """A fitted recommender, never changed."""
    log = NUMBERS if numbers else LOG
    items = CATALOGUE if config is not None and config.content is not None else None
    return recommender(config, max_len=max_len).fit(log, items=items)


def changing(config=None):
    """A fitted recommender of one's own."""
    items = CATALOGUE if config is READING else None
    return recommender(config).fit(LOG, items=items)


def without_histories(folder):
    known().save(folder / "model", with_histories=False)
    return SequentialRecommender.load(folder / "model")


def loaded(folder):
    known().save(folder / "model")
    return SequentialRecommender.load(folder / "model")


def two_stages(retriever, ranker, **settings):
    return TwoStageRecommender(retriever, ranker, n_candidates=5, **settings)


TOWERS = TwoTowerConfig(D=8, H=1, user="sequence")
LATER = LOG.groupby("user_id").tail(1).assign(timestamp=10**6)
OUTCOMES = SASRecOutcomeConfig(**SMALL)


def monitored(config, **training):
    model = recommender(config, training=TrainConfig(epochs=1, **training))
    return model.fit(SPLIT.train, items=ITEMS, valid_interactions=SPLIT.valid)


def file_in(folder):
    path = folder / "file"
    path.touch()
    return path


def version(folder, number):
    known().save(folder / "model")
    path = next((folder / "model").glob("*.json"))
    path.write_text(path.read_text().replace('"version": 1', f'"version": {number}'))
    return SequentialRecommender.load(folder / "model")


def grown_towers(is_new):
    """Two stages after one of them was told of a product."""
    config = TwoTowerConfig(D=8, H=1, user="sequence", content=READING.content)
    retriever = recommender(config).fit(LOG, items=CATALOGUE)
    ranker = changing(READING)
    before = two_stages(retriever, ranker)
    for model in (retriever, ranker):
        model.add_items(NEW)
    return (two_stages(retriever, ranker) if is_new else before).recommend(LOG, top_k=1)


SETTINGS = [
    Cure(
        "one of model, max_len",
        lambda _: recommender().set_params(epochs=3),
        lambda _: recommender().set_params(max_len=3),
    ),
    Cure(
        "a longer log",
        lambda _: recommender().fit(ONCE),
        lambda _: recommender().fit(LOG),
    ),
    Cure(
        "leave_last_two_out",
        lambda _: recommender().fit(
            LOG[LOG["user_id"] < 7], items=ITEMS, valid_interactions=ONCE[ONCE["user_id"] == 7]
        ),
        lambda _: recommender().fit(SPLIT.train, items=ITEMS, valid_interactions=SPLIT.valid),
    ),
    Cure(
        "model=SASRecOutcomeConfig(), or the monitor 'valid_loss'",
        lambda _: monitored(None, monitor="valid_mse", higher_is_better=False),
        lambda _: (
            monitored(OUTCOMES, monitor="valid_mse", higher_is_better=False),
            monitored(None, monitor="valid_loss", higher_is_better=False),
        ),
    ),
    Cure(
        "TrainConfig(monitor='valid_mse', higher_is_better=False)",
        lambda _: monitored(OUTCOMES, monitor="valid_mse"),
        lambda _: monitored(OUTCOMES, monitor="valid_mse", higher_is_better=False),
    ),
]
ANSWERS = [
    Cure(
        "top_k of 12 or less",
        lambda _: known().recommend(LOG, top_k=13),
        lambda _: known().recommend(LOG, top_k=12),
    ),
    Cure(
        "top_k of 6 or less",
        lambda _: known().recommend(LOG, top_k=12, exclude_seen=True),
        lambda _: (
            known().recommend(LOG, top_k=6, exclude_seen=True),
            known().recommend_frame(LOG, top_k=12, exclude_seen=True),
        ),
    ),
    Cure(
        "score_items with a log",
        lambda folder: without_histories(folder).predict([0], ["item1"]),
        lambda folder: without_histories(folder).score_items(LOG),
    ),
    Cure(
        "[[...]], a list of histories",
        lambda _: known().recommend_next(7, top_k=1),
        lambda _: known().recommend_next([["item7"]], top_k=1),
    ),
    Cure(
        "[history] for a single one, [] for somebody of whom nothing is known",
        lambda _: known().recommend_next(["item3", "item5"], top_k=1),
        lambda _: (
            known().recommend_next([["item3", "item5"]], top_k=1),
            known().recommend_next([[]], top_k=1),
        ),
    ),
    Cure(
        "log['item_id'] for its items, `recommend` for the users of a log",
        lambda _: known().recommend_next([LOG.head(2)], top_k=1),
        lambda _: (
            known().recommend_next([LOG.head(2)["item_id"]], top_k=1),
            known().recommend(LOG.head(2), top_k=1),
        ),
    ),
    Cure(
        "ids, for all users, or a list of ids for each",
        lambda _: known().recommend(LOG, top_k=1, among="item1"),
        lambda _: (
            known().recommend(LOG, top_k=1, among=["item1"]),
            known().recommend(LOG, top_k=1, among=[["item1"]] * 8),
        ),
    ),
    Cure(
        "ids, for all users, or a list of ids for each",
        lambda _: known().recommend(LOG, top_k=1, among=[["item1"], "item2"]),
        lambda _: known().recommend(LOG, top_k=1, among=["item1", "item2"]),
    ),
    Cure(
        "a list per user, in the order of the answers",
        lambda _: known().recommend(LOG, top_k=1, without=[["item1"]]),
        lambda _: known().recommend(LOG, top_k=1, without=[["item1"]] * 8),
    ),
    Cure(
        "leave them out; the items in item_index_.item_ids_ are known",
        lambda _: known().recommend(LOG, top_k=1, among=["item1", "item99"]),
        lambda _: (
            known().recommend(LOG, top_k=1, among=["item1"]),
            known().recommend(LOG, top_k=1, among=known().item_index_.item_ids_),
        ),
    ),
    Cure(
        "int(item) for each",
        lambda _: known(numbers=True).recommend_next([["3"]], top_k=1),
        lambda _: known(numbers=True).recommend_next([[int(item) for item in ["3"]]], top_k=1),
    ),
    Cure(
        "Cure: 3.",
        lambda _: known(numbers=True).recommend_next([[3.0]], top_k=1),
        lambda _: known(numbers=True).recommend_next([[3]], top_k=1),
    ),
    Cure(
        "leave it out",
        lambda _: known(numbers=True).recommend_next([[3, None]], top_k=1),
        lambda _: known(numbers=True).recommend_next([[3]], top_k=1),
    ),
    Cure(
        "a model such as SASRecConfig() or TwoTowerConfig()",
        lambda _: known(BSTConfig(D=8, H=1, mlp=(8,))).similar_items(["item1"], top_k=1),
        lambda _: (
            known().similar_items(["item1"], top_k=1),
            known(TOWERS).similar_items(["item1"], top_k=1),
        ),
    ),
    Cure(
        "by='next', or sampling_temperature=0",
        lambda _: known(OUTCOMES).recommend(LOG, 1, by="outcome", sampling_temperature=1.0),
        lambda _: (
            known(OUTCOMES).recommend(LOG, 1, by="next", sampling_temperature=1.0),
            known(OUTCOMES).recommend(LOG, 1, by="outcome", sampling_temperature=0),
        ),
    ),
    Cure(
        "SequentialRecommender(SASRecOutcomeConfig()), fitted on a log with `outcome`",
        lambda _: known().recommend(LOG, 1, by="outcome"),
        lambda _: known(OUTCOMES).recommend(LOG, 1, by="outcome"),
    ),
]
JUDGING = [
    Cure(
        "of hr, ndcg, mrr, recall, coverage",
        lambda _: known().evaluate(LATER, metrics="auc", exclude_seen=False),
        lambda _: known().evaluate(LATER, metrics="recall", exclude_seen=False),
    ),
    Cure(
        "a cut-off, and a metric that users have",
        lambda _: known().evaluate(LATER, metrics="coverage", by_user=True, exclude_seen=False),
        lambda _: known().evaluate(LATER, 5, metrics="hr", by_user=True, exclude_seen=False),
    ),
    Cure(
        "known=, a log of what came before",
        lambda _: known().evaluate(SPLIT.test, exclude_seen=False),
        lambda _: known().evaluate(
            SPLIT.test, known=pd.concat([SPLIT.train, SPLIT.valid]), exclude_seen=False
        ),
    ),
    Cure(
        "known=, the log of what came before the test",
        lambda _: known().evaluate(SPLIT.test, targets="last"),
        lambda _: known().evaluate(
            SPLIT.test, targets="last", known=pd.concat([SPLIT.train, SPLIT.valid])
        ),
    ),
    Cure(
        "known=, the log to read them from",
        lambda folder: without_histories(folder).evaluate(LATER, exclude_seen=False),
        lambda folder: without_histories(folder).evaluate(LATER, known=LOG, exclude_seen=False),
    ),
    Cure(
        "a log with items of item_index_.item_ids_",
        lambda _: known().evaluate(LATER.assign(item_id="new"), exclude_seen=False),
        lambda _: known().evaluate(LATER, exclude_seen=False),
    ),
    Cure(
        "known=, the log of all their events",
        lambda folder: loaded(folder).evaluate(LATER.assign(item_id="item12"), exclude_seen=True),
        lambda folder: loaded(folder).evaluate(
            LATER.assign(item_id="item12"), known=LOG, exclude_seen=True
        ),
    ),
    Cure(
        "one kind in both",
        lambda _: known().evaluate(
            LATER.assign(timestamp=pd.to_datetime(LATER["timestamp"])), exclude_seen=False
        ),
        lambda _: known().evaluate(LATER, exclude_seen=False),
    ),
]
GOING_ON = [
    Cure(
        "add_items for new products, or fit again",
        lambda _: changing(READING).fit_more(LOG, items=CATALOGUE),
        lambda _: (changing(READING).add_items(NEW), changing(READING).fit(LOG, items=CATALOGUE)),
    ),
    Cure(
        "fit_more with a log in which they are clicked, or fit again",
        lambda _: changing().add_items(NEW),
        lambda _: (
            changing().fit_more(pd.concat([LOG, LATER.assign(item_id="new")])),
            changing().fit(pd.concat([LOG, LATER.assign(item_id="new")])),
        ),
    ),
    Cure(
        "set it back, or fit again",
        lambda _: changing().set_params(max_len=4).fit_more(LOG),
        lambda _: (
            changing().set_params(max_len=4).set_params(max_len=5).fit_more(LOG),
            changing().set_params(max_len=4).fit(LOG),
        ),
    ),
    Cure(
        "new items only",
        lambda _: changing(READING).add_items(pd.concat([NEW, CATALOGUE.head(1)])),
        lambda _: changing(READING).add_items(NEW),
    ),
]
FOLDERS = [
    Cure(
        "the folder that `save` wrote, whole; or save the model again",
        lambda folder: SequentialRecommender.load(folder / "model"),
        loaded,
    ),
    Cure(
        "the name of a folder, which may be new",
        lambda folder: known().save(file_in(folder)),
        lambda folder: known().save(folder / "new"),
    ),
]
TWO_STAGES = [
    Cure(
        "fit it, or load one",
        lambda _: two_stages(recommender(TOWERS), known()),
        lambda _: two_stages(known(TOWERS), known()),
    ),
    Cure(
        "SequentialRecommender(TwoTowerConfig())",
        lambda _: two_stages(known(BSTConfig(D=8, H=1, mlp=(8,))), known()),
        lambda _: two_stages(known(TOWERS), known()),
    ),
    Cure(
        "fit both with the same `items`",
        lambda _: two_stages(recommender(TOWERS).fit(LOG, items=[*ITEMS, "new"]), known()),
        lambda _: two_stages(
            recommender(TOWERS).fit(LOG, items=[*ITEMS, "new"]),
            recommender().fit(LOG, items=[*ITEMS, "new"]),
        ),
    ),
    Cure(
        "set_params(exclude_seen=False) on the ranker, and leave seen items out of the lists",
        lambda _: two_stages(known(TOWERS), changing().set_params(exclude_seen=True)),
        lambda _: two_stages(known(TOWERS), changing().set_params(exclude_seen=False)),
    ),
    Cure(
        "add_items to both, and a new TwoStageRecommender",
        lambda _: grown_towers(is_new=False),
        lambda _: grown_towers(is_new=True),
    ),
    Cure(
        "a larger n_probe",
        lambda _: two_stages(known(TOWERS), known(), n_cells=12, n_probe=1).recommend(LOG, 5),
        lambda _: two_stages(known(TOWERS), known(), n_cells=12, n_probe=12).recommend(LOG, 5),
    ),
    Cure(
        "fit with items=",
        lambda _: product_scores(known(numbers=True), 20),
        lambda _: product_scores(recommender().fit(NUMBERS, items=range(1, 21)), 20),
    ),
]
CURES = [*SETTINGS, *ANSWERS, *JUDGING, *GOING_ON, *FOLDERS, *TWO_STAGES]
