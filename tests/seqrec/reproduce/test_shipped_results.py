"""The MovieLens runs that come along:

logs and weights agree with the recipes, with each other, and with `docs/results.md`.
"""

import json
import os
import re
from dataclasses import asdict
from pathlib import Path
from statistics import mean, stdev

import numpy as np
import pytest

from seqrec.data import load_movielens_1m, newest
from seqrec.metrics import full_ranking, hit_rate, ndcg
from seqrec.recommender.documents import to_document
from seqrec.reproduce import RECIPES, Benchmark, judge_file
from seqrec.training import load_checkpoint

ROOT = Path(__file__).resolve().parents[3]
FOLDER = ROOT / "course" / "measured" / "movielens"
LOGS = sorted(FOLDER.glob("*.jsonl"))
WEIGHTS = sorted(FOLDER.glob("*.safetensors"))
JUDGED = ("valid hr@10", "valid ndcg@10", "test hr@10", "test ndcg@10")


def lines_of(path):
    return [json.loads(line) for line in path.read_text().splitlines()]


def completed(model):
    """A log's model with the settings that older logs do not name."""
    if model["class"] == "HybridConfig":
        return model | {"learned": completed(model["learned"])}
    if model["class"] != "SASRecConfig":
        return model
    return {"drawn_ends": False, "block": "transformer"} | model


@pytest.mark.parametrize("path", LOGS, ids=lambda path: path.stem)
def test_a_log_is_of_its_recipe_and_its_result_is_that_of_the_best_epoch_in_validation(path):
    model, _, seed = path.stem.rpartition("-")
    recipe = RECIPES[model]
    *lines, result = lines_of(path)
    starts = [
        line for line in lines if line["event"] == "start"
    ]  # one more each time that it was resumed
    epochs = [line for line in lines if line["event"] == "epoch"]
    expected = json.loads(json.dumps(to_document(recipe.model)))
    for start in starts:
        assert completed(start["model"]) == expected
        assert (start["max_len"], start["whole"]) == (recipe.max_len, recipe.whole)
        later = {"precision": "float32", "compiled": False, "ema_decay": None}
        assert later | start["training"] == asdict(recipe.training) | {"seed": int(seed)}
        assert (start["items"], start["users"]) == (3_416, 6_040)
    assert starts and result["event"] == "result"
    assert len(epochs) == result["epochs"] == recipe.training.epochs
    valid = [line["ndcg@10"] for line in epochs]
    assert result["best_epoch"] == 1 + np.argmax(valid) and result["valid ndcg@10"] == max(valid)


@pytest.mark.parametrize("path", WEIGHTS, ids=lambda path: path.stem)
def test_weights_are_small_and_those_of_the_log_beside_them(path):
    _, document = load_checkpoint(path)
    assert path.stat().st_size < 5e6
    assert document["result"] == lines_of(path.with_suffix(".jsonl"))[-1]


def test_the_best_model_has_three_seeds_and_each_of_the_weights_its_log():
    logs = {path.stem for path in LOGS}
    assert {f"sasrec-{seed}" for seed in range(3)} <= logs and "sasrec-0" in {
        path.stem for path in WEIGHTS
    } <= logs


def test_the_figures_of_the_results_page_are_those_of_the_logs():
    text = (ROOT / "docs" / "results.md").read_text(encoding="utf-8")
    rows = re.findall(
        r"^\| `(\S+)`[^|]*\| (\d+) \| ([.\d]+)(?: ± ([.\d]+))? \| ([.\d]+)(?: ± ([.\d]+))? \|",
        text,
        re.MULTILINE,
    )
    assert {model for model, *_ in rows} == {path.stem.rpartition("-")[0] for path in LOGS}
    for model, n_seeds, *told in rows:
        results = [lines_of(path)[-1] for path in LOGS if path.stem.rpartition("-")[0] == model]
        assert len(results) == int(n_seeds)
        measured = []
        for name in ("test ndcg@10", "test hr@10"):
            values = [result[name] for result in results]
            measured += [
                f"{mean(values):.4f}".lstrip("0"),
                f"{stdev(values):.4f}".lstrip("0") if len(values) > 1 else "",
            ]
        assert told == measured, model


needs_data = pytest.mark.skipif(
    "SEQREC_DATA" not in os.environ, reason="SEQREC_DATA names no folder with the real data"
)


@needs_data
@pytest.mark.parametrize("path", WEIGHTS, ids=lambda path: path.stem)
def test_the_weights_judged_again_give_the_figures_of_their_log(path):
    told = judge_file(Benchmark(load_movielens_1m().interactions), path, device="cpu")
    result = lines_of(path.with_suffix(".jsonl"))[-1]
    assert {name: round(told[name], 4) for name in JUDGED} == {
        name: round(result[name], 4) for name in JUDGED
    }


@needs_data
def test_popularity_has_the_figures_of_before_so_split_filter_and_metrics_have_not_moved():
    benchmark = Benchmark(load_movielens_1m().interactions)
    clicks = np.bincount(benchmark.learned.items, minlength=benchmark.n_items + 1).astype(float)
    clicks[0] = -np.inf
    question = benchmark.test
    ranks = full_ranking(
        lambda rows: np.tile(clicks, (len(question.targets[rows]), 1)),
        question.targets,
        seen=newest(question.past, int((question.past.ends - question.past.starts).max())),
    ).ranks
    assert (round(ndcg(ranks, 10).mean(), 4), round(hit_rate(ranks, 10).mean(), 4)) == (
        0.0180,
        0.0369,
    )
