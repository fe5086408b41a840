"""A chapter answered wrong throughout, and one with every cell run twice.

Compared outputs stay as stored. All chapters, and half-solved ones, take minutes:
`python -m course.authoring.variants`.
"""

import pytest

from course.authoring.masters import Course
from course.authoring.variants import strays

COURSE = Course()


@pytest.mark.parametrize(("number", "answers"), [("02", "wrong"), ("00", "doubled")])
def test_a_chapter_shows_the_same_whatever_the_learner_does(number, answers):
    found = strays(COURSE, COURSE.master(number), answers)
    assert not found, "\n".join(found)
