"""What a sentence points at goes along with it: a list, a table, a formula, code or its output.

A sentence that points at what is not carried along is dropped.
"""

import re

from nbformat import NotebookNode

from course.teaching.aloud import sentences_of

#: How a paragraph says that the reader shall stop and guess.
ASKS = ("**Guess", "**Before you run", "**Do ")
MOST_LINES, MOST_CODE = 12, 18  # of an output, of code, on one slide
MOST_PRINTED = 18  # lines of what answers a guess
MOST_LISTED = 150  # words of a list
MOST_WORDS = 80  # of a paragraph that goes along with a guess
#: How a block begins that is no paragraph: a table, a list, code, a formula, a quotation.
_NO_PROSE = ("|", "- ", "* ", "```", "    ", "$$", "> ", "1. ", "<", "#")
_LIST = ("|", "- ", "* ", "1. ", "$$")
_POINTS = re.compile(
    r"\b[Hh]ere (?:is|are|comes)\b|\bLook at the (?:table|code|picture|figure|map)\b"
    r"|\b(?:as|formula|table|figure|picture|code|list|cells?|lines?|masks?|exercise|map)"
    r"(?: \w+)? (?:above|below)\b|`\w+` above\b|\b(?:[Tt]ry|[Cc]hange) the list below\b"
    r"|\b[Tt]he next table\b|\b[Tt]able has a row for\b|\bThis table and that\b"
    r"|\bLook at the times\b"
    r"|\b(?:above|below)[.:;,)]|\(rows of visits, as above\)"
)
# How a paragraph begins that goes on from the one before, and a guess that speaks of a table.
_GOES_ON = re.compile(r"(?:Then|So|That|This|These|It|But|And|To show what that)\b")
_TABLE_TELLS = re.compile(r"\b[Tt]he table\b(?! of \d)")
# In bold, at least six words: a sentence, and no term.
_BOLD = re.compile(r"\*\*(?:[^\s*]+\s+){5,}[^*]+\*\*")
TABLE = re.compile(r"<table.*?</table>", re.DOTALL)
# A table's second row of heads, of which only the rows' name is more than nothing.
_NAMED = re.compile(
    r"(<tr>\s*<th>)(</th>(?:(?!</tr>).)*</tr>)\s*<tr>\s*<th>([^<]+)</th>(?:\s*<th></th>)+\s*</tr>",
    re.DOTALL,
)
SKIPPED = re.compile(r"^(?:guess|reveal|hint|quiz|scoreboard)\(|^@exercise", re.MULTILINE)


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
    return [guess_at(blocks, at) for at, block in enumerate(blocks) if asks(block)]


def guess_at(blocks: list[str], at: int) -> list[str]:
    """The blocks of the guess that stands there."""
    return [*_leads_to(blocks, at), *_with_what_follows(blocks, at, None)]


def question_at(blocks: list[str], at: int) -> list[str]:
    """A paragraph that asks something, with the one that it goes on from."""
    said = without_pointing(blocks[at])
    is_short = len(said.split()) <= MOST_WORDS
    return [*_gone_on_from(blocks, at), said] if said and is_short and "?" in said else []


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
    kept = "" if len(before.split()) > MOST_WORDS else without_pointing(before)
    # A task, and what speaks of a table, bring the table; a task its head as well.
    is_task = blocks[at].startswith("**Do ")
    tables = [n for n in range(at) if blocks[n].startswith("|")]
    found = []
    if tables and (is_task or speaks_of_table(kept)):
        (n,) = tables[-1:]
        found = [*(without_pointing(blocks[n - 1]) for _ in range(is_task and n > 0)), blocks[n]]
    return [*found, *_gone_on_from(blocks, at - 1), kept] if kept else []


def _gone_on_from(blocks: list[str], at: int) -> list[str]:
    """The paragraph before one that goes on from it, if it is no long one."""
    before = blocks[at - 1] if at else ""
    is_short = is_prose(before) and not asks(before) and len(before.split()) <= MOST_WORDS
    kept = without_pointing(before) if before and is_short and _GOES_ON.match(blocks[at]) else ""
    return [kept] if kept else []


