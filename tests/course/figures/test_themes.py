"""The dark twin of a figure: legible on dark, its colours and heat maps unchanged."""

import base64
import io
import re

import matplotlib.pyplot as plt
import numpy as np
import pytest
from matplotlib.colors import to_hex
from PIL import Image

from course.figures import COLOURS
from course.figures.style import as_html
from course.figures.themes import DARK, darken, swapped
from tests.course.figures.test_colours import contrast


@pytest.fixture
def drawn():
    """A figure with each kind of thing that chapters draw."""
    fig, (left, right) = plt.subplots(1, 2)
    left.plot([0, 1], [0, 1], color="black", mfc="white", marker="o", label="grey")
    left.bar([0, 1], [1, 2], color=COLOURS[0])
    left.scatter([0, 1], [1, 0], facecolor="white", edgecolor=COLOURS[1])
    left.scatter([0, 1], [1, 1], c=[0.0, 1.0])
    left.text(0, 0.5, "white on a bar", color="white")
    left.text(0, 1.5, "a note", color="0.4", bbox={"facecolor": "white", "edgecolor": "0.9"})
    left.plot([0, 1], [1, 1], "D", color="black")
    left.set(title="a title", xlabel="x")
    left.legend()
    right.imshow([[0.0, np.nan]])
    right.text(0, 0, "black on colour", color="black")
    yield fig
    plt.close(fig)


def told(fig, words):
    return next(text for text in fig.findobj(plt.Text) if text.get_text() == words)


@pytest.mark.parametrize("words", ["a title", "x", "a note", "grey"])
def test_letters_have_four_and_a_half_to_one_on_dark(drawn, words):
    darken(drawn)
    assert contrast(to_hex(told(drawn, words).get_color()), DARK) >= 4.5


def test_tick_labels_can_be_read_on_dark(drawn):
    drawn.canvas.draw()
    darken(drawn)
    for ax in drawn.axes:
        for label in (*ax.get_xticklabels(), *ax.get_yticklabels()):
            assert contrast(to_hex(label.get_color()), DARK) >= 4.5


def test_what_lies_on_colour_stays_as_it_is(drawn):
    darken(drawn)
    assert told(drawn, "white on a bar").get_color() == "white"
    assert told(drawn, "black on colour").get_color() == "black"


def test_gaps_of_a_heat_map_are_hatched_on_dark_and_so_like_none_of_its_colours(drawn):
    assert drawn.axes[1].patch.get_hatch() is None
    darken(drawn)
    assert to_hex(drawn.axes[1].patch.get_facecolor()) == DARK
    assert drawn.axes[1].patch.get_hatch() is not None


def test_colours_stay_and_grounds_become_dark(drawn):
    left = drawn.axes[0]
    mapped = left.collections[1].get_array().copy()
    darken(drawn)
    line = left.lines[0]
    assert to_hex(line.get_color()) == "#ededed"
    assert to_hex(line.get_markerfacecolor()) == DARK
    diamonds = left.lines[1]
    assert to_hex(diamonds.get_markerfacecolor()) == to_hex(diamonds.get_color()) == "#ededed"
    assert to_hex(told(drawn, "a note").get_bbox_patch().get_facecolor()) == DARK
    assert {to_hex(bar.get_facecolor()) for bar in left.patches} == {COLOURS[0].lower()}
    assert to_hex(left.collections[0].get_facecolor()[0]) == DARK
    assert to_hex(left.collections[0].get_edgecolor()[0]) == COLOURS[1].lower()
    np.testing.assert_array_equal(left.collections[1].get_array(), mapped)
    assert to_hex(drawn.get_facecolor()) == to_hex(left.get_facecolor()) == DARK
    assert to_hex(left.get_legend().get_frame().get_facecolor()) == DARK


def test_swapping_keeps_order_and_opacity_of_greys_and_leaves_colours_alone():
    greys = np.linspace(0, 1, 11)[:, None] * [1, 1, 1, 0] + [0, 0, 0, 0.3]
    after = swapped(greys)
    assert (np.diff(after[:, 0]) < 0).all() and (after[:, 3] == 0.3).all()
    red = np.array([[0.8, 0.2, 0.1, 1.0]])
    np.testing.assert_array_equal(swapped(red), red)


def test_a_page_carries_both_pictures_and_a_page_without_styles_the_light_one(drawn):
    page = as_html(drawn, alt="Both.")
    light = re.search(r'src="data:image/png;base64,([^"]*)"', page)[1]
    dark = re.search(r"--dark:url\(data:image/webp;base64,([^)]*)\)", page)[1]
    assert page.count("<img") == 1 and page.count("alt=") == 1
    assert 'body[data-jp-theme-light="false"] img.course-figure' in page
    one = Image.open(io.BytesIO(base64.b64decode(light))).convert("RGBA")
    other = Image.open(io.BytesIO(base64.b64decode(dark))).convert("RGBA")
    assert one.size == other.size
    assert one.getpixel((0, 0)) == (255, 255, 255, 255)
    assert other.getpixel((0, 0))[3] == 0  # clear: the page's own ground
    assert len(dark) < len(light)
