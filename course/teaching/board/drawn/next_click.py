"""Sketches of chapters 08 and 09: a shift, an output, a gap."""

from course.teaching.board.anna import clicks, names
from course.teaching.board.shapes import Arrow, Cross, Grid, Line, Ring, Words, row
from course.teaching.board.sketch import Sketch, Step


def shift() -> Sketch:
    """08: the target is one place further."""
    said = names(clicks(5))
    read = row(said[:-1], wide=1.6, name="reads")
    same = row(said[:-1], at=(0, 2.2), wide=1.6, name="asked ?")
    down = [Arrow(read.bottom(0, j), same.top(0, j)) for j in range(4)]
    good = row(said[1:], at=(0, 4.4), wide=1.6, name="asked")
    return Sketch(
        chapter="08",
        name="shift",
        title="One place further",
        alt="A row of four clicks that the model reads. Below it the same four as targets, "
        "struck out. Below that the targets as they should be: the row shifted by one, so that "
        "each position is asked for the click behind it.",
        steps=(
            Step("What the model reads, four clicks in order.", (read,)),
            Step(
                "Below it the targets, as somebody has cut them: from the same rows.", (same, *down)
            ),
        ),
        question="The loss is near 0 after one epoch. What has it learned? What must stand below "
        "*food*?",
        last=Step(
            "To copy what it reads. Strike the row out; write it anew, one place further. "
            "Position `t` reads up to `t` and is asked for `t + 1`: `sequence[:-1]`, and "
            "`sequence[1:]`.",
            (good, Line((-0.2, 2.7), (6.6, 2.7))),
        ),
        dissolves={
            "8.3": (
                "no shift",
                "no shift, all columns",
                "shifted backwards",
                "shifted by two",
                "the newest position only",
                "the newest question left out",
                "the state has read the target",
                "asks before the first click",
                "padding as a target",
            ),
            "8.5": ("the outcome of the click that was read", "the item that was read"),
            "20.5": (
                "targets not shifted",
                "the first click is asked for",
                "the newest position only",
            ),
        },
    )


def output() -> Sketch:
    """08: which rows of the table are answers."""
    n = 4
    rows = ["PAD", *map(str, range(1, n + 1)), "MASK"]
    table = Grid(cells=[["", "", ""]] * len(rows), rows=rows)
    state = Grid(cells=[[""], [""], [""]], at=(5, 1.5))
    logits = Grid(cells=[[""]] * len(rows), at=(8.2, 0), wide=1.4)
    marks = [Words("-inf", logits.middle(0, 0))]
    marks += [Words("logit", logits.middle(i, 0)) for i in range(1, n + 1)]
    return Sketch(
        chapter="08",
        name="output",
        title="A table is read twice",
        alt="A table of six rows: PAD, products 1 to 4, MASK. Times a state it gives a number "
        "a row. The number of PAD is minus infinity, those of the products are logits, MASK's "
        "is struck out.",
        steps=(
            Step(
                "The embedding table: a row for each product, one above for PAD, one below for "
                "MASK.",
                (table,),
            ),
            Step(
                "On the way out the same table: each row times the state is a score.",
                (
                    state,
                    Words("state", (5.5, 1)),
                    Words("x", (4, 3)),
                    Words("=", (7.1, 3)),
                    logits,
                ),
            ),
        ),
        question="Six rows, six numbers. Which of them can be the next click?",
        last=Step(
            "Column `j` belongs to product `j`: PAD keeps its column but gets minus infinity, "
            "and MASK gets none. A logit of 0 would not do: `exp(0)` is 1, as good as many a "
            "product.",
            (*marks, Cross(logits.middle(-1, 0), 1.1)),
        ),
        dissolves={
            "8.1": (
                "all rows of the embedding",
                "a column for MASK, both at -inf",
                "PAD with a logit of 0",
                "PAD with a large negative number",
                "no column for PAD",
                "MASK as a product",
                "one row too early",
                "one row too late",
                "the last product missing",
            ),
            "20.5": ("PAD and MASK are products", "rows from 0", "rows from 2"),
        },
    )


def gap() -> Sketch:
    """09: the gap stands behind the newest click."""
    said = ["0", *names(clicks(3))]
    hidden = row([*said[:-1], "MASK"], wide=1.6, name="instead")
    front = row(["MASK", *said[1:]], at=(0, 1.6), wide=1.6, name="in front")
    behind = row([*said[1:], "MASK"], at=(0, 3.2), wide=1.6, name="behind")
    return Sketch(
        chapter="09",
        name="gap",
        title="Where is the gap?",
        alt="Three rows. In the first MASK stands in place of the newest click, in the second "
        "in front of all; both are struck out. In the third all three clicks move to the left, "
        "and MASK stands behind them, where the answer is read.",
        steps=(
            Step(
                "The model fills gaps. Anna clicked three products. The first way to ask for the "
                "fourth: hide the newest.",
                (hidden,),
            ),
            Step("The second: the gap in front, where padding was.", (front,)),
        ),
        question="What does the model know in the first row, and what is it asked? What in the "
        "second?",
        last=Step(
            "First row: it does not see the water, and is asked for that. Second: it is asked "
            "what came *before*. So: all clicks one to the left, the gap *behind* the newest, "
            "and the answer is read there.",
            (
                behind,
                Ring(behind.middle(0, -1), 1.5, 0.8),
                Line((-0.2, 0.5), (6.6, 0.5)),
                Line((-0.2, 2.1), (6.6, 2.1)),
            ),
        ),
        dissolves={
            "9.3": (
                "the gap cut off",
                "the oldest dropped",
                "the newest always dropped",
                "the newest hidden too",
                "in front",
                "padding to the end",
                "no gap",
                "the state before",
                "the first place",
            )
        },
    )


SKETCHES = (shift, output, gap)
