"""What a run is told, and what it shows."""

import dataclasses
import subprocess
import sys

import numpy as np
import pytest
import torch

from seqrec import devices
from seqrec.training import TrainConfig, live_plot, train
from tests.seqrec.training.toys import CONFIG, N_SAMPLES, STEPS, loss, toy, trained, validate


@pytest.mark.parametrize(
    ("settings", "told"),
    [
        ({"epochs": 0}, "epochs must be a whole number of 1 or more, got 0"),
        ({"epochs": 2.0}, "epochs must be a whole number"),
        ({"epochs": True}, "epochs must be a whole number"),
        ({"batch_size": -1}, "batch_size"),
        ({"warmup_steps": -1}, "warmup_steps must be a whole number of 0 or more"),
        ({"warmup_steps": None}, "warmup_steps must be a whole number of 0 or more, got None"),
        ({"patience": 0}, "patience must be a whole number of 1 or more, or None, got 0"),
        ({"seed": -1}, "seed"),
        ({"learning_rate": 0}, "learning_rate must be a finite number, positive, got 0"),
        ({"learning_rate": float("nan")}, "learning_rate"),
        ({"learning_rate": "0.1"}, "learning_rate"),
        ({"weight_decay": -0.1}, "weight_decay must be a finite number, 0 or more"),
        ({"max_grad_norm": 0.0}, "max_grad_norm must be a finite number, positive, or None"),
        ({"max_grad_norm": float("inf")}, "max_grad_norm"),
        (
            {"schedule": "cosine"},
            "'cosine' does not exist. There are: constant, linear, inverse_square_root, one_cycle",
        ),
        ({"monitor": 3}, "monitor"),
        ({"higher_is_better": "yes"}, "higher_is_better must be True or False, got 'yes'"),
        ({"restore_best_weights": 1}, "restore_best_weights"),
        ({"ema_decay": 1}, "ema_decay must be a share from 0 to below 1, or None, got 1"),
        ({"ema_decay": -0.1}, "ema_decay"),
        ({"ema_decay": float("nan")}, "ema_decay"),
        ({"ema_decay": "0.9"}, "ema_decay"),
    ],
)
def test_nonsense_is_refused_with_its_name_and_value(settings, told):
    with pytest.raises(ValueError, match=told):
        TrainConfig(**settings)


def test_a_configuration_is_frozen_keyword_only_and_knows_its_names():
    with pytest.raises(dataclasses.FrozenInstanceError):
        CONFIG.epochs = 3
    with pytest.raises(TypeError):
        TrainConfig(3)
    with pytest.raises(TypeError, match="learning_rat"):
        TrainConfig(learning_rat=0.1)


def test_numbers_of_numpy_are_the_same_settings(tmp_path):
    numpys = TrainConfig(epochs=np.int64(2), learning_rate=np.float32(0.5), max_grad_norm=None)
    assert numpys == TrainConfig(epochs=2, learning_rate=0.5, max_grad_norm=None)
    trained(
        dataclasses.replace(CONFIG, epochs=np.int64(2)),
        n_samples=np.int64(16),
        checkpoint=tmp_path / "run",
    )


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        ({"n_samples": 0}, "n_samples must be a whole number of 1 or more, got 0"),
        ({"n_samples": None}, "n_samples"),
        ({"config": {"epochs": 3}}, "config must be a TrainConfig"),
        ({"checkpoint_every": -2}, "checkpoint_every"),
        (
            {"config": TrainConfig(epochs=1, warmup_steps=8), "n_samples": 7},
            "warmup_steps is 8, but there are 1 steps",
        ),
    ],
)
def test_arguments_that_make_no_sense_are_refused(arguments, told):
    with pytest.raises(ValueError, match=told):
        train(toy(), loss, **{"n_samples": 5, "config": CONFIG} | arguments)


def test_without_progress_nothing_is_shown(capfd):
    trained(validate=validate)
    assert capfd.readouterr() == ("", "")


def test_the_bar_shows_steps_epoch_and_loss(capfd):
    train(toy(), loss, N_SAMPLES, CONFIG)
    shown = capfd.readouterr().err
    assert f"{4 * STEPS}/{4 * STEPS}" in shown and "epoch 4, loss " in shown


def test_the_bar_of_a_resumed_run_begins_where_it_goes_on(capfd, tmp_path):
    trained(checkpoint=tmp_path / "run")
    train(toy(), loss, N_SAMPLES, CONFIG, checkpoint=tmp_path / "run")
    assert f"{4 * STEPS}/{4 * STEPS}" in capfd.readouterr().err


def test_a_plot_outside_a_notebook_is_refused_before_training():
    network = toy()
    with pytest.raises(RuntimeError, match="plot=True needs a notebook. Cure: plot=False"):
        train(network, loss, N_SAMPLES, CONFIG, plot=True)


@pytest.fixture
def notebook(monkeypatch):
    """What a notebook would show: one entry for each place in the page, its latest content."""
    import IPython
    import IPython.display

    shown = []

    class Handle:
        def __init__(self, content):
            shown.append([content])

        def update(self, content, raw):
            assert raw
            shown[-1].append(content)

    monkeypatch.setattr(IPython, "get_ipython", lambda: object())
    monkeypatch.setattr(
        IPython.display, "display", lambda content, raw, display_id: Handle(content)
    )
    return shown


def test_the_plot_is_drawn_in_one_place_once_an_epoch_with_alt_text(notebook):
    train(toy(), loss, N_SAMPLES, CONFIG, validate=validate, progress=False, plot=True)
    (contents,) = notebook
    assert len(contents) == 4
    for epoch, content in enumerate(contents, start=1):
        told = content["text/plain"]
        assert f"{epoch} epochs" in told and "train_loss went from" in told
        assert (
            f'alt="{told}"' in content["text/html"]
            and "data:image/png;base64," in content["text/html"]
        )


def test_the_monitor_has_a_panel_of_its_own_unless_it_is_a_loss(notebook):
    plot = live_plot.LivePlot("ndcg@10")
    _, result = trained(validate=validate)
    plot.update(result.history.assign(**{"ndcg@10": [0.1, 0.2, 0.3, 0.4]}))
    assert "ndcg@10 went from 0.1 to 0.4" in notebook[0][0]["text/plain"]
    assert "loss went from" in notebook[0][0]["text/plain"]


def test_training_imports_neither_matplotlib_nor_ipython_nor_a_model():
    code = "import sys, seqrec.training; print(*sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    loaded = done.stdout.split()
    assert {"matplotlib", "IPython"}.isdisjoint(loaded)
    ours = {name.removeprefix("seqrec.") for name in loaded if name.startswith("seqrec.")}
    assert {name.partition(".")[0] for name in ours} == {
        "checks",
        "compiler",
        "devices",
        "notices",
        "row_draws",
        "training",
    }


@pytest.mark.parametrize(
    ("cuda", "mps", "expected"), [(True, True, "cuda"), (False, True, "mps"), (False, False, "cpu")]
)
def test_the_best_device_is_cuda_then_mps_then_cpu(monkeypatch, cuda, mps, expected):
    monkeypatch.setattr(torch.cuda, "is_available", lambda: cuda)
    monkeypatch.setattr(torch.backends.mps, "is_available", lambda: mps)
    assert devices.best_device() == torch.device(expected)


def test_mps_draws_on_the_cpu():
    assert devices.new_generator(torch.device("mps")).device.type == "cpu"
