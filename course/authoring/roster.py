"""Whose work a file is, and whose grades are told: nbgrader's collecting and exporting.

`nbgrader zip_collect` asks `OfTheRoster` about each file that a learning platform gave out. These
names are understood, where *NAME* is the number of a learner in the roster, or first and last name:

    NAME/02_sequences.ipynb
    NAME_02_sequences.ipynb
    NAME_4711_assignsubmission_file/02_sequences.ipynb     Moodle, in folders
    NAME_4711_assignsubmission_file_02_sequences.ipynb     Moodle, without

(Moodle's number belongs to the assignment, not to the learner: mod/assign/locallib.php there,
`get_uniqueid_for_user`. So the name has to do.) `nbgrader export` asks `HandedIn`.
"""

import re

from nbgrader.api import Gradebook
from nbgrader.plugins import CsvExportPlugin, FileNameCollectorPlugin

from course.coach.find import PAGES

_PAGES = "|".join(page for page, number in PAGES.items() if number)
_NAMED = re.compile(
    r"(?:^|.*[/\\])(?P<who>[^/\\]+?)(?:_\d+_assignsubmission_file_?)?[/\\_]"
    rf"(?P<notebook>\d\d_[a-z0-9_]+|{_PAGES})(?: ?\(\d+\))?\.ipynb"
)


class OfTheRoster(FileNameCollectorPlugin):
    """Finds the learner of a file in the roster, which is in the gradebook.

    While the roster is empty every name is believed as it stands. A name that is not in it, or that
    two learners share, is refused: the file is skipped, and a warning says so.
    """

    def collect(self, submitted_file: str) -> dict | None:
        """{student_id, file_id}, or None for a file to skip."""
        found = _NAMED.fullmatch(submitted_file)
        if found is None:
            self.log.warning("%s: its name says neither whose it is nor of what", submitted_file)
            return None
        with Gradebook(self.parent.coursedir.db_url) as gradebook:
            roster = {
                student.id: f"{student.first_name or ''} {student.last_name or ''}"
                for student in gradebook.students
            }
        who = found["who"].strip()
        ids = matching(who, roster)
        if len(ids) != 1:
            told = "is not in the roster" if not ids else f"could be {' or '.join(ids)}"
            self.log.warning("%s %s: %s is skipped", who, told, submitted_file)
            return None
        return {"student_id": ids[0], "file_id": found["notebook"]}


def matching(who: str, roster: dict[str, str]) -> list[str]:
    """The learners that a name may mean.

    who:    an id, or "first last".
    roster: full names by id; if there is none, the name becomes the id.
    """
    if not roster:
        return [re.sub(r"\s+", "_", who)]
    if who in roster:
        return [who]
    return sorted(id for id, name in roster.items() if _plain(name) == _plain(who))


def _plain(name: str) -> str:
    """Without what a file system or a platform may change of a name."""
    return " ".join(re.findall(r"\w+", name.replace("_", " ").casefold()))


class HandedIn(CsvExportPlugin):
    """Grades of the assignments that somebody has handed in, of all learners of the roster.

    nbgrader's own way lists each assignment of the course, with 0 for everybody where nothing was
    asked for yet.
    """

    def export(self, gradebook: Gradebook) -> None:
        """Write `grades.csv`, or where `--to` says."""
        if not self.assignment:
            marked = [each.name for each in gradebook.assignments if each.num_submissions]
            # an empty list would mean all
            self.assignment = marked or ["nothing is marked yet"]
        super().export(gradebook)
