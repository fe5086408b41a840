"""A run that was cut short and goes on ends where it would have ended."""

import subprocess
import sys
from pathlib import Path

import pytest
import torch

from seqrec.training import load_checkpoint
from tests.seqrec.training.killed_run import MOMENTS
from tests.seqrec.training.toys import STEPS, assert_same_weights, loss, trained, validate

ROOT = Path(__file__).resolve().parents[3]


class Stop(Exception):
    pass


def stopping_at(step):
    """The toy's loss, which raises before it computes the loss of that call."""
    calls = 0

    def stopping(network, rows, generator):
        nonlocal calls
        calls += 1
        if calls == step:
            raise Stop
        return loss(network, rows, generator)

    return stopping


def assert_same_history(one, other):
    without_times = [result.history.drop(columns="seconds") for result in (one, other)]
    assert without_times[0].equals(without_times[1]), without_times
    assert one.best_epoch == other.best_epoch and one.stopped_by == other.stopped_by


@pytest.mark.parametrize("step", [4, 5, STEPS, STEPS + 1, STEPS + 2, 3 * STEPS, 4 * STEPS])
@pytest.mark.parametrize("validate", [None, validate], ids=["last", "best"])
def test_a_resumed_run_ends_with_the_same_bits(tmp_path, step, validate):
    whole, expected = trained(validate=validate)
    path = tmp_path / "new folder" / "run.safetensors"
    with pytest.raises(Stop):
        trained(loss=stopping_at(step), validate=validate, checkpoint=path, checkpoint_every=3)
    torch.rand(7)  # the world goes on meanwhile
    network, result = trained(seed=99, validate=validate, checkpoint=path, checkpoint_every=2)
    assert_same_weights(network, whole)
    assert_same_history(result, expected)


def test_resuming_goes_on_and_does_not_start_again(tmp_path):
    path = tmp_path / "run.safetensors"
    with pytest.raises(Stop):
        # The last checkpoint comes after step 12.
        trained(loss=stopping_at(STEPS + 6), checkpoint=path, checkpoint_every=3)
    with pytest.raises(Stop):
        trained(loss=stopping_at(1), checkpoint=path)
    assert load_checkpoint(path)[1]["progress"]["step"] == 12
    steps = []
    trained(loss=lambda *batch: steps.append(1) or loss(*batch), checkpoint=path)
    assert len(steps) == 4 * STEPS - 12


def test_a_finished_run_is_read_back_without_a_step(tmp_path):
    whole, expected = trained(validate=validate, checkpoint=tmp_path / "run")
    again, result = trained(
        seed=5, loss=stopping_at(1), validate=validate, checkpoint=tmp_path / "run"
    )
    assert_same_weights(again, whole)
    assert_same_history(result, expected)
    assert result.history.equals(expected.history)


def test_a_checkpoint_changes_nothing_about_the_run(tmp_path):
    assert_same_weights(trained()[0], trained(checkpoint=tmp_path / "run", checkpoint_every=1)[0])
    assert [file.name for file in tmp_path.iterdir()] == ["run"]


@pytest.fixture(scope="module")
def killed(tmp_path_factory):
    """A folder with what runs left behind that were killed, a file per moment."""
    folder = tmp_path_factory.mktemp("killed")
    command = [sys.executable, "-m", "tests.seqrec.training.killed_run", folder]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    return folder


def left_over(path):
    """What a killed save left beside the file."""
    return list(path.parent.glob(f"{path.name}.*.partial"))


@pytest.mark.skipif(sys.platform == "win32", reason="kill -9 and fork are of POSIX systems")
@pytest.mark.parametrize("moment", MOMENTS)
def test_killed_for_good_and_resumed_ends_with_the_same_bits(killed, moment):
    path = killed / moment
    assert load_checkpoint(path)[1]["progress"]["step"] == MOMENTS[moment]
    assert len(left_over(path)) == ("disk" in moment)

    whole, expected = trained(validate=validate)
    resumed, result = trained(seed=3, validate=validate, checkpoint=path)
    assert_same_weights(resumed, whole)
    assert_same_history(result, expected)
    assert not left_over(path)


def test_validation_that_draws_at_random_draws_the_same_in_a_resumed_run(tmp_path):
    def random_share(network):
        if random_share.fails and len(random_share.drawn) == 2:
            raise Stop
        random_share.drawn.append(torch.rand(()))
        return {"loss": random_share.drawn[-1]}

    random_share.fails, random_share.drawn = False, []
    expected = trained(validate=random_share)[1]
    random_share.fails, random_share.drawn = True, []
    # After step 21, at which a checkpoint would be due without the end of the epoch.
    with pytest.raises(Stop):
        trained(validate=random_share, checkpoint=tmp_path / "run", checkpoint_every=3)
    random_share.fails = False
    assert_same_history(trained(validate=random_share, checkpoint=tmp_path / "run")[1], expected)
