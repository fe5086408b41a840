"""What a product is, beside its number: a catalogue as a matrix, and an item embedding that reads it.

    h0 = id vector + W_content content + position

    FeatureTable(columns)       a catalogue (a DataFrame) -> (n, F) numbers
    ItemEmbedding(features, D)  in the place of a model's `encoder.item`

A product that nobody clicked yet has no id vector that could mean anything. It has content, and W_content was learned
from the others. So that content learns to carry, training hides the id vector now and then (`id_dropout`, after
Volkovs, Yu and Poutanen, "DropoutNet: Addressing Cold Start in Recommender Systems", 2017).

Axis letters: n products, F features, D width, V = n_items + 2 (0 is PAD, n_items + 1 is MASK).
"""

import numbers
import warnings

import numpy as np
import pandas as pd
import torch
from torch import nn

from seqrec.feature_columns import KINDS, Labels, Number, Words, kind_document, read_kind
from seqrec.sequences import PAD

__all__ = ["FeatureTable", "ItemEmbedding", "Labels", "Number", "Words"]


class FeatureTable:
    """Columns of a catalogue as a matrix of numbers.

    columns: what to read, and how: `Labels`, `Number`, `Words` of `seqrec.feature_columns`.
    unknown: what to do with a label that `fit` did not see and with a missing cell: "refuse" is an error that names it;
             "zero" takes zeros (no label, the mean price, no word), with a warning that counts them.

    Fit it on the products that training knows, and transform all. Else the mean price, and the list of labels, tell of
    products that are not there yet.

    Learned: names_ (F,) list, the columns of the matrix: "species=dog", "log price", "name#17"; learned_, a dict per
    column of the catalogue.
    """

    def __init__(self, columns, *, unknown="refuse"):
        self.columns = columns
        self.unknown = unknown

    def fit(self, catalogue):
        """Learn labels, means and standard deviations. catalogue: DataFrame, a row per product. Returns self.

        Raises TypeError or ValueError for a setting that makes no sense, and for a column that is missing or can't be
        read.
        """
        self.check()
        cells = self._cells(catalogue)
        self.learned_ = [kind.learn(cells[kind.column]) for kind in self.columns]
        self._matrix(catalogue)  # refuses what is missing here, not later
        return self

    def check(self):
        """Returns self. Raises TypeError or ValueError for settings that make no sense."""
        kinds = tuple(KINDS.values())
        if isinstance(self.columns, (str, *kinds)) or not list(self.columns):
            raise ValueError(f"columns must be a list of {', '.join(KINDS)}, one or more, got {self.columns!r}.")
        for kind in self.columns:
            if not isinstance(kind, kinds):
                raise TypeError(f"columns must be made of {', '.join(KINDS)}, got {kind!r}.")
        if self.unknown not in ("refuse", "zero"):
            raise ValueError(f"unknown must be 'refuse' or 'zero', got {self.unknown!r}.")
        return self

    @property
    def names_(self):
        pairs = zip(self.columns, self._fitted().learned_, strict=True)
        return [name for kind, learned in pairs for name in kind.names(learned)]

    def transform(self, catalogue):
        """catalogue: DataFrame, a row per product. Returns (n, F) float32, rows in the same order.

        Raises ValueError for a missing column, and as `unknown` says; RuntimeError before `fit`.
        """
        self._fitted()
        matrix, zeros = self._matrix(catalogue)
        if zeros:
            rows, what = len({row for row, _ in zeros}), zeros[0][1]
            warnings.warn(f"{rows} of {len(matrix)} products have cells read as zeros; first: {what}.", stacklevel=2)
        return matrix

    def to_document(self):
        """What was said and learned, as JSON can say it."""
        columns = [kind_document(kind) for kind in self.columns]
        return {"unknown": self.unknown, "columns": columns, "learned": self._fitted().learned_}

    @classmethod
    def from_document(cls, document):
        """The table that `to_document` wrote. Raises KeyError, TypeError or ValueError for anything else."""
        table = cls([read_kind(part) for part in document["columns"]], unknown=document["unknown"]).check()
        table.learned_ = document["learned"]
        return table

    def _matrix(self, catalogue):
        """(n, F) float32, and what was read as zeros: a list of (row, sentence)."""
        cells, parts, zeros = self._cells(catalogue), [], []
        for kind, learned in zip(self.columns, self.learned_, strict=True):
            part, wrong = kind.matrix(cells[kind.column], learned)
            parts.append(part)
            zeros += [(row, f"column {kind.column!r}, {row_name(catalogue, row)}: it {what}") for row, what in wrong]
        if zeros and self.unknown == "refuse":
            others = f" ({len(zeros) - 1} other cells have the same trouble)" if len(zeros) > 1 else ""
            raise ValueError(f"{zeros[0][1]}{others}. Cure: mend the catalogue, or unknown='zero': zeros there.")
        return np.concatenate(parts, axis=1), zeros

    def _cells(self, catalogue):
        """{column: list of n cells}. Raises TypeError or ValueError where the catalogue is not what was described."""
        if not isinstance(catalogue, pd.DataFrame):
            raise TypeError(f"a catalogue is a DataFrame with a row per product, got {type(catalogue).__name__}.")
        if not len(catalogue):
            raise ValueError("the catalogue is empty: there is no product to describe.")
        for kind in self.columns:
            if list(catalogue.columns).count(kind.column) != 1:
                raise ValueError(
                    f"the catalogue must have one column {kind.column!r}, found {list(catalogue.columns)}. Cure: add "
                    "or rename it, or leave it out of the features."
                )
        return {kind.column: catalogue[kind.column].tolist() for kind in self.columns}

    def _fitted(self):
        if not hasattr(self, "learned_"):
            raise RuntimeError("this FeatureTable has learned nothing yet: call fit(catalogue) first.")
        return self


