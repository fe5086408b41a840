"""The benchmark of the papers: the events of a log, who is asked what, and one run of one model.

Protocol: items with fewer than 5 ratings are dropped; of each user the last event is the test, the
one before it the validation, the rest is learned from. Every item that the user has not rated yet
is ranked (of MovieLens 1M 6,040 users, 3,416 items), and ties count against the model. The best
epoch is that of the highest NDCG@10 in validation. Nothing looks at the test before the end, and
then once; there the history holds the validation event too.
"""

import dataclasses
import json
import time
from pathlib import Path

import numpy as np
import torch

from seqrec import __version__
from seqrec.data.cuts import newest
from seqrec.data.events import read_events
from seqrec.data.files import benchmark_log
from seqrec.data.item_index import ItemIndex
from seqrec.data.splits import leave_last_two_out
from seqrec.devices import best_device
from seqrec.items.content import rows_of
from seqrec.metrics.ranking import exclude, full_ranking, hit_rate, ndcg, top_items
from seqrec.models.config import new_network
from seqrec.recommender.documents import from_document, to_document
from seqrec.training.checkpoints import load_checkpoint, save_checkpoint
from seqrec.training.distributed import current_ranks
from seqrec.training.loop import train

WEIGHTS, LOG, CHECKPOINT = "weights.safetensors", "log.jsonl", "checkpoint.safetensors"


class Benchmark:
    """The events of a log, and who is asked what.

    interactions: a log. items: DataFrame with `item_id` and more columns, for models that read
    content. min_count: items with fewer events are dropped.
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
            Question(
                events._replace(starts=events.starts[is_judged], ends=events.ends[is_judged] - back)
            )
            for back in (1, 0)
        )

    @property
    def n_items(self):
        return self.index.n_items

    def content(self, config):
        """What `ModelConfig.build` needs besides, if the model reads content; its columns are
        fitted on all items.
        """
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
            scores = config.scores(
                network, torch.from_numpy(newest(self.past, max_len, rows)).to(device)
            )
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
    network = new_network(
        config, benchmark.n_items, max_len, seed, device, **benchmark.content(config)
    )
    loss, n_samples = config.objective(
        benchmark.learned, max_len, whole=recipe.whole, device=device
    )
    settings = {
        "model": to_document(config),
        "max_len": max_len,
        "whole": recipe.whole,
        "training": dataclasses.asdict(training),
    }
    start = {
        "event": "start",
        "seqrec": __version__,
        "torch": torch.__version__,
        "device": str(device),
        **settings,
    }
    start |= {"items": benchmark.n_items, "users": len(benchmark.test), "sequences": n_samples}
    _note(folder, start)

    began = time.perf_counter()

    def validate(network):
        told = _scores(benchmark.valid.ranks(config, network, max_len))
        _note(folder, {"event": "epoch", "seconds": round(time.perf_counter() - began, 1), **told})
        return told

    checkpoint = folder / CHECKPOINT
    run = train(
        network,
        loss,
        n_samples,
        training,
        validate=validate,
        checkpoint=checkpoint,
        progress=progress,
    )
    if run.stopped_by == "interrupt":
        raise KeyboardInterrupt
    result = {"event": "result", "best_epoch": run.best_epoch, "epochs": len(run.history)}
    result |= {
        "seconds": round(float(run.history["seconds"].sum()), 1),
        "stopped_by": run.stopped_by,
    }
    result |= current_ranks().told_by_first(lambda: judge(benchmark, config, network, max_len))
    if current_ranks().is_first:
        save_checkpoint(folder / WEIGHTS, network.state_dict(), settings | {"result": result})
    _note(folder, result)
    return result


def best_unseen(score, history, max_len, k):
    """A list for one person: the k best items that are not in the history, best first.

    score: turns histories, (1, max_len) ids padded on the left, into scores (1, V); column 0 is
    padding.
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
        network = new_network(
            config, benchmark.n_items, max_len, 0, device, **benchmark.content(config)
        )
        network.load_state_dict(tensors)
    except (KeyError, TypeError, ValueError, RuntimeError) as error:
        raise ValueError(
            f"{path} holds no weights for these {benchmark.n_items} items: {error}"
        ) from error
    return config, network, max_len


def judge_file(benchmark, path, *, device=None):
    """`judge` the weights that `reproduce` saved. Raises ValueError as `load_weights` does."""
    return judge(benchmark, *load_weights(benchmark, path, device=device))


def _scores(ranks):
    return {"hr@10": float(hit_rate(ranks, 10).mean()), "ndcg@10": float(ndcg(ranks, 10).mean())}


def _note(folder, row):
    """One more line in the log."""
    if current_ranks().is_first:
        with (folder / LOG).open("a") as file:
            file.write(json.dumps(row) + "\n")
