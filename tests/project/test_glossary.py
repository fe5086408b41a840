"""The glossary: sorted; each word stands where it is said to be explained; the links lead there."""

import re
from pathlib import Path

import nbformat
import pytest

from tests.project.chapters import CHAPTERS, prose

PAGE = CHAPTERS[0].with_name("glossary.ipynb")
# term, chapter, file, what it means
ENTRIES = re.findall(r"^- \*\*(.+?)\*\* \(\[(\d\d)\]\((\S+?)\)\): (.+)$", prose(PAGE), re.MULTILINE)
TERMS = [term for term, *_ in ENTRIES]


def plain(text):
    return " ".join(re.sub(r"[*_`$]", " ", text).casefold().split())


def test_there_are_some_sixty_words_each_once_by_the_alphabet():
    assert len(TERMS) == len(re.findall(r"^- \*\*", prose(PAGE), re.MULTILINE)) >= 60
    # MASK, which hides a product, and the mask, which says who may look, are two words.
    assert len(set(TERMS)) == len(TERMS)
    assert [term.casefold() for term in TERMS] == sorted(term.casefold() for term in TERMS)


@pytest.mark.parametrize("term, number, target, meaning", ENTRIES, ids=TERMS)
def test_the_chapter_that_is_named_uses_the_word(term, number, target, meaning):
    path = PAGE.with_name(target)
    assert path in CHAPTERS and path.name[:2] == number
    cells = nbformat.read(path, as_version=4).cells
    text = plain("\n".join(cell.source for cell in cells))
    assert plain(term.split("@")[0]) in text
    assert meaning[-1] in ".?" and len(meaning.split()) <= 40


def test_each_letter_of_an_axis_has_a_row():
    letters = re.findall(r"^\| ([A-Z]) \|", prose(PAGE), re.MULTILINE)
    guide = (Path(PAGE).parents[1] / "CONTRIBUTING.md").read_text("utf-8")
    listed = re.search(r"Axis letters once per module \(([^)]+)\)", guide)[1]
    assert set(re.findall(r"\b([A-Z])\b", listed)) <= set(letters)
    assert len(set(letters)) == len(letters)
