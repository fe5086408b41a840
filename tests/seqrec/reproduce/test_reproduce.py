"""The benchmark's protocol against a plain loop, and a run that can be stopped and judged again."""

import dataclasses
import json

import numpy as np
import pytest
import torch

from seqrec.data import load_movielens_1m
from seqrec.models.config import new_network
from seqrec.recommender import SASRecConfig
from seqrec.reproduce import RECIPES, Benchmark, Recipe, judge_file, reproduce
from seqrec.reproduce import benchmark as module
from seqrec.reproduce.__main__ import main
from seqrec.reproduce.benchmark import best_unseen
from seqrec.training import TrainConfig
from tests.seqrec.data.small_movielens import small_files
from tests.seqrec.data.test_movielens import write

RECIPE = Recipe(
    SASRecConfig(D=8, H=1, n_blocks=1), 4, TrainConfig(epochs=3, batch_size=8, patience=3)
)


@pytest.fixture(scope="module")
def log(tmp_path_factory):
    return load_movielens_1m(write(tmp_path_factory.mktemp("data"), small_files(60))).interactions


def plain_rank(network, sequence, max_len, n_items):
    """The last of `sequence` among the items that are not before it, ties above it, by a loop."""
    *past, target = sequence
    history = torch.tensor([[0] * max(0, max_len - len(past)) + past[-max_len:]])
    scores = network.score_catalogue(history)[0]
    if target in past:
        return n_items
    return sum(scores[item] >= scores[target] for item in range(1, n_items + 1) if item not in past)


def test_ranks_are_those_of_a_plain_loop(log):
    benchmark = Benchmark(log, min_count=5)
    kept = log
    while (counts := kept["item_id"].map(kept["item_id"].value_counts())).min() < 5:
        kept = kept[counts >= 5]
    number = {item: place for place, item in enumerate(sorted(kept["item_id"].unique()), start=1)}
    network = new_network(RECIPE.model, len(number), 4, 0, torch.device("cpu"))
    with torch.no_grad():
        network.encoder.item.weight[1:3] = network.encoder.item.weight[3]  # some ties
    sequences = [
        [number[item] for item in rows.sort_values("timestamp", kind="stable")["item_id"]]
        for _, rows in kept.groupby("user_id")
    ]
    learned = [items[:-2] if len(items) > 2 else items for items in sequences]
    assert benchmark.learned.items.tolist() == sum(
        learned, []
    )  # the last two of each user are held out
    sequences = [items for items in sequences if len(items) > 2]
    for question, cut in ((benchmark.valid, -1), (benchmark.test, None)):
        ranks = question.ranks(RECIPE.model, network, 4)
        assert ranks.tolist() == [
            plain_rank(network, items[:cut], 4, len(number)) for items in sequences
        ]
    assert benchmark.n_items == len(number) and len(benchmark.test) == len(sequences)


def test_a_run_that_was_stopped_goes_on_and_ends_alike(log, tmp_path, monkeypatch):
    benchmark = Benchmark(log)
    whole = reproduce(benchmark, RECIPE, 1, tmp_path / "whole", device="cpu", progress=False)
    told, epochs = module._scores, []

    def stop_in_the_second_epoch(ranks):
        epochs.append(1)
        if len(epochs) == 2:
            raise KeyboardInterrupt
        return told(ranks)

    monkeypatch.setattr(module, "_scores", stop_in_the_second_epoch)
    with pytest.raises(KeyboardInterrupt):
        reproduce(benchmark, RECIPE, 1, tmp_path / "cut", device="cpu", progress=False)
    monkeypatch.setattr(module, "_scores", told)
    resumed = reproduce(benchmark, RECIPE, 1, tmp_path / "cut", device="cpu", progress=False)
    assert {**resumed, "seconds": 0} == {**whole, "seconds": 0}
    lines = [
        json.loads(line) for line in (tmp_path / "whole" / "log.jsonl").read_text().splitlines()
    ]
    assert [line["event"] for line in lines] == ["start", "epoch", "epoch", "epoch", "result"]
    assert lines[-1] == whole and lines[whole["best_epoch"]]["ndcg@10"] == whole["valid ndcg@10"]
    judged = judge_file(benchmark, tmp_path / "cut" / "weights.safetensors", device="cpu")
    assert judged == {name: whole[name] for name in judged} and len(judged) == 4
    with pytest.raises(ValueError, match="of another run"):
        other = RECIPE._replace(training=dataclasses.replace(RECIPE.training, learning_rate=0.1))
        reproduce(benchmark, other, 1, tmp_path / "cut", device="cpu", progress=False)


