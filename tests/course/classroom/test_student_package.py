"""What students unpack agrees with its README, and leads them to a returned mark."""

import csv
import os
import re
import shutil
import subprocess
import sys
import zipfile
from pathlib import Path

import nbformat
import pytest

from course.authoring.masters import ROOT, Course, exercises, make_notebook
from course.authoring.variants import variant

pytest.importorskip("nbgrader", reason="the extra `classroom` is not installed")
from nbgrader.utils import is_grade  # noqa: E402

from course.authoring.chosen import chosen_of  # noqa: E402
from course.authoring.classroom import make_course  # noqa: E402
from course.authoring.handout import student_package  # noqa: E402
from course.authoring.student_files import WITHHELD_COMMANDS  # noqa: E402

pytestmark = pytest.mark.filterwarnings("ignore:Object of type")  # nbgrader's own database code
MASTER, MARKED = chosen_of("02:2.1,2.2")
NAME = MASTER.stem
WORTH = {"2.1": 8, "2.2": 5}
#: nbgrader's programs, each in a copy of one process: to load what they need takes far longer than
#: what they do. (Its `validate` below is started as a teacher would start it.)
COPIES = """
import multiprocessing, sys
import course.authoring.marking_steps, course.authoring.roster  # named by the course's settings
from nbgrader.apps.nbgraderapp import main

def run(words):
    sys.argv = ["nbgrader", *words]
    sys.exit(main())

for words in {programs!r}:
    copy = multiprocessing.get_context("fork").Process(target=run, args=(words,))
    copy.start()
    copy.join()
    if copy.exitcode:
        sys.exit(f"nbgrader {{' '.join(words)}} ends with {{copy.exitcode}}")
"""


@pytest.fixture(scope="module")
def course(tmp_path_factory):
    """A classroom of one chapter, of which two exercises are marked."""
    folder = tmp_path_factory.mktemp("classroom")
    assert make_course(folder, [MASTER], 4711, {MASTER: MARKED}) == [NAME]
    student_package(folder)
    return folder


@pytest.fixture(scope="module")
def package(course, tmp_path_factory):
    """`student.zip`, unpacked in an empty folder."""
    place = tmp_path_factory.mktemp("student")
    with zipfile.ZipFile(course / "student.zip") as archive:
        archive.extractall(place)
    return place / "course"


def plain(**more):
    """The variables of a shell that knows nothing of this checkout."""
    kept = {name: value for name, value in os.environ.items() if name != "PYTHONPATH"}
    programs = os.pathsep.join([str(Path(sys.executable).parent), kept.get("PATH", "")])
    return kept | {"PATH": programs, "OMP_NUM_THREADS": "1"} | more


def run(*words, folder, **more):
    done = subprocess.run(words, cwd=folder, env=plain(**more), capture_output=True, text=True)
    assert done.returncode == 0, (words, done.stdout[-1500:], done.stderr[-1500:])
    return done.stdout + done.stderr


def run_all(*programs, folder):
    """Several of nbgrader's programs, one after the other."""
    if hasattr(os, "fork"):
        code = COPIES.format(programs=programs)
        run(sys.executable, "-c", code, folder=folder, PYTHONPATH=str(ROOT))
    else:
        for words in programs:
            run("nbgrader", *words, folder=folder, PYTHONPATH=str(ROOT))


def test_every_link_of_its_pages_leads_to_a_file_of_it(package):
    pages = [package / "README.md", *sorted((package / "docs").glob("*.md"))]
    for page in pages:
        text = page.read_text("utf-8")
        links = re.findall(r"\]\((?!https?:|#)([^)#]+)", text)
        links += re.findall(r'(?:src|srcset)="([^"]+)"', text)
        assert not [link for link in links if not (page.parent / link).exists()], page.name
    assert "](docs/setup.md)" in pages[0].read_text("utf-8")


def test_every_command_of_its_readme_is_one_of_its_own(package):
    text = (package / "README.md").read_text("utf-8")
    said = set(re.findall(r"\bmake ([a-z-]+)", text)) | set(re.findall(r"tools ([a-z]+)", text))
    assert {"lab", "setup", "reset", "progress", "help"} <= said
    makefile = (package / "Makefile").read_text("utf-8")
    targets = set(re.findall(r"^([a-z-]+):", makefile, re.MULTILINE))
    assert said <= targets
    commands = run(sys.executable, "-m", "tools", "--help", folder=package)
    known = set(re.findall(r"^    ([a-z-]+) ", commands, re.MULTILINE))
    assert targets - {"help", "clean"} == known
    assert not known & set(WITHHELD_COMMANDS)
    whole = (ROOT / "Makefile").read_text("utf-8")
    assert set(re.findall(r"^([a-z-]+):", whole, re.MULTILINE)) - targets == set(WITHHELD_COMMANDS)


@pytest.mark.skipif(not shutil.which("make"), reason="needs make")
def test_make_reads_its_makefile(package):
    assert "make lab" in run("make", "help", folder=package)


