"""Curves over budgets, or over anything else that grows: small panels, names beside the lines."""

from collections.abc import Mapping

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from course.figures.sizes import PAIR
from course.figures.style import COLOURS

_LEAST_GAP = 0.075  # between two names, as a share of the axis


def draw_curves(
    table: pd.DataFrame,
    *,
    panel: str,
    line: str,
    x: str,
    y: str,
    colours: Mapping[str, str] | None = None,
    xlabel: str,
    ylabel: str,
    ylim: tuple[float, float],
) -> Figure:
    """A panel for each value of a column, in it a line for each value of another one.

    Points are means over the rows that are alike in panel, line and x; bars are their standard
    deviations. Values of x stand at equal distances, in their order in the table. A line's name
    stands at its end, in the last panel and wherever the next panel has other lines.

    table:   a row a measurement.
    panel, line, x, y: columns.
    colours: line -> colour; None: those of the course, in the order of the lines.
    ylim:    the same for all panels.

    Raises ValueError for an empty table.
    """
    if table.empty:
        raise ValueError("the table is empty: there is no curve. Cure: look at what it filters.")
    panels = list(dict.fromkeys(table[panel]))
    lines = list(dict.fromkeys(table[line]))
    if colours is None:
        colours = dict(zip(lines, COLOURS, strict=False))
    fig, axes = plt.subplots(1, len(panels), figsize=PAIR, sharey=True, squeeze=False)
    drawn = [list(dict.fromkeys(table[table[panel] == each][line])) for each in panels]
    for number, (ax, each) in enumerate(zip(axes[0], panels, strict=True)):
        part = table[table[panel] == each]
        ends = {
            name: _line(ax, part[part[line] == name], x, y, colours[name], part)
            for name in drawn[number]
        }
        ax.set(title=str(each), xlabel=xlabel, ylim=ylim)
        if number == len(panels) - 1 or drawn[number + 1] != drawn[number]:
            _names(ax, ends, colours, ylim)
    axes[0, 0].set_ylabel(ylabel)
    fig.tight_layout()
    return fig


def _line(ax: Axes, rows: pd.DataFrame, x: str, y: str, colour: str, part: pd.DataFrame):
    """Draw a line, and give where it ends: place and mean."""
    values = list(dict.fromkeys(part[x]))
    found = rows.groupby(x, sort=False)[y].agg(["mean", "std"])
    places = [values.index(each) for each in found.index]
    # Of one measurement there is no spread.
    spread = found["std"].fillna(0)
    ax.errorbar(places, found["mean"], spread, fmt="o-", ms=4, capsize=3, color=colour)
    ax.set_xticks(range(len(values)), [_told(each) for each in values])
    return places[-1], found["mean"].iloc[-1]


def _told(value) -> str:
    return f"{value:,}" if isinstance(value, int | np.integer) else str(value)


def _names(ax: Axes, ends: dict, colours: Mapping[str, str], ylim: tuple[float, float]) -> None:
    """Write each line's name beside its end, none on another."""
    right = max(place for place, _ in ends.values())
    levels = _apart({name: mean for name, (_, mean) in ends.items()}, ylim)
    for name, level in levels.items():
        ax.text(right + 0.15, level, name, color=colours[name], size=9, va="center", clip_on=False)


def _apart(means: dict[str, float], ylim: tuple[float, float]) -> dict[str, float]:
    """Levels for the names: names that would meet are stacked around their mean."""
    gap = _LEAST_GAP * (ylim[1] - ylim[0])
    stacks = []
    for name in sorted(means, key=means.get):
        stacks.append([name])
        while len(stacks) > 1 and _meet(stacks[-2], stacks[-1], means, gap):
            stacks[-2:] = [stacks[-2] + stacks[-1]]
    return {
        name: _middle(stack, means) + gap * (place - (len(stack) - 1) / 2)
        for stack in stacks
        for place, name in enumerate(stack)
    }


def _middle(stack: list[str], means: dict[str, float]) -> float:
    return float(np.mean([means[name] for name in stack]))


def _meet(below: list[str], above: list[str], means: dict[str, float], gap: float) -> bool:
    room = _middle(above, means) - _middle(below, means)
    return room < gap * (len(below) + len(above)) / 2
