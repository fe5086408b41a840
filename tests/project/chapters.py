"""The chapters that are there, and what they say of themselves."""

import re
from pathlib import Path

import nbformat

CHAPTERS = sorted((Path(__file__).resolve().parents[2] / "chapters").glob("[0-9][0-9]_*.ipynb"))


def prose(chapter):
    """All Markdown of a notebook."""
    cells = nbformat.read(chapter, as_version=4).cells
    return "\n\n".join(cell.source for cell in cells if cell.cell_type == "markdown")


def minutes_of(chapter):
    """The whole number that its opening promises."""
    (minutes,) = re.findall(r"\*\*Time:\*\* (\d+) minutes", prose(chapter))
    return int(minutes)
