"""How far a table turns with the protocol: the same models on one log, judged in several ways.

    python -m seqrec.reproduce.protocols clicks.csv --out runs/protocols
    python -m seqrec.reproduce.protocols movielens-1m --core 1/5 --out runs/movielens-protocols
    python -m seqrec.reproduce.protocols clicks.csv --gap 1800 --networks --out runs/protocols

The folder gets `table.csv`: for each protocol and model HR@10, NDCG@10, coverage, who was judged,
what could not be foretold, and how long the model learned (processor time). A run that was stopped
goes on from there. The protocols are told in `seqrec.reproduce.protocol`, the metrics in
`seqrec.reproduce.contest`, the counts in `seqrec.data.targets`. All models have the library's
default settings, but that EASE reads a user's newest 200 events, and networks are trained for
--epochs. All learn from the part `train` alone.
"""

import argparse

from seqrec.checks import cut
from seqrec.data.files import load_interactions
from seqrec.data.movielens import load_movielens_1m
from seqrec.data.public_logs.log import load_public_log
from seqrec.reproduce.comparison import KEY, SEEN, compare_protocols
from seqrec.reproduce.contest import COUNTED, MODELS, NETWORKS
from seqrec.reproduce.protocol import PROTOCOLS

#: Characters of what is wrong.
LONGEST = 560


def _read(options):
    """A log from a file, or MovieLens 1M."""
    if options.log == "movielens-1m":
        return load_movielens_1m(options.data).interactions
    if options.format:
        return load_public_log(options.log, None if options.format == "auto" else options.format)
    return load_interactions(options.log)


def main(arguments=None):
    """Run the command line. arguments: list of words; None takes those of the command.

    Raises SystemExit with code 2 for what makes no sense, 130 for Ctrl-C.
    """
    parser = argparse.ArgumentParser(
        prog="python -m seqrec.reproduce.protocols",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument(
        "log", help="a CSV or Parquet file with user_id, item_id and timestamp; or movielens-1m"
    )
    parser.add_argument(
        "--format", help="the log is a published one, see seqrec.data.load_public_log; or auto"
    )
    parser.add_argument("--out", required=True, metavar="FOLDER", help="gets table.csv")
    parser.add_argument("--data", metavar="FOLDER", help="where MovieLens is, or should be put")
    parser.add_argument(
        "--core",
        nargs="+",
        default=["1/1"],
        metavar="U/I",
        help="users with U events and items with I, several ways (default 1/1)",
    )
    parser.add_argument(
        "--protocols",
        nargs="+",
        choices=PROTOCOLS,
        help="default: all that the log allows; sessions need session_id or --gap",
    )
    parser.add_argument("--models", nargs="+", choices=MODELS, help="default: those that count")
    parser.add_argument("--networks", action="store_true", help="and those that are trained")
    parser.add_argument(
        "--seen",
        nargs="+",
        choices=SEEN,
        default=list(SEEN),
        help="whether what a user has had may be in a list (default: both)",
    )
    parser.add_argument(
        "--valid",
        type=float,
        default=0.8,
        help="share of events before the moment up to which models learn",
    )
    parser.add_argument(
        "--test", type=float, default=0.9, help="... before the first that is asked"
    )
    parser.add_argument(
        "--gap",
        type=float,
        help="a longer pause ends a session; in the unit of the times, of dates in seconds",
    )
    parser.add_argument("--epochs", type=int, default=5, help="of each network (default 5)")
    parser.add_argument("--seed", type=int, default=0, help="of each network (default 0)")
    options = parser.parse_args(arguments)
    models = list(options.models or COUNTED) + (list(NETWORKS) if options.networks else [])
    try:
        table = compare_protocols(
            _read(options),
            options.out,
            cores=options.core,
            protocols=options.protocols,
            models=models,
            seen=options.seen,
            valid=options.valid,
            test=options.test,
            gap=options.gap,
            epochs=options.epochs,
            seed=options.seed,
        )
    except (OSError, ValueError, TypeError) as error:
        parser.exit(2, f"seqrec.reproduce.protocols: {cut(str(error), LONGEST)}\n")
    except KeyboardInterrupt:
        parser.exit(
            130, "seqrec.reproduce.protocols: stopped; the same command goes on from here\n"
        )
    print(table.to_string(index=False, columns=[*KEY, "hr@10", "ndcg@10", "coverage@10"]))


if __name__ == "__main__":
    main()
