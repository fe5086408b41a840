"""The average of the weights: what a slow sum says, what is validated, kept and resumed."""

from dataclasses import replace

import pytest
import torch

from seqrec.training import load_checkpoint, save_checkpoint, train
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

AVERAGED = replace(CONFIG, ema_decay=0.9)


class Stop(Exception):
    pass


def weights_after_each_step(stop_at=None):
    """The toy's loss, and a list of the weights that it was called with: one step behind."""
    seen = []

    def watching(network, rows, generator):
        seen.append({name: weight.detach().clone() for name, weight in network.named_parameters()})
        if len(seen) == stop_at:
            raise Stop
        return loss(network, rows, generator)

    return watching, seen


def slow_average(steps, ema_decay):
    """steps: the weights after each update. The average in double precision."""
    average = {name: weight.double() for name, weight in steps[0].items()}
    for step, weights in enumerate(steps, start=1):
        d = min(ema_decay, (1 + step) / (10 + step))
        for name, weight in weights.items():
            average[name] = d * average[name] + (1 - d) * weight.double()
    return average


@pytest.mark.parametrize("ema_decay", [0.3, 0.9, 0.999])
def test_the_network_ends_with_what_a_slow_loop_over_all_steps_averages(ema_decay):
    watching, seen = weights_after_each_step()
    plain, _ = trained(loss=watching)
    steps = [*seen[1:], {name: w.detach() for name, w in plain.named_parameters()}]
    averaged, _ = trained(replace(CONFIG, ema_decay=ema_decay))
    expected = slow_average(steps, ema_decay)
    for name, weight in averaged.named_parameters():
        torch.testing.assert_close(weight.detach().double(), expected[name], atol=1e-6, rtol=1e-5)


def test_training_itself_does_not_see_the_average():
    watching, seen = weights_after_each_step()
    again, averaged = weights_after_each_step()
    trained(loss=watching, validate=validate)
    trained(AVERAGED, loss=again, validate=validate)
    assert len(seen) == len(averaged) == 4 * STEPS
    for one, other in zip(seen, averaged, strict=True):
        assert all(torch.equal(one[name], other[name]) for name in one)


def test_an_average_that_keeps_nothing_is_the_last_weights():
    assert_same_weights(trained()[0], trained(replace(CONFIG, ema_decay=0))[0])


def test_what_is_validated_is_what_the_network_ends_with_and_what_callbacks_see():
    script = Scripted([1, 3, 2, 2])
    told = []
    config = replace(AVERAGED, monitor="ndcg@10", higher_is_better=True)
    network, result = trained(
        config,
        validate=script,
        callbacks=[lambda report: told.append(report.network.mix.weight.clone())],
    )
    assert result.best_epoch == 2
    best = script.seen[1]
    assert all(torch.equal(value, best[name]) for name, value in network.state_dict().items())
    assert all(
        torch.equal(one, seen["mix.weight"]) for one, seen in zip(told, script.seen, strict=True)
    )


@pytest.mark.parametrize("step", [3, 5, STEPS + 1, STEPS + 4, 4 * STEPS])
@pytest.mark.parametrize("validate", [None, validate], ids=["last", "best"])
def test_a_resumed_run_ends_with_the_same_average(tmp_path, step, validate):
    whole, expected = trained(AVERAGED, validate=validate)
    path = tmp_path / "run"
    stopping, _ = weights_after_each_step(stop_at=step)
    with pytest.raises(Stop):
        trained(AVERAGED, loss=stopping, validate=validate, checkpoint=path, checkpoint_every=2)
    network, result = trained(AVERAGED, seed=9, validate=validate, checkpoint=path)
    assert_same_weights(network, whole)
    without_times = [each.history.drop(columns="seconds") for each in (result, expected)]
    assert without_times[0].equals(without_times[1])


def test_a_run_with_another_average_or_none_is_another_run(tmp_path):
    trained(AVERAGED, checkpoint=tmp_path / "run")
    for other in (CONFIG, replace(CONFIG, ema_decay=0.5)):
        with pytest.raises(ValueError, match=r"ema_decay was 0\.9, now it is"):
            trained(other, checkpoint=tmp_path / "run")


def test_a_checkpoint_from_before_there_were_averages_is_gone_on_from(tmp_path):
    path = tmp_path / "run"
    whole, _ = trained(checkpoint=path)
    tensors, document = load_checkpoint(path)
    del document["run"]["ema_decay"]
    save_checkpoint(path, tensors, document)
    assert_same_weights(trained(seed=5, checkpoint=path)[0], whole)


@pytest.mark.parametrize(
    ("damage", "told"),
    [
        (lambda tensors: tensors.pop("average/mix.weight"), r"mix\.weight of the average must be"),
        (
            lambda tensors: tensors["average/mix.bias"].fill_(float("nan")),
            r"in the average mix\.bias holds NaN",
        ),
        (lambda tensors: tensors.update({"average/x": torch.zeros(1)}), "x of the average must be"),
    ],
)
def test_a_damaged_average_is_refused_and_nothing_changes(tmp_path, damage, told):
    path = tmp_path / "run"
    trained(AVERAGED, checkpoint=path)
    tensors, document = load_checkpoint(path)
    damage(tensors)
    save_checkpoint(path, tensors, document)
    with pytest.raises(ValueError, match=told):
        trained(AVERAGED, checkpoint=path)


def test_only_what_is_trained_is_averaged_and_a_frozen_weight_stays(tmp_path):
    network = toy()
    network.item.weight.requires_grad_(False)
    before = network.item.weight.clone()
    train(network, loss, 50, AVERAGED, progress=False, checkpoint=tmp_path / "run")
    assert torch.equal(network.item.weight, before)
    assert "average/item.weight" not in load_checkpoint(tmp_path / "run")[0]
