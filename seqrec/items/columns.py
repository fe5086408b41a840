"""Columns of a catalogue as numbers: one small class for each kind of column.

    Labels("category")           one column of the matrix per label: 1 where the product has it
    Number("price", log=True)    one column, standardised: mean 0, standard deviation 1
    Words("name", buckets=64)    one column per bucket: 1 where a word of the text falls into it

A kind of column is a frozen description; ValueError for a setting that makes no sense. What it
learns from the data, a plain dict that JSON can say, is passed in and out: `learn(cells)` gives it,
`matrix(cells, learned)` and `names(learned)` use it. `seqrec.items.FeatureTable` does that for a
whole catalogue.

`matrix` returns, with the numbers, what was wrong with some cells: a list of (row, what) pairs.
Such a cell is a row of zeros; whether that is good enough the table decides.

Axis letters: n products, W columns of the matrix.
"""

import math
import numbers
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
import pandas as pd

from seqrec.checks import check_count, check_flag
from seqrec.items.encodings import Standardiser, hashed_words, multi_hot

#: What is wrong with some cells: pairs of a row and a sentence's end.
Wrong = list[tuple[int, str]]


@dataclass(frozen=True)
class Labels:
    """A product has one label or several: a column for each label that was there in training.

    column:    of the catalogue; a cell is a text, which is one label, or a list (tuple, set) of
               texts, which may be empty
    separator: if given, a text is cut there into several labels: "puppy|small breed" with "|";
               spaces around are cut

    >>> kind = Labels("species")
    >>> learned = kind.learn(["dog", "cat", "dog"])
    >>> kind.names(learned)
    ['species=cat', 'species=dog']
    >>> kind.matrix(["cat", "newt"], learned)
    (array([[1., 0.],
           [0., 0.]], dtype=float32), [(1, "has the label 'newt', unknown to fit")])
    """

    column: str
    separator: str | None = None

    def __post_init__(self):
        check_column(self)
        is_text = isinstance(self.separator, str) and self.separator != ""
        if self.separator is not None and not is_text:
            raise ValueError(
                f"separator of Labels({self.column!r}) must be a text or None, got "
                f"{self.separator!r}."
            )

    def learn(self, cells: Sequence[Any]) -> dict[str, Any]:
        """The labels of n cells, sorted. Raises TypeError for what is no label."""
        labels = {label for cell in cells if not is_missing(cell) for label in self.split(cell)}
        return {"labels": sorted(labels)}

    def names(self, learned: dict[str, Any]) -> list[str]:
        """What the W columns are called."""
        return [f"{self.column}={label}" for label in learned["labels"]]

    def matrix(self, cells: Sequence[Any], learned: dict[str, Any]) -> tuple[np.ndarray, Wrong]:
        """(n, W) float32, and what was wrong. Raises TypeError for what is no label."""
        rows = [[] if is_missing(cell) else self.split(cell) for cell in cells]
        known = set(learned["labels"])
        wrong = []
        for row, cell in enumerate(cells):
            if is_missing(cell):
                wrong.append((row, "is missing"))
            unknown = [label for label in rows[row] if label not in known]
            wrong += [(row, f"has the label {label!r}, unknown to fit") for label in unknown]
        return multi_hot(rows, learned["labels"]), wrong

    def split(self, cell: Any) -> list[str]:
        """The labels of one cell. Raises TypeError for what is no label."""
        labels = cell if isinstance(cell, list | tuple | set | frozenset | np.ndarray) else [cell]
        for label in labels:
            if not isinstance(label, str):
                raise TypeError(
                    f"column {self.column!r} holds {label!r} of type {type(label).__name__}, which "
                    "is no label. Labels are text. Cure: .astype(str) on the column, or Number for "
                    "a quantity."
                )
        if self.separator is None:
            return list(labels)
        return [
            part.strip() for label in labels for part in label.split(self.separator) if part.strip()
        ]


