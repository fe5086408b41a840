"""A checkpoint is read as it was written, or refused with a reason and a cure."""

import json
import pickle
from dataclasses import replace

import pytest
import safetensors.torch
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from seqrec.training import checkpoints, load_checkpoint, save_checkpoint, train
from tests.seqrec.training.toys import (
    CONFIG,
    N_SAMPLES,
    assert_same_weights,
    loss,
    toy,
    trained,
    validate,
)


@pytest.fixture(scope="module")
def good(tmp_path_factory):
    path = tmp_path_factory.mktemp("good") / "run"
    trained(replace(CONFIG, epochs=1, schedule="constant"), validate=validate, checkpoint=path)
    return path.read_bytes()


def resume(path, config=None, network=None, n_samples=N_SAMPLES, validate=validate):
    config = config or replace(CONFIG, epochs=1, schedule="constant")
    return train(
        network or toy(),
        loss,
        n_samples,
        config,
        validate=validate,
        checkpoint=path,
        progress=False,
    )


@pytest.mark.parametrize(
    "dtype", [torch.float32, torch.float64, torch.bfloat16, torch.int64, torch.bool, torch.uint8]
)
@pytest.mark.parametrize("shape", [(), (0,), (1,), (3, 4), (2, 0, 3)])
def test_tensors_come_back_bit_by_bit(tmp_path, dtype, shape):
    tensor = torch.randn(shape, generator=torch.Generator().manual_seed(0)).to(dtype)
    save_checkpoint(tmp_path / "file", {"a": tensor, "b": tensor}, {"x": [1, None, "ü", 0.1]})
    tensors, document = load_checkpoint(tmp_path / "file")
    assert all(torch.equal(tensors[name], tensor) and tensors[name].dtype == dtype for name in "ab")
    assert document == {"x": [1, None, "ü", 0.1]}


def test_tensors_that_share_memory_or_are_strided_come_back_too(tmp_path):
    whole = torch.arange(12.0).reshape(3, 4)
    given = {
        "whole": whole,
        "transposed": whole.T,
        "every second": whole[:, ::2],
        "expanded": whole[:1].expand(5, 4),
    }
    save_checkpoint(tmp_path / "file", given, {})
    tensors, _ = load_checkpoint(tmp_path / "file")
    assert all(torch.equal(tensors[name], given[name]) for name in given)


def test_a_failed_write_leaves_the_former_checkpoint_and_nothing_else(tmp_path, monkeypatch):
    path = tmp_path / "file"
    save_checkpoint(path, {"a": torch.ones(2)}, {})

    def full(_):
        raise OSError("no space left on device")

    monkeypatch.setattr(checkpoints.os, "fsync", full)
    with pytest.raises(OSError, match="no space"):
        save_checkpoint(path, {"a": torch.zeros(2)}, {})
    assert torch.equal(load_checkpoint(path)[0]["a"], torch.ones(2))
    assert list(tmp_path.iterdir()) == [path]


def test_no_checkpoint_holds_a_pickle(good):
    with pytest.raises(pickle.UnpicklingError):
        pickle.loads(good)
    header = json.loads(good[8 : 8 + int.from_bytes(good[:8], "little")])
    assert json.loads(header["__metadata__"]["document"])["progress"]["step"] == 7


@settings(max_examples=40)
@given(share=st.floats(0, 1, exclude_max=True))
def test_every_truncation_is_refused(good, tmp_path_factory, share):
    path = tmp_path_factory.mktemp("cut") / "run"
    path.write_bytes(good[: int(share * len(good))])
    with pytest.raises(
        ValueError, match="is cut short, damaged, or no checkpoint at all.*Cure: delete it"
    ):
        resume(path)


@settings(max_examples=60)
@given(data=st.data())
def test_every_flipped_bit_is_refused(good, tmp_path_factory, data):
    place, bit = data.draw(st.integers(0, len(good) - 1)), data.draw(st.integers(0, 7))
    damaged = bytearray(good)
    damaged[place] ^= 1 << bit
    path = tmp_path_factory.mktemp("flipped") / "run"
    path.write_bytes(damaged)
    with pytest.raises(ValueError, match="Cure: delete it"):
        resume(path)


@pytest.mark.parametrize(
    "content",
    [b"", b'{"epochs": 3}', b"not a checkpoint " * 100, pickle.dumps({"weights": [1, 2]})],
    ids=["empty", "json", "text", "pickle"],
)
def test_other_files_are_refused_and_kept(tmp_path, content):
    path = tmp_path / "run"
    path.write_bytes(content)
    with pytest.raises(ValueError, match="no checkpoint at all"):
        resume(path)
    assert path.read_bytes() == content


def test_foreign_tensors_a_newer_version_and_a_folder_are_refused(tmp_path, monkeypatch):
    safetensors.torch.save_file({"a": torch.ones(2)}, tmp_path / "foreign")
    with pytest.raises(ValueError, match="holds tensors, but is no seqrec checkpoint"):
        resume(tmp_path / "foreign")
    with pytest.raises(ValueError, match="is not a file"):
        resume(tmp_path)
    monkeypatch.setattr(checkpoints, "VERSION", 2)
    save_checkpoint(tmp_path / "newer", {}, {})
    monkeypatch.undo()
    with pytest.raises(ValueError, match="has version 2, this library reads 1"):
        resume(tmp_path / "newer")


@pytest.mark.parametrize(
    ("changes", "told"),
    [
        ({"learning_rate": 0.5}, "learning_rate was 0.01, now it is 0.5"),
        ({"epochs": 9, "seed": 1}, "epochs was 1, now it is 9; seed was 0, now it is 1"),
    ],
)
def test_another_configuration_is_refused(good, tmp_path, changes, told):
    (tmp_path / "run").write_bytes(good)
    with pytest.raises(
        ValueError, match=f"of another run: {told}.*Cure: .*delete the file or give another path"
    ):
        resume(tmp_path / "run", replace(CONFIG, **{"epochs": 1, "schedule": "constant"} | changes))


def test_another_number_of_samples_network_or_validation_is_refused(good, tmp_path):
    path = tmp_path / "run"
    path.write_bytes(good)
    with pytest.raises(ValueError, match="n_samples was 50, now it is 49"):
        resume(path, n_samples=49)
    with pytest.raises(ValueError, match="validated was True, now it is False"):
        resume(path, validate=None)
    wider = toy(D=9)
    with pytest.raises(
        ValueError,
        match=r"another network.*item.weight was torch.float32 \(13, 8\), now .*\(13, 9\)",
    ):
        resume(path, network=wider)
    assert_same_weights(wider, toy(D=9))
    fewer = toy()
    del fewer.mix
    with pytest.raises(
        ValueError, match=r"2 of its tensors differ: mix.(weight|bias) was .*, now it is not there"
    ):
        resume(path, network=fewer)
    resume(path)
