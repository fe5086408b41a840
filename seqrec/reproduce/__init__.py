"""The benchmark of the papers: `python -m seqrec.reproduce --help`.

benchmark     the events of a log, who is asked what, one run of one model
question      what comes last, among all items that are left
recipes       how each row of the table is made
"""

from seqrec.reproduce.benchmark import Benchmark, judge_file, load_weights, reproduce
from seqrec.reproduce.recipes import RECIPES, Recipe

__all__ = [
    "Benchmark",
    "RECIPES",
    "Recipe",
    "judge_file",
    "load_weights",
    "reproduce",
]
