"""Sketches of chapters 03 and 04: what is drawn as a negative, and what a loss is a mean of."""

import numpy as np
import torch

from course.teaching.board.shapes import Arrow, Cross, Grid, Ring, Words, row
from course.teaching.board.sketch import Sketch, Step, right, wrong

N_ITEMS, TARGET = 6, 3


def dice() -> Sketch:
    """03: a hit that goes to its neighbour makes that one twice as likely."""
    many = torch.full((1, 6_000), TARGET)

    def counts(draw) -> list[int]:
        drawn = draw(many, 1, N_ITEMS, seed=0).flatten()
        shares = torch.bincount(drawn, minlength=N_ITEMS + 1)[1:] / len(drawn)
        return [round(N_ITEMS * float(share)) for share in shares]

    often = counts(wrong("3.1", "a hit goes to its neighbour"))
    even = [round(share) for share in counts(right("3.1"))]
    numbers = [str(each) for each in range(1, N_ITEMS + 1)]
    die = row(numbers, name="drawn")
    items = row(numbers, at=(0, 2.5), name="product")
    straight = [Arrow(die.bottom(0, j), items.top(0, j)) for j in range(N_ITEMS) if j != TARGET - 1]
    moved = Arrow(die.bottom(0, TARGET - 1), items.top(0, TARGET))
    struck = Cross(items.middle(0, TARGET - 1))
    told = [Words(str(each), (j + 0.5, 4.1)) for j, each in enumerate(often)]
    fewer = row(numbers[:-1], at=(8.6, 0), name="drawn")
    again = row(numbers, at=(8.6, 2.5), name="")
    up = [
        Arrow(fewer.bottom(0, j), again.top(0, j + (j >= TARGET - 1))) for j in range(N_ITEMS - 1)
    ]
    assert even[TARGET - 1] == 0 and len(set(even[: TARGET - 1] + even[TARGET:])) == 1
    return Sketch(
        chapter="03",
        name="dice",
        title="Never the target, all others alike",
        alt="Left: six numbers lead to six products; the target's number leads to its "
        "neighbour, which now has two arrows, and comes up twice as often. Right: five numbers "
        "only; from the target on each leads to the product one further, so that each has one "
        "arrow.",
        steps=(
            Step(
                "Six numbers of a die above, six products below. Product 3 is the target: strike "
                "it out.",
                (die, items, struck),
            ),
            Step(
                "Arrows straight down. A 3 is drawn? Then take the next: the arrow goes to 4.",
                (*straight, moved),
            ),
        ),
        question="In six throws each number comes up once. How often does product 4 come up?",
        last=Step(
            "Write it below each product: 4 comes up twice. Then draw the cure beside it: *five* "
            "numbers, and from the target on each moves up by one. One arrow for each product.",
            (*told, Ring((TARGET + 0.5, 4.1), 0.8, 0.8), fewer, again, *up),
        ),
        dissolves={
            "3.1": (
                "a hit goes to its neighbour",
                "a hit goes beyond the last item",
                "may hit the target",
                "shifts what is above",
                "may hit the target, never the last",
                "one too high",
                "never the last item",
            )
        },
    )


