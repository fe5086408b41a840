"""A network and counts together: the formula, and that the rest of the recommender knows it."""

import json
from dataclasses import replace

import numpy as np
import pytest
import torch

from seqrec.data import leave_last_two_out
from seqrec.items import Content, Labels
from seqrec.recommender import (
    BERT4RecConfig,
    CoOccurrenceConfig,
    HybridConfig,
    MarkovConfig,
    PopularityConfig,
    SASRecConfig,
    SequentialRecommender,
    SessionKNNConfig,
)
from seqrec.recommender.documents import from_document, to_document
from seqrec.training import TrainConfig
from tests.seqrec.recommender.shops import going_round, small_recommender

LOG = going_round()
SMALL = SASRecConfig(D=8, H=1, n_blocks=1)


def hybrid(weight=0.5, learned=SMALL, counted=None, **options):
    counted = counted or CoOccurrenceConfig()
    return small_recommender(
        HybridConfig(learned=learned, counted=counted, weight=weight), epochs=3, **options
    )


@pytest.mark.parametrize("learned", [SMALL, BERT4RecConfig(D=8, H=1, n_blocks=1)])
@pytest.mark.parametrize(
    "counted", [CoOccurrenceConfig(), MarkovConfig(), SessionKNNConfig(), PopularityConfig()]
)
def test_scores_are_the_two_log_laws_added_with_the_weight_and_made_a_law(learned, counted):
    mixed = hybrid(0.7, learned, counted).fit(LOG).score_items(LOG)
    network = small_recommender(learned, epochs=3).fit(LOG).score_items(LOG)
    counts = SequentialRecommender(counted, max_len=5, progress=False).fit(LOG).score_items(LOG)
    due = torch.from_numpy(network + 0.7 * counts).log_softmax(dim=1).numpy()
    np.testing.assert_allclose(mixed, due, rtol=1e-4, atol=1e-4)
    np.testing.assert_allclose(np.exp(mixed).sum(axis=1), 1, rtol=1e-5)


def test_without_weight_it_is_the_network_alone():
    mixed = hybrid(0).fit(LOG).score_items(LOG)
    network = small_recommender(SMALL, epochs=3).fit(LOG).score_items(LOG)
    np.testing.assert_allclose(mixed, network, rtol=1e-5, atol=1e-5)


def test_validation_chooses_the_epoch_of_both_together():
    split = leave_last_two_out(LOG)
    model = hybrid().fit(split.train, valid_interactions=split.valid)
    assert len(model.epochs_) == 3 and model.best_epoch_ is not None
    kept = model.epochs_["ndcg@10"].iloc[model.best_epoch_ - 1]
    assert kept == model.epochs_["ndcg@10"].max()


@pytest.mark.parametrize("counted", [CoOccurrenceConfig(window=2), SessionKNNConfig()])
def test_saved_and_loaded_it_gives_the_same_bits(tmp_path, counted):
    model = hybrid(counted=counted).fit(LOG)
    model.save(tmp_path / "model")
    again = SequentialRecommender.load(tmp_path / "model", device="cpu")
    assert again.model == model.model
    assert np.array_equal(again.score_items(LOG), model.score_items(LOG))


def test_a_checkpoint_is_gone_on_from(tmp_path):
    split = leave_last_two_out(LOG)
    given = {"valid_interactions": split.valid, "checkpoint": tmp_path / "run"}
    whole = hybrid().fit(split.train, valid_interactions=split.valid)
    first = hybrid()
    first.set_params(training=replace(first.training, epochs=3))
    first.fit(split.train, callbacks=[lambda report: report.epoch == 1], **given)
    again = hybrid().fit(split.train, **given)
    assert np.array_equal(again.score_items(LOG), whole.score_items(LOG))


def test_its_configuration_goes_through_json_and_back():
    config = HybridConfig(learned=SASRecConfig(D=32), counted=MarkovConfig(), weight=0.25)
    assert from_document(json.loads(json.dumps(to_document(config)))) == config


@pytest.mark.parametrize(
    ("options", "told"),
    [
        ({"learned": CoOccurrenceConfig()}, "learned must be the configuration of a network"),
        ({"learned": "sasrec"}, "learned must be the configuration of a network"),
        ({"learned": HybridConfig()}, "learned must be the configuration of a network"),
        ({"counted": SASRecConfig()}, "counted must be the configuration of a model that counts"),
        ({"counted": None}, "counted must be"),
        ({"weight": -0.1}, "weight must be a finite number, 0 or more"),
        ({"weight": float("nan")}, "weight must be"),
        ({"weight": "much"}, "weight must be"),
        (
            {"learned": SASRecConfig(content=Content(columns=[Labels("kind")]))},
            "content must be None",
        ),
    ],
)
def test_what_makes_no_sense_is_refused(options, told):
    with pytest.raises(ValueError, match=told):
        HybridConfig(**options)


def test_it_can_t_go_on_with_new_clicks_and_says_what_to_do():
    model = hybrid().fit(LOG)
    with pytest.raises(RuntimeError, match=r"HybridConfig must be fitted on a whole log.*Cure"):
        model.fit_more(LOG)


def test_one_that_holds_clicks_is_not_saved_without_histories(tmp_path):
    model = hybrid(counted=SessionKNNConfig()).fit(LOG)
    with pytest.raises(ValueError, match="whose counts are the clicks of the log"):
        model.save(tmp_path / "model", with_histories=False)
    hybrid().fit(LOG).save(tmp_path / "other", with_histories=False)


def test_weights_are_averaged_and_the_counts_stay(tmp_path):
    model = hybrid()
    model.set_params(training=TrainConfig(epochs=2, ema_decay=0.5))
    model.fit(LOG)
    plain = small_recommender(SMALL).set_params(training=TrainConfig(epochs=2, ema_decay=0.5))
    plain.fit(LOG)
    assert torch.equal(
        model.network_.learned.encoder.item.weight, plain.network_.encoder.item.weight
    )
