"""A class view gets a line for each try, whole, from those who take part, and from nobody else."""

import json
import os
import subprocess
import sys
import threading
from pathlib import Path

import pytest

from course.coach import class_lines
from course.coach.class_lines import FOLDER, KEPT, NAME, add, append, own_id
from course.coach.notebook import exercise
from course.teaching.room import read

MODULE = Path(class_lines.__file__)


@pytest.fixture(autouse=True)
def fresh(monkeypatch):
    monkeypatch.delenv(FOLDER, raising=False)
    monkeypatch.delenv(NAME, raising=False)
    class_lines.forget()
    yield
    class_lines.forget()


@pytest.fixture
def room(tmp_path, monkeypatch):
    folder = tmp_path / "room"
    folder.mkdir()
    monkeypatch.setenv(FOLDER, str(folder))
    return folder


def lines_of(room):
    return [json.loads(line) for path in room.iterdir() for line in path.read_text().split()]


def try_it(divide_by_oracle=True):
    """A wrong answer to 0.1, and a right one, as cells of a chapter would."""

    @exercise("0.1")
    def share_of_lift(model, popularity, oracle):
        if divide_by_oracle:
            return model / oracle
        return (model - popularity) / (oracle - popularity)


def stub():
    @exercise("0.1")
    def share_of_lift(model, popularity, oracle): ...


def test_without_the_variable_nothing_is_written_and_nothing_said(tmp_path, capsys, monkeypatch):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(class_lines, "append", lambda *_: pytest.fail("a line was written"))
    try_it()
    assert "class view" not in capsys.readouterr().out and not list(tmp_path.iterdir())


def test_each_try_is_a_line_without_code_or_name_and_a_stub_is_none(room, capsys):
    stub()
    assert not list(room.iterdir())
    try_it()
    try_it(divide_by_oracle=False)
    (path,) = room.iterdir()
    wrong, right = [json.loads(line) for line in path.read_text().splitlines() if line]
    assert set(wrong) == {"exercise", "state", "cause", "at"}
    assert (wrong["exercise"], wrong["state"], right["state"]) == ("0.1", "MISCONCEPTION", "RIGHT")
    assert wrong["cause"] and not right["cause"]
    said = capsys.readouterr().out
    assert said.count("You take part in the class view") == 1
    assert "neither your name nor your code" in said.replace("\n", " ")


def test_what_the_cards_say_is_the_same_with_and_without(room, capsys, monkeypatch):
    try_it()
    shared = capsys.readouterr().out
    monkeypatch.delenv(FOLDER)
    try_it()
    alone = capsys.readouterr().out
    assert shared.startswith(alone) and "class view" in shared[len(alone) :]


def test_a_name_goes_only_if_it_was_given_and_is_told(room, monkeypatch):
    monkeypatch.setenv(NAME, "Anna")
    assert "the name Anna" in add("0.1", "RIGHT", "", None)
    (path,) = room.iterdir()
    assert json.loads(path.read_text())["name"] == "Anna" and "Anna" not in path.name


def test_a_folder_that_is_not_there_is_told_once_and_not_made(tmp_path, capsys, monkeypatch):
    monkeypatch.setenv(FOLDER, str(tmp_path / "typo"))
    try_it()
    try_it()
    said = capsys.readouterr().out
    assert said.count("The class view gets nothing") == 1 and said.count("0.1") > 1
    assert not (tmp_path / "typo").exists()


def test_the_chapters_of_a_learner_share_an_id_and_learners_do_not(tmp_path):
    ids = []
    for home in ("anna", "anna", "ben"):
        (tmp_path / home).mkdir(exist_ok=True)
        class_lines.forget()
        ids.append(own_id(tmp_path / home / "course_progress.json"))
    assert ids[0] == ids[1] != ids[2]
    (tmp_path / "anna" / KEPT).write_text("../../etc")
    class_lines.forget()
    assert own_id(tmp_path / "anna" / "course_progress.json").isalnum()


def test_thirty_learners_that_write_at_once_lose_nothing(room):
    """Each in a process of its own, two kernels of each learner at the same time."""
    code = (
        "import runpy, sys, pathlib\n"
        f"append = runpy.run_path({str(MODULE)!r})['append']\n"
        "for path in sys.argv[1:]:\n"
        "    for n in range(20):\n"
        "        append(pathlib.Path(path), {'exercise': '2.1', 'state': 'RIGHT', "
        "'cause': str(n), 'at': n})\n"
    )
    names = [str(room / f"{number:012x}.jsonl") for number in range(30)]
    # Six processes write five learners' files each, and threads beside them the same files.
    running = [
        subprocess.Popen([sys.executable, "-S", "-c", code, *names[part::6]]) for part in range(6)
    ]
    line = {"exercise": "2.2", "state": "RAISED", "cause": "x" * 300, "at": 1}
    threads = [
        threading.Thread(target=lambda name=name: [append(Path(name), line) for _ in range(20)])
        for name in names
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert [process.wait() for process in running] == [0] * 6
    lines, damaged = read(room)
    assert damaged == 0 and len(lines) == 30 * 40
    assert len({line.who for line in lines}) == 30


def test_after_a_line_that_was_cut_off_the_next_one_is_whole(room):
    path = room / "a.jsonl"
    path.write_bytes(b'{"exercise": "2.1", "sta')
    append(path, {"exercise": "2.1", "state": "RIGHT", "cause": "", "at": 1})
    lines, damaged = read(room)
    assert len(lines) == 1 and damaged == 1


@pytest.mark.skipif(os.name == "nt" or os.geteuid() == 0, reason="rights bind neither there")
def test_a_folder_that_can_t_be_written_is_told(room):
    room.chmod(0o500)
    assert "can't be written" in add("0.1", "RIGHT", "", None)
    room.chmod(0o700)
