"""Two chapters answered wrong throughout, and with every cell run twice.

Compared outputs stay as stored. All chapters, and half-solved ones, take minutes:
`python -m course.authoring.variants`.
"""

import pytest

from course.authoring.masters import Course
from course.authoring.variants import strays

COURSE = Course()
CHAPTERS = ("02",)


@pytest.mark.parametrize("answers", ["wrong", "doubled"])
@pytest.mark.parametrize("number", CHAPTERS)
def test_a_chapter_shows_the_same_whatever_the_learner_does(number, answers):
    found = strays(COURSE, COURSE.master(number), answers)
    assert not found, "\n".join(found)
