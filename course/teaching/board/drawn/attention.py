"""Sketches of chapter 06: who may look at whom, heads, and the block."""

import torch

from course.teaching.board.anna import clicks, names
from course.teaching.board.shapes import Arrow, Grid, Line, Ring, Words
from course.teaching.board.sketch import Sketch, Step, right, wrong


def hatched(allowed: torch.Tensor) -> list[list[bool]]:
    """A mask as boxes: hatched where it is True."""
    return [[bool(each) for each in line] for line in allowed]


def visible() -> Sketch:
    """06: the three rules of a mask, one after the other."""
    items = torch.tensor([[0, 0, *clicks(3).tolist()]])
    allowed = right("6.2")(items, True)[0, 0]
    without = wrong("6.2", "no diagonal")(items, True)[0, 0]
    said = names(items[0].numpy())
    grid = Grid(cells=[[False] * 5] * 5, wide=1.5, rows=said, columns=said)
    seen = Grid(cells=[[each or None for each in line] for line in hatched(without)], wide=1.5)
    added = (allowed & ~without).nonzero().tolist()
    both = [Grid(cells=[[True]], at=grid.corner(i, j), wide=1.5) for i, j in added]
    return Sketch(
        chapter="06",
        name="visible",
        title="Who may look at whom",
        alt="A grid of five by five: rows look, columns are looked at. Two zeros and Anna's "
        "three clicks. Hatched is the triangle of the three clicks, each of which sees itself "
        "and what came before; and of the two zeros each its own box on the diagonal, in "
        "colour.",
        steps=(
            Step(
                "Write Anna's row beside a grid and above it: two zeros, three clicks. Who looks "
                "stands at the left, who is looked at stands above.",
                (grid,),
            ),
            Step(
                "Let the room say of each box whether it is allowed: no zero is looked at (a "
                "*column* stays empty), and nobody looks ahead (on or below the diagonal). "
                "Hatch what is left.",
                (seen,),
            ),
        ),
        question="The first two rows are empty: NaN. What do we allow a zero to look at, and "
        "whom does that harm?",
        last=Step(
            "Everybody sees *itself*: hatch the diagonal of the zeros too. It harms nobody, as "
            "nobody looks at them: below the diagonal their columns are empty.",
            tuple(both),
        ),
        dissolves={
            "6.2": (
                "no diagonal",
                "one click ahead",
                "looks ahead",
                "the neighbour is hidden",
                "only the strict past",
                "joined by or",
                "masks queries",
                "masks both",
                "padding is visible, clicks hidden",
                "keys alone",
                "the triangle alone",
                "transposed",
                "forgets padding",
            ),
            "6.1": ("softmax over the queries", "a score of 0 for hidden keys", "always causal"),
            "6.7": ("never causal", "forgets padding", "sees everything", "mask turned"),
            "20.2": ("softmax over the queries", "no mask", "hidden scores set to 0"),
            "20.4": (
                "sees the future",
                "sees the future only",
                "sees padding",
                "does not see itself",
                "padding has nothing to see",
                "padding queries hidden",
            ),
        },
    )


def heads() -> Sketch:
    """06: a head is some columns, of all positions."""
    L, D, H = 3, 4, 2
    x = torch.arange(L * D).reshape(1, L, D)
    said = names(clicks(L))
    mine = right("6.3")(x, H)[0, 0]
    other = wrong("6.3", "reshapes in one go")(x, H)[0, 0]
    texts = [[str(int(each)) for each in line] for line in x[0]]
    whole = Grid(cells=texts, rows=said)
    bad = Grid(cells=[[str(int(each)) for each in line] for line in other], at=(6, 0))
    good = Grid(cells=[[str(int(each)) for each in line] for line in mine], at=(10, 0))
    cut = whole.corner(0, D // H)[0]
    return Sketch(
        chapter="06",
        name="heads",
        title="What one head gets",
        alt="Three clicks with four numbers each, 0 to 11. Left of it a head by a bare "
        "reshape: its second row holds the first click's last two numbers. Right of it the "
        "head as it should be: the first two numbers of each click.",
        steps=(
            Step(
                "Three clicks, four numbers each: number the boxes from 0 to 11, as they lie in "
                "memory.",
                (whole, Words("x", (2, -0.5))),
            ),
            Step(
                "Two heads of two numbers. Beside it what `reshape` alone gives the first "
                "head: it takes the numbers as they lie.",
                (bad, Words("reshape", (7, -0.5))),
            ),
        ),
        question="Whose numbers stand in the second row of this head? How many clicks does it see?",
        last=Step(
            "The first click's again: this head sees one and a half clicks of three. Draw the cut "
            "through all rows: a head gets its *columns* of *every* click. First split the width, "
            "then exchange the axes.",
            (Line((cut, -0.2), (cut, L + 0.2)), good, Words("head 0", (11, -0.5))),
        ),
        dissolves={
            "6.3": (
                "reshapes in one go",
                "transposes first, then reshapes",
                "every head the first columns",
                "cuts the positions",
                "heads not moved",
            ),
            "6.4": ("reshaped in one go", "split before the parts", "merged in one go"),
            "20.2": (
                "heads by a bare reshape",
                "heads before q, k, v",
                "joins without exchanging axes",
                "heads not merged",
            ),
        },
    )


def block() -> Sketch:
    """06: a road with two side roads."""

    def part(name: str, x: float) -> list:
        above = Grid(cells=[["norm", name]], at=(x, 0), wide=2.2)
        return [
            above,
            Arrow((x - 0.8, 2.5), (x, 0.5), bend=0),
            Arrow((x + 4.4, 0.5), (x + 5.2, 2.15), bend=0),
        ]

    road = [Line((-2, 2.5), (14.6, 2.5)), Words("x", (-2.4, 2.5))]
    sums = [Words("+", (x, 2.5), size=1.4) for x in (5.4, 12.6)]
    rings = [Ring((x, 2.5), 0.6, 0.6) for x in (5.4, 12.6)]
    return Sketch(
        chapter="06",
        name="block",
        title="One road, two side roads",
        alt="A straight road from x to the right. Two side roads leave it, through norm and "
        "attention, and through norm and the network, and each is added to the road again.",
        steps=(
            Step("Draw the road: what comes in goes straight through.", tuple(road)),
            Step("The first side road: a norm, then attention.", tuple(part("attention", 0.2))),
            Step("Behind it the second: a norm, then the network.", tuple(part("network", 7.4))),
        ),
        question="All weights and biases of attention and network are 0. What comes out of the "
        "block? And what, if the side roads *replaced* the road?",
        last=Step(
            "Draw a plus where each side road comes back. Then it is x that comes out. *Replaced*, "
            "the road would end in zeros, and nothing of x is left. Six blocks with pluses pass on "
            "unchanged what they have nothing to add to. A norm stands on the side road, not on "
            "the road. That is *pre-norm*. Now wipe both norms out and draw one on the road behind "
            "each plus: *post-norm*, as in the first paper. There each norm changes what came "
            "straight through.",
            (*sums, *rings),
        ),
        dissolves={
            "6.6": (
                "no residual",
                "no residual around the attention",
                "no residual around the network",
                "adds to the normalised x",
                "adds to the input",
                "network reads the attention's input",
                "side by side in pre-norm",
                "norm of each branch's output",
                "norms exchanged",
                "one norm for both",
                "a norm at the end of pre-norm",
            ),
            "20.3": (
                "nothing is added",
                "attention is not added",
                "the network is not added",
                "the norm is added to",
                "side by side",
                "one norm for both",
                "norms exchanged",
            ),
        },
    )


SKETCHES = (visible, heads, block)
