"""*Play as Anna* in a real page, in light and in dark.

A click changes the forecasts, undo brings them back.
"""

import shutil

from tests.browser.notebook import open_notebook
from tests.browser.server import lab_server
from tools.__main__ import BUILD, CHAPTERS

NAME = "play_as_anna.ipynb"


def fives(page):
    """{forecaster: the products of its column, best first}."""
    columns = page.locator(".play-five section").all()
    return {
        c.get_attribute("aria-label"): c.locator(".play-name").all_inner_texts() for c in columns
    }


def test_a_click_changes_what_the_models_say_and_undo_brings_it_back(browser, tmp_path):
    shutil.copy(CHAPTERS / NAME, tmp_path)
    with lab_server(tmp_path) as lab, open_notebook(browser, lab, NAME) as opened:
        opened.run_all_afresh()
        page = opened.page
        page.get_by_text("Click 3: Water Dispenser").wait_for()
        before = fives(page)
        assert list(before) == ["Popularity", "BST", "SASRec", "BERT4Rec", "The oracle"]

        page.get_by_role("button", name="Aquarium Tank €€").click()
        page.get_by_text("Click 4: Aquarium Tank €€").wait_for()
        after = fives(page)
        assert after["Popularity"] == before["Popularity"]  # it does not listen
        assert all(after[name] != before[name] for name in ("BST", "SASRec", "BERT4Rec"))

        page.get_by_role("button", name="Undo").focus()
        page.keyboard.press("Space")
        page.get_by_text("Click 3: Water Dispenser").wait_for()
        assert fives(page) == before

        page.get_by_role("button", name="Let Anna click").focus()
        for clicks in (4, 5, 6):
            page.keyboard.press("Enter")  # the button keeps the focus
            page.get_by_text(f"Click {clicks}:").wait_for()
        for theme in ("light", "dark"):
            opened.set_theme(theme)
            opened.screenshot(BUILD / "screenshots" / f"play_as_anna-clicked-{theme}.png")
            page.locator(".play-panel").screenshot(path=BUILD / "screenshots" / f"play-{theme}.png")
        assert opened.errors() == []
