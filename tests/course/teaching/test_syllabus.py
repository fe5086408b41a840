"""A syllabus is the course's own: its minutes, its points, its promises; and it is one page."""

import re
from pathlib import Path

import pytest

from course.authoring.masters import ROOT
from course.coach.find import chapters, find_exercise
from course.teaching.pages import write_both
from course.teaching.syllabus import (
    HALF_TERM,
    PROJECT,
    STYLE,
    TERM,
    TIMETABLES,
    WORKSHOP,
    Timetable,
    Week,
    can_of,
    class_minutes,
    lacking_in,
    needs_of,
    runs,
    syllabus,
    worth,
)

GUIDE = (ROOT / "TEACHING.md").read_text("utf-8")


def test_a_term_is_that_of_the_teachers_guide():
    table = GUIDE.split("### A term")[1].split("\n## ")[0]
    rows = re.findall(r"^\| (\d+) \| ([\d, ]+) \| \d+ \| (.+) \|$", table, re.MULTILINE)
    told = [
        (when, tuple(ch.split(", ")), tuple(re.findall(r"\d+\.\d", ids))) for when, ch, ids in rows
    ]
    assert told == [(week.when, week.chapters, week.hand_in) for week in TERM.weeks]


@pytest.mark.parametrize("table", TIMETABLES, ids=lambda table: table.name)
def test_it_names_chapters_once_and_exercises_of_the_weeks_chapters(table):
    given = [chapter for week in table.weeks for chapter in week.chapters]
    assert len(given) == len(set(given)) and set(given) <= set(chapters())
    for week in table.weeks:
        of = [id.partition(".")[0].zfill(2) for id in week.hand_in]
        assert of == sorted(of) and set(of) <= set(week.chapters)
        assert all(find_exercise(id) for id in week.hand_in)
    text = syllabus(table)
    assert all(can_of(chapter)[1:] in text for chapter in given)


def test_what_a_chapter_needs_is_read_before_it():
    assert lacking_in(TERM) == lacking_in(HALF_TERM) == {}
    assert lacking_in(WORKSHOP) == {"08": ["07"]}
    assert "**Needed, and not in it:** 07 for 08." in syllabus(WORKSHOP)
    turned = Timetable("t", "t", "t", (Week("1", ("02",)), Week("2", ("00", "01"))))
    assert lacking_in(turned) == {"02": ["01"]}


def test_chapters_that_follow_one_another_are_told_by_their_ends():
    assert runs(["02", "03", "04", "06", "08", "09"]) == "02-04, 06, 08-09"
    assert runs([]) == "" and "| 08 SASRec | 02-07 | " in syllabus(TERM)


def test_needs_are_read_from_a_chapters_opening():
    assert needs_of("07")[1] == ["02", "03", "04", "05", "06"]
    assert needs_of("13")[1] == ["06", "08"] and needs_of("00")[1] == []
    # All but the first need something, and nothing that comes later.
    assert all(needs_of(ch)[1] and max(needs_of(ch)[1]) < ch for ch in chapters() if ch != "00")


@pytest.mark.parametrize("table", [TERM, HALF_TERM], ids=lambda table: table.name)
def test_points_and_minutes_are_those_of_the_keys_and_of_the_chapters(table):
    text = syllabus(table)
    rows = re.findall(
        r"^\| (\d+) \| .+? \| [\d, -]* \| (\d+) min \| ([\d., ]+) .+? \| (\d+) \| ", text, re.M
    )
    assert len(rows) == len(table.weeks)
    for week, (when, inside, named, points) in zip(table.weeks, rows, strict=True):
        assert when == week.when and named == ", ".join(week.hand_in)
        assert int(points) == worth(week.hand_in)
        assert int(inside) == class_minutes(week)
    total = sum(worth(week.hand_in) for week in table.weeks)
    assert f"**Marks:** {total} points" in text and f"{PROJECT} for a project" in text
    rubric = (ROOT / "course" / "teaching" / "capstone" / "rubric.md").read_text("utf-8")
    assert str(PROJECT) in rubric
    command = re.search(r'make classroom CHAPTER="(.+)"', text)[1]
    chosen = re.findall(r"\d+\.\d", command)
    assert chosen == [id for week in table.weeks for id in week.hand_in]


@pytest.mark.parametrize("table", TIMETABLES, ids=lambda table: table.name)
def test_printed_it_is_one_page(table, tmp_path):
    browser = pytest.importorskip("tests.browser.chromium", reason="needs playwright")
    if browser.find_chromium() is None:
        pytest.skip("needs a Chromium")
    write_both(tmp_path / table.name, table.title, syllabus(table), style=STYLE)
    with browser.chromium() as opened:
        page = opened.new_page()
        page.goto((tmp_path / f"{table.name}.html").as_uri())
        printed = Path(tmp_path / "page.pdf")
        page.pdf(path=printed, prefer_css_page_size=True)
    assert len(re.findall(rb"/Type\s*/Page\b", printed.read_bytes())) == 1
