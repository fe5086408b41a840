"""The benchmark of the papers: `python -m seqrec.reproduce --help`.

benchmark     the events of a log, who is asked what, one run of one model
question      what comes last, among all items that are left
recipes       how each row of the table is made
weights       what a run saved, as a network

How far a table turns with the protocol: `python -m seqrec.reproduce.protocols --help`.

protocol      how a log becomes what is learned and what is asked
contest       the models, and the metrics of one that is asked
comparison    the table, row by row; `rows` is its folder
"""

from seqrec.reproduce.benchmark import Benchmark, reproduce
from seqrec.reproduce.comparison import compare_protocols
from seqrec.reproduce.recipes import RECIPES, Recipe
from seqrec.reproduce.weights import judge_file, load_weights

__all__ = [
    "Benchmark",
    "RECIPES",
    "Recipe",
    "compare_protocols",
    "judge_file",
    "load_weights",
    "reproduce",
]
