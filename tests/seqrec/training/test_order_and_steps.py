"""Which samples a step sees, what it does with them, and what the history says of it."""

from dataclasses import replace

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch.optim.optimizer import register_optimizer_step_pre_hook

from seqrec.training import train
from seqrec.training.optim import adamw
from tests.seqrec.training.toys import (
    CONFIG,
    N_SAMPLES,
    assert_same_weights,
    loss,
    toy,
    trained,
    validate,
)


class Line(torch.nn.Module):
    """The smallest network: one number."""

    def __init__(self, start=0.0):
        super().__init__()
        self.weight = torch.nn.Parameter(torch.tensor(start))


def recorded(n_samples, **settings):
    """Rows of every step. The loss of a batch is the mean of its rows."""
    steps = []

    def mean_row(network, rows, generator):
        steps.append(rows.tolist())
        return rows.double().mean() + 0 * network.weight

    result = train(
        Line(), mean_row, n_samples, replace(CONFIG, warmup_steps=0, **settings), progress=False
    )
    return steps, result


@settings(max_examples=30)
@given(st.integers(1, 60), st.integers(1, 20), st.integers(1, 3), st.integers(0, 2**70))
def test_every_sample_is_seen_once_an_epoch_in_batches(n_samples, batch_size, epochs, seed):
    steps, result = recorded(n_samples, batch_size=batch_size, epochs=epochs, seed=seed)
    per_epoch = -(-n_samples // batch_size)
    assert len(steps) == epochs * per_epoch and result.history["steps"].iloc[-1] == len(steps)
    for epoch in range(epochs):
        batches = steps[epoch * per_epoch : (epoch + 1) * per_epoch]
        assert sorted(sum(batches, [])) == list(range(n_samples))
        assert all(len(batch) == batch_size for batch in batches[:-1])


def test_each_epoch_and_each_seed_has_an_order_of_its_own():
    orders = [sum(recorded(100, batch_size=100, epochs=2, seed=seed)[0], []) for seed in range(5)]
    orders = [order[:100] for order in orders] + [order[100:] for order in orders]
    agreeing = [np.mean(np.equal(a, b)) for i, a in enumerate(orders) for b in orders[:i]]
    assert max(agreeing) < 0.1, "two random orders agree in 1 of 100 places"


def test_a_smaller_last_batch_weighs_less_in_the_train_loss():
    _, result = recorded(11, batch_size=5, epochs=3)
    assert result.history["train_loss"].tolist() == pytest.approx([5.0] * 3), "the mean of 0 to 10"


def test_a_step_is_that_of_torchs_adamw_with_clipping():
    """The same run, written out with what torch documents: clip_grad_norm_ and a fused AdamW."""
    config = replace(CONFIG, epochs=1, max_grad_norm=0.5, weight_decay=0.5)
    batches = []

    def quiet(network, rows, generator):
        batches.append(rows)
        network.dropout.p = 0.0
        return loss(network, rows, torch.Generator().manual_seed(7))

    network, _ = trained(config, loss=quiet)
    plain = toy()
    matrices = [plain.mix.weight]
    rest = [weight for name, weight in plain.named_parameters() if name != "mix.weight"]
    groups = [{"params": matrices, "weight_decay": 0.5}, {"params": rest, "weight_decay": 0.0}]
    optimizer = torch.optim.AdamW(groups, lr=0.01, fused=True)
    norms = []
    for step, rows in enumerate(list(batches), start=1):
        optimizer.zero_grad()
        quiet(plain, rows, None).backward()
        norms.append(torch.nn.utils.clip_grad_norm_(plain.parameters(), 0.5).item())
        for group in optimizer.param_groups:
            group["lr"] = 0.01 * min(step / 3, (7 + 1 - step) / (7 + 1 - 3))
        optimizer.step()
    assert min(norms) < 0.5 < max(norms), "some gradients are clipped and some are not"
    for (name, one), other in zip(network.named_parameters(), plain.parameters(), strict=True):
        assert torch.allclose(one, other, atol=1e-6), name


@settings(max_examples=20)
@given(st.floats(0.01, 10), st.floats(0.01, 10))
def test_clipping_caps_the_norm_and_leaves_shorter_gradients_alone(length, most):
    network, norms = Line(), []
    config = replace(CONFIG, epochs=1, batch_size=4, max_grad_norm=most, warmup_steps=0)

    def watch(optimizer, *_):
        norms.append(network.weight.grad.abs().item())

    handle = register_optimizer_step_pre_hook(watch)
    try:
        train(network, lambda net, rows, generator: length * net.weight, 4, config, progress=False)
    finally:
        handle.remove()
    assert norms == [pytest.approx(min(length, most), rel=1e-3)]


def test_without_a_cap_nothing_is_clipped():
    assert_same_weights(
        trained(replace(CONFIG, max_grad_norm=None))[0],
        trained(replace(CONFIG, max_grad_norm=1e9))[0],
    )


def test_decay_takes_matrices_and_leaves_biases_norms_and_embeddings():
    network = toy()
    network.item.weight.data[0] = 0.5  # an initialisation that forgot about PAD
    start = {name: value.clone() for name, value in network.named_parameters()}
    optimizer = adamw(network, learning_rate=0.1, weight_decay=0.5)
    for weight in network.parameters():
        weight.grad = torch.zeros_like(weight)
    optimizer.step()
    factor = {name: value / start[name] for name, value in network.named_parameters()}
    assert torch.allclose(factor.pop("mix.weight"), torch.tensor(0.95))
    assert all((value == 1).all() for value in factor.values())


def test_a_tied_output_layer_counts_as_the_embedding_that_it_is():
    network = toy()
    network.out = torch.nn.Linear(8, len(network.item.weight), bias=False)
    network.out.weight = network.item.weight
    groups = adamw(network, 0.1, 0.5).param_groups
    decayed = [weight for group in groups if group["weight_decay"] for weight in group["params"]]
    assert len(decayed) == 1 and decayed[0] is network.mix.weight
    assert sum(len(group["params"]) for group in groups) == len(list(network.parameters()))


def test_the_pad_row_stays_exactly_what_it_is():
    network = toy()
    network.item.weight.data[0] = 0.123
    train(network, loss, N_SAMPLES, replace(CONFIG, weight_decay=1.0), progress=False)
    assert (network.item.weight[0] == 0.123).all()


def test_frozen_parameters_stay_and_a_network_of_nothing_else_is_refused():
    network = toy()
    network.item.requires_grad_(False)
    train(network, loss, N_SAMPLES, CONFIG, progress=False)
    assert torch.equal(network.item.weight, toy().item.weight) and not torch.equal(
        network.mix.weight, toy().mix.weight
    )
    for module in (network.requires_grad_(False), torch.nn.Identity()):
        with pytest.raises(ValueError, match="nothing to train"):
            train(module, loss, N_SAMPLES, CONFIG)


def test_the_history_has_a_row_per_epoch():
    _, result = trained(validate=validate)
    history = result.history
    assert list(history) == ["epoch", "steps", "train_loss", "learning_rate", "loss", "seconds"]
    assert history["epoch"].tolist() == [1, 2, 3, 4]
    assert history["steps"].tolist() == [7, 14, 21, 28]
    assert (history["seconds"] > 0).all()
    assert history["train_loss"].iloc[-1] < history["train_loss"].iloc[0]
    assert result.stopped_by == "epochs"


def test_steps_are_in_train_mode_validation_in_eval_and_the_mode_found_comes_back():
    network, seen = toy(), []
    network.eval()
    network.dropout.train()
    modes = [module.training for module in network.modules()]

    def watching(network, rows, generator):
        seen.append(all(module.training for module in network.modules()))
        return loss(network, rows, generator)

    def in_eval(network):
        assert (
            not any(module.training for module in network.modules()) and not torch.is_grad_enabled()
        )
        return validate(network)

    train(network, watching, N_SAMPLES, CONFIG, validate=in_eval, progress=False)
    assert seen and all(seen) and [module.training for module in network.modules()] == modes
    assert all(weight.grad is None for weight in network.parameters())


@pytest.mark.parametrize("wrong", [torch.zeros(3, requires_grad=True), torch.tensor(1.0), 0.5])
def test_a_loss_that_is_no_scalar_with_a_gradient_is_refused(wrong):
    with pytest.raises(ValueError, match="scalar tensor with a gradient"):
        trained(loss=lambda *_: wrong)
