"""Which number of a batch goes to which head: (B, L, D) beside (B, H, L, D/H)."""

import matplotlib.pyplot as plt
import numpy as np
import numpy.typing as npt
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from course.figures.colours import COLOURS
from course.figures.sizes import WIDE


def head_layout(batch: npt.ArrayLike, heads: npt.ArrayLike) -> Figure:
    """Tables of a batch on the left, a row for each history; the heads' tables on the right.

    A number is tinted by the head that has it on the right, so a number that went astray is seen.

    batch: (B, L, D) numbers, all different.
    heads: (B, H, L, D/H), the same numbers.
    """
    batch, heads = np.asarray(batch), np.asarray(heads)
    B, H = heads.shape[:2]
    widths = [batch.shape[2], *[heads.shape[3]] * H]
    figure, axes = plt.subplots(
        B, 1 + H, figsize=(WIDE[0], 1.9 * B), width_ratios=widths, squeeze=False
    )
    owner = {number: h for h in range(H) for number in heads[:, h].flat}
    for b in range(B):
        _draw_table(axes[b, 0], batch[b], owner)
        axes[b, 0].set_ylabel(f"history {b}")
        for h in range(H):
            _draw_table(axes[b, 1 + h], heads[b, h], owner)
    B, L, D = batch.shape
    axes[0, 0].set_title(f"x: (B, L, D) = ({B}, {L}, {D})")
    for h in range(H):
        axes[0, 1 + h].set_title(f"head {h}: (L, D/H)")
    for ax in axes[-1]:
        ax.set_xlabel("column")
    figure.tight_layout()
    return figure


def _draw_table(ax: Axes, table: np.ndarray, owner: dict) -> None:
    """Numbers in boxes: a row for each click, the oldest on top."""
    rows, columns = table.shape
    for (row, column), number in np.ndenumerate(table):
        box = plt.Rectangle(
            (column, row), 1, 1, facecolor=COLOURS[owner[number]], alpha=0.3, edgecolor="0.5"
        )
        ax.add_patch(box)
        ax.text(column + 0.5, row + 0.5, f"{number}", ha="center", va="center")
    ax.set(xlim=(0, columns), ylim=(rows, 0), aspect="equal")
    ax.set_xticks(np.arange(columns) + 0.5, range(columns))
    ax.set_yticks(np.arange(rows) + 0.5, range(rows))
    ax.grid(visible=False)
