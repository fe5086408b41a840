"""The benchmark of the papers, one model and one seed at a time.

    python -m seqrec.reproduce movielens-1m --model sasrec --seed 0
    python -m seqrec.reproduce movielens-1m --judge runs/movielens-1m/sasrec-0/weights.safetensors
    torchrun --nproc-per-node 2 -m seqrec.reproduce movielens-1m --model sasrec     on two processors, or two GPUs

Protocol: items with fewer than 5 ratings are dropped; of each user the last event is the test, the one before it the
validation, the rest is learned from. Every item that the user has not rated yet is ranked (6,040 users, 3,416 items),
and ties count against the model. The best epoch is that of the highest NDCG@10 in validation. Nothing looks at the
test before the end, and then once; there the history holds the validation event too.

A folder `runs/movielens-1m/sasrec-0` holds the log, a line of JSON per epoch and one for the result; a checkpoint from
which the same command goes on if it was stopped; and the trained weights, which the second command judges once more. A
GPU is used if there is one.
"""

import argparse
import dataclasses
import json
import time
from pathlib import Path

import numpy as np
import torch

from seqrec import __version__
from seqrec.checkpoints import load_checkpoint, save_checkpoint
from seqrec.datasets import benchmark_log, load_movielens_1m
from seqrec.devices import best_device
from seqrec.events import newest, read_events
from seqrec.item_content import rows_of
from seqrec.metrics import exclude, full_ranking, hit_rate, ndcg, top_items
from seqrec.model_configs import from_document, to_document
from seqrec.ranks import RankError, current_ranks, joined_ranks
from seqrec.recipes import RECIPES
from seqrec.sequences import ItemIndex, leave_last_two_out
from seqrec.serving import new_network
from seqrec.training import train

WEIGHTS, LOG, CHECKPOINT = "weights.safetensors", "log.jsonl", "checkpoint.safetensors"


class Benchmark:
    """The events of a log, and who is asked what.

    interactions: a log. items: DataFrame with `item_id` and more columns, for models that read content. min_count:
    items with fewer events are dropped.
    """

    def __init__(self, interactions, items=None, min_count=5):
        self.items = items
        log = benchmark_log(interactions, min_count)
        self.index = ItemIndex().fit(log["item_id"])
        split = leave_last_two_out(log)
        self.learned, _ = read_events(split.train, self.index, ascending=True)
        events, _ = read_events(log, self.index, ascending=True)
        is_judged = events.ends - events.starts > 2  # others have nothing held out
        self.valid, self.test = (
            Question(events._replace(starts=events.starts[is_judged], ends=events.ends[is_judged] - back))
            for back in (1, 0)
        )

    @property
    def n_items(self):
        return self.index.n_items

    def content(self, config):
        """What `ModelConfig.build` needs besides, if the model reads content; its columns are fitted on all items."""
        if config.content is None:
            return {}
        rows = rows_of(self.items, self.index.item_ids_)
        return {"features": torch.from_numpy(config.content.table().fit(rows).transform(rows))}


class Question:
    """What comes last? events: an Events whose last event of each user is the target."""

    def __init__(self, events):
        self.targets = events.items[events.ends - 1]
        self.past = events._replace(ends=events.ends - 1)

    def __len__(self):
        return len(self.targets)

    def ranks(self, config, network, max_len):
        """The place of each target among the items that its user has not had, (U,) from 1."""
        device = next(network.parameters()).device
        longest = int((self.past.ends - self.past.starts).max())

        def score(rows):
            scores = config.scores(network, torch.from_numpy(newest(self.past, max_len, rows)).to(device))
            return scores.cpu().numpy()

        return full_ranking(score, self.targets, seen=newest(self.past, longest)).ranks


def reproduce(benchmark, recipe, seed, folder, *, device=None, progress=True):
    """Train one model and judge it. Returns the result, a dict: HR@10, NDCG@10 and more.

    folder: gets the log, the checkpoint and the weights; a run that was stopped there goes on.
    Raises ValueError where `folder` holds a run with other settings.
    """
    folder = Path(folder)
    folder.mkdir(parents=True, exist_ok=True)
    config, max_len = recipe.model, recipe.max_len
    training = dataclasses.replace(recipe.training, seed=seed)
    device = torch.device(device or best_device())
    network = new_network(config, benchmark.n_items, max_len, seed, device, **benchmark.content(config))
    loss, n_samples = config.objective(benchmark.learned, max_len, whole=recipe.whole, device=device)
    settings = {
        "model": to_document(config),
        "max_len": max_len,
        "whole": recipe.whole,
        "training": dataclasses.asdict(training),
    }
    start = {"event": "start", "seqrec": __version__, "torch": torch.__version__, "device": str(device), **settings}
    start |= {"items": benchmark.n_items, "users": len(benchmark.test), "sequences": n_samples}
    _note(folder, start)

    began = time.perf_counter()

    def validate(network):
        told = _scores(benchmark.valid.ranks(config, network, max_len))
        _note(folder, {"event": "epoch", "seconds": round(time.perf_counter() - began, 1), **told})
        return told

    checkpoint = folder / CHECKPOINT
    run = train(network, loss, n_samples, training, validate=validate, checkpoint=checkpoint, progress=progress)
    if run.stopped_by == "interrupt":
        raise KeyboardInterrupt
    result = {"event": "result", "best_epoch": run.best_epoch, "epochs": len(run.history)}
    result |= {"seconds": round(float(run.history["seconds"].sum()), 1), "stopped_by": run.stopped_by}
    result |= current_ranks().told_by_first(lambda: judge(benchmark, config, network, max_len))
    if current_ranks().is_first:
        save_checkpoint(folder / WEIGHTS, network.state_dict(), settings | {"result": result})
    _note(folder, result)
    return result


