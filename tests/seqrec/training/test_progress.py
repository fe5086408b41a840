"""A checkpoint whose checksum is right, but which contradicts itself, is refused by name."""

import copy
from dataclasses import replace

import pytest
import safetensors.torch
import torch

from seqrec.training import checkpoints, load_checkpoint, save_checkpoint
from tests.seqrec.training.test_resume import Stop, stopping_at
from tests.seqrec.training.toys import CONFIG, STEPS, trained, validate


@pytest.fixture(scope="module")
def good(tmp_path_factory):
    """Tensors and document of a checkpoint after step 9: one epoch, and two steps of the second."""
    path = tmp_path_factory.mktemp("good") / "run"
    with pytest.raises(Stop):
        trained(loss=stopping_at(STEPS + 3), validate=validate, checkpoint=path, checkpoint_every=3)
    return load_checkpoint(path)


def resume(path):
    return trained(validate=validate, checkpoint=path)


def put(*way, value):
    def change(tensors, document):
        *parents, last = way
        for step in parents:
            document = document[step]
        document[last] = value

    return change


def forget(name):
    return lambda tensors, document: document["progress"].pop(name)


def put_tensor(name, value):
    def change(tensors, document):
        tensors[name] = tensors[name] * 0 + value

    return change


def row(name, value):
    return put("progress", "history", 0, name, value=value)


BEST = "best/mix.bias"
CASES = {
    "step below 0": (put("progress", "step", value=-1), "step must be a whole number from 0"),
    "step beyond the end": (put("progress", "step", value=10**8), "step must be .* 0 to 28"),
    "step of another type": (put("progress", "step", value=9.0), "step must be"),
    "step of another epoch": (put("progress", "step", value=15), "row for each of the 2 epochs"),
    "step 0": (put("progress", "step", value=0), "row for each of the 0 epochs"),
    "no history": (put("progress", "history", value=[]), "row for each of the 1 epochs"),
    "history a text": (put("progress", "history", value="x" * 5000), "row for each of the 1"),
    "entry missing": (forget("loss_sum"), "progress must have the entries"),
    "entry too many": (put("progress", "more", value=1), "progress must have the entries"),
    "part too many": (put("more", value=1), "must hold run, progress and moments"),
    "loss_sum a text": (put("progress", "loss_sum", value="1"), "loss_sum must be a finite"),
    "seconds below 0": (put("progress", "seconds", value=-0.5), "seconds must be a finite"),
    "best epoch another": (put("progress", "best_epoch", value=2), "best_epoch must be 1"),
    "best epoch none": (put("progress", "best_epoch", value=None), "best_epoch must be 1"),
    "epoch counted from 0": (row("epoch", 0), "epoch must be 1, got 0"),
    "steps of an epoch": (row("steps", 8), "steps must be 7, got 8"),
    "rate": (row("learning_rate", 0.5), "learning_rate must be"),
    "metric a text": (row("loss", "0.5"), "'loss' must be a finite number"),
    "metric not finite": (row("loss", float("nan")), "'loss' must be a finite number"),
    "metric a list": (row("other", []), "'other' must be a finite number"),
    "moments no list": (put("moments", value="mix"), "must hold run, progress and moments"),
    "a weight NaN": (put_tensor("weights/mix.bias", torch.nan), "mix.bias holds NaN"),
    "a weight infinite": (put_tensor("weights/mix.bias", torch.inf), "mix.bias holds infinity"),
    "a best weight NaN": (put_tensor(BEST, torch.nan), "best weights mix.bias holds NaN"),
    "a best weight missing": (
        lambda tensors, _: tensors.pop(BEST),
        "mix.bias of the best weights must be torch.float32",
    ),
    "a tensor too many": (
        lambda tensors, _: tensors.update({"odd": torch.ones(1)}),
        "holds a tensor 'odd' that no training run writes",
    ),
}


@pytest.mark.parametrize("case", CASES)
def test_what_contradicts_itself_is_refused_by_name(good, tmp_path, case):
    change, told = CASES[case]
    tensors, document = dict(good[0]), copy.deepcopy(good[1])
    change(tensors, document)
    save_checkpoint(tmp_path / "run", tensors, document)
    with pytest.raises(ValueError, match=rf"run.*{told}.*Cure: ") as refusal:
        resume(tmp_path / "run")
    assert len(str(refusal.value)) <= 600


def test_best_weights_of_the_last_epoch_are_the_last_weights(tmp_path):
    path = tmp_path / "run"
    with pytest.raises(Stop):
        trained(loss=stopping_at(STEPS + 1), validate=validate, checkpoint=path)
    tensors, document = load_checkpoint(path)
    assert document["progress"]["best_epoch"] == 1
    save_checkpoint(path, tensors | {BEST: tensors[BEST] + 1}, document)
    with pytest.raises(ValueError, match="the best weights are not the last ones"):
        resume(path)


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ('{"a": 1, "a": 1}', "the name 'a' comes twice"),
        ("[" * 100_000, "nested too deeply"),
        ("{", "is no JSON"),
    ],
)
def test_a_document_that_is_no_plain_json_is_refused(tmp_path, text, told):
    header = {"kind": checkpoints.KIND, "version": "1", "document": text}
    header["sha256"] = checkpoints._sha256({}, text)
    (tmp_path / "run").write_bytes(safetensors.torch.save({}, header))
    with pytest.raises(ValueError, match=f"run: .*{told}.*Cure: "):
        load_checkpoint(tmp_path / "run")


def test_a_run_that_was_over_and_went_on_is_refused(tmp_path):
    """Patience of one epoch is over after the second, which is worse."""
    path = tmp_path / "run"
    values = iter([1.0, 2.0, 3.0, 4.0])
    trained(replace(CONFIG, patience=4), validate=lambda _: {"loss": next(values)}, checkpoint=path)
    tensors, document = load_checkpoint(path)
    document["run"]["patience"] = 1
    save_checkpoint(path, tensors, document)
    with pytest.raises(ValueError, match="patience was over after epoch 2, but the run went on"):
        trained(replace(CONFIG, patience=1), validate=validate, checkpoint=path)
