"""What is said to a room: prose without what only somebody at a keyboard can do.

Commands of a shell and directions for a notebook stay on its page; a guess is answered aloud.
"""

import re

# A sentence that speaks of a command, or of keys, cells and widgets.
_AT_A_KEYBOARD = re.compile(
    r"`(?:python -m|make) |<kbd>|\b[Rr]un (?:them from top|the (?:cell|chapter))\b|\bTab\b"
    r"|\blet a slider go\b|`sure=|\bcells that only draw\b|\bleave it (?:open|for now)"
    r"|\bin the same cell\b|\bFETCH = True\b|\*\*Fetch it\.|\bzip` into\b"
)
# A part of a sentence that does.
_ASIDE = re.compile(
    r",? before you run it\b| \(a cell of this section prints it\)|\b, and run the cell\b"
)
_SENTENCE = re.compile(r"(?:(?<=[.?!])|(?<=[.?!]\))|(?<=[.?!]\*\*))\s+(?=[A-Z*\"(`$])")
_NO_PROSE = ("|", "- ", "* ", "```", "    ", "$$", "> ", "1. ", "<", "#")
_ORDERED = re.compile(r"\bletters in your order, in quotation marks: ")
_CHOSEN = re.compile(r"\ba letter, in quotation marks: ")


def sentences_of(said: str) -> list[str]:
    """Of a paragraph; one that stands in brackets is not taken apart."""
    found: list[str] = []
    for each in _SENTENCE.split(" ".join(said.split())):
        if found and found[-1].count("(") > found[-1].count(")"):
            found[-1] += f" {each}"
        else:
            found.append(each)
    return found


def aloud(said: str) -> str:
    """A paragraph without directions; "" if nothing is left."""
    if not _AT_A_KEYBOARD.search(said) and not _ASIDE.search(said):
        return said
    kept = [_ASIDE.sub("", each) for each in sentences_of(said)]
    return " ".join(each for each in kept if not _AT_A_KEYBOARD.search(each))


def read_aloud(text: str) -> str:
    """A cell of prose, each of its paragraphs and listed points without directions."""
    kept, is_code = [], False
    for block in re.split(r"\n[ \t]*\n", text):
        fenced = block.count("```") % 2 == 1
        is_prose = not (is_code or fenced or block.startswith(_NO_PROSE))
        if is_prose:
            block = aloud(block)
        elif block.startswith("- ") and not is_code:
            points = map(aloud, re.split(r"\n(?=- )", block))
            block = "\n".join(each for each in points if each)
        is_code ^= fenced
        kept += [block] if block.strip() else []
    return "\n\n".join(kept)


def without_first_aside(said: str) -> str:
    """A paragraph without brackets at its start, which belong to what stands before it."""
    found = sentences_of(said)
    while len(found) > 1 and found[0].startswith("(") and found[0].endswith(")"):
        found.pop(0)
    return " ".join(found)


def answered_aloud(kind: str) -> str:
    """What a guess asks for, as a room answers it."""
    return _CHOSEN.sub("which one: ", _ORDERED.sub("put them in order: ", kind))


def options_of(kind: str) -> tuple[str, list[str]]:
    """What is asked for, and the options that it names by letters."""
    head, _, rest = kind.rpartition(": A ")
    return (head, re.split(r"; (?=[A-Z] )", f"A {rest}")) if head else (kind, [])
