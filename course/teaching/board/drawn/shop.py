"""Sketches of chapters 15 and 16: a slate, a marginal cost, a mean of means."""

import numpy as np

from course.teaching.board.anna import clicks, names
from course.teaching.board.shapes import Arrow, Cross, Grid, Line, Ring, Words, row
from course.teaching.board.sketch import Sketch, Step, right, wrong


def slate() -> Sketch:
    """15: what stands below a click was not looked at."""
    items, place = clicks(5), 2
    _, products, rewards = right("15.2")(items[None, :], np.array([place]))
    said = names(items)
    slate = Grid(cells=[[name] for name in said], wide=2, rows=list("01234"))
    taken = [
        Ring(slate.middle(place, 0), 1.8, 0.8),
        Words("clicked", (2.4, place + 0.5), "left"),
    ]
    guesses = [Words("0 ?", (6, i + 0.5)) for i in range(5) if i != place]
    guesses.append(Words("1", (6, place + 0.5)))
    seen = len(products)
    assert rewards.tolist() == [0.0] * (seen - 1) + [1.0]
    return Sketch(
        chapter="15",
        name="slate",
        title="Who looked at place four?",
        alt="A slate of five products, one below the other. The third is ringed as clicked. "
        "Beside the two above it stands 0, beside the clicked one 1. The zeros beside the two "
        "below it are struck out.",
        steps=(
            Step("A slate of five. She takes the third.", (slate, *taken)),
            Step(
                "Beside each the example that the log gives: taken 1, not taken 0.", tuple(guesses)
            ),
        ),
        question="She looks from the top down, and goes with what she takes. What does the 0 "
        "at the last place say about that product?",
        last=Step(
            f"Nothing: nobody looked. Strike out what stands below the click. There are {seen} "
            "examples, not 5. (No click at all: then all five were seen, and nothing was taken.)",
            tuple(Cross((6, i + 0.5)) for i in range(seen, 5)),
        ),
        dissolves={
            "15.2": (
                "all that was shown",
                "clicks only",
                "clicked slates dropped",
                "the click is missing",
                "no click, no example",
                "one place too far",
                "below the click",
                "from the click down",
                "the whole row is rewarded",
            )
        },
    )


def slope() -> Sketch:
    """16: what a further one costs."""
    sizes, costs = [1.0, 2.0, 4.0], [4.0, 5.0, 7.0]
    size = 8.0
    good = right("16.1")(size, sizes, costs)
    bad = wrong("16.1", "average cost")(size, sizes, costs)

    def at(x: float, y: float) -> tuple[float, float]:
        return 1.2 * x, -0.4 * y

    axes = [Arrow(at(0, 0), at(9.5, 0)), Arrow(at(0, 0), at(0, 16))]
    names = [Words("size", at(9.5, -1.4)), Words("cost", at(0, 17))]
    points = [Words("x", at(x, y), size=1.3) for x, y in zip(sizes, costs, strict=True)]
    line = Line(at(0, 0), at(size, bad))
    tried = Words(f"{bad:g} ?", at(size + 0.5, bad), "left")
    return Sketch(
        chapter="16",
        name="slope",
        title="What does a further one cost?",
        alt="Three measured points on a line that begins well above zero. A line from zero "
        f"through the last of them leads to {bad:g} at twice the size, and is struck out; the "
        f"line through the last two points leads to {good:g}.",
        steps=(
            Step(
                "Size to the right, cost upwards, and three measured points: 4, 5 and 7 "
                "seconds for 1, 2 and 4 million clicks.",
                (*axes, *names, *points),
            ),
            Step("7 seconds for 4 million, so 8 million take twice as long?", (line, tried)),
        ),
        question="What did 0 clicks cost? Where does that cost stand in this line, and how "
        "often is it paid?",
        last=Step(
            "Once, and this line pays it for every click anew. Draw the line through the *last "
            f"two* points: {good:g} seconds. What counts is what the further ones cost.",
            (
                Cross((tried.at[0] + tried.width / 2, tried.at[1]), 1.2),
                Line(at(2, 5), at(size, good)),
                Words(f"{good:g}", at(size + 0.5, good), "left"),
            ),
        ),
        dissolves={
            "16.1": (
                "average cost",
                "average of all",
                "a line of the two smallest",
                "from first to last",
                "the start forgotten",
                "the whole size on top",
                "times the ratio",
                "the slope alone",
            )
        },
    )


def means() -> Sketch:
    """16: a mean of means gives the few too much."""
    one, other = np.array([1.0, 2.0, 3.0]), np.array([10.0])
    every = np.concatenate([one, other])
    grids = [
        row([f"{x:g}" for x in one], name="rank 0"),
        row([f"{x:g}" for x in other], at=(0, 1.6), name="rank 1"),
    ]
    parts = [Words(f"mean {x.mean():g}", (4.8, y), "left") for x, y in ((one, 0.5), (other, 2.1))]
    both = (one.mean() + other.mean()) / 2
    claim = Words(f"mean of both: {both:g} ?", (4.8, 3.6), "left")
    sums = f"({one.sum():g} + {other.sum():g}) / {len(every)} = {every.mean():g}"
    return Sketch(
        chapter="16",
        name="means",
        title="A mean of means is not a mean",
        alt=f"Rank 0 has three losses with the mean {one.mean():g}, rank 1 has one with the mean "
        f"{other.mean():g}. The mean of the two means, {both:g}, is struck out; sum by number is "
        f"{every.mean():g}.",
        steps=(
            Step("Two ranks: one has three targets in its batch, the other one.", tuple(grids)),
            Step(
                "Each takes its mean; the averaging of gradients takes the mean of both.",
                (*parts, claim),
            ),
        ),
        question="One process with all four targets: what would be its mean? Whose loss counts "
        "for how much up here?",
        last=Step(
            "Up here rank 1's single target has as much weight as the three together. Sum by "
            "*all* targets: each rank gives its sum over the targets of all, times the number "
            "of ranks, as these are averaged afterwards.",
            (
                Cross((claim.at[0] + claim.width / 2, claim.at[1]), claim.width),
                Words(sums, (4.8, 4.8), "left"),
            ),
        ),
        dissolves={
            "16.3": (
                "own mean",
                "averaging forgotten",
                "sum by ranks",
                "only divided by all targets",
                "only times ranks",
                "a mean taken for a sum",
            ),
            "8.3": ("a mean of means", "a sum of the rows' means"),
            "20.5": ("a mean of rows' means",),
        },
    )


SKETCHES = (slate, slope, means)
