"""A figure drawn for a light page, drawn again for a dark one.

Black becomes white and greys in between change places; colours stay, for those of
`course.figures.colours` can be seen on both grounds. What lies on colour stays too: white letters
on a bar, and letters of a heat map. The gaps of one, where nothing was looked at, are hatched:
any plain ground that is not the page's would look like one of its colours.
"""

import numpy as np
import numpy.typing as npt
from matplotlib.artist import Artist
from matplotlib.axes import Axes
from matplotlib.collections import Collection, QuadMesh
from matplotlib.colors import to_rgba_array
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.patches import Patch
from matplotlib.text import Text

LIGHT = "#ffffff"
DARK = "#111111"  # JupyterLab's dark theme
_INK = 0.93  # what black becomes on dark, from 0 to 1
_GROUND = 0x11 / 0xFF  # what white becomes
_HATCH = {"hatch": "////", "edgecolor": "#565656"}  # of the gaps of a heat map
_IS_GREY = 0.06  # most that red, green and blue of a grey differ
_IS_WHITE = 0.95


def darken(figure: Figure) -> None:
    """Change a figure's greys, in place, to those of a dark page."""
    kept = _on_colour(figure)
    for ax in _heat_maps(figure):
        ax.patch.set(facecolor=DARK, **_HATCH)
    for artist in figure.findobj():
        if artist in kept:
            continue
        if isinstance(artist, Text):
            _darken_text(artist)
        elif isinstance(artist, Line2D):
            _darken(artist, "color", "markerfacecolor", "markeredgecolor")
        elif isinstance(artist, Patch):
            _darken(artist, "facecolor", "edgecolor")
        elif isinstance(artist, Collection) and artist.get_array() is None:
            _darken(artist, "facecolor", "edgecolor")


def swapped(colours: npt.ArrayLike) -> np.ndarray:
    """Colours (n, 4), RGBA from 0 to 1, with greys changed from light to dark. Returns (n, 4)."""
    colours = np.array(colours, dtype=float)
    rgb = colours[:, :3]
    is_grey = np.ptp(rgb, axis=1) <= _IS_GREY
    grey = _INK - (_INK - _GROUND) * rgb.mean(axis=1, keepdims=True)
    colours[:, :3] = np.where(is_grey[:, None], grey, rgb)
    return colours


def _darken(artist: Artist, *properties: str) -> None:
    # all are read before one is set: some follow another until they are set themselves
    colours = {name: to_rgba_array(getattr(artist, f"get_{name}")()) for name in properties}
    for name, before in colours.items():
        after = swapped(before)
        is_seen = before[:, 3] > 0
        after[~is_seen] = before[~is_seen]
        if is_seen.any():
            one = not isinstance(artist, Collection)
            getattr(artist, f"set_{name}")(tuple(after[0]) if one else after)


def _darken_text(text: Text) -> None:
    is_white = to_rgba_array(text.get_color())[0, :3].min() >= _IS_WHITE
    if not is_white:  # white letters can't lie on a white ground
        _darken(text, "color")
    if text.get_bbox_patch() is not None:
        _darken(text.get_bbox_patch(), "facecolor", "edgecolor")


def _on_colour(figure: Figure) -> set[Artist]:
    """What belongs to heat maps: the texts in their cells, and the ground that shows in gaps."""
    kept: set[Artist] = set()
    for ax in _heat_maps(figure):
        kept.update(ax.texts)
        kept.add(ax.patch)
    return kept


def _heat_maps(figure: Figure) -> list[Axes]:
    return [
        ax
        for ax in figure.axes
        if ax.images or any(isinstance(drawn, QuadMesh) for drawn in ax.collections)
    ]
