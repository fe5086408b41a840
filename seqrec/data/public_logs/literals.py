"""Lines that are Python dicts, as older files of the McAuley lab have them. Nothing is executed.

A flat dict is taken apart by a pattern, faster than `ast` builds a tree of it; only the values that
are wanted are read. What the pattern does not know goes to `ast.literal_eval`.
"""

import ast
import re

#: Characters of a line, before Python's own reader of literals looks at it.
LONGEST = 2**20
TEXT = r"""u?(?:'[^'\\\0\r\n]*(?:\\.[^'\\\0\r\n]*)*'|"[^"\\\0\r\n]*(?:\\.[^"\\\0\r\n]*)*")"""
NUMBER = r"-?[0-9]+(?:\.[0-9]+)?(?:[eE][-+]?[0-9]+)?"
#: Its name, its value, and what stands behind it. It begins where the last one ended: a search for
#: the next place where one might would be slow on lines that are made to be slow.
ENTRY = re.compile(rf" *({TEXT}) *: *({TEXT}|{NUMBER}|True|False|None|\[\]) *(,|\}}\Z)")
WRONG = (ValueError, SyntaxError, RecursionError, MemoryError, TypeError)


def read_dict(text: str, wanted: frozenset[str]) -> dict | None:
    """The dict that a line of Python is, at least with its wanted entries; None if it is none.

    text:   of the line, without spaces around it.
    wanted: names of entries. The values of others may be None.
    """
    found = flat_dict(text, wanted)
    return found if found is not None else _literal(text)


def flat_dict(text: str, wanted: frozenset[str]) -> dict | None:
    """As `read_dict`, for a dict of texts and numbers written plainly; None for all else."""
    found = {}
    place = 1
    while entry := ENTRY.match(text, place):
        token, value, behind = entry.groups()
        name = _value(token)
        found[name] = _value(value) if name in wanted else None
        if behind != ",":
            return found if text.startswith("{") else None
        place = entry.end()
    return None


def _value(token):
    """What a text or number means."""
    quote = token[-1]
    if quote in "'\"" and "\\" not in token:
        return token[token.index(quote) + 1 : -1]
    return _literal(token)


def _literal(text):
    """What a literal of Python is; None if it is none, too long or too deep."""
    if len(text) > LONGEST:
        return None
    try:
        return ast.literal_eval(text)
    except WRONG:
        return None
