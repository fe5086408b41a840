"""Chapter 00's map and pictures are those of the course that is there."""

import re

import pytest
from PIL import Image

from tests.project.chapters import CHAPTERS, minutes_of, prose

ROOT = CHAPTERS[0].parents[1]
START = prose(CHAPTERS[0])
ROWS = re.findall(r"^\| (\d\d) \|(.*)\| (\d+) \|$", START, re.MULTILINE)


@pytest.mark.parametrize("chapter", CHAPTERS[1:], ids=lambda path: path.stem)
def test_every_other_chapter_is_on_the_map_with_a_link_and_its_minutes(chapter):
    ((_, told, minutes),) = [row for row in ROWS if row[0] == chapter.name[:2]]
    assert f"]({chapter.name})" in told and int(minutes) == minutes_of(chapter)


def test_the_map_is_in_order_and_holds_nothing_else():
    assert [number for number, *_ in ROWS] == [chapter.name[:2] for chapter in CHAPTERS]


def test_every_link_of_chapter_00_leads_to_a_page_beside_it():
    assert all(
        (CHAPTERS[0].parent / target).is_file() for target in re.findall(r"\]\(([^)#:]+)\)", START)
    )


def test_the_screenshot_is_small():
    picture = ROOT / "course" / "play" / "screenshot.png"
    assert picture.stat().st_size < 200_000
    with Image.open(picture) as opened:
        assert opened.mode == "P"
