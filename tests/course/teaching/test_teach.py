"""A teacher's sheet names every wrong idea of its chapter, and first those that cost most."""

import html
import itertools
import re

import nbformat
import pytest

from course.authoring.masters import ROOT, Course
from course.coach.consequence import cost_of
from course.coach.find import chapters, load_key
from course.teaching import teach
from course.teaching.board.every import of_chapter
from course.teaching.ideas import losses, sheet
from course.teaching.lesson import plan
from course.teaching.slides import slides_of
from course.teaching.syllabus import TERM, TIMETABLES, class_minutes, syllabus
from course.teaching.timing import (
    Section,
    in_class,
    minutes_of,
    pauses_after,
    sections_of,
    spoken,
    text_to_leave_out,
)


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    out = tmp_path_factory.mktemp("teach")
    assert teach.main(["00", "2", "--out", str(out)]) == 0
    return out


@pytest.mark.parametrize("chapter", ["00", "02"])
def test_each_idea_is_there_with_its_sentence(made, chapter):
    text = (made / "wrong-ideas" / f"{chapter}.md").read_text("utf-8")
    for exercise in load_key(chapter).EXERCISES:
        part = text.split(f"## {exercise.id} ")[1].split("\n## ")[0]
        for wrong in exercise.misconceptions:
            assert f"**{wrong.name}**: " in part
        assert "```python\n" in part
        task, hints, solution = re.findall(r"<summary>(.+?)</summary>", part)[:3]
        assert (task, hints, solution) == ("The task", "Its three hints", "A solution")
        assert "    ...\n" in part.split("A solution")[0] and "###" not in part


def test_those_that_cost_most_come_first_and_none_costs_more():
    text, lost = sheet("02"), losses()
    told = re.findall(r"^\| (2\.\d) \| (.+?) \| (?:Trained|Asked|The training)", text, re.MULTILINE)
    gaps = [lost[entry] for entry in told]
    assert len(told) == 8 and gaps == sorted(gaps, reverse=True)
    rest = [gap for entry, gap in lost.items() if entry[0].startswith("2.") and entry not in told]
    assert max(rest) <= min(gaps)
    assert all(cost_of(*entry) in text for entry in told)
    assert "0.453 with this; with ours it is 0.448. That is no clear difference" in text


def test_the_pages_stand_alone_and_the_index_leads_to_them(made):
    index = (made / "index.html").read_text("utf-8")
    links = re.findall(r'href="([^"#]+)"', index)
    assert len(links) == 13 and all((made / link).is_file() for link in links)
    for path in made.rglob("*.html"):
        text = path.read_text("utf-8")
        # Papers may be linked to; nothing is loaded.
        assert not re.search(r"<script|<link|src=\"https?:", text)
        assert '.ipynb"' not in text, path
    page = html.unescape((made / "wrong-ideas" / "02.html").read_text("utf-8"))
    assert page.count("<details>") == page.count("</details>") > 20
    assert "```" not in page and "build_sequences" in page


def test_a_chapter_that_is_not_there_is_refused(tmp_path, capsys):
    assert teach.main(["77", "--out", str(tmp_path)]) == 1
    assert "77" in capsys.readouterr().err and not list(tmp_path.iterdir())


def test_a_plan_says_every_word_and_names_each_exercise_and_guess():
    sections = sections_of("02")
    room = 3 * len(of_chapter("02")) + len(load_key("02").GUESSES) + 3 * len(load_key("02").QUIZZES)
    room += sum(s.tasks for s in sections)
    telling = sum(s.words / 130 + 0.4 * s.cells + len(s.guesses) for s in sections)
    total = round(telling + sum(s.solving for s in sections) + room) - room
    key = load_key("02")
    text = plan("02")
    assert [e.id for s in sections for e in s.exercises] == [e.id for e in key.EXERCISES]
    assert [id for s in sections for id in s.guesses] == [guess.id for guess in key.GUESSES]
    rows = re.findall(r"^\| (\d+)-(\d+) \| (\d+)-(\d+) \| (\d+)-(\d+) \| ", text, re.MULTILINE)
    columns = [[int(time) for time in column] for column in zip(*rows, strict=True)]
    for begins, ends in zip(columns[::2], columns[1::2], strict=True):
        assert begins[0] == 0 and begins[1:] == ends[:-1]
    solving = {exercise.id: exercise.minutes for exercise in key.EXERCISES}
    in_term = total + room - solving["2.3"] - solving["2.4"]
    assert [ends[-1] for ends in columns[1::2]] == [
        total + room,
        in_term,
        total + room - sum(solving.values()),
    ]
    assert f"{total + room} all in class, {in_term} as in a term, " in text
    begins, ends = columns[:2]
    for begin, end, section in zip(begins[:-1], ends[:-1], sections, strict=True):
        assert end - begin >= section.solving + section.words / 130 - 1, section.title


