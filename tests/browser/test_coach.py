"""What the coach shows can be read, and opened, in a real page, in light and in dark."""

import nbformat
import pytest

from course.coach.find import find_exercise, find_quiz
from tests.browser.notebook import open_notebook
from tests.browser.server import lab_server
from tools.__main__ import BUILD

CELL = """
from course import exercise, quiz

@exercise("0.1")
def share_of_lift(model, popularity, oracle):
    return model / oracle
"""
SAYS, QUIZ = find_exercise("0.1").misconceptions[0].says, find_quiz("0.1")

# How light the text of the coach's card is, and what lies behind it, from 0 (black) to 1 (white).
LIGHT = """() => {
  const parts = colour => colour.match(/\\d+/g).slice(0, 3);
  const light = colour => parts(colour).reduce((sum, part) => sum + part / 765, 0);
  const card = document.querySelector('.coach');
  const background = element => getComputedStyle(element).backgroundColor;
  let behind = card;
  while (/, 0\\)$|transparent/.test(background(behind))) behind = behind.parentElement;
  return [light(getComputedStyle(card).color), light(background(behind))];
}"""


@pytest.fixture
def opened(browser, tmp_path):
    notebook = nbformat.v4.new_notebook(
        metadata={"kernelspec": {"name": "python3", "display_name": "Python 3"}}
    )
    notebook.cells = [nbformat.v4.new_code_cell(source) for source in (CELL, 'quiz("0.1")')]
    nbformat.write(notebook, tmp_path / "coach.ipynb")
    with lab_server(tmp_path) as lab, open_notebook(browser, lab, "coach.ipynb") as opened:
        opened.run_all_afresh()
        yield opened


def test_a_wrong_answer_shows_its_diagnosis_and_a_quiz_choice_its_explanation(opened):
    page = opened.page
    page.get_by_text(SAYS[:60]).wait_for()
    for choice in QUIZ.choices:
        explanation = page.get_by_text(choice.why[:50])
        assert not explanation.is_visible()
        page.get_by_text(choice.text).focus()
        page.keyboard.press("Enter")
        explanation.wait_for()
    assert page.get_by_text("✓ Right.").count() == 1
    for theme, text_is_lighter in (("light", False), ("dark", True)):
        opened.set_theme(theme)
        text, behind = page.evaluate(LIGHT)
        assert (text > behind) == text_is_lighter and abs(text - behind) > 0.5
        opened.screenshot(BUILD / "screenshots" / f"coach-{theme}.png")
    assert opened.errors() == []
