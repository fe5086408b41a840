"""`fit` with validation counts the cheap models beside the network, and tells of one below them."""

import logging
import warnings

import numpy as np
import pandas as pd
import pytest

from seqrec.data import leave_last_two_out
from seqrec.recommender import SASRecConfig, SequentialRecommender, TrainConfig
from seqrec.recommender.counting import CHEAP
from seqrec.recommender.folder import load_folder, save_folder
from tests.seqrec.recommender.shops import going_round, pure_noise, small_recommender

SPLIT = leave_last_two_out(going_round())
NAMES = ["PopularityConfig", "CoOccurrenceConfig", "MarkovConfig"]


def fitted(split=SPLIT, **options):
    model = small_recommender(**({"baselines": True} | options))
    return model.fit(split.train, valid_interactions=split.valid)


def said_by(call):
    """The warnings of a call about a network below a baseline."""
    with warnings.catch_warnings(record=True) as found:
        warnings.simplefilter("always")
        call()
    return [str(one.message) for one in found if "which only counts" in str(one.message)]


@pytest.mark.filterwarnings("ignore:the network's")
@pytest.mark.parametrize("exclude_seen", [False, True])
def test_they_are_judged_as_each_would_be_by_itself(exclude_seen):
    split = leave_last_two_out(pure_noise(n_users=30, n_events=7, n_items=40))
    beside = fitted(split, exclude_seen=exclude_seen).baselines_
    assert beside.index.tolist() == NAMES and (beside["seconds"] > 0).all()
    for config in CHEAP:
        alone = small_recommender(config, exclude_seen=exclude_seen)
        alone.fit(split.train, valid_interactions=split.valid)
        for name in ("hr@10", "ndcg@10", "mrr", "valid_loss"):
            assert alone.epochs_[name].item() == beside.loc[type(config).__name__, name]


@pytest.mark.filterwarnings("ignore:the network's")
@pytest.mark.parametrize(("monitor", "best"), [("mrr", "max"), ("valid_loss", "min")])
def test_a_column_of_the_history_has_the_best_of_them(monitor, best):
    split = leave_last_two_out(pure_noise(n_users=30, n_events=7, n_items=40))
    model = small_recommender(baselines=True, epochs=2)
    model.training = TrainConfig(epochs=2, monitor=monitor, higher_is_better=best == "max")
    model.fit(split.train, valid_interactions=split.valid)
    due = getattr(model.baselines_[monitor], best)()
    assert model.epochs_["best_baseline"].tolist() == [due, due]


@pytest.mark.parametrize("higher_is_better", [True, False])
@pytest.mark.parametrize("seed", range(3))
def test_it_warns_exactly_when_the_kept_network_is_below_the_best(higher_is_better, seed):
    split = leave_last_two_out(pure_noise(n_users=12, n_events=6, n_items=15, seed=seed))
    monitor = "ndcg@10" if higher_is_better else "valid_loss"
    for epochs in (1, 4, 40):
        model = small_recommender(baselines=True)
        model.training = TrainConfig(
            epochs=epochs, learning_rate=0.01, monitor=monitor, higher_is_better=higher_is_better
        )
        said = said_by(lambda m=model: m.fit(split.train, valid_interactions=split.valid))
        row = model.epochs_.iloc[model.best_epoch_ - 1]
        sign = 1 if higher_is_better else -1
        is_below = sign * row[monitor] < sign * row["best_baseline"]
        assert len(said) == is_below
        if is_below:
            best = model.baselines_[monitor]
            name = best.idxmax() if higher_is_better else best.idxmin()
            assert f"{monitor} in validation is {row[monitor]:.4g}, and {name}," in said[0]
            assert f"has {row['best_baseline']:.4g} after" in said[0] and len(said[0]) < 600


def test_a_network_that_has_learned_is_not_warned_of_and_one_that_has_not_is():
    assert not said_by(lambda: fitted(epochs=30))
    said = said_by(lambda: fitted(max_len=1, epochs=1, learning_rate=1e-9))
    assert len(said) == 1 and "or SequentialRecommender(CoOccurrenceConfig())." in said[0]


