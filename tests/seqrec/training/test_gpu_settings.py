"""The settings meant for a GPU: on a CPU they work, and change rounding only."""

from dataclasses import replace

import pytest
import torch

from seqrec.training import TrainConfig, save_checkpoint, train
from tests.seqrec.training import toys
from tests.seqrec.training.rank_runs import CONFIG, LOSSES, N, network_for
from tests.seqrec.training.toys import assert_same_weights, differ, loss, toy, trained

SHORT = replace(CONFIG, epochs=2, patience=None)


def run(name, config=SHORT, n_samples=N, **options):
    network = network_for(name).float()
    return network, train(network, LOSSES[name](), n_samples, config, progress=False, **options)


@pytest.mark.parametrize("name", LOSSES)
def test_bfloat16_learns_nearly_what_float32_learns_and_leaves_float32_weights(name):
    exact, expected = run(name)
    network, result = run(name, config=replace(SHORT, precision="bfloat16"))
    found = result.history["train_loss"].tolist()
    assert found == pytest.approx(expected.history["train_loss"].tolist(), rel=0.02) and differ(
        network, exact
    )
    assert all(weight.dtype == torch.float32 for weight in network.parameters())


def test_bfloat16_is_for_the_steps_and_validation_is_exact():
    def validate(network):
        assert not torch.is_autocast_enabled("cpu")
        return {"loss": network.encoder(torch.tensor([[1, 2]])).square().mean()}

    run("cloze", config=replace(SHORT, precision="bfloat16"), validate=validate)


def test_a_compiled_encoder_trains_the_same_and_is_itself_again(monkeypatch):
    compiled, compile = [], torch.compile

    def without_a_compiler(function, **options):
        """`torch.compile`, but for its last step, which takes a minute and a C++ compiler."""
        assert options == {"dynamic": True}
        return compile(lambda *x: compiled.append(x) or function(*x), backend="eager")

    monkeypatch.setattr(torch, "compile", without_a_compiler)
    expected, _ = run("softmax", n_samples=16)
    network, _ = run("softmax", config=replace(SHORT, compiled=True), n_samples=16)
    assert compiled and "forward" not in vars(network.encoder)
    for weight, other in zip(network.parameters(), expected.parameters(), strict=True):
        assert torch.allclose(weight, other, atol=1e-5)


def test_a_checkpoint_from_before_there_was_a_choice_goes_on_and_another_precision_is_refused(
    tmp_path, monkeypatch
):
    def save(path, tensors, document):
        before = {name: value for name, value in document["run"].items() if name != "precision"}
        save_checkpoint(path, tensors, document | {"run": before})

    path = tmp_path / "run"
    with monkeypatch.context() as patch:
        patch.setattr("seqrec.training.state.save_checkpoint", save)
        whole, _ = trained(checkpoint=path)
    network, _ = trained(checkpoint=path, seed=5)
    assert_same_weights(network, whole)
    with pytest.raises(ValueError, match="precision was 'float32', now it is 'bfloat16'"):
        trained(replace(toys.CONFIG, precision="bfloat16"), checkpoint=path)
    again, _ = trained(replace(toys.CONFIG, compiled=True), checkpoint=path)  # it is done already
    assert_same_weights(again, whole)


@pytest.mark.parametrize(
    ("settings", "told"),
    [
        ({"precision": "float16"}, "'float16' does not exist. There are: float32, bfloat16"),
        ({"compiled": 1}, "compiled"),
    ],
)
def test_other_precisions_are_refused(settings, told):
    with pytest.raises(ValueError, match=told):
        TrainConfig(**settings)


def test_bfloat16_is_refused_where_it_was_never_tried():
    network = toy().to("meta")
    with pytest.raises(ValueError, match="'bfloat16' is for cuda and cpu, the network is on meta"):
        train(network, loss, 50, TrainConfig(precision="bfloat16"), progress=False)
