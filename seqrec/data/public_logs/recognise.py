"""Which format is it? The first lines decide, then the name; what is unclear is refused."""

import re
from pathlib import Path

from seqrec.checks import shown
from seqrec.data.public_logs.format import Format
from seqrec.data.public_logs.formats import FORMATS, NAMED
from seqrec.data.public_logs.json_lines import read_line
from seqrec.data.public_logs.packed import line_blocks
from seqrec.data.public_logs.refusals import BadLog
from seqrec.data.public_logs.tables import BYTE_ORDER_MARK

#: Lines that are looked at.
FEW = 20
#: Bytes that hold them.
BEGIN = 2**16
PACKINGS = re.compile(r"(\.(gz|bz2|xz|zip|tar|tgz))+$", re.IGNORECASE)


def format_of(path: Path, name: str | None) -> Format:
    """The format of a file: the one that is named, else the one that it looks like.

    Raises ValueError for a name that is none, and BadLog for a file that looks like none or like
    several, or is of a format that can't be used.
    """
    if name is not None and name not in NAMED:
        raise ValueError(
            f"format must be one of {', '.join(NAMED)}, got {shown(name)}. Cure: format=None, "
            "which looks at the file."
        )
    found = NAMED[name] if name is not None else _recognised(path)
    if found.refusal:
        raise BadLog(f"{found.refusal}.")
    return found


def members_of(format: Format | None) -> re.Pattern:
    """Of the names of files in an archive, those of a format; for None, of any that tells."""
    formats = [each for each in FORMATS if not each.is_common] if format is None else [format]
    files = "|".join(f"(?:{each.files})" for each in formats)
    return re.compile(files, re.IGNORECASE)


def _recognised(path):
    lines = _first_lines(path)
    fitting = [each for each in FORMATS if looks_like(each, lines)]
    if len(fitting) == 1:
        return fitting[0]
    bare_name = PACKINGS.sub("", path.name)
    named = [each for each in FORMATS if each.pattern.fullmatch(bare_name)]
    if fitting:
        both = [each for each in fitting if each in named]
        if len(both) == 1:
            return both[0]
        names = " or ".join(repr(each.name) for each in fitting)
        raise BadLog(f"it may be {names}. Cure: format={fitting[0].name!r}, or the other one.")
    # One with a damaged first line still has its name.
    telling = [each for each in named if not each.is_common]
    if len(telling) == 1:
        return telling[0]
    known = ", ".join(each.name for each in FORMATS if not each.refusal)
    first = lines[0].decode("utf-8", "replace")
    raise BadLog(
        f"it looks like none of {known}; its first line is {shown(first)}. Cure: "
        "format=..., if it is one of these; or load_interactions(path, columns={...}) for a table "
        "with a header."
    )


def _first_lines(path):
    """The first lines, without their ends. Raises BadLog for a file without any."""
    blocks = line_blocks(path, members_of(None), progress=False, block=BEGIN)
    try:
        begin = next(blocks, b"")
    finally:
        blocks.close()
    lines = begin.removeprefix(BYTE_ORDER_MARK).replace(b"\r\n", b"\n").split(b"\n")[:FEW]
    lines = lines[:-1] if lines[-1] == b"" else lines
    if not lines:
        raise BadLog("it is empty. Cure: another copy of the file.")
    return lines


def looks_like(format: Format, lines: list[bytes]) -> bool:
    """Whether the first lines of a file (one at least) are those of a format."""
    if format.separator is None:
        try:
            found = read_line(lines[0], 1, format)
        except BadLog:
            return False
        return _has_all(format, list(found))
    rows = [line.decode("utf-8", "replace").split(format.separator) for line in lines]
    if not format.looks:
        return _has_all(format, rows[0])
    return all(
        len(row) == len(format.looks) and all(map(re.fullmatch, format.looks, row)) for row in rows
    )


def _has_all(format, names):
    return all(set(alike) & set(names) for alike in format.needed)
