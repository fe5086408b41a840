"""The teacher sees which wrong idea the room has now, whatever stands in the folder."""

import json
import re

import pytest

from course.coach.find import find_exercise
from course.teaching import class_view
from course.teaching.class_view import to_page, to_text
from course.teaching.room import Reader, now_in, parsed, read
from tests.course.teaching.thirty_learners import at_work

IDEA = find_exercise("2.1").misconceptions[0]
NOW = 1_790_000_000


def line(at=NOW, **more):
    said = {"exercise": "2.1", "state": "MISCONCEPTION", "cause": IDEA.name, "at": at} | more
    return json.dumps(said).encode()


def write(room, id, *lines):
    (room / f"{id}.jsonl").write_bytes(b"".join(b"\n" + each + b"\n" for each in lines))


@pytest.fixture
def room(tmp_path):
    folder = tmp_path / "room"
    folder.mkdir()
    write(folder, "anna", line(NOW - 60), line(NOW - 30, state="RIGHT", cause=""))
    write(folder, "ben", line(NOW - 50))
    write(folder, "cem", line(NOW - 40), line(NOW - 20, exercise="2.2", state="RAISED", cause=""))
    write(folder, "dora", line(NOW - 3600))
    return folder


def test_each_learners_last_try_counts_and_what_is_long_ago_does_not(room):
    first, second = now_in(read(room)[0], minutes=15, now=NOW)
    assert (first.exercise, first.right, first.causes) == ("2.1", 1, ((IDEA.name, 2),))
    assert first.names[IDEA.name] == ("ben", "cem") and first.tried == 3
    assert (second.exercise, second.causes) == ("2.2", (("not yet (an error)", 1),))
    assert now_in(read(room)[0], minutes=999, now=NOW)[0].tried == 4
    assert now_in(read(room)[0], minutes=15, now=NOW + 9999) == []


def test_exercises_come_in_order():
    lines = [parsed(line(exercise=id), "a") for id in ("10.2", "2.1", "10.1")]
    assert [s.exercise for s in now_in(lines, 1, NOW)] == ["2.1", "10.1", "10.2"]


@pytest.mark.parametrize(
    "text",
    [
        b"{",
        b"\xff\xfe",
        b"[1]",
        b"null",
        b'"text"',
        line(state="GENIUS"),
        line(exercise="<b>"),
        line(exercise=2.1),
        line(cause=7),
        line(cause="x" * 301),
        line(at="soon"),
        line(at=1e300),
        line(at=None),
        line(name=["a"]),
        b"[" * 100_000,
    ],
)
def test_a_damaged_line_is_skipped_and_counted(room, text):
    assert parsed(text, "a") is None
    write(room, "eve", text, line())
    lines, damaged = read(room)
    assert damaged == 1 and sum(each.who == "eve" for each in lines) == 1


def test_a_line_that_is_being_written_is_left_for_the_next_look(room):
    (room / "eve.jsonl").write_bytes(line() + b"\n" + line()[:20])
    lines, damaged = read(room)
    assert damaged == 0 and sum(each.who == "eve" for each in lines) == 1


def test_a_second_look_reads_only_what_is_new_and_a_file_begun_anew_from_its_start(room):
    reader = Reader(room)
    before, _ = reader.look()
    path = room / "ben.jsonl"
    path.write_bytes(path.read_bytes() + b"{\n" + line(NOW, cause="new")[:9])
    path.write_bytes(path.read_bytes() + line(NOW, cause="new")[9:] + b"\n")
    lines, damaged = reader.look()
    assert damaged == 1 and len(lines) == len(before) + 1
    assert (lines, damaged) == read(room)
    write(room, "ben", line())
    assert len(reader.look()[0]) == len(before) and reader.look()[1] == 0


def test_a_cut_line_is_read_when_its_end_has_come(room):
    path, reader = room / "eve.jsonl", Reader(room)
    path.write_bytes(line()[:20])
    before = len(reader.look()[0])
    path.write_bytes(line() + b"\n")
    assert len(reader.look()[0]) == before + 1 and reader.look()[1] == 0


def test_the_page_shows_the_coachs_sentence_and_renews_itself(room):
    standings = now_in(read(room)[0], 15, NOW)
    text = to_page(standings, "foot", 5)
    assert '<meta http-equiv="refresh" content="5">' in text and "1 of 3 right" in text
    assert re.sub("[`*]", "", IDEA.says)[:40] in re.sub("<.*?>", "", text)
    assert "ben" not in text and "ben" in to_page(standings, "foot", 5, names=True)
    assert "<script" not in text


def test_what_is_not_text_is_shown_as_text(room):
    write(room, "eve", line(cause="<script>alert(1)</script>", name="\x1b[2J<i>"))
    standings = now_in(read(room)[0], 15, NOW)
    page = to_page(standings, "foot", 5, names=True)
    assert "<script>" not in page and "<i>" not in page.replace('<i style="flex:', "")
    assert "\x1b" not in to_text(standings, "foot", names=True)


def test_the_command_prints_a_table_once_and_counts_what_it_skipped(room, tmp_path, capsys):
    write(room, "eve", b"{", b"{")
    assert class_view.main([str(room), "--once", "--minutes", "1e9"]) == 0
    said = capsys.readouterr().out
    assert re.search(rf"2\.1 .*: 1 of 4 right\n +3  {IDEA.name}", said)
    assert "2 damaged lines were skipped" in said
    assert class_view.main([str(tmp_path / "typo"), "--once"]) == 1
    assert "typo" in capsys.readouterr().err


def test_the_page_is_written_until_it_is_stopped(room, tmp_path, monkeypatch):
    looks = []

    def sleep(seconds):
        looks.append(seconds)
        if len(looks) == 3:
            raise KeyboardInterrupt

    monkeypatch.setattr(class_view.time, "sleep", sleep)
    page = tmp_path / "view" / "index.html"
    assert class_view.main([str(room), "--every", "2", "--page", str(page)]) == 0
    assert looks == [2.0] * 3 and "The room now" in page.read_text("utf-8")
    assert [path.name for path in page.parent.iterdir()] == ["index.html"]


def test_thirty_learners_at_work_lose_nothing_and_the_page_keeps_showing_what_is_new(tmp_path):
    report = at_work(tmp_path, seconds=3, pace=0.3, every=0.5)
    assert report.learners == 30 and report.written > 300 and report.spoilt > 0
    assert (report.read, report.damaged) == (report.written, report.spoilt)
    # That each appeared is what counts; how fast is for a quiet machine to say.
    assert len(report.ages) >= 2
