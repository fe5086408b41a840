"""Sketches of chapters 12 and 13: a graph of clicks; masks and positions of a library."""

import torch

from course.teaching.board.anna import clicks, name_of, names
from course.teaching.board.shapes import Arrow, Grid, Knot, Ring, Words, row
from course.teaching.board.sketch import Sketch, Step, right, wrong

GAP = 3.6  # boxes from knot to knot


def graph() -> Sketch:
    """12: a product is one node, however often it is clicked."""
    food, bowl, mat = (int(clicks(5)[at]) for at in (0, 1, 4))
    items = torch.tensor([[food, bowl, food, mat]])
    nodes, alias = right("12.2")(items)
    places = {int(item): (2 + GAP * k, 3.6) for k, item in enumerate(nodes[0])}
    line = row(names(items[0].numpy()), wide=1.6, at=(1.2, 0), name="clicks")
    knots = {item: Knot(name_of(item), at) for item, at in places.items()}
    steps = list(zip(items[0].tolist(), items[0].tolist()[1:], strict=False))
    order = [knots[int(item)].at[0] for item in nodes[0]]
    arrows = [_step(knots[a], knots[b]) for a, b in steps]
    told = [Words(str(int(k)), (line.middle(0, j)[0], 1.5)) for j, k in enumerate(alias[0])]
    numbers = [Words(str(k), (x, 2.3)) for k, x in enumerate(order)]
    return Sketch(
        chapter="12",
        name="graph",
        title="food, bowl, food, mat",
        alt="A row of four clicks: food, bowl, food, mat. Below it three circles, one a "
        "product, with an arrow for each step: food to bowl, bowl to food, food to mat. Below "
        "each click the number of its circle: food's twice.",
        steps=(
            Step("Four clicks in a line. One product comes twice.", (line,)),
            Step("A circle for each *product*, by its number.", (*knots.values(), *numbers)),
            Step("An arrow for each step.", tuple(arrows)),
        ),
        question="How many circles, how many clicks? The readout begins at the newest click: "
        "how does it find its circle, and how often does food count?",
        last=Step(
            "Below each click the number of its circle: that is `alias`. Three circles, four "
            "clicks; food is one circle and counts twice. The newest click is the *last "
            "alias*, not the last circle.",
            (*told, Ring(told[-1].at, 0.8, 0.8), Words("alias", (0.9, 1.5), "right")),
        ),
        dissolves={
            "12.2": (
                "a node for each click",
                "padding as a node",
                "sorted, repeated clicks stay",
                "alias in sorted order",
                "nodes in the order of clicks",
                "the item for the alias",
                "the place for the alias",
                "exchanged",
            ),
            "12.3": ("the two swapped", "without direction", "all later clicks"),
            "12.5": ("each node once", "the last node", "the last column"),
        },
    )


def _step(one: Knot, other: Knot) -> Arrow:
    """From knot to knot; below those that lie between the two."""
    (x, y), (u, v) = one.at, other.at
    if abs(u - x) > GAP:
        return Arrow((x, y + one.radius), (u, v + other.radius), -1.2 if u > x else 1.2)
    return Arrow(*one.towards(other, 0.25))


def ones() -> Sketch:
    """13: what a 1 means."""
    items = torch.tensor([[0, *clicks(3).tolist()]])
    visible = right("6.2")(items, True)[0, 0]
    said = names(items[0].numpy())
    ours = Grid(cells=[["1" if x else "0" for x in line] for line in visible], rows=said)
    theirs = Grid(cells=[["0" if x else "1" for x in line] for line in visible], at=(6.4, 0))
    added = Grid(
        cells=[["0" if x else "-big" for x in line] for line in visible], at=(11.6, 0), wide=1.2
    )
    questions = [Words("1 = may look ?", (2, 4.6)), Words("1 = hidden ?", (8.4, 4.6))]
    last = [
        Words("visible", (2, -0.5)),
        Words("perm_mask", (8.4, -0.5)),
        Words("to be added", (14, -0.5)),
        added,
    ]
    return Sketch(
        chapter="13",
        name="ones",
        title="What does a 1 mean?",
        alt="The same mask three times. First with 1 where one may look, named visible; then "
        "with 1 where it is hidden, named perm_mask; then to be added to scores, with 0 where "
        "one may look and a large negative number where not.",
        steps=(
            Step("A causal mask of one zero and three clicks, 1 where one may look.", (ours,)),
            Step("Beside it another one, in which each 0 is a 1 and each 1 a 0.", (theirs,)),
            Step("Below both a question.", tuple(questions)),
        ),
        question="Both are in use. Say of each aloud what a 1 means in it. And what becomes of the "
        "scores, if one *adds* the left one to them?",
        last=Step(
            "Write the names above. Ours says who may look; XLNet's `perm_mask` who may not. A "
            "mask that is added is neither: 0 where one may look, the lowest number of the "
            "type where not. To add ones and zeros moves scores a bit, and hides nobody.",
            tuple(last),
        ),
        dissolves={
            "13.2": (
                "ones and zeros",
                "one where hidden",
                "turned round",
                "one where visible",
                "minus one",
            ),
            "13.3": ("permutation is visibility", "one for padding", "hides the past"),
        },
    )


def from_the_end() -> Sketch:
    """13: the newest click has the same number in all rows."""
    many = clicks(5)
    rows = [[0, 0, *many[:3].tolist()], [0, *many[:4].tolist()]]
    real = torch.tensor(rows) != 0
    bad = wrong("13.1", "counts from the first click")(real)
    good = right("13.1")(real)
    grids, last = [], []
    for k, items in enumerate(rows):
        y = 3.6 * k
        grid = row(names(torch.tensor(items).numpy()), at=(0, y), wide=1.5)
        grids.append(grid)
        for j in range(5):
            x, _ = grid.middle(0, j)
            if items[j]:
                grids.append(Words(str(int(bad[k, j])), (x, y - 0.4)))
            last.append(Words(str(int(good[k, j])), (x, y + 1.5)))
        grids.append(Words("from the first click", (-0.3, y - 0.4), "right"))
        last.append(Words("from the end", (-0.3, y + 1.5), "right"))
    return Sketch(
        chapter="13",
        name="from_the_end",
        title="Count from the end",
        alt="Two left-padded rows, of three and of four clicks. Counted from the first click "
        "the newest one is 2 in one row and 3 in the other. Counted from the end, below the "
        "rows, it is 0 in both, and padding goes on counting.",
        steps=(
            Step(
                "Two rows of a batch, of three and of four clicks. Above them positions as "
                "they are often counted: from the first click.",
                tuple(grids),
            ),
        ),
        question="What is the number of the newest click? And next year, of somebody with more "
        "clicks than the model ever saw?",
        last=Step(
            "Write below, from the right: 0, 1, 2 ... The newest click is 0 in every row, so "
            "what is learned about *the newest* is learned from all. Padding goes on counting; "
            "the mask hides it.",
            tuple(last),
        ),
        dissolves={
            "13.1": (
                "counts columns from the left",
                "counts from the first click",
                "counts clicks",
                "from its own length",
                "the newest is one",
                "padding gets zeros",
            ),
            "6.7": ("counted from the first click",),
            "20.4": ("positions from the start",),
        },
    )


SKETCHES = (graph, ones, from_the_end)
