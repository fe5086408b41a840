"""A small directed graph as a picture: nodes on a circle, arrows as wide as they weigh."""

import textwrap
from collections.abc import Sequence

import numpy as np
import numpy.typing as npt
from matplotlib.axes import Axes
from matplotlib.patches import Circle, FancyArrowPatch

from course.figures.style import COLOURS

_RADIUS = 0.13  # of a node, where the circle that all lie on has 1
_LINE = 14  # letters of a name in a line: beside a node, where another graph may stand
_CURVE = 0.2  # arrows between a pair, one each way, must not cover each other


def draw_graph(
    ax: Axes,
    names: Sequence[str],
    weights: npt.ArrayLike,
    *,
    labels: Sequence[Sequence[str]] | None = None,
    colours: Sequence[str] | None = None,
    title: str = "",
    widest: float = 4.0,
) -> None:
    """Draw weights (n, n) on `ax`: an arrow from node i to node j for each weights[i, j] above 0.

    A weight on the diagonal is a ring at the node.

    names:   n texts, put outside of the circle, clockwise from the top.
    weights: (n, n), from 0 to 1.
    labels:  (n, n) texts for the arrows, or None.
    colours: n, of the nodes; None: all alike.
    title:   above the picture.
    widest:  points of an arrow of weight 1.

    Raises ValueError if weights and names do not fit.
    """
    weights = np.asarray(weights, dtype=float)
    n = len(names)
    if weights.shape != (n, n):
        raise ValueError(f"weights have shape {weights.shape}, but there are {n} names.")
    colours = [COLOURS[0]] * n if colours is None else colours
    angles = np.pi / 2 - 2 * np.pi * np.arange(n) / n
    places = np.stack([np.cos(angles), np.sin(angles)], axis=1)  # (n, 2)
    for i, j in np.argwhere(weights > 0):
        width = 0.6 + (widest - 0.6) * weights[i, j]
        label = "" if labels is None else labels[i][j]
        if i == j:
            centre = places[i] * (1 - 1.5 * _RADIUS)
            ax.add_patch(Circle(centre, 0.8 * _RADIUS, fill=False, color="0.45", lw=width))
            ax.text(*(places[i] * (1 - 3.2 * _RADIUS)), label, ha="center", va="center", fontsize=8)
            continue
        ax.add_patch(
            FancyArrowPatch(
                places[i],
                places[j],
                connectionstyle=f"arc3,rad={_CURVE}",
                arrowstyle="-|>",
                mutation_scale=11,
                shrinkA=13,
                shrinkB=13,
                lw=width,
                color="0.45",
                alpha=0.35 + 0.65 * weights[i, j],
            )
        )
        along = places[j] - places[i]
        middle = (places[i] + places[j]) / 2 + _CURVE / 2 * np.array([along[1], -along[0]])
        backing = {"facecolor": "white", "edgecolor": "none", "pad": 0.8} if label else None
        ax.text(*middle, label, ha="center", va="center", fontsize=8, bbox=backing)
    for place, name, colour in zip(places, names, colours, strict=True):
        ax.add_patch(Circle(place, _RADIUS, color=colour, zorder=3))
        side = "center" if abs(place[0]) < 0.2 else "left" if place[0] > 0 else "right"
        told = name if side == "center" else textwrap.fill(name, _LINE)
        up = "center" if side != "center" else "bottom" if place[1] > 0 else "top"
        distance = 1.8 if side != "center" else 1.3  # of the text from the middle of the node
        ax.text(*(place * (1 + distance * _RADIUS)), told, ha=side, va=up, fontsize=8)
    ax.set(xlim=(-2.2, 2.2), ylim=(-1.4, 1.4), title=title, aspect="equal")
    ax.axis("off")
