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
    log/_journal.jsonl              the same, a line per block that is finished; there as long as
                                    the folder is not whole, read when a killed run is called again
    log/.zooplus_sim.lock           locked by the run that writes the folder

A folder with the truth has a journal and a manifest of its own. `records` says what they hold, and
what a reader has to check.
"""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from typing import Any

from filelock import FileLock, Timeout
from tqdm.auto import tqdm

from zooplus_sim.checks import check_count, told_path
from zooplus_sim.files import (
    check_folder,
    check_table_paths,
    clear_leftovers,
    named_if_full,
    whole_files,
)
from zooplus_sim.journeys.requests import check_length, check_room
from zooplus_sim.journeys.simulator import ZooplusSimulator
from zooplus_sim.keyed_random import check_seed
from zooplus_sim.logs.blocks import cut_into_blocks, make_block
from zooplus_sim.logs.records import JOURNAL, MANIFEST, check_parts, read_records

LOCK = ".zooplus_sim.lock"


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
    Raises ValueError for a folder that holds anything else, or whose journal or manifest is
    damaged, for one that another run is writing, and without pyarrow.
    """
    # Absolute, as workers need them.
    folder = check_folder(folder)
    truth = None if truth is None else check_folder(truth)
    if truth == folder:
        raise ValueError(f"truth must be another folder, got {told_path(folder)} for both")
    if truth is not None and (folder in truth.parents or truth in folder.parents):
        # A reader of the outer folder would read both.
        raise ValueError(
            f"truth must be a folder beside the log's, got {told_path(truth)} and "
            f"{told_path(folder)}, one inside the other. Cure: another name."
        )
    unit, count = check_length(events_per_user, sessions_per_user)
    users_per_block = check_count("users_per_block", users_per_block)
    options = {
        "events_per_user": _plain(events_per_user),
        "sessions_per_user": _plain(sessions_per_user),
        "seed": check_seed(seed),
    }
    # What is wrong with the options is said before there is any file.
    shop.journeys(**options, users=1, workers=workers)
    blocks = cut_into_blocks(shop, options, users_per_block, folder, truth)
    check_room(f"{unit}_per_user", count, blocks[0].users)
    plan = _plan(shop, options, users_per_block, truth is not None)
    plans = {folder: plan} if truth is None else {folder: plan, truth: plan | {"holds": "truth"}}
    with named_if_full(folder), ExitStack() as stack:
        for place in plans:
            place.mkdir(parents=True, exist_ok=True)
            stack.enter_context(_only_run(place))
        known = _known(plans, blocks)
        check_table_paths(blocks[0].paths)
        for place, of_place in plans.items():
            _begin_journal(place, of_place, known if place == folder else {}, blocks)
        clear_leftovers(plans)
        records = _made_all(shop, blocks, known, client, workers, progress)
        # What a killed worker left behind.
        clear_leftovers(plans)
        for number, (place, of_place) in enumerate(plans.items()):
            _write_manifest(place, of_place, records, number)
        for place in plans:
            (place / JOURNAL).unlink()
    return _manifest(plan, records)


@contextmanager
def _only_run(folder) -> Iterator[None]:
    """Nobody else writes this folder. Raises ValueError if somebody does."""
    lock = FileLock(folder / LOCK)
    try:
        lock.acquire(timeout=0)
    except Timeout:
        raise ValueError(
            f"{told_path(folder)} must be written by one run at a time, and another one is at it. "
            "Cure: another folder, or wait for its end."
        ) from None
    try:
        yield
    finally:
        lock.release()


def _known(plans, blocks) -> dict[str, list[str]]:
    """The checksums of an earlier run by file name. Raises ValueError for what is not of this log.

    plans: by folder, the log's first
    """
    n_files = len(blocks[0].paths)
    found = [read_records(place, plan, n_files) for place, plan in plans.items()]
    is_known = any(sums is not None for sums in found)
    for place in plans:
        check_parts(place, {block.name for block in blocks}, is_known)
    return found[0] or {}


def _begin_journal(place, plan, known, blocks) -> None:
    """The journal too begins whole, whenever the run is killed."""
    lines = [plan]
    for block in blocks:
        if block.name in known:
            about = {"file": block.name, "first_user": block.first, "users": block.users}
            lines.append(about | {"sha256": known[block.name]})
    with whole_files([place / JOURNAL]) as (file,):
        file.write("".join(json.dumps(line) + "\n" for line in lines).encode())


def _made_all(shop, blocks, known, client, workers, progress) -> list[dict]:
    """The records of all blocks in order; each is noted in the journal as soon as it is made."""
    folder = blocks[0].path.parent
    finished = {}
    with (
        tqdm(total=len(blocks), unit="block", desc=folder.name, disable=not progress) as bar,
        (folder / JOURNAL).open("a", encoding="utf-8") as journal,
    ):
        for record in _made(shop, blocks, known, client, workers):
            finished[record["file"]] = record
            journal.write(json.dumps(record) + "\n")
            journal.flush()
            bar.update()
    return [finished[block.name] for block in blocks]


def _made(shop, blocks, known, client, workers) -> Iterator[dict]:
    """The records of all blocks, as they are finished."""
    sums = [known.get(block.name) for block in blocks]
    if client is None:
        yield from (make_block(shop, *task, workers) for task in zip(blocks, sums, strict=True))
        return
    from distributed import as_completed

    shared = client.scatter(shop, broadcast=True)  # once per worker, not once per block
    arguments = ([shared] * len(blocks), blocks, sums)
    futures = client.map(make_block, *arguments, threads=workers, pure=False, retries=2)
    try:
        for future in as_completed(futures):
            yield future.result()
            future.release()
    finally:
        client.cancel(futures)  # a run that is stopped leaves no work behind


def _manifest(plan, records) -> dict:
    return plan | {"rows": sum(record["rows"] for record in records), "blocks": records}


def _write_manifest(place, plan, records, number) -> None:
    """number: 0 in the log's folder, 1 in the truth's, whose files have the second checksums."""
    if number:
        records = [record | {"sha256": record["sha256"][number:]} for record in records]
    with whole_files([place / MANIFEST]) as (file,):
        file.write(json.dumps(_manifest(plan, records), indent=1).encode() + b"\n")


def _plain(count):
    """A number, a range or None, as JSON has them: NumPy's numbers are none to JSON."""
    if isinstance(count, tuple | list):
        return [int(bound) for bound in count]
    return count if count is None else int(count)


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
