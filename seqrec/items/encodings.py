"""Labels, quantities and texts as numbers.

    multi_hot(rows, labels)         a column per label: 1 where a product has it
    Standardiser                    a quantity around 0, about 1 wide
    hashed_words(texts, buckets)    a column per bucket: 1 where a word of the text falls into it

What stands in a catalogue, and what is missing there, is for `seqrec.items.columns`.

Axis letters: n products, F labels.
"""

import hashlib
import re
from functools import lru_cache

import numpy as np


def multi_hot(rows, labels):
    """(n, F) float32: 1 where a product has a label.

    rows:   n lists of labels
    labels: F of them, the columns in order; one that is not among them gets no column
    """
    matrix = np.zeros((len(rows), len(labels)), np.float32)
    place = {label: column for column, label in enumerate(labels)}
    for row, own in enumerate(rows):
        matrix[row, [place[label] for label in own if label in place]] = 1
    return matrix


class Standardiser:
    """Numbers around 0, about 1 wide: (x - mean) / sd, both of the numbers that `fit` saw.

    Learned: mean_, sd_ (that of n, not of n - 1). Where those numbers are all the same, sd_ is 0,
    and every number becomes 0: nothing can be learned of it.
    """

    def fit(self, values):
        """values: (n,) finite. Returns self."""
        self.mean_ = float(np.mean(values))
        sd = float(np.std(values))
        # A smaller one is what rounding left over.
        self.sd_ = sd if sd > 1e-12 * np.abs(values).max() else 0.0
        return self

    def transform(self, values):
        """(n,) -> (n,) float64."""
        return (values - self.mean_) / self.sd_ if self.sd_ else np.zeros(len(values))


def hashed_words(texts, buckets):
    """(n, buckets) float32: 1 where a word of the text falls into the bucket. texts: n texts."""
    matrix = np.zeros((len(texts), buckets), np.float32)
    for row, text in enumerate(texts):
        matrix[row, [bucket(word, buckets) for word in words(text)]] = 1
    return matrix


def words(text: str) -> list[str]:
    """The words of a text, in lower case.

    >>> words("Tail & Co Classic Puppy Food")
    ['tail', 'co', 'classic', 'puppy', 'food']
    """
    return re.findall(r"\w+", text.casefold())


@lru_cache(maxsize=100_000)
def bucket(word: str, buckets: int) -> int:
    """Where a word falls: 0 to buckets - 1, always the same.

    >>> bucket("puppy", 64), bucket("bowl", 64)
    (47, 32)
    """
    digest = hashlib.blake2b(word.encode(), digest_size=8).digest()
    return int.from_bytes(digest, "big") % buckets
