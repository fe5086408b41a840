"""Columns that grow by blocks of rows: a long log is held once, not a second time in pieces."""

from __future__ import annotations

import numpy as np

# Room beyond the rows foreseen. Memory that is not written to costs nothing; to move a column does
SLACK = 1.05


class ColumnBuffer:
    """A table under construction: columns of equal length, one array each."""

    def __init__(self):
        self._columns: dict[str, np.ndarray] = {}
        self._rows = self._room = 0
        self._share = 0.0

    def append(self, block: dict[str, np.ndarray], share: float) -> None:
        """Add rows.

        block: the same columns each time, all (rows of the block,); the first block sets the dtypes
        share: how much of the table the block is, about, to make room for the blocks that follow;
               all shares sum to 1
        """
        begin = self._rows
        self._rows += len(next(iter(block.values())))
        self._share += share
        if self._rows > self._room:
            self._resize(int(self._rows * max(1.0, SLACK / self._share)))
        for name, values in block.items():
            if name not in self._columns:
                self._columns[name] = np.empty(self._room, values.dtype)
            self._columns[name][begin : self._rows] = values

    def finish(self) -> dict[str, np.ndarray]:
        """The columns, each (rows,), not copied, without the room left.

        Nothing can be appended any more.
        """
        self._resize(self._rows)
        columns = self._columns
        self._columns = {}
        return columns

    def _resize(self, room: int) -> None:
        for column in self._columns.values():
            # This moves memory pages, where the system can, instead of copying bytes.
            column.resize(room, refcheck=False)
        self._room = room