def _with_what_follows(blocks: list[str], at: int, cell: NotebookNode | None) -> list[str]:
    """A paragraph with the block, or with the cell, that its last sentence announces."""
    said, *after = blocks[at:]
    points = said.rstrip().endswith(":") or bool(_POINTS.search(said))
    # A list right below goes along; code where it is announced.
    if after and (after[0].startswith(_LIST) or (after[0].startswith("```") and points)):
        kept = said if points or asks(said) else without_pointing(said)
        kept_too = after[: 1 if after[0].count("\n") <= MOST_LINES else 0]
        return [kept, *kept_too] if kept else kept_too
    if points and not after and (shown := shown_by(cell)):
        return [said, shown]
    kept = without_pointing(said)
    return [kept] if kept else []


def without_pointing(said: str) -> str:
    """A paragraph without the sentences that point at what is not there."""
    kept, is_cut = [], False
    for each in sentences_of(said):
        # What stands in brackets goes with the sentence before it.
        points = not asks(each) and bool(_POINTS.search(each))
        is_cut = points or (is_cut and each.startswith("("))
        kept += [] if is_cut else [each]
    # A sentence that ends in a colon announces what follows it, here nothing.
    while kept and kept[-1].endswith(":"):
        kept.pop()
    return " ".join(kept)


def speaks_of_table(block: str) -> bool:
    """Does a paragraph speak of a table?"""
    return bool(_TABLE_TELLS.search(block))


def conclusion_in(block: str) -> str:
    """What a paragraph says in bold, a whole sentence, with what stands behind it; else ""."""
    said = sentences_of(block) if is_prose(block) and not asks(block) else []
    at = next((n for n, each in enumerate(said) if _BOLD.search(each)), None)
    if at is None:
        return ""
    whole = without_pointing(block)
    short = without_pointing(" ".join(said[at:]))
    return whole if len(whole.split()) <= MOST_WORDS else short


def fits(block: str) -> bool:
    """Is it a list, a table or a formula that a slide has room for?"""
    short = block.count("\n") <= MOST_LINES and len(block.split()) <= MOST_LISTED
    return block.startswith(_LIST) and short


def printed(cell: NotebookNode, most: int = MOST_PRINTED) -> str:
    """The lines and tables that a cell shows, as Markdown or HTML, as many as `most` lines hold."""
    shown = []
    for output in cell.get("outputs", []):
        data = output.get("data", {})
        rich = "".join(data.get("text/html", ""))
        lines = "".join(output.get("text", "") or data.get("text/plain", "")).rstrip()
        if 'class="panel' in rich:  # a picture of what is live in the notebook
            continue
        if (table := TABLE.search(rich)) and "coach" not in rich:
            plain = re.sub(r' (?:border|style|class)="[^"]*"', "", table[0])
            plain = _NAMED.sub(r"\1\3\2", plain)
            part, length = plain, 3 * plain.count("<tr") // 2  # with its lines a row is higher
        elif lines and not rich:
            part, length = f"```\n{lines}\n```", len(lines.splitlines())
        else:
            continue
        most -= length
        if most >= 0:
            shown.append(part)
    return "\n\n".join(shown)


def shown_by(cell: NotebookNode | None) -> str:
    """What a cell shows, a table or some lines, or else its own few lines; "" if it is too much."""
    if cell is None or cell.cell_type != "code" or SKIPPED.search(cell.source):
        return ""
    if any("<img" in "".join(o.get("data", {}).get("text/html", "")) for o in cell.outputs):
        return ""
    if lines := printed(cell, MOST_LINES):
        return lines
    # Of code, what a sentence can announce is a function.
    is_shown = cell.source.startswith("def ") and len(cell.source.splitlines()) <= MOST_CODE
    return f"```python\n{cell.source}\n```" if is_shown else ""
