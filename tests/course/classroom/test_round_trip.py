"""Chapter 00 through nbgrader: made, released, handed in three times, marked, given back."""

import os
import shutil
import subprocess
import sys
import zipfile

import nbformat
import pytest
from filelock import FileLock, Timeout

from course.authoring.masters import ROOT, Course, exercises, make_notebook
from course.authoring.variants import variant

pytest.importorskip("nbgrader", reason="the extra `classroom` is not installed")
from course.authoring import classroom  # noqa: E402
from course.authoring.classroom import make_course, open_course, source_notebook  # noqa: E402
from course.authoring.execution import serialise  # noqa: E402
from course.authoring.handout import replace_function, student_package  # noqa: E402
from course.coach.find import load_key  # noqa: E402

pytestmark = pytest.mark.filterwarnings("ignore:Object of type")  # nbgrader's own database code
MASTER = Course().master("00")
NAME, SEED = MASTER.stem, 20_261
WORTH = sum(exercise.minutes for exercise in load_key("00").EXERCISES)


@pytest.fixture(scope="module")
def course(tmp_path_factory):
    folder = tmp_path_factory.mktemp("classroom")
    assert make_course(folder, [MASTER], SEED) == [NAME]
    return folder


@pytest.fixture(scope="module")
def package(course, tmp_path_factory):
    """The student's package, unpacked."""
    place = tmp_path_factory.mktemp("student")
    with zipfile.ZipFile(student_package(course)) as archive:
        archive.extractall(place)
    return place / "course"


def released(course):
    return nbformat.read(course / "release" / NAME / f"{NAME}.ipynb", as_version=4)


def hand_in(course, student, notebook):
    path = course / "submitted" / student / NAME / f"{NAME}.ipynb"
    path.parent.mkdir(parents=True)
    nbformat.write(notebook, path)


def answered(course, answers):
    """The released chapter with the exercise cells of another one."""
    notebook, cells = released(course), {}
    for cell in answers.cells:
        if cell.cell_type == "code" and exercises(cell.source):
            cells[exercises(cell.source)[0][0]] = cell.source
    for cell in notebook.cells:
        if cell.metadata.get("nbgrader", {}).get("solution"):
            cell.source = cells[exercises(cell.source)[0][0]]
    return notebook


def test_three_submissions_get_what_they_deserve_and_feedback(course, monkeypatch):
    monkeypatch.setenv("PYTHONPATH", str(ROOT))
    hand_in(course, "unsolved", released(course))
    hand_in(course, "wrong", answered(course, variant(MASTER, "wrong")))
    hand_in(course, "right", answered(course, make_notebook(MASTER, solved=True)))
    api, scores = open_course(course), {}
    for student in ("unsolved", "wrong", "right"):
        done = api.autograde(NAME, student)
        assert done["success"], done["log"]
        (submission,) = [s for s in api.get_submissions(NAME) if s["student"] == student]
        assert submission["max_score"] == WORTH and not submission["needs_manual_grade"]
        scores[student] = submission["score"]
    assert scores["unsolved"] == 0 < scores["right"] == WORTH
    assert 0 <= scores["wrong"] < WORTH

    done = api.generate_feedback(NAME, "wrong")
    assert done["success"], done["log"]
    feedback = (course / "feedback" / "wrong" / NAME / f"{NAME}.html").read_text(encoding="utf-8")
    assert "inputs, " in feedback


def test_every_exercise_is_marked_by_a_locked_cell_for_as_many_points_as_minutes():
    for master in Course().masters()[:3]:
        cells = source_notebook(master, SEED).cells
        marked = {
            c.metadata.nbgrader.grade_id: c
            for c in cells
            if c.metadata.get("nbgrader", {}).get("grade")
        }
        keys = load_key(master.name[:2]).EXERCISES
        assert [c.metadata.nbgrader.points for c in marked.values()] == [
            exercise.minutes for exercise in keys
        ]
        for exercise, cell in zip(keys, marked.values(), strict=True):
            assert (
                cell.metadata.nbgrader.locked
                and f'points("{exercise.id}", most={exercise.minutes}' in cell.source
            )


