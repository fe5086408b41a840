"""A table of attention weights as a picture: who looks at whom, and how much."""

import numpy as np
from matplotlib.colors import PowerNorm

from course.figures.style import SEQUENTIAL


def draw_attention(ax, weights, names, *, title="", queries=None):
    """Draw weights (L, S) on `ax`: a row for each query, a column for each key, from 0 (dark) to 1
    (bright).

    Brightness rises fastest from 0, so that small weights can be told apart.

    weights: NumPy array or tensor of floats or bools. names: S labels, oldest first. queries: L
    labels, if the rows are others than the columns. Weights of exactly 0 are left white: nothing is
    looked at there, or nothing may be.
    """
    weights = np.asarray(weights, dtype=float)
    queries = names if queries is None else queries
    if weights.shape != (len(queries), len(names)):
        raise ValueError(
            f"weights have shape {weights.shape}, but there are {len(queries)} queries, "
            f"{len(names)} keys."
        )
    ax.imshow(
        np.where(weights == 0, np.nan, weights),
        norm=PowerNorm(0.7, vmin=0, vmax=1),
        cmap=SEQUENTIAL,
        aspect="auto",
    )
    ax.set_xticks(
        range(len(names)), names, rotation=60, ha="right", rotation_mode="anchor", fontsize=8
    )
    ax.set_yticks(range(len(queries)), queries, fontsize=8)
    ax.set_title(title)
    ax.grid(visible=False)
