"""Formats whose lines are JSON objects, or Python dicts: one line at a time."""

import json
import math
import warnings

import numpy as np

from seqrec.checks import shown
from seqrec.data.public_logs.clocks import DUE, seconds_of
from seqrec.data.public_logs.format import Format
from seqrec.data.public_logs.joined import Columns
from seqrec.data.public_logs.literals import read_dict
from seqrec.data.public_logs.refusals import bad_cell, bad_line, decoded
from seqrec.data.public_logs.tables import BYTE_ORDER_MARK, MOST_STARS


class JsonReader:
    """Reads blocks of lines into columns. `add` is called with each block in turn."""

    def __init__(self, format: Format, columns: Columns) -> None:
        self.format = format
        self.columns = columns
        self.line = 1

    def add(self, data: bytes) -> None:
        """The next whole lines. Raises BadLog for what the format does not allow."""
        if self.line == 1:
            data = data.removeprefix(BYTE_ORDER_MARK)
        lines = data.removesuffix(b"\n").split(b"\n")
        with warnings.catch_warnings():
            # Python's remarks on escapes in the texts of reviews, which are not read.
            warnings.simplefilter("ignore")
            rows = [self._row(line, number) for number, line in enumerate(lines, start=self.line)]
        users, items, times, stars = zip(*rows, strict=True)
        self.columns.id_column("user_id").add_texts(users)
        self.columns.id_column("item_id").add_texts(items)
        self.columns.add("timestamp", np.array(times))
        if self.format.outcome:
            self.columns.add("outcome", np.array(stars, float))
        self.columns.end_block(len(rows))
        self.line += len(rows)

    def _row(self, line, number):
        found = read_line(line, number, self.format)
        format = self.format
        stars = self._stars(found, number) if format.outcome else None
        name, written = _entry(found, format.times, number)
        time = seconds_of(written, format.written)
        if time is None:
            raise bad_cell(number, name, DUE[format.written], shown(written))
        return _id(found, format.user, number), _id(found, format.item, number), time, stars

    def _stars(self, found, number):
        name, stars = _entry(found, self.format.outcome, number)
        is_number = isinstance(stars, int | float) and not isinstance(stars, bool)
        if not is_number or math.isnan(stars) or not 0 <= stars <= MOST_STARS:
            raise bad_cell(number, name, f"a number from 0 to {MOST_STARS}", shown(stars))
        return stars


def read_line(line: bytes, number: int, format: Format) -> dict:
    """The object in a line, as a dict. Raises BadLog for a line that holds none."""
    literals = format.literals
    text = decoded(line, number)
    # JSON has double quotes; to try it on each line of Python takes time.
    found = None if text.startswith(("{u'", "{'")) else _json(text)
    if found is None and literals:
        found = read_dict(text.strip(), format.wanted)
    if not isinstance(found, dict):
        due = "a JSON object or a Python dict" if literals else "a JSON object"
        raise bad_line(number, f"must hold {due}, got {shown(text)}")
    return found


def _json(text):
    """What a line of JSON says; None if it is none."""
    try:
        return json.loads(text)
    except (ValueError, RecursionError):
        return None


def _entry(found, names, number):
    for name in names:
        if name in found:
            return name, found[name]
    raise bad_line(number, f"must have an entry {names[0]!r}, found {shown(list(found), 120)}")


def _id(found, names, number):
    name, value = _entry(found, names, number)
    if isinstance(value, int) and not isinstance(value, bool) and 0 <= value < 2**64:
        return str(value)
    if not isinstance(value, str) or not value:
        raise bad_cell(number, name, "an id: text, or a whole number", shown(value))
    try:
        value.encode("utf-8")
    except UnicodeEncodeError as error:
        raise bad_cell(number, name, "an id without half characters", shown(value)) from error
    return value
