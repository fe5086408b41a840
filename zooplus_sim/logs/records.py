"""What is written down about a folder of blocks: its manifest, and until it is whole a journal.

Whoever reads such a folder checks, in this order:

1. `_journal.jsonl` is there: the folder is UNFINISHED. A run is writing it, or was killed, or mends
   it, and then there is a manifest too. Its first line says what log it is (the manifest without
   rows and blocks), each other line is the record of a block that is finished.
2. `_manifest.json` is there: the log was whole once. It says what log it is (format, shop,
   journeys, users_per_block, truth), rows, and blocks, a record for each file, users ascending:
   {"file": name, "first_user": id, "users": how many, "rows": clicks, "sha256": [checksum, ...]}.
   The first checksum is that of the file in the same folder (the second, in the log's folder, that
   of the file with the truth).
3. The folder's .parquet files are those of the blocks, each once, with these checksums. `rows`,
   `first_user` and `users` help to find a block; what counts is what is in the file.

Names with a dot or an underscore in front are no part of the log.
"""

from __future__ import annotations

import hashlib
import json
import re
from pathlib import Path

from zooplus_sim.checks import cut, told, told_path

# Readers of Parquet pass over names with an underscore.
MANIFEST = "_manifest.json"
JOURNAL = "_journal.jsonl"
CURE = "Cure: another folder, or delete this one and begin again."


def read_records(folder: Path, plan: dict, n_files: int) -> dict[str, list[str]] | None:
    """The checksums that an earlier run has written down, by file name; None if there was no run.

    plan:    what log is to be in the folder
    n_files: how many checksums a block has

    A record that makes no sense is left out, so that its block is made again. Raises ValueError
    that names the file if it is of another log, or so damaged that it does not say of which.
    """
    path = folder / MANIFEST
    read = _of_manifest
    if not path.exists():
        path = folder / JOURNAL
        read = _of_journal
    if not path.exists():
        return None
    earlier, records = read(path)
    for name in (*plan, "holds"):
        if earlier.get(name) != plan.get(name):
            was = _shown(earlier.get(name))
            raise ValueError(
                f"{told_path(path)} is of another log: {name} was {was}, now "
                f"{_shown(plan.get(name))}. Cure: another folder, or the settings that it was "
                "begun with."
            )
    good = [record for record in records if _makes_sense(record, n_files)]
    return {record["file"]: record["sha256"] for record in good}


def check_parts(folder: Path, names: set[str], is_known: bool) -> None:
    """Raise ValueError for a Parquet file in the folder that no run of this log has written.

    names:    the files that the log will have
    is_known: whether a manifest or a journal says that the folder is this log's
    """
    for path in sorted(folder.glob("*.parquet")):
        if path.name.startswith((".", "_")):
            continue
        if not is_known or path.name not in names:
            raise ValueError(
                f"{told_path(folder)} holds {cut(path.name)}, which is no part of this log. {CURE}"
            )
        if not path.is_file():
            raise ValueError(f"{told_path(path)} must be a plain file. {CURE}")


def checksum(path: Path) -> str | None:
    """sha256 of a file, None if it is not there."""
    if not path.is_file():
        return None
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _of_manifest(path):
    document = _parsed(path, _text_of(path))
    records = document.get("blocks")
    if not isinstance(records, list):
        raise ValueError(f"{told_path(path)} must list its blocks, and does not. {CURE}")
    return document, records


def _of_journal(path):
    """The plan and the records; a line cut short is left out, so that its block is made again."""
    first, *others = _text_of(path).split("\n")
    plan = _parsed(path, first)
    records = []
    for line in others:
        try:
            records.append(json.loads(line))
        except (ValueError, RecursionError):
            continue
    return plan, records


def _text_of(path) -> str:
    if not path.is_file():
        raise ValueError(f"{told_path(path)} must be a plain file. {CURE}")
    # Bytes that are no text become text that is no JSON.
    return path.read_text(encoding="utf-8", errors="replace")


def _parsed(path, text) -> dict:
    """A JSON object. Raises ValueError that names the file for anything else."""
    try:
        document = json.loads(text)
    except (ValueError, RecursionError):
        document = None
    if not isinstance(document, dict):
        raise ValueError(
            f"{told_path(path)} is damaged or cut short: it does not say of which log it is. {CURE}"
        )
    return document


def _makes_sense(record, n_files) -> bool:
    if not isinstance(record, dict) or not isinstance(record.get("file"), str):
        return False
    sums = record.get("sha256")
    if not isinstance(sums, list) or len(sums) != n_files:
        return False
    return all(isinstance(text, str) and re.fullmatch("[0-9a-f]{64}", text) for text in sums)


def _shown(value) -> str:
    """A part of a plan, as JSON has it."""
    try:
        return cut(json.dumps(value), 120)
    except (ValueError, RecursionError):
        return told(value)
