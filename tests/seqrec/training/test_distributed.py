"""Several ranks train what one rank would have trained, and end together."""

import json
import subprocess
import sys
from pathlib import Path

import pytest
import torch

from seqrec.losses import next_item_loss, towers_loss
from seqrec.training import joined_ranks, load_checkpoint
from seqrec.training.distributed import Ranks, current_ranks
from seqrec.training.shared_loss import SharedLoss
from tests.seqrec.training.rank_runs import LOSSES, SEQUENCES, network_for
from tests.seqrec.training.toys import toy

ROOT = Path(__file__).resolve().parents[3]
pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="ranks are forked here")


@pytest.fixture(scope="module")
def runs(tmp_path_factory):
    """The folder in which `rank_runs` left its results."""
    folder = tmp_path_factory.mktemp("ranks")
    command = [sys.executable, "-m", "tests.seqrec.training.rank_runs", folder]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=900)
    assert done.returncode == 0, done.stderr
    return folder


def assert_same_training(one, other):
    """Within rounding in double precision, which a step of Adam multiplies."""
    (weights, told), (others, told_others) = load_checkpoint(one), load_checkpoint(other)
    for name in weights:
        assert torch.allclose(weights[name], others[name], rtol=0, atol=1e-9), name
    assert (told["best_epoch"], told["stopped_by"]) == (
        told_others["best_epoch"],
        told_others["stopped_by"],
    )
    assert told["history"].keys() == told_others["history"].keys()
    for name, values in told["history"].items():
        assert told_others["history"][name] == pytest.approx(values, abs=1e-9), name


@pytest.mark.parametrize("count", [2, 3])
@pytest.mark.parametrize("name", LOSSES)
def test_two_and_three_ranks_train_what_one_rank_trains(runs, name, count):
    for rank in range(count):
        assert_same_training(runs / f"{name}-of-1-0", runs / f"{name}-of-{count}-{rank}")


def test_all_ranks_end_with_the_same_bits(runs):
    for name in LOSSES:
        weights, others = (load_checkpoint(runs / f"{name}-of-2-{rank}")[0] for rank in (0, 1))
        assert all(torch.equal(weights[key], others[key]) for key in weights)


def test_a_run_of_one_rank_goes_on_with_two_as_if_nothing_had_happened(runs):
    for rank in (0, 1):
        assert_same_training(runs / "cloze-of-1-0", runs / f"resumed-{rank}")


def test_the_first_rank_alone_writes_the_checkpoint(runs):
    assert sorted(file.name for file in runs.glob("written-by-*")) == [
        "written-by-0-of-1",
        "written-by-0-of-2",
    ]


def told_by(runs, label, rank):
    return json.loads((runs / f"{label}-{rank}.json").read_text())


@pytest.mark.parametrize("label", ["killed", "stuck"])
def test_a_rank_that_dies_or_hangs_ends_the_other_with_a_hint_where_to_look(runs, label):
    answer = told_by(runs, label, 0)
    assert "RuntimeError" in answer["told"]
    assert (
        "This is rank 0 of 2. If it lost another rank, or waited for it in vain" in answer["told"]
    )


def test_an_error_of_the_first_rank_alone_is_told_to_all(runs):
    assert told_by(runs, "first-fails", 0)["told"].startswith("OSError: no space left")
    told = told_by(runs, "first-fails", 1)["told"]
    assert told.startswith(
        "RankError: rank 1 stops, because rank 0 failed: OSError('no space left')"
    )


def test_ranks_with_unlike_data_are_refused_on_each(runs):
    for rank in (0, 1):
        assert (
            "n_samples is 33 on rank 0 and 32 on rank 1. Cure: the same data"
            in told_by(runs, "unlike", rank)["told"]
        )


def test_without_torchrun_there_is_one_rank_and_nothing_to_agree_on():
    with joined_ranks() as ranks:
        assert ranks == current_ranks() == Ranks(rank=0, count=1, in_group=False) and ranks.is_first
        rows = torch.arange(5)
        assert torch.equal(ranks.share(rows), rows) and torch.equal(ranks.sums(rows), rows)
        assert ranks.told_by_first(lambda: 7) == ranks.after_first(lambda: 7) == 7
        ranks.check_alike({})


def test_shares_are_a_partition_and_a_rank_may_get_nothing():
    shares = [Ranks(rank, 3, in_group=True).share(torch.arange(2)).tolist() for rank in range(3)]
    assert shares == [[0], [1], []]


def test_losses_and_networks_whose_rows_are_not_independent_are_refused():
    with pytest.raises(
        ValueError, match="does not tell over how many. Cure: next_item_loss or cloze_loss"
    ):
        SharedLoss(network_for("softmax"), towers_loss(SEQUENCES), Ranks(0, 2, in_group=True))
    with pytest.raises(ValueError, match="batches is a BatchNorm: it would see a rank's rows only"):
        SharedLoss(toy(), next_item_loss(SEQUENCES), Ranks(0, 2, in_group=True))
