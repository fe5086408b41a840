"""Columns that grow by blocks of rows: a long log is then held once, and not a second time in pieces."""

from __future__ import annotations

import numpy as np


class ColumnBuffer:
    """A table under construction: columns of equal length, one array each.

    room: the rows expected. With more the columns grow, and room that stays empty is given back in the end.
    """

    def __init__(self, room: int):
        self._room = int(room)
        self._rows = 0
        self._columns: dict[str, np.ndarray] = {}

    def append(self, block: dict[str, np.ndarray]) -> None:
        """Add rows. block: the same columns each time, all (rows of the block,). The first block sets the dtypes."""
        begin, self._rows = self._rows, self._rows + len(next(iter(block.values())))
        if not self._columns:
            self._columns = {name: np.empty(self._room, values.dtype) for name, values in block.items()}
        if self._rows > self._room:
            self._resize(max(self._rows, self._room * 3 // 2))
        for name, values in block.items():
            self._columns[name][begin : self._rows] = values

    def finish(self) -> dict[str, np.ndarray]:
        """The columns, each (rows,), not copied. Nothing can be appended any more."""
        self._resize(self._rows)
        columns, self._columns = self._columns, {}
        return columns

    def _resize(self, room: int) -> None:
        for column in self._columns.values():
            column.resize(room, refcheck=False)  # moves memory pages, where the system can, instead of copying bytes
        self._room = room
