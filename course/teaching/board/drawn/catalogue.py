"""Sketches of chapters 10 and 11: content, and two stages."""

import numpy as np

from course.teaching.board.anna import clicks, names
from course.teaching.board.shapes import Arrow, Cross, Grid, Line, Ring, Span, Words
from course.teaching.board.sketch import Sketch, Step, right


def future() -> Sketch:
    """10: a scale is fitted to what is known."""
    known, later = np.array([3.0, 4.0, 5.0, 6.0, 7.0]), np.array([22.0])
    half = 0.5  # boxes for a unit

    def span(values: np.ndarray, y: float) -> Span:
        scale = right("10.2")().fit(values)
        low, high = scale.mean_ - scale.sd_, scale.mean_ + scale.sd_
        return Span(low=half * low, middle=half * scale.mean_, high=half * high, y=y)

    def dots(values: np.ndarray) -> list[Words]:
        return [Words("x", (half * value, -0.5)) for value in values]

    axis = Line((0, 0), (12.5, 0))
    mine, leaky = span(known, 1), span(np.concatenate([known, later]), 2.2)
    return Sketch(
        chapter="10",
        name="future",
        title="A scale that the future can't move",
        alt="A line of prices: five known products near the left, a new one far to the right. "
        "The interval of mean and spread of the five lies on them; that of all six is shifted "
        "to the right and three times as wide, and is struck out.",
        steps=(
            Step(
                "Prices on a line: five products that are in the shop today.", (axis, *dots(known))
            ),
            Step("Their mean, and one spread to both sides: that is what `fit` learns.", (mine,)),
            Step("Next year a dear one comes in.", tuple(dots(later))),
        ),
        question="May it move the scale? What would the five old products' numbers become?",
        last=Step(
            "Fitted to all six, the scale jumps: every old number changes, by what nobody "
            "could know. So `fit` sees the training products, `transform` all: a new one may "
            "lie far outside.",
            (leaky, Cross((leaky.middle, 2.2), 2.6, 0.8)),
        ),
        dissolves={
            "10.2": (
                "scaled by what is transformed",
                "the sd of what is transformed",
                "the mean of what is transformed",
                "fit returns numbers",
                "smallest and largest",
            )
        },
    )


def stranger() -> Sketch:
    """10: an id row that says nothing is hidden; content stays."""
    said = names(clicks(2))
    ids = Grid(cells=[["", ""]] * 3, rows=[*said, "new one"], at=(0, 0))
    content = Grid(cells=[["", ""]] * 3, at=(3.6, 0))
    total = Grid(cells=[["", ""]] * 3, at=(7.2, 0))
    signs = [Words("+", (2.8, 1.5)), Words("=", (6.4, 1.5))]
    heads = [Words(text, (x, -0.5)) for text, x in (("id", 1), ("content", 4.6), ("item", 8.2))]
    return Sketch(
        chapter="10",
        name="stranger",
        title="A product without a click",
        alt="Three rows: food, bowl and a new one. An item's vector is its id's vector plus "
        "that of its content. Of the new one the id is struck out, and the item is the content "
        "alone.",
        steps=(
            Step(
                "An item's vector: a row of its own, by its id, plus what its content says.",
                (ids, content, total, *signs, *heads),
            ),
            Step(
                "The third product came in today. Nobody has clicked it.",
                (Words("?", ids.middle(2, 0)), Words("?", ids.middle(2, 1))),
            ),
        ),
        question="What stands in its id's row? Who has trained it? What happens to its score?",
        last=Step(
            "Random numbers, as they were at the start: strike them out. It is its content "
            "alone. And the model has to practise that: in training some ids are hidden on "
            "purpose, never the content.",
            (Cross((1, 2.5), 1.7, 0.7), Arrow(content.right(2, 1), total.left(2, 0))),
        ),
        dissolves={
            "10.4": (
                "forgets who is hidden",
                "no content where the id is hidden",
                "hides content in place of the id",
                "id alone",
                "content alone",
                "one or the other",
            ),
            "10.5": ("hides after training too", "hides after training only", "never hides"),
        },
    )


