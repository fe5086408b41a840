"""What the command line takes: its options, what they may hold, and the help with examples."""

from __future__ import annotations

import argparse
import re
from typing import NoReturn

from zooplus_sim.checks import cut, told

#: Clicks per shopper where neither --events nor --sessions says so.
EVENTS = (10, 60)
EXAMPLES = """
examples:
  a log to begin with: 1,000 shoppers with 10 to 60 clicks each
      python -m zooplus_sim --out clicks.csv

  a log of 10,000 shoppers with 12 sessions each
      python -m zooplus_sim --users 10000 --sessions 12 --seed 7 --out log.parquet

  between 20 and 60 clicks per shopper of a large shop, the products and the truth behind each
  click beside it
      python -m zooplus_sim --users 5000 --events 20-60 --products 2000 --out log.csv \\
          --catalogue products.csv --truth truth.csv

  a shop of your own: write a commented starter file, edit it, open it
      python -m zooplus_sim --write-world my_shop.toml
      python -m zooplus_sim --world my_shop.toml --users 1000 --events 40 --out log.csv

  a million shoppers in a folder of Parquet files, a block of 10,000 shoppers each; the same line
  goes on after a stop
      python -m zooplus_sim --users 1000000 --events 40 --out log
  ... made by the workers of a Dask cluster that see the same folder
  (pip install "zooplus-course[scale]")
      python -m zooplus_sim --users 100000000 --events 40 --out log \\
          --scheduler tcp://192.0.2.1:8786

tables (CSV or Parquet, by the suffix of the file):
  --out        one row per click, by user and time: user_id, item_id, timestamp (seconds since
               1970), outcome (0 looked, 0.5 in the cart, 1 bought), session_id (0, 1, ... within
               the user)
  --truth      the same clicks in the same rows: persona, tier, mission, step (0, 1, ... in the
               mission's usual order, -1 for a distraction), distraction, repeat
  --catalogue  one row per product: product_id (the log's item_id), name, category, product_type,
               species, price_tier, price, popularity

The same options give the same log, bit for bit, with any number of workers and any size of blocks.
Files are written whole or not at all. A name without a suffix is a folder;
`zooplus_sim.logs.partitioned` says what is in it. One run at a time writes a folder.
Exit status: 0, or 2 with one line on stderr if something is wrong.
"""


class _Parser(argparse.ArgumentParser):
    def error(self, message: str) -> NoReturn:
        """One line and status 2; argparse would print the usage too."""
        self.exit(2, f"zooplus_sim: {cut(message, 500)} (--help shows examples)\n")


def _count(text: str) -> int:
    if not re.fullmatch("[0-9]{1,9}", text) or int(text) < 1:
        raise argparse.ArgumentTypeError(
            f"must be a whole number from 1 to 999999999, got {told(text)}"
        )
    return int(text)


def _range(text: str) -> tuple[int, int]:
    match = re.fullmatch("([0-9]{1,9})(?:-([0-9]{1,9}))?", text)
    low, high = (int(match[1]), int(match[2] or match[1])) if match else (0, 0)
    if not 1 <= low <= high:
        raise argparse.ArgumentTypeError(
            f"must be a number such as 40, or a range such as 20-60, got {told(text)}"
        )
    return low, high


def _seed(text: str) -> int:
    if not re.fullmatch("[0-9]{1,99}", text):
        raise argparse.ArgumentTypeError(
            f"must be a whole number that is not negative, got {told(text)}"
        )
    return int(text)


def _path(text: str) -> str:
    if not text or "\0" in text:
        raise argparse.ArgumentTypeError(f"must be a name without NUL, got {told(text)}")
    return text


def build_parser() -> argparse.ArgumentParser:
    """The parser of `python -m zooplus_sim`; its errors are one line, and exit status 2."""
    parser = _Parser(
        prog="python -m zooplus_sim",
        description="Simulate a pet shop's click log.",
        epilog=EXAMPLES,
        formatter_class=argparse.RawDescriptionHelpFormatter,
        allow_abbrev=False,
    )
    output = parser.add_mutually_exclusive_group(required=True)
    output.add_argument(
        "--out", metavar="FILE", help="the click log: a .csv or .parquet file, or a folder"
    )
    output.add_argument(
        "--write-world",
        type=_path,
        metavar="FILE",
        help="write the default shop, with comments, as a .toml file",
    )
    length = parser.add_mutually_exclusive_group()
    length.add_argument(
        "--events",
        type=_range,
        metavar="N",
        help="clicks per shopper: a number or a range LOW-HIGH "
        f"(default: {EVENTS[0]}-{EVENTS[1]}, without --sessions)",
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
        type=_path,
        metavar="FILE",
        help="a shop of your own: a .toml file (default: the course's shop)",
    )
    parser.add_argument(
        "--truth", type=_path, metavar="FILE", help="also write what only the simulator knows"
    )
    parser.add_argument("--catalogue", type=_path, metavar="FILE", help="also write the products")
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
