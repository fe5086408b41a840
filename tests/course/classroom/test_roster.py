"""A file that a learning platform gave out is its author's, or nobody's; never somebody else's."""

import os
import shutil
import sys
from pathlib import Path

import pytest

pytest.importorskip("nbgrader", reason="the extra `classroom` is not installed")
from nbgrader.api import Gradebook  # noqa: E402

from course.authoring.roster import HandedIn, OfTheRoster, matching  # noqa: E402

pytestmark = pytest.mark.filterwarnings("ignore:Object of type")  # nbgrader's own database code
ROSTER = {"s1": "Anna Weber", "s2": "Ben Öz", "s3": "Ben Öz", "anna": "Anna B. Li-Ek"}


class Course:
    """As much of nbgrader's program as the plugin needs."""

    def __init__(self, path):
        self.coursedir = self
        self.db_url = f"sqlite:///{path / 'gradebook.db'}"


@pytest.fixture(scope="module")
def empty(tmp_path_factory):
    """A folder with an empty gradebook: to make one takes seconds, to copy it none."""
    folder = tmp_path_factory.mktemp("empty")
    with pytest.MonkeyPatch.context() as patch:
        # nbgrader starts alembic by its name alone.
        programs = str(Path(sys.executable).parent)
        patch.setenv("PATH", os.pathsep.join([programs, os.environ["PATH"]]))
        Gradebook(Course(folder).db_url).close()
    return folder


@pytest.fixture
def gradebook(empty, tmp_path):
    shutil.copytree(empty, tmp_path, dirs_exist_ok=True)
    with Gradebook(Course(tmp_path).db_url) as gradebook:
        for id, name in ROSTER.items():
            first, _, last = name.rpartition(" ")
            gradebook.add_student(id, first_name=first, last_name=last)
        yield gradebook


def collected(tmp_path, name):
    plugin = OfTheRoster()
    plugin.parent = None
    plugin.__dict__["_trait_values"]["parent"] = Course(tmp_path)
    found = plugin.collect(f"/classroom/downloaded/02_sequences/extracted/{name}")
    return found and (found["student_id"], found["file_id"])


@pytest.mark.parametrize(
    ("name", "due"),
    [
        ("s1/02_sequences.ipynb", ("s1", "02_sequences")),
        ("anna_02_sequences.ipynb", ("anna", "02_sequences")),
        ("Class-77/Anna Weber_9_assignsubmission_file/02_sequences.ipynb", ("s1", "02_sequences")),
        ("Anna Weber_9_assignsubmission_file_/02_sequences.ipynb", ("s1", "02_sequences")),
        ("ANNA  WEBER_9_assignsubmission_file_02_sequences.ipynb", ("s1", "02_sequences")),
        ("Anna Weber_9_assignsubmission_file_02_sequences (1).ipynb", ("s1", "02_sequences")),
        ("Anna B Li-Ek_12_assignsubmission_file/02_sequences.ipynb", ("anna", "02_sequences")),
        ("Anna_Weber_02_sequences.ipynb", ("s1", "02_sequences")),
        # two of that name, nobody of that name, no chapter's name
        ("Ben Öz_9_assignsubmission_file/02_sequences.ipynb", None),
        ("Carla_02_sequences.ipynb", None),
        ("s1/notes.ipynb", None),
        ("s1/02_sequences.old-1.ipynb", None),
    ],
)
def test_a_file_belongs_to_the_one_learner_that_its_name_means(gradebook, tmp_path, name, due):
    assert collected(tmp_path, name) == due


def test_without_a_roster_the_name_is_the_learner():
    assert matching("Anna Weber", {}) == ["Anna_Weber"]


def test_grades_are_those_of_what_was_handed_in(gradebook, tmp_path):
    for name in ("02_sequences", "03_negative_samples"):
        gradebook.add_assignment(name)
    gradebook.add_submission("02_sequences", "s1")
    path = tmp_path / "grades.csv"
    HandedIn(to=str(path)).export(gradebook)
    lines = path.read_text("utf-8").splitlines()
    assert len(lines) == 1 + len(ROSTER)
    assert all(line.startswith("02_sequences,") for line in lines[1:])
    chosen = HandedIn(to=str(path), assignment=["03_negative_samples"])
    chosen.export(gradebook)
    assert "\n03_negative_samples," in path.read_text("utf-8")


def test_no_grade_is_told_before_something_is_handed_in(gradebook, tmp_path):
    gradebook.add_assignment("02_sequences")
    path = tmp_path / "grades.csv"
    HandedIn(to=str(path)).export(gradebook)
    assert len(path.read_text("utf-8").splitlines()) == 1
