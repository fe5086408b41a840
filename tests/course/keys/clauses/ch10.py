"""What breaks each sentence of chapter 10's stubs. See `table`."""

import numpy as np
import torch


def _needs_labels_of_all(rows, labels):
    matrix = np.zeros((len(rows), len(labels)), np.float32)
    for number, row in enumerate(rows):
        matrix[number, labels.index(row[0])] = 1
        for label in row:
            if label in labels:
                matrix[number, labels.index(label)] = 1
    return matrix


def _by_list_position(rows, labels):
    """Reads letters for labels."""
    return np.array([[label in "".join(row) for label in labels] for row in rows], np.float32)


def _true_and_false(rows, labels):
    return np.array([[label in row for label in labels] for row in rows], bool)


class _OnlyWhereItFitted:
    def fit(self, values):
        self.mean_ = values.mean()
        sd = values.std()
        self.sd_ = sd if sd > 1e-12 * np.abs(values).max() else 0.0
        self.fitted = values
        return self

    def transform(self, values):
        known = np.isin(values, self.fitted)
        scaled = (values - self.mean_) / self.sd_ if self.sd_ else np.zeros(len(values))
        return np.where(known, scaled, 0.0)


class _AColumn:
    def fit(self, values):
        self.mean_ = values.mean()
        sd = values.std()
        self.sd_ = sd if sd > 1e-12 * np.abs(values).max() else 0.0
        return self

    def transform(self, values):
        scaled = (values - self.mean_) / self.sd_ if self.sd_ else np.zeros(len(values))
        return scaled[:, None]


def _rows_overwritten_in_training(self, items):
    """Hides in the table itself."""
    if self.training:
        self.rows[torch.rand(len(self.rows)) < self.id_dropout] = 0
    return self.rows[items]


CLAUSES = {
    "10.1": {
        "A column per label, 1 where the product has it.": ("inverted", "the first label only"),
        "rows: list of n lists of text": (
            "all rows are one list",
            "a column's label within the product's",
        ),
        "a list may be empty, and may hold a label twice.": (
            _needs_labels_of_all,
            "no rows for products without labels",
            "counts",
            "a label twice is none",
        ),
        "labels: list of F different labels, the columns in their order.": (
            "sorts the columns",
            "columns from these rows",
            _by_list_position,
        ),
        "A label that is not among them gets no column.": (
            "fails on an unknown label",
            "one more column, for the unknown",
        ),
        "Returns (n, F) float32.": ("transposed", _true_and_false),
    },
    "10.2": {
        "Numbers around 0, about 1 wide:": ("mean only", "sd only"),
        "(x - mean) / sd, both of the numbers that `fit` saw.": (
            "scaled by what is transformed",
            "brackets",
        ),
        "Learn mean_ and sd_ (NumPy's, with n).": (
            "standard deviation of a sample",
            "other names",
            "shared by all",
        ),
        "values: (n,) float.": ("each number once", "the median"),
        "Returns self.": ("fit returns nothing", "fit returns numbers"),
        "Where all values are the same, sd_ is 0.": ("an sd of 1 for 0", "divides by zero"),
        "Mind rounding: the sd of 0.1, 0.1, 0.1 is about 1e-17.": "only an exact 0",
        "Call it 0 where it is less than 1e-12 times the largest absolute value.": (
            "an absolute limit",
            "the limit of the largest, not the largest absolute value",
            "a wide limit",
        ),
        "values: (m,), of the same products or of others.": _OnlyWhereItFitted,
        "Returns (m,).": (_AColumn, "as many zeros as fit saw", "a single zero"),
        "Zeros if sd_ is 0: nothing can be learned.": (
            "the difference where sd is 0",
            "NaN where sd is 0",
        ),
    },
    "10.3": {
        "A column per bucket, 1 where at least one word of the text falls into it.": (
            "counts",
            "the last word only",
            "rows of length 1",
        ),
        "texts: list of n texts.": ("the first text only", "one vector for all"),
        "buckets: how many columns.": ("always 64", "one bucket less"),
        "`words(text)` gives the words in lower case": (
            "splits at spaces",
            "Python's own hash",
            "counted from 1, and a column more",
        ),
        "Returns (n, buckets) float32.": ("transposed", "no rows for texts without words"),
    },
    "10.4": {
        "Vectors of items: id vector + W_content content.": ("side by side", "content alone"),
        "self: a module with self.id nn.Embedding": (
            "the item's number as its row",
            "content by row",
            "forgets who is hidden",
            "looks twice",
        ),
        "items: (...) long, any shape, 0 to n_items + 1.": ("always a batch", "MASK is nothing"),
        "Returns (..., D).": ("flat", "the width in front", "one number per item"),
    },
    "10.5": {
        "Which row of `self.id` each item gets.": ("items for rows", "who is hidden"),
        "self: a module with self.rows (n_items + 2,) long": (
            "hides MASK",
            "keeps instead of hides",
            "hides after training too",
            "always a half",
            _rows_overwritten_in_training,
        ),
        "items: (...) long, 0 to n_items + 1.": ("spares the last item", "draws that do not fit"),
        "Each entry is hidden or not by itself.": (
            "a draw per item",
            "one draw per history",
            "an exact number",
        ),
        "Returns long, shaped like items.": ("rows as floats", "hidden ones left out"),
    },
}
