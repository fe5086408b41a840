"""Is what an answer gave the square, the root, the logarithm and so on of what was due?"""

from collections.abc import Callable

import numpy as np

from course.coach.judging.detectors.pairs import Pair, close
from course.coach.judging.detectors.relations import Pairs, holds

_FUNCTIONS = (
    (np.square, "the square of what is due: the root is missing"),
    (lambda due: np.sqrt(np.abs(due)), "the square root of what is due: a root too many"),
    (np.exp, "the exponential of what is due: the logarithm is missing, or an `exp` too many"),
    (np.log, "the logarithm of what is due: a `log` too many, or the `exp` is missing"),
    (np.log1p, "log(1 + what is due): a logarithm too many"),
    (np.reciprocal, "one divided by what is due: a fraction upside down"),
    (np.abs, "the absolute value of what is due: the sign is lost"),
    (lambda due: 1 / (1 + np.exp(-due)), "the sigmoid of what is due: a sigmoid too many"),
    (np.tanh, "the tanh of what is due: a tanh too many"),
    (lambda due: np.maximum(due, 0), "what is due with negative numbers set to 0: a ReLU or clamp"),
    (lambda due: np.clip(due, 0, 1), "what is due, clipped to 0 to 1"),
    (np.floor, "what is due, rounded down: an integer division, or a cast to int"),
    (np.trunc, "what is due without its fraction: an integer division, or a cast to int"),
    (np.round, "what is due, rounded to whole numbers"),
    (np.ceil, "what is due, rounded up"),
)


def function(pairs: Pairs) -> str | None:
    """The square, root, logarithm and so on of what is due."""
    for form, says in _FUNCTIONS:

        def is_it(pair: Pair, form: Callable = form) -> bool:
            usable = np.isfinite(pair.due)
            value = form(pair.due[usable])
            return bool(usable.any()) and close(pair.got[usable], value)

        if holds(pairs, is_it) and max(pair.due.size for pair in pairs) > 1:
            return f"In every entry yours is {says}."
    return None
