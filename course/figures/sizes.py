"""Sizes of figures, for a page as narrow as a notebook in a window of 800 pixels.

There a figure is drawn smaller than it was made. So none is wider than WIDEST, and letters are as
large as leaves LEAST_POINTS of them.
"""

import warnings

from matplotlib.figure import Figure
from matplotlib.text import Text

#: Figure sizes in inches: one plot across the page, two side by side, a square one.
WIDE = (7.0, 3.6)
PAIR = (7.5, 3.6)
SQUARE = (5.0, 4.6)
WIDEST = 7.5
LEAST_POINTS = 8.0
NARROW_PAGE = 620  # pixels for an output in JupyterLab, in a window of 800
PIXELS_PER_INCH = 96  # what a browser takes for an inch
PADDING = 0.15  # inches around a figure


def fit(figure: Figure) -> None:
    """Make a figure, in place, no wider than WIDEST, and its letters no smaller than may be."""
    width, height = figure.get_size_inches()
    figure.set_size_inches(min(width, WIDEST), height)
    is_changed = width > WIDEST
    for _ in range(2):  # larger letters may make it wider
        shown = shown_width(figure)
        if shown > WIDEST:
            _narrow(figure, by=shown - WIDEST)
            shown = shown_width(figure)
            is_changed = True
        is_changed = _enlarged(figure, least_points(shown)) or is_changed
        if not is_changed:
            return
        if len(figure.axes) > 1:
            with warnings.catch_warnings():
                warnings.simplefilter("ignore", UserWarning)  # axes that are laid out by hand
                figure.tight_layout()


def _narrow(figure: Figure, by: float) -> None:
    """Take from a figure the inches that it is too wide, such as by a legend beside the axes."""
    width, height = figure.get_size_inches()
    figure.set_size_inches(max(width - by, WIDEST / 2), height)


def _enlarged(figure: Figure, least: float) -> bool:
    """Make letters that are too small larger."""
    small = [text for text in figure.findobj(Text) if text.get_fontsize() < least]
    for text in small:
        text.set_fontsize(least)
    return bool(small)


def shown_width(figure: Figure) -> float:
    """Inches of a figure as it is shown: what is drawn, beside the axes too, and PADDING around."""
    drawn = figure.get_tightbbox(figure.canvas.get_renderer())
    return drawn.width + 2 * PADDING


def least_points(shown: float) -> float:
    """Size of letters that leaves LEAST_POINTS of them on a narrow page, `shown` inches wide."""
    return LEAST_POINTS * max(shown * PIXELS_PER_INCH / NARROW_PAGE, 1.0)
