"""The last line of a chapter leads to the next one, by its number and its name."""

import re
from itertools import pairwise

import pytest

from tools.__main__ import CHAPTERS, ROOT

NUMBERED = sorted(path.stem for path in CHAPTERS.glob("[0-9][0-9]_*.ipynb"))


def master(name):
    return (ROOT / "solutions" / f"{name}.py").read_text(encoding="utf-8")


def title(name):
    return re.search(r"^# # (\d\d · .+)$", master(name), re.MULTILINE)[1]


@pytest.mark.parametrize(("name", "following"), list(pairwise(NUMBERED)))
def test_a_chapter_ends_with_a_link_to_the_next_under_its_title(name, following):
    links = re.findall(r"^# Next: \*\*\[(.+)\]\((.+)\)\*\*", master(name), re.MULTILINE)
    assert links == [(title(following), f"{following}.ipynb")]


def test_the_last_chapter_promises_no_other():
    assert "# Next: " not in master(NUMBERED[-1])