def row_name(catalogue, row):
    """How to speak of a row: by its product where the catalogue says which."""
    if "item_id" in catalogue:
        return f"item {catalogue['item_id'].tolist()[row]!r}"
    return f"row {catalogue.index.tolist()[row]!r}"


class ItemEmbedding(nn.Module):
    """Vector of item j = id vector of j + W_content content of j. In the place of a model's `encoder.item`.

        network.encoder.item = ItemEmbedding(table.transform(catalogue), D=64, id_dropout=0.3)

    It has the two faces of the `nn.Embedding` that it replaces: it can be called, and it has a `weight`. PAD is zeros.
    MASK is no product: it has an id vector and no content.

    features: (n_items, F), row j - 1 is item j. D: width.
    has_id: which items have an id vector of their own: True for all, False for none (content alone), (n_items,) bool.
            Leave out whom training does not know: where there is no id vector there are zeros, not noise.
    id_dropout: in training, how often an item is seen without its id vector, as new products are. From 0 to below 1.

    Parameters: `content`, W_content of shape (D, F), drawn so that a product's content has length 1 or so, as an id
    vector has; `id`, with a row for each item that has one, and for MASK. Raises ValueError for what makes no sense.
    """

    def __init__(self, features, D, *, has_id=True, id_dropout=0.0):
        super().__init__()
        features = as_features(features)
        n_items, F = features.shape
        has_id = torch.as_tensor(has_id)
        if has_id.dtype != torch.bool or has_id.shape not in ((), (n_items,)):
            raise ValueError(
                f"has_id must be True, False or ({n_items},) bool, got {tuple(has_id.shape)} {has_id.dtype}."
            )
        is_number = isinstance(id_dropout, numbers.Real) and not isinstance(id_dropout, bool)
        if not is_number or not 0 <= id_dropout < 1:
            raise ValueError(f"id_dropout must be a share from 0 to below 1, got {id_dropout!r}.")
        self.id_dropout = id_dropout
        has_id = has_id.expand(n_items).cpu()
        rows = torch.where(has_id, has_id.cumsum(0), 0)  # (n_items,) from 1; 0 is nobody's: zeros, and no gradient
        self.id = nn.Embedding(int(has_id.sum()) + 2, D, padding_idx=PAD)
        self.content = nn.Linear(F, D, bias=False)
        self.register_buffer("rows", nn.functional.pad(rows, (1, 1)))  # (V,)
        self.rows[-1] = len(self.id.weight) - 1
        self.register_buffer("features", nn.functional.pad(features, (0, 0, 1, 1)))  # (V, F), zeros for PAD and MASK
        self.draw_weights()

    @property
    def n_items(self):
        return len(self.rows) - 2

    @property
    def weight(self):
        """(V, D), row j is what `self` gives for item j. In training each look hides other id vectors."""
        return self(torch.arange(len(self.rows), device=self.rows.device))

    def forward(self, items):
        """items: (...) long, 0 to n_items + 1. Returns (..., D)."""
        return self.id(self.visible_rows(items)) + self.content(self.features[items])

    def visible_rows(self, items):
        """Which row of `id` each item gets, (...) long: its own, or 0, nobody's, where it has none or hides it."""
        rows = self.rows[items]
        if not self.training or not self.id_dropout:
            return rows
        is_hidden = torch.rand(rows.shape, device=rows.device) < self.id_dropout
        return rows.masked_fill(is_hidden & (items <= self.n_items), PAD)  # never MASK's: it has nothing else

    def moved(self, features, old):
        """The same vectors for another catalogue: products may have come, gone and changed their numbers.

        features: (n_items, F) of the new catalogue, row j - 1 is item j. old: (n_items,) long, which number item j had
        here; 0 for a new product, which has no id vector. Returns an ItemEmbedding that shares the parameters.
        """
        features, old = as_features(features), torch.as_tensor(old, dtype=torch.long)
        if features.shape != (len(old), self.features.shape[1]):
            raise ValueError(f"features must be ({len(old)}, {self.features.shape[1]}), got {tuple(features.shape)}.")
        if len(old) and not 0 <= old.min() <= old.max() <= self.n_items:
            raise ValueError(f"old must be item numbers from 0 (new) to {self.n_items}, got {old.max()}.")
        moved = ItemEmbedding(features, len(self.content.weight), has_id=False, id_dropout=self.id_dropout)
        moved.id, moved.content = self.id, self.content
        moved.rows = nn.functional.pad(self.rows.cpu()[old], (1, 1))
        moved.rows[-1] = self.rows[-1].item()
        return moved.to(self.rows.device).train(self.training)

    def draw_weights(self):
        """id N(0, 1 / D), as other embeddings of the course; content N(0, 1 / (D times a product's mean square)).

        From PyTorch's global generator, as layers do when they are made.
        """
        D, square = self.id.embedding_dim, self.features[1:-1].square().sum(dim=1).mean()
        nn.init.normal_(self.id.weight, std=D**-0.5)
        nn.init.zeros_(self.id.weight[PAD])
        nn.init.normal_(self.content.weight, std=float(D * max(square, 1e-12)) ** -0.5)


def as_features(features):
    """(n_items, F) float32 on the CPU. Raises ValueError for another shape, and for what is not finite."""
    features = torch.as_tensor(features, dtype=torch.float32).detach().cpu()
    if features.ndim != 2 or 0 in features.shape:
        raise ValueError(f"features must be (n_items, F), neither of them 0, got {tuple(features.shape)}.")
    if not features.isfinite().all():
        row, column = features.isfinite().logical_not().nonzero()[0].tolist()
        raise ValueError(f"features hold {features[row, column]} for item {row + 1}, column {column}.")
    return features
