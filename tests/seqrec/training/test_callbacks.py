"""Who is told of each epoch: functions, the bar, Python's logging. None of them changes a bit."""

import logging

import numpy as np
import pytest
import torch

from seqrec.training import EpochReport, train
from tests.seqrec.training.test_stopping import NDCG, assert_weights, interrupting_at
from tests.seqrec.training.toys import (
    CONFIG,
    N_SAMPLES,
    STEPS,
    Scripted,
    assert_same_weights,
    loss,
    toy,
    trained,
    validate,
)


def test_a_callback_is_told_each_row_of_the_history_with_the_network_of_that_epoch():
    told, weights = [], []

    def callback(report):
        assert isinstance(report, EpochReport) and not torch.is_grad_enabled()
        assert not any(module.training for module in report.network.modules())
        told.append(report)
        weights.append({name: v.clone() for name, v in report.network.state_dict().items()})

    script = Scripted([0.1, 0.3, 0.2, 0.2])
    network, result = trained(NDCG, validate=script, callbacks=[callback])
    assert [report.epoch for report in told] == [1, 2, 3, 4]
    assert [report.metrics for report in told] == result.history.to_dict("records")
    assert all(report.network is network for report in told)
    for seen, weight in zip(script.seen, weights, strict=True):
        assert all(torch.equal(seen[name], weight[name]) for name in weight)


def noisy(report):
    """Draws, and spoils its own copy of the numbers."""
    torch.rand(7)
    report.metrics.clear()


@pytest.mark.parametrize("validated", [True, False])
def test_callbacks_change_no_bit(validated):
    how = {"validate": validate} if validated else {}
    plain, before = trained(**how)
    for callbacks in (None, [], [noisy], (noisy, lambda report: False)):
        network, result = trained(**how, callbacks=callbacks)
        assert_same_weights(network, plain)
        seconds = "seconds"
        assert result.history.drop(columns=seconds).equals(before.history.drop(columns=seconds))
        assert (result.stopped_by, result.best_epoch) == (before.stopped_by, before.best_epoch)


@pytest.mark.parametrize("answer", [True, np.True_])
@pytest.mark.parametrize("epoch", [1, 3, 4])
def test_true_ends_the_run_and_the_best_weights_come_back(epoch, answer):
    called = []
    script = Scripted([0.3, 0.4, 0.2, 0.1])
    network, result = trained(
        NDCG,
        validate=script,
        callbacks=[lambda report: answer if report.epoch == epoch else None, called.append],
    )
    assert result.stopped_by == "callback" and len(result.history) == len(called) == epoch
    assert result.best_epoch == min(epoch, 2)
    assert_weights(network, script.seen[min(epoch, 2) - 1])


def test_a_run_that_a_callback_ended_goes_on_from_its_checkpoint(tmp_path):
    how = {"validate": validate, "checkpoint": tmp_path / "run"}
    _, result = trained(**how, callbacks=[lambda report: report.epoch == 2])
    assert len(result.history) == 2
    network, result = trained(**how)
    assert result.stopped_by == "epochs" and len(result.history) == 4
    assert_same_weights(network, trained(validate=validate)[0])


class Pruned(Exception):
    pass


def test_what_a_callback_raises_is_raised_and_leaves_everything_as_it_was_found():
    def prune(report):
        raise Pruned(f"epoch {report.epoch}")

    network, before = toy(), torch.get_rng_state()
    with pytest.raises(Pruned, match="epoch 1"):
        train(network, loss, N_SAMPLES, CONFIG, progress=False, callbacks=[prune])
    assert network.training and torch.equal(torch.get_rng_state(), before)


@pytest.mark.parametrize(
    ("callbacks", "told"),
    [
        (print, r"callbacks must be a list of functions.*Cure: callbacks=\[function\]"),
        (3, "callbacks must be a list of functions, got 3"),
        ([print, None], r"callbacks\[1\] must be a function of an EpochReport, got None"),
        ([lambda report: 0.3], "must return True .stop., False or None, got 0.3"),
        ([lambda report: 1], "must return True .stop., False or None, got 1"),
    ],
)
def test_what_is_no_callback_or_no_answer_is_refused(callbacks, told):
    with pytest.raises(TypeError, match=told):
        trained(callbacks=callbacks)


def test_the_bar_shows_what_validation_said_of_the_epoch_before(capfd):
    train(toy(), loss, N_SAMPLES, NDCG, validate=Scripted([0.1234, 0.2345, 0.3456, 0.4567]))
    shown = capfd.readouterr().err
    assert "ndcg@10 0.1234" in shown and "ndcg@10 0.4567" in shown.split("\r")[-1]
    assert f"{4 * STEPS}/{4 * STEPS}" in shown


def test_each_epoch_is_one_line_in_the_log_with_its_numbers(caplog):
    with caplog.at_level(logging.INFO, logger="seqrec"):
        _, result = trained(NDCG, validate=Scripted([0.1, 0.3, 0.2, 0.25]))
    assert [record.levelname for record in caplog.records] == ["INFO"] * 4
    assert {record.name for record in caplog.records} == {"seqrec"}
    for row, record in zip(result.history.to_dict("records"), caplog.records, strict=True):
        assert record.getMessage().startswith(f"epoch {row['epoch']} of 4: train_loss ")
        assert f"ndcg@10 {row['ndcg@10']:.4g}" in record.getMessage()


def test_an_interrupt_is_a_warning_in_the_log(caplog):
    trained(loss=interrupting_at(STEPS + 3))
    (record,) = caplog.records
    assert record.levelname == "WARNING" and f"after step {STEPS + 2}" in record.getMessage()


@pytest.mark.parametrize("listens", [False, True])
def test_nothing_is_printed_unless_the_program_listens(listens, capfd, caplog, monkeypatch):
    """Without any handler Python prints warnings by itself (`logging.lastResort`)."""
    monkeypatch.setattr(logging.getLogger(), "handlers", [])
    if listens:
        listener = logging.StreamHandler()
        listener.setFormatter(logging.Formatter("%(levelname)s %(name)s %(message)s"))
        monkeypatch.setattr(logging.getLogger("seqrec"), "handlers", [listener])
        caplog.set_level(logging.INFO, logger="seqrec")
    trained(loss=interrupting_at(STEPS + 3))
    out, err = capfd.readouterr()
    assert out == "" and bool(err) == listens
    assert ("INFO seqrec epoch 1 of 4: train_loss" in err) == listens
    assert ("WARNING seqrec training was interrupted" in err) == listens
