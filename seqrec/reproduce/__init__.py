"""The benchmark of the papers: `python -m seqrec.reproduce --help`.

benchmark     the events of a log, who is asked what, one run of one model
question      what comes last, among all items that are left
recipes       how each row of the table is made
weights       what a run saved, as a network
"""

from seqrec.reproduce.benchmark import Benchmark, reproduce
from seqrec.reproduce.recipes import RECIPES, Recipe
from seqrec.reproduce.weights import judge_file, load_weights

__all__ = [
    "Benchmark",
    "RECIPES",
    "Recipe",
    "judge_file",
    "load_weights",
    "reproduce",
]
