"""A table of models under several protocols, on one log, row by row in a folder.

The command for it is `python -m seqrec.reproduce.protocols`.
"""

import hashlib
import re
from collections.abc import Sequence
from pathlib import Path

import pandas as pd
from tqdm.auto import tqdm

from seqrec import __version__
from seqrec.checks import check_count, check_positive, check_seed, check_share, shown
from seqrec.data.interactions import REQUIRED, validate_interactions
from seqrec.data.targets import ask
from seqrec.reproduce.benchmark import make_folder
from seqrec.reproduce.contest import COUNTED, MODELS, judge_asked, learn
from seqrec.reproduce.protocol import (
    PROTOCOLS,
    check_protocols,
    prepare,
    protocols_of,
    split_log,
)
from seqrec.reproduce.rows import TABLE, Rows
from seqrec.training.files import clear_leftovers, one_writer

KEY = ["core", "protocol", "seen", "model", "seed"]
#: How the judge may treat what a user has had.
SEEN = {"kept": False, "left out": True}


def compare_protocols(
    log: pd.DataFrame,
    folder: str | Path,
    *,
    cores: Sequence[str] = ("1/1",),
    protocols: Sequence[str] | None = None,
    models: Sequence[str] = tuple(COUNTED),
    seen: Sequence[str] = tuple(SEEN),
    valid: float = 0.8,
    test: float = 0.9,
    gap: float | None = None,
    epochs: int = 5,
    seed: int = 0,
    progress: bool = True,
) -> pd.DataFrame:
    """Judge models under protocols. Returns the table, a row for each, as the folder has it.

    log:         a log.
    folder:      gets the table; rows that it holds are not made again.
    cores:       "U/I": users with U events and items with I, see `k_core`.
    protocols:   of PROTOCOLS; None takes all that the log allows, see `protocols_of`.
    models:      of MODELS.
    seen:        of SEEN: whether what a user has had is left out of the ranking.
    valid, test: shares of the log's events before the two moments of a split by time.
    gap:         the pause that ends a session; None takes the log's `session_id`.
    epochs:      of each network.
    seed:        of each network.
    progress:    whether to show a bar.

    Raises ValueError as the log's check, the splits and the models do, and for a folder with rows
    of another log or other settings.
    """
    folder = Path(folder)
    epochs = check_count("epochs", epochs)
    seed = check_seed("seed", seed)
    sizes = {core: _sizes(core) for core in cores}
    log = validate_interactions(log)
    allowed = protocols_of(log, gap)
    protocols = allowed if protocols is None else _names("protocols", protocols, PROTOCOLS)
    if allowed == ["leave-one-out"] != protocols:
        raise ValueError(
            "protocols must be leave-one-out alone for lines without times, got "
            f"{shown(protocols)}. Cure: protocols=['leave-one-out'] (--protocols)."
        )
    models = _names("models", models, MODELS)
    seen = _names("seen", seen, SEEN)
    settings = {
        "seqrec": __version__,
        "log": _digest(log),
        "valid": check_share("valid", valid),
        "test": check_share("test", test),
        "gap": None if gap is None else check_positive("gap", gap, suffix=", or None"),
        "epochs": epochs,
    }
    check_protocols(log, protocols, valid, test, gap)
    make_folder(folder)
    with one_writer(folder / TABLE, wait=0):
        clear_leftovers(folder / TABLE)
        rows = Rows(folder, KEY, settings)
        wanted = [
            {"core": core, "protocol": protocol, "seen": kind, "model": model, "seed": seed}
            for core in sizes
            for protocol in protocols
            for kind in seen
            for model in models
        ]
        due = [row for row in wanted if not rows.holds(row)]
        with tqdm(total=len(due), disable=not progress, unit="row") as bar:
            for core in sizes:
                of_core = [row for row in due if row["core"] == core]
                if of_core:
                    parts = (prepare(log, *sizes[core]), valid, test, gap)
                    _fill(rows, of_core, parts, epochs, bar)
    return rows.frame()


def _fill(rows, due, parts, epochs, bar):
    """Make the rows that are due of one core. parts: the log and what splits it."""
    log, valid, test, gap = parts
    for split_name in dict.fromkeys(PROTOCOLS[row["protocol"]].split for row in due):
        split = split_log(log, split_name, valid, test, gap)
        of_split = [row for row in due if PROTOCOLS[row["protocol"]].split == split_name]
        for model in dict.fromkeys(row["model"] for row in of_split):
            of_model = [row for row in of_split if row["model"] == model]
            bar.set_description(f"{split_name}, {model}")
            for row in _judged(model, split, of_model, epochs):
                rows.add(row)
                bar.update()


def _judged(model, split, due, epochs):
    """Yields the rows of one model on one Split."""
    try:
        scorer, index, seconds = learn(model, split.train, epochs, due[0]["seed"])
    except ValueError as error:
        raise ValueError(f"{model}: {error}") from error
    asked = {}
    for row in due:
        targets = PROTOCOLS[row["protocol"]].targets
        if targets not in asked:
            asked[targets] = ask(split.known, split.test, index, targets=targets)
        metrics = judge_asked(scorer, asked[targets], exclude_seen=SEEN[row["seen"]])
        counts = asked[targets].counts()
        known = {"items": index.n_items, "train_seconds": round(seconds, 3)}
        yield row | {name: round(value, 6) for name, value in metrics.items()} | counts | known


def _sizes(core):
    """(5, 3) of "5/3"."""
    if not isinstance(core, str) or not re.fullmatch("[1-9][0-9]{0,8}/[1-9][0-9]{0,8}", core):
        raise ValueError(
            f"core must be U/I, two whole numbers of 1 or more, got {shown(core)}. Cure: 1/5."
        )
    users, _, items = core.partition("/")
    return int(users), int(items)


def _names(what, names, there):
    """The names of a list, each once. Raises ValueError for one that is not there."""
    unknown = [name for name in names if name not in there]
    if unknown:
        raise ValueError(
            f"{what} must be of {', '.join(there)}, got {shown(unknown[0])}. Cure: one of these."
        )
    return list(dict.fromkeys(names))


def _digest(log):
    """A checksum of who did what when, in the order of the rows."""
    columns = log[list(REQUIRED)]
    if "session_id" in log:
        # Whatever stands there: nobody has checked it.
        columns = columns.assign(session_id=log["session_id"].astype(str))
    hashes = pd.util.hash_pandas_object(columns, index=False).to_numpy()
    return hashlib.sha256(hashes.tobytes()).hexdigest()
