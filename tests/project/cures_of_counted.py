"""Cures of models that count, and of those that stand beside a network."""

from unittest import mock

from seqrec.data import k_core
from seqrec.items import Content, Number
from seqrec.recommender import (
    CoOccurrenceConfig,
    EASEConfig,
    HybridConfig,
    MarkovConfig,
    SASRecConfig,
    SequentialRecommender,
    TrainConfig,
    TwoStageRecommender,
    TwoTowerConfig,
)
from tests.project.cures import Cure
from tests.project.cures_of_recommender import (
    CATALOGUE,
    ITEMS,
    LOG,
    SMALL,
    SPLIT,
    known,
    recommender,
)

PRICE = Content(columns=[Number("price")])
#: As LOG, where most clicks are on four items.
FEW = LOG.assign(
    item_id=[ITEMS[row % 4] if row % 11 else ITEMS[row % 12] for row in range(len(LOG))]
)


def counted(config=None, log=LOG):
    return recommender(MarkovConfig() if config is None else config).fit(log)


def beside(config, **training):
    """Fitted with validation, baselines counted."""
    settings = {"max_len": 5, "device": "cpu", "progress": False}
    model = SequentialRecommender(config, training=TrainConfig(**training), **settings)
    return model.fit(SPLIT.train, items=ITEMS, valid_interactions=SPLIT.valid)


def with_few_items(config, log):
    with mock.patch("seqrec.models.ease.MOST_ITEMS", 6):
        counted(config, log)


def towers():
    return known(TwoTowerConfig(D=8, H=1))


CURES = [
    Cure(
        "SASRecConfig(content=...), or another model with a network",
        lambda _: MarkovConfig(content=PRICE),
        lambda _: recommender(SASRecConfig(**SMALL, content=PRICE)).fit(LOG, items=CATALOGUE),
    ),
    Cure(
        "score_items, or scorer_.network for what it has counted",
        lambda _: counted().network_,
        lambda _: (counted().score_items(LOG), counted().scorer_.network.law),
    ),
    Cure(
        "fit(log) with all clicks, which takes seconds",
        lambda _: counted().fit_more(LOG),
        lambda _: counted().fit(LOG),
    ),
    Cure(
        "SequentialRecommender(SASRecConfig()), or another model with a network",
        lambda _: TwoStageRecommender(towers(), counted()),
        lambda _: TwoStageRecommender(towers(), known()),
    ),
    Cure(
        "CoOccurrenceConfig(), which holds the pairs that occur, or fewer items, by "
        "seqrec.data.k_core",
        lambda _: with_few_items(EASEConfig(), FEW),
        lambda _: (
            with_few_items(CoOccurrenceConfig(), FEW),
            with_few_items(EASEConfig(), k_core(FEW, items=3)),
        ),
    ),
    Cure(
        "SASRecConfig().",
        lambda _: HybridConfig(learned=MarkovConfig()),
        lambda _: HybridConfig(learned=SASRecConfig()),
    ),
    Cure(
        "CoOccurrenceConfig().",
        lambda _: HybridConfig(counted=SASRecConfig()),
        lambda _: HybridConfig(counted=CoOccurrenceConfig()),
    ),
    Cure(
        "leave it out, or SASRecConfig(content=...) by itself",
        lambda _: HybridConfig(learned=SASRecConfig(**SMALL, content=PRICE)),
        lambda _: (
            HybridConfig(learned=SASRecConfig(**SMALL)),
            recommender(SASRecConfig(**SMALL, content=PRICE)).fit(LOG, items=CATALOGUE),
        ),
    ),
    Cure(
        "EASEConfig(l2=100.0), or another such number",
        lambda _: counted(EASEConfig(l2=1e-300)),
        lambda _: counted(EASEConfig(l2=100.0)),
    ),
    Cure(
        "more epochs, another learning_rate or batch_size, until the network is above it; or "
        "SequentialRecommender(CoOccurrenceConfig())",
        lambda _: beside(SASRecConfig(**SMALL), epochs=1, learning_rate=1e-9),
        lambda _: (
            beside(SASRecConfig(**SMALL), epochs=60, learning_rate=0.01, batch_size=8),
            beside(CoOccurrenceConfig(), epochs=1),
        ),
    ),
]