def test_what_is_released_holds_no_solution_no_hidden_seed_and_no_output(course):
    text = (course / "release" / NAME / f"{NAME}.ipynb").read_text(encoding="utf-8")
    assert (
        str(SEED) not in text
        and "SOLUTION" not in text
        and "HIDDEN" not in text
        and "course.marking" not in text
    )
    assert "(model - popularity)" not in text and 'solution("' not in text.replace('\\"', '"')
    assert all(not cell.get("outputs") for cell in released(course).cells)
    assert str(SEED) in (course / "source" / NAME / f"{NAME}.ipynb").read_text(encoding="utf-8")


def test_an_assignment_that_is_there_keeps_its_seed(course):
    before = (course / "source" / NAME / f"{NAME}.ipynb").read_bytes()
    assert make_course(course, [MASTER], SEED + 1) == []
    assert (course / "source" / NAME / f"{NAME}.ipynb").read_bytes() == before


@pytest.mark.parametrize("left", ["nothing", "half of it"])
def test_an_assignment_that_was_written_and_not_released_is_released_with_its_seed(tmp_path, left):
    path = tmp_path / "source" / NAME / f"{NAME}.ipynb"
    path.parent.mkdir(parents=True)
    path.write_bytes(serialise(source_notebook(MASTER, SEED)).encode())
    before = path.read_bytes()
    release = tmp_path / "release" / NAME / path.name
    if left == "half of it":
        release.parent.mkdir(parents=True)
        release.write_bytes(before[: len(before) // 2])
    assert make_course(tmp_path, [MASTER], SEED + 1) == [NAME]
    assert path.read_bytes() == before
    assert "HIDDEN" not in release.read_text(encoding="utf-8")
    assert nbformat.read(release, as_version=4).cells
    assert make_course(tmp_path, [MASTER], SEED + 2) == []


def test_two_that_make_one_classroom_take_turns(tmp_path, monkeypatch):
    steps = []

    def takes_part(step):
        def made(*_):
            with pytest.raises(Timeout):
                FileLock(tmp_path / ".lock").acquire(timeout=0)
            steps.append(step)
            return []

        return made

    for step in ("make_course", "student_package"):
        monkeypatch.setattr(f"course.authoring.classroom.{step}", takes_part(step))
    assert classroom.main(["00", "--out", str(tmp_path)]) == 0
    assert steps == ["make_course", "student_package"]
    with FileLock(tmp_path / ".lock", timeout=0):
        pass  # it is free again


def test_the_students_package_holds_no_solved_chapter_and_no_way_to_mark(package):
    files = {path.relative_to(package).as_posix() for path in package.rglob("*") if path.is_file()}
    assert f"chapters/{NAME}.ipynb" in files and "course/keys/ch00.py" in files
    assert not [
        name
        for name in files
        if name.startswith(("course/authoring", "course/marking", "solutions/0", "tests/"))
    ]
    assert not [name for name in files if b"### BEGIN " in (package / name).read_bytes()]


ASK = """
from course import exercise, solution

@exercise("0.1")
def share_of_lift(model, popularity, oracle):
    return model / oracle

print(share_of_lift.__module__)
solution("0.1")
"""


def test_in_the_students_package_the_coach_judges_and_solution_says_nothing(package):
    environment = {name: value for name, value in os.environ.items() if name != "PYTHONPATH"}
    command = [
        sys.executable,
        "-P",
        "-c",
        f"import sys; sys.path.insert(0, {str(package)!r})\n{ASK}",
    ]
    done = subprocess.run(command, cwd=package, env=environment, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    assert (
        "You divide the model's score by the oracle's" in done.stdout
        and "seqrec.metrics" in done.stdout
    )
    assert "is your teacher's to give out" in done.stdout and "return" not in done.stdout


def test_the_students_package_sets_up_as_the_course_does(package):
    shutil.rmtree(package / "workspace", ignore_errors=True)
    code = (
        "import tools.__main__ as course; "
        "print(course.workspace.add_new_chapters(course.CHAPTERS, course.WORKSPACE))"
    )
    done = subprocess.run([sys.executable, "-c", code], cwd=package, capture_output=True, text=True)
    assert f"{NAME}.ipynb" in done.stdout, done.stderr


def test_a_function_is_replaced_whole_and_alone():
    source = "A = 1\n\n\ndef f():\n    return (\n        1\n    )\n\n\ndef g():\n    return 2\n"
    assert replace_function(source, "f", "def f():\n    return 3\n") == source.replace(
        "(\n        1\n    )", "3"
    )
