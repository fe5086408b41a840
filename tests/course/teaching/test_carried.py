"""What a sentence points at goes along with it, or the sentence is dropped."""

import html
import re

import pytest
from nbformat.v4 import new_code_cell, new_output

from course.coach.find import chapters
from course.teaching import carried
from course.teaching.aloud import answered_aloud, options_of
from course.teaching.live import asks_for
from course.teaching.parts import parts_of
from course.teaching.script import cells_of
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
    plain = re.sub(r"data:image/[^\"]+|<p class=\"down\">.*?</p>", "", body)
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
    words = re.sub(r"<math.*?</math>|<code>.*?</code>", "", plain, flags=re.DOTALL)
    said = re.findall(r"<p>(.*?)</p>", words, re.DOTALL)
    if any(each.count("(") != each.count(")") for each in said):
        found.append("a bracket hangs")
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
        ("<p>It has four. (One is the mask.</p>", "a bracket hangs"),
    ],
)
def test_the_look_sees_what_points_at_nothing(body, told):
    assert any(told in each for each in faults(f"<section>{body}</section>"))
    assert not faults("<section><p>Here are four:</p><table></table></section>")


def test_a_list_a_table_a_formula_go_along_with_what_announces_them():
    for block in ("- a\n- b", "| a |\n|---|\n| b |", "$$x$$", "1. a\n1. b"):
        assert carried.opening(f"These:\n\n{block}\n\nMore.", None) == ["These:", block]
        assert carried.opening(f"Plain words.\n\n{block}", None) == ["Plain words.", block]
    assert carried.opening("True. Here are four.\n\nMore.", None) == ["True."]
    assert carried.opening("True. The next table has three.\n\nMore.", None) == ["True."]
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
    ((guess, *_),) = _of_prose(text, None, "")[0]
    assert "blocked" in guess and "It differs" in guess
    first, guess = (body for body, *_ in _of_prose(text.replace("###", "##"), None, "")[0])
    assert "blocked" in first and "blocked" not in guess
    ((told, *_),) = _of_prose("### A part\n\nIts words.", None, "")[0]
    assert "<h2>A part</h2>" in told and "Its words." in told


def test_a_sentence_in_brackets_goes_with_the_one_before_it():
    said = "It has four. Here is a switch. (`a`, `b`. It trains once.) **Guess:** which?"
    assert carried.opening(said.partition(" **")[0], None) == ["It has four."]
    ((lead, asked),) = carried.guesses(said.replace(" **", "\n\n**"))
    assert lead == "It has four." and asked == "**Guess:** which?"


def test_what_a_guess_goes_on_from_goes_on_from_something_too():
    text = "The first into the test: it leaks.\n\nTo show what that is worth, ask.\n\n**Guess:** ?"
    (blocks,) = carried.guesses(text)
    assert blocks[0].startswith("The first into") and len(blocks) == 3
    (blocks,) = carried.guesses(text.replace("To show what that", "To show what a leak"))
    assert len(blocks) == 2


@pytest.mark.parametrize("chapter", chapters())
def test_each_table_and_formula_and_what_is_to_be_written_down_stands_on_a_slide(chapter):
    text = slides_of(chapter)
    cells = [cell for cell in cells_of(chapter) if "## Key ideas" not in cell.source]
    prose = [cell.source for cell in cells if cell.cell_type == "markdown"][1:]
    blocks = [block for source in prose for block in carried.blocks_of(source)]
    fitting = [each for each in blocks if each.startswith(("|", "$$")) and carried.fits(each)]
    told = {name: text.count(name) for name in ("<tr>", 'display="block"')}
    assert told['display="block"'] >= sum(each.startswith("$$") for each in fitting)
    assert told["<tr>"] >= sum(each.count("\n") for each in fitting if each.startswith("|"))
    kinds = [kind for cell in cells for _, kind in asks_for(cell.source)]
    said = [options_of(answered_aloud(kind)) for kind in kinds]
    assert said and all(f": {html.escape(kind)}</p>" in text for kind, _ in said)
    assert all(f"<li>{html.escape(each)}</li>" in text for _, options in said for each in options)


def test_lines_and_a_table_of_one_cell_are_both_shown_and_what_is_live_is_not():
    lines = new_output("stream", text="107 histories\n")
    table = "<table><tr><td>1.05</td></tr></table>"
    shown = [lines, new_output("display_data", {"text/html": table})]
    panel = new_output("display_data", {"text/html": f'<div class="panel">{table}</div>'})
    assert (
        carried.printed(new_code_cell("", outputs=shown)) == f"```\n107 histories\n```\n\n{table}"
    )
    assert carried.printed(new_code_cell("", outputs=shown), most=1) == "```\n107 histories\n```"
    assert carried.printed(new_code_cell("", outputs=[panel])) == ""


def test_what_a_wall_has_no_room_for_is_left_to_the_page():
    rows = "<table>" + "<tr><td>1</td></tr>" * 13 + "</table>"
    long = new_code_cell("", outputs=[new_output("display_data", {"text/html": rows})])
    assert carried.printed(long) == ""
    assert carried.fits("- one\n- two") and not carried.fits("- " + "word " * 151)


def test_what_is_printed_answers_a_guess_or_a_question_and_a_table_stands_beside_its_guess():
    told = [html.unescape(each).replace("\xa0", " ") for each in slides(slides_of("02"))]
    assert any("11%" in each and "71 %" in each and "50%" in each for each in told)
    (hunt,) = [each for each in told if "**Guess**" not in each and "The table tells" in each]
    assert "adult-dog-food-32" in hunt
    told = [html.unescape(each) for each in slides(slides_of("06"))]
    at = next(n for n, each in enumerate(told) if "Why, then, does post-norm need" in each)
    assert "12 blocks" in told[at + 1] and "carry it too far" in told[at + 2]
    (tried,) = [each for each in told if "Do the other two" in each]
    assert "water dispenser" in tried and "Take a pen" in tried


def test_much_before_a_guess_is_a_slide_of_its_own_and_the_list_stays():
    lead = "Words. " * 60
    text = f"{lead}\n\n- a\n- b\n\nThe second is idle. {lead} **Guess:** which?"
    first, second = parts_of(text)
    assert (first.kind, second.kind) == ("", "guess")
    assert "- a" in first.blocks[-1] and "- a" in second.blocks[0] and len(second.blocks) == 2
    assert [part.kind for part in parts_of(text.replace(lead, "Words. "))] == ["guess"]


def test_what_a_paragraph_asks_above_a_cell_and_what_it_says_in_bold_are_slides():
    assert [p.kind for p in parts_of("Is it the cause? Change it alone.")] == ["ask"]
    assert parts_of("Is it?\n\nNo.") == [] and parts_of("A **term**.") == []
    (said,) = parts_of(
        "It fits: **a score above the ceiling is a bug.** On real data none is.\n\nB."
    )
    assert said.kind == "answer" and "On real data" in said.blocks[0]
