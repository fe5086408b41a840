"""What students get in place of the repository's README and Makefile."""

import re
from collections.abc import Mapping
from pathlib import Path

import nbformat

TEMPLATE = Path(__file__).with_name("for_students.md")
#: Commands of authors and teachers: what they call stays here.
WITHHELD_COMMANDS = (
    *("test", "test-browser", "fuzz", "coach-report", "chapters", "bench", "classroom", "lock"),
    *("exam", "teach", "class-view", "site"),
)
_WORTH = re.compile(r"points-(\d+)-(\d+)")


def student_readme(released: Mapping[str, bytes]) -> str:
    """The README of the package.

    released: the chapters in it, by file name.
    """
    lines = ["| hand in | exercises that count, with their points |", "|---|---|"]
    for name in sorted(released):
        lines.append(f"| `workspace/{name}` | {_worth(released[name])} |")
    first = min(released, default="02_sequences.ipynb").removesuffix(".ipynb")
    text = TEMPLATE.read_text(encoding="utf-8")
    for field, value in {
        "first": first[:2] if first[:2].isdecimal() else first,
        "first_stem": first,
        "table": "\n".join(lines) if released else "(Your teacher says which.)",
    }.items():
        text = text.replace(f"{{{field}}}", value)
    return text


def _worth(notebook: bytes) -> str:
    """The marked exercises of a released notebook and their points, in words."""
    try:
        cells = nbformat.reads(notebook.decode(), as_version=4).cells
    except (ValueError, nbformat.ValidationError, nbformat.reader.NotJSONError):
        return "your teacher says which"
    found = []
    for cell in cells:
        about = cell.metadata.get("nbgrader", {})
        named = _WORTH.fullmatch(about.get("grade_id", ""))
        if named and about.get("grade"):
            found.append(f"{named[1]}.{named[2]} ({about.points:g})")
    return ", ".join(found)


def student_makefile(text: str) -> str:
    """A Makefile without the commands that need what students do not have."""
    for name in WITHHELD_COMMANDS:
        text = re.sub(rf"^{name}:.*\n(?:\t.*\n)+\n?", "", text, flags=re.MULTILINE)
    return re.sub(
        r"^\.PHONY:.*$",
        lambda line: " ".join(n for n in line[0].split(" ") if n not in WITHHELD_COMMANDS),
        text,
        flags=re.MULTILINE,
    )
