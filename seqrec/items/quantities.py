"""Columns of a catalogue that hold numbers, standardised: a number a cell, or a vector of them.

Axis letters: n products, W places of a vector, a column of the matrix each.
"""

import math
import numbers
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch

from seqrec.checks import check_flag, is_number
from seqrec.items.cells import Wrong, check_column, is_missing
from seqrec.items.encodings import Standardiser


@dataclass(frozen=True)
class Number:
    """A quantity x as (x - mean) / sd, of log x if `log`.

    Mean and sd are those of the products that `learn` saw. If all of them have the same x, nothing
    can be learned of it: the column is 0 for every product.

    column:  of the catalogue; a cell is a number
    log:     for prices and counts, where twice as much is the same step everywhere; every x must be
             positive then
    missing: what a missing cell is. "refuse": wrong, what becomes of it the table's `unknown` says;
             "mean": the mean, of which it is no part; a number: that number, as if the catalogue
             said so

    Raises ValueError for another setting.

    >>> kind = Number("price", missing="mean")
    >>> learned = kind.learn([1.0, 3.0, None])
    >>> kind.matrix([3.0, None], learned)
    (array([[1.],
           [0.]], dtype=float32), [])
    """

    column: str
    log: bool = False
    missing: str | float = "refuse"

    def __post_init__(self):
        check_column(self)
        check_flag(f"log of Number({self.column!r})", self.log)
        if isinstance(self.missing, str) and self.missing in ("refuse", "mean"):
            return
        if not is_number(self.missing) or (self.log and self.missing <= 0):
            sign = "positive" if self.log else "finite"
            raise ValueError(
                f"missing of Number({self.column!r}) must be 'refuse', 'mean' or a {sign} number, "
                f"got {self.missing!r}."
            )
        # As Python's own number: JSON does not know NumPy's.
        object.__setattr__(self, "missing", float(self.missing))

    def learn(self, cells: Sequence[Any]) -> dict[str, Any]:
        """Mean and standard deviation of n cells. Raises ValueError if all of them are missing."""
        values = self.read(cells)
        values = values[np.isfinite(values)]
        if not len(values):
            raise ValueError(
                f"column {self.column!r} has no number at all to take a mean of. Cure: leave it "
                "out."
            )
        scale = Standardiser().fit(values)
        return {"mean": scale.mean_, "sd": scale.sd_}

    def names(self, learned: dict[str, Any]) -> list[str]:
        """What the one column is called."""
        return [f"log {self.column}" if self.log else self.column]

    def matrix(self, cells: Sequence[Any], learned: dict[str, Any]) -> tuple[np.ndarray, Wrong]:
        """(n, 1) float32, and what was wrong. Raises as `read` does."""
        values = self.read(cells)
        is_there = np.isfinite(values)
        unfilled = np.flatnonzero(~is_there) if self.missing == "refuse" else ()
        wrong = [(int(row), f"is {cells[row]!r}, no number") for row in unfilled]
        column = np.where(is_there, standardised(values, learned["mean"], learned["sd"]), 0.0)
        return column.astype(np.float32)[:, None], wrong

    def read(self, cells: Sequence[Any]) -> np.ndarray:
        """(n,) float64, NaN where a cell is missing and `missing` is no number.

        Raises TypeError or ValueError for what can't be read.
        """
        filling = math.nan if isinstance(self.missing, str) else self.missing
        values = np.full(len(cells), math.nan)
        for row, cell in enumerate(cells):
            if is_missing(cell):
                values[row] = math.log(filling) if self.log else filling
                continue
            if not isinstance(cell, numbers.Real) or isinstance(cell, bool | np.bool_):
                raise TypeError(
                    f"column {self.column!r}, row {row}: {cell!r} is no number. Cure: "
                    "pd.to_numeric on the column, or Labels for text."
                )
            if not math.isfinite(cell) or (self.log and cell <= 0):
                need = "positive, for its logarithm" if self.log else "finite"
                raise ValueError(
                    f"column {self.column!r}, row {row}: {cell!r} must be {need}. Cure: mend that "
                    "row."
                )
            values[row] = math.log(cell) if self.log else cell
        return values


