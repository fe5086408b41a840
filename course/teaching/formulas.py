"""Formulas between dollar signs as MathML, which browsers draw without a script or a network.

Only what the chapters use of TeX: indices, roots, fractions, words, Greek letters and signs.
"""

import html
import re
from collections.abc import Callable

_SIGNS = {
    "cdot": "·",
    "cdots": "⋯",
    "dots": "…",
    "geq": "≥",
    "ge": "≥",
    "in": "∈",
    "infty": "∞",
    "ldots": "…",
    "leq": "≤",
    "le": "≤",
    "mid": "|",
    "pm": "±",
    "top": "⊤",
    "neq": "≠",
    "propto": "∝",
    "prod": "∏",
    "sum": "∑",
    "times": "×",
    "to": "→",
}
_GREEK = dict(
    zip(
        "alpha beta gamma delta epsilon kappa lambda mu pi rho sigma tau theta".split(),
        "αβγδεκλμπρστθ",
        strict=True,
    )
)
_NAMES = ("log", "exp", "max", "min", "softmax")
_SPACES = (",", ";", " ", "quad")
_TOKEN = re.compile(r"\\[a-zA-Z]+|\\.|\d+(?:[.,]\d+)*|[a-zA-Z]|\S")
_DOLLARS = re.compile(r"\$\$(.+?)\$\$|\$([^$\n]+?)\$", re.DOTALL)
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
    """A formula as MathML. Raises UnknownFormula."""
    # Words keep their spaces: they are taken out first.
    words: list[str] = []

    def keep(found: re.Match) -> str:
        words.append(found[1])
        return rf"\word{{{len(words) - 1}}}"

    tokens = _TOKEN.findall(re.sub(r"\\(?:text|mathrm|operatorname)\{([^{}]*)\}", keep, tex))
    reader = _Reader(tokens, words)
    body = reader.row(until=None)
    display = ' display="block"' if is_block else ""
    return f"<math{display}>{body}</math>"


class _Reader:
    """Reads tokens from the left, one row at a time."""

    def __init__(self, tokens: list[str], words: list[str]):
        self.tokens = tokens
        self.words = words
        self.place = 0

    def take(self) -> str:
        if self.place == len(self.tokens):
            raise UnknownFormula("something is missing at the end")
        self.place += 1
        return self.tokens[self.place - 1]

    def next_is(self, token: str | None) -> bool:
        return (self.tokens[self.place] if self.place < len(self.tokens) else None) == token

    def row(self, until: str | None) -> str:
        """All up to a token, which is taken too."""
        found = []
        while not self.next_is(until):
            found.append(self.with_indices())
        if until is not None:
            self.take()
        return f"<mrow>{''.join(found)}</mrow>"

    def with_indices(self) -> str:
        """One thing, and what stands below and above it."""
        base = self.thing()
        below = above = ""
        while self.next_is("_") or self.next_is("^"):
            if self.take() == "_":
                below = self.thing()
            else:
                above = self.thing()
        if below and above:
            return f"<msubsup>{base}{below}{above}</msubsup>"
        if below:
            return f"<msub>{base}{below}</msub>"
        return f"<msup>{base}{above}</msup>" if above else base

    def thing(self) -> str:
        token = self.take()
        if token == "{":
            return self.row(until="}")
        if token[0] == "\\":
            return self.command(token[1:])
        if token[0].isdigit():
            return f"<mn>{token}</mn>"
        if token.isalpha():
            return f"<mi>{token}</mi>"
        if token in "}_^&#%":
            raise UnknownFormula(f"{token!r} in a place of its own")
        return f"<mo>{html.escape('−' if token == '-' else token)}</mo>"

    def command(self, name: str) -> str:
        """What a command means, its arguments read."""
        known: dict[str, Callable[[], str]] = {
            "word": self.word,
            "sqrt": lambda: f"<msqrt>{self.thing()}</msqrt>",
            "bar": lambda: f"<mover>{self.thing()}<mo>¯</mo></mover>",
            "frac": lambda: f"<mfrac>{self.thing()}{self.thing()}</mfrac>",
        }
        if name in known:
            return known[name]()
        if name in _GREEK:
            return f"<mi>{_GREEK[name]}</mi>"
        if name in _SIGNS:
            return f"<mo>{_SIGNS[name]}</mo>"
        if name in _NAMES:
            return f"<mi>{name}</mi>"
        if name in _SPACES:
            return '<mspace width="0.2em"></mspace>'
        if name in ("left", "right"):
            return self.thing()
        if name in "{}%":
            return f"<mo>{name}</mo>"
        raise UnknownFormula(f"\\{name} is not known")

    def word(self) -> str:
        self.take()
        text = self.words[int(self.take())]
        self.take()
        return f"<mtext>{html.escape(text)}</mtext>"
