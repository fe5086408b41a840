"""Cures of what is refused before it is run or saved: protocols in vain, clicks given away."""

from seqrec.recommender import CoOccurrenceConfig, SessionKNNConfig
from tests.project.cures import Cure
from tests.project.cures_of_counted import counted
from tests.project.cures_of_protocols import table
from tests.project.cures_of_recommender import SPLIT


def by_time(folder, name="table", **shares):
    """A table by time."""
    return table(folder, name, protocols=["time-last"], **shares)


def judged(targets):
    """A test judged by a model that counts."""
    return counted(log=SPLIT.train).evaluate(SPLIT.valid, k=2, known=SPLIT.train, targets=targets)


CURES = [
    Cure(
        "Cure: one of the three",
        lambda _: judged("each"),
        lambda _: [judged(targets) for targets in ("together", "successive", "last")],
    ),
    Cure(
        "Cure: save(folder), where others may see these clicks; or CoOccurrenceConfig()",
        lambda folder: counted(SessionKNNConfig()).save(folder / "a", with_histories=False),
        lambda folder: (
            counted(SessionKNNConfig()).save(folder / "a"),
            counted(CoOccurrenceConfig()).save(folder / "b", with_histories=False),
        ),
    ),
    Cure(
        "Cure: valid=0.8, test=0.9 (--valid, --test)",
        lambda folder: by_time(folder, valid=0.9, test=0.5),
        lambda folder: by_time(folder, valid=0.8, test=0.9),
    ),
    Cure(
        "Cure: shares further apart (--valid, --test), or leave-one-out",
        lambda folder: by_time(folder, valid=0.8, test=0.81),
        lambda folder: (by_time(folder, "far", valid=0.5, test=0.8), table(folder, "other")),
    ),
]
