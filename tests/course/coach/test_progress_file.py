"""Progress outlives the kernel, and whatever happens to its file, a chapter goes on."""

import contextlib
import errno
import json
import os
import resource
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

import nbformat
import pytest
from filelock import FileLock
from nbclient import NotebookClient

import course
from course import progress as command
from course.coach import progress, progress_file
from course.coach.board import chapter_rows
from course.coach.progress import Progress
from course.coach.progress_file import NAME, NotKept, add, beside_chapters, read
from course.coach.record import LARGEST, Noted, Record, from_json, merged, to_json
from tools import workspace

ROOT = Path(__file__).resolve().parents[3]
RIGHT = """
@exercise("2.1")
def pad_left(items, length):
    if length < 1:
        raise ValueError
    kept = list(items)[-length:]
    return [0] * (length - len(kept)) + kept
"""
WRONG = RIGHT.replace("[-length:]", "[:length]")
STUB = '@exercise("2.1")\ndef pad_left(items, length):\n    ...\n'
SOLVED = Record(exercises={"2.1": "solved"})
NEWER = b'{"format": "zooplus-course progress 2", "exercises": {"2.1": "solved in 3 ways"}}'
FULL = Record(
    {"2.1": "solved", "2.2": "tried"},
    {"2.1": ["B", "A"]},
    {"2.1": Noted(40.0, 0.8, 62.0, False), "2.2": Noted(["b", "a"]), "2.3": Noted("é", 0.0)},
)


@pytest.fixture
def file(tmp_path, monkeypatch, toy):
    """The file of a kernel that begins now; chapter 02 is the toy key."""
    monkeypatch.setenv(progress_file.ELSEWHERE, str(tmp_path / NAME))
    progress.forget()
    return tmp_path / NAME


@pytest.fixture
def run(file, cell, capsys):
    """Run a cell; gives what it shows."""
    names = {name: getattr(course, name) for name in course.__all__}

    def shown(source):
        cell(source, **names)
        return capsys.readouterr().out

    return shown


def restart():
    progress.forget()


def test_what_was_solved_is_known_in_the_next_kernel(run):
    run(RIGHT)
    restart()
    assert "Pad on the left        5 min  solved by you, earlier" in run('scoreboard("02")')
    run(WRONG)
    assert "solved by you, earlier" in run('scoreboard("02")')
    text = run("progress_board()")
    assert "1 of 3 exercises solved" in text and f"Kept in `{NAME}`" in text


def test_what_was_tried_is_known_and_a_stub_is_no_try(run, file):
    run(STUB)
    assert not file.exists()
    run(WRONG)
    restart()
    assert progress.standing("2.1") is Progress.REFERENCE


def test_choices_of_a_quiz_are_kept_in_the_order_in_which_they_were_opened(run, file):
    run('quiz("2.1", "B")\nquiz("2.1", "A")\nquiz("2.1", "B")\nquiz("2.1")\nquiz("2.1", "Z")')
    assert json.loads(file.read_text())["quizzes"] == {"2.1": ["B", "A"]}


def test_without_a_folder_of_chapters_nothing_is_written(tmp_path, toy, cell, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "02_toy.ipynb").touch()
    cell(RIGHT, exercise=course.exercise)
    assert os.listdir(tmp_path) == ["02_toy.ipynb"]
    course.progress_board()
    assert "Nothing is kept beyond this kernel" in capsys.readouterr().out


def test_an_author_s_checkout_is_no_learner_s_copy(tmp_path):
    folders = [tmp_path / name for name in ("chapters", "solutions", "workspace", "elsewhere")]
    for folder in folders:
        folder.mkdir()
        if folder.name != "elsewhere":
            (folder / "02_sequences.ipynb").touch()
    assert [beside_chapters(folder) for folder in folders] == [
        None,
        None,
        tmp_path / "workspace" / NAME,
        None,
    ]
    assert beside_chapters(ROOT / "chapters") is None
    assert beside_chapters(tmp_path / "nowhere") is None
    # A students' package has chapters, and no solutions.
    folders[1].rename(tmp_path / "gone")
    assert beside_chapters(tmp_path / "chapters") == tmp_path / "chapters" / NAME


