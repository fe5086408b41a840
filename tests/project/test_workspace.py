"""The learner's own copy of the chapters is never overwritten."""

import os
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tools import files, workspace

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture
def course(tmp_path):
    """Two chapters and a picture, as (chapters, workspace)."""
    chapters = tmp_path / "chapters"
    (chapters / "images").mkdir(parents=True)
    (chapters / ".ipynb_checkpoints").mkdir()
    for name in (
        "00_start_here.ipynb",
        "02_sequences.ipynb",
        "images/map.png",
        ".ipynb_checkpoints/00-checkpoint.ipynb",
    ):
        (chapters / name).write_text(f"fresh {name}", encoding="utf-8")
    return chapters, tmp_path / "workspace"


def names(folder):
    return sorted(
        path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file()
    )


def test_all_chapters_and_pictures_arrive_the_first_time(course):
    new = workspace.add_new_chapters(*course)
    assert names(course[1]) == ["00_start_here.ipynb", "02_sequences.ipynb", "images/map.png"]
    assert sorted(new) == [course[1] / name for name in names(course[1])]


def test_copies_in_a_home_leave_nothing_beside_them(course, tmp_path):
    home = tmp_path / "home"
    home.mkdir()
    for _ in range(2):
        workspace.add_new_chapters(course[0], home / "zooplus")
    assert [path.name for path in home.iterdir()] == ["zooplus"]
    assert set(names(home / "zooplus")) - {".copies.lock"} == {
        "00_start_here.ipynb",
        "02_sequences.ipynb",
        "images/map.png",
    }


def test_later_only_new_chapters_arrive_and_edits_stay(course):
    workspace.add_new_chapters(*course)
    mine = course[1] / "02_sequences.ipynb"
    mine.write_text("my answer", encoding="utf-8")
    (course[0] / "02_sequences.ipynb").write_text("newer", encoding="utf-8")
    (course[0] / "03_negative_samples.ipynb").write_text("fresh", encoding="utf-8")
    assert workspace.add_new_chapters(*course) == [course[1] / "03_negative_samples.ipynb"]
    assert mine.read_text(encoding="utf-8") == "my answer"


@pytest.mark.parametrize("name", ["2", "02", " 02 ", "02_sequences", "02_sequences.ipynb"])
def test_reset_takes_a_number_or_a_name(course, name):
    fresh, kept = workspace.reset(*course, name)
    assert fresh == course[1] / "02_sequences.ipynb" and kept is None


def test_reset_keeps_every_earlier_copy(course):
    workspace.add_new_chapters(*course)
    mine = course[1] / "02_sequences.ipynb"
    for attempt in (1, 2, 3):
        mine.write_text(f"attempt {attempt}", encoding="utf-8")
        fresh, kept = workspace.reset(*course, "02")
        assert fresh.read_text(encoding="utf-8") == "fresh 02_sequences.ipynb"
        assert kept.name == f"02_sequences.old-{attempt}.ipynb"
        assert kept.read_text(encoding="utf-8") == f"attempt {attempt}"


@given(st.text(max_size=12).filter(lambda text: text.strip() not in {"0", "2", "00", "02"}))
def test_reset_of_no_chapter_lists_those_there_are_and_changes_nothing(tmp_path_factory, name):
    chapters = tmp_path_factory.mktemp("course") / "chapters"
    chapters.mkdir()
    for chapter in ("00_start_here.ipynb", "02_sequences.ipynb"):
        (chapters / chapter).touch()
    if name.strip().isdecimal() and int(name) in (0, 2):
        return
    with pytest.raises(workspace.WorkspaceError, match="00_start_here\n  02_sequences"):
        workspace.reset(chapters, chapters.parent / "workspace", name)
    assert not (chapters.parent / "workspace").exists()


def test_an_interrupted_copy_leaves_no_half_of_a_notebook(course, monkeypatch):
    def half(source, target):
        target.write_text("fre", encoding="utf-8")
        raise KeyboardInterrupt

    monkeypatch.setattr(workspace, "copy_bare", half)
    with pytest.raises(KeyboardInterrupt):
        workspace.add_new_chapters(*course)
    monkeypatch.undo()
    workspace.add_new_chapters(*course)
    assert (course[1] / "00_start_here.ipynb").read_text(
        encoding="utf-8"
    ) == "fresh 00_start_here.ipynb"


START = """
import sys
from pathlib import Path
sys.path.insert(0, sys.argv[1])
from tools import workspace
course = Path(sys.argv[2])
places = (course / "chapters", course / "workspace")
print("ready", flush=True)
sys.stdin.readline()
if sys.argv[3] == "lab":
    print(len(workspace.add_new_chapters(*places)))
else:
    print(workspace.reset(*places, sys.argv[3])[1].name)
"""


def start(folder, what):
    """A start that has imported all it needs and waits for a line."""
    command = [sys.executable, "-ISc", START, str(ROOT), str(folder), what]
    process = subprocess.Popen(
        command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, start_new_session=True
    )
    assert process.stdout.readline() == "ready\n"
    return process


def go(*processes):
    for process in processes:
        process.stdin.write("go\n")
        process.stdin.flush()


def answer(process):
    """The last line that a start says, once it has ended well."""
    said = process.communicate(timeout=60)[0]
    assert process.returncode == 0
    return said.splitlines()[-1]


