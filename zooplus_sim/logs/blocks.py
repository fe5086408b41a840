"""The blocks of a log: which shoppers are in which file, and how one is written or kept."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np

from zooplus_sim.files import whole_files, write_table
from zooplus_sim.journeys.simulator import ZooplusSimulator
from zooplus_sim.logs.records import checksum

#: Of one log: their records are in memory, and a folder of more is no use to anybody.
MOST_BLOCKS = 1_000_000


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


def make_block(
    shop: ZooplusSimulator, block: Block, sums: list[str] | None, threads: int = 1
) -> dict:
    """Write one block, or keep it if its files are those that were written before.

    sums:    the checksums of an earlier run, or None
    threads: of `ZooplusSimulator.journeys`

    Returns the block's record: its file, users, rows and checksums.
    """
    if sums is None or sums != [checksum(path) for path in block.paths] or not _fits(block):
        users = np.arange(block.first, block.first + block.users)
        journeys = shop.journeys(**block.options, users=users, workers=threads)
        tables = [journeys.interactions, journeys.truth][: len(block.paths)]
        with whole_files(block.paths) as files:
            for table, file, path in zip(tables, files, block.paths, strict=True):
                write_table(table, file, path)
        sums = [str(checksum(path)) for path in block.paths]
    return _record(block, sums)


def _record(block, sums) -> dict:
    """What a manifest says of a block; the rows are counted in the file."""
    from pyarrow import parquet

    return {
        "file": block.name,
        "first_user": block.first,
        "users": block.users,
        "rows": parquet.read_metadata(block.path).num_rows,
        "sha256": sums,
    }


def _fits(block) -> bool:
    """Whether the file's own statistics name the block's first and last user.

    A record may give the right checksum of a wrong file.
    """
    from pyarrow import parquet

    try:
        about = parquet.read_metadata(block.path)
        groups = [about.row_group(number) for number in range(about.num_row_groups)]
        names = about.schema.names
        users = [group.column(names.index("user_id")).statistics for group in groups]
        first = min(of_group.min for of_group in users)
        last = max(of_group.max for of_group in users)
        rows = {parquet.read_metadata(path).num_rows for path in block.paths}
    except (OSError, ValueError, AttributeError, TypeError):
        return False
    return (first, last, len(rows)) == (block.first, block.first + block.users - 1, 1)


def cut_into_blocks(
    shop: ZooplusSimulator, options: dict, users_per_block: int, folder: Path, truth: Path | None
) -> list[Block]:
    """All blocks of a log, users ascending.

    options: of `ZooplusSimulator.journeys`
    folder:  of the log's files
    truth:   of the truth's, or None

    Raises ValueError for so few shoppers to a block that there would be too many files.
    """
    starts = range(0, shop.n_users, users_per_block)
    if len(starts) > MOST_BLOCKS:
        least = -(-shop.n_users // MOST_BLOCKS)
        raise ValueError(
            f"users_per_block must be at least {least} for {shop.n_users} shoppers, got "
            f"{users_per_block}"
        )
    blocks = []
    for number, first in enumerate(starts):
        users = min(users_per_block, shop.n_users - first)
        name = f"part-{number:06}.parquet"
        blocks.append(Block(first, users, options, folder / name, truth and truth / name))
    return blocks
