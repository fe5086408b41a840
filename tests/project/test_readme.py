"""The README promises only what is there."""

import re
from pathlib import Path

import pytest
from PIL import Image

from course.figures import ladder_alt
from tests.project.chapters import CHAPTERS, minutes_of
from tools import __main__ as course

ROOT = Path(__file__).resolve().parents[2]
README = (ROOT / "README.md").read_text(encoding="utf-8")


@pytest.mark.parametrize("chapter", CHAPTERS, ids=lambda path: path.stem)
def test_every_chapter_is_on_the_map_with_its_minutes(chapter):
    (row,) = [line for line in README.splitlines() if line.startswith(f"| {chapter.name[:2]} |")]
    assert f"](chapters/{chapter.name})" in row
    assert row.endswith(f"| {minutes_of(chapter)} |")


def test_the_ladder_and_its_description_are_those_of_the_measured_tables():
    with Image.open(ROOT / "docs" / "ladder.png") as picture:
        assert picture.info.get("Description") == ladder_alt(), (
            "run: python -m course.figures.ladder docs/ladder.png"
        )
    (told,) = re.findall(r"!\[([^\]]+)\]\(docs/ladder\.png\)", README)
    assert " ".join(told.split()) == ladder_alt()


def test_every_link_into_the_repository_leads_somewhere():
    targets = re.findall(r"\]\((?!https?:|#)([^)#]+)", README)
    assert targets and not [target for target in targets if not (ROOT / target).exists()]


def test_every_link_into_the_page_has_its_heading():
    headings = {
        re.sub(r"[^\w -]", "", line.lstrip("# ")).lower().replace(" ", "-")
        for line in README.splitlines()
        if line.startswith("#")
    }
    assert set(re.findall(r"\]\(#([^)]+)\)", README)) <= headings


def test_every_command_exists():
    targets = set(
        re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text(encoding="utf-8"), re.MULTILINE)
    )
    assert (
        set(
            re.findall(
                r"\bmake ([a-z-]+)\b", "".join(re.findall(r"`[^`]+`|```.*?```", README, re.DOTALL))
            )
        )
        <= targets
    )
    (commands,) = [
        action.choices for action in course.parser()._actions if action.dest == "command"
    ]
    assert set(re.findall(r"-m tools\.course ([a-z][a-z-]*)", README)) <= set(commands)


def test_binder_opens_the_first_chapter():
    addresses = re.findall(r"https://mybinder\.org/v2/gh/[^)\s]+", README)
    assert addresses and all(
        address.endswith("/HEAD?urlpath=lab/tree/chapters/00_start_here.ipynb")
        for address in addresses
    )
    assert (ROOT / "chapters" / course.FIRST).exists() and course.FIRST == "00_start_here.ipynb"
