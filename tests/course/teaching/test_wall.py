"""Tables, lines and formulas are as large as the wall allows."""

import re

import pytest
from nbformat.v4 import new_code_cell, new_output

from course.coach.find import chapters
from course.teaching.carried import printed
from course.teaching.slides import slides_of
from course.teaching.wall import READABLE, SCALES, fitted

TABLE = "<table>" + "<tr><th>popularity</th><td>0.22</td><td>0.46</td></tr>" * 7 + "</table>"


def sizes(body: str) -> list[float]:
    return [float(each) for each in re.findall(r"--fit:([\d.]+)", body)]


def test_a_small_table_fills_the_wall_and_does_not_shrink_the_words_beside_it():
    body, size = fitted(TABLE + "<p>Guess 1.1, answered: 3.</p>")
    assert sizes(body)[0] >= 0.95 and size == ""
    (many,) = sizes(fitted(TABLE.replace("</table>", TABLE[7:]))[0])
    assert many < sizes(body)[0]


def test_much_to_read_gives_way_to_a_table():
    words = f"<p>{'word ' * 130}</p>"
    assert fitted(words)[1] == "" and fitted(words + TABLE)[1] == "packed"


def test_a_long_line_is_drawn_in_a_size_at_which_it_is_one_line():
    (width,) = re.findall(r"--long:([\d.]+)", fitted(f"<pre>{'x' * 100}</pre>")[0])
    assert 60 < float(width) < 65


@pytest.mark.parametrize("chapter", chapters())
def test_displayed_formulas_are_no_smaller_than_words(chapter):
    for style in re.findall(r"<math style=\"([^\"]+)\"[^>]*display=\"block\"", slides_of(chapter)):
        fit, width = map(float, re.findall(r"[\d.]+", style))
        assert fit >= max(SCALES.values()) and 1150 / width > 0.95 * 26 * READABLE


def test_the_name_of_a_tables_rows_takes_no_row_of_its_own():
    heads = "<tr><th></th><th>mean</th></tr> <tr><th>model</th><th></th></tr>"
    rows = f"<table>{heads}<tr><th>BST</th><td>0.6</td></tr></table>"
    made = printed(new_code_cell("", outputs=[new_output("display_data", {"text/html": rows})]))
    assert made.startswith("<table><tr><th>model</th><th>mean</th></tr>") and made.count("<tr") == 2
