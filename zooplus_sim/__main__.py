"""The command line: `python -m zooplus_sim --users 10000 --sessions 12 --out log.parquet`."""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Sequence
from contextlib import nullcontext
from importlib import resources
from pathlib import Path

from zooplus_sim.checks import cut, told_path
from zooplus_sim.files import (
    check_file,
    check_folder,
    check_table_paths,
    clear_leftovers,
    named_if_full,
    whole_files,
    write_table,
)
from zooplus_sim.journeys.simulator import ZooplusSimulator
from zooplus_sim.logs.arguments import EVENTS, build_parser
from zooplus_sim.logs.partitioned import write_journeys
from zooplus_sim.world.world import World

LONGEST_LINE = 560  # characters of what is wrong


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command line.

    arguments: what follows the program's name (default: those of this process)

    Returns the exit status, 0 or 2. argparse's own errors leave by SystemExit(2).
    """
    parser = build_parser()
    options = parser.parse_args(arguments)
    try:
        if options.write_world:
            if options != parser.parse_args(["--write-world", options.write_world]):
                parser.error("--write-world stands alone: it writes the default shop, nothing else")
            return _write_world(Path(options.write_world))
        if options.events is None and options.sessions is None:
            options.events = EVENTS
        return _write_log(options)
    except OSError as error:
        problem = str(error)
        if error.filename and error.strerror:
            problem = f"{told_path(error.filename)}: {error.strerror}"
    except (MemoryError, OverflowError):
        problem = "not enough memory for so many rows: ask for fewer users, events or sessions"
    except ValueError as error:
        problem = str(error)
    except KeyboardInterrupt:
        problem = "stopped; nothing was written"
        if options.out and not Path(options.out).suffix:
            problem = "stopped; the same line goes on from here"
    print("zooplus_sim:", cut(" ".join(problem.split()), LONGEST_LINE), file=sys.stderr)
    return 2


def _write_log(options: argparse.Namespace) -> int:
    if not Path(options.out).suffix:
        return _write_folder(options)
    for name in ("users_per_block", "scheduler"):
        if getattr(options, name) is not None:
            raise ValueError(
                f"--{name.replace('_', '-')} needs a folder: --out with a name without a suffix"
            )
    given = [path for path in (options.out, options.truth, options.catalogue) if path]
    paths = check_table_paths(given)
    shop = _shop(options)
    clear_leftovers({path.parent for path in paths})
    # The files are opened first: a folder that refuses says so before the work, not after.
    with named_if_full(paths[0]), whole_files(paths) as files:
        journeys = shop.journeys(
            events_per_user=options.events,
            sessions_per_user=options.sessions,
            seed=options.seed,
            workers=options.workers,
            progress=not options.quiet,
        )
        tables = [journeys.interactions]
        tables += [journeys.truth] if options.truth else []
        tables += [shop.products.reset_index()] if options.catalogue else []
        for table, file, path in zip(tables, files, paths, strict=True):
            write_table(table, file, path, progress=not options.quiet)
    return 0


def _write_folder(options: argparse.Namespace) -> int:
    if options.truth and Path(options.truth).suffix:
        raise ValueError(
            f"--truth {options.truth}: --out is a folder, so --truth must be one too, of another "
            "name"
        )
    check_folder(options.out)
    shop = _shop(options)
    catalogue = check_table_paths([options.catalogue] if options.catalogue else [])
    with whole_files(catalogue) as files, _client(options.scheduler) as client:
        write_journeys(
            options.out,
            shop,
            events_per_user=options.events,
            sessions_per_user=options.sessions,
            seed=options.seed,
            users_per_block=options.users_per_block or 10_000,
            truth=options.truth,
            client=client,
            workers=options.workers,
            progress=not options.quiet,
        )
        for file, path in zip(files, catalogue, strict=True):
            write_table(shop.products.reset_index(), file, path)
    return 0


def _shop(options: argparse.Namespace) -> ZooplusSimulator:
    world = World.from_toml(options.world) if options.world else None
    return ZooplusSimulator(options.products, options.users, options.shop_seed, world=world)


def _client(address: str | None):
    """A client of the Dask cluster there, or None; either way for a `with` block."""
    if address is None:
        return nullcontext()
    try:
        from distributed import Client
    except ImportError:
        raise ValueError('--scheduler needs Dask: pip install "zooplus-course[scale]"') from None
    try:
        return Client(address, timeout=10)
    except OSError as error:
        raise ValueError(
            f"--scheduler {address}: no Dask scheduler answers there ({error})"
        ) from None


def _write_world(path: Path) -> int:
    """The default shop's own file, comments and all.

    Never over a file that is there: it may be a teacher's shop.
    """
    if path.suffix.lower() != ".toml":
        raise ValueError(f"{path}: unknown suffix {path.suffix!r}; expected .toml")
    # A broken link is something too.
    if os.path.lexists(path):
        raise ValueError(f"{path}: is there already; expected the name of a new file")
    path = check_file(path)
    clear_leftovers([path.parent])
    with whole_files([path]) as (file,):
        file.write(resources.files("zooplus_sim").joinpath("default_world.toml").read_bytes())
    return 0


if __name__ == "__main__":
    sys.exit(main())