@pytest.mark.parametrize("chapter", ["02", "06"])
def test_a_plan_says_what_may_be_left_out_what_guesses_turn_out_to_be_and_what_to_ask(chapter):
    key, text = load_key(chapter), plan(chapter)
    left_out = text.split("## If time is short")[1].split("##")[0]
    minutes = {exercise.id: exercise.minutes for exercise in key.EXERCISES}
    ids = re.findall(r"exercise (\d+\.\d) ", left_out)
    assert sum(minutes[id] for id in ids) >= 15 and 2 * len(ids) <= len(minutes)
    asked = text.split("## To talk about")[1]
    assert asked.count("<details>") == len(key.QUIZZES) > 0
    assert asked.count("**Right:**") >= len(key.QUIZZES)
    assert text.split("## Key ideas")[1].split("\n## ")[0].count("\n- ") > 3
    opening = text.split("| from |")[0]
    assert all(word in opening for word in ("student can", "**Needed:**", ".ipynb`"))
    words = text.split("\n## Words")[1]
    assert all(f"- **{word}**: " in words for word in ("NDCG@K", "Oracle", "Padding"))
    assert ("- **Markov chain**: " in words) == (chapter == "02") and "**Gini" not in words
    # Once in the table, once with what is drawn and said.
    assert len(re.findall(r"\]\(\.\./board/\d\d\.html#", text)) == 2 * len(of_chapter(chapter))
    told = text.split("## Section by section")[1].split("\n## ")[0]
    assert all(f"**Ask:** {sketch.question[:20]}" in told for sketch in of_chapter(chapter))
    assert told.count("*Picture:* ") > 2 and told.count("*Cell [") > 20


def test_what_is_handed_in_in_a_term_is_never_left_out_and_each_section_has_its_minutes():
    marked = {id for week in TERM.weeks for id in week.hand_in}
    for chapter in ("02", "05", "08", "15"):
        left_out = plan(chapter).split("## If time is short")[1].split("##")[0]
        assert not marked & set(re.findall(r"exercise (\d+\.\d)\b", left_out)), chapter
        times = minutes_of(sections_of(chapter))
        assert min(end - begin for begin, end in times) >= 1, chapter


def test_text_takes_its_time_besides_exercises_and_an_empty_chapter_takes_none():
    (one,) = load_key("00").EXERCISES[:1]
    sections = [Section("a", words=1300), Section("b", words=260, exercises=[one])]
    assert minutes_of(sections) == [(0, 10), (10, 12 + one.minutes)]
    assert minutes_of(sections, [one.id])[-1] == (10, 12)
    assert minutes_of([Section("a")]) == [(0, 0)]


@pytest.mark.parametrize("table", TIMETABLES, ids=lambda table: table.name)
def test_a_lesson_has_one_duration_in_its_plan_and_in_every_syllabus(table):
    text = syllabus(table)
    for week in table.weeks:
        assert f" | {class_minutes(week)} min | " in text
    if table.name == "term":
        for week in (each for each in table.weeks if len(each.chapters) == 1):
            assert f" {class_minutes(week)} as in a term" in plan(week.chapters[0])
    if table.name == "workshop":
        assert f"**{in_class('06')} all in class" in plan("06")


