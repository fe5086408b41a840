"""Sketches of chapter 05: a tie, and a difference."""

import numpy as np

from course.teaching.board.anna import clicks, names
from course.teaching.board.shapes import Cross, Line, Ring, Span, Words, row
from course.teaching.board.sketch import Sketch, Step, right, wrong

#: NDCG@10 of two models, for eight shoppers: who is hard for one is hard for the other.
ONE = np.array([0.10, 0.25, 0.30, 0.45, 0.55, 0.70, 0.85, 0.95])
OTHER = np.array([0.02, 0.11, 0.24, 0.33, 0.37, 0.62, 0.71, 0.83])
SCALE = 14  # boxes for a score of 1


def ties() -> Sketch:
    """05: ties count against the model."""
    items = clicks(5)
    scores = np.array([[0.0] + [0.5] * 5])
    target = np.array([1])
    best = int(wrong("5.1", "ties for the model")(scores, target)[0])
    worst = int(right("5.1")(scores, target)[0])
    table = row(names(items), wide=1.6, name="product")
    below = row(["0.5"] * 5, at=(0, 1), wide=1.6, name="score")
    claim = Words(f"rank {best} ?", (0.8, 2.6))
    return Sketch(
        chapter="05",
        name="ties",
        title="A model that says nothing",
        alt=f"Five products with the same score of 0.5. The first is the target. Rank {best} is "
        f"struck out, rank {worst} stands beside it.",
        steps=(
            Step(
                "Five products, and a model that gives 0.5 to each. Ring the one that was clicked.",
                (table, below, Ring(table.middle(0, 0), 1.4, 0.8)),
            ),
            Step(
                "The rank is 1 and how many score more. Nobody scores more: write it down.",
                (claim,),
            ),
        ),
        question="The same model for all shoppers: what is its NDCG? What has it learned?",
        last=Step(
            f"It would be perfect, and knows nothing. Whoever scores *as much* stands before the "
            f"target: rank {worst}. So a tie never pays.",
            (Cross(claim.at, claim.width), Words(f"rank {worst}", (3.6, 2.6))),
        ),
        dissolves={
            "5.1": (
                "ties for the model",
                "ties for the model, from 0",
                "ties at their mean",
                "place in an argsort",
                "place in an argsort, reversed",
                "argsort for ranks",
                "different scores",
            ),
            "5.5": ("kind to ties", "ties in the middle", "ties by a sort", "argsort for ranks"),
        },
    )


def pairs() -> Sketch:
    """05: compare shopper by shopper."""
    interval = right("5.4")
    zeros = np.zeros(len(ONE))
    rows = {"model A": (ONE, zeros), "model B": (OTHER, zeros), "A - B": (ONE, OTHER)}
    spans, texts = [], []
    for place, (name, (values, others)) in enumerate(rows.items()):
        mean, low, high = interval(values, others, seed=0)
        y = place + (place == 2)
        texts.append(Words(name, (-0.6, y), "right"))
        spans.append(Span(low=SCALE * low, middle=SCALE * mean, high=SCALE * high, y=y))
    *both, difference = spans
    return Sketch(
        chapter="05",
        name="pairs",
        title="Is A better, or is it luck?",
        alt="The intervals of two models overlap nearly whole. Below them the interval of the "
        "differences, shopper by shopper: it is short and lies to the right of 0.",
        steps=(
            Step(
                "The mean NDCG of two models over the same shoppers, each with its interval.",
                (*both, *texts[:2]),
            ),
            Step(
                "The intervals are wide, because shoppers differ: some are easy, some are "
                "hard, for both models.",
                (Words("0", (0, 2.2)), Line((0, 2.6), (0, 3.4))),
            ),
        ),
        question="The two overlap nearly whole. Is the difference luck? Who is easy for A, is "
        "easy for B: does that help?",
        last=Step(
            "Take the difference *of each shopper* first, and the interval of these. What is "
            "hard or easy drops out. It lies beyond 0: A is better. (Two intervals that "
            "overlap say nothing.)",
            (difference, texts[2]),
        ),
        dissolves={
            "5.4": (
                "two intervals subtracted",
                "unpaired",
                "the first model alone",
                "others less values",
                "lowest and highest",
            ),
            "15.4": ("strangers", "the error of strangers"),
        },
    )


SKETCHES = (ties, pairs)
