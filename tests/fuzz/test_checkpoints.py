"""Checkpoints that met with an accident, or with somebody who knows how to make a checksum right.

What is accepted must end at the same weights as the unbroken run. By rule left out, because nobody
can know: the values of weights and moments, and the losses and metrics of epochs that are over.
"""

import copy

import numpy as np
import pytest
import torch

from seqrec.training import TrainConfig, load_checkpoint, save_checkpoint, train
from seqrec.training.saved_tensors import differing
from tests.fuzz.fuzzing import refusal, rounds
from tests.fuzz.mutations import accident, changed_document, changed_tensors
from tests.seqrec.training.toys import N_SAMPLES, loss, toy, validate

CONFIG = TrainConfig(epochs=3, batch_size=25, monitor="loss", higher_is_better=False, patience=3)
# Whole entries whose value leaves a trace in the history alone.
FREE = {"loss", "train_loss", "seconds", "loss_sum"}


class Stop(Exception):
    pass


def stop_in_the_second_epoch():
    calls = 0

    def stopping(network, rows, generator):
        nonlocal calls
        calls += 1
        if calls == 4:
            raise Stop
        return loss(network, rows, generator)

    return stopping


def trained(path=None, loss=loss):
    network = toy()
    train(
        network,
        loss,
        N_SAMPLES,
        CONFIG,
        validate=validate,
        checkpoint=path,
        checkpoint_every=1,
        progress=False,
    )
    return network.state_dict()


@pytest.fixture(scope="module")
def good(tmp_path_factory):
    """A checkpoint in the middle of the second epoch, and the weights that the run ends with."""
    path = tmp_path_factory.mktemp("good") / "run"
    with pytest.raises(Stop):
        trained(path, stop_in_the_second_epoch())
    return path, trained()


def assert_ends_alike(path, expected):
    weights, said = refusal(lambda: trained(path), "odd")
    if said is None:
        assert all(torch.equal(weights[name], expected[name]) for name in expected)
    return said


def test_no_accident_is_taken_for_a_checkpoint(good, tmp_path):
    data = good[0].read_bytes()
    path = tmp_path / "odd"
    for rng in rounds(500):
        damaged = accident(rng, data)
        path.write_bytes(damaged)
        assert assert_ends_alike(path, good[1]) or damaged == data


def is_another_count(tensors, odd):
    """Whether a whole number that the network counts is another one, and nothing else is odd."""
    return not differing(tensors, odd) and all(
        torch.equal(odd[name], tensors[name]) or name.endswith("num_batches_tracked")
        for name in odd
    )


def test_no_checkpoint_that_contradicts_itself_goes_on_to_other_weights(good, tmp_path):
    path = tmp_path / "odd"
    tensors, document = load_checkpoint(good[0])
    n_refused = 0
    for number, rng in enumerate(rounds(150)):
        odd_tensors = tensors
        odd_document = document
        if number % 3:
            place, odd_document = changed_document(rng, copy.deepcopy(document))
            if FREE & {*map(str, place)}:
                continue
        else:
            odd_tensors = changed_tensors(rng, tensors)
            if is_another_count(tensors, odd_tensors):
                continue
        save_checkpoint(path, odd_tensors, odd_document)
        n_refused += assert_ends_alike(path, good[1]) is not None
    assert n_refused > 50


def test_the_values_that_are_left_out_are_those_of_numbers_alone(good, tmp_path):
    """A text, a list or nothing in their place is refused."""
    tensors, document = load_checkpoint(good[0])
    for name in FREE:
        for value in ("1", None, [], True, np.inf):
            odd = copy.deepcopy(document)
            where = odd["progress"] if name == "loss_sum" else odd["progress"]["history"][0]
            where[name] = value
            save_checkpoint(tmp_path / "odd", tensors, odd)
            assert assert_ends_alike(tmp_path / "odd", good[1])