@dataclass(frozen=True)
class Vectors:
    """Ready-made vectors, of a text or a picture say: each place as (x - mean) / sd.

    Mean and sd are those of the products that `learn` saw, for each place its own. A place where
    all of them have the same x is 0 for every product.

    column: of the catalogue; a cell is a vector of numbers (an array, a list, a tensor), in every
            cell as many

    >>> kind = Vectors("picture")
    >>> learned = kind.learn([[0.0, 5.0], [2.0, 5.0]])
    >>> kind.matrix([[4.0, 7.0]], learned)
    (array([[3., 0.]], dtype=float32), [])
    """

    column: str

    def __post_init__(self):
        check_column(self)

    def learn(self, cells: Sequence[Any]) -> dict[str, Any]:
        """Means and standard deviations of n cells.

        Raises ValueError if all of them are missing, and as `read` does.
        """
        vectors = self.read(cells)
        vectors = vectors[np.isfinite(vectors).all(axis=1)]
        if not vectors.size:
            raise ValueError(f"column {self.column!r} has no vector at all. Cure: leave it out.")
        scales = [Standardiser().fit(place) for place in vectors.T]
        return {"mean": [scale.mean_ for scale in scales], "sd": [scale.sd_ for scale in scales]}

    def names(self, learned: dict[str, Any]) -> list[str]:
        """What the W columns are called."""
        return [f"{self.column}[{place}]" for place in range(len(learned["mean"]))]

    def matrix(self, cells: Sequence[Any], learned: dict[str, Any]) -> tuple[np.ndarray, Wrong]:
        """(n, W) float32, and what was wrong. Raises as `read` does."""
        vectors = self.read(cells, len(learned["mean"]))
        is_there = np.isfinite(vectors).all(axis=1)
        matrix = np.zeros(vectors.shape, np.float32)
        for place, (mean, sd) in enumerate(zip(learned["mean"], learned["sd"], strict=True)):
            matrix[is_there, place] = standardised(vectors[is_there, place], mean, sd)
        return matrix, [(int(row), "is missing") for row in np.flatnonzero(~is_there)]

    def read(self, cells: Sequence[Any], W: int | None = None) -> np.ndarray:
        """(n, W) float64, rows of NaN where a cell is missing.

        W: how long a vector must be (default: as long as the first that is there)

        Raises TypeError or ValueError for what can't be read.
        """
        vectors = {}
        for row, cell in enumerate(cells):
            if is_missing(cell):
                continue
            vector = as_vector(cell)
            where = f"column {self.column!r}, row {row}: "
            if vector is None:
                raise TypeError(
                    f"{where}{cell!r} is no vector of numbers. Cure: an array or a list in each "
                    "cell; of a text such as '[0.1, 2]' json.loads makes one."
                )
            W = len(vector) if W is None else W
            if len(vector) != W:
                raise ValueError(
                    f"{where}the vector must hold {W} numbers, got {len(vector)}. Cure: vectors of "
                    "one length, made by one model."
                )
            if not np.isfinite(vector).all():
                place = int(np.isfinite(vector).argmin())
                raise ValueError(
                    f"{where}place {place} must be finite, got {vector[place]}. Cure: mend that "
                    "row."
                )
            vectors[row] = vector
        matrix = np.full((len(cells), W or 0), math.nan)
        for row, vector in vectors.items():
            matrix[row] = vector
        return matrix


def as_vector(cell):
    """A cell as (W,) float64, W 1 or more; None if it is no vector of numbers."""
    if isinstance(cell, torch.Tensor):
        # By way of float64: NumPy knows no bfloat16.
        is_quantity = cell.dtype != torch.bool and not cell.is_complex()
        cell = cell.detach().cpu().double().numpy() if is_quantity else None
    if not isinstance(cell, np.ndarray | list | tuple):
        return None
    try:
        vector = np.asarray(cell)
    except ValueError:  # lists in it are not equally long
        return None
    is_vector = vector.ndim == 1 and len(vector) > 0 and vector.dtype.kind in "iuf"
    return vector.astype(np.float64) if is_vector else None


def standardised(values, mean, sd):
    """`Standardiser.transform` with what was learned before."""
    scale = Standardiser()
    scale.mean_ = mean
    scale.sd_ = sd
    return scale.transform(values)