def best_unseen(score, history, max_len, k):
    """A list for one person: the k best items that are not in the history, best first.

    score: turns histories, (1, max_len) ids padded on the left, into scores (1, V); column 0 is padding.
    history: (n,) ids, oldest first, at least one. Returns (k,) ids, 0 where the catalogue ends.
    """
    newest_ones = history[-max_len:]
    padded = np.zeros((1, max_len), np.int64)
    padded[:, max_len - len(newest_ones) :] = newest_ones
    of_all = np.asarray(history)[None]  # also those that are too old to be read
    return top_items(exclude(score(padded), of_all), k)[0]


def judge(benchmark, config, network, max_len):
    """HR@10 and NDCG@10 in validation and test, a dict."""
    questions = {"valid": benchmark.valid, "test": benchmark.test}
    return {
        f"{name} {metric}": value
        for name, question in questions.items()
        for metric, value in _scores(question.ranks(config, network, max_len)).items()
    }


def load_weights(benchmark, path, *, device=None):
    """What `reproduce` saved: the model's configuration, its network and max_len.

    Raises ValueError for a damaged file, and for weights of another catalogue.
    """
    tensors, document = load_checkpoint(path)
    device = torch.device(device or best_device())
    try:
        config, max_len = from_document(document["model"]), document["max_len"]
        network = new_network(config, benchmark.n_items, max_len, 0, device, **benchmark.content(config))
        network.load_state_dict(tensors)
    except (KeyError, TypeError, ValueError, RuntimeError) as error:
        raise ValueError(f"{path} holds no weights for these {benchmark.n_items} items: {error}") from error
    return config, network, max_len


def judge_file(benchmark, path, *, device=None):
    """`judge` the weights that `reproduce` saved. Raises ValueError as `load_weights` does."""
    return judge(benchmark, *load_weights(benchmark, path, device=device))


def main(arguments=None):
    parser = argparse.ArgumentParser(prog="python -m seqrec.reproduce", description=__doc__.partition("\n\n")[0])
    parser.add_argument("dataset", choices=["movielens-1m"])
    task = parser.add_mutually_exclusive_group(required=True)
    task.add_argument("--model", choices=RECIPES, help="train and judge this one")
    task.add_argument("--judge", metavar="FILE", help="judge the weights of an earlier run")
    parser.add_argument("--seed", type=int, default=0, help="of weights, order and dropout (default 0)")
    parser.add_argument(
        "--data", metavar="FOLDER", help="where the data set is or should be put (see seqrec.movielens)"
    )
    parser.add_argument("--out", metavar="FOLDER", help="of this run (default runs/DATASET/MODEL-SEED)")
    parser.add_argument("--epochs", type=int, help="at most so many, instead of the recipe's")
    parser.add_argument("--device", help="cpu, cuda or mps (default: the best there is)")
    asked = parser.parse_args(arguments)
    try:
        films = current_ranks().after_first(lambda: load_movielens_1m(asked.data))  # one of them downloads
        benchmark = Benchmark(films.interactions, films.items)
        if asked.judge:
            told = judge_file(benchmark, asked.judge, device=asked.device)
        else:
            recipe = RECIPES[asked.model]()
            if asked.epochs is not None:
                recipe = recipe._replace(training=dataclasses.replace(recipe.training, epochs=asked.epochs))
            folder = asked.out or Path("runs") / asked.dataset / f"{asked.model}-{asked.seed}"
            told = reproduce(benchmark, recipe, asked.seed, folder, device=asked.device)
    except (OSError, ValueError, RankError) as error:
        parser.exit(2, f"seqrec.reproduce: {error}\n")
    except KeyboardInterrupt:
        parser.exit(130, "seqrec.reproduce: stopped; the same command goes on from here\n")
    if current_ranks().is_first:
        print(json.dumps(told, indent=1))


def _scores(ranks):
    return {"hr@10": float(hit_rate(ranks, 10).mean()), "ndcg@10": float(ndcg(ranks, 10).mean())}


def _note(folder, row):
    """One more line in the log."""
    if current_ranks().is_first:
        with (folder / LOG).open("a") as file:
            file.write(json.dumps(row) + "\n")


if __name__ == "__main__":
    with joined_ranks():
        main()
