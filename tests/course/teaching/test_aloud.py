"""No command of a shell and no direction for a notebook stands on a slide."""

import html
import re

import pytest

from course.coach.find import chapters
from course.teaching.aloud import (
    aloud,
    answered_aloud,
    options_of,
    read_aloud,
    without_first_aside,
)
from course.teaching.slides import _to_write_down, slides_of


def test_a_sentence_with_a_command_goes_and_the_others_stay():
    said = "Five seeds. (`python -m benchmarks.x y.csv` makes the table.) What follows?"
    assert aloud(said) == "Five seeds. What follows?"
    assert aloud("Plain.") == "Plain." and aloud("Then `make reset` brings it.") == ""
    assert aloud("**Guess before you run it:** how far?") == "**Guess:** how far?"
    assert (
        aloud("It is 93 % (a cell of this section prints it). And here?") == "It is 93 %. And here?"
    )


def test_code_and_formulas_stay_as_they_are_and_points_are_read_one_by_one():
    text = "```\npython -m seqrec\n\n- a\n```\n\n- One. Then run the cell.\n- Two.\n\n$$x$$"
    assert read_aloud(text) == "```\npython -m seqrec\n\n- a\n```\n\n- One.\n- Two.\n\n$$x$$"


def test_a_room_has_no_quotation_marks_to_type():
    order = "The ladder: letters in your order, in quotation marks: A one; B two"
    assert answered_aloud(order) == "The ladder: put them in order: A one; B two"
    assert answered_aloud("It: a letter, in quotation marks: A x") == "It: which one: A x"


def test_options_are_told_one_by_one():
    assert options_of("It: which one: A x; y; B z") == ("It: which one", ["A x; y", "B z"])
    assert options_of("It: a number") == ("It: a number", [])
    told = _to_write_down(
        [("1.1", "worst", ["A x", "B y"]), ("1.2", "best", ["A x", "B y", "C z"])]
    )
    assert re.findall(r"<li>(.*?)</li>", told) == ["A x", "B y", "C z"]
    assert told.index("1.2") < told.index("<ul")


def test_brackets_that_begin_a_slide_belong_to_another_one():
    assert without_first_aside("(It divides. By two.) They lie on each other.") == (
        "They lie on each other."
    )
    assert without_first_aside("(Alone.)") == "(Alone.)"
    assert without_first_aside("(One) of them.") == "(One) of them."


@pytest.mark.parametrize("chapter", chapters())
def test_no_slide_tells_a_room_what_to_type(chapter):
    words = re.sub(r"<pre.*?</pre>|<table.*?</table>", "", slides_of(chapter), flags=re.DOTALL)
    words = html.unescape(re.sub(r"<[^>]+>", "", words))
    assert not re.search(
        r"python -m benchmarks|in quotation marks|before you run it|Shift\+Enter|let a slider go",
        words,
    )
