"""Figures fit a notebook in a window of 800 pixels, with letters that can be read there."""

import matplotlib.pyplot as plt
import pytest
from matplotlib.text import Text

from course.figures import PAIR, SQUARE, WIDE
from course.figures.sizes import (
    LEAST_POINTS,
    NARROW_PAGE,
    PIXELS_PER_INCH,
    WIDEST,
    fit,
    shown_width,
)


@pytest.mark.parametrize("size", [WIDE, PAIR, SQUARE, (10.4, 3.6), (3.0, 3.0)])
def test_letters_are_eight_points_or_more_on_a_narrow_page(size):
    fig, axes = plt.subplots(1, 2, figsize=size)
    axes[0].set_title("a title")
    axes[0].text(0.5, 0.5, "a small note", fontsize=6)
    axes[1].plot([0, 1], label="a line")
    axes[1].legend(fontsize=7)
    fit(fig)
    assert fig.get_size_inches()[0] <= size[0] and fig.get_size_inches()[1] == size[1]
    legible(fig)
    plt.close(fig)


def legible(fig):
    """Fail if a letter is smaller than LEAST_POINTS where there is room for NARROW_PAGE pixels."""
    width = shown_width(fig)
    assert width <= 1.03 * WIDEST
    shown = min(1, NARROW_PAGE / (width * PIXELS_PER_INCH))
    assert min(text.get_fontsize() for text in fig.findobj(Text)) * shown > 0.95 * LEAST_POINTS


def test_a_legend_beside_the_axes_counts_as_part_of_the_figure():
    fig, ax = plt.subplots(figsize=WIDE)
    ax.plot([0, 1], label="a line whose name is long")
    ax.legend(loc="center left", bbox_to_anchor=(1, 0.5), fontsize=8)
    assert shown_width(fig) > WIDEST + 0.5
    fit(fig)
    legible(fig)
    plt.close(fig)


def test_a_figure_that_fits_is_left_as_it_was():
    fig, ax = plt.subplots(figsize=(5, 3))
    ax.set_title("a title")
    before = ax.get_position().bounds, ax.title.get_fontsize(), tuple(fig.get_size_inches())
    fit(fig)
    after = ax.get_position().bounds, ax.title.get_fontsize(), tuple(fig.get_size_inches())
    assert after == before
    plt.close(fig)
