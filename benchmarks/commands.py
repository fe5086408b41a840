"""Makes no table: the command lines that the programs of this folder share."""

import argparse

import pandas as pd


def table_parser(name, description, *, tasks=(), needs_file=True):
    """The parser of a program that makes tables.

    name:        of the module in `benchmarks`
    description: its docstring, shown as it is
    tasks:       names of which the first word is one; none where there is one task only
    needs_file:  whether the table must go to a file; else it may be printed only
    """
    parser = argparse.ArgumentParser(
        prog=f"python -m benchmarks.{name}",
        description=description,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    if tasks:
        parser.add_argument("task", choices=tasks)
    if needs_file:
        parser.add_argument("file", metavar="CSV", help="where the table goes")
    else:
        parser.add_argument("file", metavar="CSV", nargs="?", help="where the table goes, if it is")
    return parser


def write_table(rows, path, digits=4):
    """The table of `rows` as a CSV file; nothing where `path` is None."""
    if path is not None:
        pd.DataFrame(rows).round(digits).to_csv(path, index=False)


def peer(names):
    """A type for argparse: NAME=PYTHON, with one of the names, becomes (name, python)."""

    def parse(word):
        name, _, python = word.partition("=")
        if name not in names or not python:
            raise argparse.ArgumentTypeError(f"{word!r} is not {' or '.join(names)}=PYTHON")
        return name, python

    return parse