def test_a_list_holds_the_best_that_were_not_seen_also_long_ago(log):
    network = new_network(RECIPE.model, 30, 4, 0, torch.device("cpu"))
    history = [7, 1, 9, 3, 12, 4]  # the network reads four
    scores = network.score_catalogue(torch.tensor([history[-4:]]))[0]
    plain = sorted(set(range(1, 31)) - set(history), key=lambda item: -scores[item])
    score = lambda histories: RECIPE.model.scores(network, torch.from_numpy(histories))  # noqa: E731
    assert best_unseen(score, history, 4, 10).tolist() == plain[:10]
    assert best_unseen(score, history, 4, 30).tolist() == plain + [0] * 6
    short = sorted(
        set(range(1, 31)) - {5},
        key=lambda item: -network.score_catalogue(torch.tensor([[0, 0, 0, 5]]))[0][item],
    )
    assert best_unseen(score, [5], 4, 3).tolist() == short[:3]


def test_weights_of_another_catalogue_are_refused(log, tmp_path):
    reproduce(Benchmark(log), RECIPE, 0, tmp_path, device="cpu", progress=False)
    with pytest.raises(ValueError, match="holds no weights for these"):
        judge_file(Benchmark(log, min_count=12), tmp_path / "weights.safetensors")


def test_the_command_trains_and_judges_again(tmp_path, monkeypatch, capsys):
    write(tmp_path / "data", small_files(60))
    monkeypatch.setitem(RECIPES, "sasrec", RECIPE)
    monkeypatch.chdir(tmp_path)
    common = ["movielens-1m", "--data", str(tmp_path / "data"), "--device", "cpu"]
    main([*common, "--model", "sasrec", "--seed", "3", "--epochs", "1"])
    trained = json.loads(capsys.readouterr().out)
    main([*common, "--judge", "runs/movielens-1m/sasrec-3/weights.safetensors"])
    judged = json.loads(capsys.readouterr().out)
    assert trained["epochs"] == 1 and judged == {name: trained[name] for name in judged}
    for wrong, message in (
        ([*common, "--judge", "nothing"], "nothing is not a file"),
        ([*common, "--judge", ""], "--judge: must be a name"),
        ([*common, "--model", "sasrec", "--out", ""], "--out: must be a name"),
        ([*common, "--model", "sasrec", "--device", "abacus"], "must be a device of this machine"),
        ([*common, "--model", "sasrec", "--device", "meta"], "must be a device of this machine"),
        ([*common, "--model", "sasrec", "--data", "x" * 3000], "File name too long"),
        (
            ["movielens-1m", "--data", str(tmp_path / "data" / "ratings.dat"), "--model", "sasrec"],
            "no zip at all",
        ),
        (
            [*common, "--model", "sasrec", "--epochs", "0"],
            "epochs must be a whole number of 1 or more",
        ),
    ):
        with pytest.raises(SystemExit) as stopped:
            main(wrong)
        told = capsys.readouterr().err.splitlines()[-1]
        assert stopped.value.code == 2 and message in told and len(told) < 600


def test_every_recipe_can_be_built():
    for recipe in RECIPES.values():
        with torch.device("meta"):
            network = recipe.model.build(3_416, recipe.max_len)
        assert (
            sum(np.prod(weight.shape) for weight in network.parameters()) * 4 < 5e6
        )  # a file of less than 5 MB
