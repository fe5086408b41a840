"""What goes into the students' package, and what that lies beside it doesn't."""

import json
import os
import shutil
import subprocess
import zipfile
from pathlib import Path

import pytest

from course.authoring import handout
from course.authoring.handout import FILES, ROOT, listed_files, student_package

NOTEBOOK = "course/coach/notebook.py"
KNOWN = (NOTEBOOK, "course/quiz.py", "seqrec/model.py", "chapters/02_sequences.ipynb", "docs/a.png")
PLANTED = (
    "course/exam_2026.py",
    "course/keys/solution_02.py",
    "chapters/exam.ipynb",
    "docs/exam-2026.png",
)


def write(path, text="x = 1\n"):
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")


def git(root, *command):
    names = ("-c", "user.name=A", "-c", "user.email=a@example.org")
    plain = {name: value for name, value in os.environ.items() if not name.startswith("GIT_")}
    subprocess.run(["git", *names, *command], cwd=root, env=plain, check=True, capture_output=True)


@pytest.fixture
def course(tmp_path):
    """A small course, not in git, with a released chapter, as (root, folder of the classroom)."""
    root = tmp_path / "checkout"
    for name in (*FILES, *KNOWN):
        write(root / name)
    write(root / NOTEBOOK, 'def solution(id):\n    return "the answer"\n')
    write(root / "course" / "marking.py")
    write(root / "course" / "authoring" / "build.py")
    write(root / "solutions" / "02_sequences.py")
    write(root / ".gitignore", "*.log\n")
    folder = tmp_path / "classroom"
    write(folder / "release" / "02_sequences" / "02_sequences.ipynb", "released")
    write(folder / "release" / "exam" / "exam.ipynb", "an exam")
    return root, folder


@pytest.fixture
def checkout(course):
    """The same in git."""
    git(course[0], "init")
    git(course[0], "add", ".")
    git(course[0], "commit", "-m", "a course")
    return course


def packed(path):
    with zipfile.ZipFile(path) as archive:
        assert archive.testzip() is None
        return {name.removeprefix("course/"): archive.read(name) for name in archive.namelist()}


def test_all_that_git_knows_of_the_course_goes_in_and_the_chapter_as_it_was_released(checkout):
    inside = packed(student_package(checkout[1], checkout[0]))
    assert sorted(inside) == sorted({*FILES, *KNOWN})
    assert inside["chapters/02_sequences.ipynb"] == b"released"
    assert b"the answer" not in inside[NOTEBOOK]


def test_what_git_does_not_know_stays_out(checkout):
    root, folder = checkout
    before = packed(student_package(folder, root))
    for name in (*PLANTED, "course/plain_name.py", "docs/ignored.log", "exam.ipynb"):
        write(root / name)
    assert packed(student_package(folder, root)) == before


def test_an_assignment_that_is_no_chapter_stays_out(checkout):
    write(checkout[0] / "chapters" / "exam.ipynb")
    assert not [
        name for name in packed(student_package(checkout[1], checkout[0])) if "exam" in name
    ]


def test_a_file_that_git_knows_and_that_is_gone_is_left_out(checkout):
    root, folder = checkout
    (root / "course" / "quiz.py").unlink()
    assert sorted(packed(student_package(folder, root))) == sorted(
        {*FILES, *KNOWN} - {"course/quiz.py"}
    )


@pytest.mark.skipif(os.name == "nt", reason="links need a right there")
def test_links_stay_out_also_those_that_git_knows(checkout):
    root, folder = checkout
    write(folder.parent / "elsewhere" / "exam.py")
    (root / "course" / "borrowed.py").symlink_to(folder.parent / "elsewhere" / "exam.py")
    (root / "seqrec" / "folder").symlink_to(folder.parent / "elsewhere")
    git(root, "add", ".")
    assert sorted(packed(student_package(folder, root))) == sorted({*FILES, *KNOWN})


@pytest.mark.skipif(os.name == "nt", reason="links need a right there")
def test_a_folder_that_became_a_link_gives_nothing(checkout):
    """git still knows the names below it; the files are somebody else's."""
    root, folder = checkout
    write(folder.parent / "elsewhere" / "model.py")
    shutil.rmtree(root / "seqrec")
    (root / "seqrec").symlink_to(folder.parent / "elsewhere")
    assert "seqrec/model.py" not in packed(student_package(folder, root))


@pytest.mark.parametrize("why", ["no checkout", "no git", "unknown in another checkout"])
def test_without_git_files_go_in_by_folder_and_kind_and_no_exam(course, why, monkeypatch):
    root, folder = course
    if why == "no git":
        monkeypatch.setenv("PATH", "")
    if why == "unknown in another checkout":
        git(root.parent, "init")
    for name in (*PLANTED, "course/notes.log", "course/.hidden.py", "docs/.cache/a.png"):
        write(root / name)
    assert sorted(packed(student_package(folder, root))) == sorted({*FILES, *KNOWN})


def test_without_git_the_course_itself_goes_in_whole(monkeypatch):
    """Its folders and kinds are all that it has."""
    known = {name for name in listed_files(ROOT) if handout.is_handed_out(name)}
    monkeypatch.setattr(handout, "_tracked", lambda root: None)
    by_kind = {name for name in listed_files(ROOT) if handout.is_handed_out(name)}
    assert known <= by_kind


def test_a_variable_of_gits_does_not_name_another_checkout(checkout, monkeypatch, tmp_path):
    root, folder = checkout
    before = packed(student_package(folder, root))
    git(tmp_path, "init", "other")
    monkeypatch.setenv("GIT_DIR", str(tmp_path / "other" / ".git"))
    assert packed(student_package(folder, root)) == before


def test_the_same_files_make_the_same_bytes(checkout):
    root, folder = checkout
    first = student_package(folder, root).read_bytes()
    for name in KNOWN:
        os.utime(root / name, (0, 1_000_000_000))
    assert student_package(folder, root).read_bytes() == first


def test_a_stopped_run_leaves_the_older_package_whole(checkout, monkeypatch):
    root, folder = checkout
    package = student_package(folder, root)
    before = package.read_bytes()
    write(root / "course" / "quiz.py", "y = 2\n")

    def stopped(*paths):
        raise KeyboardInterrupt

    with monkeypatch.context() as interrupted:
        interrupted.setattr(handout.os, "replace", stopped)
        with pytest.raises(KeyboardInterrupt):
            student_package(folder, root)
    assert package.read_bytes() == before
    assert [path.name for path in folder.iterdir() if path.is_file()] == ["student.zip"]
    student_package(folder, root)
    assert Path(package).read_bytes() != before


def test_no_notebook_in_the_package_holds_an_output(checkout):
    """Neither a released chapter, which a teacher may have run, nor a page beside them."""
    root, folder = checkout
    executed = (ROOT / "chapters" / "02_sequences.ipynb").read_text("utf-8")
    assert '"output_type"' in executed
    write(root / "chapters" / "a_page.ipynb", executed)
    write(folder / "release" / "02_sequences" / "02_sequences.ipynb", executed)
    git(root, "add", ".")
    inside = packed(student_package(folder, root))
    for name in ("chapters/a_page.ipynb", "chapters/02_sequences.ipynb"):
        cells = json.loads(inside[name])["cells"]
        assert any("@exercise" in "".join(cell["source"]) for cell in cells)
        assert not [cell for cell in cells if cell.get("outputs") or cell.get("execution_count")]
