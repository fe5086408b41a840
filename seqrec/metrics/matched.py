"""Is it the group, or what the group goes along with? Like is compared with like.

A group's mean may be high because its members stand where everybody's is high. So each member is
held against those outside the group in its own cell: direct standardisation, as in epidemiology.
"""

import numpy as np
import numpy.typing as npt


def matched_ratio(values: npt.ArrayLike, in_group: npt.ArrayLike, cell: npt.ArrayLike) -> float:
    """How many times larger the values of a group are than others' in the same cells.

        sum of the group's values / sum over its members of the mean of the others in their cell

    Cells without a member or without another take no part. Two groups that differ only in how
    often each cell occurs have a ratio of 1.

    values:   (N,) floats
    in_group: (N,) bool
    cell:     (N,) numbers: what is alike has the same

    Returns a float; NaN if no cell takes part.
    """
    values, in_group = np.asarray(values), np.asarray(in_group)
    names, cell = np.unique(cell, return_inverse=True)
    (n_members, members), (n_others, others) = (
        (np.bincount(cell[of], minlength=len(names)), np.bincount(cell[of], values[of], len(names)))
        for of in (in_group, ~in_group)
    )
    both = (n_members > 0) & (n_others > 0)
    if not both.any():
        return float("nan")
    due = n_members[both] * others[both] / n_others[both]
    return float(members[both].sum() / due.sum())
