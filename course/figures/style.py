"""One look for all figures of the course, and `show`, which gives each of them its alt text.

    from course.figures import show

    fig, ax = plt.subplots(figsize=WIDE)
    ax.plot(epochs, ndcg)
    show(fig, alt="NDCG@10 rises from .1 to .6 within five epochs, then stays.")

Importing this module sets the style: a theme, colours that colour-blind readers can tell apart,
sizes, resolution.
"""

import base64
import html
import io

import matplotlib.pyplot as plt
import seaborn as sns
from IPython.display import display
from matplotlib.figure import Figure
from PIL import Image
from PIL.PngImagePlugin import PngInfo

from course.figures.colours import COLOURS

#: Figure sizes in inches: one plot across the page, two side by side, a square one.
WIDE = (7.0, 3.6)
PAIR = (9.0, 3.6)
SQUARE = (5.0, 4.6)
#: Colour maps: from nothing to much, and from below to above a middle.
SEQUENTIAL = "cividis"
DIVERGING = "PuOr"

_SHOWN_DPI = 96  # what a browser takes for an inch
_STORED_DPI = 144  # sharp on dense screens, still small
_STYLE = {
    "axes.spines.right": False,
    "axes.spines.top": False,
    "axes.titlesize": "medium",
    "figure.dpi": _SHOWN_DPI,
    "figure.facecolor": "white",  # opaque: a dark theme must not shine through
    "font.family": "DejaVu Sans",  # comes with matplotlib, so figures are alike everywhere
    "image.cmap": SEQUENTIAL,
    "legend.edgecolor": "none",
    "legend.facecolor": "white",
    "savefig.facecolor": "white",
}

sns.set_theme(context="notebook", style="whitegrid", palette=COLOURS, font_scale=0.9, rc=_STYLE)


def show(figure: Figure, alt: str) -> None:
    """Display a figure as an image with alt text, and close it.

    figure: a matplotlib figure; of a seaborn or axes object take `.figure`.
    alt:    what a reader who can't see the figure needs to know of it, in a sentence or two.

    The output is HTML, because JupyterLab drops the alt text of plain image outputs.
    Raises TypeError if `figure` is not a figure and ValueError if `alt` is empty.
    """
    _display(as_html(figure, alt), alt)


def show_picture(png: bytes, alt: str, width: int) -> None:
    """Display a stored PNG as `show` displays a figure.

    png:   the file's bytes.
    alt:   what it shows, as of `show`.
    width: on the page, in pixels.

    Raises ValueError if `alt` is empty.
    """
    _display(image_tag(png, alt, width), alt)


def as_html(figure: Figure, alt: str) -> str:
    """A figure as an `<img>` with alt text, and close it: see `show`, also for what is raised."""
    if not isinstance(figure, Figure):
        raise TypeError(
            f"figure is a {type(figure).__name__}, not a matplotlib Figure; of axes pass ax.figure"
        )
    png, width = as_png(figure)
    return image_tag(png, alt, width)


def image_tag(png: bytes, alt: str, width: int) -> str:
    """`<img>` of a PNG that carries its own bytes.

    png:   the file's bytes.
    alt:   what it shows, as of `show`.
    width: on the page, in pixels.

    Raises ValueError if `alt` is empty.
    """
    if not isinstance(alt, str) or not alt.strip():
        raise ValueError(
            f"alt is {alt!r}; say in a sentence what the figure shows, for readers who can't see it"
        )
    source = f"data:image/png;base64,{base64.b64encode(png).decode()}"
    return f'<img alt="{html.escape(_one_line(alt))}" width="{width}" src="{source}">'


def as_png(figure: Figure, description: str = "") -> tuple[bytes, int]:
    """The figure as a PNG, and its width on the page in pixels. The figure is closed.

    It has at most 256 colours, which makes a third of the bytes.

    figure:      a matplotlib figure.
    description: kept in the file, under this name; "": nothing is.
    """
    drawn = io.BytesIO()
    figure.savefig(drawn, format="png", dpi=_STORED_DPI, bbox_inches="tight", pad_inches=0.15)
    plt.close(figure)
    image = Image.open(drawn).convert("RGB")
    notes = PngInfo()
    if description:
        notes.add_text("Description", description)
    few = image.quantize(256, method=Image.Quantize.MAXCOVERAGE, dither=Image.Dither.NONE)
    small = io.BytesIO()
    few.save(small, format="png", optimize=True, pnginfo=notes)
    return small.getvalue(), round(image.width * _SHOWN_DPI / _STORED_DPI)


def _display(page: str, alt: str) -> None:
    display({"text/html": page, "text/plain": f"Figure: {_one_line(alt)}"}, raw=True)


def _one_line(alt: str) -> str:
    return " ".join(alt.split())
