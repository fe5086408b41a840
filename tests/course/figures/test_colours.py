"""Every colour can be seen on a white page and on a dark one, and a model has one of its own."""

import itertools

import pytest

from course.figures import COLOUR_OF, COLOURS
from course.figures.themes import DARK, LIGHT


def luminance(colour):
    """Relative luminance (WCAG 2.2) of "#rrggbb"."""
    shares = [int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)]
    red, green, blue = (
        share / 12.92 if share <= 0.04045 else ((share + 0.055) / 1.055) ** 2.4 for share in shares
    )
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(one, other):
    """From 1 to 21."""
    darker, brighter = sorted((luminance(one), luminance(other)))
    return (brighter + 0.05) / (darker + 0.05)


def test_contrast_is_that_of_wcag():
    assert contrast("#000000", "#ffffff") == pytest.approx(21)
    assert contrast("#777777", "#ffffff") == pytest.approx(4.48, abs=0.01)


@pytest.mark.parametrize("ground", [LIGHT, DARK])
@pytest.mark.parametrize("colour", sorted({*COLOURS, *COLOUR_OF.values()}))
def test_every_colour_has_three_to_one_on_white_and_on_dark(colour, ground):
    assert contrast(colour, ground) >= 3


TOGETHER = [
    ("popularity", "BST", "SASRec", "BERT4Rec", "oracle", "you"),  # Play as Anna
    (
        "popularity",
        "memoryless (MLP)",
        "Markov chain",
        "co-occurrence",
        "MeanPoolBST",
        "BST",
        "oracle",
    ),
    ("popularity", "Markov chain", "co-occurrence", "BST", "GRU4Rec", "SASRec", "oracle"),
    ("SR-GNN", "SR-GNN, current visit", "SASRec", "SASRec, current visit", "oracle"),
    ("popularity", "LinUCB", "Markov chain", "co-occurrence", "BST", "BERT4Rec", "SASRec"),
]


@pytest.mark.parametrize("names", TOGETHER)
def test_models_that_meet_in_a_figure_have_different_colours(names):
    assert all(
        COLOUR_OF[one] != COLOUR_OF[other] for one, other in itertools.combinations(names, 2)
    )
