"""What a product is, beside its number: a catalogue as a matrix.

    FeatureTable(columns)    a catalogue (a DataFrame) -> (n, F) numbers

What becomes of the numbers: see `seqrec.items.embedding`.

Axis letters: n products, F features.
"""

from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd

from seqrec.checks import shown
from seqrec.items.columns import KINDS, Kind, kind_document, read_kind
from seqrec.items.learned import check_learned
from seqrec.notices import warn


class FeatureTable:
    """Columns of a catalogue as a matrix of numbers.

    columns: what to read, and how: `Labels`, `Number`, `Words`, `Vectors` of `seqrec.items.columns`
    unknown: what to do with a label that `fit` did not see and with a missing cell: "refuse" is an
             error that names it; "zero" takes zeros (no label, the mean price, no word, the mean
             vector), with a warning that counts them

    Fit it on the products that training knows, and transform all. Else the mean price, and the list
    of labels, tell of products that are not there yet.

    Learned:
        names_:   (F,) list, the columns of the matrix: "species=dog", "log price", "name#17"
        learned_: a dict per column of the catalogue
    """

    def __init__(self, columns: Sequence[Kind], *, unknown: str = "refuse"):
        self.columns = columns
        self.unknown = unknown

    def fit(self, catalogue: pd.DataFrame) -> "FeatureTable":
        """Learn labels, means and standard deviations. Returns self.

        catalogue: a row per product

        Raises TypeError or ValueError for a setting that makes no sense, and for a column that is
        missing or can't be read.
        """
        self.check()
        cells = self._cells(catalogue)
        self.learned_ = [kind.learn(cells[kind.column]) for kind in self.columns]
        self._matrix(catalogue)  # refuses what is missing here, not later
        return self

    def check(self) -> "FeatureTable":
        """Returns self. Raises TypeError or ValueError for settings that make no sense."""
        kinds = tuple(KINDS.values())
        if isinstance(self.columns, (str, *kinds)) or not list(self.columns):
            raise ValueError(
                f"columns must be a list of {', '.join(KINDS)}, one or more, got {self.columns!r}."
            )
        for kind in self.columns:
            if not isinstance(kind, kinds):
                raise TypeError(f"columns must be made of {', '.join(KINDS)}, got {kind!r}.")
        if self.unknown not in ("refuse", "zero"):
            raise ValueError(f"unknown must be 'refuse' or 'zero', got {self.unknown!r}.")
        return self

    @property
    def names_(self) -> list[str]:
        """What the F columns of the matrix are called. Raises RuntimeError before `fit`."""
        pairs = zip(self.columns, self._fitted().learned_, strict=True)
        return [name for kind, learned in pairs for name in kind.names(learned)]

    def transform(self, catalogue: pd.DataFrame) -> np.ndarray:
        """A catalogue, a row per product, as (n, F) float32, rows in the same order.

        Raises ValueError for a missing column, and as `unknown` says; RuntimeError before `fit`.
        """
        self._fitted()
        matrix, zeros = self._matrix(catalogue)
        if zeros:
            n_rows = len({row for row, _ in zeros})
            first = zeros[0][1]
            warn(
                f"{n_rows} of {len(matrix)} products have cells read as zeros; first: {first}.",
                stacklevel=2,
            )
        return matrix

    def to_document(self) -> dict[str, Any]:
        """Settings and what was learned, as JSON can say it. Raises RuntimeError before `fit`."""
        columns = [kind_document(kind) for kind in self.columns]
        return {"unknown": self.unknown, "columns": columns, "learned": self._fitted().learned_}

    @classmethod
    def from_document(cls, document: dict[str, Any]) -> "FeatureTable":
        """The table that `to_document` wrote.

        Raises KeyError, TypeError or ValueError for anything else.
        """
        columns = [read_kind(part) for part in document["columns"]]
        table = cls(columns, unknown=document["unknown"]).check()
        learned = document["learned"]
        if not isinstance(learned, list) or len(learned) != len(columns):
            raise ValueError(
                f"learned must hold a dict for each of {len(columns)} columns, got "
                f"{shown(learned)}."
            )
        for kind, part in zip(columns, learned, strict=True):
            check_learned(kind, part)
        table.learned_ = learned
        return table

    def _matrix(self, catalogue):
        """(n, F) float32, and what was read as zeros: a list of (row, sentence)."""
        cells = self._cells(catalogue)
        parts = []
        zeros = []
        for kind, learned in zip(self.columns, self.learned_, strict=True):
            part, wrong = kind.matrix(cells[kind.column], learned)
            parts.append(part)
            zeros += [
                (row, f"column {kind.column!r}, {row_name(catalogue, row)}: it {what}")
                for row, what in wrong
            ]
        if zeros and self.unknown == "refuse":
            others = (
                f" ({len(zeros) - 1} other cells have the same trouble)" if len(zeros) > 1 else ""
            )
            raise ValueError(
                f"{zeros[0][1]}{others}. Cure: mend the catalogue, or unknown='zero': zeros there."
            )
        return np.concatenate(parts, axis=1), zeros

    def _cells(self, catalogue):
        """{column: list of n cells}.

        Raises TypeError or ValueError where the catalogue is not what was described.
        """
        if not isinstance(catalogue, pd.DataFrame):
            raise TypeError(
                "a catalogue is a DataFrame with a row per product, got "
                f"{type(catalogue).__name__}."
            )
        if not len(catalogue):
            raise ValueError("the catalogue is empty: there is no product to describe.")
        for kind in self.columns:
            if list(catalogue.columns).count(kind.column) != 1:
                raise ValueError(
                    f"the catalogue must have one column {kind.column!r}, found "
                    f"{list(catalogue.columns)}. Cure: add or rename it, or leave it out of the "
                    "features."
                )
        return {kind.column: catalogue[kind.column].tolist() for kind in self.columns}

    def _fitted(self):
        if not hasattr(self, "learned_"):
            raise RuntimeError(
                "this FeatureTable has learned nothing yet: call fit(catalogue) first."
            )
        return self


def row_name(catalogue, row):
    """How to speak of a row: by its product where the catalogue says which."""
    if "item_id" in catalogue:
        return f"item {catalogue['item_id'].tolist()[row]!r}"
    return f"row {catalogue.index.tolist()[row]!r}"
