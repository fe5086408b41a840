"""Is a group of clicks looked at more than others that are as far back?

Axis letters: B histories, L length.
"""

import numpy as np
import numpy.typing as npt


def weight_at_equal_distance(
    weights: npt.NDArray, real: npt.NDArray, group: npt.NDArray
) -> float:
    """The weight of a group's clicks, as a multiple of what others get in the same cell.

    A cell is a place and a number of clicks of the history: in one cell all clicks are equally far
    from the newest, and share the same weight of 1 with as many others. Cells without a click of
    the group, or without another click, have nothing to compare and are left out. The rest is
    direct standardisation: each cell's others are counted as often as the group has clicks in it.

    weights: (B, L), what the newest click of each history gives to each place
    real:    (B, L) bool, True at a click; padding stands on the left
    group:   (B, L) bool, True at a click of the group, which is always real

    Returns the group's weights, summed, over the sum of what others get there on average; 1 means
    no preference, NaN that no cell has both.
    """
    length = real.sum(axis=1)  # (B,)
    got = 0.0
    expected = 0.0
    for n in np.unique(length):
        rows = length == n
        for place in range(weights.shape[1]):
            mine = group[rows, place]
            others = real[rows, place] & ~mine
            if mine.any() and others.any():
                here = weights[rows, place]
                got += here[mine].sum()
                expected += mine.sum() * here[others].mean()
    return float(got / expected) if expected else float("nan")
