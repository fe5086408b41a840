"""What of a chapter's prose stands on slides, in the order of the page.

Guesses, with what leads to them; each list, table and formula; what a paragraph asks right above a
cell; and what is said in bold, a whole sentence: what stays of a section.
"""

from collections.abc import Collection
from dataclasses import dataclass

from course.teaching import carried

LONG = 95  # words of a guess and of what leads to it, from which on these are two slides
_NO_SLIDES = ("**Go further", "**After this", "**You need", "# ")


@dataclass(frozen=True)
class Part:
    """A slide's blocks, as Markdown.

    kind: "guess", "ask" for what a paragraph asks, "answer" for a conclusion, or ""
    """

    kind: str
    blocks: tuple[str, ...]


def parts_of(text: str, shown: Collection[str] = ()) -> list[Part]:
    """Of the prose below a heading.

    shown: blocks that the slide before has
    """
    blocks = carried.blocks_of(text)
    groups = {
        at: [each for each in carried.guess_at(blocks, at) if each not in shown]
        for at, block in enumerate(blocks)
        if carried.asks(block)
    }
    taken = {_head(each) for each in [*shown, *sum(groups.values(), [])]}
    found: list[Part] = []
    for at, block in enumerate(blocks):
        if block.startswith("**Go further"):
            break
        if at in groups:
            found += _guess(groups[at])
        elif _head(block) in taken or block.startswith(_NO_SLIDES):
            continue
        elif carried.fits(block):
            found.append(Part("", (*_announcing(blocks, at, taken), block)))
        elif at == len(blocks) - 1 and (asked := carried.question_at(blocks, at)):
            found += [Part("ask", tuple(asked))] if asked[-1] not in shown else []
        elif said := "" if _announces(blocks, at, taken) else carried.conclusion_in(block):
            found.append(Part("answer", (said,)))
    return found


def _head(block: str) -> str:
    """A block's first words, by which it is known again."""
    return " ".join(block.split())[:40]


def _announces(blocks: list[str], at: int, taken: Collection[str]) -> bool:
    """Does a list, a table or a formula stand right below, to whose slide it goes along?"""
    below = blocks[at + 1] if at + 1 < len(blocks) else ""
    return carried.fits(below) and _head(below) not in taken


def _announcing(blocks: list[str], at: int, taken: Collection[str]) -> list[str]:
    """The paragraph above a list, if no slide has it."""
    before = blocks[at - 1] if at else ""
    is_free = before and carried.is_prose(before) and not carried.asks(before)
    return [before] if is_free and _head(before) not in taken else []


def _guess(blocks: list[str]) -> list[Part]:
    """A guess; two parts where there is much to read before it. What it refers to it keeps."""
    at = next(n for n, each in enumerate(blocks) if carried.asks(each))
    lead, asked = blocks[:at], blocks[at:]
    words = sum(len(each.split()) for each in blocks if carried.is_prose(each))
    if not any(map(carried.is_prose, lead)) or words <= LONG:
        return [Part("guess", tuple(blocks))]
    is_task = asked[0].startswith("**Do ")
    kept = [each for each in lead if not carried.is_prose(each)] if is_task else lead[-1:]
    kept = [each for each in kept if not carried.is_prose(each)] + lead[-1:] * is_task
    return [Part("", tuple(lead)), Part("guess", (*kept, *asked))]
