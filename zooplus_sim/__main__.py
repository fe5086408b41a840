"""The command line: `python -m zooplus_sim --users 10000 --sessions 12 --seed 7 --out log.parquet`."""

from __future__ import annotations

import argparse
import re
import sys
from collections.abc import Sequence
from contextlib import nullcontext
from importlib import resources
from pathlib import Path

from zooplus_sim.files import check_table_paths, whole_files, write_table
from zooplus_sim.journeys.simulator import ZooplusSimulator
from zooplus_sim.logs.partitioned import write_journeys
from zooplus_sim.world.world import World

EXAMPLES = """
examples:
  a log of 10,000 shoppers with 12 sessions each
      python -m zooplus_sim --users 10000 --sessions 12 --seed 7 --out log.parquet

  between 20 and 60 clicks per shopper of a large shop, the products and the truth behind each click beside it
      python -m zooplus_sim --users 5000 --events 20-60 --products 2000 --out log.csv --catalogue products.csv \\
          --truth truth.csv

  a shop of your own: write a commented starter file, edit it, open it
      python -m zooplus_sim --write-world my_shop.toml
      python -m zooplus_sim --world my_shop.toml --users 1000 --events 40 --out log.csv

  a million shoppers in a folder of Parquet files, a block of 10,000 shoppers each; the same line goes on after a stop
      python -m zooplus_sim --users 1000000 --events 40 --out log
  ... made by the workers of a Dask cluster that see the same folder (pip install "zooplus-course[scale]")
      python -m zooplus_sim --users 100000000 --events 40 --out log --scheduler tcp://192.0.2.1:8786

tables (CSV or Parquet, by the suffix of the file):
  --out        one row per click, by user and time: user_id, item_id, timestamp (seconds since 1970),
               outcome (0 looked, 0.5 in the cart, 1 bought), session_id (0, 1, ... within the user)
  --truth      the same clicks in the same rows: persona, tier, mission, step (0, 1, ... in the mission's usual order,
               -1 for a distraction), distraction, repeat
  --catalogue  one row per product: product_id (the log's item_id), name, category, product_type, species, price_tier,
               price, popularity

The same options give the same log, bit for bit, with any number of workers and any size of blocks. Files are written
whole or not at all. A name without a suffix is a folder; `zooplus_sim.logs.partitioned` says what is in it.
Exit status: 0, or 2 with one line on stderr if something is wrong.
"""


class _Parser(argparse.ArgumentParser):
    def error(self, message: str):
        """One line and status 2; argparse would print the usage too."""
        self.exit(2, f"zooplus_sim: {message} (--help shows examples)\n")


def _count(text: str) -> int:
    if not re.fullmatch("[0-9]{1,9}", text) or int(text) < 1:
        raise argparse.ArgumentTypeError(
            f"got {text!r}; expected a whole number from 1 to 999999999"
        )
    return int(text)


def _range(text: str) -> tuple[int, int]:
    match = re.fullmatch("([0-9]{1,9})(?:-([0-9]{1,9}))?", text)
    low, high = (int(match[1]), int(match[2] or match[1])) if match else (0, 0)
    if not 1 <= low <= high:
        raise argparse.ArgumentTypeError(
            f"got {text!r}; expected a number such as 40, or a range such as 20-60"
        )
    return low, high


def _seed(text: str) -> int:
    if not re.fullmatch("[0-9]{1,99}", text):
        raise argparse.ArgumentTypeError(
            f"got {text!r}; expected a whole number that is not negative"
        )
    return int(text)


