"""*Play as Anna* in a real page, in light and in dark, with the mouse and by keyboard alone."""

import re
import shutil

import pytest

from tests.browser.notebook import open_notebook
from tests.browser.server import lab_server
from tools.__main__ import BUILD, CHAPTERS

NAME = "play_as_anna.ipynb"
SHOTS = BUILD / "screenshots"
# A price in two pieces has two boxes; a button cut short has more text than room.
BROKEN_PRICES = """() => [...document.querySelectorAll('.panel-price')]
  .filter(price => price.getClientRects().length !== 1).map(price => price.innerText)"""
CUT_BUTTONS = """() => [...document.querySelectorAll('.panel-button')]
  .filter(button => button.scrollWidth > button.clientWidth).map(button => button.innerText)"""
# How many columns stand in each row of the board's first part.
COLUMNS_A_ROW = """() => {
  const tops = [...document.querySelectorAll('.play-six > section')].map(part => part.offsetTop);
  return [...new Set(tops)].map(top => tops.filter(other => other === top).length);
}"""
CELLS = "window.panel.content.widgets.length"


@pytest.fixture(scope="module")
def notebook(browser, tmp_path_factory):
    folder = tmp_path_factory.mktemp("play")
    shutil.copy(CHAPTERS / NAME, folder)
    with lab_server(folder) as lab, open_notebook(browser, lab, NAME) as opened:
        yield opened


@pytest.fixture
def opened(notebook):
    """A game at its start: the page is made anew for each test, in one kernel."""
    notebook.run_all_afresh()
    notebook.page.get_by_text("Click 3:").wait_for()
    yield notebook
    assert notebook.errors() == []


def fives(page):
    """{forecaster: the products of its column, best first}."""
    columns = page.locator(".play-six section").all()[1:]
    return {
        c.get_attribute("aria-label"): c.locator("li .panel-name").all_inner_texts()
        for c in columns
    }


def tab_to(page, name):
    """Press Tab until the button of this name has the focus."""
    for _ in range(70):
        page.keyboard.press("Tab")
        if page.evaluate("document.activeElement.innerText").strip() == name:
            return
    raise AssertionError(f"Tab does not lead to {name}")


def test_a_click_changes_what_the_models_say_and_undo_brings_it_back(opened):
    page = opened.page
    before = fives(page)
    assert list(before) == ["Popularity", "BST", "SASRec", "BERT4Rec", "The oracle"]

    page.get_by_role("button", name="Aquarium Tank €€").click()
    page.get_by_text("Click 4:").wait_for()
    after = fives(page)
    assert after["Popularity"] == before["Popularity"]  # it does not listen
    assert all(after[name] != before[name] for name in ("BST", "SASRec", "BERT4Rec"))

    page.get_by_role("button", name="Undo").focus()
    page.keyboard.press("Space")
    page.get_by_text("Click 3:").wait_for()
    assert fives(page) == before


def test_a_round_by_keyboard_alone_and_no_key_reaches_the_notebook(opened):
    page = opened.page
    cells = page.evaluate(CELLS)
    page.get_by_role("button", name="Anna", exact=True).focus()
    tab_to(page, "Guess")
    page.keyboard.press("Enter")
    page.get_by_text("Speaks when you have guessed.").first.wait_for()
    tab_to(page, "Bowl Mat €")
    for turn in range(1, 11):
        page.keyboard.press("Space")  # the button keeps the focus
        page.get_by_text(f"Click {turn + 3}:").wait_for()
    page.get_by_text("Round 1, is over").wait_for()
    score = page.locator(".play-score").inner_text()
    assert re.fullmatch(r"You\s+\d+\s+SASRec\s+\d+", score)
    for keys in ("d", "d", "x", "b", "a", "Enter"):
        page.keyboard.press(keys)
    page.get_by_text("The round is over").wait_for()
    assert page.evaluate(CELLS) == cells
    assert page.evaluate("document.activeElement.innerText").strip() == "Bowl Mat €"


def test_from_800_to_1600_pixels_no_price_breaks_and_nothing_drops_alone(opened):
    page = opened.page
    page.get_by_role("button", name="Flea & Tick Prevention €€").click()
    page.get_by_text("Click 4:").wait_for()
    page.get_by_role("button", name="Guess", exact=True).click()
    page.get_by_role("button", name="Puppy Training Treats €€€").click()
    page.get_by_text("You said").first.wait_for()
    for width in range(800, 1601, 50):
        page.set_viewport_size({"width": width, "height": 1400})
        page.wait_for_timeout(150)
        assert page.evaluate(BROKEN_PRICES) == [], width
        assert page.evaluate(CUT_BUTTONS) == [], width
        rows = page.evaluate(COLUMNS_A_ROW)
        assert sum(rows) == 6 and len(set(rows)) == 1 and rows[0] > 1, width
    assert page.locator(".panel-price").count() > 20
    for theme in ("light", "dark"):
        opened.set_theme(theme)
        for width in (800, 1280):
            page.set_viewport_size({"width": width, "height": 2300})
            page.wait_for_timeout(300)
            page.locator(".panel-keys").screenshot(path=SHOTS / f"play-{width}-{theme}.png")
