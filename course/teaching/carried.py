"""What a sentence points at goes along with it: a list, a table, a formula, code or its output.

A sentence that points at what is not carried along is dropped.
"""

import re

from nbformat import NotebookNode

#: How a paragraph says that the reader shall stop and guess.
ASKS = ("**Guess", "**Before you run")
MOST_LINES, MOST_CODE = 12, 18  # of an output, of code, on one slide
MOST_WORDS = 80  # of a paragraph that goes along with a guess
#: How a block begins that is no paragraph: a table, a list, code, a formula, a quotation.
_NO_PROSE = ("|", "- ", "* ", "```", "    ", "$$", "> ", "1. ", "<", "#")
_LIST = ("|", "- ", "* ", "1. ", "$$")
_SENTENCE = re.compile(r"(?<=[.?!])\s+(?=[A-Z*\"(`$])")
_POINTS = re.compile(
    r"\b[Hh]ere (?:is|are|comes)\b|\bLook at the (?:table|code|picture|figure|map)\b"
    r"|\b(?:as|formula|table|figure|picture|code|list|cells?|lines?|masks?|exercise|map)"
    r"(?: \w+)? (?:above|below)\b|`\w+` above\b|\b(?:[Tt]ry|[Cc]hange) the list below\b"
    r"|\b(?:above|below)[.:;,)]|\(rows of visits, as above\)"
)
TABLE = re.compile(r"<table.*?</table>", re.DOTALL)
_SKIPPED = re.compile(r"^(?:guess|reveal|hint|quiz|scoreboard)\(|^@exercise", re.MULTILINE)


def blocks_of(text: str) -> list[str]:
    """Paragraphs, lists, tables, formulas, fenced code, in order."""
    found, inside = [], False
    for part in re.split(r"\n[ \t]*\n", text.strip("\n")):
        if inside:
            found[-1] += f"\n\n{part}"
        elif part.strip():
            found.append(part)
        inside ^= part.count("```") % 2 == 1
    return found


def is_prose(block: str) -> bool:
    """Is it a paragraph?"""
    return not block.startswith(_NO_PROSE)


def asks(block: str) -> bool:
    """Does it ask for a guess?"""
    return any(mark in block for mark in ASKS)


def opening(text: str, cell: NotebookNode | None) -> list[str]:
    """What stands first below a heading, with what it points at; [] where it asks for a guess.

    text: what stands below the heading
    cell: the one that follows, if nothing else of the text stands between
    """
    blocks = blocks_of(text)
    if not blocks or asks(blocks[0]):
        return []
    if not is_prose(blocks[0]):
        fits = blocks[0].startswith(_LIST) and blocks[0].count("\n") <= MOST_LINES
        return blocks[:1] if fits else []
    return _with_what_follows(blocks, 0, cell)


def guesses(text: str) -> list[list[str]]:
    """The blocks of each guess in a cell of prose: what leads to it, itself, what it lists."""
    blocks = blocks_of(text)
    return [
        [*_leads_to(blocks, at), *_with_what_follows(blocks, at, None)]
        for at, block in enumerate(blocks)
        if asks(block)
    ]


def announced(before: str, source: str) -> list[str]:
    """The few lines of a cell, as Markdown, where the prose right above it points at them."""
    last = blocks_of(before)[-1] if before.strip() else ""
    points = last.endswith(":") or bool(_POINTS.search(last))
    is_short = len(source.splitlines()) <= MOST_CODE
    return [f"```python\n{source}\n```"] if is_prose(last) and last and points and is_short else []


def _leads_to(blocks: list[str], at: int) -> list[str]:
    """The list before a guess and its own head, or the paragraph that a bare guess goes on from."""
    if at and blocks[at - 1].startswith(_LIST):
        if len(blocks[at - 1].split()) > MOST_WORDS:
            return []
        head = blocks[at - 2 : at - 1] if at > 1 and is_prose(blocks[at - 2]) else []
        return [each for each in head if not asks(each)] + [blocks[at - 1]]
    before = blocks[at - 1] if at else ""
    is_bare = blocks[at].lstrip().startswith(ASKS)
    if not is_bare or not before or not is_prose(before) or asks(before):
        return []
    kept = "" if len(before.split()) > MOST_WORDS else _without_pointing(before)
    tables = [block for block in blocks[:at] if block.startswith("|") and "the table" in kept]
    return [*tables[-1:], kept] if kept else []


def _with_what_follows(blocks: list[str], at: int, cell: NotebookNode | None) -> list[str]:
    """A paragraph with the block, or with the cell, that its last sentence announces."""
    said, *after = blocks[at:]
    points = said.rstrip().endswith(":") or bool(_POINTS.search(said))
    if after and after[0].startswith((*_LIST, "```")) and (points or asks(said)):
        return [said, after[0]]
    if points and not after and (shown := shown_by(cell)):
        return [said, shown]
    kept = _without_pointing(said)
    return [kept] if kept else []


def _without_pointing(said: str) -> str:
    """A paragraph without the sentences that point at what is not there."""
    sentences = _SENTENCE.split(" ".join(said.split()))
    kept = [each for each in sentences if asks(each) or not _POINTS.search(each)]
    # A sentence that ends in a colon announces what follows it, here nothing.
    while kept and kept[-1].endswith(":"):
        kept.pop()
    return " ".join(kept)


def shown_by(cell: NotebookNode | None) -> str:
    """What a cell shows, a table or some lines, or else its own few lines; "" if it is too much."""
    if cell is None or cell.cell_type != "code" or _SKIPPED.search(cell.source):
        return ""
    for output in cell.get("outputs", []):
        data = output.get("data", {})
        table = TABLE.search("".join(data.get("text/html", "")))
        if table and table[0].count("<tr") <= MOST_LINES:
            return re.sub(r' (?:border|style|class)="[^"]*"', "", table[0])
        lines = "".join(output.get("text", "") or data.get("text/plain", "")).rstrip()
        is_figure = "<img" in "".join(data.get("text/html", ""))
        if is_figure:
            return ""
        if lines and not table and len(lines.splitlines()) <= MOST_LINES:
            return f"```\n{lines}\n```"
    # Of code, what a sentence can announce is a function.
    is_shown = cell.source.startswith("def ") and len(cell.source.splitlines()) <= MOST_CODE
    return f"```python\n{cell.source}\n```" if is_shown else ""
