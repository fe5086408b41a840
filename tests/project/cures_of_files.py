"""Cures of numbers that are no counts or seeds, and of what the benchmark of the papers writes."""

from seqrec.baselines import MLPClick
from seqrec.data import pad_left
from seqrec.losses import uniform_negatives
from seqrec.reproduce.benchmark import make_folder
from tests.project.cures import Cure


def _taken(folder):
    """A path that is a file."""
    path = folder / "run"
    path.touch()
    return path


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
]