@dataclass(frozen=True)
class Number:
    """A quantity x as (x - mean) / sd, of log x if `log`.

    Mean and sd are those of the products that `learn` saw. If all of them have the same x, nothing
    can be learned of it: the column is 0 for every product.

    column: of the catalogue; a cell is a number
    log:    for prices and counts, where twice as much is the same step everywhere; every x must be
            positive then
    """

    column: str
    log: bool = False

    def __post_init__(self):
        check_column(self)
        check_flag(f"log of Number({self.column!r})", self.log)

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
        wrong = [
            (int(row), f"is {cells[row]!r}, no number")
            for row in np.flatnonzero(~np.isfinite(values))
        ]
        scale = Standardiser()
        scale.mean_ = learned["mean"]
        scale.sd_ = learned["sd"]
        column = np.where(np.isfinite(values), scale.transform(values), 0.0).astype(np.float32)
        return column[:, None], wrong

    def read(self, cells: Sequence[Any]) -> np.ndarray:
        """(n,) float64, NaN where a cell is missing.

        Raises TypeError or ValueError for what can't be read.
        """
        values = np.full(len(cells), math.nan)
        for row, cell in enumerate(cells):
            if is_missing(cell):
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
class Words:
    """A text as a bag of words, each hashed into one of `buckets` columns.

    The hashing trick of Weinberger et al., "Feature Hashing for Large Scale Multitask Learning"
    (2009), without their signs. There is no vocabulary to learn or to ship, and no word is unknown.
    The price: two words may share a bucket. The hash is the same in every process and on every
    machine; Python's own `hash` is not. Case and punctuation count for nothing, repeats count once.

    column:  of the catalogue; a cell is a text
    buckets: W, 1 or more
    """

    column: str
    buckets: int = 64

    def __post_init__(self):
        check_column(self)
        # As Python's own number: JSON does not know NumPy's.
        buckets = check_count(f"buckets of Words({self.column!r})", self.buckets)
        object.__setattr__(self, "buckets", buckets)

    def learn(self, cells: Sequence[Any]) -> dict[str, Any]:
        """Nothing: a word's bucket is known beforehand."""
        return {}

    def names(self, learned: dict[str, Any]) -> list[str]:
        """What the W columns are called."""
        return [f"{self.column}#{bucket}" for bucket in range(self.buckets)]

    def matrix(self, cells: Sequence[Any], learned: dict[str, Any]) -> tuple[np.ndarray, Wrong]:
        """(n, W) float32, and what was wrong. Raises TypeError for what is no text."""
        texts = []
        wrong = []
        for row, cell in enumerate(cells):
            if is_missing(cell):
                wrong.append((row, "is missing"))
            elif not isinstance(cell, str):
                raise TypeError(
                    f"column {self.column!r}, row {row}: {cell!r} is no text. Cure: .astype(str) "
                    "on it."
                )
            texts.append("" if is_missing(cell) else cell)
        return hashed_words(texts, self.buckets), wrong


def is_missing(cell):
    """None, NaN, NaT or pd.NA; a list is never missing."""
    return pd.api.types.is_scalar(cell) and bool(pd.isna(cell))


def check_column(kind):
    """Raise ValueError unless the column has a name."""
    if not isinstance(kind.column, str) or not kind.column or kind.column == "item_id":
        raise ValueError(
            f"{type(kind).__name__} needs the name of a column of the catalogue, got "
            f"{kind.column!r}. (item_id says which product a row is, not what it is.)"
        )


#: Every kind of column by its name: what a saved table may name.
KINDS = {kind.__name__: kind for kind in (Labels, Number, Words)}
Kind = Labels | Number | Words


def kind_document(kind):
    """A kind of column as JSON can say it."""
    return {"kind": type(kind).__name__, **asdict(kind)}


def read_kind(document):
    """What `kind_document` wrote. Raises KeyError, TypeError or ValueError for anything else."""
    return KINDS[document["kind"]](
        **{name: value for name, value in document.items() if name != "kind"}
    )
