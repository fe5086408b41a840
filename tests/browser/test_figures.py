"""A figure follows the theme of the page, and is there where nothing may be styled."""

import io

import nbformat
import numpy as np
import pytest
from PIL import Image

from tests.browser.notebook import open_notebook
from tests.browser.server import lab_server

CELL = """
import matplotlib.pyplot as plt
from course.figures import WIDE, show

fig, ax = plt.subplots(figsize=WIDE)
ax.plot([0, 1])
show(fig, alt="A rising line.")
"""
SHOWN = "img[alt='A rising line.']"


def notebook_file(path, outputs=()):
    notebook = nbformat.v4.new_notebook(
        metadata={"kernelspec": {"name": "python3", "display_name": "Python 3"}}
    )
    notebook.cells = [nbformat.v4.new_code_cell(CELL, outputs=list(outputs))]
    nbformat.write(notebook, path)


def brightness(opened):
    """Of the picture as it is on the screen: (most of it, its letters), from 0 to 255."""
    shot = opened.page.locator(SHOWN).screenshot()
    grey = np.asarray(Image.open(io.BytesIO(shot)).convert("L"))
    ground = np.median(grey)
    letters = grey[: len(grey), : grey.shape[1] // 10]  # those of the axis
    return ground, letters.flat[np.abs(letters.astype(float) - ground).argmax()]


def test_light_pages_show_the_light_picture_and_dark_pages_the_dark_one(browser, tmp_path):
    notebook_file(tmp_path / "figure.ipynb")
    with lab_server(tmp_path) as lab, open_notebook(browser, lab, "figure.ipynb") as opened:
        opened.run_all_afresh()
        opened.page.locator(SHOWN).wait_for()
        ground, letters = brightness(opened)
        assert ground == 255 and letters < 100
        opened.set_theme("dark")
        ground, letters = brightness(opened)
        assert ground == pytest.approx(0x11, abs=2) and letters > 180
        opened.set_theme("light")
        assert brightness(opened)[0] == 255


def test_a_notebook_that_is_not_trusted_shows_one_picture_that_can_be_read(browser, tmp_path):
    from matplotlib import pyplot as plt

    from course.figures.style import as_html

    fig, ax = plt.subplots()
    ax.plot([0, 1])
    page = as_html(fig, alt="A rising line.")
    output = nbformat.v4.new_output("display_data", data={"text/html": page})
    notebook_file(tmp_path / "stored.ipynb", [output])
    with (
        lab_server(tmp_path, theme="dark") as lab,
        open_notebook(browser, lab, "stored.ipynb") as opened,
    ):
        opened.page.locator(SHOWN).wait_for()
        assert opened.page.locator(".jp-OutputArea-output img").count() == 1
        assert "content" not in opened.page.locator(".jp-OutputArea-output").inner_text()
        ground, letters = brightness(opened)
        assert abs(ground - letters) > 150