def _parser() -> argparse.ArgumentParser:
    parser = _Parser(
        prog="python -m zooplus_sim",
        description="Simulate a pet shop's click log.",
        epilog=EXAMPLES,
        formatter_class=argparse.RawDescriptionHelpFormatter,
        allow_abbrev=False,
    )
    what = parser.add_mutually_exclusive_group(required=True)
    what.add_argument(
        "--out", metavar="FILE", help="the click log: a .csv or .parquet file, or a folder"
    )
    what.add_argument(
        "--write-world",
        metavar="FILE",
        help="write the default shop, with comments, as a .toml file",
    )
    length = parser.add_mutually_exclusive_group()
    length.add_argument(
        "--events",
        type=_range,
        metavar="N",
        help="clicks per shopper: a number or a range LOW-HIGH",
    )
    length.add_argument(
        "--sessions",
        type=_range,
        metavar="N",
        help="whole sessions per shopper: a number or a range",
    )
    parser.add_argument(
        "--users", type=_count, default=1000, metavar="N", help="shoppers (default: %(default)s)"
    )
    parser.add_argument(
        "--products", type=_count, default=50, metavar="N", help="products (default: %(default)s)"
    )
    parser.add_argument(
        "--seed", type=_seed, default=0, metavar="N", help="of the clicks (default: %(default)s)"
    )
    parser.add_argument(
        "--shop-seed",
        type=_seed,
        default=42,
        metavar="N",
        help="of products and shoppers (default: %(default)s)",
    )
    parser.add_argument(
        "--world",
        metavar="FILE",
        help="a shop of your own: a .toml file (default: the course's shop)",
    )
    parser.add_argument("--truth", metavar="FILE", help="also write what only the simulator knows")
    parser.add_argument("--catalogue", metavar="FILE", help="also write the products")
    parser.add_argument(
        "--workers", type=_count, default=1, metavar="N", help="threads (default: %(default)s)"
    )
    parser.add_argument(
        "--users-per-block",
        type=_count,
        metavar="N",
        help="shoppers per file of a folder (default: 10000)",
    )
    parser.add_argument(
        "--scheduler", metavar="ADDRESS", help="of a Dask cluster that fills the folder"
    )
    parser.add_argument("--quiet", action="store_true", help="no progress bar")
    return parser


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command line. Returns the exit status; argparse's own errors leave by SystemExit(2)."""
    parser = _parser()
    options = parser.parse_args(arguments)
    try:
        if options.write_world:
            if options != parser.parse_args(["--write-world", options.write_world]):
                parser.error("--write-world stands alone: it writes the default shop, nothing else")
            return _write_world(Path(options.write_world))
        if options.events is None and options.sessions is None:
            parser.error("one of --events and --sessions is needed")
        return _write_log(options)
    except OSError as error:
        problem = (
            f"{error.filename}: {error.strerror}"
            if error.filename and error.strerror
            else str(error)
        )
    except (MemoryError, OverflowError):
        problem = "not enough memory for so many rows: ask for fewer users, events or sessions"
    except ValueError as error:
        problem = str(error)
    except KeyboardInterrupt:
        is_folder = options.out and not Path(options.out).suffix
        problem = (
            "stopped; the same line goes on from here"
            if is_folder
            else "stopped; nothing was written"
        )
    print("zooplus_sim:", " ".join(problem.split()), file=sys.stderr)
    return 2


def _write_log(options: argparse.Namespace) -> int:
    if not Path(options.out).suffix:
        return _write_folder(options)
    for name in ("users_per_block", "scheduler"):
        if getattr(options, name) is not None:
            raise ValueError(
                f"--{name.replace('_', '-')} needs a folder: --out with a name without a suffix"
            )
    paths = check_table_paths(
        [path for path in (options.out, options.truth, options.catalogue) if path]
    )
    shop = _shop(options)
    with whole_files(
        paths
    ) as files:  # opened first: a folder that refuses says so before the work, not after
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
    shop, catalogue = (
        _shop(options),
        check_table_paths([options.catalogue] if options.catalogue else []),
    )
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
    if path.exists():
        raise ValueError(f"{path}: is there already; expected the name of a new file")
    with whole_files([path]) as (file,):
        file.write(resources.files("zooplus_sim").joinpath("default_world.toml").read_bytes())
    return 0


if __name__ == "__main__":
    sys.exit(main())
