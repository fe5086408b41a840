"""The chapters as shipped are those that their masters make, and sound. Nothing is executed."""

import pytest

from course.authoring.build import check
from course.authoring.freshness import orphans
from course.authoring.masters import Course

COURSE = Course()


@pytest.mark.parametrize("master", COURSE.masters(), ids=lambda master: master.stem)
def test_chapter_and_solved_notebook_are_fresh_and_sound(master):
    complaints = check(COURSE, [master])
    assert not complaints, "\n".join(complaints)


def test_every_notebook_has_a_master():
    assert orphans(COURSE) == []
