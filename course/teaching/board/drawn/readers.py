"""Sketches of chapter 07: the mean of what is there, and the candidate's place."""

import torch

from course.teaching.board.anna import clicks, names
from course.teaching.board.shapes import Arrow, Cross, Grid, Words, row
from course.teaching.board.sketch import Sketch, Step, right, wrong


def mean() -> Sketch:
    """07: the mean of those that are there."""
    states = torch.tensor([[[9.0], [1.0], [3.0]], [[5.0], [5.0], [5.0]]])
    real = torch.tensor([[False, True, True], [True, True, True]])
    texts = [[f"{float(x):g}" for x in line] for line in states[..., 0]]
    table = Grid(cells=texts, rows=("Anna", "Ben"))
    crossed = Cross(table.middle(0, 0))
    ways = {
        "sum of all / 3": wrong("7.2", "plain mean"),
        "sum of clicks / 3": wrong("7.2", "divides by the length"),
    }
    tried = [
        Grid(cells=[[f"{float(x):.2g}"] for x in way(states, real)], at=(5 + 4.2 * k, 0), wide=1.2)
        for k, way in enumerate(ways.values())
    ]
    heads = [Words(name, (5.6 + 4.2 * k, -0.5)) for k, name in enumerate(ways)]
    good = [f"{float(x):g}" for x in right("7.2")(states, real)]
    last = Grid(cells=[[x] for x in good], at=(13.4, 0), wide=1.2)
    return Sketch(
        chapter="07",
        name="mean",
        title="The mean of the clicks that are there",
        alt="Anna's row holds padding, which is crossed out, and the numbers 1 and 3; Ben's "
        "three fives. A plain mean and a sum of clicks by three both get Anna wrong; the last "
        f"column, a sum of clicks by their number, gives {good[0]} and {good[1]}.",
        steps=(
            Step(
                "Two rows of states, one number each. Anna has two clicks; her first place is "
                "padding, whatever stands there. Strike it out.",
                (table, crossed),
            ),
            Step(
                "Two means that people write: of all, and of the clicks but by the length.",
                (*tried, *heads),
            ),
        ),
        question="Anna's clicks say 1 and 3. What is their mean? And what happens to both "
        "columns with ten zeros in front?",
        last=Step(
            "Divide by the clicks *of the row*: no zero in front changes it. (And a row "
            "without a click? Zeros, not 0 / 0.)",
            (last, Words("/ clicks", (14, -0.5))),
        ),
        dissolves={
            "7.2": (
                "plain mean",
                "divides by the length",
                "sums all, divides by the count",
                "divides by the padding",
                "count of the batch",
                "mean count",
                "one mean for all rows",
                "mean of the padding",
                "nan for nobody",
            ),
            "7.3": ("pools padding", "divides by the length", "nan for nobody"),
        },
    )


def candidate() -> Sketch:
    """07: where the candidate stands."""
    said = ["0", "0", *names(clicks(2))]
    front = row(["mat ?", *said], wide=1.6, name="in front")
    behind = row([*said, "mat ?"], at=(0, 2), wide=1.6, name="behind")
    last = [Arrow(behind.top(0, -1), behind.top(0, j), bend=-0.5 - 0.25 * (4 - j)) for j in (2, 3)]
    return Sketch(
        chapter="07",
        name="candidate",
        title="Where does the candidate stand?",
        alt="Two rows of two zeros, food and bowl. In the first the candidate, a mat, stands "
        "in front of the zeros, and is struck out; in the second it stands behind the newest "
        "click, and looks at both clicks.",
        steps=(
            Step("A left-padded history, and a candidate. First in front of it.", (front,)),
            Step("Then behind it.", (behind,)),
        ),
        question="Positions are counted from the end. In which row does the candidate stand at "
        "the same place for everybody, whoever has how many clicks?",
        last=Step(
            "Behind: it is always position -1, one step after the newest click, as it would be "
            "if she clicked it. In front of the zeros it is far away from the clicks, and "
            "further for those who have few.",
            (Cross(front.middle(0, 0), 1.3), *last),
        ),
        dissolves={
            "7.7": (
                "candidate first",
                "candidate before the clicks and zeros",
                "pads between",
                "pads behind",
                "the candidate is silent",
                "the candidate is missing",
                "the newest click is dropped",
            )
        },
    )


SKETCHES = (mean, candidate)