def test_a_long_chapter_has_a_break_near_the_half_and_a_short_one_none():
    assert pauses_after([(0, 40), (40, 70), (70, 95), (95, 170)]) == [1]
    assert pauses_after([(0, 40), (40, 90)]) == pauses_after([(0, 120)]) == []
    # What is left behind a break may be long as well.
    assert pauses_after([(0, 75), (75, 93), (93, 121), (121, 176), (176, 194)]) == [0, 2]
    times = minutes_of(spoken("06"))
    ends = [0, *(times[n][1] for n in pauses_after(times)), times[-1][1]]
    assert len(ends) == 4 and all(b - a <= 100 for a, b in itertools.pairwise(ends))
    for section in ("6.4 Heads", "6.6 The block"):
        assert f"§{section}; then a **break**" in plan("06")
    assert "a **break** |" not in plan("00")


def test_what_the_page_asks_for_besides_exercises_has_its_minutes():
    tasks = {s.title.partition(" ")[0]: s.tasks for s in spoken("06") if s.tasks}
    assert tasks == {"6.1": 4, "6.7": 3, "6.8": 8}
    assert {s.title.partition(" ")[0] for s in spoken("02") if s.tasks} == {"2.8"}
    assert all(s.aloud >= s.tasks for s in spoken("06"))


def test_of_the_text_goes_what_has_no_exercise_and_no_sketch():
    titles = [title for title, _ in text_to_leave_out("02")]
    assert titles == ["What truncation loses", "Two honest splits", "2.7 Samples for a classifier"]
    assert re.search(r"Pre or post, and the first steps \(\d+ min\)", plan("06").split("may go")[1])
    assert "By hand" not in str(text_to_leave_out("06"))


def test_the_guides_week_has_the_minutes_of_the_plans():
    guide = (ROOT / "TEACHING.md").read_text("utf-8")
    days = (("00", "01", "02"), ("03", "04", "05"), ("06", "07"), ("08", "09"), ("10", "11"))
    reading = [sum(in_class(ch, [e.id for e in load_key(ch).EXERCISES]) for ch in d) for d in days]
    told = re.search(r"([\d, ]+) and (\d+) minutes from Monday to Friday", guide)
    said = [int(n) for n in re.findall(r"\d+", told[0])]
    # A few words more change no page.
    assert all(abs(a - b) <= 8 for a, b in zip(said, reading, strict=True)), reading


@pytest.mark.parametrize("chapter", chapters())
def test_slides_hold_each_figure_guess_exercise_and_key_idea(chapter):
    text = slides_of(chapter)
    notebook = Course().notebook(Course().master(chapter), solved=True)
    cells = nbformat.read(notebook, as_version=4).cells
    figures = [
        re.search(r'alt="([^"]+)"', "".join(output.data["text/html"]))[1]
        for cell in cells
        for output in cell.get("outputs", [])
        if "".join(output.get("data", {}).get("text/html", "")).startswith("<img")
    ]
    assert figures and all(f'alt="{alt}"' in text for alt in figures)
    prose = [cell.source for cell in cells if cell.cell_type == "markdown"]
    (ideas,) = [s.split("## Key ideas\n")[1] for s in prose if "## Key ideas\n" in s]
    ideas = ideas.split("**Go further")[0]
    (told,) = re.findall(r'<section class="idea.*?</section>', text, re.DOTALL)
    assert told.count("<li>") == ideas.count("\n- ") > 2
    asked = [part for source in prose for part in source.split("\n\n") if "**Guess" in part]
    assert text.count('<section class="guess') >= len(asked) > 0
    exercises = load_key(chapter).EXERCISES
    assert text.count('<section class="task') == len(exercises)
    said = html.unescape(re.sub(r"<[^>]+>", "", text))
    assert all(exercise.title.replace("`", "") in said for exercise in exercises)
    assert not re.search(r"<script|src=\"https?:|### BEGIN", text)
    drawn = re.sub(r"data:image/[^\"]+|<(code|pre)>.*?</\1>", "", text, flags=re.DOTALL)
    assert "$" not in drawn