def test_what_is_written_reads_back(tmp_path):
    assert from_json(to_json(FULL)) == (FULL, True)
    add(tmp_path / NAME, FULL)
    assert read(tmp_path / NAME) == (FULL, "")


def test_putting_together_loses_nothing_and_twice_is_once():
    first = Record({"2.1": "solved"}, {"2.1": ["A"]}, {"2.1": Noted(1.0, None, 2.0, False)})
    second = Record({"2.1": "tried"}, {"2.1": ["B", "A"]}, {"2.1": Noted(2.0), "2.2": Noted(3.0)})
    both = merged(first, second)
    assert both.exercises == {"2.1": "solved"} and both.quizzes == {"2.1": ["A", "B"]}
    assert both.guesses == {"2.1": Noted(1.0, None, 2.0, False), "2.2": Noted(3.0)}
    assert merged(both, second) == both == merged(first, both)
    assert merged(second, first).guesses["2.1"] == Noted(1.0, None, 2.0, False)


def test_two_kernels_add_to_one_file_and_keep_what_the_other_wrote(run, file):
    run(RIGHT)
    add(file, Record(exercises={"2.3": "solved"}, quizzes={"2.2": ["C"]}))
    run('quiz("2.1", "A")')
    assert read(file)[0].exercises == {"2.1": "solved", "2.3": "solved"}
    assert read(file)[0].quizzes == {"2.1": ["A"], "2.2": ["C"]}
    assert "2 of 3 exercises" in run("progress_board()")


WRITER = """
import sys
sys.path.insert(0, {root!r})
from pathlib import Path
from course.coach.progress_file import add
from course.coach.record import Record
print("ready", flush=True)
sys.stdin.readline()
for number in range(1, 101):
    add(Path({path!r}), Record(exercises={{f"{{sys.argv[1]}}.{{number}}": "solved"}}))
"""


def test_two_processes_at_once_lose_nothing_and_no_reader_sees_half(tmp_path):
    path = tmp_path / NAME
    program = WRITER.format(root=str(ROOT), path=str(path))
    writers = [
        subprocess.Popen(
            [sys.executable, "-c", program, chapter],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        for chapter in "12"
    ]
    for writer in writers:
        assert writer.stdout.readline() == "ready\n"
    for writer in writers:
        writer.stdin.write("go\n")
        writer.stdin.flush()
    before = 0
    while any(writer.poll() is None for writer in writers):
        record, problem = read(path)
        assert not problem and len(record.exercises) >= before
        before = len(record.exercises)
    for writer in writers:
        writer.communicate()
        assert writer.returncode == 0
    assert len(read(path)[0].exercises) == 200
    assert sorted(os.listdir(tmp_path)) in ([f".{NAME}.lock", NAME], [NAME])


@contextlib.contextmanager
def no_space_after(n_bytes):
    """No file of this process grows beyond `n_bytes`: what a full disk does to a write."""
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (n_bytes, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))


@pytest.mark.skipif(os.name == "nt", reason="needs limits of a process")
def test_a_full_disk_is_told_once_and_all_is_kept_as_soon_as_there_is_room(run, file):
    add(file, Record(exercises={"2.3": "solved"}))
    whole = file.read_bytes()
    with no_space_after(20):
        text = run(RIGHT)
        assert "Exercise 2.1 · Pad on the left · right" in text
        assert f"{NAME} can't be written (the disk is full)" in text
        assert "full" not in run('quiz("2.1", "A")') + run(WRONG)
        assert "2 of 3 exercises" in run('scoreboard("02")')
    assert file.read_bytes() == whole
    run('quiz("2.1", "B")')
    assert read(file)[0].exercises == {"2.1": "solved", "2.3": "solved"}
    assert read(file)[0].quizzes == {"2.1": ["A", "B"]}
    assert sorted(os.listdir(file.parent)) in ([f".{NAME}.lock", NAME], [NAME])


@pytest.mark.skipif(os.name == "nt", reason="needs limits of a process")
def test_where_the_disk_is_full_a_damaged_file_keeps_its_place(file):
    damaged = to_json(FULL).replace(b'"tried"', b'"tired"')
    file.write_bytes(damaged)
    with no_space_after(20), pytest.raises(NotKept, match="the disk is full"):
        add(file, SOLVED)
    assert file.read_bytes() == damaged


