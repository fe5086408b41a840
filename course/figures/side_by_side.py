"""Panels side by side with one scale and one legend below them all."""

import matplotlib.pyplot as plt
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from course.figures.sizes import WIDEST

LEGEND_INCHES = 0.3


def side_by_side(n: int, height: float) -> tuple[Figure, list[Axes]]:
    """A figure as wide as the page with n panels that share their y axis: (figure, panels).

    height: of the whole, in inches.
    """
    fig = plt.figure(figsize=(WIDEST, height))
    grid = fig.add_gridspec(2, n, height_ratios=(height - LEGEND_INCHES, LEGEND_INCHES))
    first = fig.add_subplot(grid[0, 0])
    others = [fig.add_subplot(grid[0, place], sharey=first) for place in range(1, n)]
    for ax in others:
        ax.tick_params(labelleft=False)
    return fig, [first, *others]


def legend_below(figure: Figure, panels: list[Axes]) -> None:
    """The first panel's legend under all of them. It has axes of its own, so that the layout
    reckons with it.
    """
    grid = panels[0].get_gridspec()
    ax = figure.add_subplot(grid[1, :])
    ax.axis("off")
    handles, labels = panels[0].get_legend_handles_labels()
    ax.legend(handles, labels, loc="center", ncols=len(labels), frameon=False, fontsize=9.5)
    figure.tight_layout()
