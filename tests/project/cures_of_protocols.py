"""Cures of tables under several protocols."""

import shutil

import pandas as pd

from seqrec.data import load_public_log
from seqrec.reproduce import compare_protocols
from tests.project.cures import Cure

# Two users, three visits of two clicks each.
LOG = pd.DataFrame(
    {
        "user_id": [1, 1, 1, 1, 1, 1, 2, 2, 2, 2, 2, 2],
        "item_id": [5, 6, 5, 6, 5, 6, 6, 5, 6, 5, 6, 5],
        "timestamp": [1, 2, 30, 31, 60, 61, 3, 4, 32, 33, 62, 63],
    }
)


def table(folder, name="table", **options):
    """A table of popularity on a tiny log."""
    given = {"models": ["popularity"], "protocols": ["leave-one-out"], "progress": False}
    return compare_protocols(LOG, folder / name, **(given | options))


def sessions(folder, **options):
    """A table by sessions."""
    return table(folder, protocols=["session-last"], valid=0.5, test=0.7, **options)


def of_lines(folder, protocols):
    """A table of a file that has no times."""
    (folder / "log.txt").write_text("".join(f"1 {item}\n2 {item}\n" for item in (5, 6, 7, 8)))
    log = load_public_log(folder / "log.txt", "user-item", progress=False)
    return compare_protocols(
        log, folder / "table", models=["popularity"], protocols=protocols, progress=False
    )


def with_other_settings(folder):
    table(folder)
    table(folder, valid=0.7)


def elsewhere_or_as_before(folder):
    table(folder)
    table(folder, "other", valid=0.7)
    table(folder)


def damaged(folder):
    table(folder)
    (folder / "table" / "table.csv").write_text("nothing")
    table(folder)


def deleted_or_elsewhere(folder):
    table(folder, "other")
    shutil.rmtree(folder / "table")
    table(folder)


CURES = [
    Cure(
        "smaller numbers (--core)",
        lambda folder: table(folder, cores=["9/1"]),
        lambda folder: table(folder, cores=["6/6"]),
    ),
    Cure(
        "Cure: gap (--gap), the pause that ends a session, or another protocol",
        sessions,
        lambda folder: [sessions(folder, gap=10), table(folder, "other")],
    ),
    Cure(
        "Cure: protocols=['leave-one-out'] (--protocols)",
        lambda folder: of_lines(folder, ["time-last"]),
        lambda folder: of_lines(folder, ["leave-one-out"]),
    ),
    Cure(
        "Cure: 1/5.",
        lambda folder: table(folder, cores=["5"]),
        lambda folder: table(folder, cores=["1/1"]),
    ),
    Cure(
        "Cure: one of these.",
        lambda folder: table(folder, models=["popular"]),
        lambda folder: table(folder, models=["popularity"]),
    ),
    Cure(
        "Cure: another folder (--out), or the settings of that one",
        with_other_settings,
        elsewhere_or_as_before,
    ),
    Cure(
        "Cure: delete the folder, or another one (--out)",
        damaged,
        lambda folder: [table(folder), deleted_or_elsewhere(folder)],
    ),
]
