"""The cures that errors print: where they stand in the sources, and what a table of them holds."""

import ast
import re
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

from tests.project.documented import ROOT

#: `seqrec.data` has a table of its own, in tests/seqrec/data.
PLACES = ("seqrec", "zooplus_sim", "course", "tools")
ELSEWHERE = ("seqrec/data/", "course/keys/")


class Cure(NamedTuple):
    """An error, what it says to do, and the call once that is done.

    told:   words of the message, as they are printed.
    wrong:  called with a new folder, raises that error (or warns).
    mended: called with the same folder, does what the words say and raises nothing.
    """

    told: str
    wrong: Callable[[Path], object]
    mended: Callable[[Path], object]


def cures_in_sources() -> list[tuple[str, str, re.Pattern]]:
    """(place, text, pattern of the message) of every text that holds "Cure:".

    In the text {} stands for what an f-string fills in.
    """
    found = []
    for package in PLACES:
        for path in sorted((ROOT / package).rglob("*.py")):
            name = path.relative_to(ROOT).as_posix()
            if not name.startswith(ELSEWHERE):
                texts = texts_of(ast.parse(path.read_text("utf-8")))
                found += [(name, text, pattern_of(text)) for text in texts if "Cure:" in text]
    return found


def texts_of(tree: ast.AST) -> list[str]:
    """The texts of a program, with {} where an f-string fills something in."""
    filled = [node for node in ast.walk(tree) if isinstance(node, ast.JoinedStr)]
    inside = {id(part) for node in filled for part in node.values}
    found = [
        "".join(part.value if isinstance(part, ast.Constant) else "{}" for part in node.values)
        for node in filled
    ]
    return found + [
        node.value
        for node in ast.walk(tree)
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and id(node) not in inside
    ]


def pattern_of(text: str) -> re.Pattern:
    """What `text` may have become in a message."""
    return re.compile(".*".join(map(re.escape, text.split("{}"))), re.DOTALL)
