"""Sketches of chapter 02: rows, windows, and what is kept for the test."""

import numpy as np

from course.teaching.board.anna import clicks, log, names
from course.teaching.board.shapes import Arrow, Grid, Line, Ring, Words, row
from course.teaching.board.sketch import Sketch, Step, right, wrong
from seqrec.data import sliding_windows


def left() -> Sketch:
    """02: a batch that is padded on the left."""
    five = clicks(5)
    sequences = [five[:1], five[:3], five]
    good = right("2.2")(sequences, 4)
    bad = wrong("2.2", "pads on the right")(sequences, 4)
    others = Grid(cells=[names(each) for each in bad], wide=1.6, at=(0, 0))
    table = Grid(cells=[names(each) for each in good], wide=1.6, at=(7.6, 0))
    frame = [Line(table.corner(0, -1), (table.corner(0, -1)[0], 3))]
    x, _ = table.right(0, -1)
    frame += [Line((x, 0), (x, 3)), Line((x - 1.6, 0), (x, 0)), Line((x - 1.6, 3), (x, 3))]
    newest = [Ring(others.middle(i, j), 1.4, 0.8) for i, j in ((0, 0), (1, 2), (2, 3))]
    return Sketch(
        chapter="02",
        name="left",
        title="Zeros on the left",
        alt="Histories of one, three and five clicks, as rows of four places. Left, with zeros "
        "at the right: the newest click, ringed, stands at another place in each row. Right, "
        "with zeros at the left: it is always in the last column, which is framed.",
        steps=(
            Step(
                "Histories of one, three and five clicks, in rows of four places. First with "
                "the zeros at the right, as most would write it. Of five clicks the oldest has "
                "to go.",
                (others, Words("zeros at the right", (3.2, -0.5))),
            ),
            Step("Ring the newest click of each row.", tuple(newest)),
        ),
        question="A model is asked what follows the newest click. Where does it look?",
        last=Step(
            "The same rows with the zeros at the left. Draw a frame around the last column, all "
            "three rows: the newest click stands at position -1 in each.",
            (table, Words("zeros at the left", (10.8, -0.5)), *frame),
        ),
        dissolves={
            "2.2": (
                "pads on the right",
                "keeps the oldest",
                "keeps the oldest and pads on the right",
                "zeros on both sides",
                "as wide as the longest, zeros on the right",
                "row[-0:]",
                "long ones empty",
                "cut on the wrong side",
            ),
            "14.2": ("padded on the right",),
            "14.4": ("padded on the right",),
            "20.1": ("pads on the right",),
        },
    )


def windows() -> Sketch:
    """02: the windows of one shopper."""
    rows = log()
    five = rows[rows["user_id"] == rows["user_id"].iloc[0]].head(5)
    histories, targets = sliding_windows(five, max_len=4)
    line = row(names(clicks(5)), wide=1.6)
    table = Grid(cells=[names(history) for history in histories], at=(0, 2.2), wide=1.6)
    asked = Grid(cells=[[name] for name in names(targets)], at=(7.4, 2.2), wide=1.6)
    arrows = [
        Arrow(asked.left(i, 0), table.right(i + 1, -1), bend=0) for i in range(len(targets) - 1)
    ]
    return Sketch(
        chapter="02",
        name="windows",
        title="Windows over one shopper's clicks",
        alt="Anna's five clicks in a line. Below it four rows of a history of four places, "
        "zeros on the left, and beside each its target. An arrow leads from each target to the "
        "newest place of the history below.",
        steps=(
            Step("Write Anna's first five clicks in a line.", (line,)),
            Step(
                "Below it the histories, newest click at the right, zeros on the left. Fill in "
                "one row after the other; let the room say what stands in it.",
                (table,),
            ),
            Step("Beside each row the click that followed it: its target.", (asked,)),
        ),
        question="Where does the target of a row stand in the next row? May the same event stand "
        "in the history of its own row?",
        last=Step(
            "An arrow from each target to the newest place of the row below: neighbours "
            "overlap. In its own row the event never stands (its product may, if it was clicked "
            "before). Leave the arrows on the board: splitting needs them.",
            tuple(arrows),
        ),
        dissolves={
            "2.3": (
                "the target in the history",
                "one between",
                "the target after the next",
                "the future as history",
                "the oldest of the history",
                "the second event skipped",
                "the last event only",
                "the first window only",
                "full windows only",
                "side by side",
                "every max_len-th",
                "the newest windows only",
                "pads on the right",
                "empty histories",
            )
        },
    )


def split() -> Sketch:
    """02: the last two of each shopper."""
    shoppers = {"Anna": 5, "Ben": 3, "Cem": 2}
    rows = log().head(sum(shoppers.values())).reset_index(drop=True)
    rows["user_id"] = np.repeat(range(len(shoppers)), list(shoppers.values()))
    parts = dict(zip(("train", "valid", "test"), right("2.4")(rows), strict=True))
    part_of = {at: name for name, part in parts.items() for at in part.index}
    longest = max(shoppers.values())
    start, grids, marks = 0, [], []
    for place, (who, number) in enumerate(shoppers.items()):
        at = ((longest - number) * 1.6, place * 1.4)
        grid = row([""] * number, at=at, wide=1.6)
        grids += [grid, Words(who, (-0.6, at[1] + 0.5), "right")]
        marks += [Words(part_of[start + j], grid.middle(0, j)) for j in range(number)]
        start += number
    return Sketch(
        chapter="02",
        name="split",
        title="The last two of each shopper",
        alt="Three rows of boxes, five of Anna's clicks, three of Ben's, two of Cem's, the "
        "newest at the right. Of Anna and Ben the last box says test, the one before it valid, "
        "the others train. Cem's two both say train.",
        steps=(
            Step(
                "Three shoppers with five, three and two clicks. One row each, the newest "
                "click at the right.",
                tuple(grids),
            ),
        ),
        question="The last click of each is the test. Which one is for validation, and what is "
        "left to learn from? And what of Cem, who has only two?",
        last=Step(
            "Write *test* and *valid* into the last two boxes *of each row*, not of the log. What "
            "decides: each asked click needs a history. With three, Ben's *valid* has one click "
            "before it and his *test* two; his one *train* click is no pair to learn from, only a "
            "history. With two, Cem's *valid* would have none: both go to *train*.",
            tuple(marks),
        ),
        dissolves={
            "2.4": (
                "swapped",
                "one too early",
                "two are enough",
                "one is enough",
                "last rows, not last events",
                "the first two",
                "the last two of the whole log",
                "the last tenths",
                "drops short users",
                "short users to the test",
                "trains on everything",
                "both to the test",
            )
        },
    )


SKETCHES = (left, windows, split)
