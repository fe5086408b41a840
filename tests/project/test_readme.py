"""The README promises only what is there."""

import re
from pathlib import Path

import pytest
from PIL import Image

from course.coach.find import find_exercise
from course.figures import ladder_alt
from tests.project.chapters import CHAPTERS, minutes_of
from tools import __main__ as course

ROOT = Path(__file__).resolve().parents[2]
README = (ROOT / "README.md").read_text(encoding="utf-8")
PAGES = ["README.md", "CHANGELOG.md", "CODE_OF_CONDUCT.md", "CONTRIBUTING.md"]
PAGES += [path.relative_to(ROOT).as_posix() for path in sorted((ROOT / "docs").glob("*.md"))]


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
    page = (ROOT / "docs" / "results.md").read_text("utf-8")
    (told,) = re.findall(r"!\[([^\]]+)\]\(ladder\.png\)", page)
    assert " ".join(told.split()) == ladder_alt()


def test_the_first_screen_says_for_whom_at_which_level_and_how_many_hours():
    hours = round(sum(map(minutes_of, CHAPTERS)) / 60)
    first = " ".join(README.split("```")[0].split())
    assert f"A course of {len(CHAPTERS)} notebooks for whoever knows Python" in first
    assert f"{hours} hours in all" in first
    changes = (ROOT / "CHANGELOG.md").read_text("utf-8")
    assert f"{hours} hours" in changes


def test_the_picture_of_a_wrong_answer_is_small_has_both_themes_and_is_told():
    card = re.search(r"<picture>.*?</picture>", README, re.DOTALL)[0]
    dark = re.search(r'prefers-color-scheme: dark\)" srcset="([^"]+)"', card)[1]
    light, told = re.search(r'<img src="([^"]+)" alt="([^"]+)"', card).groups()
    assert dark != light
    for name in (dark, light):
        assert (ROOT / name).stat().st_size < 120_000
    with Image.open(ROOT / dark) as at_night, Image.open(ROOT / light) as by_day:
        assert at_night.size == by_day.size
        assert brightness(at_night) < 80 < 200 < brightness(by_day)
    (says,) = [m.says for m in find_exercise("2.1").misconceptions if m.name == "keeps max_len"]
    assert says.replace("`", "") in " ".join(told.split())


def brightness(picture):
    grey = picture.convert("L")
    return sum(grey.getdata()) / (grey.width * grey.height)


@pytest.mark.parametrize("page", PAGES)
def test_every_link_into_the_repository_leads_somewhere(page):
    text = (ROOT / page).read_text("utf-8")
    targets = re.findall(r"\]\((?!https?:|#)([^)#]+)", text)
    targets += re.findall(r'(?:src|srcset)="([^"]+)"', text)
    folder = (ROOT / page).parent
    assert not [target for target in targets if not (folder / target).exists()]
    assert targets or page not in ("README.md", "docs/results.md")


def test_every_page_is_reached_from_the_readme():
    reached = set(re.findall(r"\]\(((?:docs/)?\w+\.md)", README))
    assert set(PAGES) - {"README.md"} <= reached


@pytest.mark.parametrize("page", PAGES)
def test_every_link_into_the_page_has_its_heading(page):
    text = (ROOT / page).read_text("utf-8")
    headings = {
        re.sub(r"[^\w -]", "", line.lstrip("# ")).lower().replace(" ", "-")
        for line in text.splitlines()
        if line.startswith("#")
    }
    assert set(re.findall(r"\]\(#([^)]+)\)", text)) <= headings


def test_the_version_that_is_released_next_has_its_notes():
    version = re.search(r'^version = "(.+)"', (ROOT / "pyproject.toml").read_text(), re.MULTILINE)
    changes = (ROOT / "CHANGELOG.md").read_text("utf-8")
    newest = re.search(r"^## (\S+?),? .*\n\n((?:- |  ).+\n)+", changes, re.MULTILINE)
    assert newest and newest[1] == version[1]


def test_commands_for_the_environment_stand_below_the_line_that_switches_it_on():
    for page in PAGES:
        text = (ROOT / page).read_text("utf-8")
        first = re.search(r"(?:`|^)(?:python|pytest) -?\w", text, re.MULTILINE)
        # With conda it is on already.
        if first and page != "docs/setup.md":
            assert "source .venv/bin/activate" in text[: first.start()], page


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
    assert set(re.findall(r"-m tools ([a-z][a-z-]*)", README)) <= set(commands)


def test_binder_opens_the_first_chapter():
    """The copy that the image makes, without outputs: `zooplus` is what `start` calls it."""
    text = README + (ROOT / "docs" / "setup.md").read_text("utf-8")
    addresses = re.findall(r"https://mybinder\.org/v2/gh/[^)\s]+", text)
    assert len(addresses) == 2 and all(
        address.endswith("/HEAD?urlpath=lab/tree/zooplus/00_start_here.ipynb")
        for address in addresses
    )
    assert 'copies "$HOME/zooplus"' in (ROOT / "start").read_text("utf-8")
    assert (ROOT / "chapters" / course.FIRST).exists() and course.FIRST == "00_start_here.ipynb"
