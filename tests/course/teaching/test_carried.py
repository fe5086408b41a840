"""What a sentence points at goes along with it, or the sentence is dropped."""

import html
import re

import pytest
from nbformat.v4 import new_code_cell, new_output

from course.coach.find import chapters
from course.teaching import carried
from course.teaching.slides import _of_prose, slides_of

# What can be pointed at.
SHOWN = re.compile(r"<(?:table|pre|li|img|picture|math)\b")
POINTING = re.compile(
    r"\b[Hh]ere (?:is|are)\b|\b(?:table|list|formula|picture|figure|code|cells?) (?:above|below)\b"
    r"|\bas [^.]{0,20}(?:above|below)\b|\b(?:above|below)[.:;,]"
)


def slides(text: str) -> list[str]:
    return re.findall(r"<section.*?</section>", text, re.DOTALL)


def faults(slide: str) -> list[str]:
    """Is it empty, does it end with a colon, does it point at what isn't there?"""
    body = re.sub(r"<header>.*?</header>|<footer>.*?</footer>", "", slide, flags=re.DOTALL)
    body = re.sub(r"<footer>.*?</footer>", "", body, flags=re.DOTALL)
    plain = re.sub(r"data:image/[^\"]+", "", body)
    text = html.unescape(
        re.sub(r"<h2>.*?</h2>|<pre>.*?</pre>|<[^>]+>", " ", plain, flags=re.DOTALL)
    )
    found = []
    if not text.strip() and not SHOWN.search(body):
        found.append("empty")
    if re.search(r":\s*(?:</p>)?\s*(?:</section>)?\s*$", plain) or re.search(
        r":</p>\s*(?:<p>(?!\s*<math)|</section>)", plain
    ):
        found.append("ends with a colon")
    if (word := POINTING.search(text)) and not SHOWN.search(body):
        found.append(f"points at nothing: {word[0]!r}")
    return found


@pytest.mark.parametrize("chapter", chapters())
def test_no_slide_is_empty_ends_with_a_colon_or_points_at_what_is_not_there(chapter):
    told = slides(slides_of(chapter))
    # The title is a slide of its own.
    bad = [(number, faults(each)) for number, each in enumerate(told[1:], 2) if faults(each)]
    assert not bad


@pytest.mark.parametrize(
    ("body", "told"),
    [
        ("<h2>Heads</h2>", "empty"),
        ("<h2>Heads</h2><p>Each click gets three vectors:</p>", "ends with a colon"),
        ("<p>Here are four rows of shopper 7.</p>", "points at nothing"),
        ("<p>Which part, by the formula above?</p>", "points at nothing"),
        ("<p>As in the table below.</p>", "points at nothing"),
    ],
)
def test_the_look_sees_what_points_at_nothing(body, told):
    assert any(told in each for each in faults(f"<section>{body}</section>"))
    assert not faults("<section><p>Here are four:</p><table></table></section>")


def test_a_list_a_table_a_formula_go_along_with_what_announces_them():
    for block in ("- a\n- b", "| a |\n|---|\n| b |", "$$x$$", "1. a\n1. b"):
        assert carried.opening(f"These:\n\n{block}\n\nMore.", None) == ["These:", block]
        assert carried.opening(f"Plain words.\n\n{block}", None) == ["Plain words."]
    assert carried.opening("True. Here are four.\n\nMore.", None) == ["True."]
    assert carried.opening("**Guess:** how many?", None) == []


def test_what_a_cell_shows_goes_along_and_else_its_function_and_else_nothing():
    printed = new_code_cell("print(1)", outputs=[new_output("stream", text="1\n2\n")])
    table = {"text/html": "<div><table border='1'><tr><td>7</td></tr></table></div>"}
    framed = new_code_cell("rows", outputs=[new_output("execute_result", data=table)])
    defined = new_code_cell("def f():\n    return 1")
    plain, long = (
        new_code_cell("x = 1"),
        new_code_cell("x", outputs=[new_output("stream", text="\n".join("a" * 40))]),
    )
    asked = new_code_cell("guess('2.1', ...)", outputs=printed.outputs)
    said = "A log. Here it is:"
    assert carried.opening(said, printed)[1] == "```\n1\n2\n```"
    assert "<td>7</td>" in carried.opening(said, framed)[1]
    assert carried.opening(said, defined)[1].startswith("```python\ndef f")
    for cell in (plain, long, asked, None):
        assert carried.opening(said, cell) == ["A log."]


def test_a_guess_brings_what_it_goes_on_from_and_what_it_lists():
    text = "Three rules:\n\n1. a\n1. b\n\nThe second falls away. **Guess:** which?\n\n1. c\n1. d"
    (blocks,) = carried.guesses(text)
    assert [block[:5] for block in blocks] == ["Three", "1. a\n", "The s", "1. c\n"]
    (blocks,) = carried.guesses("A table answers.\n\n**Guess:** how often is it right?")
    assert blocks == ["A table answers.", "**Guess:** how often is it right?"]
    (blocks,) = carried.guesses(
        "Rows:\n\n| a |\n|---|\n\nAs the table says.\n\n**Guess:** how often?"
    )
    assert blocks[0].startswith("| a |") and blocks[1] == "As the table says."


def test_a_cells_lines_go_along_where_the_prose_right_above_points_at_them():
    lines = "numbers = 1\nnumbers"
    for said in ("A first try looks like this:", "Here is the way to windows. It raises nothing."):
        assert carried.announced(f"More.\n\n{said}", lines) == [f"```python\n{lines}\n```"]
        assert carried.announced(said, "\n".join("a" * 40)) == []
    for other in ("Plain words.", f"{said}\n\nMore.", f"{said}\n\n- a list:", ""):
        assert carried.announced(other, lines) == []


def test_a_guess_shows_what_leads_to_it_wherever_no_slide_before_has_shown_it():
    table = "| True |\n|---|\n| blocked |"
    text = f"### Signs\n\nIt differs:\n\n{table}\n\nHere True is good. **Guess:** which?"
    (guess,) = _of_prose(text, None, "")[0]
    assert "blocked" in guess and "It differs" in guess
    first, guess = _of_prose(text.replace("###", "##"), None, "")[0]
    assert "blocked" in first and "blocked" not in guess
    (told,) = _of_prose("### A part\n\nIts words.", None, "")[0]
    assert "<h2>A part</h2>" in told and "Its words." in told
