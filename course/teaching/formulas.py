"""Formulas between dollar signs as MathML, which browsers draw without a script or a network."""

import html
import re

from latex2mathml.converter import convert

_DOLLARS = re.compile(r"\$\$(.+?)\$\$|\$([^$\n]+?)\$", re.DOTALL)
_UNREAD = re.compile(r"<mi>([\\{}#][^<]*|&)</mi>")
_CODE = re.compile(r"(<(code|pre)\b.*?</\2>|<[^>]+>)", re.DOTALL)


class UnknownFormula(ValueError):
    """A formula has something that is not known here."""


def with_formulas(page: str) -> str:
    """HTML with the formulas in its text drawn; what is code or can't be drawn stays."""
    parts = _CODE.split(page)
    # Each code or tag is followed by its group's name: two of three parts are not text.
    return "".join(
        _DOLLARS.sub(_drawn, part) if place % 3 == 0 else part
        for place, part in enumerate(parts)
        if place % 3 != 2
    )


def _drawn(found: re.Match) -> str:
    try:
        return to_mathml(html.unescape(found[1] or found[2]), is_block=found[1] is not None)
    except UnknownFormula:
        return found[0]


def to_mathml(tex: str, is_block: bool = False) -> str:
    """A formula as MathML.

    Raises UnknownFormula for one that can't be read, also where latex2mathml would show a command
    as it is written, or forgive a brace.
    """
    try:
        # latex2mathml knows `align*` alone, which stands outside of dollars in LaTeX.
        made = convert(
            tex.replace("{aligned}", "{align*}"), display="block" if is_block else "inline"
        )
    except Exception as error:  # the library's own have no class in common
        raise UnknownFormula(f"{tex!r}: {type(error).__name__}") from error
    bare = re.sub(r"\\[{}]", "", tex)
    unread = _UNREAD.search(made)
    if unread or bare.count("{") != bare.count("}"):
        raise UnknownFormula(f"{tex!r}: {unread[1] if unread else 'a brace too many or too few'}")
    return made