@pytest.mark.parametrize(
    ("number", "says"),
    [
        (errno.ENOSPC, "the disk is full"),
        (errno.EROFS, "the folder can't be written"),
        (errno.EIO, "Input/output error"),
    ],
)
def test_whatever_a_disk_says_is_a_note(run, file, monkeypatch, number, says):
    def fails(*_):
        raise OSError(number, os.strerror(number))

    monkeypatch.setattr(os, "replace", fails)
    assert says in run(RIGHT)
    assert not file.exists()


@pytest.mark.skipif(os.name == "nt", reason="needs users")
def test_a_read_only_folder_is_told_once(monkeypatch, toy, cell, capsys):
    with tempfile.TemporaryDirectory() as folder:
        # Root may write anywhere: be somebody else.
        os.chmod(folder, 0o555)
        monkeypatch.setenv(progress_file.ELSEWHERE, str(Path(folder, NAME)))
        progress.forget()
        user = os.geteuid()
        os.seteuid(65534 if user == 0 else user)
        try:
            cell(RIGHT, exercise=course.exercise)
            said = capsys.readouterr().out
            cell(RIGHT, exercise=course.exercise)
            again = capsys.readouterr().out
        finally:
            os.seteuid(user)
        assert "can't be written (the folder can't be written)" in said and "right" in said
        assert "written" not in again
        assert os.listdir(folder) == []
        os.chmod(folder, 0o755)


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"{",
        b"\xff\xfe",
        b"null",
        b"[]",
        b"{}",
        b"[" * 100_000,
        b'{"format": "something else", "mine": 1}',
        b" " * (LARGEST + 9),
        to_json(FULL)[:-40],
    ],
)
def test_a_damaged_file_is_set_aside_and_told_once(run, file, data):
    file.write_bytes(data)
    text = run(RIGHT)
    assert "course_progress.damaged-1.json" in text and "right" in text
    assert "damaged" not in run('quiz("2.1", "A")')
    assert file.with_name("course_progress.damaged-1.json").read_bytes() == data
    assert read(file) == (Record({"2.1": "solved"}, {"2.1": ["A"]}), "")


def test_each_damaged_file_gets_a_name_of_its_own_and_what_can_be_read_goes_on(file):
    for number in (1, 2):
        content = json.loads(to_json(FULL))
        content["exercises"]["2.2"] = ["?"]
        content["guesses"]["2.2"] = {"value": {}}
        content["quizzes"]["elephant"] = ["A"]
        content["guesses"]["2.1"]["truth"] = float("nan")
        file.write_text(json.dumps(content))
        assert read(file)[1] == f"{NAME} is damaged: some of your progress can't be read."
        now, note = add(file, Record(quizzes={"2.2": ["A"]}))
        assert f"damaged-{number}.json" in note
        assert now.exercises == {"2.1": "solved"}
        assert now.quizzes == {"2.1": ["B", "A"], "2.2": ["A"]}
        assert now.guesses == {"2.3": FULL.guesses["2.3"]}
        assert read(file) == (now, "")


def test_an_old_file_with_numbers_that_the_course_has_no_more_goes_on(run, file):
    old = Record({"2.77": "solved", "99.1": "tried"}, {"2.9": ["A"]}, {"2.8": Noted("gone")})
    add(file, old)
    run(RIGHT)
    assert "1 of 3 exercises" in run('scoreboard("02")') + run("progress_board()")
    assert read(file)[0] == merged(old, SOLVED)
    # A file from before there were guesses.
    file.write_text('{"format": "zooplus-course progress 1", "exercises": {"2.1": "solved"}}')
    assert read(file) == (SOLVED, "")


def test_a_file_of_a_newer_version_is_left_as_it_is(run, file):
    file.write_bytes(NEWER)
    assert "written by a newer version of the course" in run(RIGHT)
    assert "newer" not in run(RIGHT)
    assert file.read_bytes() == NEWER


def test_a_lock_that_is_not_given_back_holds_nobody_up_for_long(run, file, monkeypatch):
    monkeypatch.setattr(progress_file, "WAIT", 0.05)
    with FileLock(file.with_name(f".{NAME}.lock")):
        assert "something else holds" in run(RIGHT)
    run('quiz("2.1", "A")')
    assert read(file)[0].exercises == {"2.1": "solved"}


