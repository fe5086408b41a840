"""The attention explorer in a real page, by keyboard alone."""

import nbformat

from tests.browser.notebook import open_notebook
from tests.browser.server import lab_server
from tests.browser.test_play import BROKEN_PRICES
from tools.__main__ import BUILD

CELL = """
import torch
from seqrec.models import SequenceEncoder
from course.figures import AttentionExplorer

torch.manual_seed(0)
encoder = SequenceEncoder(4, 6, D=8, H=2, n_blocks=2, hidden=8, causal=True)
names = {1: "Puppy Food €", 2: "Food Bowl €€", 3: "Cat Litter €€€", 4: "Catnip Mouse €"}
AttentionExplorer(encoder, names, {"Dog": [1, 2], "Cat": [3, 4]}, history=[1, 2])
"""


def test_a_history_is_put_together_and_the_query_moved_with_the_keyboard(browser, tmp_path):
    notebook = nbformat.v4.new_notebook(
        metadata={"kernelspec": {"name": "python3", "display_name": "Python 3"}}
    )
    notebook.cells = [nbformat.v4.new_code_cell(CELL)]
    nbformat.write(notebook, tmp_path / "explorer.ipynb")
    with lab_server(tmp_path) as lab, open_notebook(browser, lab, "explorer.ipynb") as opened:
        opened.run_all_afresh()
        page = opened.page
        page.get_by_text("click 2 of 2, Food Bowl €€, looks at:").wait_for()

        page.get_by_role("button", name="Dog").focus()
        page.keyboard.press("Tab")
        page.keyboard.press("Enter")  # the shelf of the cat
        page.get_by_role("button", name="Cat Litter").wait_for()
        for _ in range(3):
            page.keyboard.press("Tab")  # past Undo and Start again, to the first product
        page.keyboard.press("Space")
        page.get_by_text("click 3 of 3, Cat Litter €€€, looks at:").wait_for()

        page.locator("[role=slider]").focus()
        page.keyboard.press("ArrowLeft")
        page.get_by_text("click 2 of 3, Food Bowl €€, looks at:").wait_for()
        assert page.get_by_text("later: hidden").count() == 2  # the third click, in both heads
        page.keyboard.press("Shift+Tab")
        page.keyboard.press("Space")  # the last of the blocks
        page.get_by_text("In block 2, click 2 of 3").wait_for()
        for key in ("d", "d"):
            page.keyboard.press(key)  # in the notebook they would delete the cell
        assert opened.errors() == []
        assert page.evaluate("window.panel.content.widgets.length") == 1
        assert page.evaluate(BROKEN_PRICES) == []
        for theme in ("light", "dark"):
            opened.set_theme(theme)
            shot = BUILD / "screenshots" / f"explorer-{theme}.png"
            page.locator(".panel-keys").screenshot(path=shot)
