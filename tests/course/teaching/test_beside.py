"""What prose on a slide announces, or speaks of, is shown beside it, and nothing is told twice."""

import html
import re

import pytest

from course.coach.find import chapters, load_key
from course.teaching import beside
from course.teaching.parts import parts_of
from course.teaching.slides import slides_of


def told(chapter: str) -> list[str]:
    """The words of each slide."""
    found = re.findall(r"<section.*?</section>", slides_of(chapter), re.DOTALL)
    bodies = (
        re.sub(r"<header>.*?</header>|<footer>.*?</footer>", "", s, flags=re.DOTALL) for s in found
    )
    return [html.unescape(re.sub(r"<[^>]+>", " ", body)).replace("\xa0", " ") for body in bodies]


@pytest.mark.parametrize(
    ("chapter", "said", "step", "shown"),
    [
        ("05", "Three models:", 1, "the same, as yes or no"),
        ("03", "First a short run with your code", 1, "16 popular, log-Q"),
        ("04", "First a short run with your losses", 1, "share of the achievable lift"),
        ("03", "That took 60 steps", -1, "500 products, 1 negative"),
        ("05", "The last line pairs", -1, "... in torn pairs"),
        ("01", "and of the rows that come right after", -1, "exposures, 13.9% clicked"),
    ],
)
def test_a_result_stands_next_to_what_announces_it_or_speaks_of_it(chapter, said, step, shown):
    slides = told(chapter)
    (at,) = [n for n, each in enumerate(slides) if said in each]
    assert shown in slides[at + step]


def test_what_begins_anew_speaks_of_nothing_above():
    slide = ("<p>That took 60 steps.</p>", "", "")
    assert beside.comments("That took 60 steps.", slide)
    assert not beside.comments("## That took 60 steps.", slide)
    assert not beside.comments("Other words, unseen.\n\nThat took 60 steps.", slide)
    guess = ("<p><strong>Guess:</strong> how many?</p>", "guess", "")
    assert not beside.comments("**Guess:** how many?", guess)


def test_a_result_told_of_below_the_next_heading_keeps_its_own_section():
    (told_of,) = re.findall(
        r"<header>([^<]*)</header>(?:(?!</section>).)*own clicks, temperature 1</th>",
        slides_of("15"),
        re.DOTALL,
    )
    assert told_of.strip().startswith("15.7")


@pytest.mark.parametrize("chapter", ["07", "08"])
def test_a_bug_hunt_shows_the_code_to_be_searched(chapter):
    (hunt,) = [each for each in told(chapter) if re.search(r"Your turn.*bug hunt", each)]
    assert re.search(r"def\s+colleagues_", hunt) and "return" in hunt and "print" not in hunt
    assert beside.definition("def f():\n    return 1\n\nf()") == "def f():\n    return 1"
    assert not beside.definition("@exercise('1.1')\ndef f():\n    ...")


@pytest.mark.parametrize("chapter", chapters())
def test_no_paragraph_stands_on_two_slides(chapter):
    text = slides_of(chapter)
    slides = re.findall(r"<section(?! class=\"(?:task|guess)).*?</section>", text, re.DOTALL)
    said = [each for s in slides for each in set(re.findall(r"<p>.*?</p>", s, re.DOTALL))]
    long = [each for each in said if len(re.sub(r"<[^>]+>", "", each).split()) > 12]
    assert len(long) == len(set(long))


def test_a_formula_takes_the_conclusion_above_it_along():
    text = "So **the honest question is which share was won.**\n\n$$x$$"
    assert [part.blocks[-1] for part in parts_of(text)] == ["$$x$$"]


@pytest.mark.parametrize("chapter", chapters())
def test_the_last_slide_is_to_talk_about(chapter):
    last = told(chapter)[-1]
    assert last.strip().startswith("To talk about")
    assert slides_of(chapter).rpartition("To talk about")[2].count("<li>") == len(
        load_key(chapter).QUIZZES
    )
