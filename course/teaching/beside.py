"""What cells show right above and right below prose that stands on a slide goes along with it."""

import ast
import re

from nbformat import NotebookNode

from course.teaching import carried


def comments(text: str, slide: tuple[str, str, str]) -> bool:
    """Does a text go on from what is above? It has no heading, and its first words on a slide."""
    first = carried.blocks_of(text)[0]
    words = re.findall(r"\w+", re.sub(r"\$.*?\$|<[^>]+>|\[|\]\(.*?\)", " ", first))[:4]
    shown = re.findall(r"\w+", re.sub(r"<[^>]+>", " ", slide[0]))
    is_new = first.startswith("#") or (
        carried.asks(first) and not re.match(r"\*\*Guess:?\*\*:? and", first)
    )
    return not is_new and bool(words) and words == shown[: len(words)]


def is_same(shown: str, block: str) -> bool:
    """Is a block, or what is left of it on a slide, the one that is shown?"""
    return block == shown or (carried.is_prose(block) and carried.without_pointing(block) == shown)


def speaks(cell: NotebookNode) -> bool:
    """Does a cell print what prose can speak of, and not only what the coach says?"""
    return bool(carried.printed(cell)) and not carried.SKIPPED.search(cell.source)


def definition(source: str) -> str:
    """The function that a cell begins with, if it does and is no exercise; else ""."""
    if not source.startswith("def "):
        return ""
    node = ast.parse(source).body[0]
    return "\n".join(source.splitlines()[: node.end_lineno])
