"""The command line: `python -m zooplus_sim.benchmark list`, `make` and `judge`."""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Sequence
from typing import Any, NoReturn

from zooplus_sim.benchmark import making
from zooplus_sim.benchmark.judging import judge
from zooplus_sim.benchmark.report import as_document, as_text
from zooplus_sim.benchmark.track import read_track, track_names
from zooplus_sim.checks import cut, told_path

LONGEST_LINE = 560  # characters of what is wrong
NAME = "zooplus_sim.benchmark"
EXAMPLES = """
examples:
  which tracks there are, how they look beside real shops, how much there is to gain
      python -m zooplus_sim.benchmark list

  the files of one: train.csv, validation.csv, test.csv, catalogue.csv, manifest.json
      python -m zooplus_sim.benchmark make default --out default_track

  what predictions for its test shoppers are worth
      python -m zooplus_sim.benchmark judge default predictions.csv

predictions, of any library (a folder of such files is one answer, each with some of the users):
  .csv      ranked lists, the columns track,user_id,item_id,rank with rank 1, 2, ...
  .npz      track, user_id (B,) and one of probabilities (B, n), scores (B, n), items (B, k)
  .parquet  the same names as columns, a list in each row
track is the token in manifest.json; n are the products 1, 2, ... in this order.

Exit status: 0, or 2 with one line on stderr if something is wrong.
"""


class _Parser(argparse.ArgumentParser):
    def error(self, message: str) -> NoReturn:
        """One line and status 2; argparse would print the usage too."""
        self.exit(2, f"{NAME}: {cut(message, 500)} (--help shows examples)\n")


def build_parser() -> argparse.ArgumentParser:
    """The arguments."""
    parser = _Parser(
        prog="python -m zooplus_sim.benchmark",
        description="A benchmark whose ceiling is known.",
        epilog=EXAMPLES,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    commands = parser.add_subparsers(dest="command", required=True)
    commands.add_parser("list", help="the tracks", description="Print the tracks.")
    track: dict[str, Any] = {
        "metavar": "TRACK",
        "help": "a name that list shows, or the path of a .toml file",
    }
    one = commands.add_parser(
        "make",
        help="write a track's files",
        description=making.__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    one.add_argument("track", **track)
    one.add_argument("--out", required=True, metavar="FOLDER", help="where the files go")
    one = commands.add_parser(
        "judge",
        help="what predictions are worth",
        description="Print what predictions are worth, beside popularity and the oracle.",
    )
    one.add_argument("track", **track)
    one.add_argument("predictions", metavar="PREDICTIONS", help="a file, or a folder of files")
    one.add_argument("--json", action="store_true", help="numbers and intervals as JSON")
    return parser


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command line.

    arguments: what follows the program's name (default: those of this process)

    Returns the exit status, 0 or 2. argparse's own errors leave by SystemExit(2).
    """
    options = build_parser().parse_args(arguments)
    try:
        print(_run(options))
        return 0
    except OSError as error:
        problem = str(error)
        if error.filename and error.strerror:
            problem = f"{told_path(error.filename)}: {error.strerror}"
    except MemoryError:
        problem = "not enough memory; several files in a folder take less than one"
    except ValueError as error:
        problem = str(error)
    except KeyboardInterrupt:
        problem = "stopped"
    print(f"{NAME}:", cut(" ".join(problem.split()), LONGEST_LINE), file=sys.stderr)
    return 2


def _run(options: argparse.Namespace) -> str:
    if options.command == "list":
        return _table()
    track = read_track(options.track)
    if options.command == "make":
        manifest = making.make(track, options.out)
        rows = ", ".join(f"{name} {part['rows']:,}" for name, part in manifest["files"].items())
        return f"{manifest['token']}: {told_path(options.out)} has {rows} rows, and manifest.json"
    verdict = judge(track, options.predictions)
    return json.dumps(as_document(verdict), indent=2) if options.json else as_text(verdict)


def _table() -> str:
    head = ["track", "version", "axis", "products", "train", "clicks", "popularity", "oracle"]
    rows = [head]
    for name in track_names():
        track = read_track(name)
        low, high = track.clicks
        rows.append(
            [
                name,
                str(track.version),
                track.axis,
                f"{track.n_products:,}",
                f"{track.train_shoppers:,}",
                f"{low} to {high}",
                f"{track.figures.get('NDCG@10 of popularity', float('nan')):.3f}",
                f"{track.figures.get('NDCG@10 of the oracle', float('nan')):.3f}",
            ]
        )
    widths = [max(len(row[column]) for row in rows) for column in range(len(head))]
    left = {0, 2}
    lines = [
        "  ".join(
            cell.ljust(width) if column in left else cell.rjust(width)
            for column, (cell, width) in enumerate(zip(row, widths, strict=True))
        ).rstrip()
        for row in rows
    ]
    lines += [
        "",
        "train: shoppers of the log, with so many clicks each. popularity, oracle: expected",
    ]
    return "\n".join([*lines, "NDCG@10 of the log's most popular products, and the best there is."])


if __name__ == "__main__":
    sys.exit(main())
