"""Logs of any size: users in blocks, a Parquet file for each block, and a manifest that says what
is there.

    write_journeys("log", ZooplusSimulator(n_users=1_000_000), events_per_user=40)
    write_journeys("log", shop, events_per_user=40, client=Client("tcp://scheduler:8786"))     on a Dask cluster

Every draw is keyed by user, so a block needs no other: the log is the same bits whatever the size
of the blocks, and whoever makes them. Memory is that of one block per process.

    log/part-000000.parquet ...     a block each, users in order; pandas.read_parquet("log") reads all of them
    log/_manifest.json              of which shop, how many rows, and the checksum of each file; written at the end
    log/_journal.jsonl              the same, a line per block that is finished; read when a killed run is called again
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from tqdm.auto import tqdm

from zooplus_sim.checks import check_count
from zooplus_sim.files import UNFINISHED, check_table_paths, whole_files, write_table
from zooplus_sim.journeys.simulator import ZooplusSimulator

MANIFEST, JOURNAL = (
    "_manifest.json",
    "_journal.jsonl",
)  # readers of Parquet pass over names with an underscore


@dataclass(frozen=True)
class Block:
    """What one file holds: `users` shoppers from id `first` on.

    `options`: of `ZooplusSimulator.journeys`.
    """

    first: int
    users: int
    options: dict
    path: Path
    truth: Path | None

    @property
    def name(self) -> str:
        return self.path.name

    @property
    def paths(self) -> list[Path]:
        return [self.path] if self.truth is None else [self.path, self.truth]


def write_journeys(
    folder, shop: ZooplusSimulator, *,
    events_per_user=None, sessions_per_user=None, seed=0,
    users_per_block=10_000, truth=None, client=None, workers=1, progress=True,
):  # fmt: skip
    """Write the journeys of all shoppers of `shop` into `folder`. Returns the manifest, a dict.

    events_per_user, sessions_per_user, seed: as `ZooplusSimulator.journeys` has them.
    users_per_block: shoppers in a file; the log does not depend on it. truth: another folder, for
    what only the simulator knows, in files of the same names and rows.
    client: of a Dask cluster (`distributed.Client`) whose workers see the same folders; None works
    in this process.
    workers: threads of each process.

    A run that was stopped, or killed, goes on when it is called again: files with the right
    checksum are kept, others are made anew. Raises ValueError for a folder that holds another log,
    and without pyarrow.
    """
    folder, truth = (
        Path(folder).absolute(),
        None if truth is None else Path(truth).absolute(),
    )  # as workers need them
    options = {
        "events_per_user": events_per_user,
        "sessions_per_user": sessions_per_user,
        "seed": seed,
    }
    shop.journeys(
        **options, users=1, workers=workers
    )  # what is wrong with them is said before there is any file
    starts = range(0, shop.n_users, check_count("users_per_block", users_per_block))
    plan = _plan(shop, options, users_per_block, truth is not None)
    for place in (folder, truth):
        if place is not None:
            place.mkdir(parents=True, exist_ok=True)
    blocks = [
        Block(
            first,
            min(users_per_block, shop.n_users - first),
            options,
            folder / name,
            truth and truth / name,
        )
        for name, first in (
            (f"part-{number:06}.parquet", first) for number, first in enumerate(starts)
        )
    ]
    check_table_paths(blocks[0].paths)
    finished = _read_journal(folder, plan)
    with whole_files([folder / JOURNAL]) as (
        file,
    ):  # so that it begins whole, whenever the run is killed
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
    for stale in (stale for path in blocks[0].paths for stale in path.parent.glob(UNFINISHED)):
        stale.unlink()  # what a killed process left behind
    records = [finished[block.name] for block in blocks]
    manifest = plan | {"rows": sum(record["rows"] for record in records), "blocks": records}
    with whole_files([folder / MANIFEST]) as (file,):
        file.write(json.dumps(manifest, indent=1).encode() + b"\n")
    (folder / JOURNAL).unlink()
    return manifest


def make_block(shop: ZooplusSimulator, block: Block, record: dict | None, threads: int = 1) -> dict:
    """Write one block, or keep it if its files are those of `record`. Returns its record."""
    if record and all(
        _checksum(path) == told for path, told in zip(block.paths, record["sha256"], strict=True)
    ):
        return record
    users = np.arange(block.first, block.first + block.users)
    journeys = shop.journeys(**block.options, users=users, workers=threads)
    tables = [journeys.interactions, journeys.truth][: len(block.paths)]
    with whole_files(block.paths) as files:
        for table, file, path in zip(tables, files, block.paths, strict=True):
            write_table(table, file, path)
    told = {
        "file": block.name,
        "first_user": block.first,
        "users": block.users,
        "rows": len(journeys.interactions),
    }
    return told | {"sha256": [_checksum(path) for path in block.paths]}


def _made(shop, blocks, finished, client, workers) -> Iterator[dict]:
    """The records of all blocks, as they are finished."""
    records = [finished.get(block.name) for block in blocks]
    if client is None:
        yield from (make_block(shop, *task, workers) for task in zip(blocks, records, strict=True))
        return
    from distributed import as_completed

    there = client.scatter(shop, broadcast=True)  # once per worker, not once per block
    futures = client.map(
        make_block, [there] * len(blocks), blocks, records, threads=workers, pure=False, retries=2
    )
    try:
        for future in as_completed(futures):
            yield future.result()
            future.release()
    finally:
        client.cancel(futures)  # a run that is stopped leaves no work behind


def _plan(shop, options, users_per_block, has_truth) -> dict:
    """What makes a log this log, and no other."""
    catalogue = hashlib.sha256(shop.products.to_csv().encode()).hexdigest()[:16]
    told = {
        "shop": {
            "world": shop.world.fingerprint,
            "catalogue": catalogue,
            "users": shop.n_users,
            "seed": shop.seed,
        }
    }
    plan = {
        "format": 1,
        **told,
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
            was, records = read(path)
            if other := [name for name in plan if was.get(name) != plan[name]]:
                raise ValueError(
                    f"{path} is of another log: {other[0]} was {was.get(other[0])}, now "
                    f"{plan[other[0]]}. Cure: another folder, or the settings that it was begun "
                    "with."
                )
            return {record["file"]: record for record in records}
    return {}


def _of_manifest(path):
    document = json.loads(path.read_text(encoding="utf-8"))
    return document, document["blocks"]


def _of_journal(path):
    """The plan and the records; a line that was cut short is left out, so that its block is made
    again.
    """
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
