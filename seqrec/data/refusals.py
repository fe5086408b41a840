"""How a bad column is refused: its name, the first bad row, the value there, and the cure."""

import numpy as np

from seqrec.checks import shown

#: Characters of a list of column names that a message quotes.
OF_NAMES = 120


def refuse_first(column, bad, problem, cure):
    """Raise ValueError for the first row in which `bad` is True, if there is one.

    column:  Series (n,), the message names it and shows its value in that row.
    bad:     (n,) bool array.
    problem: what is wrong with the value, as the end of a sentence that begins with it.
    cure:    what to do about it.
    """
    if not bad.any():
        return
    row = int(np.argmax(bad))
    value = _plain(column.iloc[row])
    label = _plain(column.index[row])
    where = f"row {row}"
    if not (isinstance(label, int) and label == row):
        where += f" (index label {shown(label)})"
    name = shown(column.name)
    raise ValueError(f"column {name}, {where}: {shown(value)} {problem}. Cure: {cure}.")


def refuse_all(column, problem, cure):
    """Raise ValueError for a column of a kind that has no good row; the message shows the first."""
    refuse_first(column, np.ones(len(column), bool), problem, cure)


def refuse_missing(column, cure):
    """Raise ValueError for the first missing value of a Series, if there is one."""
    if column.hasnans:
        refuse_first(column, column.isna().to_numpy(bool), "is a missing value", cure)


def found(columns):
    """The names of a table's columns as a message lists them, cut where they are many."""
    return shown(list(columns), OF_NAMES)


def _plain(value):
    """NumPy's numbers as Python's, which a message shows as they are typed."""
    return value.item() if isinstance(value, np.generic) else value
