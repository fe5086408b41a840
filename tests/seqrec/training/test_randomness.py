"""All randomness hangs on the configuration's seed, and nothing else's randomness on training."""

from dataclasses import replace

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from seqrec.devices import default_generators
from seqrec.training import train
from seqrec.training.run import _keys
from tests.seqrec.training.toys import (
    CONFIG,
    HISTORIES,
    N_ITEMS,
    N_SAMPLES,
    TARGETS,
    assert_same_weights,
    differ,
    loss,
    toy,
    trained,
    validate,
)


def test_the_same_seed_gives_the_same_weights_whatever_the_global_generators_are_at():
    torch.manual_seed(1)
    one, first = trained(validate=validate)
    torch.manual_seed(2)
    np.random.default_rng().random()
    other, second = trained(validate=validate)
    assert_same_weights(one, other)
    assert first.history["train_loss"].equals(second.history["train_loss"])


def test_the_global_generators_are_left_as_they_were_found():
    network, state = toy(), np.random.get_state()[1].copy()  # noqa: NPY002
    torch.manual_seed(3)
    expected = torch.rand(3)
    torch.manual_seed(3)
    train(network, loss, N_SAMPLES, CONFIG, validate=validate, progress=False)
    assert torch.equal(torch.rand(3), expected)
    assert (np.random.get_state()[1] == state).all()  # noqa: NPY002


def test_they_are_left_so_after_an_error_too():
    network, state = toy(), torch.get_rng_state()

    def failing(network, rows, generator):
        torch.rand(5)
        raise InterruptedError

    with pytest.raises(InterruptedError):
        train(network, failing, N_SAMPLES, CONFIG, progress=False)
    assert torch.equal(torch.get_rng_state(), state)


def test_seeds_differ_in_the_order_alone_in_dropout_alone_and_in_negatives_alone():
    def without_negatives(network, rows, generator):
        rows = rows.sort().values  # who is in a batch matters here, not in which place
        candidates = torch.stack([TARGETS[rows], rows % N_ITEMS + 1], dim=1)
        logits = network(HISTORIES[rows], candidates)
        return torch.nn.functional.cross_entropy(logits, torch.zeros_like(rows))

    def without_dropout(network, rows, generator):
        network.dropout.eval()
        return loss(network, rows.sort().values, generator)

    def without_either(network, rows, generator):
        network.dropout.eval()
        return without_negatives(network, rows, generator)

    def gap(config, batch_loss):
        """How far the loss curves of two seeds are apart."""
        curves = [
            trained(replace(config, seed=seed), loss=batch_loss)[1].history["train_loss"]
            for seed in (0, 1)
        ]
        return (curves[0] - curves[1]).abs().max()

    whole = replace(CONFIG, batch_size=N_SAMPLES)  # everybody is in the one batch
    assert gap(whole, without_negatives) > 1e-3, "dropout"
    assert gap(whole, without_dropout) > 1e-3, "negatives"
    assert gap(CONFIG, without_either) > 1e-3, "order"
    assert gap(whole, without_either) == 0, "with nothing random left, seeds agree"


def test_each_step_has_dropout_and_negatives_of_its_own_that_do_not_resemble_each_other():
    draws = []

    def watching(network, rows, generator):
        draws.extend([torch.rand(200), torch.rand(200, generator=generator)])
        return loss(network, rows, generator)

    trained(loss=watching)
    correlations = np.corrcoef(torch.stack(draws).numpy())
    assert len(draws) == 2 * 28 and np.abs(correlations - np.eye(len(draws))).max() < 0.4


def test_what_a_loss_draws_from_the_global_generator_is_keyed_too():
    def drawing(network, rows, generator):
        return loss(network, rows, generator) * (1 + torch.rand(()))

    torch.manual_seed(1)
    one = trained(loss=drawing)[0]
    torch.manual_seed(2)
    assert_same_weights(one, trained(loss=drawing)[0])


@settings(max_examples=30)
@given(st.integers(0, 2**64), st.integers(0, 2**64))
def test_keys_of_neighbours_do_not_meet(seed, other_seed):
    numbers = range(50)
    keys = [
        key
        for s in {seed, seed + 1, other_seed}
        for purpose in (0, 1)
        for n in numbers
        for key in _keys(s, purpose, n)
    ]
    assert len({key % 2**32 for key in keys}) >= len(keys) - 1, (
        "on a CPU, torch uses 32 bits of a seed"
    )


def test_differ_sees_a_difference():
    assert differ(toy(0), toy(1)) and not differ(toy(0), toy(0))
    assert differ(toy(0), trained()[0])


def test_the_cpu_has_one_default_generator_and_it_is_the_one_behind_dropout():
    (generator,) = default_generators(torch.device("cpu"))
    state = generator.get_state()
    generator.manual_seed(5)
    first = torch.nn.functional.dropout(torch.ones(50))
    generator.manual_seed(5)
    assert torch.equal(first, torch.nn.functional.dropout(torch.ones(50)))
    generator.set_state(state)


def test_a_second_training_goes_on_from_the_weights_it_finds():
    network = toy()
    train(network, loss, N_SAMPLES, CONFIG, progress=False)
    once = [weight.clone() for weight in network.parameters()]
    train(network, loss, N_SAMPLES, CONFIG, progress=False)
    assert any(not torch.equal(a, b) for a, b in zip(once, network.parameters(), strict=True))
