"""The learner's own copy of the chapters is never overwritten."""

import shutil

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tools import workspace


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

    monkeypatch.setattr(shutil, "copyfile", half)
    with pytest.raises(KeyboardInterrupt):
        workspace.add_new_chapters(*course)
    monkeypatch.undo()
    workspace.add_new_chapters(*course)
    assert (course[1] / "00_start_here.ipynb").read_text(
        encoding="utf-8"
    ) == "fresh 00_start_here.ipynb"