def test_the_warning_points_at_the_call_and_stands_in_the_log(caplog):
    with caplog.at_level(logging.WARNING, "seqrec"):
        with pytest.warns(UserWarning, match="which only counts") as found:
            small_recommender(baselines=True, learning_rate=1e-9).fit(
                SPLIT.train, valid_interactions=SPLIT.valid
            )
    assert found[0].filename == __file__ and "which only counts" in caplog.text


@pytest.mark.filterwarnings("ignore:the network's")
def test_they_change_no_bit_of_the_network_and_draw_nothing():
    with_them, without = fitted(epochs=3), fitted(epochs=3, baselines=False)
    again = fitted(epochs=3)
    scores = [model.score_items(SPLIT.train) for model in (with_them, without, again)]
    np.testing.assert_array_equal(scores[0], scores[1])
    np.testing.assert_array_equal(scores[0], scores[2])
    plain = with_them.epochs_.drop(columns=["best_baseline", "seconds"])
    pd.testing.assert_frame_equal(plain, without.epochs_.drop(columns="seconds"))
    assert without.baselines_ is None


def test_nothing_is_counted_without_validation():
    model = small_recommender(baselines=True).fit(SPLIT.train)
    assert model.baselines_ is None and "best_baseline" not in model.epochs_


@pytest.mark.filterwarnings("ignore:the network's")
def test_going_on_counts_the_newer_log():
    model = fitted()
    newer = leave_last_two_out(
        pure_noise(n_users=9, n_events=5, n_items=30).astype({"item_id": str})
    )
    model.fit_more(newer.train, valid_interactions=newer.valid)
    assert model.baselines_["ndcg@10"].max() < 1
    assert (model.epochs_["best_baseline"] == model.baselines_["ndcg@10"].max()).all()


def test_an_older_folder_without_the_setting_loads(tmp_path):
    model = small_recommender().fit(SPLIT.train)
    model.save(tmp_path)
    tensors, document = load_folder(tmp_path)
    assert document["settings"].pop("baselines") is False
    save_folder(tmp_path, tensors, document)
    loaded = SequentialRecommender.load(tmp_path)
    assert loaded.baselines is True
    np.testing.assert_array_equal(loaded.score_items(SPLIT.train), model.score_items(SPLIT.train))


class TestEarlyStopping:
    """By default, where there is something to judge by."""

    TRAINING = TrainConfig(patience=3)

    def fitted(self, training, **how):
        config = SASRecConfig(D=8, H=1, n_blocks=1)
        model = SequentialRecommender(
            config, max_len=5, training=training, baselines=False, device="cpu", progress=False
        )
        return model.fit(SPLIT.train, **how)

    def test_the_default_with_validation_has_patience(self):
        valid = {"valid_interactions": SPLIT.valid}
        model = self.fitted(None, **valid)
        given = self.fitted(self.TRAINING, **valid)
        pd.testing.assert_frame_equal(
            model.epochs_.drop(columns="seconds"), given.epochs_.drop(columns="seconds")
        )
        np.testing.assert_array_equal(
            model.score_items(SPLIT.train), given.score_items(SPLIT.train)
        )

    def test_the_default_without_has_none_and_what_is_said_counts(self):
        assert len(self.fitted(None).epochs_) == TrainConfig().epochs
        said = self.fitted(TrainConfig(epochs=9), valid_interactions=SPLIT.valid)
        assert len(said.epochs_) == 9 and said.stopped_by_ == "epochs"

    def test_it_stops_once_nothing_gets_better_and_keeps_the_best(self):
        split = leave_last_two_out(pure_noise(n_users=20, n_events=6, n_items=30))
        model = SequentialRecommender(
            SASRecConfig(D=16, H=1), max_len=5, baselines=False, device="cpu", progress=False
        ).fit(split.train, valid_interactions=split.valid)
        assert model.stopped_by_ == "patience"
        assert len(model.epochs_) == model.best_epoch_ + 3

    def test_a_default_stays_one_in_a_folder(self, tmp_path):
        self.fitted(None).save(tmp_path)
        assert SequentialRecommender.load(tmp_path).training is None
