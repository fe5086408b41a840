"""How a run ends, and with which weights."""

from dataclasses import replace

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from seqrec.training import train
from tests.seqrec.training.toys import (
    CONFIG,
    STEPS,
    Scripted,
    assert_same_weights,
    loss,
    toy,
    trained,
    validate,
)

NDCG = replace(CONFIG, monitor="ndcg@10", higher_is_better=True)


def assert_weights(network, expected):
    found = network.state_dict()
    assert all(torch.equal(found[name], expected[name]) for name in expected)


@settings(max_examples=25)
@given(
    st.lists(st.sampled_from([0.1, 0.2, 0.3, 0.4]), min_size=1, max_size=7),
    st.none() | st.integers(1, 4),
    st.booleans(),
    st.booleans(),
)
def test_patience_counts_epochs_without_a_new_best_and_the_best_weights_come_back(
    values, patience, higher, restore
):
    config = replace(
        NDCG,
        epochs=len(values),
        patience=patience,
        higher_is_better=higher,
        restore_best_weights=restore,
    )
    script = Scripted(values)
    network, result = trained(config, validate=script)

    best, best_epoch, waited, epochs = None, None, 0, 0  # the rule, written out
    for value in values:
        epochs += 1
        if best is None or (value > best if higher else value < best):
            best, best_epoch, waited = value, epochs, 0
        else:
            waited += 1
        if waited == patience:
            break
    assert len(result.history) == len(script.seen) == epochs
    assert result.stopped_by == ("patience" if waited == patience else "epochs")
    assert result.best_epoch == (best_epoch if restore or patience else None)
    assert_weights(network, script.seen[best_epoch - 1 if restore else -1])


@pytest.mark.parametrize(
    ("values", "stopped_by"), [([1, 3, 2, 2], "patience"), ([1, 3, 2], "epochs")]
)
def test_best_weights_come_back_also_when_the_epochs_run_out_before_the_patience(
    values, stopped_by
):
    script = Scripted(values)
    network, result = trained(replace(NDCG, epochs=len(values), patience=2), validate=script)
    assert result.stopped_by == stopped_by and result.best_epoch == 2
    assert_weights(network, script.seen[1])


def test_patience_goes_on_counting_in_a_resumed_run(tmp_path):
    config = replace(NDCG, epochs=9, patience=3)

    def interrupted(network):
        if interrupted.epoch == 3:
            raise InterruptedError
        interrupted.epoch += 1
        return {"ndcg@10": 1 / interrupted.epoch}

    interrupted.epoch = 0
    with pytest.raises(InterruptedError):
        trained(config, validate=interrupted, checkpoint=tmp_path / "run")
    script = Scripted([0.2, 0.1, 0.1])
    _, result = trained(config, validate=script, checkpoint=tmp_path / "run")
    assert len(script.seen) == 1 and result.stopped_by == "patience" and result.best_epoch == 1


def interrupting_at(step, error=KeyboardInterrupt):
    calls = []

    def interrupting(network, rows, generator):
        calls.append(rows)
        if len(calls) == step:
            raise error
        return loss(network, rows, generator)

    return interrupting


def test_an_interrupt_keeps_the_best_weights():
    script = Scripted([1, 3, 2])
    network, result = trained(NDCG, loss=interrupting_at(3 * STEPS + 2), validate=script)
    assert result.stopped_by == "interrupt" and result.best_epoch == 2 and len(result.history) == 3
    assert_weights(network, script.seen[1])


def test_an_interrupt_without_validation_keeps_the_weights_as_they_are():
    passed = []

    def watching(network, rows, generator):
        passed.append({name: value.clone() for name, value in network.named_parameters()})
        if len(passed) == STEPS + 2:
            raise KeyboardInterrupt
        return loss(network, rows, generator)

    network, result = trained(loss=watching)
    assert (
        result.stopped_by == "interrupt" and result.best_epoch is None and len(result.history) == 1
    )
    assert_weights(network, passed[-1])
    assert network.training


def test_an_interrupt_in_the_first_epoch_leaves_an_empty_history_with_its_columns():
    _, result = trained(loss=interrupting_at(1), validate=validate)
    assert len(result.history) == 0 and {"epoch", "train_loss"} < set(result.history)


def test_an_interrupted_run_goes_on_from_its_checkpoint(tmp_path):
    trained(loss=interrupting_at(STEPS + 3), validate=validate, checkpoint=tmp_path / "run")
    network, result = trained(validate=validate, checkpoint=tmp_path / "run")
    assert result.stopped_by == "epochs"
    assert_same_weights(network, trained(validate=validate)[0])


def spoilt(step, spoil):
    """The toy's loss, spoilt at one step; keeps the weights of the moment."""
    calls = []

    def spoiling(network, rows, generator):
        value = loss(network, rows, generator)
        calls.append({name: weight.clone() for name, weight in network.named_parameters()})
        return spoil(value) if len(calls) == step else value

    spoiling.calls = calls
    return spoiling


@pytest.mark.parametrize("max_grad_norm", [None, 1.0])
@pytest.mark.parametrize(
    "spoil",
    [
        lambda value: value * np.nan,
        lambda value: value + np.inf,
        lambda value: value.detach() * np.nan + 0 * value,
        # Finite, but its gradient is not.
        lambda value: value + (0 * value - 0 * value.detach()).abs().sqrt(),
    ],
    ids=["nan", "inf", "nan with a fair gradient", "nan gradient"],
)
def test_a_loss_or_gradient_that_is_not_finite_stops_before_the_weights_change(
    spoil, max_grad_norm
):
    spoiling, network = spoilt(STEPS + 3, spoil), toy()
    config = replace(CONFIG, schedule="constant", warmup_steps=20, max_grad_norm=max_grad_norm)
    with pytest.raises(
        FloatingPointError,
        match=rf"step {STEPS + 3}, learning rate 0.005: .*(nan|inf).*Cure: a lower",
    ):
        train(network, spoiling, 50, config, progress=False)
    assert len(spoiling.calls) == STEPS + 3
    assert_weights(network, spoiling.calls[-1])


def test_validation_that_lacks_the_monitor_or_makes_it_nan_is_refused():
    for answer in ({"hr@10": 1.0}, {"ndcg@10": float("nan")}):
        with pytest.raises(ValueError, match="monitor 'ndcg@10' is no finite number"):
            trained(NDCG, validate=lambda network, answer=answer: answer)
    _, result = trained(
        replace(NDCG, restore_best_weights=False), validate=lambda network: {"hr@10": 1.0}
    )
    assert result.best_epoch is None and "hr@10" in result.history


def test_validation_must_not_use_the_names_of_the_history():
    with pytest.raises(ValueError, match="train_loss.*Cure: other names"):
        trained(NDCG, validate=lambda network: {"ndcg@10": 1.0, "train_loss": 2.0})


def test_patience_without_validation_is_refused():
    with pytest.raises(ValueError, match="without `validate` there is nothing to wait for"):
        trained(replace(CONFIG, patience=2))
