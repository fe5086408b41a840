"""What becomes of a log, as small grids: padded rows, windows, and who is train and who is test.

show(padding_figure(pad_left(sequences, max_len=4)), alt="...")
show(windows_figure(histories, targets), alt="...")
show(splits_figure(events, {"leave the last two out": parts, ...}), alt="...")
"""

from collections.abc import Mapping

import matplotlib.pyplot as plt
import numpy as np
import numpy.typing as npt
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.patches import Rectangle

from course.figures.colours import COLOURS
from course.figures.side_by_side import legend_below, side_by_side

#: Colour and sign of each part, so that neither is needed to tell them apart; and how far below
#: its row it is drawn: two clicks of one visit lie too close to be seen side by side.
PARTS = {
    "train": (COLOURS[0], "o", 0.0),
    "valid": (COLOURS[3], "s", 0.28),
    "test": (COLOURS[1], "D", -0.28),
}
_GAP = 0.6  # columns between a history and its target


def padding_figure(padded: npt.ArrayLike) -> Figure:
    """Rows of ids as a grid: padding empty, items filled, the newest item framed.

    padded: (B, L) ids, 0 = padding.
    """
    padded = np.asarray(padded)
    B, L = padded.shape
    fig, ax = plt.subplots(figsize=(0.75 * L + 1.6, 0.42 * B + 0.9))
    for (row, place), item in np.ndenumerate(padded):
        is_newest = place == L - 1 and item > 0
        _draw_cell(ax, place, row, int(item), COLOURS[0], is_framed=is_newest)
    ax.set_xticks(range(L), [str(place - L) for place in range(L)])
    _finish_grid(ax, B, L - 0.5, "position, counted from the end", "history")
    return fig


def windows_figure(histories: npt.ArrayLike, targets: npt.ArrayLike) -> Figure:
    """Windows as a grid: the history in one colour, and apart from it the target in another.

    histories: (N, L) ids, 0 = padding.
    targets:   (N,) ids.
    """
    histories = np.asarray(histories)
    N, L = histories.shape
    fig, ax = plt.subplots(figsize=(0.75 * L + 2.4, 0.42 * N + 0.9))
    for (row, place), item in np.ndenumerate(histories):
        _draw_cell(ax, place, row, int(item), COLOURS[0])
    for row, item in enumerate(np.asarray(targets)):
        _draw_cell(ax, L + _GAP, row, int(item), COLOURS[1])
    ax.set_xticks([(L - 1) / 2, L + _GAP], ["history", "target"])
    _finish_grid(ax, N, L + _GAP + 0.5, "", "window")
    return fig


def splits_figure(events: pd.DataFrame, splits: Mapping[str, npt.ArrayLike]) -> Figure:
    """The same events under several splits, one beside the other.

    events: a row per event: user (from 0) and day.
    splits: title -> (n,) the part of each event, "train", "valid" or "test".
    """
    height = 0.36 * (events["user"].max() + 1) + 1.5
    fig, axes = side_by_side(len(splits), height)
    for ax, (title, parts) in zip(axes, splits.items(), strict=True):
        parts = np.asarray(parts)
        for name, (colour, sign, below) in PARTS.items():
            chosen = events[parts == name]
            look = {"color": colour, "marker": sign, "s": 32, "label": name, "linewidth": 0}
            ax.scatter(chosen["day"], chosen["user"] + below, **look)
        ax.set(title=title, xlabel="day")
        ax.set_yticks(range(events["user"].max() + 1))
        ax.grid(visible=False, axis="x")
    axes[0].set_ylabel("shopper")
    axes[0].invert_yaxis()
    legend_below(fig, axes)
    return fig


def _draw_cell(
    ax: Axes, left: float, row: int, item: int, colour: str, is_framed: bool = False
) -> None:
    corner = (left - 0.46, row - 0.42)
    filled = {"facecolor": colour, "edgecolor": colour}
    empty = {"facecolor": "none", "edgecolor": "0.7", "linestyle": ":"}
    ax.add_patch(Rectangle(corner, 0.92, 0.84, **(filled if item else empty)))
    if is_framed:
        frame = {"facecolor": "none", "edgecolor": "black", "linewidth": 2}
        ax.add_patch(Rectangle(corner, 0.92, 0.84, **frame))
    letters = {"color": "white", "weight": "bold"} if item else {"color": "0.45"}
    ax.text(left, row, str(item), ha="center", va="center_baseline", fontsize=9.5, **letters)


def _finish_grid(ax: Axes, rows: int, right: float, xlabel: str, ylabel: str) -> None:
    ax.set(xlim=(-0.6, right + 0.1), ylim=(rows - 0.4, -0.6), xlabel=xlabel, ylabel=ylabel)
    ax.set_yticks(range(rows))
    ax.grid(visible=False)
    ax.tick_params(length=0)
    for spine in ax.spines.values():
        spine.set_visible(False)
