"""A table of attention weights as a picture: who looks at whom, and how much."""

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt
from matplotlib.axes import Axes
from matplotlib.colors import PowerNorm
from matplotlib.image import AxesImage

from course.figures.style import SEQUENTIAL


def draw_attention(
    ax: Axes,
    weights: npt.ArrayLike,
    names: Sequence[str],
    *,
    title: str = "",
    queries: Sequence[str] | None = None,
    brightest: float = 1.0,
) -> AxesImage:
    """Draw weights (L, S) on `ax`: a row for each query, a column for each key.

    From 0 (dark) to `brightest`. Brightness rises fastest from 0, so that small weights can be told
    apart. Weights of exactly 0 are left white: nothing is looked at there, or nothing may be.

    weights:   (L, S), NumPy array or tensor of floats or bools.
    names:     S labels, oldest first.
    title:     above the picture.
    queries:   L labels, if the rows are others than the columns.
    brightest: this weight and every larger one; where no weight comes near 1, less shows more.

    Returns what is drawn, for a colour bar: `figure.colorbar(picture, ax=ax)`.
    Raises ValueError if weights and labels do not fit.
    """
    weights = np.asarray(weights, dtype=float)
    queries = names if queries is None else queries
    if weights.shape != (len(queries), len(names)):
        raise ValueError(
            f"weights have shape {weights.shape}, but there are {len(queries)} queries, "
            f"{len(names)} keys."
        )
    picture = ax.imshow(
        np.where(weights == 0, np.nan, weights),
        norm=PowerNorm(0.7, vmin=0, vmax=brightest),
        cmap=SEQUENTIAL,
        aspect="auto",
    )
    ax.set_xticks(
        range(len(names)), names, rotation=60, ha="right", rotation_mode="anchor", fontsize=8
    )
    ax.set_yticks(range(len(queries)), queries, fontsize=8)
    ax.set_title(title)
    ax.grid(visible=False)
    return picture