def test_where_there_are_no_locks_it_is_written_without(run, file, monkeypatch):
    def none_here(*_, **__):
        raise OSError(errno.ENOLCK, "No locks available")

    monkeypatch.setattr(FileLock, "acquire", none_here)
    assert "kept" not in run(RIGHT)
    assert read(file)[0] == SOLVED


def test_a_folder_in_its_place_is_told_and_left(run, file):
    file.mkdir()
    assert "can't be written" in run(RIGHT)
    assert file.is_dir()


def test_what_a_killed_kernel_left_is_cleared(run, file):
    (file.parent / f".{NAME}.0123abcd.part").write_text("half")
    run(RIGHT)
    assert not list(file.parent.glob("*.part")) and not list(file.parent.glob(".*.part"))


def test_a_guess_that_was_answered_stays_in_the_next_kernel(file, toy, monkeypatch, run):
    share = course.coach.GuessNumber(id="2.1", asks="How many?", close=1)
    monkeypatch.setattr(sys.modules["course.keys.ch02"], "GUESSES", (share,))
    run('guess("2.1", 4)')
    restart()
    assert "You guessed this before" in run('guess("2.1", ...)')
    assert "You: 4 · in truth: 9" in run('reveal("2.1", 9)')
    restart()
    assert "this guess stays" in run('guess("2.1", 9)')
    assert "you 4, in truth 9" in run('calibration("02")')
    assert "0 of 1 close" in run("progress_board()")


def test_a_fresh_copy_of_a_chapter_leaves_it(tmp_path):
    chapters, copies = tmp_path / "chapters", tmp_path / "workspace"
    for folder in (chapters, copies):
        folder.mkdir()
        shutil.copy(ROOT / "chapters" / "00_start_here.ipynb", folder)
    add(copies / NAME, FULL)
    workspace.reset(chapters, copies, "00")
    workspace.add_new_chapters(chapters, copies)
    assert read(copies / NAME) == (FULL, "")


def test_in_the_terminal_it_is_a_line_a_chapter(tmp_path, capsys, toy):
    assert command.main([str(tmp_path)]) == 0
    assert "0 of 3 exercises solved" in capsys.readouterr().out
    add(tmp_path / NAME, FULL)
    assert command.main([str(tmp_path)]) == 0
    said = capsys.readouterr()
    assert "1 of 3 solved, 1 more tried" in said.out and not said.err
    (tmp_path / NAME).write_bytes(b"?")
    assert command.main([str(tmp_path)]) == 1
    assert "damaged" in capsys.readouterr().err
    assert (tmp_path / NAME).read_bytes() == b"?"
    assert command.main([str(tmp_path / "nowhere")]) == 0


def test_a_key_that_an_author_is_at_work_on_leaves_its_chapter_out(monkeypatch, toy):
    monkeypatch.setattr("course.coach.board.chapters", lambda: ("02", "77"))
    assert [row.number for row in chapter_rows(FULL)] == ["02"]


KERNEL = """
import sys
sys.path.insert(0, {root!r})
from course import exercise, guess, progress_board, reveal
guess("2.1", 40)
reveal("2.1", 62)
"""


def test_a_real_kernel_writes_beside_its_chapters_and_only_there(tmp_path):
    (tmp_path / "02_sequences.ipynb").touch()
    for folder, due in ((tmp_path, [NAME]), (ROOT / "chapters", [])):
        cells = [nbformat.v4.new_code_cell(KERNEL.format(root=str(ROOT)))]
        notebook = nbformat.v4.new_notebook(cells=cells)
        resources = {"metadata": {"path": str(folder)}}
        NotebookClient(notebook, timeout=120, resources=resources).execute()
        assert [path.name for path in folder.glob(NAME)] == due
    assert read(tmp_path / NAME)[0].guesses == {"2.1": Noted(40.0, None, 62.0, False)}


def test_nothing_but_results_is_written(run, file):
    run(RIGHT.replace("kept", "my_secret_name"))
    text = file.read_text()
    assert "my_secret_name" not in text and str(Path.home()) not in text
    assert set(json.loads(text)) == {"format", "exercises", "quizzes", "guesses"}
