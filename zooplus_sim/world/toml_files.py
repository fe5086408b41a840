"""A TOML file as plain values, with what it may cost bounded before it is parsed.

`tomllib` takes time and memory that grow with the square of a dotted key's parts (16 GB for a key
of 50,000), and falls over arrays in arrays in arrays. So a linear scan comes first. It knows what a
string and a comment are, as dots and brackets in them mean nothing.
"""

from __future__ import annotations

import os
import re
import tomllib
from pathlib import Path

from zooplus_sim.checks import LONGEST_TEXT, cut
from zooplus_sim.world.parts import WorldError

LARGEST = 1_000_000  # bytes of a file
DEEPEST = 12  # parts of a key, and brackets within brackets; a world needs three and two
MOST_KEYS = 20_000  # equals signs and headers; the default world has some 250

_TOKEN = re.compile(
    r'''
      (?P<string>
        """ (?: [^"\\]++ | \\. | "(?!"") )*+ """"{0,2}
      | \'\'\' (?: [^']++ | '(?!'') )*+ \'\'\''{0,2}
      | "(?!"") (?: [^"\\\n]++ | \\. )*+ "
      | '(?!\'\') [^'\n]*+ '
      )
    | (?P<comment> \#[^\n]*+ )
    | (?P<sign> [\[\]{}=.,\n"'] )
    ''',
    re.VERBOSE | re.DOTALL,
)


def read_toml(path: str | os.PathLike) -> dict:
    """The values of a TOML file.

    Raises WorldError, without the file's name, for more than a megabyte, for text that is no TOML
    or no UTF-8, and for keys or brackets that are too many or too deep; OSError where there is no
    file.
    """
    with Path(path).open("rb") as file:
        content = file.read(LARGEST + 1)
    if len(content) > LARGEST:
        raise WorldError(f"the file must be a world of at most {LARGEST:,} bytes, got more")
    try:
        text = content.decode("utf-8-sig").replace("\r\n", "\n")
    except UnicodeDecodeError as error:
        raise WorldError(f"the file must be UTF-8 text, got other bytes: {error.reason}") from None
    _check_depth(text)
    try:
        return tomllib.loads(text)
    except (ValueError, RecursionError) as error:
        # ValueError: also of a number with more digits than Python reads.
        raise WorldError(f"not a valid TOML file: {cut(str(error), LONGEST_TEXT // 2)}") from None


def _check_depth(text: str) -> None:
    """Raise WorldError for a text that `tomllib` would take too long over."""
    line = 1
    dots = 0
    brackets = 0
    keys = 0
    for token in _TOKEN.finditer(text):
        sign = token["sign"]
        if sign is None:
            line += token[0].count("\n")
            continue
        if sign in "\"'":
            # A string that does not end: `tomllib` stops here too, and says so.
            return
        if sign == ".":
            dots += 1
        else:
            dots = 0
        if sign in "[{":
            brackets += 1
        elif sign in "]}":
            brackets = max(0, brackets - 1)
        keys += sign in "=["
        for found, most, what in (
            (dots + 1, DEEPEST, "parts of a key"),
            (brackets, DEEPEST, "brackets within brackets"),
            (keys, MOST_KEYS, "keys, tables and lists"),
        ):
            if found > most:
                raise WorldError(f"line {line}: the {what} must be at most {most:,}, got more")
        line += sign == "\n"
