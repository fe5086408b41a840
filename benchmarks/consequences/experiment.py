"""Makes no table: what an experiment is."""

from collections.abc import Callable
from dataclasses import dataclass

from benchmarks.consequences.shop import Setting


@dataclass(frozen=True)
class Experiment:
    """What is measured of the answers to one exercise.

    exercise:       "chapter.number"
    of:             what the numbers belong to, as a sentence names it: "a small SASRec"
    numbers:        `numbers(implementation, seed, setting)` is a dict, measure -> number; the
                    implementation is the reference or a misconception's
    misconceptions: those that are tried, by their names in the key
    """

    exercise: str
    of: str
    numbers: Callable[[Callable, int, Setting], dict[str, float]]
    misconceptions: tuple[str, ...]
