"""The README promises only what is there."""

import json
import re
from pathlib import Path

import pytest

from tools import course

ROOT = Path(__file__).resolve().parents[2]
README = (ROOT / "README.md").read_text(encoding="utf-8")
CHAPTERS = sorted((ROOT / "chapters").glob("[0-9][0-9]_*.ipynb"))


@pytest.mark.parametrize("chapter", CHAPTERS, ids=lambda path: path.stem)
def test_every_chapter_is_on_the_map_with_its_minutes(chapter):
    cells = json.loads(chapter.read_text(encoding="utf-8"))["cells"]
    opening = "".join("".join(cell["source"]) for cell in cells[:3])
    (minutes,) = re.findall(r"\*\*Time:\*\* (\d+) minutes", opening)
    (row,) = [line for line in README.splitlines() if line.startswith(f"| {chapter.name[:2]} |")]
    assert f"](chapters/{chapter.name})" in row
    assert row.endswith(f"| {minutes} |")


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
    targets = set(re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text(encoding="utf-8"), re.MULTILINE))
    assert (
        set(re.findall(r"\bmake ([a-z-]+)\b", "".join(re.findall(r"`[^`]+`|```.*?```", README, re.DOTALL)))) <= targets
    )
    (commands,) = [action.choices for action in course.parser()._actions if action.dest == "command"]
    assert set(re.findall(r"-m tools\.course ([a-z][a-z-]*)", README)) <= set(commands)


def test_binder_opens_the_first_chapter():
    addresses = re.findall(r"https://mybinder\.org/v2/gh/[^)\s]+", README)
    assert addresses and all(
        address.endswith("/HEAD?urlpath=lab/tree/chapters/00_start_here.ipynb") for address in addresses
    )
    assert (ROOT / "chapters" / course.FIRST).exists() and course.FIRST == "00_start_here.ipynb"
