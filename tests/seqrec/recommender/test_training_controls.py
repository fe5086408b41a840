"""What `fit` hands on to the training: callbacks, checkpoint, Ctrl-C, the log; and loops around it.

The loop itself is tested in tests/seqrec/training.
"""

import copy
import logging
import signal
from importlib.util import find_spec

import numpy as np
import pytest

from seqrec.data import leave_last_two_out
from seqrec.recommender import SASRecConfig, SequentialRecommender, TrainConfig
from tests.seqrec.recommender.shops import SMALL, going_round, pure_noise, small_recommender

SPLIT = leave_last_two_out(pure_noise(n_users=60, n_events=6, n_items=30))


def fit(epochs=6, **how):
    model = small_recommender(epochs=epochs, learning_rate=0.03)
    return model.fit(SPLIT.train, items=range(1, 31), valid_interactions=SPLIT.valid, **how)


def assert_alike(one, other):
    np.testing.assert_array_equal(one.score_items(SPLIT.train), other.score_items(SPLIT.train))
    first, second = (model.epochs_.drop(columns="seconds") for model in (one, other))
    assert first.equals(second) and one.best_epoch_ == other.best_epoch_


def test_callbacks_see_each_epochs_validation_and_may_stop_it():
    told = []
    model = fit(callbacks=[told.append, lambda report: report.epoch == 3])
    assert model.stopped_by_ == "callback" and [report.epoch for report in told] == [1, 2, 3]
    assert [report.metrics for report in told] == model.epochs_.to_dict("records")
    assert {"ndcg@10", "valid_loss"} < told[0].metrics.keys()
    assert_alike(fit(callbacks=[told.append]), fit())


def test_a_fit_that_was_killed_goes_on_from_its_checkpoint(tmp_path):
    def kill(report):
        if report.epoch == 3:
            raise InterruptedError

    how = {"checkpoint": tmp_path / "run", "checkpoint_every": 2}
    with pytest.raises(InterruptedError):
        fit(**how, callbacks=[kill])
    told = []
    assert_alike(fit(**how, callbacks=[told.append]), fit())
    assert [report.epoch for report in told] == [4, 5, 6]


def test_ctrl_c_keeps_the_best_weights_and_the_model_answers():
    """The signal itself."""

    def press(report):
        if report.epoch == 4:
            signal.raise_signal(signal.SIGINT)

    model = fit(callbacks=[press])
    assert model.stopped_by_ == "interrupt" and model.best_epoch_ < len(model.epochs_) == 4
    assert_alike(model, fit(epochs=4))
    best = fit(epochs=model.best_epoch_)
    np.testing.assert_array_equal(model.score_items(SPLIT.train), best.score_items(SPLIT.train))


def test_an_error_in_a_callback_leaves_the_model_unfitted():
    model = small_recommender()
    with pytest.raises(ZeroDivisionError):
        model.fit(going_round(), callbacks=[lambda report: 1 // 0])
    with pytest.raises(RuntimeError, match="learned nothing yet"):
        model.score_items(going_round())


def test_epochs_and_warnings_are_lines_of_the_log(caplog, recwarn):
    log = going_round()
    with caplog.at_level(logging.INFO, logger="seqrec"):
        small_recommender(epochs=2).fit(log).score_items(log.replace("mat", "eel"))
    levels = [record.levelname for record in caplog.records]
    assert levels == ["INFO", "INFO", "WARNING"]
    (warning,) = recwarn
    assert caplog.records[2].getMessage() == str(warning.message)
    assert "the model does not know" in str(warning.message)


def clone(estimator):
    """scikit-learn's protocol: a new object of a copy of each setting, which `__init__` stores."""
    settings = {name: copy.deepcopy(v) for name, v in estimator.get_params(deep=False).items()}
    made = type(estimator)(**settings)
    found = made.get_params(deep=False)
    assert all(found[name] is settings[name] for name in settings)
    return made


CLONES = [clone]
if find_spec("sklearn"):
    from sklearn.base import clone as real_clone

    CLONES.append(real_clone)


@pytest.mark.parametrize("clone", CLONES)
@pytest.mark.parametrize("fitted", [False, True])
def test_a_clone_is_unfitted_with_the_same_settings_and_learns_the_same_bits(clone, fitted):
    log = going_round()
    model = small_recommender("BST", unknown_items="refuse")
    if fitted:
        model.fit(log)
    other = clone(model)
    assert other is not model and other.get_params() == model.get_params(deep=True)
    assert not hasattr(other, "network_")
    np.testing.assert_array_equal(other.fit(log).score_items(log), model.fit(log).score_items(log))
    assert clone(SequentialRecommender()).get_params() == SequentialRecommender().get_params()


@pytest.mark.parametrize("clone", CLONES)
def test_a_loop_over_settings_leaves_the_estimator_alone(clone):
    """As GridSearchCV does: a clone for each, `set_params`, `fit`, judge."""
    base = small_recommender(epochs=2)
    before = base.get_params()
    losses = {}
    for D in (4, 8):
        model = clone(base).set_params(model=SASRecConfig(D=D, H=1, n_blocks=1))
        model.fit(SPLIT.train, items=range(1, 31), valid_interactions=SPLIT.valid)
        losses[D] = model.epochs_["valid_loss"].min()
        assert model.network_.encoder.D == D
    assert losses[4] != losses[8] and base.get_params() == before
    with pytest.raises(ValueError, match="'depth' is no setting. Cure: one of model, max_len"):
        clone(base).set_params(depth=3)


class Trial:
    """As far as a search like Optuna's goes: what it suggests, and when it has seen enough."""

    def __init__(self, D):
        self.D = D
        self.told = {}

    def suggest_categorical(self, name, choices):
        assert name == "D" and self.D in choices
        return self.D

    def report(self, value, step):
        self.told[step] = value

    def should_prune(self):
        return len(self.told) == 2


class TrialPruned(Exception):
    pass


def test_a_search_that_prunes_by_an_exception_gets_it_back():
    def objective(trial):
        def judge(report):
            trial.report(report.metrics["ndcg@10"], report.epoch)
            if trial.should_prune():
                raise TrialPruned

        D = trial.suggest_categorical("D", [4, 8])
        training = TrainConfig(epochs=4)
        model = small_recommender(SASRecConfig(D=D, H=1, n_blocks=1)).set_params(training=training)
        model.fit(SPLIT.train, valid_interactions=SPLIT.valid, callbacks=[judge])
        return model.epochs_["ndcg@10"].max()

    trial = Trial(4)
    with pytest.raises(TrialPruned):
        objective(trial)
    assert list(trial.told) == [1, 2] and all(np.isfinite(list(trial.told.values())))


@pytest.mark.parametrize("name", ["MeanPoolBST", "BST"])
def test_fit_with_long_histories_allowed_costs_what_the_histories_are_long(name, monkeypatch):
    """Every batch that the network sees is as wide as its longest history, not as max_len."""
    widths = []
    kind = SMALL[name].network
    score = kind.score_candidates

    def spying(network, histories, candidates, features=None):
        widths.append(histories.shape[1])
        return score(network, histories, candidates, features)

    monkeypatch.setattr(kind, "score_candidates", spying)
    small_recommender(name, max_len=300).fit(going_round())
    assert 1 <= min(widths) and max(widths) <= 7
