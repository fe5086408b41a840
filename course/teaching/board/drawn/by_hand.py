"""A sketch of chapter 06: attention with three clicks, in numbers that fit into a head."""

import ast
import math
import re
from fractions import Fraction
from functools import cache

import torch

from course.authoring.masters import Course
from course.teaching.board.anna import clicks, names
from course.teaching.board.shapes import Arrow, Grid, Ring, Words
from course.teaching.board.sketch import Sketch, Step, right

_QUARTERS = {Fraction(1, 4): "¼", Fraction(1, 2): "½", Fraction(3, 4): "¾"}


@cache
def vectors() -> dict[str, torch.Tensor]:
    """Q, K and V of the chapter's example by hand, a row for each click."""
    text = Course().master("06").read_text("utf-8")
    found = re.findall(r"^([QKV]) = np\.array\((\[.+\])\)$", text, re.MULTILINE)
    return {name: torch.tensor(ast.literal_eval(rows), dtype=torch.float64) for name, rows in found}


def in_powers_of_two() -> tuple[torch.Tensor, torch.Tensor]:
    """Output and weights of the library, with queries so long that a score s counts 2 ** s."""
    Q, K, V = (vectors()[name] for name in "QKV")
    longer = Q * math.log(2) * Q.shape[1] ** 0.5  # undoes the root and makes e ** s a 2 ** s
    return right("6.1")(longer, K, V, torch.ones(3, 3, dtype=torch.bool))


def _pair(numbers: torch.Tensor) -> str:
    return f"({', '.join(f'{float(each):g}' for each in numbers.round(decimals=9))})"


def _part(weight: torch.Tensor) -> str:
    share = Fraction(float(weight)).limit_denominator(64)
    return _QUARTERS.get(share, str(share))


def attention() -> Sketch:
    """06: what the newest of three clicks takes home."""
    output, weights = in_powers_of_two()
    Q, K, V = (vectors()[name] for name in "QKV")
    texts = [[_pair(part[i]) for part in (Q, K, V)] for i in range(3)]
    table = Grid(cells=texts, wide=2.1, rows=names(clicks(3)), columns=("q", "k", "v"))
    scores = [int(K[i] @ Q[-1]) for i in range(3)]
    told = Grid(cells=[[f"{each}"] for each in scores], at=(7.6, 0), columns=("score",), wide=1.7)
    counts = Grid(
        cells=[[f"{2**each}"] for each in scores], at=(9.7, 0), columns=("counts",), wide=1.7
    )
    parts = [_part(each) for each in weights[-1]]
    shares = Grid(cells=[[each] for each in parts], at=(11.8, 0), columns=("weight",), wide=1.7)
    total = sum(2**each for each in scores)
    said = " + ".join(f"{part} {_pair(row)}" for part, row in zip(parts, V, strict=True))
    sums = f"{said} = {_pair(output[-1])}"
    return Sketch(
        chapter="06",
        name="attention",
        section="6.1",
        title="Attention with three clicks",
        alt="Anna's three clicks, each with a query, a key and a value of two numbers. The "
        f"dispenser's query is ringed. Beside the keys stand the scores {scores}, what they count "
        f"and the weights {', '.join(parts)}; below, the weighted sum of the values: {sums}.",
        steps=(
            Step(
                "Write Anna's three clicks, one below the other, and beside each its three "
                "vectors. The *query* q: what the click wants to know. The *key* k: what it can be "
                "found by. The *value* v: what it hands over. Here they are given; in a model "
                "they are learned.",
                (table,),
            ),
            Step(
                "The dispenser asks: ring its query. How well does each key fit? The *score* is "
                f"the dot product of that query with the key: {scores[0]}, {scores[1]}, "
                f"{scores[2]}. Say the last one aloud: 1 · 0 + 1 · 2.",
                (Ring(table.middle(2, 0), 2.0, 0.9), told),
            ),
            Step(
                "From scores to *weights*: today a score s counts 2 to the power s, so that we "
                f"need no calculator. {total} in all; divide by it, and the weights sum to 1. "
                "(From exercise 6.1 on scores are divided by the root of d, and e stands in the "
                "place of 2: that is the softmax.)",
                (counts, shares),
            ),
        ),
        question="Each click hands over its value, as much of it as its weight says. What does "
        "the dispenser take home?",
        last=Step(
            f"The weighted mean of the values: {sums}. That is all of attention. The others ask "
            "in the same way, each with its own query: let the room do the puppy food, whose "
            "query is (0, 0). All its scores are 0, so all weights are a third: it takes the mean.",
            (
                Words(sums, (6.5, 4.2)),
                Arrow((12.6, 3.1), (11.2, 3.9), bend=0),
            ),
        ),
        dissolves={
            "6.1": (
                "queries against queries",
                "mean of the keys",
                "gives scores",
                "no softmax",
                "shares of the scores",
                "sigmoid",
            ),
        },
    )


SKETCHES = (attention,)
