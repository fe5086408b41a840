"""The teacher's guide agrees with the course: minutes, exercises, commands, links."""

import re
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

from course.authoring.build import MAX_PEAK, MAX_SECONDS
from course.coach.find import find_exercise
from tests.project.chapters import CHAPTERS, minutes_of
from tools.lock import read_pins
from zooplus_sim import World

ROOT = Path(__file__).resolve().parents[2]
GUIDE, README = ((ROOT / name).read_text(encoding="utf-8") for name in ("TEACHING.md", "README.md"))
MINUTES = dict(re.findall(r"^\| (\d\d) \|.*\| (\d+) \|$", README, re.MULTILINE))
TIMETABLES = GUIDE.split("## Three timetables")[1].split("\n## ")[0]
# chapter, minutes, seconds, MB
COSTS = re.findall(r"^\| (\d\d) \| (\d+) \| (\d+) \| (\d+) \|$", GUIDE, re.MULTILINE)
# chapters, minutes
PLANNED = re.findall(r"^\| [^|]+ \| ((?:\d\d(?:, )?)+) \| (\d+) \|", TIMETABLES, re.MULTILINE)


def test_every_chapter_is_in_the_table_of_costs_within_its_limits():
    assert [number for number, *_ in COSTS] == [chapter.name[:2] for chapter in CHAPTERS]
    for (number, minutes, seconds, megabytes), chapter in zip(COSTS, CHAPTERS, strict=True):
        assert int(minutes) == minutes_of(chapter), number
        # A tenth for the clock of the machine that measured.
        assert 0 < int(seconds) <= 1.1 * MAX_SECONDS, number
        assert 100 < int(megabytes) <= MAX_PEAK / 1e6, number


def test_the_minutes_of_every_timetable_are_those_of_the_map():
    assert len(PLANNED) == 4 + 5 + 14
    for chapters, minutes in PLANNED:
        assert sum(int(MINUTES[chapter]) for chapter in chapters.split(", ")) == int(minutes), (
            chapters
        )


def test_every_exercise_that_is_named_exists():
    named = set(re.findall(r"(?<![\d.])(\d{1,2}\.\d)(?![\d.]| GB)", GUIDE.split("## Binder")[0]))
    assert len(named) > 20 and all(find_exercise(id) for id in named)


def test_every_command_is_one_of_make():
    targets = set(
        re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text(encoding="utf-8"), re.MULTILINE)
    )
    named = {
        a or b
        for a, b in re.findall(r"^(?:PIP\S+ )*make ([a-z-]+)|`make ([a-z-]+)", GUIDE, re.MULTILINE)
    }
    assert named and named <= targets


def test_every_link_leads_somewhere():
    headings = {
        re.sub(r"[^\w -]", "", line.lstrip("# ")).lower().replace(" ", "-")
        for line in GUIDE.splitlines()
    }
    assert set(re.findall(r"\]\(#([^)]+)\)", GUIDE)) <= headings
    assert all(
        (ROOT / target).exists() for target in re.findall(r"\]\((?!https?:|#)([^)]+)\)", GUIDE)
    )


def test_the_hubs_link_brings_the_copies_and_opens_the_first_chapter():
    (link,) = re.findall(r"^https://hub\.\S+git-pull\S+$", GUIDE, re.MULTILINE)
    asked = {name: value for name, (value,) in parse_qs(urlsplit(link).query).items()}
    (folder,) = re.findall(r"`python -m tools copies \.\./(\S+)`", GUIDE)
    assert asked["repo"].rsplit("/", 1)[1] == folder and asked["branch"] == "main"
    assert asked["urlpath"].startswith(f"lab/tree/{folder}/")
    assert (ROOT / "chapters" / asked["urlpath"].removeprefix(f"lab/tree/{folder}/")).is_file()


def test_the_settings_that_give_memory_back_are_where_the_guide_says():
    places = re.findall(r"`(tools/jupyter/\S*)`", GUIDE)
    assert len(places) > 1 and all((ROOT / place).exists() for place in places)
    text = "".join(path.read_text("utf-8") for path in (ROOT / "tools" / "jupyter").rglob("*.json"))
    assert all(name in text for name in ("kernelShutdown", "cull_idle_timeout"))


def test_the_wheel_of_torch_to_download_is_the_pinned_one():
    assert re.findall(r"download .*\btorch==(\S+)", GUIDE) == [read_pins()["torch"]]


def test_constants_of_the_shop_that_are_named_exist():
    named = re.findall(r"\(`(\w+)` at 1, `(\w+)` at 0", GUIDE)[0]
    assert all(hasattr(World.default(), name) for name in named)
