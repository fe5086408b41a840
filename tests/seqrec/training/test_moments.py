"""AdamW's moments return to the parameters that they are of, or the checkpoint is refused."""

import pytest
import torch
from torch import nn

from seqrec.training import TrainConfig, load_checkpoint, save_checkpoint, train
from tests.seqrec.training.toys import assert_same_weights

N_SAMPLES = 12
INPUTS = torch.randn(N_SAMPLES, 4, generator=torch.Generator().manual_seed(0))
CONFIG = TrainConfig(epochs=3, batch_size=4, max_grad_norm=None, weight_decay=0.1)


class Branches(nn.Module):
    """Two layers side by side; `order` is that of two lines of `__init__`.

    widths: of the layers, by name
    """

    def __init__(self, order, widths):
        super().__init__()
        for name in order:
            layer = nn.Linear(4, widths[name], bias=False)
            generator = torch.Generator().manual_seed(ord(name))
            with torch.no_grad():
                layer.weight.copy_(torch.randn(layer.weight.shape, generator=generator))
            setattr(self, name, layer)

    def forward(self, x):
        return self.a(x).tanh().sum() + self.b(x).sigmoid().sum() ** 2


ALIKE = {"a": 3, "b": 3}
UNLIKE = {"a": 3, "b": 50_000}


def loss(network, rows, generator):
    return network(INPUTS[rows]) / len(rows)


class Stop(Exception):
    pass


def stop_after_two(report):
    if report.epoch == 2:
        raise Stop


def run(order, widths, path=None, **options):
    network = Branches(order, widths)
    train(network, loss, N_SAMPLES, CONFIG, checkpoint=path, progress=False, **options)
    return network


def stopped(path, widths=ALIKE):
    """A checkpoint of two of three epochs."""
    with pytest.raises(Stop):
        run("ab", widths, path, callbacks=[stop_after_two])
    return load_checkpoint(path)


@pytest.mark.parametrize("widths", [ALIKE, UNLIKE], ids=["like shapes", "unlike shapes"])
def test_two_lines_of_a_network_may_change_places_between_two_runs(tmp_path, widths):
    """By number, moments of unlike shapes were read beyond their end, and like ones confused."""
    path = tmp_path / "run"
    stopped(path, widths)
    resumed = run("ba", widths, path).state_dict()
    whole = run("ab", widths).state_dict()
    assert resumed.keys() == whole.keys()
    assert all(torch.equal(resumed[name], whole[name]) for name in whole)


def moved(tensors, document):
    return {
        name.replace("exp_avg/a", "exp_avg/c"): value for name, value in tensors.items()
    }, document


def without(*words):
    def changed(tensors, document):
        return {
            name: value
            for name, value in tensors.items()
            if not any(word in name for word in words)
        }, document

    return changed


def with_value(name, change):
    def changed(tensors, document):
        return tensors | {name: change(tensors[name])}, document

    return changed


def as_numbers(tensors, document):
    """As an older version wrote it."""
    return without("moments/")(tensors, {name: document[name] for name in ("run", "progress")})


FIRST = "moments/exp_avg/a.weight"
SECOND = "moments/exp_avg_sq/a.weight"
COUNT = "moments/step/a.weight"
CHANGES = {
    "none at all": (without("moments/"), "must be there for all of 2 parameters"),
    "none of one parameter": (without(".a.", "/a."), "another network"),
    "a kind is missing": (without("exp_avg_sq"), "exp_avg_sq must be there"),
    "another name": (moved, "exp_avg must be there"),
    "another kind": (
        lambda tensors, document: (tensors | {"moments/max/a.weight": torch.ones(1)}, document),
        "max must be there",
    ),
    "other shape": (with_value(FIRST, lambda x: x[:2]), r"must be torch.float32 \(3, 4\)"),
    "other dtype": (with_value(SECOND, lambda x: x.double()), "got torch.float64"),
    "no longer a scalar": (with_value(COUNT, lambda x: x[None]), r"must be torch.float32 \(\)"),
    "beyond the last step": (with_value(COUNT, lambda x: x + 1), "step of a.weight is 7"),
    "half a step": (with_value(COUNT, lambda x: x - 0.5), "is 5.5"),
    "not a number": (with_value(FIRST, lambda x: x * torch.nan), "is not finite"),
    "a negative square": (with_value(SECOND, lambda x: -1 - x), "is negative"),
    "fewer names": (
        lambda tensors, document: (tensors, document | {"moments": []}),
        "from the first step on, got 0",
    ),
    "a name that is none": (
        lambda tensors, document: (tensors, document | {"moments": ["a.weight", "c.weight"]}),
        "moments of c.weight, which is not trained",
    ),
    "by number": (as_numbers, "older version of seqrec, which kept moments by number"),
}


@pytest.mark.parametrize("case", CHANGES)
def test_moments_of_another_network_are_refused_and_nothing_is_changed(tmp_path, case):
    change, told = CHANGES[case]
    tensors, document = stopped(tmp_path / "run")
    save_checkpoint(tmp_path / "run", *change(tensors, document))
    network = Branches("ab", ALIKE)
    with pytest.raises(ValueError, match=rf"run .*{told}.*Cure: "):
        train(network, loss, N_SAMPLES, CONFIG, checkpoint=tmp_path / "run", progress=False)
    assert_same_weights(network, Branches("ab", ALIKE))


def test_a_weight_that_is_not_in_a_row_in_memory_goes_on_with_the_same_bits(tmp_path):
    """The fused step takes it for granted that moments lie in memory as their parameter does."""

    def turned():
        network = Branches("ab", ALIKE)
        network.a.weight = nn.Parameter(network.a.weight.detach().T.contiguous().T)
        return network

    def resumed(**options):
        network = turned()
        train(network, loss, N_SAMPLES, CONFIG, progress=False, **options)
        return network

    with pytest.raises(Stop):
        resumed(checkpoint=tmp_path / "run", callbacks=[stop_after_two])
    assert_same_weights(resumed(checkpoint=tmp_path / "run"), resumed())