@pytest.fixture
def large(tmp_path):
    """Chapters of some size, as the folder of the course."""
    (tmp_path / "chapters").mkdir()
    for number in range(12):
        text = f"fresh {number:02d} " * 30_000
        (tmp_path / "chapters" / f"{number:02d}_topic.ipynb").write_text(text, encoding="utf-8")
    return tmp_path


def assert_whole(folder):
    """Each chapter is there and nothing else, neither half nor left over."""
    assert names(folder / "workspace") == names(folder / "chapters")
    for path in (folder / "chapters").iterdir():
        assert (folder / "workspace" / path.name).read_bytes() == path.read_bytes()


def test_of_two_starts_at_once_each_chapter_comes_from_one(large):
    for _ in range(20):
        shutil.rmtree(large / "workspace", ignore_errors=True)
        both = [start(large, "lab"), start(large, "lab")]
        go(*both)
        assert sum(int(answer(process)) for process in both) == 12
        assert_whole(large)


def test_of_two_resets_at_once_neither_loses_the_learners_copy(large):
    workspace.add_new_chapters(large / "chapters", large / "workspace")
    mine = large / "workspace" / "03_topic.ipynb"
    mine.write_text("my answer", encoding="utf-8")
    both = [start(large, "3"), start(large, "3")]
    go(*both)
    assert sorted(map(answer, both)) == ["03_topic.old-1.ipynb", "03_topic.old-2.ipynb"]
    assert (large / "workspace" / "03_topic.old-1.ipynb").read_text("utf-8") == "my answer"


@pytest.mark.skipif(os.name == "nt", reason="kills process groups")
def test_a_start_that_is_killed_leaves_whole_chapters_and_the_next_brings_the_rest(large):
    moments = np.random.default_rng(0).uniform(0, 0.02, size=20)
    for seconds in moments:
        shutil.rmtree(large / "workspace", ignore_errors=True)
        killed = start(large, "lab")
        go(killed)
        time.sleep(seconds)
        os.killpg(killed.pid, signal.SIGKILL)
        killed.communicate()
        for name in names(large / "workspace") if (large / "workspace").exists() else ():
            if not files.PART.fullmatch(name):
                fresh = (large / "chapters" / name).read_bytes()
                assert (large / "workspace" / name).read_bytes() == fresh
        workspace.add_new_chapters(large / "chapters", large / "workspace")
        assert_whole(large)


@pytest.mark.parametrize("links", [True, False], ids=["", "without-hard-links"])
@pytest.mark.parametrize("at", ["copy_bare", "move", "replace"])
def test_a_reset_stopped_at_any_step_keeps_what_the_learner_wrote(course, monkeypatch, at, links):
    workspace.add_new_chapters(*course)
    mine = course[1] / "02_sequences.ipynb"
    mine.write_text("my answer", encoding="utf-8")
    if not links:
        no_hard_links(monkeypatch)

    def stopped(*arguments):
        raise KeyboardInterrupt

    with monkeypatch.context() as interrupted:
        places = {
            "copy_bare": (workspace, "copy_bare"),
            "move": (workspace, "move_to_free_name"),
            "replace": (os, "replace"),
        }
        interrupted.setattr(*places[at], stopped)
        with pytest.raises(KeyboardInterrupt):
            workspace.reset(*course, "02")
    workspace.add_new_chapters(*course)
    texts = [path.read_text("utf-8") for path in course[1].glob("02_*.ipynb")]
    assert "my answer" in texts and not list(course[1].glob(".*"))


def no_hard_links(monkeypatch):
    """As on a USB stick."""

    def refused(*arguments, **options):
        raise PermissionError(1, "Operation not permitted")

    monkeypatch.setattr(os, "link", refused)


@pytest.mark.parametrize("links", [True, False], ids=["", "without-hard-links"])
def test_a_file_that_comes_while_another_is_copied_is_kept(course, monkeypatch, links):
    """The learner saves at that moment, or another start was faster."""
    copy = workspace.copy_bare
    mine = course[1] / "02_sequences.ipynb"
    if not links:
        no_hard_links(monkeypatch)

    def and_save(source, target):
        copy(source, target)
        mine.write_text("my answer", encoding="utf-8")

    monkeypatch.setattr(workspace, "copy_bare", and_save)
    assert mine not in workspace.add_new_chapters(*course)
    assert mine.read_text("utf-8") == "my answer"


def test_what_a_killed_start_left_is_removed_and_nothing_that_looks_like_it(course):
    (course[1] / "images").mkdir(parents=True)
    left = [".02_sequences.ipynb.0a1b2c3d.part", "images/.map.png.ffffffff.part"]
    mine = [".notes.part", "film.part", "02_sequences.ipynb.part"]
    # Also where no chapter is missing any more.
    for _ in range(2):
        for name in left + mine:
            (course[1] / name).touch()
        workspace.add_new_chapters(*course)
        assert not set(left) & set(names(course[1])) and set(mine) <= set(names(course[1]))


@pytest.mark.parametrize("call", [workspace.add_new_chapters, workspace.reset])
def test_a_workspace_that_is_no_folder_is_an_error_with_a_cure(course, call):
    course[1].touch()
    more = ["02"] if call is workspace.reset else []
    with pytest.raises(
        workspace.WorkspaceError, match=r"workspace/ must be a folder[^\n]*\nCure: "
    ):
        call(*course, *more)
