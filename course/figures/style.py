"""One look for all figures of the course, and `show`, which gives each of them its alt text.

    from course.figures import WIDE, show

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
import numpy as np
from IPython.display import display
from matplotlib.figure import Figure
from matplotlib.rcsetup import cycler
from matplotlib.transforms import BboxBase
from PIL import Image
from PIL.PngImagePlugin import PngInfo

from course.figures.colours import COLOURS
from course.figures.sizes import PADDING, PIXELS_PER_INCH, fit
from course.figures.themes import LIGHT, darken

#: Colour maps: from nothing to much, and from below to above a middle.
SEQUENTIAL = "cividis"
DIVERGING = "PuOr"

_STORED_DPI = 144  # sharp on dense screens, still small
# JupyterLab and pages made by nbconvert say so in this attribute, VS Code in this class.
_ON_DARK = (
    'body[data-jp-theme-light="false"] img.course-figure,'
    "body.vscode-dark img.course-figure{content:var(--dark)}"
)
_LETTERS, _SMALL_LETTERS = 10.8, 9.9  # points
_STYLE = {
    "axes.labelsize": _LETTERS,
    "axes.linewidth": 1.25,
    "axes.prop_cycle": cycler(color=COLOURS),
    "axes.spines.right": False,
    "axes.spines.top": False,
    "axes.titlesize": "medium",
    "figure.dpi": PIXELS_PER_INCH,
    "figure.facecolor": LIGHT,  # opaque, for dark pages that know of no twin
    "font.family": "DejaVu Sans",  # comes with matplotlib, so figures are alike everywhere
    "font.size": _LETTERS,
    "grid.linewidth": 1.0,
    "image.cmap": SEQUENTIAL,
    "legend.edgecolor": "none",
    "legend.facecolor": "white",
    "legend.fontsize": _SMALL_LETTERS,
    "legend.frameon": True,
    "legend.title_fontsize": _LETTERS,
    "patch.edgecolor": "w",
    "patch.force_edgecolor": True,
    "savefig.facecolor": "white",
    "xtick.bottom": False,
    "xtick.labelsize": _SMALL_LETTERS,
    "xtick.major.size": 6,
    "xtick.major.width": 1.25,
    "xtick.minor.size": 4,
    "xtick.minor.width": 1.0,
    "ytick.labelsize": _SMALL_LETTERS,
    "ytick.left": False,
    "ytick.major.size": 6,
    "ytick.major.width": 1.25,
    "ytick.minor.size": 4,
    "ytick.minor.width": 1.0,
}

# matplotlib's copy of seaborn's white grid: seaborn itself takes a second to import
plt.style.use(["seaborn-v0_8-whitegrid", _STYLE])


def show(figure: Figure, alt: str) -> None:
    """Display a figure as an image with alt text, and close it.

    figure: a matplotlib figure; of a seaborn or axes object take `.figure`.
    alt:    what a reader who can't see the figure needs to know of it, in a sentence or two.

    The output is HTML, because JupyterLab drops the alt text of plain image outputs.
    Raises TypeError if `figure` is not a figure and ValueError if `alt` is empty.
    """
    _display(as_html(figure, alt), alt)


def show_picture(png: bytes, alt: str, width: int, dark: bytes = b"") -> None:
    """Display a stored PNG as `show` displays a figure.

    png:   the file's bytes.
    alt:   what it shows, as of `show`.
    width: on the page, in pixels.
    dark:  a WebP of the same for dark pages.

    Raises ValueError if `alt` is empty.
    """
    _display(image_tag(png, alt, width, dark), alt)


def as_html(figure: Figure, alt: str) -> str:
    """A figure as an `<img>` with alt text, and close it: see `show`, also for what is raised."""
    if not isinstance(figure, Figure):
        raise TypeError(
            f"figure is a {type(figure).__name__}, not a matplotlib Figure; of axes pass ax.figure"
        )
    fit(figure)
    extent = _extent(figure)
    light = _drawn(figure, extent)
    darken(figure)
    dark = _drawn(figure, extent)
    plt.close(figure)
    return image_tag(_small(light), alt, _width(light), dark=_small_dark(dark))


def image_tag(png: bytes, alt: str, width: int, dark: bytes = b"") -> str:
    """`<img>` of a PNG that carries its own bytes.

    png:   the file's bytes.
    alt:   what it shows, as of `show`.
    width: on the page, in pixels.
    dark:  a WebP for dark pages. Where nobody knows of it, the PNG is shown, on its white ground.

    Raises ValueError if `alt` is empty.
    """
    if not isinstance(alt, str) or not alt.strip():
        raise ValueError(
            f"alt is {alt!r}; say in a sentence what the figure shows, for readers who can't see it"
        )
    text = html.escape(_one_line(alt))
    image = f'<img alt="{text}" width="{width}" src="{_data("png", png)}"'
    if not dark:
        return f"{image}>"
    twin = f'class="course-figure" style="--dark:url({_data("webp", dark)})"'
    return f"{image} {twin}><style>{_ON_DARK}</style>"


def as_png(figure: Figure, description: str = "") -> tuple[bytes, int]:
    """The figure as a PNG, and its width on the page in pixels. The figure is closed.

    It has at most 256 colours, which makes a third of the bytes.

    figure:      a matplotlib figure.
    description: kept in the file, under this name; "": nothing is.
    """
    image = _drawn(figure, _extent(figure))
    plt.close(figure)
    return _small(image, description), _width(image)


def _extent(figure: Figure) -> BboxBase:
    """What is drawn of a figure, and PADDING around, in inches: colours don't change it."""
    dpi = figure.dpi
    figure.set_dpi(_STORED_DPI)
    figure.draw_without_rendering()
    extent = figure.get_tightbbox()
    figure.set_dpi(dpi)
    return extent.padded(PADDING)


def _drawn(figure: Figure, extent: BboxBase) -> Image.Image:
    drawn = io.BytesIO()
    figure.savefig(
        drawn,
        format="png",
        dpi=_STORED_DPI,
        facecolor=figure.get_facecolor(),
        bbox_inches=extent,
    )
    return Image.open(drawn).convert("RGB")


def _width(image: Image.Image) -> int:
    return round(image.width * PIXELS_PER_INCH / _STORED_DPI)


def _few_colours(image: Image.Image) -> Image.Image:
    return image.quantize(256, method=Image.Quantize.MAXCOVERAGE, dither=Image.Dither.NONE)


def _small(image: Image.Image, description: str = "") -> bytes:
    notes = PngInfo()
    if description:
        notes.add_text("Description", description)
    small = io.BytesIO()
    _few_colours(image).save(small, format="png", optimize=True, pnginfo=notes)
    return small.getvalue()


def _small_dark(image: Image.Image) -> bytes:
    """A WebP without loss, half of a PNG; its ground is clear, for pages of another black."""
    few = np.asarray(_few_colours(image).convert("RGBA")).copy()
    is_ground = (few == few[0, 0]).all(axis=-1)
    few[is_ground] = 0
    small = io.BytesIO()
    Image.fromarray(few).save(small, format="webp", lossless=True, quality=60, method=3)
    return small.getvalue()


def _data(kind: str, picture: bytes) -> str:
    return f"data:image/{kind};base64,{base64.b64encode(picture).decode()}"


def _display(page: str, alt: str) -> None:
    display({"text/html": page, "text/plain": f"Figure: {_one_line(alt)}"}, raw=True)


def _one_line(alt: str) -> str:
    return " ".join(alt.split())
