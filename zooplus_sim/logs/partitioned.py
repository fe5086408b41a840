"""Logs of any size: users in blocks, a Parquet file for each, and a manifest of what is there.

    write_journeys("log", ZooplusSimulator(n_users=1_000_000), events_per_user=40)

or, on a Dask cluster,

    write_journeys("log", shop, events_per_user=40, client=Client("tcp://scheduler:8786"))

Every draw is keyed by user, so a block needs no other: the log is the same bits whatever the size
of the blocks, and whoever makes them. Memory is that of one block per process.

    log/part-000000.parquet ...     a block each, users in order; pandas.read_parquet("log") reads
                                    all of them
    log/_manifest.json              of which shop, how many rows, and the checksum of each file;
                                    written at the end
    log/_journal.jsonl              the same, a line per block that is finished; read when a killed
                                    run is called again
"""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from tqdm.auto import tqdm

from zooplus_sim.checks import check_count
from zooplus_sim.files import UNFINISHED, check_table_paths, whole_files, write_table
from zooplus_sim.journeys.simulator import ZooplusSimulator

# Readers of Parquet pass over names with an underscore.
MANIFEST = "_manifest.json"
JOURNAL = "_journal.jsonl"


@dataclass(frozen=True)
class Block:
    """What one file holds.

    first:   id of its first shopper
    users:   how many shoppers, from that one on
    options: of `ZooplusSimulator.journeys`
    path:    of the log's file
    truth:   of the file with what only the simulator knows, or None
    """

    first: int
    users: int
    options: dict
    path: Path
    truth: Path | None

    @property
    def name(self) -> str:
        """By which a record finds its block."""
        return self.path.name

    @property
    def paths(self) -> list[Path]:
        """One file or two: the log's, and the truth's."""
        return [self.path] if self.truth is None else [self.path, self.truth]


def write_journeys(
    folder: str | os.PathLike,
    shop: ZooplusSimulator,
    *,
    events_per_user: int | tuple[int, int] | None = None,
    sessions_per_user: int | tuple[int, int] | None = None,
    seed: int = 0,
    users_per_block: int = 10_000,
    truth: str | os.PathLike | None = None,
    client: Any = None,
    workers: int = 1,
    progress: bool = True,
) -> dict:
    """Write the journeys of all shoppers of `shop` into `folder`.

    A run that was stopped, or killed, goes on when it is called again: files with the right
    checksum are kept, others are made anew.

    events_per_user, sessions_per_user, seed: as `ZooplusSimulator.journeys` has them
    users_per_block: shoppers in a file; the log does not depend on it
    truth:           another folder, for what only the simulator knows, in files of the same names
                     and rows
    client:          of a Dask cluster (`distributed.Client`) whose workers see the same folders;
                     None works in this process
    workers:         threads of each process
    progress:        whether to show a bar

    Returns the manifest.
    Raises ValueError for a folder that holds another log, and without pyarrow.
    """
    # Absolute, as workers need them.
    folder = Path(folder).absolute()
    truth = None if truth is None else Path(truth).absolute()
    options = {
        "events_per_user": events_per_user,
        "sessions_per_user": sessions_per_user,
        "seed": seed,
    }
    # What is wrong with the options is said before there is any file.
    shop.journeys(**options, users=1, workers=workers)
    starts = range(0, shop.n_users, check_count("users_per_block", users_per_block))
    plan = _plan(shop, options, users_per_block, truth is not None)
    for place in (folder, truth):
        if place is not None:
            place.mkdir(parents=True, exist_ok=True)
    blocks = []
    for number, first in enumerate(starts):
        users = min(users_per_block, shop.n_users - first)
        name = f"part-{number:06}.parquet"
        blocks.append(Block(first, users, options, folder / name, truth and truth / name))
    check_table_paths(blocks[0].paths)
    finished = _read_journal(folder, plan)
    # The journal too begins whole, whenever the run is killed.
    with whole_files([folder / JOURNAL]) as (file,):
        file.write("".join(json.dumps(line) + "\n" for line in (plan, *finished.values())).encode())
    with (
        tqdm(total=len(blocks), unit="block", desc=folder.name, disable=not progress) as bar,
        (folder / JOURNAL).open("a", encoding="utf-8") as journal,
    ):
        for record in _made(shop, blocks, finished, client, workers):
            finished[record["file"]] = record
            journal.write(json.dumps(record) + "\n")
            journal.flush()
            bar.update()
    # What a killed process left behind.
    for stale in (stale for path in blocks[0].paths for stale in path.parent.glob(UNFINISHED)):
        stale.unlink()
    records = [finished[block.name] for block in blocks]
    manifest = plan | {"rows": sum(record["rows"] for record in records), "blocks": records}
    with whole_files([folder / MANIFEST]) as (file,):
        file.write(json.dumps(manifest, indent=1).encode() + b"\n")
    (folder / JOURNAL).unlink()
    return manifest