def batch() -> Sketch:
    """11: the same product is no negative."""
    items = np.array([*clicks(2), clicks(1)[0], clicks(5)[4]])
    said = names(items)
    same = items[:, None] == items[None, :]
    cells = [["yes" if i == j else "no" for j in range(4)] for i in range(4)]
    table = Grid(cells=cells, wide=1.5, rows=["Anna", "Ben", "Cem", "Dora"], columns=said)
    twice = [
        Cross(table.middle(i, j), 1.1) for i in range(4) for j in range(4) if i != j and same[i, j]
    ]
    return Sketch(
        chapter="11",
        name="batch",
        title="A batch is full of negatives",
        alt="Four shoppers as rows, their four targets as columns, of which two are food. The "
        "diagonal says yes, all other boxes say no. The two boxes where another shopper's food "
        "meets a row that wants food are struck out.",
        steps=(
            Step(
                "Four shoppers, and above the columns what each of them clicked. Two clicked food.",
                (Grid(cells=[[""] * 4] * 4, wide=1.5, rows=table.rows, columns=table.columns),),
            ),
            Step(
                "The diagonal is each one's own target: yes. Everybody else's is a negative: no.",
                tuple(Words(cells[i][j], table.middle(i, j)) for i in range(4) for j in range(4)),
            ),
        ),
        question="Read Anna's row aloud. Does anything in it contradict itself?",
        last=Step(
            "*Food: yes, bowl: no, food: no.* Strike out each *no* below the row's own "
            "product: its logit is minus infinity (not 0), so the softmax does not see it.",
            tuple(twice),
        ),
        dissolves={
            "11.1": (
                "the same product as a negative",
                "the mask inverted",
                "each item once",
                "0 in place of -inf",
                "1 off the same product",
                "rows left out",
                "the mask hits the diagonal too",
                "rows and columns exchanged",
            )
        },
    )


def funnel() -> Sketch:
    """11: what the first stage loses no second stage finds."""
    stages = [
        ("2,000 products", 5.2, 0.0),
        ("100 candidates", 4.4, 7.4),
        ("a list of 10", 3.6, 14.0),
    ]
    boxes = [Grid(cells=[[name]], at=(x, 1), wide=wide) for name, wide, x in stages]
    arrows = [
        Arrow(one.right(0, 0), other.left(0, 0))
        for one, other in zip(boxes, boxes[1:], strict=False)
    ]
    jobs = [Words("retrieve", (6.3, 0.8)), Words("rank", (12.9, 0.8))]
    lost = Words("the mat", (5.6, 3.4), "left")
    return Sketch(
        chapter="11",
        name="funnel",
        title="Retrieve, then rank",
        alt="Three boxes from left to right: 2,000 products, 100 candidates, a list of 10; "
        "between them the arrows retrieve and rank. An arrow from the first box leads to the "
        "mat, outside of the candidates, and is crossed out.",
        steps=(
            Step(
                "Two stages: one that finds a hundred, fast; one that ranks them, carefully.",
                (*boxes, *arrows, *jobs),
            ),
            Step(
                "The next click will be the mat. The first stage did not find it.",
                (lost, Arrow(boxes[0].bottom(0, 0), (5.4, 3.3), bend=-0.3)),
            ),
        ),
        question="Exchange the ranker for a perfect one. Does the mat get into the list? And "
        "what moves up, because it is not there?",
        last=Step(
            "Never: nothing comes back from there. Book the loss to the stage that caused it: "
            "change one stage for a perfect one, and nothing else. (All that stood behind the "
            "mat moves up by one, which is worth a bit.)",
            (
                Cross((lost.at[0] + lost.width / 2, 3.4), lost.width + 0.3),
                Ring((6.3, 0.8), 2.3, 0.9),
            ),
        ),
        dissolves={
            "11.5": (
                "nothing moves up",
                "everything is ranking error",
                "an oracle of the candidates",
                "missed and moved up exchanged",
                "found for anybody",
            ),
            "11.4": ("the whole catalogue",),
        },
    )


SKETCHES = (future, stranger, batch, funnel)
