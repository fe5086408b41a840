"""What is known of an item besides its number.

encodings   labels, quantities and texts as numbers
cells       is a cell there?
quantities  the kinds of columns that are standardised: numbers, vectors
columns     the kinds of columns: labels, words, and those
table       a catalogue as a matrix
embedding   the vector of an item: its own, and what its features say
content     which of it a model reads, and a catalogue that grows
"""

from seqrec.items.columns import Labels, Number, Vectors, Words
from seqrec.items.content import Content, with_catalogue
from seqrec.items.embedding import ItemEmbedding
from seqrec.items.encodings import bucket, words
from seqrec.items.table import FeatureTable

__all__ = [
    "Content",
    "FeatureTable",
    "ItemEmbedding",
    "Labels",
    "Number",
    "Vectors",
    "Words",
    "bucket",
    "with_catalogue",
    "words",
]
