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
import pandas as pd
import torch

from seqrec import __version__
from seqrec.checks import check_seed, shown
from seqrec.data.events import read_events
from seqrec.data.files import benchmark_log
from seqrec.data.item_index import ItemIndex
from seqrec.data.splits import leave_last_two_out
from seqrec.devices import best_device
from seqrec.items.content import rows_of
from seqrec.metrics.ranking import exclude, hit_rate, ndcg, top_items
from seqrec.models.config import ModelConfig, new_network
from seqrec.recommender.documents import to_document
from seqrec.reproduce.question import Question
from seqrec.reproduce.recipes import Recipe
from seqrec.training.checkpoints import save_checkpoint
from seqrec.training.distributed import current_ranks
from seqrec.training.loop import train

WEIGHTS = "weights.safetensors"
LOG = "log.jsonl"
CHECKPOINT = "checkpoint.safetensors"
#: Before the names of tensors that a `HybridConfig` has counted.
OF_COUNTS = "counted."


class Benchmark:
    """The events of a log, and who is asked what.

    interactions: a log
    items:        DataFrame with `item_id` and more columns, for models that read content
    min_count:    items with fewer events are dropped

    index:        ItemIndex of the items that are left
    learned:      Events to learn from
    valid, test:  what is asked, `Question`s
    """

    def __init__(
        self,
        interactions: pd.DataFrame,
        items: pd.DataFrame | None = None,
        min_count: int = 5,
    ) -> None:
        self.items = items
        log = benchmark_log(interactions, min_count)
        self.index = ItemIndex().fit(log["item_id"])
        split = leave_last_two_out(log)
        self.learned, _ = read_events(split.train, self.index, ascending=True)
        events, _ = read_events(log, self.index, ascending=True)
        # Others have nothing held out.
        is_judged = events.ends - events.starts > 2
        self.valid, self.test = (
            Question(
                events._replace(starts=events.starts[is_judged], ends=events.ends[is_judged] - back)
            )
            for back in (1, 0)
        )

    @property
    def n_items(self) -> int:
        """How many items are left."""
        return self.index.n_items

    def content(self, config: ModelConfig) -> dict[str, torch.Tensor]:
        """What `ModelConfig.build` needs besides, if the model reads content: its `features`.

        The columns are fitted on all items.
        """
        if config.content is None:
            return {}
        rows = rows_of(self.items, self.index.item_ids_)
        return {"features": torch.from_numpy(config.content.table().fit(rows).transform(rows))}


def reproduce(
    benchmark: Benchmark,
    recipe: Recipe,
    seed: int,
    folder: str | Path,
    *,
    device: str | torch.device | None = None,
    progress: bool = True,
) -> dict[str, object]:
    """Train one model and judge it. Returns the result, a dict: HR@10, NDCG@10 and more.

    benchmark: Benchmark
    recipe:    Recipe
    seed:      of weights, order and dropout
    folder:    gets the log, the checkpoint and the weights; a run that was stopped there goes on
    device:    where to train; None takes the best there is
    progress:  whether to show a bar

    Raises ValueError where `folder` holds a run with other settings.
    """
    folder = Path(folder)
    seed = check_seed("seed", seed)
    make_folder(folder)
    config = recipe.model
    max_len = recipe.max_len
    training = dataclasses.replace(recipe.training, seed=seed)
    device = torch.device(device or best_device())
    network = new_network(
        config, benchmark.n_items, max_len, seed, device, **benchmark.content(config)
    )
    config.prepare(network, benchmark.learned)
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
        metrics = _scores(benchmark.valid.ranks(config, network, max_len))
        seconds = round(time.perf_counter() - began, 1)
        _note(folder, {"event": "epoch", "seconds": seconds, **metrics})
        return metrics

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
        # What was counted is the log's own, and is counted again.
        learned = {
            name: value
            for name, value in network.state_dict().items()
            if not name.startswith(OF_COUNTS)
        }
        save_checkpoint(folder / WEIGHTS, learned, settings | {"result": result})
    _note(folder, result)
    return result


def best_unseen(score, history, max_len, k):
    """A list for one person: the k best items that are not in the history, best first.

    score:   turns histories, (1, max_len) ids padded on the left, into scores (1, V); column 0 is
             padding
    history: (n,) ids, oldest first, at least one
    max_len: how many of the newest the model reads
    k:       length of the list

    Returns (k,) ids, 0 where the catalogue ends.
    """
    newest_ones = history[-max_len:]
    padded = np.zeros((1, max_len), np.int64)
    padded[:, max_len - len(newest_ones) :] = newest_ones
    # Also those that are too old to be read.
    of_all = np.asarray(history)[None]
    return top_items(exclude(score(padded), of_all), k)[0]


def judge(benchmark, config, network, max_len):
    """HR@10 and NDCG@10 in validation and test, a dict.

    benchmark: Benchmark
    config:    ModelConfig
    network:   what it built
    max_len:   how many of the newest events it reads
    """
    questions = {"valid": benchmark.valid, "test": benchmark.test}
    return {
        f"{name} {metric}": value
        for name, question in questions.items()
        for metric, value in _scores(question.ranks(config, network, max_len)).items()
    }


def _scores(ranks):
    return {"hr@10": float(hit_rate(ranks, 10).mean()), "ndcg@10": float(ndcg(ranks, 10).mean())}


def make_folder(folder):
    """Raise ValueError where something else has its name, or nothing can be written there."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise ValueError(
            f"the folder of the run must be one that can be made, got {shown(str(folder), 200)} "
            f"({type(error).__name__}). Cure: another folder (--out)."
        ) from error


def _note(folder, row):
    """One more line in the log."""
    if current_ranks().is_first:
        with (folder / LOG).open("a") as file:
            file.write(json.dumps(row) + "\n")
