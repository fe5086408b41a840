"""Cures of numbers that are no counts or seeds, and of what the benchmark of the papers writes."""

from unittest import mock

import pandas as pd

from seqrec.baselines import MLPClick
from seqrec.data import (
    build_sequences_at_scale,
    csv_cells,
    load_interactions,
    log_folders,
    pad_left,
)
from seqrec.losses import uniform_negatives
from seqrec.reproduce.__main__ import _device
from seqrec.reproduce.benchmark import make_folder
from tests.project.cures import Cure


def _taken(folder):
    """A path that is a file."""
    path = folder / "run"
    path.touch()
    return path


HEADER = "user_id,item_id,timestamp\n"
ROWS = HEADER + "1,2,3\n" * 100


def _csv(folder, text):
    (folder / "log.csv").write_text(text)
    return folder / "log.csv"


def _parquet(folder, n_files=1):
    """The folder, with 100 rows in each of its files."""
    folder.mkdir(parents=True, exist_ok=True)
    for number in range(n_files):
        log = pd.DataFrame({"user_id": [number] * 100, "item_id": 2, "timestamp": 3})
        log.to_parquet(folder / f"{number}.parquet")
    return folder


def _with_little_memory(module, call, *arguments):
    with mock.patch.object(module, "memory_bytes", lambda: 500):
        return call(*arguments)


def _at_scale(folder):
    log = _parquet(folder / "log", n_files=2)
    build_sequences_at_scale(log, folder / "sequences", 5, is_by_user=True)


CURES = [
    Cure(
        "Cure: seed=0, or another such number",
        lambda _: uniform_negatives([1, 2], 1, 5, seed=1.5),
        lambda _: (uniform_negatives([1, 2], 1, 5, seed=0), MLPClick(3, seed=7)),
    ),
    Cure(
        "Cure: a smaller max_len",
        lambda _: pad_left([[1]], 2**40),
        lambda _: pad_left([[1]], 2**4),
    ),
    Cure(
        "Cure: another folder (--out)",
        lambda folder: make_folder(_taken(folder)),
        lambda folder: make_folder(folder / "another"),
    ),
    Cure(
        "Cure: cpu, or no --device",
        lambda _: _device("abacus"),
        lambda _: _device("cpu"),
    ),
    Cure(
        "Cure: line ends between the rows",
        lambda folder: load_interactions(_csv(folder, HEADER + "1" * csv_cells.LONGEST_LINE)),
        lambda folder: load_interactions(_csv(folder, HEADER + "1,2,3\n" * 2)),
    ),
    Cure(
        "Cure: build_sequences_at_scale, with the rows in Parquet files",
        lambda folder: _with_little_memory(csv_cells, load_interactions, _csv(folder, ROWS)),
        _at_scale,
    ),
    Cure(
        "Cure: build_sequences_at_scale, with the rows in several smaller files",
        lambda folder: _with_little_memory(
            log_folders, load_interactions, _parquet(folder) / "0.parquet"
        ),
        _at_scale,
    ),
    Cure(
        "Cure: move it there, or out of the folder",
        lambda folder: load_interactions(_parquet(folder / "log.parquet" / "inside").parent),
        lambda folder: load_interactions(_parquet(folder / "log.parquet")),
    ),
]
