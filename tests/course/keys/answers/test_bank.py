"""What the coach says to answers that were written before their keys were read.

The rates of both halves: `python -m tests.course.keys.answers.report`.
"""

import pytest

from tests.course.keys.answers.report import CHAPTERS, answers_of, judged


@pytest.mark.parametrize("chapter", CHAPTERS)
def test_right_answers_are_right_and_the_mistakes_of_wrong_ones_are_named(chapter):
    found = [judged(answer) for answer in answers_of(chapter)]
    refused = [(one.answer.id, one.answer.about) for one in found if one.fate == "refused"]
    assert not refused
    for aside, least in ((False, 0.9), (True, 0.75)):
        wrong = [
            one for one in found if not one.answer.is_right and one.answer.is_kept_aside is aside
        ]
        accepted = [one for one in wrong if one.fate == "accepted"]
        named = [one for one in wrong if one.fate == "named"]
        # Of the half that is kept aside nobody is told which.
        assert len(accepted) <= 0.05 * len(wrong), len(accepted)
        assert len(named) >= least * len(wrong), f"{len(named)} of {len(wrong)}"


def test_each_exercise_has_right_and_wrong_answers():
    answers = [answer for chapter in CHAPTERS for answer in answers_of(chapter)]
    for id in {answer.id for answer in answers}:
        of_exercise = [answer for answer in answers if answer.id == id]
        assert sum(answer.is_right for answer in of_exercise) >= 3, id
        assert sum(not answer.is_right for answer in of_exercise) >= 8, id
        abouts = [answer.about for answer in of_exercise]
        assert len(set(abouts)) == len(abouts), id