def pull() -> Sketch:
    """03: what comes up often as a negative is pushed down often."""
    clicked = np.array([0.10, 0.01])
    ways = {"q all alike": np.array([0.02, 0.02]), "q as clicks": clicked}
    scores = [np.log(clicked) - np.log(q) for q in ways.values()]
    table = Grid(
        cells=[["food", f"{clicked[0]:.2f}"], ["wipes", f"{clicked[1]:.2f}"]],
        wide=2.2,
        columns=("", "clicks: p"),
    )
    columns = [
        Grid(
            cells=[[f"{each:.2f}"] for each in q],
            at=(5.6 + 3.2 * place, 0),
            wide=2.2,
            columns=(way,),
        )
        for place, (way, q) in enumerate(ways.items())
    ]
    learned = [
        Grid(cells=[[f"{each:.1f}"] for each in score], at=(5.6 + 3.2 * place, 2.8), wide=2.2)
        for place, score in enumerate(scores)
    ]
    return Sketch(
        chapter="03",
        name="pull",
        title="A score tends to log p - log q",
        alt="Two products, food clicked ten times as often as wipes. If negatives are drawn all "
        "alike, the scores that are learned differ; if they are drawn by popularity, both are 0, "
        "and the popular product has lost its lead.",
        steps=(
            Step("Two products, and how often each is clicked: p.", (table,)),
            Step(
                "Beside it two ways to draw negatives, and how often each product comes up: q.",
                tuple(columns),
            ),
        ),
        question="A model tells clicks from draws: its score tends to log p - log q. Which "
        "product does it rank first, if popular ones are drawn more often?",
        last=Step(
            "Write log p - log q below: with draws by popularity nothing is left of the lead. "
            "Who wants p back adds log q to what was learned, or takes it off while learning.",
            (*learned, Words("log p - log q", (4.6, 3.8), "right")),
        ),
        dissolves={
            "3.4": ("target and negative exchanged", "sign", "not the log", "all items alike"),
        },
    )


def votes() -> Sketch:
    """04: padding has no vote."""
    positive = torch.tensor([[0.0, 0.0, 0.0, 0.0, 2.0, 1.0]])
    negative = torch.zeros(1, 6, 1) - 1
    real = torch.tensor([[False] * 4 + [True] * 2])
    each = [
        float(right("4.1")(positive[:, j : j + 1], negative[:, j : j + 1], real[:, 4:5]))
        for j in range(6)
    ]
    mean = float(right("4.1")(positive, negative, real))
    low = float(wrong("4.1", "multiplies by the mask")(positive, negative, real))
    shown = [f"{loss:.2f}" if here else "0" for loss, here in zip(each, real[0], strict=True)]
    items = row(["0"] * 4 + ["bowl", "mat"], wide=1.5, name="target")
    losses = row(shown, at=(0, 1.6), wide=1.5, name="loss")
    total = sum(loss for loss, here in zip(each, real[0], strict=True) if here)
    assert abs(total / 2 - mean) < 1e-4
    bad = Words(f"{total:.2f} / 6 = {total / 6:.2f}", (2.2, 3.6))
    assert abs(total / 6 - low) < 1e-4
    return Sketch(
        chapter="04",
        name="votes",
        title="Padding has no vote",
        alt="A row of four zeros and two clicks, below it the loss of each position, 0 at "
        "padding. The sum divided by six places is struck out; divided by two clicks it is "
        f"{mean:.2f}.",
        steps=(
            Step("Anna's row: four zeros, two targets. Below each its loss.", (items, losses)),
            Step(
                "At padding there is nothing to ask: multiply by the mask, so write 0 there. "
                "Take the mean, as `mean()` does.",
                (bad,),
            ),
        ),
        question="Ben has six clicks with losses just like these two. Is his model worse than "
        "Anna's?",
        last=Step(
            "By this mean it would be three times as bad. Padding must not count either: "
            "divide by the *two* that are there. Choose the real ones first, then take the "
            f"mean: {mean:.2f}.",
            (
                Cross(bad.at, bad.width),
                Words(f"{total:.2f} / 2 = {mean:.2f}", (7.2, 3.6)),
                Ring(losses.middle(0, 4), 1.3, 0.8),
                Ring(losses.middle(0, 5), 1.3, 0.8),
            ),
        ),
        dissolves={
            "4.1": (
                "multiplies by the mask",
                "ignores the mask",
                "padding at logit 0",
                "mask turned round",
                "divides by L",
            ),
            "4.2": (
                "multiplies by the mask",
                "ignores the mask",
                "padding at logit 0",
                "divides by L",
            ),
            "4.3": ("multiplies by the mask", "ignores the mask", "padding at 0", "divides by L"),
            "4.4": ("multiplies by the mask", "ignores the mask", "divides by L"),
            "8.3": ("averaged over padding",),
            "20.5": ("padding counts",),
            "4.5": ("multiplies by the mask", "ignores the mask", "divides by L"),
        },
    )


SKETCHES = (dice, pull, votes)
