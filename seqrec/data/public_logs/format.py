"""What a public format is: which file, where it is described, and what each field becomes."""

import re
from dataclasses import dataclass, field

# Patterns of fields by which a file without a header is recognised.
NOT_EMPTY = ".+"
DIGITS = r"[0-9]+"
RATING = r"[0-5](?:\.[0-9]+)?"
SECONDS = r"[0-9]{8,10}"
#: The licence of what has none that could be looked up: this library claims nothing then.
SEE_THE_PAGE = "see the page, which also says what to cite"


@dataclass(frozen=True, kw_only=True)
class Format:
    """One public format.

    name:      as `load_public_log` takes it.
    files:     what such files are called, without the endings of compressions; in small letters.
    is_common: whether files that are something else are called so too.
    address:   where its makers describe or offer it.
    licence:   what they allow, where a text of theirs says it; else SEE_THE_PAGE.
    separator: of fields; None where each line is a JSON object.
    literals:  whether a line may be a Python dict instead (single quotes, u'...').
    looks:     patterns of the fields of a file without a header; () where it has one.
    fields:    names of the fields of a file without a header.
    user, item, session, outcome, price, event: the field that is taken for it, with the names that
               it has in other editions; () where there is none.
    pair:      two fields that are the item together.
    times:     the field with the time, and how it is written (see `clocks`).
    offset:    a field with milliseconds after that.
    events:    the words that `event` may hold, or the one that all lines are.
    refusal:   why such a file can't be used, and the cure.
    """

    name: str
    files: str
    is_common: bool = False
    address: str
    licence: str
    separator: str | None = None
    literals: bool = False
    looks: tuple[str, ...] = ()
    fields: tuple[str, ...] = ()
    user: tuple[str, ...] = ()
    item: tuple[str, ...] = ()
    pair: tuple[str, ...] = ()
    session: tuple[str, ...] = ()
    outcome: tuple[str, ...] = ()
    price: tuple[str, ...] = ()
    event: tuple[str, ...] = ()
    events: tuple[str, ...] = ()
    times: tuple[str, ...] = ()
    written: str = "seconds"
    offset: tuple[str, ...] = ()
    refusal: str = ""
    pattern: re.Pattern = field(init=False, repr=False)
    wanted: frozenset[str] = field(init=False, repr=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "pattern", re.compile(self.files, re.IGNORECASE))
        names = frozenset(name for alike in self.needed for name in alike)
        object.__setattr__(self, "wanted", names)

    @property
    def needed(self) -> tuple[tuple[str, ...], ...]:
        """The fields that must be there, each with its other names."""
        pairs = tuple((name,) for name in self.pair)
        found = (self.user, self.item, self.session, self.outcome, self.price, self.event)
        return tuple(names for names in (*found, self.times, self.offset, *pairs) if names)