def make_block(shop: ZooplusSimulator, block: Block, record: dict | None, threads: int = 1) -> dict:
    """Write one block, or keep it if its files are those of `record`.

    record:  of an earlier run, or None
    threads: of `ZooplusSimulator.journeys`

    Returns the block's record: its file, users, rows and checksums.
    """
    if record:
        pairs = zip(block.paths, record["sha256"], strict=True)
        if all(_checksum(path) == expected for path, expected in pairs):
            return record
    users = np.arange(block.first, block.first + block.users)
    journeys = shop.journeys(**block.options, users=users, workers=threads)
    tables = [journeys.interactions, journeys.truth][: len(block.paths)]
    with whole_files(block.paths) as files:
        for table, file, path in zip(tables, files, block.paths, strict=True):
            write_table(table, file, path)
    return {
        "file": block.name,
        "first_user": block.first,
        "users": block.users,
        "rows": len(journeys.interactions),
        "sha256": [_checksum(path) for path in block.paths],
    }


def _made(shop, blocks, finished, client, workers) -> Iterator[dict]:
    """The records of all blocks, as they are finished."""
    records = [finished.get(block.name) for block in blocks]
    if client is None:
        yield from (make_block(shop, *task, workers) for task in zip(blocks, records, strict=True))
        return
    from distributed import as_completed

    shared = client.scatter(shop, broadcast=True)  # once per worker, not once per block
    arguments = ([shared] * len(blocks), blocks, records)
    futures = client.map(make_block, *arguments, threads=workers, pure=False, retries=2)
    try:
        for future in as_completed(futures):
            yield future.result()
            future.release()
    finally:
        client.cancel(futures)  # a run that is stopped leaves no work behind


def _plan(shop, options, users_per_block, has_truth) -> dict:
    """What makes a log this log, and no other."""
    catalogue = hashlib.sha256(shop.products.to_csv().encode()).hexdigest()[:16]
    plan = {
        "format": 1,
        "shop": {
            "world": shop.world.fingerprint,
            "catalogue": catalogue,
            "users": shop.n_users,
            "seed": shop.seed,
        },
        "journeys": options,
        "users_per_block": users_per_block,
        "truth": has_truth,
    }
    return json.loads(json.dumps(plan))  # pairs become lists, as they will when they are read back


def _read_journal(folder, plan) -> dict[str, dict]:
    """The records of an earlier run by file name; {} if there was none.

    Raises ValueError if it was of another log.
    """
    for path, read in ((folder / MANIFEST, _of_manifest), (folder / JOURNAL, _of_journal)):
        if path.exists():
            earlier, records = read(path)
            if other := [name for name in plan if earlier.get(name) != plan[name]]:
                raise ValueError(
                    f"{path} is of another log: {other[0]} was {earlier.get(other[0])}, now "
                    f"{plan[other[0]]}. Cure: another folder, or the settings that it was begun "
                    "with."
                )
            return {record["file"]: record for record in records}
    return {}


def _of_manifest(path):
    document = json.loads(path.read_text(encoding="utf-8"))
    return document, document["blocks"]


def _of_journal(path):
    """The plan and the records; a line cut short is left out, so that its block is made again."""
    lines = []
    for line in path.read_text(encoding="utf-8").splitlines():
        with suppress(json.JSONDecodeError):
            lines.append(json.loads(line))
    return (lines[0], lines[1:]) if lines else ({}, [])


def _checksum(path) -> str | None:
    """sha256 of a file, None if it is not there."""
    if not path.is_file():
        return None
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