def test_its_readme_says_what_to_hand_in_and_which_exercises_count(package):
    text = (package / "README.md").read_text("utf-8")
    points = ", ".join(f"{id} ({worth})" for id, worth in WORTH.items())
    assert f"| `workspace/{NAME}.ipynb` | {points} |" in text
    assert "{" not in re.sub(r"```.*?```", "", text, flags=re.DOTALL)
    assert (package / "chapters" / f"{NAME}.ipynb").is_file()


def test_its_readme_speaks_of_no_author_and_its_files_hold_no_solution(package):
    text = (package / "README.md").read_text("utf-8")
    assert not re.search(r"solutions/|make test|CONTRIBUTING|TEACHING|nbgrader", text)
    for path in package.rglob("*"):
        assert not path.is_file() or b"### BEGIN " not in path.read_bytes(), path
    assert not list(package.rglob("teaching")) and not list(package.rglob("marking"))


def test_an_exercise_that_is_not_marked_is_an_ordinary_stub(package):
    notebook = nbformat.read(package / "chapters" / f"{NAME}.ipynb", as_version=4)
    roles = {}
    for cell in notebook.cells:
        for id, *_ in exercises(cell.source) if cell.cell_type == "code" else ():
            roles[id] = "nbgrader" in cell.metadata
            assert "..." in cell.source
    assert roles == {"2.1": True, "2.2": True, "2.3": False, "2.4": False, "2.5": False}


def test_chapters_and_exercises_that_are_not_there_are_refused():
    assert chosen_of("2") == (Course().master("02"), None)
    for word, told in (("02:3.3", "no exercise 3.3"), ("02:", "after the colon")):
        with pytest.raises(ValueError, match=told):
            chosen_of(word)


def answered(notebook, answers):
    """A copy of the chapter with the exercises' cells of another notebook."""
    cells = {
        exercises(cell.source)[0][0]: cell.source
        for cell in answers.cells
        if cell.cell_type == "code" and exercises(cell.source)
    }
    for cell in notebook.cells:
        if cell.cell_type == "code" and exercises(cell.source):
            cell.source = cells[exercises(cell.source)[0][0]]


def test_three_students_follow_it_from_the_archive_to_the_mark(course, package, tmp_path):
    """As a learning platform gives it out, and with the programs that the teacher's guide names."""
    given = {
        "Anna Weber": make_notebook(MASTER, solved=True),
        "Ben Öz": variant(MASTER, "wrong"),
        "Cem Weber": None,
    }
    archive = course / "downloaded" / NAME / "archive" / "Class-77.zip"
    archive.parent.mkdir(parents=True)
    with zipfile.ZipFile(archive, "w") as handed_in:
        for number, (student, answers) in enumerate(given.items()):
            home = tmp_path / str(number)
            shutil.copytree(package, home)
            run(sys.executable, "-m", "tools", "copies", folder=home)
            copy = home / "workspace" / f"{NAME}.ipynb"
            notebook = nbformat.read(copy, as_version=4)
            if answers is not None:
                answered(notebook, answers)
            nbformat.write(notebook, copy)
            handed_in.write(copy, f"{student}_{number + 900}_assignsubmission_file/{NAME}.ipynb")
    # Wrong answers, and it is called a success: nothing in a learner's notebook marks. What stands
    # below the last marking cell is cut off: it would run, as other tests see.
    wrong = tmp_path / "1"
    copy = wrong / "workspace" / f"{NAME}.ipynb"
    notebook = nbformat.read(copy, as_version=4)
    marks = [place for place, cell in enumerate(notebook.cells) if is_grade(cell)]
    assert len(marks) == len(WORTH)
    notebook.cells = notebook.cells[: marks[-1] + 1]
    nbformat.write(notebook, copy)
    said = run(
        *("nbgrader", "validate", "--ExecutePreprocessor.timeout=900", f"workspace/{NAME}.ipynb"),
        folder=wrong,
        PYTHONPATH=str(wrong),
    )
    assert "Success! Your notebook passes all the tests." in said

    people = ["id,first_name,last_name,email", "s1,Anna,Weber,anna@example.org"]
    people += ["s2,Ben,Öz,ben@example.org", "s3,Cem,Weber,cem@example.org"]
    people += ["s4,Dora,Ek,dora@example.org"]
    (course / "roster.csv").write_text("\n".join(people) + "\n", encoding="utf-8")
    run_all(
        ("db", "student", "import", "roster.csv"),
        ("zip_collect", NAME),
        ("autograde", NAME),
        ("generate_feedback", NAME),
        ("export",),
        folder=course,
    )
    assert sorted(path.name for path in (course / "submitted").iterdir()) == ["s1", "s2", "s3"]
    with open(course / "grades.csv", encoding="utf-8", newline="") as file:
        grades = {row["email"][0]: row for row in csv.DictReader(file)}
    most = sum(WORTH.values())
    assert {float(row["max_score"]) for row in grades.values()} == {most}
    scores = {name: float(row["score"]) for name, row in grades.items()}
    assert scores["a"] == most and scores["c"] == scores["d"] == 0 and scores["b"] < most
    for student, points in (("s1", "8 of 8 points"), ("s2", "of 8 points"), ("s3", "0 of 8")):
        page = (course / "feedback" / student / NAME / f"{NAME}.html").read_text("utf-8")
        assert points in page, student
