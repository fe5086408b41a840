"""Columns of a catalogue as numbers: one small class for each kind of column.

    Labels("category")           one column of the matrix per label: 1 where the product has it
    Number("price", log=True)    one column, standardised: mean 0, standard deviation 1
    Words("name", buckets=64)    one column per bucket: 1 where a word of the text falls into it
    Vectors("picture")           a column per place of the vector, each standardised

The first and the third are here, the others in `seqrec.items.quantities`.

A kind of column is a frozen description; ValueError for a setting that makes no sense. What it
learns from the data, a plain dict that JSON can say, is passed in and out: `learn(cells)` gives it,
`matrix(cells, learned)` and `names(learned)` use it. `seqrec.items.FeatureTable` does that for a
whole catalogue.

`matrix` returns, with the numbers, what was wrong with some cells: a list of (row, what) pairs.
Such a cell is a row of zeros; whether that is good enough the table decides.

Axis letters: n products, W columns of the matrix.
"""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np

from seqrec.checks import check_count, shown
from seqrec.items.cells import Wrong, check_column, is_missing
from seqrec.items.encodings import hashed_words, multi_hot
from seqrec.items.quantities import Number, Vectors


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


#: Every kind of column by its name: what a saved table may name.
KINDS = {kind.__name__: kind for kind in (Labels, Number, Words, Vectors)}
Kind = Labels | Number | Words | Vectors


def kind_document(kind):
    """A kind of column as JSON can say it."""
    return {"kind": type(kind).__name__, **asdict(kind)}


def read_kind(document):
    """What `kind_document` wrote. Raises KeyError, TypeError or ValueError for anything else."""
    if not isinstance(document, dict):
        raise ValueError(f"a column must be a dict, got {shown(document)}.")
    return KINDS[document["kind"]](
        **{name: value for name, value in document.items() if name != "kind"}
    )
